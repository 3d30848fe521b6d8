"""Sequences: frames of a film, or volumes over time, and their segmentations in step with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from slicer import (
    vtkMRMLScene,
    vtkMRMLSegmentationNode,
    vtkMRMLSequenceBrowserNode,
    vtkMRMLSequenceNode,
    vtkMRMLVolumeNode,
)

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.labels import Segmentation
from SegAssistLib.scene.segmentations import put_labels, write_segmentation
from SegAssistLib.scene.volumes import modality_of, read_volume, transform_to_world, volume_grid
from SegAssistLib.task import Task

_PER_SECOND = {"s": 1.0, "ms": 1000.0}


def read_frames(source: vtkMRMLSequenceNode | vtkMRMLSequenceBrowserNode) -> list[Image]:
    """Read the images of a sequence.

    Args:
        source: a sequence of volumes, or the browser of one.

    Returns:
        One image of kind ``frames`` when all items are one slice of one size; else an image for each item.

    Raises:
        InputError: no items, or items that are not volumes or cannot be read.
    """
    sequence, _ = _resolve(source)
    name = sequence.GetName()
    nodes = _items(sequence)
    if not nodes:
        raise InputError(f"{name} holds no frames; load it again or choose another sequence.")
    if not all(isinstance(node, vtkMRMLVolumeNode) for node in nodes):
        raise InputError(f"{name} is not a sequence of images; choose one that is.")
    images = [read_volume(node) for node in nodes]
    shown = shown_volume(source)
    if shown is not None:  # an item has no transform of its own, and no place in the subject hierarchy
        to_world, modality = transform_to_world(shown), modality_of(shown)
        images = [
            replace(image, affine=to_world @ image.affine, modality=image.modality or modality)
            for image in images
        ]
    first = images[0]
    if any(image.array.shape != first.array.shape for image in images) or first.grid[2] != 1:
        values = (sequence.GetNthIndexValue(n) for n in range(len(images)))
        return [replace(image, name=f"{name} {value}") for image, value in zip(images, values, strict=True)]
    array = np.concatenate([image.array for image in images], axis=2)
    return [replace(first, array=array, kind="frames", frame_rate=_frame_rate(sequence), name=name)]


def shown_volume(source: vtkMRMLSequenceNode | vtkMRMLSequenceBrowserNode) -> vtkMRMLVolumeNode | None:
    """The volume node that shows the selected item of a sequence; None without a browser."""
    sequence, browser = _resolve(source)
    return browser.GetProxyNode(sequence) if browser else None


def write_segmentation_sequence(
    scene: vtkMRMLScene,
    source: vtkMRMLSequenceNode | vtkMRMLSequenceBrowserNode,
    segmentations: Sequence[Segmentation],
    task: Task,
    node: vtkMRMLSegmentationNode | None = None,
) -> vtkMRMLSegmentationNode:
    """Show the segmentations of a sequence's images, in step with them.

    The browser then steps through images and segmentations together, and what a person edits in the shown
    item is kept in the sequence.

    Args:
        scene: where to.
        source: what was segmented: the sequence, or its browser.
        segmentations: of the images that ``read_frames`` gave.
        task: whose labels they are.
        node: what this returned before, to update it; by default a new one.

    Returns:
        The node that shows the segmentation of the browser's selected item.

    Raises:
        InputError: the sequence has other images by now or is shown nowhere, or ``node`` cannot take the
            labels.
    """
    sequence, browser = _resolve(source)
    if browser is None:
        browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", f"{sequence.GetName()} browser")
        browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
    images = _items(sequence)
    masks = _by_item(segmentations, len(images))
    if [mask.array.shape for mask in masks] != [volume_grid(image) for image in images]:
        raise InputError(
            f"{sequence.GetName()} has other frames than when it was segmented; segment it again."
        )
    shown = browser.GetProxyNode(sequence)
    if shown is None:
        raise InputError(
            f"{sequence.GetName()} is not shown in the scene; choose it in the Sequences module."
        )
    node = write_segmentation(scene, shown, masks[browser.GetSelectedItemNumber()], task, node)
    target = browser.GetSequenceNode(node)
    if target is None:
        target = _add_sequence(scene, sequence, browser, node)
    for number, (image, mask) in enumerate(zip(images, masks, strict=True)):
        value = sequence.GetNthIndexValue(number)
        item = vtkMRMLSegmentationNode()
        earlier = target.GetDataNodeAtValue(value)
        if earlier is not None:
            item.CopyContent(earlier)
        put_labels(item, image, mask, task)
        target.SetDataNodeAtValue(item, value)
    return node


def _resolve(
    source: vtkMRMLSequenceNode | vtkMRMLSequenceBrowserNode,
) -> tuple[vtkMRMLSequenceNode, vtkMRMLSequenceBrowserNode | None]:
    """The sequence of images, and the browser that steps through it."""
    if isinstance(source, vtkMRMLSequenceBrowserNode):
        sequence = source.GetMasterSequenceNode()
        if sequence is None:
            raise InputError(f"{source.GetName()} steps through nothing; choose another sequence.")
        return sequence, source
    nodes = source.GetScene().GetNodesByClass("vtkMRMLSequenceBrowserNode")
    browsers = [nodes.GetItemAsObject(n) for n in range(nodes.GetNumberOfItems())]
    return source, next((each for each in browsers if each.IsSynchronizedSequenceNode(source, True)), None)


def _items(sequence: vtkMRMLSequenceNode) -> list[vtkMRMLVolumeNode]:
    return [sequence.GetNthDataNode(n) for n in range(sequence.GetNumberOfDataNodes())]


def _frame_rate(sequence: vtkMRMLSequenceNode) -> float | None:
    """Frames per second, where the index is a time."""
    unit = _PER_SECOND.get(sequence.GetIndexUnit())
    if unit is None or sequence.GetIndexType() != vtkMRMLSequenceNode.NumericIndex:
        return None
    times = [float(sequence.GetNthIndexValue(n)) for n in range(sequence.GetNumberOfDataNodes())]
    step = np.median(np.diff(times)) if len(times) > 1 else 0
    return float(unit / step) if step > 0 else None


def _by_item(segmentations: Sequence[Segmentation], items: int) -> list[Segmentation]:
    """One segmentation for each item; that of a film has its frames along the third axis."""
    if len(segmentations) == items:
        return list(segmentations)
    return [
        replace(film, array=film.array[:, :, n : n + 1])
        for film in segmentations
        for n in range(film.array.shape[2])
    ]


def _add_sequence(
    scene: vtkMRMLScene,
    images: vtkMRMLSequenceNode,
    browser: vtkMRMLSequenceBrowserNode,
    node: vtkMRMLSegmentationNode,
) -> vtkMRMLSequenceNode:
    """A sequence with the index of the images', which ``node`` shows in the browser."""
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", f"{node.GetName()} sequence")
    sequence.SetIndexName(images.GetIndexName())
    sequence.SetIndexUnit(images.GetIndexUnit())
    sequence.SetIndexType(images.GetIndexType())
    browser.AddSynchronizedSequenceNode(sequence)
    browser.AddProxyNode(node, sequence, False)
    browser.SetSaveChanges(sequence, True)
    return sequence
