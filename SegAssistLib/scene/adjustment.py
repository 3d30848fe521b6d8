"""Adjustment: moving a threshold, by which a mask is derived anew and a person's edits stay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from SegAssistLib.inference.segment import derive_labels
from SegAssistLib.labels import Segmentation
from SegAssistLib.measure.components import bounding_box
from SegAssistLib.measure.edits import keep_edits
from SegAssistLib.scene.records import thresholds_of
from SegAssistLib.scene.result_nodes import ResultNodes
from SegAssistLib.task import Task


class Adjustment:
    """Moving the threshold of one label. As long as nothing else happens, every move starts where it began.

    Args:
        nodes: the result, as it is when this begins.
        label: whose threshold is moved.
        probabilities: float16 ``(labels, i, j, k)``, from which the mask is derived.
    """

    def __init__(self, nodes: ResultNodes, label: str, probabilities: np.ndarray) -> None:
        self._nodes = nodes
        self._label = label
        self._probabilities = probabilities
        self._thresholds = thresholds_of(nodes.node, nodes.task)
        self._current = nodes.mask()
        self._before = derive(probabilities, nodes.task, self._thresholds, self._current)
        self._written: tuple[object, ...] = ()

    def goes_on(self, nodes: ResultNodes, label: str) -> bool:
        """Whether moving this result's label is more of the same: nothing else has happened in between."""
        same = nodes.node is self._nodes.node and label == self._label
        return same and self._written == nodes.state()

    def mask_at(self, threshold: float) -> Segmentation:
        """The mask at another threshold, with what a person edited before this began."""
        thresholds = {**self._thresholds, self._label: threshold}
        task = self._nodes.task
        after = derive(self._probabilities, task, thresholds, self._current)
        array = keep_edits(self._current.array, self._before, after, task.connectivity)
        return replace(self._current, array=array)

    def write(self, mask: Segmentation, threshold: float) -> None:
        """Write the mask to the result, with the threshold that it was derived with."""
        self._nodes.write(mask)
        self._nodes.record_threshold(self._label, threshold)
        self._written = self._nodes.state()


def derive(
    probabilities: np.ndarray, task: Task, thresholds: Mapping[str, float], like: Segmentation
) -> np.ndarray:
    """Label values at these thresholds.

    Args:
        probabilities: float16 ``(labels, i, j, k)``.
        task: whose labels they are.
        thresholds: by label name.
        like: on the same grid, whose geometry says how small is too small.

    Returns:
        uint8 ``(i, j, k)``.
    """
    labels = tuple(replace(label, threshold=thresholds[label.name]) for label in task.labels)
    array = np.zeros_like(like.array)
    box = bounding_box(probabilities.view(np.uint16).any(axis=0))  # NumPy compares float16 ten times slower
    if box is not None:
        spacing = tuple(np.linalg.norm(like.affine[:3, :3], axis=0)) if like.calibrated else None
        boxed = probabilities[(slice(None), *box)]
        fewest = task.components.fewest(spacing, like.array.shape)
        array[box] = derive_labels(boxed, labels, fewest, task.connectivity)
    return array
