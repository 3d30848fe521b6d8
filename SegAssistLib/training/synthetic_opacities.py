"""Synthetic opacities: soft clouds in the lungs of an X-ray, with the ribs still seen through them.

What an opacity does to a picture is known: fluid in the airspaces takes away more of the beam, so that the
lung comes near to the brightness of soft tissue, its vessels fade (the silhouette sign), and bone, which lies
before and behind, stays. The shapes are ours: smooth noise under a few bell curves.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

FADED = 0.55  # of the lung's own detail where an opacity is densest
SEEN, UNSEEN = 0.15, 0.05  # density above which a pixel is opaque, and up to which it is not


@dataclass(frozen=True)
class Severity:
    """What is drawn for a picture.

    Attributes:
        clouds: fewest and most bell curves.
        radius: of one, smallest and largest, as a share of the lungs' height.
        density: of the densest place, lowest and highest; 1 is soft tissue.
    """

    clouds: tuple[int, int] = (1, 4)
    radius: tuple[float, float] = (0.08, 0.3)
    density: tuple[float, float] = (0.3, 0.95)


SEVERE = Severity(clouds=(5, 9), radius=(0.2, 0.4), density=(0.75, 1.0))


def add_opacities(
    picture: np.ndarray, lungs: np.ndarray, rng: np.random.Generator, severity: Severity | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Draw opacities into the lungs of a picture that has none.

    Args:
        picture: float32 ``(rows, columns)``, 0 to 1.
        lungs: bool, of the same shape.
        rng: draws everything.
        severity: how much; by default anything from a faint spot to a dense lobe.

    Returns:
        The picture, and int8 ``(rows, columns)``: 1 where it is opaque, 0 where it is not, -1 between.
    """
    density = _density(lungs, rng, severity or Severity())
    tissue = float(np.percentile(picture[_hull(lungs)], 92))  # mediastinum and heart lie between the lungs
    height = _height(lungs)
    broad = cv2.GaussianBlur(picture, (0, 0), max(1.0, 0.04 * height))
    brighter = np.maximum(tissue - broad, 0.0)
    drawn = picture + density * (brighter - FADED * (picture - broad))
    seen = np.where(density > SEEN, 1, np.where(density > UNSEEN, -1, 0)).astype(np.int8)
    return np.clip(drawn, 0.0, 1.0).astype(np.float32), seen


def _density(lungs: np.ndarray, rng: np.random.Generator, severity: Severity) -> np.ndarray:
    """From 0 to 1: float32 ``(rows, columns)``."""
    height = _height(lungs)
    places = np.argwhere(lungs)
    down, across = np.indices(lungs.shape, dtype=np.float32)
    clouds = np.zeros(lungs.shape, np.float32)
    for _ in range(rng.integers(severity.clouds[0], severity.clouds[1] + 1)):
        row, column = places[rng.integers(len(places))]
        long, short = height * np.sort(rng.uniform(*severity.radius, 2))[::-1]
        angle = rng.uniform(0, np.pi)
        along = (down - row) * np.cos(angle) + (across - column) * np.sin(angle)
        beside = (across - column) * np.cos(angle) - (down - row) * np.sin(angle)
        cloud = np.exp(-((along / long) ** 2 + (beside / short) ** 2) * 1.5)
        clouds = np.maximum(clouds, np.float32(rng.uniform(0.6, 1)) * cloud)
    patches = sum(
        weight * _noise(lungs.shape, height * size, rng) for weight, size in ((0.6, 0.12), (0.4, 0.04))
    )
    clouds = np.clip(clouds * (1 + rng.uniform(0.1, 0.6) * patches), 0, 1)
    # an opacity ends at the lung's edge, a little blurred as the edge itself is
    inside = cv2.GaussianBlur(lungs.astype(np.float32), (0, 0), max(1.0, 0.012 * height))
    clouds *= inside
    densest = float(np.percentile(clouds[clouds > UNSEEN], 97)) if (clouds > UNSEEN).any() else 1.0
    return np.clip(clouds * np.float32(1 / densest), 0, 1) * np.float32(rng.uniform(*severity.density))


def _noise(shape: tuple[int, int], grain: float, rng: np.random.Generator) -> np.ndarray:
    """Smooth noise of mean 0 and deviation 1, with grains of so many pixels."""
    coarse = [max(3, round(length / max(1.0, grain)) + 2) for length in shape]
    values = rng.standard_normal(coarse).astype(np.float32)
    return cv2.resize(values, shape[::-1], interpolation=cv2.INTER_CUBIC)


def _height(lungs: np.ndarray) -> int:
    rows = np.flatnonzero(lungs.any(axis=1))
    return int(rows[-1] - rows[0] + 1)


def _hull(lungs: np.ndarray) -> np.ndarray:
    """Lungs and what lies between them."""
    hull = np.zeros(lungs.shape, np.uint8)
    points = np.argwhere(lungs)[:, ::-1].astype(np.int32)
    return cv2.fillConvexPoly(hull, cv2.convexHull(points), 1) > 0
