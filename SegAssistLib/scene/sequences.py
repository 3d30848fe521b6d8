"""Sequences: the frames of a clip, or volumes over time, and stepping through them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from slicer import (
    vtkMRMLDisplayableNode,
    vtkMRMLNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLScene,
    vtkMRMLSequenceBrowserNode,
    vtkMRMLSequenceNode,
    vtkMRMLStorableNode,
    vtkMRMLVectorVolumeNode,
    vtkMRMLVolumeNode,
    vtkSlicerSequencesLogic,
)
from vtkmodules.vtkCommonCore import vtkCollection

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.io.frames import timing
from SegAssistLib.scene.nodes import nodes_of_class
from SegAssistLib.scene.volumes import (
    INSTANCE_UIDS,
    fill_volume,
    modality_of,
    read_volume,
    transform_to_world,
)
from SegAssistLib.translation import tr as _

Source = vtkMRMLSequenceNode | vtkMRMLSequenceBrowserNode

_PER_SECOND = {"s": 1.0, "ms": 1000.0}
_SAME_TIME_S = 1e-6  # Slicer takes index values for one that lie closer together


@dataclass(frozen=True)
class ClipState:
    """Where a browser stands in its clip.

    Attributes:
        count: number of frames.
        shown: index of the frame that is shown, from 0.
        times_s: of the frames, seconds from the first; None where they are not known.
        frame_rate: frames per second, the mean where the gaps differ; None where it is not known.
    """

    count: int
    shown: int
    times_s: tuple[float, ...] | None
    frame_rate: float | None


def add_clip(
    scene: vtkMRMLScene, image: Image, instance_uids: Sequence[str] = ()
) -> vtkMRMLSequenceBrowserNode:
    """Add a clip to the scene as Slicer itself loads one, so that ``read_frames`` gives it back.

    The index is the time in seconds, or the number of the frame where the times are not known. The first
    frame is shown.

    Args:
        scene: where to.
        image: of kind ``frames``; its array is copied.
        instance_uids: SOP Instance UIDs of the DICOM files that it was read from.

    Returns:
        The browser, which steps through the frames.
    """
    times = image.times_s
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", image.name)
    sequence.SetIndexName("frame" if times is None else "time")
    sequence.SetIndexUnit("" if times is None else "s")
    sequence.SetIndexType(vtkMRMLSequenceNode.NumericIndex)
    sequence.SetNumericIndexValueTolerance(_SAME_TIME_S)
    node = (vtkMRMLVectorVolumeNode if image.array.ndim == 4 else vtkMRMLScalarVolumeNode)()
    for n in range(image.grid[2]):
        frame = replace(image, array=image.array[:, :, n : n + 1], kind="still", frame_rate=None)
        fill_volume(node, frame)
        node.SetAttribute(INSTANCE_UIDS, " ".join(instance_uids) or None)
        sequence.SetDataNodeAtValue(node, str(n) if times is None else repr(float(times[n])))
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", f"{image.name} browser")
    browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
    if image.frame_rate:
        browser.SetPlaybackRateFps(image.frame_rate)
    show_frame(browser, 0)
    _fix_window(shown_volume(browser), image)
    return browser


def show_frame(source: Source, n: int) -> None:
    """Select a frame, and bring everything that shows it up to date at once: the image, and its masks.

    Args:
        source: the browser, or a sequence that one steps through.
        n: index of the frame, from 0.

    Raises:
        InputError: there is no such frame, or no browser.
    """
    sequence, browser = resolve(source)
    if browser is None:
        raise InputError(
            _("{name} is not shown in the scene; choose it in the Sequences module.").format(
                name=sequence.GetName()
            )
        )
    if not 0 <= n < browser.GetNumberOfItems():
        raise InputError(
            _("{name}: there is no frame {n}; choose one from 0 to {last}.").format(
                name=sequence.GetName(), n=n, last=browser.GetNumberOfItems() - 1
            )
        )
    browser.SetSelectedItemNumber(n)
    # The scene's own logic does the same by itself, where there is one.
    vtkSlicerSequencesLogic().UpdateProxyNodesFromSequences(browser)


def browser_of(volume: vtkMRMLVolumeNode | None) -> vtkMRMLSequenceBrowserNode | None:
    """The browser of the clip that a volume node shows; None where it shows no clip."""
    scene = volume.GetScene() if volume is not None else None
    for browser in _browsers(scene) if scene is not None else ():
        if shown_volume(browser) is volume and is_clip(browser):
            return browser
    return None


def is_clip(source: Source) -> bool:
    """Whether the items are the frames of one clip: single slices of one size."""
    sequence, _ = resolve(source)
    nodes = items(sequence)
    if not nodes or not all(isinstance(node, vtkMRMLVolumeNode) and node.GetImageData() for node in nodes):
        return False
    sizes = {node.GetImageData().GetDimensions() for node in nodes}
    return len(sizes) == 1 and sizes.pop()[2] == 1


def pixels_changed(source: Source) -> int:
    """A number that grows whenever a pixel of a sequence may have changed: VTK counts every change."""
    sequence, _ = resolve(source)
    images = (node.GetImageData() for node in items(sequence) if isinstance(node, vtkMRMLVolumeNode))
    return max((image.GetMTime() for image in images if image is not None), default=0)


def remove_clip(browser: vtkMRMLSequenceBrowserNode) -> None:
    """Remove a clip with everything that is in step with it, masks too."""
    scene = browser.GetScene()
    collected = vtkCollection()
    browser.GetSynchronizedSequenceNodes(collected, True)
    sequences = [collected.GetItemAsObject(n) for n in range(collected.GetNumberOfItems())]
    nodes = [*(browser.GetProxyNode(sequence) for sequence in sequences), *sequences]
    scene.RemoveNode(browser)  # comes first: it would show the sequences in new nodes
    for node in nodes:
        remove_displayed(node)


def remove_displayed(node: vtkMRMLNode | None) -> None:
    """Remove a node with how it is displayed, and how it would be saved."""
    if node is None or node.GetScene() is None:
        return
    scene = node.GetScene()
    others = []
    if isinstance(node, vtkMRMLDisplayableNode):
        others = [node.GetNthDisplayNode(n) for n in range(node.GetNumberOfDisplayNodes())]
    if isinstance(node, vtkMRMLStorableNode):
        others.append(node.GetStorageNode())
    for each in (*others, node):
        if each is not None:
            scene.RemoveNode(each)


def shown_frame(source: Source) -> int:
    """Index of the frame that is shown; 0 without a browser."""
    _, browser = resolve(source)
    return browser.GetSelectedItemNumber() if browser else 0


def clip_state(source: Source) -> ClipState:
    """How many frames there are and when, and which is shown (the first one, without a browser)."""
    sequence, _ = resolve(source)
    times = _times(sequence)
    frame_rate, _ = (None, None) if times is None else timing(times)
    return ClipState(sequence.GetNumberOfDataNodes(), shown_frame(source), times, frame_rate)


def read_frames(source: Source) -> list[Image]:
    """Read the images of a sequence.

    Args:
        source: a sequence of volumes, or the browser of one.

    Returns:
        One image of kind ``frames`` when all items are one slice of one size; else an image for each item.

    Raises:
        InputError: no items, or items that are not volumes or cannot be read.
    """
    sequence, _browser = resolve(source)
    name = sequence.GetName()
    nodes = items(sequence)
    if not nodes:
        raise InputError(
            _("{name} holds no frames; load it again or choose another sequence.").format(name=name)
        )
    if not all(isinstance(node, vtkMRMLVolumeNode) for node in nodes):
        raise InputError(_("{name} is not a sequence of images; choose one that is.").format(name=name))
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
    times = _times(sequence)
    frame_rate, uneven = (None, None) if times is None else timing(times)
    clip = replace(first, array=array, kind="frames", name=name, frame_rate=frame_rate, frame_times_s=uneven)
    return [clip]


def shown_volume(source: Source) -> vtkMRMLVolumeNode | None:
    """The volume node that shows the selected item of a sequence; None without a browser."""
    sequence, browser = resolve(source)
    return browser.GetProxyNode(sequence) if browser else None


def resolve(source: Source) -> tuple[vtkMRMLSequenceNode, vtkMRMLSequenceBrowserNode | None]:
    """The sequence of images, and the browser that steps through it.

    Raises:
        InputError: the browser steps through nothing.
    """
    if isinstance(source, vtkMRMLSequenceBrowserNode):
        sequence = source.GetMasterSequenceNode()
        if sequence is None:
            raise InputError(
                _("{name} steps through nothing; choose another sequence.").format(name=source.GetName())
            )
        return sequence, source
    browsers = _browsers(source.GetScene())
    return source, next((each for each in browsers if each.IsSynchronizedSequenceNode(source, True)), None)


def items(sequence: vtkMRMLSequenceNode) -> list[vtkMRMLNode]:
    """What the sequence holds, in order."""
    return [sequence.GetNthDataNode(n) for n in range(sequence.GetNumberOfDataNodes())]


def _browsers(scene: vtkMRMLScene) -> list[vtkMRMLSequenceBrowserNode]:
    return nodes_of_class(scene, "vtkMRMLSequenceBrowserNode")


def _times(sequence: vtkMRMLSequenceNode) -> tuple[float, ...] | None:
    """Seconds from the first item; None where the index is no time, or does not rise."""
    unit = _PER_SECOND.get(sequence.GetIndexUnit())
    if unit is None or sequence.GetIndexType() != vtkMRMLSequenceNode.NumericIndex:
        return None
    values = [float(sequence.GetNthIndexValue(n)) for n in range(sequence.GetNumberOfDataNodes())]
    times = tuple((value - values[0]) / unit for value in values)
    return times if len(times) > 1 and (np.diff(times) > 0).all() else None


def _fix_window(volume: vtkMRMLVolumeNode, image: Image) -> None:
    """One grey window for all frames: Slicer's own follows each frame's values, and flickers."""
    volume.CreateDefaultDisplayNodes()
    display = volume.GetDisplayNode()
    if image.array.ndim == 4 or display is None:
        return
    eight_bit = image.array.dtype == np.uint8
    low, high = (0, 255) if eight_bit else (float(image.array.min()), float(image.array.max()))
    display.SetAutoWindowLevel(False)
    display.SetWindowLevelMinMax(low, high)
