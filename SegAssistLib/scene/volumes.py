"""Volume nodes to Image and back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from slicer import (
    vtkMRMLScalarVolumeNode,
    vtkMRMLScene,
    vtkMRMLTransformableNode,
    vtkMRMLVolumeNode,
)
from slicer.util import arrayFromVTKMatrix, updateVolumeFromArray, vtkMatrixFromArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image, Kind
from SegAssistLib.io.checks import check_affine
from SegAssistLib.io.colour import eight_bit
from SegAssistLib.io.files import PICTURE
from SegAssistLib.scene.hierarchy import item_of
from SegAssistLib.scene.source_grid import record_grid, source_to_ras, turned
from SegAssistLib.translation import tr as _

INSTANCE_UIDS = "DICOM.instanceUIDs"  # Slicer's own: separated by spaces
MODALITY = "DICOM.Modality"  # Slicer's own
CALIBRATED = "SegAssist.Calibrated"
KIND = "SegAssist.Kind"
FRAME_RATE = "SegAssist.FrameRate"
REMARKS = "SegAssist.Remarks"  # a JSON list
BODY_PART, VIEW = "SegAssist.BodyPart", "SegAssist.View"

_SLICED = {"MR", "CT", "PT", "NM"}  # modalities whose images are slices of a body


def read_volume(node: vtkMRMLVolumeNode) -> Image:
    """Read a volume as it lies in the world, linear transforms included, in the order of its file.

    Args:
        node: a scalar volume, or a colour picture of one slice.

    Returns:
        The image; its array is a view of the node's voxels wherever possible.

    Raises:
        InputError: no voxels, several numbers for each voxel, or no place in space.
    """
    columns, rows, slices = volume_grid(node)
    scalars = node.GetImageData().GetPointData().GetScalars()
    channels = scalars.GetNumberOfComponents()
    colour = channels in (3, 4) and scalars.GetDataTypeAsString() in ("unsigned char", "unsigned short")
    picture = colour and slices == 1
    if channels > 1 and not picture:
        raise InputError(
            _(
                "{name} holds several numbers for each voxel (colour or vectors); choose a grey-value volume."
            ).format(name=node.GetName())
        )
    array = vtk_to_numpy(scalars).reshape(slices, rows, columns, channels).transpose(2, 1, 0, 3)
    array = turned(array, node)
    modality = modality_of(node)
    frame_rate = node.GetAttribute(FRAME_RATE)
    return Image(
        array=eight_bit(array[..., :3]) if picture else array[..., 0],
        affine=volume_affine(node),
        kind=_kind(node, modality, slices, picture),
        calibrated=is_calibrated(node),
        modality=modality,
        frame_rate=float(frame_rate) if frame_rate else None,
        name=node.GetName(),
        remarks=tuple(json.loads(node.GetAttribute(REMARKS) or "[]")),
        body_part=node.GetAttribute(BODY_PART),
        view=node.GetAttribute(VIEW),
    )


def add_volume(
    scene: vtkMRMLScene, image: Image, instance_uids: Sequence[str] = ()
) -> vtkMRMLScalarVolumeNode:
    """Add an image to the scene, so that ``read_volume`` gives it back.

    Voxel types that Slicer cannot show become the next larger one that it can.

    Args:
        scene: where to.
        image: its array is copied.
        instance_uids: SOP Instance UIDs of the DICOM files that it was read from.
    """
    colour = image.array.ndim == 4
    kind = "vtkMRMLVectorVolumeNode" if colour else "vtkMRMLScalarVolumeNode"
    node = scene.AddNewNodeByClass(kind, image.name)
    fill_volume(node, image)
    if instance_uids:
        node.SetAttribute(INSTANCE_UIDS, " ".join(instance_uids))
    node.CreateDefaultDisplayNodes()
    return node


def fill_volume(node: vtkMRMLVolumeNode, image: Image) -> None:
    """Give a volume node the voxels, place and attributes of an image."""
    node.SetIJKToRASMatrix(vtkMatrixFromArray(image.affine))
    updateVolumeFromArray(node, _storable(image.array).swapaxes(0, 2))
    record_grid(node, image.grid, image.affine)
    node.SetAttribute(KIND, image.kind)
    node.SetAttribute(CALIBRATED, str(int(image.calibrated)))
    node.SetAttribute(MODALITY, image.modality)
    node.SetAttribute(FRAME_RATE, None if image.frame_rate is None else repr(float(image.frame_rate)))
    node.SetAttribute(REMARKS, json.dumps(image.remarks) if image.remarks else None)
    node.SetAttribute(BODY_PART, image.body_part)
    node.SetAttribute(VIEW, image.view)


def volume_grid(node: vtkMRMLVolumeNode) -> tuple[int, int, int]:
    """Number of voxels along the three array axes.

    Raises:
        InputError: there are none.
    """
    pixels = node.GetImageData()
    scalars = pixels.GetPointData().GetScalars() if pixels else None
    if scalars is None or scalars.GetNumberOfTuples() == 0:
        raise InputError(
            _("{name} holds no voxels; load it again or choose another volume.").format(name=node.GetName())
        )
    return pixels.GetDimensions()


def volume_affine(node: vtkMRMLVolumeNode) -> np.ndarray:
    """4x4 float64, voxel index to RAS mm in the world; the voxels are those of the file, see ``source_grid``.

    Raises:
        InputError: the node lies under a non-linear transform, or its axes do not span space.
    """
    affine = transform_to_world(node) @ source_to_ras(node)
    check_affine(affine, node.GetName())
    return affine


def transform_to_world(node: vtkMRMLTransformableNode) -> np.ndarray:
    """4x4 float64, from the node's own space to the world's: all transforms above it.

    Raises:
        InputError: one of them is not linear.
    """
    parent = node.GetParentTransformNode()
    if parent is None:
        return np.eye(4)
    if not parent.IsTransformToWorldLinear():
        raise InputError(
            _(
                "{name} lies under a non-linear transform; harden the transform or take the volume out of it."
            ).format(name=node.GetName())
        )
    matrix = vtkMatrix4x4()
    parent.GetMatrixTransformToWorld(matrix)
    return arrayFromVTKMatrix(matrix)


def modality_of(node: vtkMRMLVolumeNode) -> str | None:
    """DICOM modality: of the series in the subject hierarchy, or of the node alone; None if neither says."""
    tree, item = item_of(node)
    of_series = tree.GetItemAttribute(item, MODALITY) if item else None
    return of_series or node.GetAttribute(MODALITY) or None


def is_calibrated(node: vtkMRMLVolumeNode) -> bool:
    """Whether the size of a voxel is known; Slicer calls the pixels of a picture file 1 mm wide."""
    stated = node.GetAttribute(CALIBRATED)
    return stated == "1" if stated else not _of_picture_file(node)


def _of_picture_file(node: vtkMRMLVolumeNode) -> bool:
    """Whether Slicer read a volume from a PNG, a JPEG and the like."""
    storage = node.GetStorageNode()
    return Path(storage.GetFileName() or "").suffix.lower() in PICTURE if storage else False


def _kind(node: vtkMRMLVolumeNode, modality: str | None, slices: int, picture: bool) -> Kind:
    stated = node.GetAttribute(KIND)
    if stated:
        return stated
    projection = modality is not None and modality not in _SLICED
    flat = picture or projection or _of_picture_file(node)
    return "still" if slices == 1 and flat else "volume"


def _storable(array: np.ndarray) -> np.ndarray:
    """The array in a type that Slicer's volumes have."""
    kind, size = array.dtype.kind, array.dtype.itemsize
    if kind == "b":
        return array.astype(np.uint8)
    if kind == "f" and size not in (4, 8):
        return array.astype(np.float32 if size < 4 else np.float64)
    if kind in "iu" and size == 8:
        fits = array.size == 0 or (array.min() >= -(2**31) and array.max() < 2**31)
        return array.astype(np.int32 if fits else np.float64)
    return array.astype(array.dtype.newbyteorder("="), copy=False)
