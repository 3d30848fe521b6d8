"""Preparation: what a network sees of a scan, and the exact way back."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.inference.tiles import run_tiled
from SegAssistLib.prepare import (
    AXIAL,
    CORONAL,
    SAGITTAL,
    Orientation,
    Planes,
    PlaneSettings,
    PreparedVolume,
    prepare_head,
)

TURNS = [
    (axes, flips)
    for axes in itertools.permutations(range(3))
    for flips in itertools.product((1, -1), repeat=3)
]
SETTINGS = PlaneSettings()


@pytest.mark.parametrize(("axes", "flips"), TURNS)
def test_every_axis_order_becomes_right_anterior_superior_and_back(axes, flips):
    affine = np.eye(4)
    affine[:3, :3] = (np.diag((0.5, 0.7, 3.0)) * flips)[:, axes]
    array = np.arange(3 * 4 * 5).reshape(3, 4, 5)
    orientation = Orientation.of(affine)
    canonical = orientation.forward(array)
    assert np.shares_memory(canonical, array)
    assert np.array_equal(orientation.inverse(canonical), array)
    # walking along a canonical axis moves the place in the patient to the right, to the front, upwards
    places = np.stack(np.meshgrid(*map(np.arange, array.shape), indexing="ij"), axis=-1) @ affine[:3, :3].T
    for patient in range(3):
        steps = np.diff(orientation.forward(places[..., patient]), axis=patient)
        assert (steps > 0).all()


def test_an_oblique_scan_goes_to_the_nearest_axes():
    angle = np.deg2rad(30)
    affine = np.eye(4)
    affine[:3, :3] = [
        [-np.cos(angle), 0, np.sin(angle)],
        [0, -1, 0],
        [np.sin(angle), 0, np.cos(angle)],
    ]
    assert Orientation.of(affine) == Orientation((0, 1, 2), (True, True, False))


def whole(array: np.ndarray, spacing: tuple[float, float, float]) -> PreparedVolume:
    """An array that is canonical already, with intensities that stay as they are."""
    box = tuple(slice(0, n) for n in array.shape)
    return PreparedVolume(array, Orientation((0, 1, 2), (False,) * 3), spacing, box, 0.0, 1.0)


@pytest.mark.parametrize("axis", [AXIAL, CORONAL, SAGITTAL])
def test_a_plane_at_the_working_size_comes_back_as_it_was(axis):
    array = np.random.default_rng(0).uniform(0, 4, (40, 50, 33)).astype(np.float32)
    planes = Planes.cut(whole(array, (1.0, 1.0, 1.0)), axis, SETTINGS)
    assert len(planes) == array.shape[axis]
    for index in (0, 17, len(planes) - 1):
        stack = planes.stack(index)
        assert stack.dtype == np.float32
        assert all(size % SETTINGS.multiple == 0 for size in stack.shape[1:])
        assert np.array_equal(planes.restore(stack[1]), np.take(array, index, axis))
        below, above = max(0, index - 3), min(len(planes) - 1, index + 3)  # 3 mm away
        assert np.array_equal(planes.restore(stack[0]), np.take(array, below, axis))
        assert np.array_equal(planes.restore(stack[2]), np.take(array, above, axis))


def test_what_lies_where_is_kept_by_resampling_there_and_back():
    x, y = np.mgrid[:200, :240].astype(np.float32)
    blob = 3 * np.exp(-((x - 61) ** 2 + (y - 150) ** 2) / (2 * 6.0**2))
    array = np.repeat(blob[..., None], 3, axis=2)
    planes = Planes.cut(whole(array, (0.5, 0.5, 5.0)), AXIAL, SETTINGS)
    assert planes.values.shape == (3, round(200 * 0.5 / 0.9), round(240 * 0.5 / 0.9))
    restored = planes.restore(planes.stack(1)[1])
    assert restored.shape == blob.shape
    centre = [float((axis * restored).sum() / restored.sum()) for axis in (x, y)]
    assert centre == pytest.approx([61, 150], abs=0.05)  # pixels: a shift by half of one would show
    assert restored.sum() == pytest.approx(blob.sum(), rel=0.01)


@pytest.mark.parametrize(
    ("mm", "pixels", "stride"), [(0.5, 111, 6), (0.9, 200, 3), (1.0, 200, 3), (1.2, 267, 2), (7.0, 1556, 1)]
)
def test_pixels_of_usual_size_stay_and_neighbours_lie_3_mm_away_or_next_to_it(mm, pixels, stride):
    assert SETTINGS.working_size(200, mm) == pixels
    assert SETTINGS.stride(mm) == stride


@pytest.mark.parametrize(
    ("spacing", "axes"),
    [
        ((0.9, 0.9, 7.0), (AXIAL,)),
        ((6.0, 0.9, 0.9), (SAGITTAL,)),
        ((0.9, 5.0, 0.9), (CORONAL,)),
        ((1.0, 1.0, 1.0), (AXIAL, CORONAL, SAGITTAL)),
        ((1.0, 1.0, 1.5), (AXIAL, CORONAL, SAGITTAL)),
    ],
)
def test_a_scan_is_cut_along_its_slices_first_and_across_them_where_they_are_thin(spacing, axes):
    prepared = whole(np.zeros((4, 4, 4)), spacing)
    assert prepared.axes == axes


@pytest.mark.parametrize("axis", [AXIAL, CORONAL, SAGITTAL])
def test_a_slice_that_is_cut_alone_is_that_of_the_whole_cut(axis):
    array = np.random.default_rng(0).integers(0, 900, (30, 36, 28), np.int16)
    gain = np.linspace(1, 1.5, 28, dtype=np.float32)
    box = (slice(2, 29), slice(0, 30), slice(3, 28))
    prepared = replace(whole(array, (0.5, 1.4, 1.0)), box=box, brain=400.0, gain=gain)
    planes = Planes.cut(prepared, axis, SETTINGS)
    for index in (0, 1, 12, len(planes) - 1):
        alone = Planes.cut(prepared, axis, SETTINGS, only=index)
        assert len(alone) == 3
        assert np.array_equal(alone.stack(1), planes.stack(index))
        answer = alone.stack(1)[1]
        assert np.array_equal(alone.restore(answer), planes.restore(answer))


def ellipsoid(image: Image, radii: tuple[float, float, float]) -> np.ndarray:
    """Bool, on the image's grid: inside radii in mm about the origin of its space."""
    places = np.stack(np.meshgrid(*map(np.arange, image.grid), indexing="ij"), axis=-1)
    millimetres = places @ image.affine[:3, :3].T + image.affine[:3, 3]
    return ((millimetres / radii) ** 2).sum(axis=-1) < 1


