"""Segment: the same patient gives the same mask, however the scan is stored or computed."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from SegAssistLib.errors import Cancelled, InputError
from SegAssistLib.image import Image
from SegAssistLib.inference import segment
from SegAssistLib.inference.segment import label_array, predict, segment_slice
from SegAssistLib.phantom import flair_phantom
from SegAssistLib.prepare import Orientation, PreparedVolume

TURNS = [
    (axes, flips)
    for axes in itertools.permutations(range(3))
    for flips in itertools.product((False, True), repeat=3)
]


class Lopsided:
    """A backend that looks to one side, into the depth and upwards, so that no wrong turn goes unseen."""

    name, version, sha256 = "lopsided", "1", ""

    def __init__(self):
        self.seen = []

    def run(self, stack):
        self.seen.append(stack[1].copy())
        below, here, above = stack
        sideways, down = np.roll(here, 5, axis=0), np.roll(here, 9, axis=1)
        return (6 * (here - 0.8 * sideways + 0.4 * down + 0.3 * below - 0.5 * above - 1))[None]


def turned(image: Image, axes: tuple[int, ...], flips: tuple[bool, ...]) -> Image:
    """The same scan stored with other axes: every voxel stays where it is in the patient."""
    array, affine = image.array.transpose(axes), image.affine.copy()
    affine[:3, :3] = affine[:3, :3][:, axes]
    for axis, flip in enumerate(flips):
        if flip:
            affine[:3, 3] += affine[:3, axis] * (array.shape[axis] - 1)
            affine[:3, axis] *= -1
    return replace(image, array=array[tuple(slice(None, None, -1 if f else 1) for f in flips)], affine=affine)


def turned_back(array: np.ndarray, axes: tuple[int, ...], flips: tuple[bool, ...]) -> np.ndarray:
    return array[tuple(slice(None, None, -1 if f else 1) for f in flips)].transpose(np.argsort(axes))


@pytest.fixture(scope="module")
def found(phantom, task):
    """What the shipped network finds in the phantom."""
    segmentation = segment(phantom, task, quality="quick")
    assert segmentation.array.any()
    return segmentation


@pytest.fixture(scope="module")
def thin() -> Image:
    """A small oblique head with cubic voxels, which ``best`` cuts three ways."""
    image, _ = flair_phantom((72, 88, 56), (2.5, 2.5, 2.5), lesions=4)
    affine = image.affine.copy()
    affine[:3, :3] = rotation(12) @ affine[:3, :3]
    return replace(image, array=image.array[:, :, 3:], affine=affine)  # no two axes of the same length


def rotation(degrees: float) -> np.ndarray:
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]]) @ np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


@pytest.fixture(scope="module")
def found_thin(thin, task):
    segmentation = segment(thin, task, backend=Lopsided())
    assert 0.001 < (segmentation.array > 0).mean() < 0.5
    return segmentation


@pytest.mark.parametrize(("axes", "flips"), TURNS)
def test_a_scan_stored_with_any_axes_gives_the_same_mask(thin, task, found_thin, axes, flips):
    result = segment(turned(thin, axes, flips), task, backend=Lopsided())
    assert np.array_equal(turned_back(result.array, axes, flips), found_thin.array)
    assert np.array_equal(turned_back(result.probabilities[0], axes, flips), found_thin.probabilities[0])


@pytest.mark.parametrize(("axes", "flips"), TURNS[3::11])
def test_the_shipped_network_too_gives_the_same_mask_of_a_turned_scan(phantom, task, found, axes, flips):
    image = turned(phantom, axes, flips)
    result = segment(image, task, quality="quick")
    assert result.affine is image.affine
    assert np.array_equal(turned_back(result.array, axes, flips), found.array)


def test_a_slice_that_is_asked_for_comes_first_and_changes_nothing(phantom, task):
    wanted = 13
    array = phantom.array.copy()
    array[:, :, wanted] = 0  # a mark to know it by
    marked = replace(phantom, array=array)
    plain = segment(marked, task, quality="quick", backend=Lopsided())
    for flip in (False, True):
        spy = Lopsided()
        image = turned(marked, (0, 1, 2), (False, False, flip))
        first_slice = (2, array.shape[2] - 1 - wanted if flip else wanted)
        result = segment(image, task, quality="quick", backend=spy, first_slice=first_slice)
        blank = [not plane.any() for plane in spy.seen]
        assert blank.index(True) == 0
        assert blank.count(True) == 1
        assert np.array_equal(turned_back(result.array, (0, 1, 2), (False, False, flip)), plain.array)


@pytest.mark.parametrize(("axes", "flips"), TURNS[::5])
def test_a_slice_alone_is_that_of_a_whole_quick_run(thin, task, axes, flips):
    image = turned(thin, axes, flips)
    whole = segment(image, task, quality="quick", backend=Lopsided())
    axis = axes.index(2)  # where the axial slices of `thin` lie now
    for index in (0, 20, image.grid[axis] - 1):
        spy = Lopsided()
        alone = segment_slice(image, task, (axis, index), quality="quick", backend=spy)
        assert len(spy.seen) == 1
        probabilities, expected = (np.moveaxis(each.probabilities[0], axis, 0) for each in (alone, whole))
        assert np.array_equal(probabilities[index], expected[index])
        assert not np.delete(probabilities, index, axis=0).any()
        labels = np.moveaxis(alone.array, axis, 0)
        above = probabilities > np.float32(task.labels[0].threshold)
        assert not (labels > above).any()  # small components are dropped
        assert labels.any() == above.any()


def test_a_slice_of_best_does_not_tell_left_from_right(task):
    image, brain = block()
    mirrored = replace(brain, array=brain.array[::-1])
    for wanted in ((0, 31), (1, 31), (2, 31)):
        for quality, alike in (("best", True), ("quick", False)):
            axis, index = wanted
            first, second = (
                segment_slice(image, task, at, quality=quality, backend=Lopsided(), prepared=each)
                for each, at in ((brain, wanted), (mirrored, (axis, 63 - index) if axis == 0 else wanted))
            )
            assert first.probabilities.any()
            assert np.array_equal(first.probabilities[:, ::-1], second.probabilities) == alike


@pytest.mark.parametrize("visible", [(0, 30), (1, 50), (2, 20)])
def test_the_visible_slice_of_any_view_comes_first_in_best_and_changes_not_a_bit(
    thin, task, found_thin, visible
):
    spy, looks = Lopsided(), []
    result = segment(
        thin,
        task,
        backend=spy,
        first_slice=visible,
        slice_done=lambda axis, index, look: looks.append((axis, index, look, len(spy.seen))),
    )
    ((axis, index, look, planes),) = looks
    assert (axis, index) == visible
    assert planes == 2  # it and its mirror image
    alone = segment_slice(thin, task, visible, backend=Lopsided())
    assert look.any()
    assert np.array_equal(look, np.moveaxis(alone.array, axis, 0)[index])
    assert np.array_equal(result.array, found_thin.array)
    assert np.array_equal(result.probabilities, found_thin.probabilities)


def test_a_slice_beside_the_head_is_empty(phantom, task):
    image = replace(phantom, array=np.pad(phantom.array, ((0, 0), (0, 0), (6, 0))))
    spy = Lopsided()
    assert not segment_slice(image, task, (2, 1), backend=spy).probabilities.any()
    assert spy.seen == []
    looks = []
    segment(
        image,
        task,
        quality="quick",
        backend=spy,
        first_slice=(2, 1),
        slice_done=lambda *told: looks.append(told),
    )
    ((axis, index, look),) = looks
    assert (axis, index) == (2, 1)
    assert not look.any()


def test_a_slice_that_cannot_be_segmented_alone_is_refused(phantom, task):
    with pytest.raises(InputError, match=r"single coronal slice .* choose the axial view"):
        segment_slice(phantom, task, (1, 100), backend=Lopsided())
    with pytest.raises(InputError, match="no slice 20; choose one from 0 to 19"):
        segment_slice(phantom, task, (2, 20), backend=Lopsided())


@pytest.mark.parametrize(("quality", "axes", "runs"), [("quick", 1, 1), ("best", 3, 2)])
def test_progress_counts_every_plane_of_every_direction(thin, task, quality, axes, runs):
    spy, steps = Lopsided(), []
    segment(thin, task, quality=quality, backend=spy, progress=lambda *step: steps.append(step))
    total = steps[0][1]
    assert steps == [(done, total) for done in range(1, total + 1)]
    assert len(spy.seen) == runs * total  # best looks at each plane and at its mirror image
    shapes = {plane.shape for plane in spy.seen}
    assert len(shapes) <= axes
    assert (len(shapes) > 1) == (axes > 1)


def block() -> tuple[Image, PreparedVolume]:
    """Noise in a block of air, and the same prepared."""
    array = np.pad(np.random.default_rng(0).uniform(0, 3, (40, 40, 40)).astype(np.float32), 12)
    box = tuple(slice(0, n) for n in array.shape)
    brain = PreparedVolume(array, Orientation((0, 1, 2), (False,) * 3), (1.0, 1.0, 1.0), box, 0.0, 1.0)
    return Image(array, np.eye(4)), brain


def test_best_does_not_tell_left_from_right(task):
    """The mirror image of a brain gives the mirror image of its probabilities, in all three directions."""
    _, brain = block()
    mirrored = replace(brain, array=brain.array[::-1])
    for quality, alike in (("best", True), ("quick", False)):
        first, second = (predict(each, task, Lopsided(), quality)[0] for each in (brain, mirrored))
        assert np.array_equal(first[::-1], second) == alike
        assert not np.array_equal(first[:, ::-1], first)


@pytest.mark.parametrize("after", [0, 3])
def test_a_cancelled_run_stops_before_the_next_plane(phantom, task, after):
    spy = Lopsided()
    with pytest.raises(Cancelled):
        segment(phantom, task, quality="quick", backend=spy, cancelled=lambda: len(spy.seen) >= after)
    assert len(spy.seen) == after


def test_a_scan_stored_with_finer_pixels_gives_the_same_lesions(phantom, task, found):
    array = phantom.array.repeat(2, axis=0).repeat(2, axis=1)  # 0.45 mm instead of 0.9 mm
    affine = phantom.affine.copy()
    affine[:3, :2] /= 2
    affine[:3, 3] -= (affine[:3, 0] + affine[:3, 1]) / 2
    fine = segment(replace(phantom, array=array, affine=affine), task, quality="quick").array
    assert fine.shape == (512, 512, 20)
    coarse = found.array.repeat(2, axis=0).repeat(2, axis=1)
    overlap = 2 * np.count_nonzero(fine & coarse) / (fine.sum() + coarse.sum())
    assert overlap > 0.85  # edges are smoother on the finer grid


def test_the_stored_probabilities_give_the_mask_again(phantom, task, found):
    again = label_array(
        found.probabilities, task.labels, phantom.spacing, task.smallest_mm3, task.connectivity
    )
    assert found.probabilities.dtype == np.float16
    assert np.array_equal(again, found.array)


def test_a_component_is_dropped_when_it_is_smaller_than_the_smallest(task):
    probability = np.zeros((1, 12, 12, 4), np.float16)
    probability[0, :2, 0, 0] = 0.9  # 2 voxels
    probability[0, 5:8, 5, 1] = 0.9  # 3 voxels
    probability[0, (0, 1, 2, 3), (9, 10, 11, 10), (0, 1, 2, 3)] = 0.9  # 4 voxels that touch at corners
    labels = (replace(task.labels[0], threshold=0.5),)

    def count(smallest_mm3, connectivity=26):
        return np.count_nonzero(label_array(probability, labels, (0.5, 2.0, 3.0), smallest_mm3, connectivity))

    assert count(0) == 9
    assert count(6) == 9  # 2 voxels of 3 mm3 are 6 mm3, which is not smaller than 6
    assert count(6.01) == 7
    assert count(9.01) == 4
    assert count(12.01) == 0
    assert count(3.01, connectivity=6) == 5


def test_a_voxel_takes_a_label_above_its_threshold_and_the_one_with_more_margin(task):
    first = replace(task.labels[0], value=1, threshold=0.25)
    second = replace(task.labels[0], value=2, threshold=0.5)
    probabilities = np.array([[0.25, 0.3, 0.6, 0.6, 0.1], [0.1, 0.5, 0.75, 0.9, 0.6]], np.float32)
    array = label_array(probabilities.reshape(2, 5, 1, 1), (first, second), (1, 1, 1), 0, 26)
    assert array.ravel().tolist() == [0, 1, 1, 2, 2]


def test_what_the_task_is_not_for_is_refused(phantom, task):
    with pytest.raises(InputError, match="modality is CT"):
        segment(replace(phantom, modality="CT"), task, backend=Lopsided())
    with pytest.raises(InputError, match="needs a volume"):
        segment(replace(phantom, kind="still"), task, backend=Lopsided())
