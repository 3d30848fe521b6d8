"""Lesion review: which lesions of a result a person has seen, and taking one out of the mask."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from SegAssistLib.errors import InputError
from SegAssistLib.measure.components import bounding_box, label_components
from SegAssistLib.measure.lesions import Findings, Lesion
from SegAssistLib.scene.records import record_reviewed, reviewed_voxels
from SegAssistLib.scene.result_nodes import ResultNodes
from SegAssistLib.task import Task
from SegAssistLib.translation import tr as _


def find_lesion(findings: Findings, lesion_id: int) -> Lesion:
    """The lesion with this id.

    Raises:
        InputError: there is none.
    """
    for lesion in findings.lesions:
        if lesion.id == lesion_id:
            return lesion
    raise InputError(
        _("There is no lesion {lesion}; click Update and choose one of the table.").format(lesion=lesion_id)
    )


def reviewed_ids(nodes: ResultNodes, findings: Findings, array: np.ndarray) -> frozenset[int]:
    """Ids of the lesions that hold a voxel which a reviewed lesion had."""
    voxels = reviewed_voxels(nodes.records, nodes.volume)
    return frozenset(_ids_at(findings, array, voxels, nodes.task))


def mark(nodes: ResultNodes, findings: Findings, array: np.ndarray, lesion: Lesion, reviewed: bool) -> None:
    """Record that a lesion was reviewed, or that it was not."""
    voxels = [
        voxel
        for voxel in reviewed_voxels(nodes.records, nodes.volume)
        if lesion.id not in _ids_at(findings, array, [voxel], nodes.task)
    ]
    if reviewed:
        voxels.append(lesion.inside_ijk)
    record_reviewed(nodes.records, nodes.volume, voxels)


def without_lesion(array: np.ndarray, lesion: Lesion, task: Task) -> np.ndarray:
    """The mask without one lesion, as that is now.

    Raises:
        InputError: it is not there any more.
    """
    components, _count = label_components(array == task.labels[0].value, task.connectivity)
    number = components[lesion.inside_ijk]
    if not number:
        raise InputError(
            _("Lesion {lesion} was edited since it was measured; click Update first.").format(
                lesion=lesion.id
            )
        )
    return np.where(components == number, np.uint8(0), array)


def next_lesion(
    before: Findings, lesion_id: int, after: Findings, array: np.ndarray, task: Task
) -> int | None:
    """The lesion to go on with when one was deleted: that which followed it, or else the one before it.

    Args:
        before: the findings with the deleted lesion.
        lesion_id: its id in them.
        after: the findings without it, in which the others have other ids.
        array: the mask that those were measured in, uint8 ``(i, j, k)``.
        task: what was looked for.

    Returns:
        Its id in ``after``; None when none is left.
    """
    place = next(n for n, lesion in enumerate(before.lesions) if lesion.id == lesion_id)
    for lesion in (*before.lesions[place + 1 :], *reversed(before.lesions[:place])):
        ids = _ids_at(after, array, [lesion.inside_ijk], task)
        if ids:
            return ids.pop()
    return None


def _ids_at(
    findings: Findings, array: np.ndarray, voxels: Collection[tuple[int, int, int]], task: Task
) -> set[int]:
    """Ids of the lesions that hold any of these voxels."""
    inside = array == task.labels[0].value
    box = bounding_box(inside)
    if not voxels or box is None:
        return set()
    components, _count = label_components(np.ascontiguousarray(inside[box]), task.connectivity)

    def number(voxel: tuple[int, int, int]) -> int:
        local = tuple(index - part.start for index, part in zip(voxel, box, strict=True))
        within = all(0 <= n < size for n, size in zip(local, components.shape, strict=True))
        return int(components[local]) if within else 0

    marked = {number(voxel) for voxel in voxels} - {0}
    return {lesion.id for lesion in findings.lesions if number(lesion.inside_ijk) in marked}
