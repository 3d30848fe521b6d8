"""NRRD, MetaImage and Slicer's segmentation file: held against SimpleITK."""

from __future__ import annotations

import os

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from SegAssistLib.errors import InputError
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


DIRECTIONS = "space directions: (0.9,0,0) (0,0.9,0) (0,0,7)"


@pytest.mark.parametrize(
    ("lines", "spacing"),
    [
        ([DIRECTIONS], (0.9, 0.9, 7)),
        ([DIRECTIONS, 'space units: "m" "m" "m"'], (900, 900, 7000)),
        ([DIRECTIONS, 'space units: "um" "um" "um"'], (0.0009, 0.0009, 0.007)),
        ([DIRECTIONS, 'space units: "mm" "mm" "mm"'], (0.9, 0.9, 7)),
        ([DIRECTIONS, 'space units: "pixel" "pixel" "pixel"'], None),
        (["spacings: 0.9 0.9 7"], (0.9, 0.9, 7)),
        (["spacings: 0.9 0.9 7", 'units: "cm" "cm" "mm"'], (9, 9, 7)),
        (["spacings: nan nan nan"], None),
        ([], None),
    ],
)
def test_a_nrrds_unit_is_obeyed_and_without_a_spacing_it_is_uncalibrated(tmp_path, lines, spacing):
    space = ["space: left-posterior-superior"] if DIRECTIONS in lines else []
    header = ["NRRD0005", "type: uchar", "dimension: 3", *space, "sizes: 4 5 6", "encoding: raw", *lines]
    (tmp_path / "scan.nrrd").write_bytes("\n".join([*header, "", ""]).encode() + bytes(range(120)))
    image = read_image(tmp_path / "scan.nrrd")
    assert image.spacing == (None if spacing is None else pytest.approx(spacing))
    assert bool(image.remarks) is not bool(space)  # how it lies in the patient is said where it is assumed


@pytest.mark.parametrize(
    ("lines", "spacing"),
    [
        (["ElementSpacing = 0.9 0.9 7"], (0.9, 0.9, 7)),
        (["ElementSpacing = 900 900 7000", "DistanceUnits = um"], (0.9, 0.9, 7)),
        ([], None),
    ],
)
def test_a_metaimages_unit_is_obeyed_and_without_a_spacing_it_is_uncalibrated(tmp_path, lines, spacing):
    header = ["ObjectType = Image", "NDims = 3", "BinaryData = True", "DimSize = 4 5 6", *lines]
    header += [
        "TransformMatrix = 1 0 0 0 1 0 0 0 1",
        "ElementType = MET_UCHAR",
        "ElementDataFile = LOCAL",
        "",
    ]
    (tmp_path / "scan.mha").write_bytes("\n".join(header).encode() + bytes(range(120)))
    image = read_image(tmp_path / "scan.mha")
    assert image.spacing == (None if spacing is None else pytest.approx(spacing))


NRRD = "NRRD0005\ntype: uchar\ndimension: 3\nsizes: 4 5 6\nencoding: raw\n"
META = "ObjectType = Image\nNDims = 3\nBinaryData = True\nDimSize = 4 5 6\nElementType = MET_UCHAR\n"
OUTSIDE = {
    "a path": ("scan.nhdr", NRRD + "data file: {secret}\n"),
    "other letters": ("scan.nhdr", NRRD + "DataFile: {secret}\n"),
    "dots": ("scan.nhdr", NRRD + "data file: ../secret.raw\n"),
    "a list": ("scan.nhdr", NRRD + "data file: LIST 2\n" + "../secret.raw\n" * 6),
    "numbers": ("scan.nhdr", NRRD + "data file: ../secret%d.raw 1 1 1 3\n"),
    "an attached header": ("scan.nrrd", NRRD + "data file: {secret}\n\n" + "x" * 200),
    "a link": ("scan.nhdr", NRRD + "data file: link.raw\n"),
    "MetaImage": ("scan.mhd", META + "ElementDataFile = {secret}\n"),
    "a list of MetaImage": ("scan.mhd", META + "ElementDataFile = LIST\n" + "{secret}\n" * 6),
    "numbers of MetaImage": ("scan.mha", META + "ElementDataFile = ../secret%d.raw 1 1 1\n"),
    "after another word": ("scan.mha", META + "elementdatafile = LOCAL\nElementDataFile = {secret}\n"),
}


@pytest.mark.parametrize("case", OUTSIDE)
def test_voxels_outside_a_headers_own_folder_are_not_read(tmp_path, case):
    name, text = OUTSIDE[case]
    folder, secret = tmp_path / "upload", tmp_path / "secret.raw"
    folder.mkdir()
    for file in (secret, tmp_path / "secret1.raw"):
        file.write_bytes(bytes(range(120)))
    (folder / "link.raw").symlink_to(secret)
    (folder / name).write_text(text.format(secret=secret))
    with pytest.raises(InputError, match="outside its own folder"):
        read_image(folder / name)


@pytest.mark.parametrize("name", ["scan.nhdr", "scan.mhd", "scan.nii"])
def test_nothing_but_plain_files_is_read(tmp_path, name):
    os.mkfifo(tmp_path / "voxels.raw")
    if name == "scan.nii":
        os.mkfifo(tmp_path / name)
    else:
        lines = {"scan.nhdr": NRRD + "data file: ", "scan.mhd": META + "ElementDataFile = "}[name]
        (tmp_path / name).write_text(lines + "voxels.raw\n")
    with pytest.raises(InputError, match=r"no plain file|no file with a content"):
        read_image(tmp_path / name)


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
