"""Lung outlines: the lungs of a chest X-ray without large opacities, found without anything learned.

A teacher for networks where nobody has outlined lungs. Many pictures give no plausible pair of lungs, and
those it says nothing about; a network learns from the others, whose mistakes differ, what they share.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

RIGHT, LEFT = 1, 2  # the patient's sides; the right lung is on the left of the picture
WORKING_SIZE = 256  # pixels of the longer side
LEVELS = np.linspace(0.08, 0.75, 28)  # of the grey values of a half of the picture
AREA = (0.045, 0.24)  # of the picture, one lung
HEIGHT, WIDTH = (0.25, 0.85), (0.1, 0.45)  # of the picture


@dataclass(frozen=True, eq=False)
class _Lung:
    """One candidate: its pixels, how well its outline follows the picture, and its shape."""

    mask: np.ndarray
    score: float
    solidity: float

    @property
    def rows(self) -> tuple[int, int]:
        filled = np.flatnonzero(self.mask.any(axis=1))
        return int(filled[0]), int(filled[-1])


def find_lungs(picture: np.ndarray) -> np.ndarray | None:
    """Outline both lungs, or return None where no plausible pair is found.

    The picture is flattened (half of its broad brightness is taken away) and split at the bright column of
    the spine. In each half, the largest dark region that does not touch the picture's edge is taken at 28
    grey levels; its holes and the gaps between ribs are closed. The level is kept whose outline lies on the
    strongest edges and encloses a large region without bays (edge strength x solidity squared x root of
    the area). A pair is plausible when both are solid and the two are alike in height, position and area.

    Args:
        picture: grey ``(rows, columns)``, bright bone, the patient upright and seen from the front.

    Returns:
        uint8 ``(rows, columns)``: 0, ``RIGHT`` or ``LEFT``.
    """
    rows, columns = picture.shape
    scale = WORKING_SIZE / max(rows, columns)
    size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    small = cv2.GaussianBlur(small, (0, 0), 2.0)
    flat = small - 0.5 * cv2.GaussianBlur(small, (0, 0), WORKING_SIZE / 3)
    edges = _edge_strength(small)
    middle = _spine(small)
    pair = [_best(flat, edges, slice(0, middle)), _best(flat, edges, slice(middle + 1, size[0]))]
    if None in pair or not _plausible(*pair, small.shape[0]):
        return None
    found = np.zeros(small.shape, np.uint8)
    for value, lung in zip((RIGHT, LEFT), pair, strict=True):
        found[lung.mask] = value
    return cv2.resize(found, (columns, rows), interpolation=cv2.INTER_NEAREST_EXACT)


def _edge_strength(picture: np.ndarray) -> np.ndarray:
    """Gradient in units of the local contrast."""
    broad = WORKING_SIZE / 6
    deviation = picture - cv2.GaussianBlur(picture, (0, 0), broad)
    contrast = np.sqrt(cv2.GaussianBlur(deviation**2, (0, 0), broad))
    gradient = np.hypot(cv2.Sobel(picture, cv2.CV_32F, 1, 0), cv2.Sobel(picture, cv2.CV_32F, 0, 1))
    return gradient / (contrast + 0.02 * np.ptp(picture) + 1e-6)


def _spine(picture: np.ndarray) -> int:
    """The brightest column of the middle third, between the clavicles and the diaphragm."""
    rows, columns = picture.shape
    profile = cv2.GaussianBlur(picture, (0, 0), 6)[rows // 5 : 3 * rows // 5].mean(axis=0)
    first, last = round(0.35 * columns), round(0.65 * columns)
    return first + int(np.argmax(profile[first:last]))


def _best(flat: np.ndarray, edges: np.ndarray, half: slice) -> _Lung | None:
    rows = flat.shape[0]
    levels = np.quantile(flat[rows // 5 : 4 * rows // 5, half], LEVELS)
    candidates = (_candidate(flat, edges, half, level) for level in levels)
    return max((each for each in candidates if each), key=lambda lung: lung.score, default=None)


def _candidate(flat: np.ndarray, edges: np.ndarray, half: slice, level: float) -> _Lung | None:
    """What is darker than ``level`` in this half, as one region without holes."""
    dark = np.zeros(flat.shape, np.uint8)
    dark[:, half] = flat[:, half] < level
    region = _largest(dark, inside=True)
    if region is None:
        return None
    region = cv2.morphologyEx(region, cv2.MORPH_CLOSE, _disc(6))
    region = cv2.morphologyEx(_filled(region), cv2.MORPH_OPEN, _disc(4))
    region = _largest(region, inside=False)
    if region is None or not AREA[0] < region.mean() < AREA[1]:
        return None
    _, _, width, height = cv2.boundingRect(region)
    if not (HEIGHT[0] < height / flat.shape[0] < HEIGHT[1] and WIDTH[0] < width / flat.shape[1] < WIDTH[1]):
        return None
    outline = _outline(region)
    solidity = float(region.sum() / max(1.0, cv2.contourArea(cv2.convexHull(outline))))
    strength = float(edges[outline[:, 0, 1], outline[:, 0, 0]].mean())
    return _Lung(region > 0, strength * solidity**2 * float(region.mean()) ** 0.5, solidity)


def _largest(region: np.ndarray, inside: bool) -> np.ndarray | None:
    """The largest connected part; with ``inside`` only of those that do not touch the picture's edge."""
    count, parts, statistics, _ = cv2.connectedComponentsWithStats(region, connectivity=4)
    areas = statistics[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    if inside:
        areas[np.unique(np.concatenate([parts[0], parts[-1], parts[:, 0], parts[:, -1]]))] = 0
    return (parts == np.argmax(areas)).astype(np.uint8) if areas.any() and count > 1 else None


def _filled(region: np.ndarray) -> np.ndarray:
    filled = np.zeros_like(region)
    return cv2.drawContours(filled, [_outline(region)], -1, 1, cv2.FILLED)


def _outline(region: np.ndarray) -> np.ndarray:
    outlines, _ = cv2.findContours(region, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return max(outlines, key=cv2.contourArea)


def _disc(radius: int) -> np.ndarray:
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))


def _plausible(right: _Lung, left: _Lung, rows: int) -> bool:
    (top, bottom), (other_top, other_bottom) = right.rows, left.rows
    heights = (bottom - top) / (other_bottom - other_top)
    areas = right.mask.sum() / left.mask.sum()
    return (
        min(right.solidity, left.solidity) > 0.88
        and 0.8 < heights < 1.3
        and 0.75 < areas < 1.8
        and abs(top - other_top) < 0.08 * rows
        and abs(bottom - other_bottom) < 0.12 * rows
    )
