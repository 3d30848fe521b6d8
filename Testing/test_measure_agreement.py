"""Agreement of two masks, against arithmetic by hand and MONAI's metrics on real lesion masks."""

import math

import nibabel as nib
import numpy as np
import pytest
from scipy import ndimage

from SegAssistLib.errors import InputError
from SegAssistLib.measure.agreement import agreement, summarise

SPACING = (1.0, 1.0, 1.0)


def a_mask(*boxes, shape=(12, 12, 5)):
    mask = np.zeros(shape, bool)
    for box in boxes:
        mask[box] = True
    return mask


def test_overlapping_bars_agree_as_by_hand():
    result = agreement(a_mask(np.s_[0:4, 0, 0]), a_mask(np.s_[2:8, 0, 0]), (2.0, 1.0, 0.5))
    assert result.dice == pytest.approx(2 * 2 / 10)
    assert result.iou == pytest.approx(2 / 8)
    assert result.sensitivity == pytest.approx(2 / 4)
    assert result.precision == pytest.approx(2 / 6)
    assert result.specificity == pytest.approx(712 / 716)
    assert result.accuracy == pytest.approx(714 / 720)
    assert (result.reference_volume, result.volume_difference) == (4.0, 2.0)
    assert result.volume_difference_percent == pytest.approx(50)
    # Pixel 0 and 1 lie 4 and 2 mm from the prediction; its pixels 4 to 7 lie 2 to 8 mm from the reference.
    assert result.assd == pytest.approx((4 + 2 + 2 + 4 + 6 + 8) / 10)
    assert result.hd95 == pytest.approx(np.percentile([0, 0, 2, 4, 6, 8], 95))


def test_both_masks_empty_is_perfect_agreement():
    result = agreement(a_mask(), a_mask(), SPACING)
    assert (result.dice, result.iou, result.lesions.f1, result.hd95, result.assd) == (1, 1, 1, 0, 0)
    assert (result.volume_difference_percent, result.accuracy, result.specificity) == (0, 1, 1)
    assert math.isnan(result.sensitivity)
    assert math.isnan(result.precision)
    assert math.isnan(result.lesions.recall)


@pytest.mark.parametrize("reference_is_empty", [True, False])
def test_one_empty_mask_is_no_agreement_and_has_no_distance(reference_is_empty):
    full, empty = a_mask(np.s_[2:5, 2:5, 2]), a_mask()
    result = agreement(*((empty, full) if reference_is_empty else (full, empty)), SPACING)
    assert (result.dice, result.iou, result.lesions.f1) == (0, 0, 0)
    assert math.isnan(result.hd95)
    assert math.isnan(result.assd)
    assert math.isnan(result.sensitivity) == math.isnan(result.lesions.recall) == reference_is_empty
    assert math.isnan(result.precision) != reference_is_empty
    assert math.isnan(result.volume_difference_percent) == reference_is_empty


def test_lesions_count_as_found_by_any_overlap_and_small_ones_do_not_count():
    found, missed, speck = np.s_[0:2, 0:2, 0], np.s_[6:9, 6:9, 0:2], np.s_[11, 11, 4]
    reference = a_mask(found, missed, speck)
    predicted = a_mask(np.s_[1:5, 1, 0], np.s_[0:3, 9:11, 4], speck)
    lesions = agreement(reference, predicted, SPACING).lesions
    assert (lesions.reference, lesions.predicted, lesions.found, lesions.correct) == (2, 2, 1, 1)
    assert lesions.recall == lesions.precision == lesions.f1 == 0.5
    assert lesions.found_by_size_class["under_10_mm3"] == (1, 1)
    assert lesions.found_by_size_class["10_to_50_mm3"] == (0, 1)
    assert agreement(reference, predicted, SPACING, smallest_mm3=0).lesions.found == 2


def test_one_prediction_over_two_lesions_finds_both():
    lesions = agreement(a_mask(np.s_[0:3, 0, 0], np.s_[6:9, 0, 0]), a_mask(np.s_[2:7, 0, 0]), SPACING).lesions
    assert (lesions.found, lesions.recall, lesions.precision) == (2, 1, 1)


def test_an_uncalibrated_picture_is_compared_in_pixels_along_its_outline():
    square, larger = (
        a_mask(np.s_[3:8, 3:8, 0], shape=(12, 12, 1)),
        a_mask(np.s_[2:9, 2:9, 0], shape=(12, 12, 1)),
    )
    result = agreement(square, larger, None)
    assert result.unit == "pixel"
    assert {"hd95_pixel", "volume_difference_pixels"} <= result.row().keys()
    # Every outline pixel of the square is 1 from the larger outline: its inside does not count as outline.
    assert agreement(square, larger, None).assd == pytest.approx((16 + 20 + 4 * math.sqrt(2)) / 40)


def test_masks_of_different_grids_are_refused_in_one_sentence():
    with pytest.raises(InputError, match="one grid"):
        agreement(a_mask(), a_mask(shape=(12, 12, 4)), SPACING)


