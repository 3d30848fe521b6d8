"""Segmentation to segmentation nodes and back."""

from __future__ import annotations

import numpy as np
from slicer import (
    vtkMRMLScene,
    vtkMRMLSegmentationNode,
    vtkMRMLVolumeNode,
    vtkOrientedImageData,
    vtkSegment,
    vtkSegmentation,
    vtkSegmentationConverter,
    vtkSlicerSegmentationsModuleLogic,
)
from slicer.util import NodeModify
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import VTK_UNSIGNED_CHAR, reference, vtkIntArray, vtkStringArray
from vtkmodules.vtkCommonMath import vtkMatrix4x4

from SegAssistLib.errors import InputError
from SegAssistLib.io.segmentation_file import terminology_entry
from SegAssistLib.labels import Label, Segmentation
from SegAssistLib.measure.components import bounding_box
from SegAssistLib.scene.hierarchy import place_beside
from SegAssistLib.scene.source_grid import turned
from SegAssistLib.scene.volumes import INSTANCE_UIDS, is_calibrated, volume_affine, volume_grid
from SegAssistLib.task import Task
from SegAssistLib.translation import tr as _

TASK = "SegAssist.Task"  # attribute of a segmentation node: the name of the task that it shows
LABEL = "SegAssist.Label"  # tag of a segment: whose label it is, as "task/label"
VOLUME = "SegAssist.Volume"  # reference from a segmentation node to the volume that was segmented

_LABELMAP = vtkSegmentationConverter.GetSegmentationBinaryLabelmapRepresentationName()
_SURFACE = vtkSegmentationConverter.GetSegmentationClosedSurfaceRepresentationName()


def write_segmentation(
    scene: vtkMRMLScene,
    volume: vtkMRMLVolumeNode,
    segmentation: Segmentation,
    task: Task,
    node: vtkMRMLSegmentationNode | None = None,
) -> vtkMRMLSegmentationNode:
    """Show a segmentation in the scene: a segment for every label of the task, also where it has no voxel.

    A segment that is there already keeps its id, name, colour and how it is shown. Segments of other
    origin stay as they are, voxel for voxel.

    Args:
        scene: where to.
        volume: what was segmented.
        segmentation: labels on the volume's voxels, wherever the volume lies by now.
        task: whose labels they are.
        node: receives the labels; by default a new node beside the volume.

    Returns:
        The node.

    Raises:
        InputError: the volume has other voxels by now, or ``node`` cannot take the labels.
    """
    _check_grid(volume, segmentation)
    if node is None:
        node = _add_node(scene, volume, task)
    else:
        _check_node(node, volume, task)
    with NodeModify(node):
        _connect(node, volume, task)
        put_labels(node, volume, segmentation, task)
        node.Modified()
    return node


def put_labels(
    node: vtkMRMLSegmentationNode, volume: vtkMRMLVolumeNode, segmentation: Segmentation, task: Task
) -> None:
    """Replace the voxels of the task's segments in a node, which need not be in a scene.

    Args:
        node: segments of other origin stay as they are.
        volume: says where the voxels lie.
        segmentation: labels on the volume's voxels.
        task: whose labels they are.
    """
    contents = node.GetSegmentation()
    surfaces = contents.ContainsRepresentation(_SURFACE)
    segments = {label: _own_segment(contents, task, label) for label in task.labels}
    _release_layers(contents, set(segments.values()))
    layer = _layer(segmentation, volume)
    for label, segment_id in segments.items():
        segment = contents.GetSegment(segment_id)
        segment.SetLabelValue(label.value)
        segment.AddRepresentation(_LABELMAP, layer)
    layer.Modified()
    if surfaces:  # those of the old labels are gone now
        node.CreateClosedSurfaceRepresentation()


def read_segmentation(node: vtkMRMLSegmentationNode, volume: vtkMRMLVolumeNode, task: Task) -> Segmentation:
    """The task's labels as they are now, on the volume's voxels.

    A segment is known by its tag, whatever its name is by now. A segment that is no longer there has no
    voxel; where two overlap, the later label of the task wins. Labels that a person keeps on other
    voxels are taken from the nearest one.

    Returns:
        Labels without probabilities.

    Raises:
        InputError: the volume has no voxels any more, or no place in space.
    """
    array, affine = np.zeros(volume_grid(volume), np.uint8, order="F"), volume_affine(volume)
    contents = node.GetSegmentation()
    ids, values = vtkStringArray(), vtkIntArray()
    for label in task.labels:
        segment_id = _find_id(contents, task, label)
        if segment_id is not None:
            ids.InsertNextValue(segment_id)
            values.InsertNextValue(label.value)
    if ids.GetNumberOfValues():
        contents.CreateRepresentation(_LABELMAP)  # a person may have made surfaces the source
        merged = vtkOrientedImageData()
        vtkSlicerSegmentationsModuleLogic.GenerateMergedLabelmapInReferenceGeometry(
            node, volume, ids, vtkSegmentation.EXTENT_REFERENCE_GEOMETRY, merged, values
        )
        scalars = merged.GetPointData().GetScalars()
        array[...] = turned(vtk_to_numpy(scalars).reshape(array.shape, order="F"), volume)
    return Segmentation(array, affine, task.labels, calibrated=is_calibrated(volume))


def segmented_volume(node: vtkMRMLSegmentationNode) -> vtkMRMLVolumeNode | None:
    """The volume that was segmented; None when it is no longer in the scene."""
    return node.GetNodeReference(VOLUME)


