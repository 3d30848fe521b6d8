"""The ultrasound simulator: exact truth, tissue that moves, speckle that is speckle; real frames closed."""

import subprocess
import sys

import cv2
import numpy as np
import pytest

from SegAssistLib.errors import InputError
from SegAssistLib.training.ultrasound.anatomy import LABELS, Anatomy, Inclusion, Layer, Shape
from SegAssistLib.training.ultrasound.closing import close_vessel
from SegAssistLib.training.ultrasound.compression import Deformation, Moment, Response
from SegAssistLib.training.ultrasound.display import Screen
from SegAssistLib.training.ultrasound.examination import Examination
from SegAssistLib.training.ultrasound.outline import area, clipped, filled
from SegAssistLib.training.ultrasound.simulator import Settings, simulate_clip, simulate_frame
from SegAssistLib.training.ultrasound.speckle import Probe
from SegAssistLib.training.ultrasound.style import StyleTransfer, measure_style, speckle_grain
from SegAssistLib.training.ultrasound.visibility import visible

SMALL = Settings(shape=(144, 160), frames=24, frame_rate=10, mishaps=0, marks=0)


def small(**changes):
    return Settings(**{**vars(SMALL), **changes})


def examination(*inclusions, seed=0):
    """Muscle with the given inclusions, seen by a linear probe on a 30 mm square at 0.2 mm a pixel."""
    muscle = Layer(0, 0, -8, 0.2, 3, 12, 0, 12, 1)
    anatomy = Anatomy(30, 30, (muscle,), inclusions, None, (-5, 2), 0.3)
    screen = Screen((150, 150), 0.2, (-14.9, 0.1), 60, 0, 1, 0, 0, 0, -40, -30, marks=False)
    return Examination(np.random.default_rng(seed), anatomy, Probe(30, 30), screen, effort=1)


def disc(kind, x, z, radius=3.0):
    return Inclusion(kind, Shape((x, z), (radius, radius)), -35, 0.2)


def test_one_seed_gives_one_clip_and_another_seed_another():
    first, again, other = (simulate_clip(seed, SMALL) for seed in (3, 3, 4))
    assert np.array_equal(first.frames, again.frames)
    assert np.array_equal(first.mask, again.mask)
    assert not np.array_equal(first.frames, other.frames)


@pytest.mark.parametrize("seed", range(4))
def test_the_true_area_is_the_masks_area_but_for_the_pixels_on_the_outline(seed):
    clip = simulate_clip(seed, small(mishaps=0.5))
    assert clip.frames.shape == clip.mask.shape == (144, 160, 24)
    for kind, label in LABELS.items():
        true = sum(vessel.area_mm2 for vessel in clip.vessels if vessel.kind == kind) / clip.spacing**2
        pixels = (clip.mask == label).sum(axis=(0, 1))
        width = (clip.mask == label).any(axis=1).sum(axis=0)
        assert np.all(np.abs(true - pixels) <= 3 * (1 + np.sqrt(width)))


@pytest.mark.parametrize("seed", range(3))
def test_a_healthy_vein_closes_a_thrombosed_one_resists_and_the_artery_keeps_its_area(seed):
    for thrombosed in (False, True):
        clip = simulate_clip(seed, small(thrombosed=thrombosed, site="femoral"))
        assert clip.thrombosed == thrombosed
        assert clip.pressure.max() == pytest.approx(1)
        veins = [vessel for vessel in clip.vessels if vessel.kind == "vein"]
        assert veins[0].thrombosed == thrombosed
        for vessel in clip.vessels:
            if vessel.kind == "artery":
                assert vessel.change_rate < 0.15
            else:
                assert vessel.change_rate < 0.6 if vessel.thrombosed else vessel.change_rate > 0.9


def test_too_little_pressure_leaves_a_healthy_vein_open():
    clip = simulate_clip(1, small(thrombosed=False, effort=0.0))
    assert all(vessel.change_rate < 0.3 for vessel in clip.vessels)


def test_nodes_and_nerves_are_no_vessels():
    others = examination(disc("node", -6, 12), disc("nerve", 6, 12))
    assert others.vessels == []
    assert not others.mask(others.outlines(Moment())).any()
    with_vein = examination(disc("node", -6, 12), disc("vein", 6, 12))
    mask = with_vein.mask(with_vein.outlines(Moment()))
    assert set(np.unique(mask)) == {0, LABELS["vein"]}
    node, vein = ((round((x + 14.9) / 0.2)) for x in (-6, 6))
    assert mask[round(11.9 / 0.2), node] == 0
    assert mask[round(11.9 / 0.2), vein] == LABELS["vein"]


