"""Lesions: how many, how large and where, from a mask alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from SegAssistLib.errors import InputError
from SegAssistLib.measure.components import PLANAR, as_mask, axial_axis, bounding_box, label_components
from SegAssistLib.translation import tr as _

# Bounds of the size classes in mm3; a class holds its lower bound. Size strata for lesion detection are
# not standardised. 10 and 50 mm3 are used in the multiple sclerosis literature to set small and medium
# lesions apart; 150 and 1000 mm3 divide the large ones. A sphere of 10, 50, 150 and 1000 mm3 measures
# 2.7, 4.6, 6.6 and 12.4 mm across; the McDonald criteria count lesions from 3 mm.
SIZE_BOUNDS_MM3 = (10.0, 50.0, 150.0, 1000.0)
SIZE_CLASSES = ("under_10_mm3", "10_to_50_mm3", "50_to_150_mm3", "150_to_1000_mm3", "over_1000_mm3")


@dataclass(frozen=True)
class Lesion:
    """One connected component of the mask.

    Attributes:
        id: from 1, by falling volume; of lesions of one volume the one nearest the vertex comes first.
        voxels: number of voxels.
        volume_mm3: None when uncalibrated.
        centroid_ijk: mean voxel index along the array axes.
        centroid_ras: mean position in RAS+ mm; None when uncalibrated.
        inside_ijk: the lesion's own voxel nearest to the centroid, which may lie outside a bent lesion.
        longest_axial_diameter_mm: longest extent within one axial slice; None when uncalibrated. It
            joins the two voxel centres of one slice that lie farthest apart and reaches across both end
            pixels: a row of n pixels of s mm measures n * s, and a single pixel its longer side.
        first_slice, last_slice: indices, from 0, along ``Findings.slice_axis``.
        mean_probability: mean of the network's probability over the lesion; None without a network.
        size_class: one of ``SIZE_CLASSES``; None when uncalibrated.
    """

    id: int
    voxels: int
    volume_mm3: float | None
    centroid_ijk: tuple[float, float, float]
    centroid_ras: tuple[float, float, float] | None
    inside_ijk: tuple[int, int, int]
    longest_axial_diameter_mm: float | None
    first_slice: int
    last_slice: int
    mean_probability: float | None
    size_class: str | None


class SizeClassTotal(NamedTuple):
    """How many lesions a size class holds, and their volume in mm3."""

    size_class: str
    count: int
    volume_mm3: float


@dataclass(frozen=True)
class Findings:
    """All lesions of one mask, and the rule that found them.

    Attributes:
        lesions: by falling volume.
        voxel_volume_mm3: ``abs(det(affine))``; None when uncalibrated.
        slice_axis: the array axis that slices are counted along (see ``axial_axis``).
        slice_count: number of slices, or frames, of the mask.
        connectivity: 6, 18 or 26 neighbours join two voxels; 4 or 8 within each slice alone.
        smallest_mm3: smaller components were left out.
        times_s: of the frames of a clip, in seconds from the first; None where they are not known.
    """

    lesions: tuple[Lesion, ...]
    voxel_volume_mm3: float | None
    slice_axis: int
    slice_count: int
    connectivity: int
    smallest_mm3: float
    times_s: tuple[float, ...] | None = None

    @property
    def planar(self) -> bool:
        """Whether the lesions are those of a picture, or of each frame of a clip: areas, in pixels."""
        return self.connectivity in PLANAR

    @property
    def unit(self) -> str:
        """What ``voxels`` are called."""
        return "pixels" if self.planar else "voxels"

    @property
    def lesion_count(self) -> int:
        """Number of lesions."""
        return len(self.lesions)

    @property
    def total_voxels(self) -> int:
        """Voxels of all lesions."""
        return sum(lesion.voxels for lesion in self.lesions)

    @property
    def total_volume_mm3(self) -> float | None:
        """Volume of all lesions in mm3; None when uncalibrated."""
        return None if self.voxel_volume_mm3 is None else self.total_voxels * self.voxel_volume_mm3

    @property
    def total_volume_ml(self) -> float | None:
        """Volume of all lesions in ml; None when uncalibrated."""
        return None if self.total_volume_mm3 is None else self.total_volume_mm3 / 1000

    @property
    def size_class_totals(self) -> tuple[SizeClassTotal, ...]:
        """Number and volume for every size class, the empty ones too; ``()`` when uncalibrated."""
        if self.voxel_volume_mm3 is None:
            return ()
        totals = []
        for name in SIZE_CLASSES:
            volumes = [lesion.volume_mm3 for lesion in self.lesions if lesion.size_class == name]
            totals.append(SizeClassTotal(name, len(volumes), float(sum(volumes))))
        return tuple(totals)


def size_class(volume_mm3: float) -> str:
    """The size class of a lesion of this volume, one of ``SIZE_CLASSES``."""
    return SIZE_CLASSES[int(np.searchsorted(SIZE_BOUNDS_MM3, volume_mm3, side="right"))]


def find_lesions(
    mask: np.ndarray,
    affine: np.ndarray,
    *,
    probability: np.ndarray | None = None,
    calibrated: bool = True,
    smallest_mm3: float = 0.0,
    connectivity: int = 26,
) -> Findings:
    """Measure every lesion of a mask.

    Args:
        mask: bool or integer, shape ``(i, j, k)``; what is not zero is lesion.
        affine: 4x4, voxel index to RAS+ mm; may be oblique.
        probability: the network's probability on the same grid.
        calibrated: False when the affine is in pixels; every mm value is then None.
        smallest_mm3: smaller components are left out (counted in voxels when uncalibrated).
        connectivity: 6, 18 or 26; 4 or 8 for components within each slice (see ``label_components``).

    Raises:
        InputError: the mask does not have three axes, or the probability lies on another grid.
    """
    mask = as_mask(mask)
    affine = np.asarray(affine, dtype=np.float64)
    if probability is not None and probability.shape != mask.shape:
        raise InputError(
            _("The probability map is {probability} and the mask {mask}: give both on one grid.").format(
                probability=probability.shape, mask=mask.shape
            )
        )
    axis = axial_axis(affine, mask.shape)
    voxel_volume = abs(float(np.linalg.det(affine[:3, :3]))) if calibrated else 1.0

    index, owner, sizes = _voxels_by_component(mask, axis, connectivity)
    kept = np.flatnonzero(sizes * voxel_volume >= smallest_mm3 * (1 - 1e-6))

    centroids = (
        np.stack([np.bincount(owner, index[a], len(sizes)) for a in range(3)], axis=1) / sizes[:, None]
    )
    positions = centroids @ affine[:3, :3].T + affine[:3, 3]
    inside = _nearest_voxels(index, owner, centroids)
    first, last = _first_and_last(owner, index[axis], len(sizes))
    diameters = _longest_diameters(index, owner, len(sizes), affine, axis) if calibrated else None
    means = None
    if probability is not None:
        means = np.bincount(owner, probability[index].astype(np.float64), len(sizes)) / sizes

    # By falling size, then from the vertex down: ids then do not hang on how the file stores the volume.
    # Rounding keeps the last bits of the centroid out of the order.
    right, anterior, superior = positions[kept].round(3).T
    order = kept[np.lexsort((right, anterior, -superior, -sizes[kept]))]

    lesions = tuple(
        Lesion(
            id=number,
            voxels=int(sizes[n]),
            volume_mm3=float(sizes[n] * voxel_volume) if calibrated else None,
            centroid_ijk=tuple(centroids[n].tolist()),
            centroid_ras=tuple(positions[n].tolist()) if calibrated else None,
            inside_ijk=tuple(inside[n].tolist()),
            longest_axial_diameter_mm=float(diameters[n]) if calibrated else None,
            first_slice=int(first[n]),
            last_slice=int(last[n]),
            mean_probability=float(means[n]) if means is not None else None,
            size_class=size_class(sizes[n] * voxel_volume) if calibrated else None,
        )
        for number, n in enumerate(order, start=1)
    )
    return Findings(
        lesions,
        voxel_volume if calibrated else None,
        axis,
        mask.shape[axis],
        connectivity,
        smallest_mm3,
    )


def _voxels_by_component(
    mask: np.ndarray, axis: int, connectivity: int
) -> tuple[tuple[np.ndarray, ...], np.ndarray, np.ndarray]:
    """Every lesion voxel, sorted by component, then slice, then row, then column.

    Returns the three array indices of each voxel, its component (from 0) and the components' sizes.
    """
    box = bounding_box(mask)
    if box is None:
        none = np.zeros(0, np.intp)
        return (none, none, none), none, none
    axes = (axis, *(a for a in range(3) if a != axis))
    labels, count = label_components(
        np.ascontiguousarray(mask[box].transpose(axes)), connectivity, plane_axis=0
    )
    # In C order np.nonzero goes slice by slice and row by row; the stable sort keeps that within a component.
    flat = np.flatnonzero(labels)
    owner = labels.ravel()[flat].astype(np.intp) - 1
    order = np.argsort(owner, kind="stable")
    within = np.unravel_index(flat[order], labels.shape)
    index = [np.empty(0, np.intp)] * 3
    for a, values in zip(axes, within, strict=True):
        index[a] = values + box[a].start
    return tuple(index), owner[order], np.bincount(owner, minlength=count)


def _nearest_voxels(index: tuple[np.ndarray, ...], owner: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """For each component its voxel nearest to its centroid, in voxels: ``(components, 3)``."""
    voxels = np.stack(index, axis=1)
    distance = ((voxels - centroids[owner]) ** 2).sum(axis=1)
    nearest = np.lexsort((distance, owner))
    return voxels[nearest[np.searchsorted(owner, np.arange(len(centroids)))]]


def _first_and_last(owner: np.ndarray, slices: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """First and last slice of each component; the voxels are sorted by component, then slice."""
    numbers = np.arange(count)
    starts = np.searchsorted(owner, numbers)
    ends = np.searchsorted(owner, numbers, side="right")
    return slices[starts], slices[ends - 1]


def _longest_diameters(
    index: tuple[np.ndarray, ...], owner: np.ndarray, count: int, affine: np.ndarray, axis: int
) -> np.ndarray:
    """The longest extent of each component within one slice in mm; the voxels are sorted as above.

    With the farthest pair of centres d = (di, dj) apart in pixels and ``|A d|`` apart in mm, a line along d
    crosses a pixel over ``|A d| / max(|di|, |dj|)``: half of that is added at either end.
    """
    rows, columns = (a for a in range(3) if a != axis)
    slices, row, column = index[axis], index[rows], index[columns]
    plane = affine[:3, [rows, columns]]
    longest = np.full(count, np.linalg.norm(plane, axis=0).max())

    # Only the first and last pixel of each row can end a longest line.
    new_slice = np.flatnonzero(np.diff(owner, prepend=-1) | np.diff(slices, prepend=-1))
    new_row = np.diff(row, prepend=-1) != 0
    new_row[new_slice] = True
    ends = new_row | np.roll(new_row, -1)
    points = np.stack([row[ends], column[ends]], axis=1)
    bounds = np.append(np.cumsum(ends)[new_slice] - 1, len(points))

    for n, start, stop in zip(owner[new_slice], bounds[:-1], bounds[1:], strict=True):
        if stop - start > 1:
            longest[n] = max(longest[n], _extent(points[start:stop], plane))
    return longest


def _extent(points: np.ndarray, plane: np.ndarray) -> float:
    """The longest line across pixels, in mm: points ``(n, 2)`` in pixels, plane ``(3, 2)`` to mm."""
    if len(points) > 64:
        points = _hull(points)
    steps = points[:, None] - points[None]
    lengths = np.linalg.norm(steps @ plane.T, axis=2)
    # Several pairs may be equally far apart; which of them is found must not matter.
    farthest = lengths >= lengths.max() - 1e-6
    pixels = np.abs(steps[farthest]).max(axis=1)
    return float((lengths[farthest] * (1 + 1 / pixels)).max())


def _hull(points: np.ndarray) -> np.ndarray:
    """The corners of the convex hull of whole-numbered points ``(n, 2)``."""
    import cv2

    return cv2.convexHull(points.astype(np.int32))[:, 0].astype(points.dtype)
