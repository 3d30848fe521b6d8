"""DICOM planes in space: where each slice lies, and the regular stack that they form.

All positions are in the patient's LPS space in mm (PS3.3, section C.7.6.2).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from SegAssistLib.errors import InputError
from SegAssistLib.io.dicom_header import Header, described
from SegAssistLib.translation import tr as _

_TOLERANCE = 0.1  # of the distance between slices: how far one may lie from its place in the stack
_SAME_PLACE = 1e-3  # mm
_SAME_DIRECTION = 1e-3  # of a unit vector: 0.06 degrees

# The functional group of an enhanced object that holds each attribute (PS3.3, section C.7.6.16.2).
_MACRO = {
    "ImagePositionPatient": "PlanePositionSequence",
    "ImageOrientationPatient": "PlaneOrientationSequence",
    "PixelSpacing": "PixelMeasuresSequence",
    "SliceThickness": "PixelMeasuresSequence",
    "SpacingBetweenSlices": "PixelMeasuresSequence",
    "RescaleSlope": "PixelValueTransformationSequence",
    "RescaleIntercept": "PixelValueTransformationSequence",
}


@dataclass(frozen=True)
class Plane:
    """One slice.

    Attributes:
        position: centre of the first pixel, shape ``(3,)``.
        axes: unit vectors along a row (columns increase) and down a column, shape ``(2, 3)``.
        spacing: distance between columns and between rows in mm, shape ``(2,)``.
        thickness: distance to the next slice as the header states it, or None.
        slope, intercept: stored value to real value.
    """

    position: np.ndarray
    axes: np.ndarray
    spacing: np.ndarray
    thickness: float | None
    slope: float
    intercept: float


def classic_plane(header: Header) -> Plane:
    """The plane of a file with one slice.

    Raises:
        InputError: it does not say where the slice lies, or its rescaling makes no sense.
    """
    return _plane(lambda _keyword: header, header.path)


def enhanced_planes(header: Header) -> list[Plane]:
    """The planes of an enhanced multi-frame object, in the order of its frames.

    Raises:
        InputError: as :func:`classic_plane`.
    """
    shared = header.items("SharedFunctionalGroupsSequence")[:1]

    def holder_in(frame: Header) -> Callable[[str], Header | None]:
        def holder(keyword: str) -> Header | None:
            for groups in (frame, *shared):
                if macro := groups.items(_MACRO[keyword]):
                    return macro[0]
            return None

        return holder

    return [
        _plane(holder_in(frame), header.path) for frame in header.items("PerFrameFunctionalGroupsSequence")
    ]


def stack(planes: Sequence[Plane], where: Path) -> tuple[list[int], np.ndarray]:
    """Order planes along their normal and give the affine of the volume that they form.

    Returns:
        The indices of the planes in ascending position along row x column direction, and the 4x4
        affine from voxel index ``(column, row, slice)`` to LPS mm.

    Raises:
        InputError: different directions or spacings, two slices at one position, a gap.
    """
    first = planes[0]
    axes, spacing = first.axes, first.spacing
    if any(np.abs(plane.axes - axes).max() > _SAME_DIRECTION for plane in planes):
        raise InputError(
            _("{where} mixes slices of different orientations; choose a series with one").format(where=where)
        )
    if any(not np.allclose(plane.spacing, spacing, rtol=1e-3) for plane in planes):
        raise InputError(
            _("{where} mixes slices of different pixel sizes; choose a series with one").format(where=where)
        )
    normal = np.cross(*axes)
    order = sorted(range(len(planes)), key=lambda index: float(planes[index].position @ normal))
    positions = np.array([planes[index].position for index in order])
    if len(planes) == 1:
        if not first.thickness:
            raise InputError(
                _("{where} is a single slice that does not say how thick it is; choose its series").format(
                    where=where
                )
            )
        step = normal * first.thickness
    else:
        step = _step(positions, normal, where)
    affine = np.eye(4)
    affine[:3, :3] = np.column_stack([axes[0] * spacing[0], axes[1] * spacing[1], step])
    affine[:3, 3] = positions[0]
    return order, affine


def _step(positions: np.ndarray, normal: np.ndarray, where: Path) -> np.ndarray:
    """The vector from one slice to the next, for positions in ascending order."""
    gaps = np.diff(positions @ normal)
    if gaps.min() < _SAME_PLACE:
        raise InputError(
            _(
                "{where} holds several slices at the same position (time points, echoes or "
                "repeats); export one of them as a series of its own"
            ).format(where=where)
        )
    usual = np.median(gaps)
    if np.abs(gaps - usual).max() > _TOLERANCE * usual:
        raise InputError(
            _(
                "{where} has uneven gaps between its slices (usually {usual:.2f} mm, once "
                "{largest:.2f} mm), so a slice is missing or extra; export the series again"
            ).format(where=where, usual=usual, largest=gaps.max())
        )
    step = (positions[-1] - positions[0]) / (len(positions) - 1)
    if np.linalg.norm(np.diff(positions, axis=0) - step, axis=1).max() > _TOLERANCE * usual:
        raise InputError(
            _("{where} has slices that do not lie in one straight stack; export the series again").format(
                where=where
            )
        )
    return step


def _plane(holder: Callable[[str], Header | None], where: Path) -> Plane:
    """The plane of a slice; ``holder`` gives the part of the header that an element is in."""

    def place(keyword: str, count: int) -> np.ndarray:
        header = holder(keyword)
        values = header.numbers(keyword, count) if header is not None else ()
        if not values:
            raise InputError(
                _(
                    "{where} does not say where its image lies ({element} is missing or makes no "
                    "sense); choose the original series"
                ).format(where=where, element=described(keyword))
            )
        return np.array(values, dtype=np.float64)

    def optional(keyword: str) -> float | None:
        header = holder(keyword)
        return None if header is None else header.number(keyword)

    def rescale(keyword: str, otherwise: float) -> float:
        header = holder(keyword)
        values = header.stated(keyword, 1) if header is not None else ()
        return values[0] if values else otherwise

    thickness = optional("SpacingBetweenSlices") or optional("SliceThickness")
    slope = rescale("RescaleSlope", 1.0)
    if slope == 0:
        raise InputError(
            _("{where} is damaged: its {element} is 0; export it again").format(
                where=where, element=described("RescaleSlope")
            )
        )
    return Plane(
        position=place("ImagePositionPatient", 3),
        axes=place("ImageOrientationPatient", 6).reshape(2, 3),
        # Pixel Spacing is the distance between rows first, then between columns (PS3.3, 10.7.1.3)
        spacing=place("PixelSpacing", 2)[::-1],
        thickness=abs(thickness) if thickness else None,
        slope=slope,
        intercept=rescale("RescaleIntercept", 0.0),
    )