def test_a_head_normalises_alike_with_and_without_its_skull(phantom):
    brain = ellipsoid(phantom, (62, 83, 66))  # inside the phantom's skull
    stripped = Image(np.where(brain, phantom.array, 0), phantom.affine)
    for image in (phantom, stripped):
        prepared = prepare_head(image)
        median = np.median(prepared.normalise(image.array[brain]))
        # training scales intensities by up to 12 % either way, so that so much does not matter
        assert median == pytest.approx(1.0, abs=0.12)
        assert prepared.normalise(np.array([prepared.background])) == 0


@pytest.mark.parametrize(("slope", "intercept"), [(1000, 0), (0.01, 0), (1, 500)])
def test_another_scale_of_intensities_gives_the_same_planes(phantom, slope, intercept):
    scaled = Image(phantom.array.astype(np.float32) * slope + intercept, phantom.affine)
    first, second = (Planes.cut(prepare_head(image), AXIAL, SETTINGS).values for image in (phantom, scaled))
    assert np.allclose(first, second, atol=1e-3)


def test_slices_that_the_coil_makes_brighter_come_to_the_level_of_the_rest(phantom):
    bright = phantom.array.astype(np.float32)
    bright[:, :, 13:] *= np.float32(1.35)
    planes = [
        Planes.cut(prepare_head(replace(phantom, array=array)), AXIAL, SETTINGS).values
        for array in (phantom.array.astype(np.float32), bright)
    ]
    brain = (planes[0] > 0.85) & (planes[0] < 1.15)
    assert np.median(planes[1][13:][brain[13:]]) == pytest.approx(1, abs=0.05)  # 1.35 as it was
    assert np.median(planes[1][:13][brain[:13]]) == pytest.approx(1, abs=0.05)


def test_the_box_holds_the_head(phantom):
    air = np.pad(phantom.array, ((40, 40), (0, 60), (0, 0)))
    prepared = prepare_head(Image(air, phantom.affine))
    outside = np.ones(air.shape, bool)
    prepared.orientation.forward(outside)[prepared.box] = False
    assert outside.mean() > 0.4
    assert (air[outside] > 0.5 * np.median(phantom.array[ellipsoid(phantom, (62, 83, 66))])).mean() < 1e-4


def pointwise(stack: np.ndarray) -> np.ndarray:
    return np.stack([stack[0] - 2 * stack[1], np.tanh(stack[2])])


@pytest.mark.parametrize("size", [(100, 120), (512, 512), (513, 90), (700, 960), (90, 1300)])
def test_tiles_leave_no_seam(size):
    stack = np.random.default_rng(0).normal(size=(3, *size)).astype(np.float32)
    sizes = []

    def spy(tile):
        sizes.append(tile.shape[1:])
        return pointwise(tile)

    assert np.allclose(run_tiled(spy, stack), pointwise(stack), atol=1e-5)
    assert max(max(each) for each in sizes) <= 512
    assert (len(sizes) == 1) == (max(size) <= 512)


def test_where_tiles_overlap_they_are_blended_and_not_cut():
    edges = iter(range(100))  # every tile answers with a number of its own

    def run(tile):
        return np.full((1, *tile.shape[1:]), float(next(edges)), np.float32)

    blended = run_tiled(run, np.zeros((3, 64, 900), np.float32))[0, 32]
    assert blended[0] == 0
    assert blended[-1] == 1
    assert np.abs(np.diff(blended)).max() < 2 / 64  # a slope over the overlap
    assert (np.diff(blended) >= 0).all()


def test_what_cannot_be_a_head_by_its_size_is_refused_before_anything_is_made_of_it():
    grid, mm = (256, 256, 20), np.array((0.9, 0.9, 7.0))
    for axes in itertools.permutations(range(3)):
        array = np.broadcast_to(np.int16(1), [grid[axis] for axis in axes])  # takes no memory
        for factor in (0.001, 0.1, 10, 100):
            image = Image(array, np.diag([*(factor * mm[list(axes)]), 1]))
            with pytest.raises(InputError, match="no scan of a head"):
                SETTINGS.warnings_for(image)
        assert SETTINGS.warnings_for(Image(array, np.diag([*mm[list(axes)], 1]))) == []
