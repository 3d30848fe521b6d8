"""Volume nodes to Image and back."""

from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest
import slicer
import vtk
from scene_parts import SHAPE, axis_orders, bend, oblique, picture, put_under_transform
from slicer.util import addVolumeFromArray

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.io import read_image
from SegAssistLib.io.colour import eight_bit
from SegAssistLib.scene.source_grid import node_to_ras
from SegAssistLib.scene.sources import Images
from SegAssistLib.scene.volumes import add_volume, fill_volume, read_volume


def test_every_axis_order_comes_back_exactly(slicer_scene):
    for affine in axis_orders():
        image = picture(affine)
        back = read_volume(add_volume(slicer_scene, image))
        np.testing.assert_array_equal(back.array, image.array)
        np.testing.assert_array_equal(back.affine, affine)


@pytest.mark.parametrize("left_handed", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_an_oblique_volume_comes_back(slicer_scene, seed, left_handed):
    image = picture(oblique(seed, left_handed=left_handed))
    back = read_volume(add_volume(slicer_scene, image))
    np.testing.assert_array_equal(back.array, image.array)
    np.testing.assert_allclose(back.affine, image.affine, rtol=0, atol=1e-12)


@pytest.mark.usefixtures("slicer_scene")
def test_a_voxel_lies_where_slicer_shows_it():
    """Against Slicer's own reading of array and matrix, not against our writing."""
    affine = oblique(3)
    node = addVolumeFromArray(np.arange(24, dtype=np.int16).reshape(2, 3, 4), affine)  # slice, row, column
    image = read_volume(node)
    assert image.array.shape == (4, 3, 2)
    assert image.array[3, 1, 1] == slicer.util.arrayFromVolume(node)[1, 1, 3] == 19
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    np.testing.assert_allclose(image.affine @ [3, 1, 1, 1], matrix.MultiplyPoint([3, 1, 1, 1]))


@pytest.mark.parametrize(
    ("dtype", "stored"),
    [
        ("int8", "int8"),
        ("uint8", "uint8"),
        ("int16", "int16"),
        (">i2", "int16"),
        ("uint16", "uint16"),
        ("int32", "int32"),
        ("int64", "int32"),
        ("uint64", "int32"),
        ("float16", "float32"),
        ("float32", "float32"),
        (">f4", "float32"),
        ("float64", "float64"),
        ("bool", "uint8"),
    ],
)
def test_every_voxel_type_keeps_its_values(slicer_scene, dtype, stored):
    image = picture(dtype=dtype) if dtype != "int8" else picture(dtype="uint8")
    if dtype == "int8":
        image = replace(image, array=(image.array.astype(np.int16) - 100).astype(np.int8))
    back = read_volume(add_volume(slicer_scene, image)).array
    assert back.dtype == np.dtype(stored)
    np.testing.assert_array_equal(back, image.array)


def test_integers_beyond_32_bits_become_doubles(slicer_scene):
    image = picture(dtype="int64")
    image.array[0, 0, 0] = 2**40
    back = read_volume(add_volume(slicer_scene, image)).array
    assert back.dtype == np.float64
    np.testing.assert_array_equal(back, image.array)


def test_memory_order_does_not_matter(slicer_scene):
    image = picture()
    for array in (np.ascontiguousarray(image.array), image.array[::-1], image.array[:, ::2]):
        back = read_volume(add_volume(slicer_scene, replace(image, array=array))).array
        np.testing.assert_array_equal(back, array)


def test_reading_copies_no_voxels(slicer_scene):
    node = add_volume(slicer_scene, picture())
    assert np.shares_memory(read_volume(node).array, slicer.util.arrayFromVolume(node))


def test_what_is_read_outlives_the_node(slicer_scene):
    image = picture()
    node = add_volume(slicer_scene, image)
    array = read_volume(node).array
    slicer_scene.RemoveNode(node)
    del node
    np.testing.assert_array_equal(array, image.array)


def test_a_chain_of_linear_transforms_is_honoured(slicer_scene):
    image = picture()
    outer, inner = oblique(7, left_handed=True), oblique(8)
    node = add_volume(slicer_scene, image)
    put_under_transform(node, outer, inner)
    back = read_volume(node)
    np.testing.assert_array_equal(back.array, image.array)
    np.testing.assert_allclose(back.affine, outer @ inner @ image.affine, rtol=0, atol=1e-9)
    node.HardenTransform()
    np.testing.assert_allclose(read_volume(node).affine, back.affine, rtol=0, atol=1e-9)


def test_a_non_linear_transform_is_refused(slicer_scene):
    node = add_volume(slicer_scene, picture())
    bend(node)
    with pytest.raises(InputError, match=r"^FLAIR lies under a non-linear transform; harden the transform"):
        read_volume(node)


def test_what_is_known_of_an_image_comes_back(slicer_scene):
    image = picture(
        shape=(7, 6, 1), kind="frames", calibrated=False, modality="US", frame_rate=12.5, name="Kehlkopf ä"
    )
    back = read_volume(add_volume(slicer_scene, image))
    assert (back.kind, back.calibrated, back.modality, back.frame_rate, back.name) == (
        "frames",
        False,
        "US",
        12.5,
        "Kehlkopf ä",
    )
    assert back.spacing is None


@pytest.mark.usefixtures("slicer_scene")
def test_a_volume_of_another_origin_is_a_calibrated_volume_of_unknown_modality():
    image = read_volume(addVolumeFromArray(np.arange(24, dtype=np.int16).reshape(2, 3, 4)))
    assert (image.kind, image.calibrated, image.modality, image.frame_rate) == ("volume", True, None, None)


def test_the_series_in_the_subject_hierarchy_states_the_modality(slicer_scene):
    node = addVolumeFromArray(np.arange(12, dtype=np.int16).reshape(1, 3, 4))
    tree = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer_scene)
    item = tree.GetItemByDataNode(node)
    tree.SetItemAttribute(item, "DICOM.Modality", "MR")
    assert (read_volume(node).modality, read_volume(node).kind) == ("MR", "volume")
    tree.SetItemAttribute(item, "DICOM.Modality", "DX")
    assert (read_volume(node).modality, read_volume(node).kind) == ("DX", "still")