def test_a_vein_is_dark_in_brighter_tissue():
    scene = examination(disc("vein", 0, 14, 4))
    frame, mask = scene.frame(Moment()), scene.mask(scene.outlines(Moment())) > 0
    inner = cv2.erode(mask.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    around = cv2.dilate(mask.astype(np.uint8), np.ones((31, 31), np.uint8)) > cv2.dilate(
        mask.astype(np.uint8), np.ones((9, 9), np.uint8)
    )
    assert frame[inner].mean() < 0.5 * frame[around].mean()


def test_a_pressed_frame_brought_back_to_rest_resembles_the_frame_at_rest():
    scene = examination(disc("vein", -3, 13, 3), seed=5)
    pressed = Moment(pressure=0.35, slip=1.0)
    rest, moved = scene.frame(Moment()), scene.frame(pressed)
    there = Deformation(scene.mechanics, scene.screen.grid().reshape(-1, 2))(pressed)
    at = scene.screen.to_pixels(there).reshape(150, 150, 2).astype(np.float32)
    brought_back = cv2.remap(moved, at, None, cv2.INTER_LINEAR)
    inner = (slice(10, 110), slice(20, 130))

    def likeness(other):
        return np.corrcoef(rest[inner].ravel(), other[inner].ravel())[0, 1]

    assert likeness(brought_back) > 0.6
    assert likeness(brought_back) > likeness(moved) + 0.2


@pytest.mark.parametrize(("looks", "low", "high"), [(1, 1.86, 1.96), (3, 2.3, 3.3)])
def test_speckle_of_an_even_block_is_rayleigh_and_smoother_when_compounded(looks, low, high):
    probe, rng = Probe(40, 40, looks=looks), np.random.default_rng(0)
    count = 8 * probe.grid[0] * probe.grid[1]
    places = rng.uniform((-21, -1), (21, 41), (count, 2)).astype(np.float32)
    echo = probe.gather(places, np.exp(2j * np.pi * rng.random(count)))
    envelope = probe.envelope(probe.pulsed(echo))[30:-30, 15:-15]
    assert low < envelope.mean() / envelope.std() < high


def test_frames_without_contact_are_flagged_and_dark():
    clip = simulate_clip(2, small(mishaps=3, frames=60))
    assert clip.contact_lost.any()
    assert not clip.contact_lost.all()
    brightness = clip.frames.mean(axis=(0, 1))
    assert brightness[clip.contact_lost].mean() < 0.8 * brightness[~clip.contact_lost].mean()


def test_single_frames_come_with_and_without_vessels():
    frames = [simulate_frame(seed, small(shape=(96, 128))) for seed in range(30)]
    assert {frame.frame.shape for frame in frames} == {frame.mask.shape for frame in frames} == {(96, 128)}
    present = [frozenset(np.unique(frame.mask).tolist()) - {0} for frame in frames]
    assert {frozenset(), frozenset({2}), frozenset({1, 2})} <= set(present)
    assert all(0.02 < frame.spacing < 0.7 for frame in frames)


def test_a_polygon_knows_its_area_its_part_in_a_field_and_its_pixels():
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    circle = 10 * np.stack([np.cos(angle), np.sin(angle)], axis=1) + 20
    assert area(circle) == pytest.approx(100 * np.pi, rel=1e-3)
    half = clipped(circle, np.array([[0, 0], [20, 0], [20, 40], [0, 40]]))
    assert area(half) == pytest.approx(50 * np.pi, rel=1e-3)
    assert not len(clipped(circle, np.array([[0, 0], [5, 0], [5, 5], [0, 5]])))
    rows, columns = np.mgrid[:40, :50]
    assert np.array_equal(filled(circle + 0.01, (40, 50)), np.hypot(rows - 20.01, columns - 20.01) < 10)


def test_grain_is_measured_and_passed_on_with_levels_and_gain():
    rng = np.random.default_rng(0)

    def grained(sigma, mean, fall):
        noise = cv2.GaussianBlur(rng.standard_normal((256, 256)), (0, 0), sigma)
        return np.clip(mean + 15 * noise / noise.std() - fall * np.linspace(-1, 1, 256), 1, 255).astype(
            np.uint8
        )

    fine, coarse = grained(1.0, 120, 20), grained(2.0, 70, -10)
    # White noise through a Gaussian correlates by one half at a lag of twice the root of ln 2 sigma.
    assert speckle_grain(fine) == pytest.approx((1.665, 1.665), rel=0.12)
    assert speckle_grain(coarse) == pytest.approx((3.33, 3.33), rel=0.12)
    wanted, transferred = measure_style(coarse), StyleTransfer(fine, measure_style(coarse))(fine)
    assert speckle_grain(transferred) == pytest.approx(wanted.grain, rel=0.2)
    assert measure_style(transferred).levels == pytest.approx(wanted.levels, abs=6)
    assert measure_style(transferred).gain == pytest.approx(wanted.gain, abs=4)


def test_a_simulated_frame_takes_on_the_style_of_another():
    style = measure_style(simulate_frame(11, SMALL).frame)
    look = measure_style(simulate_frame(12, small(style=style)).frame)
    plain = measure_style(simulate_frame(12, SMALL).frame)
    assert np.abs(look.levels - style.levels).mean() < 0.5 * np.abs(plain.levels - style.levels).mean()


@pytest.mark.parametrize("amount", [0.25, 0.8, 1.0])
def test_closing_a_vessel_takes_away_the_asked_share_of_its_area(amount):
    rng = np.random.default_rng(1)
    frame = rng.integers(60, 200, (300, 280)).astype(np.uint8)
    column, row = np.mgrid[:300, :280]
    vessel = np.hypot((column - 140) / 60, (row - 120) / 40) < 1
    frame[vessel] = 5
    mask = 2 * vessel.astype(np.uint8)
    mask[5:15, 5:15] = 1
    closed, left = close_vessel(frame, mask, amount, label=2)
    assert (left == 2).sum() == pytest.approx((1 - amount) * vessel.sum(), rel=0.02, abs=1)
    assert np.array_equal(closed[:, [0, -1]], frame[:, [0, -1]])
    assert np.array_equal(closed[left == 2], np.full((left == 2).sum(), 5)) or closed[left == 2].mean() < 25
    assert (closed < 20).sum() <= 1.25 * (1 - amount) * vessel.sum() + 60


def test_closing_needs_the_label_and_room_above_and_below():
    frame, mask = np.full((64, 64), 90, np.uint8), np.zeros((64, 64), np.uint8)
    with pytest.raises(ValueError, match="label 2"):
        close_vessel(frame, mask, 0.5, label=2)
    mask[20:40, :30] = 2
    with pytest.raises(ValueError, match="edge of the picture"):
        close_vessel(frame, mask, 0.5, label=2)


@pytest.mark.shared_data
def test_real_arteries_close_by_the_asked_share(ms_data):
    folder = ms_data.parent / "ultrasound"
    paths = sorted((folder / "images").glob("cca_*.png"))[::15]
    assert paths
    for path in paths:
        frame, mask = (
            np.ascontiguousarray(cv2.imdecode(np.fromfile(p, np.uint8), cv2.IMREAD_GRAYSCALE).T)
            for p in (path, folder / "masks" / path.name)
        )
        _, closed = close_vessel(frame, mask, 0.6, label=1)
        assert (closed == 1).sum() == pytest.approx(0.4 * (mask == 1).sum(), rel=0.02)


def test_a_picture_that_has_no_room_for_a_vein_is_one_sentence(monkeypatch):
    monkeypatch.setattr("SegAssistLib.training.ultrasound.simulator.DRAWS", 20)
    with pytest.raises(InputError, match="64 x 256 pixels has no room"):
        simulate_clip(0, Settings(shape=(64, 256), frames=2))


def test_simulating_needs_no_torch():
    program = "import sys, SegAssistLib.training.ultrasound.simulator; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.8, 1.0])
def test_a_vein_is_closed_by_so_much_at_the_pressure_that_is_given_for_it(share):
    response = Response(0.2, 0.6, 0.95, 0.2, 0.3, (0, 1), 0.01, 0.02)
    assert response.closure(response.pressure(share)) == pytest.approx(0.95 * share, abs=1e-9)


@pytest.mark.parametrize(
    ("echo", "seen"), [(-35, True), (-8, False), (10, True)], ids=["blood", "like its tissue", "bright clot"]
)
def test_a_vessel_is_visible_when_it_is_darker_or_brighter_than_its_tissue(echo, seen):
    vein = Inclusion("vein", Shape((0, 15), (4, 4)), echo, 0.2)
    made = examination(vein)
    frame = np.rint(255 * made.frame(Moment())).astype(np.uint8)
    (lumen,) = made.lumens(made.outlines(Moment()))
    assert visible(frame, lumen, lumen) == seen


@pytest.mark.parametrize("seed", range(4))
def test_every_vessel_of_a_clip_is_visible_before_the_press(seed):
    clip = simulate_clip(seed, small(shape=(200, 200), frames=4, thrombosed=True))
    frame, mask = clip.frames[..., 0], clip.mask[..., 0]
    assert all(visible(frame, mask == label, mask > 0) for label in np.unique(mask[mask > 0]))
