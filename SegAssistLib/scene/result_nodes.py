"""Result nodes: where a result's mask, probabilities and records lie, alike for a volume and for a clip."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from slicer import vtkMRMLNode, vtkMRMLSegmentationNode, vtkMRMLSequenceBrowserNode, vtkMRMLVolumeNode

from SegAssistLib.errors import InputError
from SegAssistLib.labels import Segmentation
from SegAssistLib.scene.plots import remove_curve
from SegAssistLib.scene.probabilities import read_probabilities, write_probabilities
from SegAssistLib.scene.records import Voxel, mask_state, record_threshold, task_of
from SegAssistLib.scene.segmentation_sequences import clip_of, frame_nodes, write_segmentation_sequence
from SegAssistLib.scene.segmentations import read_segmentation, segmented_volume, write_segmentation
from SegAssistLib.scene.sequences import remove_displayed, show_frame
from SegAssistLib.scene.source_file import remember_file
from SegAssistLib.scene.views import jump_to
from SegAssistLib.scene.volumes import is_calibrated, volume_affine, volume_grid
from SegAssistLib.task import Task
from SegAssistLib.translation import tr as _

OWN = "SegAssist."  # how the roles of a result's references to its own nodes begin


@dataclass(frozen=True, eq=False)
class ResultNodes:
    """A result that is one segmentation of one volume.

    Attributes:
        node: the segmentation; of a clip the one that shows the selected frame's.
        volume: what was segmented; of a clip the node that shows the selected frame.
        task: what was looked for.
    """

    node: vtkMRMLSegmentationNode
    volume: vtkMRMLVolumeNode
    task: Task

    @property
    def source(self) -> vtkMRMLVolumeNode | vtkMRMLSequenceBrowserNode:
        """What is segmented as a whole."""
        return self.volume

    @property
    def records(self) -> vtkMRMLNode:
        """Whose attributes keep what a person chose; those of a clip's node change from frame to frame."""
        return self.node

    def mask(self) -> Segmentation:
        """The mask as it is now, without probabilities."""
        return read_segmentation(self.node, self.volume, self.task)

    def frame(self, _n: int) -> Segmentation:
        """The mask of frame ``n`` alone; what is no clip is one frame."""
        return self.mask()

    def state(self) -> tuple[object, ...]:
        """A value that differs whenever the mask may have changed, whoever changed it."""
        return mask_state(self.node, self.task)

    def write(self, segmentation: Segmentation) -> None:
        """Replace the mask."""
        write_segmentation(self.node.GetScene(), self.volume, segmentation, self.task, self.node)

    def record_threshold(self, label: str, value: float) -> None:
        """Record the threshold that the mask was derived with."""
        record_threshold(self.node, self.task, label, value)

    def read_probabilities(self) -> np.ndarray | None:
        """See :func:`~SegAssistLib.scene.probabilities.read_probabilities`."""
        return read_probabilities(self.node, self.volume, self.task)

    def keep_probabilities(self, segmentation: Segmentation) -> None:
        """Keep those of a segmentation; without any, those that are kept are forgotten."""
        write_probabilities(self.node, self.volume, segmentation)

    def go_to(self, voxel: Voxel) -> None:
        """Show a voxel of the mask in every slice view."""
        jump_to(self.node.GetScene(), (volume_affine(self.volume) @ (*voxel, 1))[:3])

    def remove(self) -> None:
        """Remove the result, and the nodes that belong to it alone."""
        node, scene = self.node, self.node.GetScene()
        roles = [node.GetNthNodeReferenceRole(n) for n in range(node.GetNumberOfNodeReferenceRoles())]
        own = [node.GetNodeReference(role) for role in roles if role.startswith(OWN)]
        for each in own:
            if each is None or each is self.volume:
                continue
            if each.IsA("vtkMRMLPlotChartNode"):
                remove_curve(scene, each)
            else:
                remove_displayed(each)
        remove_displayed(node)


@dataclass(frozen=True, eq=False)
class ClipNodes(ResultNodes):
    """A result that is a sequence of segmentations in step with a clip's frames.

    Attributes:
        browser: of the clip.
    """

    browser: vtkMRMLSequenceBrowserNode

    @property
    def source(self) -> vtkMRMLSequenceBrowserNode:
        """The clip."""
        return self.browser

    @property
    def records(self) -> vtkMRMLNode:
        """The sequence of the segmentations."""
        return self.browser.GetSequenceNode(self.node)

    def mask(self) -> Segmentation:
        """The masks of all frames."""
        nodes = frame_nodes(self.node)
        array = np.zeros((*volume_grid(self.volume)[:2], len(nodes)), np.uint8, order="F")
        for n, (mask, image) in enumerate(nodes):
            array[:, :, n : n + 1] = read_segmentation(mask, image, self.task).array
        return Segmentation(
            array, volume_affine(self.volume), self.task.labels, calibrated=is_calibrated(self.volume)
        )

    def frame(self, n: int) -> Segmentation:
        """The mask of one frame."""
        return replace(
            read_segmentation(*frame_nodes(self.node)[n], self.task), affine=volume_affine(self.volume)
        )

    def state(self) -> tuple[object, ...]:
        """Of all frames."""
        return tuple(mask_state(mask, self.task) for mask, _ in frame_nodes(self.node))

    def write(self, segmentation: Segmentation) -> None:
        """Replace the masks of all frames."""
        scene = self.node.GetScene()
        write_segmentation_sequence(scene, self.browser, [segmentation], self.task, self.node)

    def record_threshold(self, label: str, value: float) -> None:
        """With every frame, so that undo brings mask and threshold back together."""
        for mask in (*(mask for mask, _image in frame_nodes(self.node)), self._shown_item()):
            record_threshold(mask, self.task, label, value)

    def read_probabilities(self) -> np.ndarray | None:
        """Of all frames."""
        frames = self.records.GetNumberOfDataNodes()
        return read_probabilities(self.node, self.volume, self.task, frames)

    def keep_probabilities(self, segmentation: Segmentation) -> None:
        """Of all frames."""
        write_probabilities(self.node, self.volume, segmentation, clip=True)

    def go_to(self, voxel: Voxel) -> None:
        """Show the frame, and the voxel in it: the frames lie in one place, one after another."""
        column, row, frame = voxel
        show_frame(self.browser, frame)
        super().go_to((column, row, 0))

    def remove(self) -> None:
        """Also the sequence, which comes first: the browser would show it in a new node."""
        sequence = self.records
        self.browser.RemoveProxyNode(self.node.GetID())
        self.browser.RemoveSynchronizedSequenceNode(sequence.GetID())
        remove_displayed(sequence)
        super().remove()

    def _shown_item(self) -> vtkMRMLSegmentationNode:
        return self.records.GetNthDataNode(self.browser.GetSelectedItemNumber())


def result_nodes(node: vtkMRMLSegmentationNode | None) -> ResultNodes:
    """Where a result lies.

    Raises:
        InputError: the node is no result, or what was segmented is no longer there.
    """
    task = task_of(node)
    if task is None:
        raise InputError(_("Choose a segmentation that SegAssist made."))
    volume = segmented_volume(node)
    if volume is None:
        raise InputError(
            _("The volume of {name} is no longer in the scene; load it again.").format(name=node.GetName())
        )
    browser = clip_of(node)
    if browser is not None:
        return ClipNodes(node, volume, task, browser)
    remember_file(volume)  # before anything is counted in it
    return ResultNodes(node, volume, task)