def test_instance_uids_are_kept_as_slicer_keeps_them(slicer_scene):
    node = add_volume(slicer_scene, picture(), ["1.2.3", "1.2.4"])
    assert node.GetAttribute("DICOM.instanceUIDs") == "1.2.3 1.2.4"
    assert add_volume(slicer_scene, picture()).GetAttribute("DICOM.instanceUIDs") is None


def test_a_colour_picture_comes_back_and_loses_transparency(slicer_scene):
    for dtype in ("uint8", "uint16"):
        image = picture(dtype=dtype, shape=(7, 6, 1, 3), kind="still")
        node = add_volume(slicer_scene, image)
        assert node.GetClassName() == "vtkMRMLVectorVolumeNode"
        back = read_volume(node).array
        np.testing.assert_array_equal(back, eight_bit(image.array))
        assert back.dtype == np.uint8
    rgba = np.random.default_rng(0).integers(0, 255, (1, 6, 7, 4)).astype(np.uint8)
    from_elsewhere = read_volume(addVolumeFromArray(rgba, nodeClassName="vtkMRMLVectorVolumeNode"))
    assert from_elsewhere.kind == "still"
    np.testing.assert_array_equal(from_elsewhere.array, rgba.transpose(2, 1, 0, 3)[..., :3])


@pytest.mark.usefixtures("slicer_scene")
def test_what_slicer_read_from_a_picture_file_is_a_still_of_unknown_pixel_size():
    """Slicer's core reads no PNG; this is the node that the desktop program makes of one."""
    pixels = np.random.default_rng(0).integers(0, 255, (1, 6, 7)).astype(np.uint8)
    for name, kind, calibrated in (("arm.png", "still", False), ("arm.nii.gz", "volume", True)):
        node = addVolumeFromArray(pixels)
        node.AddDefaultStorageNode(name)
        image = read_volume(node)
        assert (image.kind, image.calibrated, image.modality) == (kind, calibrated, None)


