"""Opacity: which share of the lungs in a frontal chest X-ray is opaque, by side and half, from a mask."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from SegAssistLib.errors import InputError
from SegAssistLib.measure.components import label_components
from SegAssistLib.translation import tr as _

MEDIAL = 2.0  # percent of a lung's pixels that may lie beyond its inner border: a stray stroke moves nothing
OUTSIDE = "outside the lungs"


@dataclass(frozen=True)
class Region:
    """A part of the lungs.

    Attributes:
        name: ``lungs``, ``right lung``, ``left lung``, ``right upper half`` and so on.
        lung_pixels: of the part, with what opacities hide of it.
        opaque_pixels: of these, those that an opacity covers.
        pixel_area_mm2: None when uncalibrated.
    """

    name: str
    lung_pixels: int
    opaque_pixels: int
    pixel_area_mm2: float | None

    @property
    def share(self) -> float | None:
        """Opaque part of the region, from 0 to 1; None where no lung was found."""
        return self.opaque_pixels / self.lung_pixels if self.lung_pixels else None

    @property
    def lung_area_mm2(self) -> float | None:
        """At the scale that the file states, which for an X-ray is mostly the detector's."""
        return None if self.pixel_area_mm2 is None else self.lung_pixels * self.pixel_area_mm2

    @property
    def opaque_area_mm2(self) -> float | None:
        """As :attr:`lung_area_mm2`."""
        return None if self.pixel_area_mm2 is None else self.opaque_pixels * self.pixel_area_mm2


@dataclass(frozen=True)
class Opacity:
    """One connected opacity.

    Attributes:
        id: from 1, by falling size.
        x, y: column and row of its box's first pixel, from 0.
        width, height: of the box, in pixels.
        pixels: that it covers.
        area_mm2: None when uncalibrated.
        region: ``right lung``, ``left lung``, ``both lungs`` or :data:`OUTSIDE`.
        mean_probability: of the network over its pixels; None without one.
    """

    id: int
    x: int
    y: int
    width: int
    height: int
    pixels: int
    area_mm2: float | None
    region: str
    mean_probability: float | None


@dataclass(frozen=True)
class OpacityFindings:
    """What a mask of opacities and lungs says.

    Attributes:
        regions: ``lungs``, then each lung, each with its upper and lower half.
        opacities: by falling size.
        probability: that the picture shows pneumonia at all; None for a mask without the network's
            probabilities, e.g. one that a person edited.
        pixel_area_mm2: None when uncalibrated.
        notes: sentences about what could not be measured.
    """

    regions: tuple[Region, ...]
    opacities: tuple[Opacity, ...]
    probability: float | None
    pixel_area_mm2: float | None
    notes: tuple[str, ...]

    def region(self, name: str) -> Region:
        """The region of that name."""
        return next(region for region in self.regions if region.name == name)


def measure_opacity(
    array: np.ndarray,
    opacity: int,
    right_lung: int,
    left_lung: int,
    pixel_area_mm2: float | None = None,
    opacity_probability: np.ndarray | None = None,
    probability: float | None = None,
) -> OpacityFindings:
    """Measure opacities and the lungs that they lie in.

    A mask has one label at a pixel, so an opacity hides the lung below it. What it hides is taken back so:

    - *Sides* are divided by a vertical line halfway between the inner borders of the two lungs, or in the
      middle of the picture where one of them is not marked.
    - *A connected opacity lies in the lungs* if it meets, in at least one pixel, the hull of a lung and
      of the other lung's mirror image about that line. A lung that is hidden in part or altogether is so
      found where its fellow says it must be; marks on neck, arms or abdomen count as no lung. All pixels
      of an opacity that lies in the lungs count as lung, each on its side of the line.
    - *Upper and lower half* of a lung (with what is hidden) are divided at the row halfway between its first
      and its last row.

    Args:
        array: uint8 label values, shape ``(columns, rows, 1)``; the patient upright, rows downwards.
        opacity: the label's value.
        right_lung: likewise.
        left_lung: likewise.
        pixel_area_mm2: None when uncalibrated.
        opacity_probability: the network's, of the same shape.
        probability: of the whole picture, see :class:`~SegAssistLib.measure.pooling.ImageLevel`.

    Raises:
        InputError: more than one picture.
    """
    if array.ndim != 3 or array.shape[2] != 1:
        raise InputError(_("Opacities are measured in a single picture; give the mask of one X-ray."))
    plane = array[:, :, 0]
    lungs = [plane == right_lung, plane == left_lung]
    components, count = label_components((plane == opacity)[:, :, np.newaxis], connectivity=8)
    components = components[:, :, 0]
    sides = _sides(lungs)
    notes = []
    if not (lungs[0].any() or lungs[1].any()):
        inside = np.zeros(plane.shape, bool)
        notes.append(_("No lung is marked, so there is no share of the lung that is opaque."))
    else:
        missing = [name for name, lung in zip(("right", "left"), lungs, strict=True) if not lung.any()]
        notes += [
            _("The {name} lung is not marked; what is opaque on its side counts as all of it.").format(
                name=name
            )
            for name in missing
        ]
        reached = np.unique(components[_expected(lungs, sides)])
        inside = np.isin(components, reached[reached > 0])
    whole = [(lung | inside) & side for lung, side in zip(lungs, sides, strict=True)]
    regions = _regions(whole, inside, pixel_area_mm2)
    order = np.argsort(-np.bincount(components.ravel(), minlength=count + 1)[1:], kind="stable") + 1
    opacities = tuple(
        _opacity(number, components == component, inside, sides, pixel_area_mm2, opacity_probability)
        for number, component in enumerate(order, 1)
    )
    return OpacityFindings(regions, opacities, probability, pixel_area_mm2, tuple(notes))


