"""The overlay film, decoded again: outlines in the labels' colours, in step with the frames."""

from __future__ import annotations

import itertools
from dataclasses import replace

import cv2
import numpy as np
import pytest

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.io import video
from SegAssistLib.labels import Code, Label, Segmentation
from SegAssistLib.report.film import write_film
from SegAssistLib.report.overlay import LINE, write_overlay

CODE = Code("SCT", "52988006", "Lesion")
ARTERY, VEIN = (216, 60, 40), (0, 120, 230)
LABELS = (Label(1, "artery", ARTERY, 0.5, CODE, CODE), Label(2, "vein", VEIN, 0.5, CODE, CODE))
COUNT, STEP = 6, 40  # the vein moves to the right by so many pixels with each frame


@pytest.fixture
def clip() -> Image:
    grey = np.random.default_rng(0).integers(20, 120, (480, 320)).astype(np.uint8)
    grey = cv2.GaussianBlur(grey, (0, 0), 2)
    array = np.repeat(grey[:, :, None], COUNT, axis=2)
    return Image(
        array,
        np.diag([-1.0, -1, 1, 1]),
        "frames",
        calibrated=False,
        modality="US",
        frame_rate=12.5,
        name="clip",
    )


@pytest.fixture
def mask(clip) -> Segmentation:
    array = np.zeros(clip.grid, np.uint8)
    array[100:160, 200:260] = 1
    for number in range(COUNT):
        array[60 + STEP * number : 100 + STEP * number, 60:100, number] = 2
    return Segmentation(array, clip.affine, LABELS, calibrated=False)


def film(tmp_path, image, segmentation, **options):
    path = tmp_path / "Vène 脳.mp4"
    write_film(path, image, segmentation, **options)
    assert list(tmp_path.iterdir()) == [path]
    times, pages = zip(*video.decode(path, path), strict=True)
    return np.array(times), np.stack(pages)


def places(page, color):
    """Rows and columns of the pixels of a grey picture that are tinged with a colour, without the text."""
    picture = page[: -2 * LINE].astype(int)
    return np.nonzero(picture[..., np.argmax(color)] - picture[..., np.argmin(color)] > 60)


def middle(indices):
    return (indices.min() + indices.max()) / 2


def test_every_frame_has_its_own_outlines_in_the_labels_colours(tmp_path, clip, mask):
    times, pages = film(tmp_path, clip, mask)
    scale = 800 / 480
    assert times == pytest.approx(np.arange(COUNT) / 12.5, abs=1e-3)
    for number, page in enumerate(pages):
        rows, columns = places(page, VEIN)
        assert middle(rows) / scale == pytest.approx(80, abs=3)
        assert middle(columns) / scale == pytest.approx(80 + STEP * number, abs=3)
        assert middle(places(page, ARTERY)[0]) / scale == pytest.approx(230, abs=3)


def test_the_tissue_under_a_label_is_left_as_it_is(tmp_path, clip, mask):
    outlined = film(tmp_path, clip, mask)[1]
    plain = film(tmp_path, clip, replace(mask, array=np.zeros_like(mask.array)))[1]
    inside = np.s_[:, 350:420, 180:255]  # of the artery, well within its outline
    assert np.abs(outlined[inside].astype(int) - plain[inside]).mean() < 2


def test_every_frame_says_its_number_and_that_it_is_for_research(tmp_path, clip, mask):
    pages = film(tmp_path, clip, mask)[1]
    assert (pages[:, -LINE:].max(axis=(1, 2, 3)) > 120).all()
    numbers = pages[:, -2 * LINE : -LINE]
    for one, other in itertools.pairwise(numbers):
        assert np.abs(one.astype(int) - other).max() > 100


def test_side_by_side_shows_the_recorded_frame_on_the_left(tmp_path, clip, mask):
    alone = film(tmp_path, clip, mask)[1]
    both = film(tmp_path, clip, mask, side_by_side=True)[1]
    width = alone.shape[2]
    assert both.shape[2] >= 2 * width
    assert places(both[3, :, :width], VEIN)[0].size == 0
    assert places(both[3, :, width:], VEIN)[0].size > 100


def test_uneven_times_are_kept_and_a_clip_without_times_plays_at_25_a_second(tmp_path, clip, mask):
    uneven = (0.0, 0.02, 0.08, 0.1, 0.16, 0.18)
    assert film(tmp_path, replace(clip, frame_times_s=uneven), mask)[0] == pytest.approx(uneven, abs=1e-3)
    times = film(tmp_path, replace(clip, frame_rate=None), mask)[0]
    assert times == pytest.approx(np.arange(COUNT) / 25, abs=1e-3)


def test_pixels_keep_their_true_proportions(tmp_path, clip, mask):
    affine = np.diag([-0.1, -0.2, 1, 1])
    wide = replace(clip, affine=affine, calibrated=True)
    rows, columns = places(film(tmp_path, wide, replace(mask, affine=affine))[1][0], ARTERY)
    assert np.ptp(rows) / np.ptp(columns) == pytest.approx(2, rel=0.1)


def test_colour_clips_keep_their_colours(tmp_path, clip, mask):
    colour = np.stack([clip.array, clip.array // 2, clip.array // 4], axis=3)
    page = film(tmp_path, replace(clip, array=colour), mask)[1][0]
    red, green, blue = page[:100].reshape(-1, 3).mean(axis=0)
    assert red > 1.5 * green > 2 * blue


def test_a_still_makes_no_film(tmp_path, clip, mask):
    with pytest.raises(InputError, match="still"):
        write_film(tmp_path / "a.mp4", replace(clip, kind="still"), mask)


def test_the_overlay_picture_shows_the_frames_that_were_asked_for(tmp_path, clip, mask):
    write_overlay(tmp_path / "a.png", clip, mask, "a clip", {}, chosen=(1, 4))
    page = cv2.cvtColor(cv2.imread(str(tmp_path / "a.png")), cv2.COLOR_BGR2RGB)
    _, columns = np.nonzero((page[66:-LINE] == VEIN).all(axis=2))
    left, right = columns[columns < page.shape[1] / 2], columns[columns >= page.shape[1] / 2]
    scale, gap = 400 / 480, 6
    assert (left.mean() - gap) / scale == pytest.approx(80 + STEP, abs=3)
    assert (right.mean() - 400 - 2 * gap) / scale == pytest.approx(80 + 4 * STEP, abs=3)
