"""Augmentation: what may differ between two ultrasound pictures of the same vessels."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import cv2
import numpy as np
from monai.transforms import (
    Compose,
    MapTransform,
    RandAdjustContrastd,
    RandGaussianNoised,
    RandGaussianSmoothd,
    RandomizableTransform,
    RandScaleIntensityd,
    ScaleIntensityRanged,
    ToTensord,
)

KEYS = ("image", "classes")
Example = dict[Hashable, np.ndarray]


class RandProjectived(RandomizableTransform, MapTransform):
    """Mirror, turn, scale, shift and tilt a picture and its classes, by one projective map.

    What comes from beyond the picture is black and no vessel.
    """

    def __init__(
        self,
        size: int,
        turn: float = 20.0,
        scale: float = 1.35,
        shift: float = 0.12,
        tilt: float = 0.06,
        mirror: bool = True,
    ) -> None:
        """Set what is drawn.

        Args:
            size: rows and columns of the result.
            turn: largest angle in degrees.
            scale: largest factor, and one over the smallest; rows and columns differ by up to its root.
            shift: largest, as a share of ``size``.
            tilt: by how much each corner moves on its own, likewise.
            mirror: whether half of the pictures are mirrored.
        """
        RandomizableTransform.__init__(self, 1.0)
        MapTransform.__init__(self, KEYS)
        self.size, self.turn, self.scale, self.shift, self.tilt = size, turn, scale, shift, tilt
        self.mirror = mirror

    def randomize(self, shape: tuple[int, int]) -> np.ndarray:
        """Draw a homography, from pixels of a picture ``(rows, columns)`` to those of the result."""
        rows, columns = shape
        draw = self.R.uniform
        corners = np.array([(0, 0), (columns, 0), (columns, rows), (0, rows)], np.float32) - 0.5
        factors = self.scale ** draw(-1, 1) * self.scale ** (0.25 * draw(-1, 1) * np.array([1, -1]))
        mirror = np.array([1 if draw() < 0.5 or not self.mirror else -1, 1])
        angle = np.deg2rad(draw(-self.turn, self.turn))
        rotation = np.array([(np.cos(angle), -np.sin(angle)), (np.sin(angle), np.cos(angle))])
        moved = (corners - corners.mean(axis=0)) * factors * mirror
        moved = moved @ rotation.T + self.size * draw(-self.shift, self.shift, 2)
        moved += self.size * draw(-self.tilt, self.tilt, (4, 2)) + 0.5 * (self.size - 1)
        return cv2.getPerspectiveTransform(corners, moved.astype(np.float32))

    def __call__(self, data: Mapping[Hashable, np.ndarray]) -> Example:
        """Transform ``image`` ``(channels, rows, columns)`` and ``classes`` ``(1, rows, columns)``."""
        out = dict(data)
        homography = self.randomize(out["image"].shape[1:])
        for key, method in (("image", cv2.INTER_LINEAR), ("classes", cv2.INTER_NEAREST)):
            channels = np.ascontiguousarray(out[key].transpose(1, 2, 0))
            moved = cv2.warpPerspective(channels, homography, (self.size, self.size), flags=method)
            out[key] = np.atleast_3d(moved).transpose(2, 0, 1)
        return out


class RandGaind(RandomizableTransform, MapTransform):
    """Another setting of the gain over depth: a smooth curve of the rows is added to what is not black."""

    def __init__(self, prob: float = 0.5, most: float = 0.15, knots: int = 5) -> None:
        """Set the chance, the largest change (1 is white) and the number of sliders."""
        RandomizableTransform.__init__(self, prob)
        MapTransform.__init__(self, KEYS[:1])
        self.most, self.knots = most, knots

    def __call__(self, data: Mapping[Hashable, np.ndarray]) -> Example:
        """Transform ``image`` ``(1, rows, columns)``."""
        out = dict(data)
        self.randomize(None)
        if self._do_transform:
            rows = out["image"].shape[1]
            sliders = self.R.uniform(-self.most, self.most, (self.knots, 1)).astype(np.float32)
            gain = cv2.resize(sliders, (1, rows), interpolation=cv2.INTER_CUBIC)
            out["image"] = out["image"] + gain * (out["image"] > 0)
        return out


class RandShadowd(RandomizableTransform, MapTransform):
    """Columns that are dark from some depth down, as behind bone, gas, or where contact is poor."""

    def __init__(self, prob: float = 0.25, most: int = 2) -> None:
        """Set the chance and the largest number of shadows."""
        RandomizableTransform.__init__(self, prob)
        MapTransform.__init__(self, KEYS[:1])
        self.most = most

    def __call__(self, data: Mapping[Hashable, np.ndarray]) -> Example:
        """Transform ``image`` ``(1, rows, columns)``."""
        out = dict(data)
        self.randomize(None)
        if self._do_transform:
            rows, columns = out["image"].shape[1:]
            for _ in range(self.R.randint(1, self.most + 1)):
                middle, width = self.R.uniform(0, columns), self.R.uniform(0.015, 0.06) * columns
                top, depth = self.R.uniform(-0.3, 0.8) * rows, self.R.uniform(0.3, 0.85)
                across = np.exp(-0.5 * ((np.arange(columns) - middle) / width) ** 2)
                along = np.clip((np.arange(rows) - top) / (0.05 * rows), 0, 1)
                out["image"] = out["image"] * (1 - depth * np.outer(along, across)).astype(np.float32)
        return out


def ultrasound_augmentation(size: int) -> Compose:
    """Geometry, gain, contrast, shadow, blur and noise.

    Takes dictionaries of ``image`` float32 from 0 to 1 and ``classes`` uint8, both ``(1, rows, columns)``,
    and returns them as tensors of ``size`` rows and columns.
    """
    return Compose(
        [
            RandProjectived(size, turn=15.0, scale=1.3, shift=0.1, tilt=0.05),
            RandGaind(most=0.1),
            RandAdjustContrastd("image", prob=0.5, gamma=(0.7, 1.4)),
            RandScaleIntensityd("image", prob=0.4, factors=0.2),
            RandShadowd(prob=0.2),
            RandGaussianSmoothd("image", prob=0.15, sigma_x=(0.4, 1.2), sigma_y=(0.4, 1.2)),
            RandGaussianNoised("image", prob=0.2, std=0.03),
            ScaleIntensityRanged("image", 0.0, 1.0, 0.0, 1.0, clip=True),
            ToTensord(KEYS, track_meta=False),
        ]
    )
