"""One slice: a result in which one slice, or one frame of a clip, is computed anew."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from SegAssistLib.labels import Segmentation
from SegAssistLib.scene.adjustment import derive
from SegAssistLib.scene.records import thresholds_of
from SegAssistLib.scene.result_nodes import ResultNodes


def with_slice(
    nodes: ResultNodes, found: Segmentation, where: tuple[int, int]
) -> tuple[Segmentation, dict[str, float]]:
    """What a result becomes with one slice of ``found``; its other slices stay as they are.

    The slice is derived with the result's own thresholds: a mask has one threshold for each label, from which
    moving it on begins.

    Args:
        nodes: the result.
        found: on its grid, with probabilities; what it has outside the slice is not looked at.
        where: array axis and index of the slice.

    Returns:
        Mask with probabilities, and by label name the thresholds that it was derived with.
    """
    axis, index = where
    stored = nodes.mask()
    probabilities, thresholds = nodes.read_probabilities(), thresholds_of(nodes.node, nodes.task)
    if probabilities is None:  # a mask from a file has no threshold
        thresholds = {label.name: label.threshold for label in nodes.task.labels}
        probabilities, derived = found.probabilities, found.array
    else:
        for all_of_label, label in zip(probabilities, found.probabilities, strict=True):
            np.moveaxis(all_of_label, axis, 0)[index] = np.moveaxis(label, axis, 0)[index]
        derived = derive(probabilities, nodes.task, thresholds, stored)
    array = stored.array.copy()
    np.moveaxis(array, axis, 0)[index] = np.moveaxis(derived, axis, 0)[index]
    return replace(found, array=array, probabilities=probabilities), thresholds
