"""A network's probabilities, kept in the scene so that a saved scene has them."""

from __future__ import annotations

import json

import numpy as np
from slicer import vtkMRMLScalarVolumeNode, vtkMRMLScene, vtkMRMLSegmentationNode, vtkMRMLVolumeNode
from slicer.util import NodeModify, updateVolumeFromArray, vtkMatrixFromArray
from vtkmodules.util.numpy_support import vtk_to_numpy

from SegAssistLib.labels import Label, Segmentation
from SegAssistLib.measure.components import bounding_box
from SegAssistLib.scene.segmentations import TASK
from SegAssistLib.scene.source_grid import from_last_slice, source_to_ras
from SegAssistLib.scene.volumes import volume_grid
from SegAssistLib.task import Task

PROBABILITIES = "SegAssist.Probabilities"  # beginning of the reference from a segmentation node to a label's
PLACE = "SegAssist.Place"  # attribute: how many voxels the volume has, and the first of them that is kept

# Slicer turns the slices of a left-handed volume round when it opens a saved scene. What is kept is
# right-handed, so that it stays as it is, and is turned for a volume whose file is left-handed.
_REVERSED = (..., slice(None, None, -1))


def write_probabilities(
    node: vtkMRMLSegmentationNode, volume: vtkMRMLVolumeNode, segmentation: Segmentation, clip: bool = False
) -> None:
    """Keep a segmentation's probabilities with its node, exactly.

    There is one hidden volume for each label, cropped to where the probability is not zero. VTK knows no
    half-precision numbers (IEEE 754), so that a voxel holds the 16 bits of one as an unsigned integer: half
    of the memory of a float, and nothing to convert while a person waits.

    Args:
        node: what ``write_segmentation`` returned, in a scene.
        volume: what was segmented; of a clip the node that shows its frames.
        clip: whether the segmentation is that of a clip, all of its frames.
        segmentation: without probabilities those of the node are forgotten.
    """
    scene = node.GetScene()
    for index, label in enumerate(segmentation.labels):
        role = _role(node.GetAttribute(TASK), label)
        kept = node.GetNodeReference(role)
        if segmentation.probabilities is not None:
            if kept is None:
                kept = _add_hidden_volume(scene, f"{node.GetName()} {label.name} probability")
                node.SetNodeReferenceID(role, kept.GetID())
            _fill(kept, None if clip else volume, segmentation.probabilities[index])
        elif kept is not None:
            scene.RemoveNode(kept)


def read_probabilities(
    node: vtkMRMLSegmentationNode, volume: vtkMRMLVolumeNode, task: Task, frames: int | None = None
) -> np.ndarray | None:
    """The probabilities that are kept with a segmentation node.

    Args:
        node: see :func:`write_probabilities`; so is the next.
        volume: what was segmented.
        task: whose labels they are.
        frames: number of frames of a clip.

    Returns:
        float16, shape ``(labels, columns, rows, slices)`` on the volume's voxels; None when none are kept, or
        when the volume has other voxels by now.

    Raises:
        InputError: the volume has no voxels any more.
    """
    grid = volume_grid(volume)
    if frames is not None:
        grid = (*grid[:2], frames)
    array = np.zeros((len(task.labels), *reversed(grid)), np.float16).transpose(0, 3, 2, 1)
    right_handed = array[_REVERSED] if frames is None and _left_handed(volume) else array
    for target, label in zip(right_handed, task.labels, strict=True):
        kept = node.GetNodeReference(_role(task.name, label))
        place = json.loads(kept.GetAttribute(PLACE)) if kept else None
        if place is None or tuple(place["grid"]) != grid or kept.GetImageData() is None:
            return None
        pixels = kept.GetImageData()
        size = pixels.GetDimensions()
        box = tuple(slice(first, first + n) for first, n in zip(place["first"], size, strict=True))
        values = vtk_to_numpy(pixels.GetPointData().GetScalars()).reshape(size, order="F")
        # scenes saved before December 2026 hold floats
        target[box] = values.view(np.float16) if values.dtype == np.uint16 else values
    return array


def _role(task: str, label: Label) -> str:
    return f"{PROBABILITIES}/{task}/{label.name}"


def _add_hidden_volume(scene: vtkMRMLScene, name: str) -> vtkMRMLScalarVolumeNode:
    node = vtkMRMLScalarVolumeNode()
    node.SetName(name)
    node.SetHideFromEditors(True)  # before it is added: the subject hierarchy looks once
    return scene.AddNode(node)


def _fill(node: vtkMRMLScalarVolumeNode, volume: vtkMRMLVolumeNode | None, probability: np.ndarray) -> None:
    """Keep what is not zero; of nothing but zeros, one voxel. Frames over time lie nowhere: no ``volume``."""
    affine = np.eye(4) if volume is None else source_to_ras(volume)
    if volume is not None and _left_handed(volume):
        probability = probability[_REVERSED]
        affine = from_last_slice(affine, probability.shape[2])
    bits = probability.view(np.uint16)
    box = bounding_box(bits) or (slice(0, 1),) * 3
    first = [side.start for side in box]
    affine[:3, 3] += affine[:3, :3] @ first
    transform = volume.GetParentTransformNode() if volume is not None else None
    with NodeModify(node):
        node.SetIJKToRASMatrix(vtkMatrixFromArray(affine))
        node.SetAndObserveTransformNodeID(transform.GetID() if transform else None)
        node.SetAttribute(PLACE, json.dumps({"grid": probability.shape, "first": first}))
        updateVolumeFromArray(node, bits[box].T)


def _left_handed(volume: vtkMRMLVolumeNode) -> bool:
    return bool(np.linalg.det(source_to_ras(volume)) < 0)
