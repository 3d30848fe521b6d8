"""Augmentation: what may differ between two X-rays of the same chest."""

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

from SegAssistLib.training.frame_augmentation import KEYS, Example, RandGaind, RandProjectived


class RandElasticd(RandomizableTransform, MapTransform):
    """Elastic deformation: uniform random displacements, smoothed by a Gaussian and scaled.

    Simard, Steinkraus and Platt, ICDAR 2003. The mean displacement is about ``0.16 * scale / sigma`` pixels.
    """

    def __init__(self, prob: float = 0.3, sigma: float = 16.0, scale: float = 350.0) -> None:
        """Set the chance, the Gaussian's standard deviation in pixels, and the scale of what it leaves."""
        RandomizableTransform.__init__(self, prob)
        MapTransform.__init__(self, KEYS)
        self.sigma, self.scale = sigma, scale

    def __call__(self, data: Mapping[Hashable, np.ndarray]) -> Example:
        """Deform ``image`` and ``classes`` ``(1, rows, columns)`` alike."""
        out = dict(data)
        self.randomize(None)
        if self._do_transform:
            shape = out["image"].shape[1:]
            places = np.indices(shape, dtype=np.float32)
            for axis in range(2):
                displacement = self.R.uniform(-1, 1, shape).astype(np.float32)
                places[axis] += self.scale * cv2.GaussianBlur(displacement, (0, 0), self.sigma)
            for key, method in (("image", cv2.INTER_LINEAR), ("classes", cv2.INTER_NEAREST)):
                out[key] = cv2.remap(out[key][0], places[1], places[0], method)[None]
        return out


def xray_augmentation(size: int) -> Compose:
    """Geometry, elastic deformation, brightness, contrast, blur and noise; never a mirror image.

    Takes dictionaries of ``image`` float32 from 0 to 1 and ``classes`` uint8, both ``(1, rows, columns)``,
    and returns them as tensors of ``size`` rows and columns.
    """
    return Compose(
        [
            RandProjectived(size, turn=8.0, scale=1.25, shift=0.08, tilt=0.03, mirror=False),
            RandElasticd(),
            RandGaind(prob=0.3, most=0.1),
            RandAdjustContrastd("image", prob=0.5, gamma=(0.6, 1.6)),
            RandScaleIntensityd("image", prob=0.4, factors=0.2),
            RandGaussianSmoothd("image", prob=0.2, sigma_x=(0.4, 1.2), sigma_y=(0.4, 1.2)),
            RandGaussianNoised("image", prob=0.3, std=0.03),
            ScaleIntensityRanged("image", 0.0, 1.0, 0.0, 1.0, clip=True),
            ToTensord(KEYS, track_meta=False),
        ]
    )