def find_segment(node: vtkMRMLSegmentationNode, task: Task, label: Label) -> vtkSegment | None:
    """The segment that holds a label of a task; None when there is none."""
    segment_id = _find_id(node.GetSegmentation(), task, label)
    return None if segment_id is None else node.GetSegmentation().GetSegment(segment_id)


def segment_tag(segment: vtkSegment, name: str) -> str | None:
    """The value of a segment's tag; None when it has no such tag."""
    value = reference("")
    return value.get() if segment.GetTag(name, value) else None


def _check_grid(volume: vtkMRMLVolumeNode, segmentation: Segmentation) -> None:
    if volume_grid(volume) != segmentation.array.shape:
        raise InputError(
            _("{volume} has other voxels than when it was segmented; segment it again.").format(
                volume=volume.GetName()
            )
        )


def _check_node(node: vtkMRMLSegmentationNode, volume: vtkMRMLVolumeNode, task: Task) -> None:
    contents = node.GetSegmentation()
    others = contents.GetNumberOfSegments() > sum(
        _find_id(contents, task, label) is not None for label in task.labels
    )
    if contents.GetNumberOfSegments() and contents.GetSourceRepresentationName() != _LABELMAP:
        raise InputError(
            _("{name} holds surfaces and no voxels; choose a new segmentation.").format(name=node.GetName())
        )
    if others and node.GetParentTransformNode() is not volume.GetParentTransformNode():
        raise InputError(
            _("{name} does not lie under the same transform as {volume}; choose a new segmentation.").format(
                name=node.GetName(), volume=volume.GetName()
            )
        )


def _add_node(scene: vtkMRMLScene, volume: vtkMRMLVolumeNode, task: Task) -> vtkMRMLSegmentationNode:
    """An empty node beside the volume in the subject hierarchy."""
    name = f"{volume.GetName()} - {task.name}"
    if scene.GetFirstNodeByName(name) is not None:
        name = scene.GetUniqueNameByString(name)
    node = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", name)
    node.CreateDefaultDisplayNodes()
    place_beside(node, volume)
    return node


def _connect(node: vtkMRMLSegmentationNode, volume: vtkMRMLVolumeNode, task: Task) -> None:
    """Tie the node to its volume: place, reference geometry, DICOM images."""
    transform = volume.GetParentTransformNode()
    node.SetAndObserveTransformNodeID(transform.GetID() if transform else None)
    # Not again for the same volume: a person may have chosen a finer geometry since.
    if node.GetNodeReference(node.GetReferenceImageGeometryReferenceRole()) is not volume:
        node.SetReferenceImageGeometryParameterFromVolumeNode(volume)
    node.SetNodeReferenceID(VOLUME, volume.GetID())
    node.SetAttribute(INSTANCE_UIDS, volume.GetAttribute(INSTANCE_UIDS))
    node.SetAttribute(TASK, task.name)


def _own_segment(contents: vtkSegmentation, task: Task, label: Label) -> str:
    """The id of the label's segment, which is made where it is missing."""
    segment_id = _find_id(contents, task, label)
    if segment_id is not None:
        return segment_id
    color = [channel / 255 for channel in label.color]
    # The same in every frame of a sequence, for how it is shown is kept by id.
    new_id = contents.GenerateUniqueSegmentID(f"{task.name}_{label.name}")
    segment_id = contents.AddEmptySegment(new_id, label.name, color)
    segment = contents.GetSegment(segment_id)
    segment.SetNameAutoGenerated(False)
    segment.SetColorAutoGenerated(False)
    segment.SetTag(LABEL, _tag(task, label))
    segment.SetTag(vtkSegment.GetTerminologyEntryTagName(), terminology_entry(label))
    return segment_id


def _find_id(contents: vtkSegmentation, task: Task, label: Label) -> str | None:
    tag = _tag(task, label)
    ids = (contents.GetNthSegmentID(n) for n in range(contents.GetNumberOfSegments()))
    return next((each for each in ids if segment_tag(contents.GetSegment(each), LABEL) == tag), None)


def _tag(task: Task, label: Label) -> str:
    return f"{task.name}/{label.name}"


def _release_layers(contents: vtkSegmentation, own: set[str]) -> None:
    """Erase the own segments from layers that others have a part in: Slicer joins segments to save memory."""
    layers = [set(contents.GetSegmentIDsForLayer(n)) for n in range(contents.GetNumberOfLayers())]
    for members in layers:
        if members - own:
            for segment_id in members & own:
                contents.ClearSegment(segment_id)


def _layer(segmentation: Segmentation, volume: vtkMRMLVolumeNode) -> vtkOrientedImageData:
    """The label array as a layer in the volume's geometry, cropped to the voxels that have a label."""
    layer, matrix = vtkOrientedImageData(), vtkMatrix4x4()
    volume.GetIJKToRASMatrix(matrix)
    layer.SetImageToWorldMatrix(matrix)
    array = turned(segmentation.array, volume)
    box = bounding_box(array != 0) or (slice(0, 0),) * 3
    layer.SetExtent(*(edge for side in box for edge in (side.start, side.stop - 1)))
    layer.AllocateScalars(VTK_UNSIGNED_CHAR, 1)
    cropped = array[box]
    scalars = layer.GetPointData().GetScalars()
    vtk_to_numpy(scalars).reshape(cropped.shape, order="F")[...] = cropped
    return layer
