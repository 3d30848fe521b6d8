"""The overlay picture, decoded again: right way round, true proportions, outline beside the lesion."""

from dataclasses import replace

import cv2
import nibabel as nib
import numpy as np
import pytest

from SegAssistLib.image import Image
from SegAssistLib.labels import Code, Label, Segmentation
from SegAssistLib.report.overlay import write_overlay

CODE = Code("SCT", "52988006", "Lesion")
RED, GREEN = (255, 0, 0), (0, 255, 0)
LABELS = (Label(1, "lesion", RED, 0.5, CODE, CODE), Label(2, "other", GREEN, 0.5, CODE, CODE))
TOP, BOTTOM = 62, 30  # title and legend, and the note, of the page


def overlay(tmp_path, image, mask, title="a case"):
    path = tmp_path / "a.png"
    segmentation = Segmentation(mask, image.affine, LABELS, calibrated=image.calibrated)
    write_overlay(path, image, segmentation, title, {"lesion": "1.23 ml"})
    assert list(tmp_path.iterdir()) == [path]
    return cv2.cvtColor(cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def where(page, color):
    """Rows and columns of the pictures' pixels that have a colour, without title and legend."""
    rows, columns = np.nonzero((page[TOP:] == color).all(axis=2))
    return rows + TOP, columns


def a_head():
    """A grey block of 60 x 80 x 1 mm in LPS order, label 1 in front right, label 2 behind left."""
    array, mask = np.zeros((70, 90, 3), np.int16), np.zeros((70, 90, 3), np.uint8)
    array[5:65, 5:85, :] = 300
    mask[15:20, 15:25, 1] = 1
    mask[50:55, 65:75, 1] = 2
    return Image(array, np.diag([-1.0, -1, 5, 1]), modality="MR"), mask


def test_anterior_is_up_and_the_patients_right_is_on_the_left(tmp_path):
    image, mask = a_head()
    page = overlay(tmp_path, image, mask)
    (red_rows, red_columns), (green_rows, green_columns) = where(page, RED), where(page, GREEN)
    assert red_rows.max() < green_rows.min()
    assert red_columns.max() < green_columns.min()


@pytest.mark.parametrize("axcodes", ["RAS", "LPI", "PSR", "SAL"])
def test_a_scan_stored_in_another_order_gives_the_same_picture(tmp_path, axcodes):
    image, mask = a_head()
    turn = nib.orientations.ornt_transform(
        nib.orientations.io_orientation(image.affine), nib.orientations.axcodes2ornt(axcodes)
    )
    affine = image.affine @ nib.orientations.inv_ornt_aff(turn, image.grid)
    turned = Image(nib.apply_orientation(image.array, turn), affine, modality="MR")
    expected = overlay(tmp_path, image, mask)
    assert np.array_equal(overlay(tmp_path, turned, nib.apply_orientation(mask, turn)), expected)


def test_pixels_keep_their_true_proportions(tmp_path):
    image, mask = a_head()
    affine = np.diag([-0.5, -2.0, 5, 1])
    rows, columns = where(overlay(tmp_path, Image(image.array, affine), mask), RED)
    inside = np.ptp(rows) - 1, np.ptp(columns) - 1  # without the outline itself
    assert inside[0] / inside[1] == pytest.approx((10 * 2) / (5 * 0.5), rel=0.1)


def test_the_outline_runs_around_the_label_and_covers_none_of_it(tmp_path):
    array = np.random.default_rng(0).integers(20, 200, (300, 200, 1, 1)).repeat(3, axis=3).astype(np.uint8)
    image = Image(array, np.diag([-1.0, -1, 1, 1]), "still", calibrated=False)
    mask = np.zeros((300, 200, 1), np.uint8)
    mask[100:130, 80:90] = 1
    page, plain = overlay(tmp_path, image, mask), overlay(tmp_path, image, np.zeros_like(mask))
    rows, columns = where(page, RED)
    changed = (page != plain).any(axis=2)
    changed[:TOP] = False
    assert set(zip(*np.nonzero(changed), strict=True)) == set(zip(rows, columns, strict=True))
    hollow = changed[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    scale = 1000 / 300
    assert np.count_nonzero(~hollow) == pytest.approx(30 * 10 * scale**2, rel=0.05)


def test_one_labelled_pixel_of_a_huge_picture_is_still_outlined(tmp_path):
    image = Image(np.full((4000, 3000, 1), 90, np.uint8), np.eye(4), "still", calibrated=False)
    mask = np.zeros((4000, 3000, 1), np.uint8)
    mask[1777, 1001] = 1
    assert where(overlay(tmp_path, image, mask), RED)[0].size > 0


def test_nothing_found_shows_slices_without_outlines_and_says_research_use(tmp_path):
    image, mask = a_head()
    page = overlay(tmp_path, image, np.zeros_like(mask), title="Überprüfung ✓")
    assert where(page, RED)[0].size == where(page, GREEN)[0].size == 0
    assert page[-BOTTOM:].max() > 200
    assert page[TOP:-BOTTOM].max() == 255


@pytest.mark.shared_data
@pytest.mark.parametrize("patient", ["patient02", "patient03"])
def test_a_real_patient_fills_the_page_with_labelled_slices(ms_data, tmp_path, patient):
    flair, lesions = (nib.load(ms_data / patient / f"{name}.nii.gz") for name in ("flair", "lesions"))
    image = Image(np.asarray(flair.dataobj), flair.affine, modality="MR", name=patient)
    page = overlay(tmp_path, image, np.asarray(lesions.dataobj))
    rows, columns = where(page, RED)
    tiles = set(zip(rows * 3 // page.shape[0], columns * 4 // page.shape[1], strict=True))
    assert len(tiles) == 12


def test_the_outline_of_what_lies_over_another_label_is_seen_on_it(tmp_path):
    image = Image(np.full((60, 60, 1), 90, np.uint8), np.eye(4), "still", calibrated=False)
    mask = np.full((60, 60, 1), 2, np.uint8)
    mask[20:30, 20:30] = 1
    below, over = LABELS[1], replace(LABELS[0], priority=1)
    write_overlay(tmp_path / "a.png", image, Segmentation(mask, image.affine, (over, below)), "Title", {})
    page = cv2.imread(str(tmp_path / "a.png"))[..., ::-1]
    assert where(page, RED)[0].size > 0
