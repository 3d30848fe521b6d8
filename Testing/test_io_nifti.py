"""NIfTI: every reading is held against nibabel's own."""

from __future__ import annotations

import gzip
import itertools
import shutil
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from SegAssistLib.io import nifti, read_image, read_mask, sha256, write_mask
from SegAssistLib.labels import Segmentation

ORIENTATIONS = [
    (order, flips)
    for order in itertools.permutations(range(3))
    for flips in itertools.product((1, -1), repeat=3)
]
TURN = nib.eulerangles.euler2mat(0.3, -0.2, 0.4)  # an oblique scan
SPACING = (0.7, 0.9, 3.3)


def voxels(dtype=np.int16, shape=(5, 6, 7)):
    return np.random.default_rng(0).integers(0, 200, shape).astype(dtype)


def oblique(order=(0, 1, 2), flips=(1, 1, 1)):
    affine = np.eye(4)
    affine[:3, :3] = TURN @ (np.eye(3)[:, order] * flips * np.array(SPACING))
    affine[:3, 3] = (-40, 25, 12.5)
    return affine


@pytest.mark.parametrize(("order", "flips"), ORIENTATIONS)
def test_a_scan_of_any_orientation_is_read_and_its_mask_written_where_it_lies(tmp_path, order, flips):
    path = tmp_path / "scan.nii.gz"
    nib.save(nib.Nifti1Image(voxels(), oblique(order, flips)), path)
    image = read_image(path)
    reference = nib.load(path)
    assert np.array_equal(image.array, reference.dataobj)
    assert np.array_equal(image.affine, reference.affine)
    assert np.allclose(image.spacing, SPACING, rtol=1e-6)

    mask = Segmentation((image.array > 100).astype(np.uint8), image.affine, ())
    write_mask(tmp_path / "scan_seg.nii.gz", mask, path)
    written = nib.load(tmp_path / "scan_seg.nii.gz")
    assert np.array_equal(written.dataobj, mask.array)
    assert np.array_equal(written.affine, reference.affine)


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize("ending", [".nii", ".nii.gz", ".NII.GZ"])
@pytest.mark.parametrize("byte_order", ["<", ">"])
def test_every_flavour_of_nifti_gives_nibabels_numbers(tmp_path, kind, ending, byte_order):
    header = kind.header_class(endianness=byte_order)
    header.set_data_dtype(np.int16)
    image = kind(voxels(), oblique(), header)
    path = tmp_path / "Müller 脳" / f"scan.v2{ending}"
    path.parent.mkdir()
    image.to_filename(tmp_path / f"plain{ending.lower()}")
    shutil.copy(tmp_path / f"plain{ending.lower()}", path)
    read = read_image(path)
    assert read.array.dtype == np.int16
    assert read.array.dtype.isnative
    assert np.array_equal(read.array, image.dataobj)
    assert np.array_equal(read.affine, nib.load(tmp_path / f"plain{ending.lower()}").affine)
    assert read.name == "scan.v2"
    assert (read.kind, read.modality, read.calibrated) == ("volume", None, True)


def test_slope_and_intercept_are_applied(tmp_path):
    image = nib.Nifti1Image(voxels(), oblique())
    image.header.set_slope_inter(0.25, -7)
    image.to_filename(tmp_path / "scaled.nii.gz")
    read = read_image(tmp_path / "scaled.nii.gz")
    reference = nib.load(tmp_path / "scaled.nii.gz").get_fdata()
    assert reference.min() < 0
    assert read.array.dtype == np.float32
    assert np.allclose(read.array, reference, rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32])
def test_integers_stay_integers_to_save_memory(tmp_path, dtype):
    nib.save(nib.Nifti1Image(voxels(dtype), oblique()), tmp_path / "scan.nii")
    assert read_image(tmp_path / "scan.nii").array.dtype == dtype


def test_double_precision_becomes_single(tmp_path):
    nib.save(nib.Nifti1Image(voxels(np.float64) / 3, oblique()), tmp_path / "scan.nii")
    image = read_image(tmp_path / "scan.nii")
    assert image.array.dtype == np.float32
    assert np.allclose(image.array, voxels() / 3)


