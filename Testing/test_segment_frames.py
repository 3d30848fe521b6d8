"""Frames and stills on the road of volumes: what the network sees, the exact way back, frame by frame."""

from __future__ import annotations

import sys
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.inference import segment
from SegAssistLib.inference.segment import derive_labels, segment_slice
from SegAssistLib.inference.worker import Finished, SliceDone, Worker
from SegAssistLib.measure.components import label_components
from SegAssistLib.measure.lesions import find_lesions
from SegAssistLib.prepare import FramePlanes, FrameSettings, prepare
from SegAssistLib.task import Components, Task, read_task

pytest.importorskip("onnx", reason="onnx makes the networks of these tests, and it is not installed")

from tiny_bundle import write_bundle

PICTURE_AFFINE = np.diag([-1.0, -1.0, 1.0, 1.0])


class Seen:
    """A backend that keeps what it was shown and answers with a blend of it that has no symmetry."""

    name, version, sha256 = "seen", "1", ""

    def __init__(self):
        self.stacks = []

    def run(self, stack):
        self.stacks.append(stack.copy())
        mixed = np.tensordot(np.arange(1, len(stack) + 1, dtype=np.float32), stack, 1)
        return (8 * mixed / len(stack) - 5 + 2 * np.roll(mixed, 5, axis=1) - np.roll(mixed, 3, axis=0))[None]


def clip(frames: int = 7, rows: int = 60, columns: int = 92, seed: int = 0, **stated) -> Image:
    """Noise, as B-mode ultrasound without a pixel size."""
    array = np.random.default_rng(seed).integers(0, 255, (frames, rows, columns), np.uint8)
    about = {"kind": "frames", "calibrated": False, "modality": "US", "name": "clip"} | stated
    return Image(array.transpose(2, 1, 0), PICTURE_AFFINE, **about)


@pytest.fixture(scope="module")
def vessels(tmp_path_factory) -> Task:
    """Artery from a brightness of 0.6, vein from 0.85."""
    folder = tmp_path_factory.mktemp("bundles")
    return read_task(write_bundle(folder, "vessels", {"artery": 0.6, "vein": 0.85}))


@pytest.fixture(scope="module")
def one_label(tmp_path_factory) -> Task:
    return read_task(write_bundle(tmp_path_factory.mktemp("bundles"), "bright", {"bright": 0.5}))


def planes_of(image: Image, **settings) -> FramePlanes:
    return prepare(image, "frames").cut(2, FrameSettings(**settings))


def test_every_pixel_of_every_frame_gets_the_label_of_its_brightness(vessels):
    levels = np.random.default_rng(0).choice(np.array([40, 200, 250], np.uint8), (92, 60, 7))
    image = replace(clip(), array=levels)
    found = segment(image, vessels)
    assert np.array_equal(found.array, np.searchsorted([100, 225], levels))
    assert found.affine is image.affine
    assert not found.calibrated
    assert found.probabilities.shape == (2, *image.grid)


def test_a_picture_at_its_own_size_comes_back_as_it_was():
    image = clip(frames=3, rows=61, columns=97)
    planes = planes_of(image, size=None)
    stack = planes.stack(1)
    assert stack.shape == (1, 64, 128)
    assert stack.dtype == np.float32
    assert np.array_equal(np.rint(255 * planes.restore(stack[0])), image.array[:, :, 1].T)
    assert not stack[0, 61:].any()
    assert not stack[0, :, 97:].any()


@pytest.mark.parametrize(("rows", "columns"), [(300, 400), (150, 100), (601, 133)])
def test_what_lies_where_is_kept_at_a_networks_size_and_back(rows, columns):
    y, x = np.mgrid[:rows, :columns].astype(np.float32)
    place = (0.35 * rows, 0.6 * columns)
    width = 0.08 * min(rows, columns)
    blob = 200 * np.exp(-((y - place[0]) ** 2 + (x - place[1]) ** 2) / (2 * width**2))
    image = replace(clip(), array=blob.T[..., None], kind="still")
    for border in (0, 24):
        planes = planes_of(image, size=192, border=border, percentiles=(0, 100))
        stack = planes.stack(0)
        assert max(planes.settings.working_size(rows, columns)) == 192
        assert all(length % 32 == 0 for length in stack.shape[1:])
        restored = planes.restore(stack[0])
        centre = [float((axis * restored).sum() / restored.sum()) for axis in (y, x)]
        assert restored.shape == (rows, columns)
        # of a pixel of the smaller picture: a shift by half of one would show
        assert centre == pytest.approx(place, abs=0.15 * max(rows, columns) / 192)
        assert restored.sum() * (blob.max() - blob.min()) == pytest.approx(blob.sum(), rel=0.03)


