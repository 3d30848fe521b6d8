"""DICOM: the same volume as NIfTI and as DICOM must be the same Image."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pydicom
import pytest
from dicom_phantom import write_classic_series, write_enhanced
from pydicom.uid import DigitalXRayImageStorageForPresentation, RLELossless, SecondaryCaptureImageStorage

from SegAssistLib.errors import InputError
from SegAssistLib.io import list_series, read_image

TURN = nib.eulerangles.euler2mat(0.3, -0.2, 0.4)


@pytest.fixture
def volume():
    return np.random.default_rng(0).integers(0, 3000, (9, 8, 7)).astype(np.uint16)


@pytest.fixture
def affine():
    """Oblique, anisotropic, with the slices along row x column direction."""
    matrix = np.eye(4)
    matrix[:3, :3] = TURN @ np.diag((-0.7, -0.9, 3.3))
    matrix[:3, 3] = (-40, 25, 12.5)
    return matrix


def write(kind, folder, volume, affine, **options):
    if kind == "classic":
        write_classic_series(folder, volume, affine, **options)
        return folder
    return write_enhanced(folder / "enhanced", volume, affine, **options)


@pytest.mark.parametrize("kind", ["classic", "enhanced"])
def test_dicom_gives_what_nifti_gives(tmp_path, volume, affine, kind):
    nib.save(nib.Nifti1Image(volume, affine), tmp_path / "scan.nii.gz")
    expected = read_image(tmp_path / "scan.nii.gz")
    image = read_image(write(kind, tmp_path / "Müller 脳", volume, affine))
    assert image.array.dtype == np.uint16
    assert np.array_equal(image.array, expected.array)
    assert np.allclose(image.affine, expected.affine, atol=1e-4)
    assert (image.kind, image.modality, image.calibrated) == ("volume", "MR", True)
    assert image.name == ("Müller 脳" if kind == "classic" else "enhanced")


@pytest.mark.parametrize("kind", ["classic", "enhanced"])
def test_a_mirrored_stack_comes_in_the_order_of_its_normal_with_each_voxel_in_its_place(
    tmp_path, volume, affine, kind
):
    mirrored = affine @ np.diag((1, 1, -1, 1))
    image = read_image(write(kind, tmp_path / "scan", volume, mirrored))
    assert np.array_equal(image.array, volume[:, :, ::-1])
    assert np.allclose(image.affine @ (2, 3, 0, 1), mirrored @ (2, 3, 6, 1), atol=1e-4)


@pytest.mark.parametrize("kind", ["classic", "enhanced"])
def test_rescale_is_applied(tmp_path, volume, affine, kind):
    image = read_image(write(kind, tmp_path / "scan", volume, affine, rescale=(0.5, -100)))
    assert image.array.dtype == np.float32
    assert np.allclose(image.array, volume * 0.5 - 100)


def test_each_slice_has_its_own_rescale(tmp_path, volume, affine):
    files = write_classic_series(tmp_path / "scan", volume, affine)
    for k, path in enumerate(files):
        dataset = pydicom.dcmread(path)
        dataset.RescaleSlope, dataset.RescaleIntercept = k + 1, 10 * k
        dataset.save_as(path)
    steps = np.arange(volume.shape[2])
    assert np.allclose(read_image(tmp_path / "scan").array, volume * (steps + 1.0) + 10 * steps)


def test_the_files_of_a_series_may_be_given_in_any_order(tmp_path, volume, affine):
    files = write_classic_series(tmp_path / "scan", volume, affine)
    assert np.array_equal(read_image(files[::-1]).array, volume)


def test_files_need_no_ending_and_may_lie_deep(tmp_path, volume, affine):
    for path in write_classic_series(tmp_path / "scan" / "a", volume, affine):
        (tmp_path / "scan" / path.stem).mkdir()
        path.rename(tmp_path / "scan" / path.stem / "IM")
    (tmp_path / "scan" / "readme.txt").write_text("not an image")
    assert np.array_equal(read_image(tmp_path / "scan").array, volume)


def test_what_macos_leaves_beside_the_slices_is_no_part_of_the_series(tmp_path, volume, affine):
    folder = tmp_path / ".hidden by its owner" / "stick"
    for path in write_classic_series(folder, volume, affine):
        path.with_name(f"._{path.name}").write_bytes(bytes.fromhex("00051607") + bytes(100))
    for place in ("__MACOSX", ".Trashes"):
        (folder / place).mkdir()
        (folder / place / "deleted.dcm").write_bytes(b"cut off")
    (folder / ".DS_Store").write_bytes(b"\0\0\0\1Bud1")
    assert np.array_equal(read_image(folder).array, volume)


def test_compressed_slices_are_decoded(tmp_path, volume, affine):
    for path in write_classic_series(tmp_path / "scan", volume, affine):
        dataset = pydicom.dcmread(path)
        dataset.compress(RLELossless)
        dataset.save_as(path)
    assert np.array_equal(read_image(tmp_path / "scan").array, volume)


def test_lossless_jpeg_as_archives_store_it_is_decoded(tmp_path, volume, affine):
    import gdcm

    for path in write_classic_series(tmp_path / "scan", volume, affine):
        reader, change, writer = gdcm.ImageReader(), gdcm.ImageChangeTransferSyntax(), gdcm.ImageWriter()
        reader.SetFileName(str(path))
        assert reader.Read()
        change.SetTransferSyntax(gdcm.TransferSyntax(gdcm.TransferSyntax.JPEGLosslessProcess14_1))
        change.SetInput(reader.GetImage())
        assert change.Change()
        writer.SetFileName(str(path))
        writer.SetFile(reader.GetFile())
        writer.SetImage(change.GetOutput())
        assert writer.Write()
        assert pydicom.dcmread(path).file_meta.TransferSyntaxUID == pydicom.uid.JPEGLosslessSV1
    assert np.array_equal(read_image(tmp_path / "scan").array, volume)


def test_one_slice_is_a_volume_as_thick_as_it_says(tmp_path, volume, affine):
    path = write_classic_series(tmp_path / "scan", volume, affine)[2]
    image = read_image(path)
    assert np.array_equal(image.array, volume[:, :, 2:3])
    assert np.allclose(image.affine[:, :3], affine[:, :3], atol=1e-4)
    assert np.allclose(image.affine[:, 3], affine @ (0, 0, 2, 1), atol=1e-4)


def test_two_series_in_a_folder_are_told_apart(tmp_path, volume, affine):
    folder = tmp_path / "study"
    write_classic_series(folder, volume, affine, series_uid="1.2.826.1.77", number=3, description="Doe FLAIR")
    write_classic_series(folder, volume[..., :4] + 1, affine, series_uid="1.2.826.2.88", number=4)
    found = list_series(folder)
    assert [(each.uid, each.number, each.modality, each.description, each.count) for each in found] == [
        ("1.2.826.1.77", 3, "MR", "Doe FLAIR", 7),
        ("1.2.826.2.88", 4, "MR", "FLAIR", 4),
    ]
    with pytest.raises(InputError, match="choose one") as refusal:
        read_image(folder)
    for part in ("number 3", "number 4", "MR", "7 files", "4 files", "1.2.826.1.77", "1.2.826.2.88"):
        assert part in str(refusal.value)
    assert "Doe" not in str(refusal.value)
    for choice in ("3", "1.2.826.1.77", "1.2.826.1"):
        assert np.array_equal(read_image(folder, choice).array, volume)
    assert np.array_equal(read_image(folder, "4").array, volume[..., :4] + 1)
    for choice in ("1.2.826", "9"):
        with pytest.raises(InputError, match="choose one"):
            read_image(folder, choice)


def still(path, volume, **elements):
    """A single picture without a position, made from a slice."""
    affine = np.diag((1.0, 1.0, 1.0, 1.0))
    (source,) = write_classic_series(path.parent / "source", volume[..., :1], affine)
    dataset = pydicom.dcmread(source)
    for keyword in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness"):
        del dataset[keyword]
    dataset.SOPClassUID = dataset.file_meta.MediaStorageSOPClassUID = DigitalXRayImageStorageForPresentation
    dataset.Modality = "DX"
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path)
    return path


def test_an_x_ray_is_a_still_with_bright_bone_and_its_own_pixel_size(tmp_path, volume):
    plain = read_image(still(tmp_path / "plain.dcm", volume))
    assert (plain.kind, plain.modality, plain.calibrated, plain.spacing) == ("still", "DX", False, None)
    assert np.array_equal(plain.array, volume[..., :1])
    elements = {"PhotometricInterpretation": "MONOCHROME1", "BitsStored": 12, "HighBit": 11}
    inverted = read_image(still(tmp_path / "inverted.dcm", volume, PixelSpacing=[0.2, 0.1], **elements))
    assert np.array_equal(inverted.array, 4095 - volume[..., :1])
    assert inverted.calibrated
    assert inverted.spacing[:2] == pytest.approx((0.1, 0.2))


def test_a_colour_capture_is_a_colour_still(tmp_path, volume):
    rgb = np.random.default_rng(1).integers(0, 255, (8, 9, 3)).astype(np.uint8)
    path = still(
        tmp_path / "capture.dcm",
        volume,
        SOPClassUID=SecondaryCaptureImageStorage,
        Modality="MR",
        PhotometricInterpretation="RGB",
        SamplesPerPixel=3,
        PlanarConfiguration=0,
        BitsAllocated=8,
        BitsStored=8,
        HighBit=7,
        PixelData=rgb.tobytes(),
    )
    image = read_image(path)
    assert image.kind == "still"
    assert np.array_equal(image.array[:, :, 0], rgb.swapaxes(0, 1))


@pytest.mark.shared_data
def test_real_dicom_of_each_kind_is_read(dicom_data):
    dx = read_image(dicom_data / "cxr" / "nih_test1_no_finding.dcm")
    assert (dx.kind, dx.modality, dx.array.shape) == ("still", "DX", (1024, 1024, 1))
    cr = read_image(dicom_data / "cxr" / "nema_rg1_monochrome1_j2k.dcm")
    stored = pydicom.dcmread(dicom_data / "cxr" / "nema_rg1_monochrome1_j2k.dcm").pixel_array
    assert np.array_equal(cr.array[..., 0], 32767 - stored.T)
