"""Regions of a label map, and their trails: the regions of several frames that are the same thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from SegAssistLib.measure.components import bounding_box, label_components, pixels_inside
from SegAssistLib.measure.ellipse import ellipse_axes, second_moments

# Costs and gates of the assignment, in parts of a vessel's own size, so that they hold at any resolution.
REACH = 0.75  # a vessel is looked for within this part of its largest diameter: neighbours lie further away
OTHER_LABEL_COST = 0.5
OTHER_LABEL_IOU = 0.3  # a region of another label is the same vessel only where it lies in the same place
UNMATCHED_COST = 2.0  # as much as a region without overlap at the end of the reach
INSIDE = 0.5  # share of a spare region that has to lie where a vessel was, to be a part of it
# Of the area of the ellipse with the same second moments. One vessel with two labels: at least 0.98 in 95 %
# of simulated cases. Two discs that touch: at most 0.945 when one has a third of the other's diameter.
ONE_VESSEL = 0.95


@dataclass(frozen=True, eq=False)
class Region:
    """A vessel in one frame.

    Attributes:
        frame: index from 0.
        value: its label; that of most of its pixels, or, of several parts, that of the one that was matched.
        where: flat index of its pixels in a frame ``(columns, rows)``, in C order.
        centroid_ij: mean column and row.
        shares: of its pixels, by label.
        parts: number of connected components.
        probability: the network's mean probability of its label; None without a network.
    """

    frame: int
    value: int
    where: np.ndarray
    centroid_ij: tuple[float, float]
    shares: Mapping[int, float]
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
    """For each readable frame its regions, the largest first.

    A region is a connected component of one label. A component of several labels is one region too where it
    is as full as an ellipse: a vessel of whose label the network is not sure.
    """
    box = bounding_box(array != 0) or (slice(0, 1), slice(0, 1), slice(None))
    planes = np.ascontiguousarray(np.moveaxis(array[box[0], box[1]], 2, 0))
    corner = np.array([[box[0].start], [box[1].start]])
    numbers = {value: number for number, value in enumerate(labels.values())}
    known = np.zeros(256, np.uint8)
    known[list(numbers)] = list(numbers)
    for frame in readable:
        plane = known[planes[frame]]
        regions = []
        for index in _vessels(plane):
            counts = np.bincount(plane[tuple(index)])
            value = int(counts.argmax())
            i, j = index + corner
            probability = None
            if probabilities is not None:
                probability = float(probabilities[numbers[value], i, j, frame].mean(dtype=np.float64))
            regions.append(
                Region(
                    frame,
                    value,
                    np.ravel_multi_index((i, j), array.shape[:2]),
                    (float(i.mean()), float(j.mean())),
                    {int(each): float(counts[each] / len(i)) for each in np.flatnonzero(counts)},
                    probability=probability,
                )
            )
        yield sorted(regions, key=lambda region: -region.pixels)


def _vessels(plane: np.ndarray) -> Iterator[np.ndarray]:
    """Columns and rows of the pixels of each region in a label map ``(columns, rows)``."""
    for index in _components(plane != 0):
        values = np.flatnonzero(np.bincount(plane[tuple(index)]))
        if len(values) == 1 or _fills_ellipse(index):
            yield index
        else:
            for value in values:
                part = np.zeros(plane.shape, bool)
                part[tuple(index)] = plane[tuple(index)] == value
                yield from _components(part)


def _components(mask: np.ndarray) -> Iterator[np.ndarray]:
    """Columns and rows of the pixels of each connected component of a mask ``(columns, rows)``."""
    box = bounding_box(mask[:, :, np.newaxis])
    if box is None:
        return
    components, count = label_components(np.ascontiguousarray(mask[box[:2]])[:, :, np.newaxis])
    corner = np.array([[box[0].start], [box[1].start]])
    for number in range(1, count + 1):
        yield pixels_inside(components[:, :, 0] == number) + corner


def _fills_ellipse(index: np.ndarray) -> bool:
    """Whether pixels fill the ellipse that has the same second moments."""
    long, short = ellipse_axes(second_moments(index))
    return index.shape[1] >= ONE_VESSEL * np.pi / 4 * long * short


def _extend(trails: list[Trail], regions: list[Region], size: int) -> None:
    """Add the regions of the next frame, of ``size`` pixels, to their trails, or begin new trails."""
    from scipy.optimize import linear_sum_assignment

    owner = np.full(size, len(regions), np.int32)
    for r, region in enumerate(regions):
        owner[region.where] = r
    matches, overlaps = {}, np.zeros((len(trails), len(regions)), int)
    if trails and regions:
        for trail, shared in zip(trails, overlaps, strict=True):
            shared[:] = np.bincount(owner[trail[-1].where], minlength=len(regions) + 1)[:-1]
        costs = _costs(trails, regions, overlaps)
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


def _costs(trails: Sequence[Trail], regions: Sequence[Region], overlaps: np.ndarray) -> np.ndarray:
    """What it costs to take each region for each trail's vessel.

    Args:
        trails: at least one.
        regions: at least one.
        overlaps: pixels that a region shares with a trail's last one, ``(trails, regions)``.

    Returns:
        Costs from 0, and UNMATCHED_COST where it cannot be, of the same shape.
    """
    last = [trail[-1] for trail in trails]
    (values, pixels, centroids), (here, sizes, middles) = (
        (
            np.array([each.value for each in some]),
            np.array([each.pixels for each in some]),
            np.array([each.centroid_ij for each in some]),
        )
        for some in (last, regions)
    )
    iou = overlaps / (pixels[:, None] + sizes - overlaps)
    largest = np.array([max(each.pixels for each in trail) for trail in trails])
    reach = REACH * 2 * np.sqrt(largest / np.pi)[:, None]
    distance = np.hypot(*np.moveaxis(centroids[:, None] - middles, 2, 0))
    near = np.where(
        (overlaps > 0) | (distance <= reach), 1 - iou + np.minimum(distance / reach, 1), UNMATCHED_COST
    )
    relabelled = np.where(iou >= OTHER_LABEL_IOU, OTHER_LABEL_COST + 1 - iou, UNMATCHED_COST)
    return np.where(values[:, None] == here, near, relabelled)


def _join(whole: Region, part: Region) -> Region:
    sizes = np.array([whole.pixels, part.pixels]) / (whole.pixels + part.pixels)
    values = {*whole.shares, *part.shares}
    centroid = sizes @ np.array([whole.centroid_ij, part.centroid_ij])
    return replace(
        whole,
        where=np.concatenate([whole.where, part.where]),
        centroid_ij=(float(centroid[0]), float(centroid[1])),
        shares={
            value: float(sizes @ [whole.shares.get(value, 0.0), part.shares.get(value, 0.0)])
            for value in values
        },
        parts=whole.parts + part.parts,
    )