@pytest.mark.shared_data
@pytest.mark.parametrize("patient", ["patient02", "patient03", "patient15"])
@pytest.mark.parametrize("change", ["shifted", "eroded", "dilated"])
def test_a_real_mask_gives_what_monai_gives(ms_data, patient, change):
    torch = pytest.importorskip("torch")
    metrics = pytest.importorskip("monai.metrics")
    file = nib.load(ms_data / patient / "lesions.nii.gz")
    spacing = [float(step) for step in file.header.get_zooms()]
    reference = np.asarray(file.dataobj) > 0
    cross = ndimage.generate_binary_structure(3, 1) & (np.arange(3) == 1)
    predicted = {
        "shifted": np.roll(reference, (2, -1), (0, 1)),
        "eroded": ndimage.binary_erosion(reference, cross),
        "dilated": ndimage.binary_dilation(reference, cross),
    }[change]
    ours = agreement(reference, predicted, spacing)

    y, y_pred = (torch.from_numpy(mask[None, None].astype(np.float32)) for mask in (reference, predicted))
    counts = metrics.get_confusion_matrix(y_pred, y)
    assert ours.dice == pytest.approx(metrics.DiceMetric()(y_pred, y).item())
    assert ours.iou == pytest.approx(metrics.MeanIoU()(y_pred, y).item())
    for name in ("sensitivity", "specificity", "precision", "accuracy"):
        theirs = metrics.compute_confusion_matrix_metric(name, counts.double()).item()
        assert getattr(ours, name) == pytest.approx(theirs)
    hausdorff = metrics.HausdorffDistanceMetric(include_background=True, percentile=95)
    surface = metrics.SurfaceDistanceMetric(include_background=True, symmetric=True)
    assert ours.hd95 == pytest.approx(hausdorff(y_pred, y, spacing=spacing).item(), rel=1e-5)
    assert ours.assd == pytest.approx(surface(y_pred, y, spacing=spacing).item(), rel=1e-5)


def test_the_interval_of_the_mean_is_scipys_percentile_bootstrap():
    from scipy.stats import bootstrap

    values = np.random.default_rng(1).beta(8, 3, 25)
    (summary,) = summarise([{"patient": f"p{n}", "dice": value} for n, value in enumerate(values)])
    theirs = bootstrap((values,), np.mean, n_resamples=10_000, method="percentile", rng=2).confidence_interval
    assert summary["mean"] == pytest.approx(values.mean())
    assert summary["median"] == pytest.approx(np.median(values))
    assert (summary["mean_low"], summary["mean_high"]) == pytest.approx(tuple(theirs), abs=0.004)


def test_patients_and_not_their_cases_are_resampled():
    values = np.random.default_rng(3).normal(size=10)
    once = [{"patient": n, "dice": value} for n, value in enumerate(values)]
    ten_times = [{"patient": n, "dice": value} for n, value in enumerate(values) for _ in range(10)]
    (few,), (many,) = summarise(once), summarise(ten_times)
    assert (many["cases"], many["patients"]) == (100, 10)
    assert (many["mean_low"], many["mean_high"]) == pytest.approx((few["mean_low"], few["mean_high"]))


def test_missing_values_are_left_out_and_counted():
    rows = [
        {"patient": "a", "hd95_mm": 2.0},
        {"patient": "b", "hd95_mm": 4.0},
        {"patient": "c", "hd95_mm": math.nan},
    ]
    (summary,) = summarise(rows)
    assert (summary["mean"], summary["cases"], summary["patients"], summary["missing"]) == (3.0, 2, 2, 1)
    assert (summary["mean_low"], summary["mean_high"]) == (2.0, 4.0)


def test_one_patient_alone_has_no_interval_and_a_case_without_a_patient_is_refused():
    (summary,) = summarise([{"patient": "a", "dice": 0.5}, {"patient": "a", "dice": 0.7}])
    assert summary["mean"] == pytest.approx(0.6)
    assert math.isnan(summary["mean_low"])
    with pytest.raises(InputError, match="no patient"):
        summarise([{"dice": 0.5}])


@pytest.mark.shared_data
def test_the_rows_of_a_real_case_summarise_to_one_row_a_metric(ms_data):
    rows = []
    for patient in ("patient03", "patient04", "patient05"):
        mask = np.asarray(nib.load(ms_data / patient / "lesions.nii.gz").dataobj) > 0
        rows.append(agreement(mask, np.roll(mask, 1, 0), SPACING).row(case=f"{patient}_1", patient=patient))
    summary = {row["metric"]: row for row in summarise(rows)}
    assert {"dice", "hd95_mm", "lesion_f1", "lesion_recall_10_to_50_mm3"} <= summary.keys()
    assert not {"case", "patient"} & summary.keys()
    dice = summary["dice"]
    assert min(row["dice"] for row in rows) <= dice["mean_low"] < dice["mean"] < dice["mean_high"] < 1