def test_the_border_is_the_mirror_image_of_the_picture():
    planes = planes_of(clip(frames=1, rows=64, columns=64), size=None, border=32)
    (stack,) = planes.stack(0)
    inside = stack[32:96, 32:96]
    assert stack.shape == (128, 128)
    assert np.array_equal(stack, np.pad(inside, 32, mode="symmetric"))


@pytest.mark.parametrize(("size", "border"), [(None, 0), (None, 32), (96, 0), (96, 16)])
def test_a_mask_is_fitted_to_where_the_network_sees_its_image(size, border):
    y, x = np.mgrid[:120, :180]
    inside = (y - 50) ** 2 + (x - 120) ** 2 < 30**2
    array = np.where(inside, np.uint8(255), np.uint8(0)).T[..., None]
    planes = planes_of(replace(clip(), array=array), size=size, border=border)
    fitted = planes.fit(inside.astype(np.float32))
    assert np.allclose(fitted, planes.stack(0)[0], atol=0.003)  # 8 bit
    overlap = 2 * np.count_nonzero((planes.restore(fitted) >= 0.5) & inside)
    assert overlap >= 0.99 * (inside.sum() + np.count_nonzero(planes.restore(fitted) >= 0.5))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_percentiles_of_each_picture_become_black_and_white(dtype):
    levels = np.linspace(20, 220, 256 * 256).reshape(256, 256)
    array = np.stack([levels, levels / 2], axis=2).astype(dtype)  # another gain from frame to frame
    planes = planes_of(replace(clip(), array=array), size=None, percentiles=(5, 95))
    for index in range(2):
        values = np.percentile(planes.stack(index), (0, 5, 50, 95, 100))
        assert values == pytest.approx([0, 0, 0.5, 1, 1], abs=0.02)


def test_without_percentiles_8_bit_keeps_its_levels_and_16_bit_is_stretched():
    array = np.full((40, 40, 1), 51)
    array[0, 0], array[0, 1] = 0, 102
    eight, sixteen = (
        planes_of(replace(clip(), array=array.astype(dtype)), size=None).stack(0)
        for dtype in (np.uint8, np.uint16)
    )
    assert eight[0, 5, 5] == pytest.approx(51 / 255)
    assert sixteen[0, 5, 5] == pytest.approx(0.5)


def test_neighbouring_frames_are_channels_and_the_outermost_stands_in_at_the_ends():
    image = clip(frames=5)
    planes = planes_of(image, size=None, neighbours=(-2, 0, 1))
    for index, expected in ((0, (0, 0, 1)), (3, (1, 3, 4)), (4, (2, 4, 4)), (1, (0, 1, 2))):
        stack = planes.stack(index)
        for channel, frame in zip(stack, expected, strict=True):
            assert np.array_equal(np.rint(255 * planes.restore(channel)), image.array[:, :, frame].T)


def test_colours_are_channels_and_grey_stands_for_all_three():
    array = np.random.default_rng(0).integers(0, 255, (40, 32, 1, 3), np.uint8)
    coloured = replace(clip(), array=array, kind="still")
    stack = planes_of(coloured, size=None, colour="rgb").stack(0)
    assert np.array_equal(np.rint(255 * stack[:, :32, :40]), array[:, :, 0].transpose(2, 1, 0))
    grey = replace(coloured, array=array[..., 0])
    stack = planes_of(grey, size=None, colour="rgb").stack(0)
    assert np.array_equal(stack[0], stack[1])
    assert np.array_equal(stack[0], planes_of(grey, size=None).stack(0)[0])


@pytest.mark.parametrize("quality", ["quick", "best"])
@pytest.mark.parametrize("settings", [{"size": 64}, {"size": None, "neighbours": (-1, 0, 1)}])
def test_a_frame_alone_is_that_of_a_whole_run(one_label, quality, settings):
    task = replace(one_label, planes=FrameSettings(**settings))
    image = clip()
    whole = segment(image, task, quality=quality, backend=Seen())
    assert 0.01 < (whole.array > 0).mean() < 0.99
    for index in (0, 4, 6):
        alone = segment_slice(image, task, (2, index), quality=quality, backend=Seen())
        for found, expected in ((alone.array, whole.array), (alone.probabilities, whole.probabilities)):
            assert np.array_equal(found[..., index], expected[..., index])
            assert not np.delete(found, index, axis=-1).any()


