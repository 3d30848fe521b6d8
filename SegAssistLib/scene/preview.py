"""Preview: masks of a run under way, in a node of their own: the result's is not touched before the end."""

from __future__ import annotations

import numpy as np
from slicer import vtkMRMLScene, vtkMRMLSegmentationNode, vtkMRMLSequenceBrowserNode, vtkMRMLVolumeNode

from SegAssistLib.image import Image
from SegAssistLib.inference.worker import SliceDone
from SegAssistLib.labels import Segmentation
from SegAssistLib.scene.segmentations import TASK, write_segmentation
from SegAssistLib.scene.sequences import remove_displayed, shown_frame, shown_volume
from SegAssistLib.task import Task


class Preview:
    """What has been computed so far: the visible slice of a volume, or the frames of a clip.

    Attributes:
        node: shows it; None as long as there is nothing to show.
        computed: of a clip, the masks that are there by the number of the frame.
    """

    def __init__(
        self,
        scene: vtkMRMLScene,
        source: vtkMRMLVolumeNode | vtkMRMLSequenceBrowserNode,
        image: Image,
        task: Task,
    ) -> None:
        self.node: vtkMRMLSegmentationNode | None = None
        self.computed: dict[int, np.ndarray] = {}
        self._scene = scene
        self._source = source
        self._image = image
        self._task = task
        self._shown: int | None = None

    def add(self, done: SliceDone) -> None:
        """Take what the worker has computed, and show it if a person looks there."""
        if self._image.kind == "frames":
            self.computed[done.index] = done.array
            if done.index == shown_frame(self._source):
                self._show_frame(done.index)
            return
        array = np.zeros(self._image.grid, np.uint8, order="F")
        np.moveaxis(array, done.axis, 0)[done.index] = done.array
        self._write(self._source, array)

    def follow(self) -> None:
        """Show the mask of the frame that the clip shows by now; none where none is computed yet."""
        shown = shown_frame(self._source)
        if self.node is not None and shown != self._shown:
            self._show_frame(shown)

    def remove(self) -> None:
        """Take the node out of the scene."""
        remove_displayed(self.node)
        self.node = None

    def _show_frame(self, n: int) -> None:
        columns, rows, _ = self._image.grid
        labels = self.computed.get(n, np.zeros((columns, rows), np.uint8))
        self._write(shown_volume(self._source), labels[:, :, np.newaxis])
        self._shown = n

    def _write(self, volume: vtkMRMLVolumeNode, array: np.ndarray) -> None:
        image = self._image
        found = Segmentation(array, image.affine, self._task.labels, calibrated=image.calibrated)
        node = self.node = write_segmentation(self._scene, volume, found, self._task, self.node)
        node.SetName("Preview")
        node.RemoveAttribute(TASK)
        node.SetHideFromEditors(True)
        node.SetSaveWithScene(False)
