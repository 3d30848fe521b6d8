"""Records: what the scene remembers of a result besides its mask, so that it is saved and undone with it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from zlib import crc32

import numpy as np
from slicer import (
    vtkMRMLNode,
    vtkMRMLSegmentationNode,
    vtkMRMLVolumeNode,
    vtkOrientedImageData,
)
from vtkmodules.util.numpy_support import vtk_to_numpy

from SegAssistLib.labels import Label
from SegAssistLib.scene.segmentations import TASK, find_segment, segment_tag
from SegAssistLib.scene.source_grid import source_to_ras
from SegAssistLib.task import Task, list_tasks

# Points in reviewed lesions, in the volume's own space in mm: ids change with every measurement, and voxel
# indices when Slicer turns a left-handed volume's slices round as it opens a saved scene.
REVIEWED = "SegAssist.Reviewed"
THRESHOLD = "SegAssist.Threshold"  # a segment's tag, so that undo brings mask and threshold back together

MOST_CONTENTS = 10_000
_contents: dict[int, tuple[int, ...]] = {}  # by the time of a labelmap's last change, for they take long

Voxel = tuple[int, int, int]


def task_of(node: vtkMRMLNode | None) -> Task | None:
    """The task whose result a node is; None when it is none, or of a task that is not installed."""
    name = node.GetAttribute(TASK) if node is not None else None
    return list_tasks().get(name) if name else None


def thresholds_of(node: vtkMRMLSegmentationNode, task: Task) -> dict[str, float]:
    """By label name: the threshold that the mask was derived with, the task's own where none was recorded."""
    return {label.name: _threshold(node, task, label) for label in task.labels}


def record_threshold(node: vtkMRMLSegmentationNode, task: Task, name: str, value: float) -> None:
    """Record the threshold of the label called ``name``."""
    (label,) = (label for label in task.labels if label.name == name)
    find_segment(node, task, label).SetTag(THRESHOLD, repr(float(value)))


def reviewed_voxels(node: vtkMRMLSegmentationNode, volume: vtkMRMLVolumeNode) -> list[Voxel]:
    """A voxel in every lesion that was marked as reviewed."""
    to_voxel = np.linalg.inv(source_to_ras(volume))
    points = json.loads(node.GetAttribute(REVIEWED) or "[]")
    return [tuple(np.rint(to_voxel @ (*point, 1))[:3].astype(int).tolist()) for point in points]


def record_reviewed(
    node: vtkMRMLSegmentationNode, volume: vtkMRMLVolumeNode, voxels: Sequence[Voxel]
) -> None:
    """Record a voxel in every reviewed lesion."""
    points = [(source_to_ras(volume) @ (*voxel, 1))[:3].tolist() for voxel in voxels]
    node.SetAttribute(REVIEWED, json.dumps(points))


def mask_state(node: vtkMRMLSegmentationNode, task: Task) -> tuple[object, ...]:
    """A value that differs whenever the mask has changed, whoever changed it.

    It is the content's: Slicer copies a clip's masks between nodes when another frame is shown, and a
    copy is no change.
    """
    state: list[object] = []
    for label in task.labels:
        segment = find_segment(node, task, label)
        labelmap = segment.GetRepresentation("Binary labelmap") if segment else None
        state.append((_content(labelmap), segment.GetLabelValue()) if labelmap else None)
    return tuple(state)


def _content(labelmap: vtkOrientedImageData) -> tuple[int, ...]:
    """Extent and checksum of a labelmap."""
    time = labelmap.GetMTime()  # VTK gives no two changes the same
    if time not in _contents:
        if len(_contents) >= MOST_CONTENTS:
            _contents.clear()
        scalars = labelmap.GetPointData().GetScalars()
        checksum = crc32(vtk_to_numpy(scalars)) if scalars else 0
        _contents[time] = (*labelmap.GetExtent(), checksum)
    return _contents[time]


def _threshold(node: vtkMRMLSegmentationNode, task: Task, label: Label) -> float:
    segment = find_segment(node, task, label)
    stated = segment_tag(segment, THRESHOLD) if segment else None
    return float(stated) if stated else label.threshold