def test_a_fourth_axis_of_one_is_dropped(tmp_path):
    nib.save(nib.Nifti1Image(voxels()[..., np.newaxis], oblique()), tmp_path / "scan.nii.gz")
    assert np.array_equal(read_image(tmp_path / "scan.nii.gz").array, voxels())


def test_a_single_slice_has_three_axes(tmp_path):
    nib.save(nib.Nifti1Image(voxels()[..., 0], oblique()), tmp_path / "slice.nii.gz")
    assert np.array_equal(read_image(tmp_path / "slice.nii.gz").array, voxels()[..., :1])


def test_a_file_with_spacing_alone_lies_where_itk_and_so_slicer_puts_it_and_says_that_this_is_assumed(
    tmp_path,
):
    path = tmp_path / "scan.nii.gz"
    image = nib.Nifti1Image(voxels(), None)
    image.header.set_zooms(SPACING)
    image.to_filename(path)
    read = read_image(path)
    slicers = sitk.ReadImage(path)
    for index in ((0, 0, 0), (4, 5, 6)):
        place = slicers.TransformIndexToPhysicalPoint(index)
        assert np.allclose((read.affine @ (*index, 1))[:3], place * np.array((-1, -1, 1)))
    (remark,) = read.remarks
    assert "right and left" in remark
    write_mask(tmp_path / "mask.nii.gz", Segmentation(np.ones((5, 6, 7), np.uint8), read.affine, ()), path)
    assert read_mask(tmp_path / "mask.nii.gz").lies_on(read)


@pytest.mark.parametrize(("unit", "mm"), [("meter", 1000), ("mm", 1), ("micron", 0.001), ("unknown", 1)])
def test_the_unit_of_the_header_is_obeyed_and_kept_by_the_mask(tmp_path, unit, mm):
    path, mask_path = tmp_path / "scan.nii.gz", tmp_path / "scan_seg.nii.gz"
    matrix = np.diag([1 / mm, 1 / mm, 1 / mm, 1]) @ oblique()
    image = nib.Nifti1Image(voxels(), matrix)
    image.header.set_xyzt_units(unit)
    image.to_filename(path)
    read = read_image(path)
    assert np.allclose(read.affine, oblique(), atol=1e-4)
    mask = Segmentation(np.ones((5, 6, 7), np.uint8), read.affine, ())
    write_mask(mask_path, mask, path)
    assert np.array_equal(nib.load(mask_path).affine, nib.load(path).affine)
    assert read_mask(mask_path).lies_on(read)
    assert nifti.has_grid(path, read.grid, read.affine)


def test_a_sheared_masks_header_has_no_qform_which_could_not_say_so(tmp_path):
    sheared = oblique()
    sheared[:3, 2] += (0, 0.8, 0)
    for affine, code in ((sheared, 0), (oblique(), 1)):
        write_mask(tmp_path / "mask.nii.gz", Segmentation(np.ones((5, 6, 7), np.uint8), affine, ()))
        header = nib.load(tmp_path / "mask.nii.gz").header
        assert (header["qform_code"], header["sform_code"]) == (code, 1)
        assert np.allclose(read_mask(tmp_path / "mask.nii.gz").affine, affine, atol=1e-5)


def test_no_more_is_inflated_than_the_header_says_that_there_is(tmp_path):
    image = nib.Nifti1Image(np.ones((10, 10, 10), np.int16), np.eye(4))
    raw = gzip.compress(image.to_bytes() + bytes(300 << 20), 1)
    (tmp_path / "scan.nii.gz").write_bytes(raw)
    code = (
        "import resource, sys; from pathlib import Path; from SegAssistLib.io import nifti\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(nifti.read(Path(sys.argv[1])).array.sum())\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) >> 10)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "scan.nii.gz"], check=True, capture_output=True, text=True
    )
    total, mebibytes = run.stdout.split()
    assert int(total) == 1000
    assert int(mebibytes) < 50