def _sides(lungs: list[np.ndarray]) -> list[np.ndarray]:
    """The picture's half of the right lung and that of the left one, bool ``(columns, rows)``."""
    columns = np.arange(lungs[0].shape[0])
    if lungs[0].any() and lungs[1].any():
        places = [np.nonzero(lung)[0] for lung in lungs]
        right_first = places[0].mean() <= places[1].mean()
        first, second = places if right_first else places[::-1]
        line = (np.percentile(first, 100 - MEDIAL) + np.percentile(second, MEDIAL)) / 2
    else:  # as X-rays are hung: the patient's right on the left of the picture
        right_first, line = True, (len(columns) - 1) / 2
    right = (columns <= line) == right_first
    return [np.broadcast_to(side[:, np.newaxis], lungs[0].shape) for side in (right, ~right)]


def _expected(lungs: list[np.ndarray], sides: list[np.ndarray]) -> np.ndarray:
    """Where lungs must lie: on each side the hull of its lung and of the other's mirror image."""
    import cv2

    first = sides[0] if sides[0][0, 0] else sides[1]
    doubled = 2 * np.count_nonzero(first[:, 0]) - 1  # a column and its mirror image add up to this
    expected = np.zeros(lungs[0].shape, np.uint8)
    for own, other in (lungs, lungs[::-1]):
        mirrored = np.argwhere(other)
        mirrored[:, 0] = doubled - mirrored[:, 0]
        points = np.concatenate([np.argwhere(own), mirrored])[:, ::-1]  # OpenCV's x is the second axis
        cv2.fillConvexPoly(expected, cv2.convexHull(points.astype(np.int32)), 1)
    return expected > 0


def _regions(whole: list[np.ndarray], opaque: np.ndarray, pixel_area_mm2: float | None) -> tuple[Region, ...]:
    def region(name: str, part: np.ndarray) -> Region:
        counts = (int(np.count_nonzero(each)) for each in (part, part & opaque))
        return Region(name, *counts, pixel_area_mm2)

    regions = [region("lungs", whole[0] | whole[1])]
    for side, lung in zip(("right", "left"), whole, strict=True):
        rows = np.flatnonzero(lung.any(axis=0))
        middle = (rows[0] + rows[-1] + 1) // 2 if rows.size else 0
        upper = np.arange(lung.shape[1]) < middle
        regions += [
            region(f"{side} lung", lung),
            region(f"{side} upper half", lung & upper),
            region(f"{side} lower half", lung & ~upper),
        ]
    return tuple(regions)


def _opacity(
    number: int,
    mask: np.ndarray,
    inside: np.ndarray,
    sides: list[np.ndarray],
    pixel_area_mm2: float | None,
    probability: np.ndarray | None,
) -> Opacity:
    columns, rows = np.nonzero(mask)
    x, y = int(columns.min()), int(rows.min())
    on = [name for name, side in zip(("right", "left"), sides, strict=True) if side[columns, rows].any()]
    region = OUTSIDE
    if inside[columns[0], rows[0]]:
        region = "both lungs" if len(on) == 2 else f"{on[0]} lung"
    return Opacity(
        id=number,
        x=x,
        y=y,
        width=int(columns.max()) - x + 1,
        height=int(rows.max()) - y + 1,
        pixels=len(columns),
        area_mm2=None if pixel_area_mm2 is None else len(columns) * pixel_area_mm2,
        region=region,
        mean_probability=None
        if probability is None
        else float(probability[columns, rows, 0].mean(dtype=np.float64)),
    )