@pytest.mark.parametrize("quality", ["quick", "best"])
@pytest.mark.parametrize("settings", [{"size": 64}, {"size": None, "neighbours": (-1, 0, 1)}])
def test_every_frame_is_told_in_playing_order_from_the_shown_one_as_it_is_in_the_result(
    one_label, quality, settings
):
    task = replace(one_label, planes=FrameSettings(**settings))
    image, told = clip(), []
    whole = segment(image, task, quality=quality, backend=Seen())
    streamed = segment(
        image,
        task,
        quality=quality,
        backend=Seen(),
        first_slice=(2, 4),
        slice_done=lambda axis, index, labels: told.append((axis, index, labels.copy())),
    )
    assert [index for _, index, _ in told] == [4, 5, 6, 0, 1, 2, 3]
    for axis, index, labels in told:
        assert axis == 2
        assert np.array_equal(labels, whole.array[:, :, index])
    assert np.array_equal(streamed.array, whole.array)
    assert np.array_equal(streamed.probabilities.view(np.uint16), whole.probabilities.view(np.uint16))


def test_best_does_not_tell_left_from_right_in_a_frame(one_label):
    task = replace(one_label, planes=FrameSettings(size=None))
    array = np.pad(clip(rows=40, columns=40).array, ((12, 12), (12, 12), (0, 0)))
    image = replace(clip(), array=array)
    mirrored = replace(image, array=array[::-1])
    for quality, alike in (("best", True), ("quick", False)):
        first, second = (
            segment(each, task, quality=quality, backend=Seen()).probabilities[0]
            for each in (image, mirrored)
        )
        assert np.array_equal(first[::-1], second) == alike


def test_large_pictures_are_seen_in_tiles_that_leave_no_seam(one_label):
    image = clip(frames=1, rows=300, columns=410, kind="still")
    task = replace(one_label, kinds=("still",))
    tiled = FrameSettings(size=None, border=32, tile=128, overlap=32)
    spy = Seen()
    segment(image, replace(task, planes=tiled), quality="quick", backend=spy)
    assert len(spy.stacks) > 6
    assert max(max(stack.shape) for stack in spy.stacks) == 128
    whole, pieces = (segment(image, replace(task, planes=each)) for each in (FrameSettings(size=None), tiled))
    assert whole.array.any()
    assert np.array_equal(whole.array, pieces.array)


def test_a_component_does_not_hang_together_across_frames():
    probability = np.zeros((1, 20, 20, 6), np.float16)
    probability[0, 4:6, 4:6] = 0.9  # 4 pixels in each of 6 frames
    probability[0, 10:13, 10:13, 2] = 0.9  # 9 pixels in one
    probability[0, 13, 13, 2] = 0.9  # touches them at a corner
    (label,) = labels_at(0.5)

    def kept(connectivity: int, fewest: int) -> int:
        return np.count_nonzero(derive_labels(probability, (label,), fewest, connectivity))

    assert kept(26, 10) == 24 + 10
    assert kept(8, 5) == 10
    assert kept(8, 10) == 10
    assert kept(8, 11) == 0
    assert kept(4, 5) == 9
    assert kept(4, 1) == 24 + 10
    mask = probability[0] > 0
    assert label_components(mask, 26)[1] == 2
    assert label_components(mask, 8)[1] == 7
    assert label_components(mask, 4)[1] == 8
    findings = find_lesions(mask, PICTURE_AFFINE, calibrated=False, connectivity=8)
    assert [lesion.voxels for lesion in findings.lesions] == [10] + 6 * [4]
    assert all(lesion.first_slice == lesion.last_slice for lesion in findings.lesions)


def labels_at(threshold: float):
    from SegAssistLib.labels import Code, Label

    code = Code("SCT", "1", "thing")
    return (Label(1, "thing", (255, 0, 0), threshold, code, code),)


def test_the_smallest_component_is_in_mm2_where_pixels_have_a_size_and_in_pixels_elsewhere():
    components = Components(connectivity=8, smallest_mm2=2.0, smallest_pixels=40, smallest_mm3=1000)
    grid = (100, 200, 9)
    assert components.fewest((0.1, 0.2, 1.0), grid) == 100
    assert components.fewest((0.1, 0.2, 7.0), grid) == 100  # the step of time is none of space
    assert components.fewest(None, grid) == 40
    assert Components(connectivity=26, smallest_mm3=6.0, smallest_mm2=99).fewest((0.5, 2.0, 3.0), grid) == 2


def test_the_smallest_component_may_be_a_share_of_the_picture_whatever_its_size():
    components = Components(connectivity=8, smallest_share=0.01, smallest_pixels=40)
    assert components.fewest(None, (100, 200, 9)) == 200
    assert components.fewest(None, (20, 20, 9)) == 40
    assert components.fewest((0.1, 0.1, 1.0), (1000, 2000, 1)) == 20_000


