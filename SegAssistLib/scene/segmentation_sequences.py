"""Segmentations in step with a sequence: one for each of its items, of which a browser shows the selected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from slicer import (
    vtkMRMLScene,
    vtkMRMLSegmentationNode,
    vtkMRMLSequenceBrowserNode,
    vtkMRMLSequenceNode,
    vtkMRMLVolumeNode,
    vtkSegmentation,
)

from SegAssistLib.errors import InputError
from SegAssistLib.labels import Segmentation
from SegAssistLib.scene.segmentations import TASK, put_labels, segmented_volume, write_segmentation
from SegAssistLib.scene.sequences import Source, browser_of, items, resolve, show_frame
from SegAssistLib.scene.volumes import INSTANCE_UIDS, volume_grid
from SegAssistLib.task import Task
from SegAssistLib.translation import tr as _


def write_segmentation_sequence(
    scene: vtkMRMLScene,
    source: Source,
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
    sequence, browser = resolve(source)
    if browser is None:
        browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", f"{sequence.GetName()} browser")
        browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
    images = items(sequence)
    masks = _by_item(segmentations, len(images))
    if [mask.array.shape for mask in masks] != [volume_grid(image) for image in images]:
        raise InputError(
            _("{name} has other frames than when it was segmented; segment it again.").format(
                name=sequence.GetName()
            )
        )
    shown = browser.GetProxyNode(sequence)
    if shown is None:
        raise InputError(
            _("{name} is not shown in the scene; choose it in the Sequences module.").format(
                name=sequence.GetName()
            )
        )
    node = write_segmentation(scene, shown, masks[browser.GetSelectedItemNumber()], task, node)
    target = browser.GetSequenceNode(node)
    if target is None:
        target = _add_sequence(scene, sequence, browser, node)
    for number, (image, mask) in enumerate(zip(images, masks, strict=True)):
        value = sequence.GetNthIndexValue(number)
        earlier = target.GetDataNodeAtValue(value)  # stays, and with it a person's undo of single strokes
        item = vtkMRMLSegmentationNode() if earlier is None else earlier
        for name in (TASK, INSTANCE_UIDS):  # the shown node takes the attributes of its item
            item.SetAttribute(name, node.GetAttribute(name))
        item.SetReferenceImageGeometryParameterFromVolumeNode(image)  # how far a brush reaches
        put_labels(item, image, mask, task)
        if earlier is None:
            target.SetDataNodeAtValue(item, value)
    return node


def clip_of(node: vtkMRMLSegmentationNode) -> vtkMRMLSequenceBrowserNode | None:
    """The browser of the clip in step with which a segmentation is shown; None when there is none."""
    browser = browser_of(segmented_volume(node))
    return browser if browser is not None and browser.GetSequenceNode(node) is not None else None


def frame_nodes(node: vtkMRMLSegmentationNode) -> list[tuple[vtkMRMLSegmentationNode, vtkMRMLVolumeNode]]:
    """Mask and image of every frame of a clip's segmentation; those of the shown frame are in the scene."""
    browser = clip_of(node)
    images, masks = items(browser.GetMasterSequenceNode()), items(browser.GetSequenceNode(node))
    nodes = list(zip(masks, images, strict=True))
    nodes[browser.GetSelectedItemNumber()] = (node, segmented_volume(node))
    return nodes


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The segmentation of a volume, or those of a clip's frames, as they were.

    Attributes:
        node: whose.
        contents: copies.
        shown: the frame that was shown; None for a volume.
    """

    node: vtkMRMLSegmentationNode
    contents: tuple[vtkSegmentation, ...]
    shown: int | None

    def restore(self) -> None:
        """Bring all of it back, and show the frame that was shown then."""
        if self.shown is None:
            self.node.GetSegmentation().DeepCopy(self.contents[0])
            self.node.Modified()
            return
        browser = clip_of(self.node)
        for item, content in zip(items(browser.GetSequenceNode(self.node)), self.contents, strict=True):
            item.GetSegmentation().DeepCopy(content)
        show_frame(browser, self.shown)


def snapshot(node: vtkMRMLSegmentationNode) -> Snapshot:
    """Keep a segmentation as it is, of a clip with all frames, for a face's undo."""
    browser = clip_of(node)
    nodes = [node] if browser is None else [mask for mask, _ in frame_nodes(node)]
    shown = None if browser is None else browser.GetSelectedItemNumber()
    return Snapshot(node, tuple(_copy(each.GetSegmentation()) for each in nodes), shown)


def _copy(segmentation: vtkSegmentation) -> vtkSegmentation:
    copy = vtkSegmentation()
    copy.DeepCopy(segmentation)
    return copy


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
    sequence.SetNumericIndexValueTolerance(images.GetNumericIndexValueTolerance())
    browser.AddSynchronizedSequenceNode(sequence)
    browser.AddProxyNode(node, sequence, False)
    browser.SetSaveChanges(sequence, True)
    return sequence
