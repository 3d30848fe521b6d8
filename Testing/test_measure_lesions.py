"""What find_lesions says about a mask, against arithmetic by hand, SciPy and SimpleITK."""

import dataclasses

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from scipy import ndimage
from scipy.spatial.distance import pdist
from scipy.spatial.transform import Rotation

from SegAssistLib.errors import InputError
from SegAssistLib.measure.components import axial_axis
from SegAssistLib.measure.lesions import find_lesions

AFFINE = np.array([[-0.5, 0, 0, 10], [0, 0.5, 0, -20], [0, 0, 4, 30], [0, 0, 0, 1.0]])


def a_mask(*boxes, shape=(20, 20, 6)):
    mask = np.zeros(shape, np.uint8)
    for box in boxes:
        mask[box] = 1
    return mask


def test_a_lesion_is_measured_as_by_hand():
    findings = find_lesions(a_mask(np.s_[2:5, 7, 1:3]), AFFINE)
    (lesion,) = findings.lesions
    assert (lesion.id, lesion.voxels, lesion.volume_mm3) == (1, 6, 6.0)
    assert lesion.centroid_ijk == (3, 7, 1.5)
    assert lesion.centroid_ras == (8.5, -16.5, 36.0)
    assert (lesion.first_slice, lesion.last_slice) == (1, 2)
    assert lesion.longest_axial_diameter_mm == pytest.approx(1.5)
    assert lesion.size_class == "under_10_mm3"
    assert findings.slice_axis == 2
    assert (findings.voxel_volume_mm3, findings.total_volume_ml) == (1.0, 0.006)


def test_a_single_voxel_is_one_pixel_long_and_a_diagonal_reaches_across_its_end_pixels():
    lone, diagonal = a_mask(np.s_[3, 3, 2]), np.zeros((9, 9, 3), bool)
    diagonal[range(4), range(4), 1] = True
    affine = np.diag([0.5, 0.8, 4, 1])
    assert find_lesions(lone, affine).lesions[0].longest_axial_diameter_mm == pytest.approx(0.8)
    assert find_lesions(diagonal, affine).lesions[0].longest_axial_diameter_mm == pytest.approx(
        4 * np.hypot(0.5, 0.8)
    )


def test_touching_corners_join_voxels_by_26_neighbours_and_not_by_6():
    mask = a_mask(np.s_[2, 2, 2], np.s_[3, 3, 3])
    assert find_lesions(mask, AFFINE).lesion_count == 1
    assert find_lesions(mask, AFFINE, connectivity=6).lesion_count == 2


def test_lesions_come_by_volume_then_from_the_vertex_down():
    mask = a_mask(np.s_[1, 1, 0], np.s_[5:8, 5, 2], np.s_[12, 1, 5], np.s_[12, 9, 5])
    upright = find_lesions(mask, AFFINE)
    assert [lesion.voxels for lesion in upright.lesions] == [3, 1, 1, 1]
    assert [lesion.centroid_ras[2] for lesion in upright.lesions] == [38, 50, 50, 30]

    turned = AFFINE.copy()
    turned[:3, 2], turned[:3, 3] = -AFFINE[:3, 2], AFFINE[:3, 3] + 5 * AFFINE[:3, 2]
    flipped = find_lesions(mask[:, :, ::-1], turned)
    assert [lesion.centroid_ras for lesion in flipped.lesions] == [
        lesion.centroid_ras for lesion in upright.lesions
    ]


def test_small_lesions_are_left_out_and_size_classes_hold_their_lower_bound():
    mask = a_mask(np.s_[0, 0, 0], np.s_[4:14, 4, 1], np.s_[4:14, 8:13, 4])
    findings = find_lesions(mask, AFFINE, smallest_mm3=2)
    assert [lesion.size_class for lesion in findings.lesions] == ["50_to_150_mm3", "10_to_50_mm3"]
    assert [tuple(total) for total in findings.size_class_totals][1:3] == [
        ("10_to_50_mm3", 1, 10.0),
        ("50_to_150_mm3", 1, 50.0),
    ]
    assert findings.total_volume_mm3 == 60


def test_an_uncalibrated_mask_gives_counts_and_no_millimetres():
    findings = find_lesions(a_mask(np.s_[2:5, 7, 0], shape=(20, 20, 1)), np.eye(4), calibrated=False)
    (lesion,) = findings.lesions
    assert (lesion.voxels, findings.total_voxels, findings.total_volume_mm3) == (3, 3, None)
    assert lesion.volume_mm3 is lesion.centroid_ras is lesion.longest_axial_diameter_mm is None
    assert findings.size_class_totals == ()


