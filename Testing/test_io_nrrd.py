"""NRRD, MetaImage and Slicer's segmentation file: held against SimpleITK."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from SegAssistLib.io import read_image, read_mask, write_mask
from SegAssistLib.labels import Code, Label, Segmentation

LESION = Label(
    value=1,
    name="lesion",
    color=(230, 0, 51),
    threshold=0.5,
    category=Code("SCT", "49755003", "Morphologically Altered Structure"),
    type=Code("SCT", "24700007", "Multiple sclerosis"),
)
TURN = nib.eulerangles.euler2mat(0.3, -0.2, 0.4)


def affine(flips=(1, -1, 1)):
    matrix = np.eye(4)
    matrix[:3, :3] = TURN @ np.diag(np.array((0.7, 0.9, 3.3)) * flips)
    matrix[:3, 3] = (-40, 25, 12.5)
    return matrix


def world(image: sitk.Image, index):
    """Where ITK says that a voxel lies, in RAS."""
    return np.array(image.TransformIndexToPhysicalPoint(index)) * (-1, -1, 1)


@pytest.mark.parametrize("ending", [".nrrd", ".nhdr", ".mha", ".mhd"])
@pytest.mark.parametrize("flips", [(1, 1, 1), (-1, 1, -1)])
def test_a_scan_lies_where_itk_and_nibabel_say(tmp_path, ending, flips):
    array = np.random.default_rng(0).integers(-50, 200, (5, 6, 7)).astype(np.int16)
    nib.save(nib.Nifti1Image(array, affine(flips)), tmp_path / "scan.nii")
    reference = sitk.ReadImage(tmp_path / "scan.nii")
    path = tmp_path / "Müller 脳" / f"scan{ending}"
    path.parent.mkdir()
    sitk.WriteImage(reference, path)
    image = read_image(path)
    assert image.array.dtype == np.int16
    assert np.array_equal(image.array, array)
    assert np.allclose(image.affine, affine(flips), atol=1e-4)
    for index in ((0, 0, 0), (4, 5, 6), (1, 0, 3)):
        assert np.allclose((image.affine @ (*index, 1))[:3], world(reference, index), atol=1e-4)
    assert image.name == "scan"


def test_a_slicer_segmentation_opens_in_simpleitk_with_the_scans_geometry(tmp_path):
    array = np.zeros((5, 6, 7), np.uint8)
    array[1:3, 2:5, 3] = 1
    mask = Segmentation(array, affine(), (LESION,))
    path = tmp_path / "scan.seg.nrrd"
    write_mask(path, mask)
    image = sitk.ReadImage(path)
    assert np.array_equal(sitk.GetArrayFromImage(image).T, array)
    for index in ((0, 0, 0), (4, 5, 6)):
        assert np.allclose(world(image, index), (mask.affine @ (*index, 1))[:3], atol=1e-6)
    again = read_mask(path, (LESION,))
    assert np.array_equal(again.array, array)
    assert np.allclose(again.affine, mask.affine, atol=1e-9)
    assert again.labels == (LESION,)


def test_a_slicer_segmentation_says_what_its_segments_are(tmp_path):
    path = tmp_path / "scan.seg.nrrd"
    write_mask(path, Segmentation(np.zeros((5, 6, 7), np.uint8), affine(), (LESION,)))
    image = sitk.ReadImage(path)
    fields = {key: image.GetMetaData(key) for key in image.GetMetaDataKeys() if key.startswith("Segment0_")}
    assert fields["Segment0_Name"] == "lesion"
    assert fields["Segment0_LabelValue"] == "1"
    assert fields["Segment0_Layer"] == "0"
    assert fields["Segment0_Extent"] == "0 4 0 5 0 6"
    assert np.allclose(
        [float(each) for each in fields["Segment0_Color"].split()], (230 / 255, 0, 0.2), atol=1e-5
    )
    tag, entry = fields["Segment0_Tags"].rstrip("|").split(":", 1)
    parts = entry.split("~")
    assert tag == "TerminologyEntry"
    assert len(parts) == 7
    assert parts[1] == "SCT^49755003^Morphologically Altered Structure"
    assert parts[2] == "SCT^24700007^Multiple sclerosis"
