"""Regions of a label map, and their trails: the regions of several frames that are the same thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from SegAssistLib.measure.components import bounding_box, label_components

# Costs and gates of the assignment, in parts of a vessel's own size, so that they hold at any resolution.
REACH = 0.75  # a vessel is looked for within this part of its largest diameter: neighbours lie further away
OTHER_LABEL_COST = 0.5
OTHER_LABEL_IOU = 0.3  # a region of another label is the same vessel only where it lies in the same place
UNMATCHED_COST = 2.0  # as much as a region without overlap at the end of the reach
INSIDE = 0.5  # share of a spare region that has to lie where a vessel was, to be a part of it


@dataclass(frozen=True, eq=False)
class Region:
    """A vessel in one frame.

    Attributes:
        frame: index from 0.
        value: its label; of several parts that of the one that was matched.
        where: flat index of its pixels in a frame ``(columns, rows)``, in C order.
        centroid_ij: mean column and row.
        parts: number of connected components.
        probability: the network's mean probability of its label; None without a network.
    """

    frame: int
    value: int
    where: np.ndarray
    centroid_ij: tuple[float, float]
    parts: int = 1
    probability: float | None = None

    @property
    def pixels(self) -> int:
        """Area in pixels."""
        return len(self.where)


Trail = list[Region]  # one thing's regions, by frame


def follow(
    array: np.ndarray,
    labels: Mapping[str, int],
    readable: Sequence[int],
    probabilities: np.ndarray | None = None,
) -> list[Trail]:
    """Join the regions of the frames to trails.

    Regions are assigned to trails frame by frame at the least total cost (Kuhn's Hungarian method): little
    overlap with the trail's last region, distance from it, and another label cost. A trail that is lost stays
    open and may be found again within reach. A region that is left over is a part of the trail whose place it
    lies in, or begins a trail of its own.

    Args:
        array: uint8 label values, shape ``(columns, rows, frames)``.
        labels: names and values.
        readable: indices of the frames to look at, rising.
        probabilities: of the labels in their order, ``(labels, columns, rows, frames)``.
    """
    trails: list[Trail] = []
    for regions in _regions(array, labels, readable, probabilities):
        _extend(trails, regions, array.shape[0] * array.shape[1])
    return trails


def _regions(
    array: np.ndarray,
    labels: Mapping[str, int],
    readable: Sequence[int],
    probabilities: np.ndarray | None,
) -> Iterator[list[Region]]:
    """For each readable frame the connected components of each label, the largest first."""
    box = bounding_box(array != 0) or (slice(0, 1), slice(0, 1), slice(None))
    planes = np.ascontiguousarray(np.moveaxis(array[box[0], box[1]], 2, 0))
    for frame in readable:
        regions = []
        for number, value in enumerate(labels.values()):
            components, _ = label_components((planes[frame] == value)[:, :, np.newaxis])
            columns, rows, _ = np.nonzero(components)
            owner = components[columns, rows, 0]
            columns, rows = columns + box[0].start, rows + box[1].start
            for component in np.unique(owner):
                i, j = columns[owner == component], rows[owner == component]
                probability = None
                if probabilities is not None:
                    probability = float(probabilities[number, i, j, frame].mean(dtype=np.float64))
                where = np.ravel_multi_index((i, j), array.shape[:2])
                centroid = (float(i.mean()), float(j.mean()))
                regions.append(Region(frame, value, where, centroid, probability=probability))
        yield sorted(regions, key=lambda region: -region.pixels)


def _extend(trails: list[Trail], regions: list[Region], size: int) -> None:
    """Add the regions of the next frame, of ``size`` pixels, to their trails, or begin new trails."""
    from scipy.optimize import linear_sum_assignment

    owner = np.full(size, len(regions), np.int32)
    for r, region in enumerate(regions):
        owner[region.where] = r
    overlaps = [np.bincount(owner[trail[-1].where], minlength=len(regions) + 1) for trail in trails]
    costs = np.array(
        [
            [_cost(trail, region, int(n)) for region, n in zip(regions, shared[:-1], strict=True)]
            for trail, shared in zip(trails, overlaps, strict=True)
        ]
    )
    matches = {}
    if costs.size:
        matches = {
            r: p for p, r in zip(*linear_sum_assignment(costs), strict=True) if costs[p, r] < UNMATCHED_COST
        }
    for r, p in matches.items():
        trails[p].append(regions[r])
    for r, spare in enumerate(regions):
        if r not in matches:
            whole = next((p for p in matches.values() if overlaps[p][r] >= INSIDE * spare.pixels), None)
            if whole is None:
                trails.append([spare])
            else:
                trails[whole][-1] = _join(trails[whole][-1], spare)


def _cost(trail: Trail, region: Region, overlap: int) -> float:
    """What it costs to take the region for the trail's vessel: from 0; UNMATCHED_COST when it cannot be."""
    last = trail[-1]
    iou = overlap / (last.pixels + region.pixels - overlap)
    if region.value != last.value:
        return OTHER_LABEL_COST + 1 - iou if iou >= OTHER_LABEL_IOU else UNMATCHED_COST
    reach = REACH * 2 * float(np.sqrt(max(each.pixels for each in trail) / np.pi))
    distance = float(np.hypot(*np.subtract(last.centroid_ij, region.centroid_ij)))
    if overlap == 0 and distance > reach:
        return UNMATCHED_COST
    return 1 - iou + min(distance / reach, 1.0)


def _join(whole: Region, part: Region) -> Region:
    sizes = np.array([whole.pixels, part.pixels]) / (whole.pixels + part.pixels)
    centroid = sizes @ np.array([whole.centroid_ij, part.centroid_ij])
    return replace(
        whole,
        where=np.concatenate([whole.where, part.where]),
        centroid_ij=(float(centroid[0]), float(centroid[1])),
        parts=whole.parts + part.parts,
    )