def test_an_empty_mask_has_no_lesions_and_a_volume_of_zero():
    findings = find_lesions(a_mask(), AFFINE)
    assert (findings.lesion_count, findings.total_volume_mm3) == (0, 0.0)
    assert sum(total.count for total in findings.size_class_totals) == 0


def test_the_axial_axis_is_found_in_sagittal_and_oblique_volumes_and_pictures():
    tilted = np.eye(4)
    tilted[:3, :3] = Rotation.from_euler("xyz", [20, 10, 15], degrees=True).as_matrix() @ np.diag([1, 1, 7])
    sagittal = np.array([[0, 0, 3.0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
    assert axial_axis(tilted, (9, 9, 9)) == 2
    assert axial_axis(sagittal, (9, 9, 9)) == 1
    assert axial_axis(sagittal, (9, 9, 1)) == 2


def test_a_mask_with_four_axes_is_refused_in_one_sentence():
    with pytest.raises(InputError, match="three are needed"):
        find_lesions(np.zeros((4, 4, 4, 2)), AFFINE)


@pytest.mark.shared_data
@pytest.mark.parametrize("patient", ["patient02", "patient03"])
def test_a_real_mask_gives_what_scipy_and_simpleitk_give(ms_data, patient):
    file = nib.load(ms_data / patient / "lesions.nii.gz")
    mask, affine = np.asarray(file.dataobj) > 0, file.affine
    probability = np.random.default_rng(0).random(mask.shape).astype(np.float16)
    findings = find_lesions(mask, affine, probability=probability)

    labels, count = ndimage.label(mask, np.ones((3, 3, 3)))
    assert findings.lesion_count == count
    shapes = sitk.LabelShapeStatisticsImageFilter()
    image = sitk.ReadImage(ms_data / patient / "lesions.nii.gz", sitk.sitkUInt8)
    shapes.Execute(sitk.ConnectedComponent(image > 0, True))
    by_position = {
        tuple(np.round(np.array(shapes.GetCentroid(n)) * (-1, -1, 1), 2)): shapes.GetPhysicalSize(n)
        for n in shapes.GetLabels()
    }
    for lesion in findings.lesions:
        where = min(by_position, key=lambda p: np.linalg.norm(np.subtract(p, lesion.centroid_ras)))
        assert np.linalg.norm(np.subtract(where, lesion.centroid_ras)) < 0.05
        assert lesion.volume_mm3 == pytest.approx(by_position[where], rel=1e-4)
    nearest = ndimage.mean(probability.astype(float), labels, range(1, count + 1))
    assert sorted(lesion.mean_probability for lesion in findings.lesions) == pytest.approx(sorted(nearest))


@pytest.mark.shared_data
def test_the_longest_diameter_of_a_real_oblique_lesion_is_the_farthest_pair_of_its_pixels(ms_data):
    file = nib.load(ms_data / "patient03" / "lesions.nii.gz")
    mask = np.asarray(file.dataobj) > 0
    labels, count = ndimage.label(mask, np.ones((3, 3, 3)))
    expected = {}
    for n in range(1, count + 1):
        voxels = np.argwhere(labels == n)
        slices = [voxels[voxels[:, 2] == k] @ file.affine[:3, :3].T for k in np.unique(voxels[:, 2])]
        expected[len(voxels), tuple(voxels.mean(axis=0))] = max(
            pdist(points).max() if len(points) > 1 else 0 for points in slices
        )
    in_plane = file.header.get_zooms()[0]
    for lesion in find_lesions(mask, file.affine).lesions:
        between_centres = expected[lesion.voxels, lesion.centroid_ijk]
        across_pixels = lesion.longest_axial_diameter_mm - between_centres
        assert in_plane * 0.999 < across_pixels < in_plane * 1.415


@pytest.mark.shared_data
def test_two_runs_on_one_mask_agree_to_the_bit_in_either_memory_order(ms_data):
    file = nib.load(ms_data / "patient02" / "lesions.nii.gz")
    mask = np.asarray(file.dataobj)
    runs = [find_lesions(np.asarray(mask, order=order), file.affine) for order in "CFC"]
    assert dataclasses.asdict(runs[0]) == dataclasses.asdict(runs[1]) == dataclasses.asdict(runs[2])


def test_the_voxel_that_stands_for_a_lesion_lies_in_it_even_when_the_lesion_is_a_ring():
    ring = a_mask(np.s_[4:11, 4:11, 2])
    ring[5:10, 5:10, 2] = 0
    (lesion,) = find_lesions(ring, AFFINE).lesions
    assert lesion.centroid_ijk == (7, 7, 2)
    assert not ring[7, 7, 2]
    assert ring[lesion.inside_ijk]