def test_while_nibabel_is_loaded_without_pydicom_other_threads_can_import_it():
    code = (
        "import sys; from concurrent.futures import ThreadPoolExecutor; from importlib import import_module\n"
        "from SegAssistLib.io import nifti\n"
        "assert 'pydicom' not in sys.modules\n"
        "with nifti._WithoutPydicom(), ThreadPoolExecutor(1) as beside:\n"
        "    print(beside.submit(import_module, 'pydicom.uid').result().__name__)"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=60)
    assert run.stdout.strip() == "pydicom.uid"


@pytest.mark.parametrize("kind", [nib.Nifti1Image, nib.Nifti2Image])
@pytest.mark.parametrize("byte_order", ["<", ">"])
def test_a_written_mask_has_the_scans_geometry_fields_and_none_of_its_free_text(tmp_path, kind, byte_order):
    path = tmp_path / "scan.nii.gz"
    image = kind(voxels(), oblique(), kind.header_class(endianness=byte_order))
    image.set_qform(oblique(flips=(-1, 1, 1)), code=1)  # the two disagree, as they do after registration
    image.set_sform(oblique(), code=4)
    image.header.set_xyzt_units("mm", "sec")
    image.header.set_slope_inter(2, 5)
    for field in ("descrip", "db_name", "aux_file", "intent_name"):
        if field in image.header:
            image.header[field] = b"Jane Doe"
    image.header.extensions.append(nib.nifti1.Nifti1Extension("comment", b"Jane Doe"))
    image.to_filename(path)

    array = (voxels() > 100).astype(np.uint8) * 3
    write_mask(tmp_path / "mask.nii.gz", Segmentation(array, read_image(path).affine, ()), path)
    scan, mask = nib.load(path), nib.load(tmp_path / "mask.nii.gz")
    geometry = ["sform_code", "qform_code", "srow_x", "srow_y", "srow_z", "xyzt_units"]
    geometry += ["quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y", "qoffset_z"]
    for field in geometry:
        assert scan.header[field].tobytes() == mask.header[field].tobytes(), field
    assert np.array_equal(scan.header["pixdim"][:4], mask.header["pixdim"][:4])
    assert mask.get_data_dtype() == np.uint8
    assert np.array_equal(np.asanyarray(mask.dataobj), array)
    mask.to_filename(tmp_path / "mask.nii")
    assert b"Jane" not in (tmp_path / "mask.nii").read_bytes()


def test_a_mask_without_a_nifti_scan_gets_its_affine(tmp_path):
    mask = Segmentation(voxels(np.uint8), oblique((2, 0, 1)), ())
    write_mask(tmp_path / "mask.nii.gz", mask)
    assert np.allclose(nib.load(tmp_path / "mask.nii.gz").affine, mask.affine, atol=1e-5)
    again = read_mask(tmp_path / "mask.nii.gz")
    assert again.array.dtype == np.uint8
    assert np.array_equal(again.array, mask.array)


def test_the_same_mask_gives_the_same_file(tmp_path):
    mask = Segmentation(voxels(np.uint8), oblique(), ())
    for name in ("a.nii.gz", "b.nii.gz"):
        write_mask(tmp_path / name, mask)
    assert sha256(tmp_path / "a.nii.gz") == sha256(tmp_path / "b.nii.gz")


def test_a_mask_on_another_grid_than_its_scan_is_a_programming_error(tmp_path):
    nib.save(nib.Nifti1Image(voxels(), oblique()), tmp_path / "scan.nii.gz")
    mask = Segmentation(np.zeros((5, 6, 8), np.uint8), oblique(), ())
    with pytest.raises(ValueError, match="grid"):
        write_mask(tmp_path / "mask.nii.gz", mask, tmp_path / "scan.nii.gz")
    assert not (tmp_path / "mask.nii.gz").exists()


@pytest.mark.shared_data
def test_real_scans_are_read_as_nibabel_reads_them(ms_data: Path):
    paths = sorted((ms_data / "raw_samples").glob("*.nii.gz"))
    assert paths
    for path in paths:
        image, reference = read_image(path), nib.load(path)
        assert image.array.dtype == reference.get_data_dtype()
        assert np.array_equal(image.array, np.asanyarray(reference.dataobj))
        assert np.array_equal(image.affine, reference.affine)