def test_specks_of_a_frame_are_dropped_by_the_pixels_size(vessels):
    array = np.full((64, 64, 2), 60, np.uint8)
    array[10:14, 10:20] = 255  # 40 pixels
    task = replace(vessels, components=Components(8, smallest_mm2=2.0, smallest_pixels=50))
    image = replace(clip(), array=array)
    for spacing, kept in ((None, False), (0.2, False), (0.3, True)):  # 1.6 mm2, 3.6 mm2
        affine = np.diag([-(spacing or 1), -(spacing or 1), 1.0, 1.0])
        found = segment(replace(image, calibrated=spacing is not None, affine=affine), task)
        assert found.array.any() == kept


def test_a_long_clip_is_never_held_as_float_numbers(one_label):
    image = clip(frames=300, rows=128, columns=128)
    array = np.zeros_like(image.array)
    array[:8, :8] = 255
    image = replace(image, array=array)
    segment(replace(image, array=array[:, :, :2]), one_label)  # what is loaded once
    tracemalloc.start()
    found = segment(image, one_label)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    results = found.array.nbytes + found.probabilities.nbytes
    assert peak - results < 0.2 * 4 * image.array.size


def test_the_worker_gives_what_segmenting_here_gives(vessels):
    image = clip(frame_rate=20.0)
    worker = Worker(sys.executable)
    try:
        worker.warm(vessels)
        worker.submit(image, vessels, quality="quick", first_slice=(2, 3))
        told = []
        while worker.busy:
            told += worker.poll()
    finally:
        worker.close()
    finished = told[-1]
    assert isinstance(finished, Finished), finished
    expected = segment(image, vessels, quality="quick")
    assert np.array_equal(finished.segmentation.array, expected.array)
    assert np.array_equal(finished.segmentation.probabilities, expected.probabilities)
    looks = [event for event in told if isinstance(event, SliceDone)]
    assert [(look.axis, look.index) for look in looks] == [(2, n) for n in (3, 4, 5, 6, 0, 1, 2)]
    for look in looks:
        assert np.array_equal(look.array, expected.array[:, :, look.index])


def test_what_the_task_cannot_work_on_is_refused_with_the_reason(vessels, tmp_path: Path):
    image = clip()
    with pytest.raises(InputError, match="needs a clip, and this is a still picture"):
        segment(replace(image, array=image.array[:, :, :1], kind="still"), vessels)
    with pytest.raises(InputError, match="modality is CT"):
        segment(replace(image, modality="CT"), vessels)
    with pytest.raises(InputError, match="choose the view that shows whole frames"):
        segment_slice(image, vessels, (0, 4))
    both = read_task(write_bundle(tmp_path, "both", {"bright": 0.5}, kinds=["frames", "still"]))
    with pytest.raises(InputError, match="needs a clip or a still picture, and this is a volume"):
        segment(replace(image, kind="volume"), both)


def test_colour_doppler_is_refused_wherever_it_begins(vessels):
    task = replace(vessels, planes=FrameSettings(size=None, colour="b-mode"))
    grey = clip(frames=40)
    array = np.repeat(grey.array[..., None], 3, axis=3)
    tinted = replace(grey, array=array)
    assert np.array_equal(segment(tinted, task).array, segment(grey, task).array)
    for frame in (0, 33):  # the second is none of those that are looked at before
        flow = array.copy()
        flow[20:50, 20:50, frame] = (230, 20, 20)
        with pytest.raises(InputError, match=r"colour Doppler.*" if frame == 0 else rf"frame {frame}"):
            segment(replace(grey, array=flow), task)


def test_what_may_make_the_result_wrong_is_said(vessels):
    image = clip(remarks=("clip: the screen shows 2 images.",), modality=None)
    said = vessels.warnings_for(image)
    assert len(said) == 3
    assert said[0] == "clip: the screen shows 2 images."
    assert "does not state its modality" in said[1]
    assert "sizes are in pixels" in said[2]
    calibrated = replace(image, calibrated=True, modality="US", remarks=())
    assert vessels.warnings_for(calibrated) == []
    coloured = replace(vessels, planes=FrameSettings(colour="rgb"))
    assert "colour is expected" in coloured.warnings_for(calibrated)[0]
    red = np.zeros((20, 20, 1, 3), np.uint8)
    red[..., 0] = 200
    assert "only its brightness" in vessels.warnings_for(replace(calibrated, array=red))[0]