@pytest.mark.parametrize(("dtype", "slices"), [("uint8", 2), ("float32", 1)])
@pytest.mark.usefixtures("slicer_scene")
def test_vectors_are_refused(dtype, slices):
    array = np.zeros((slices, 6, 7, 3), dtype)
    node = addVolumeFromArray(array, name="flow", nodeClassName="vtkMRMLVectorVolumeNode")
    with pytest.raises(InputError, match=r"^flow holds several numbers for each voxel"):
        read_volume(node)


def test_a_volume_without_voxels_is_refused(slicer_scene):
    node = slicer_scene.AddNewNodeByClass("vtkMRMLScalarVolumeNode", "empty")
    with pytest.raises(InputError, match=r"^empty holds no voxels; load it again"):
        read_volume(node)
    node.SetAndObserveImageData(slicer.vtkOrientedImageData())
    with pytest.raises(InputError, match=r"^empty holds no voxels"):
        read_volume(node)


@pytest.mark.usefixtures("slicer_scene")
def test_an_affine_that_is_flat_is_refused():
    node = addVolumeFromArray(np.zeros(SHAPE, np.uint8), name="flat")
    node.SetIJKToRASDirections(1, 0, 0, 1, 0, 0, 0, 0, 1)
    with pytest.raises(InputError, match=r"^flat does not say where its voxels lie"):
        read_volume(node)


@pytest.mark.usefixtures("slicer_scene")
def test_a_volume_outside_any_scene_can_be_read():
    node = slicer.vtkMRMLScalarVolumeNode()
    node.SetName("item")
    image = Image(np.ones((2, 2, 2), np.uint8), np.eye(4), modality="MR")
    fill_volume(node, image)
    assert (read_volume(node).modality, read_volume(node).name) == ("MR", "item")


@pytest.mark.usefixtures("slicer_scene")
def test_what_slicer_has_read_is_the_image_that_the_command_line_reads(tmp_path):
    """Its padding is air, and the scene's own voxels stay as they are."""
    path = tmp_path / "padded.nii.gz"
    array = picture().array
    array[:2] = array[:, :, -1] = -2048
    nib.save(nib.Nifti1Image(array, oblique(left_handed=True)), path)
    node = slicer.util.loadVolume(str(path))
    expected, images = read_image(path), Images()
    for _ in range(2):
        (image,) = images.of(node)
        np.testing.assert_array_equal(image.array, expected.array)
    assert image.array.min() >= 0
    assert read_volume(node).array.min() == -2048
    slicer.util.arrayFromVolume(node)[...] = 5
    slicer.util.arrayFromVolumeModified(node)
    assert (images.of(node)[0].array == 5).all()


@pytest.mark.usefixtures("slicer_scene")
def test_a_file_that_is_another_by_now_says_nothing_of_the_volume(tmp_path):
    path, affine = tmp_path / "left.nii.gz", oblique(left_handed=True)
    nib.save(nib.Nifti1Image(picture().array, affine), path)
    node = slicer.util.loadVolume(str(path))
    original = path.read_bytes()
    for other in (nib.Nifti1Image(picture().array, affine + np.eye(4)), None):
        if other is None:
            path.unlink()
        else:
            nib.save(other, path)
        np.testing.assert_array_equal(Images().of(node)[0].affine, node_to_ras(node))
    path.write_bytes(original)
    np.testing.assert_array_equal(Images().of(node)[0].affine, node_to_ras(node), "it counts as it did once")
