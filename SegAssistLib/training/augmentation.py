"""Augmentation: what may differ between two scans of the same brain, by MONAI's transforms."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping

import torch
from monai.config import KeysCollection
from monai.transforms import (
    Compose,
    MapTransform,
    OneOf,
    Rand2DElasticd,
    RandAffined,
    RandBiasFieldd,
    RandFlipd,
    RandGaussianNoised,
    RandGaussianSmoothd,
    RandHistogramShiftd,
    RandomizableTransform,
    RandScaleIntensityd,
    RandSimulateLowResolutiond,
    ToTensord,
)

KEYS = ("image", "reference")


class RandContrastd(RandomizableTransform, MapTransform):
    """Raise intensities to a random power.

    Prepared images have air at 0 and brain at 1, and both stay there: what changes is how far
    lesions, grey matter and fluid are from the brain, as it does between scanners and sequences.
    MONAI's RandAdjustContrast would move the brain too, since it works between the picture's extremes.
    """

    def __init__(self, keys: KeysCollection, prob: float, power: tuple[float, float]) -> None:
        """Set the probability, and the range of the power, which is drawn evenly on a log scale."""
        MapTransform.__init__(self, keys)
        RandomizableTransform.__init__(self, prob)
        self.power = power

    def __call__(self, data: Mapping[Hashable, torch.Tensor]) -> dict[Hashable, torch.Tensor]:
        """Return ``data`` with the images changed; they must not be negative."""
        changed = dict(data)
        self.randomize(None)
        if self._do_transform:
            power = math.exp(self.R.uniform(*map(math.log, self.power)))
            for key in self.key_iterator(changed):
                changed[key] = torch.as_tensor(changed[key]) ** power
        return changed


def mri_augmentation() -> Compose:
    """Flip, affine, elastic, bias field, contrast, intensity, noise, blur and low resolution.

    Takes and returns dictionaries of float32 ``image`` ``(3, height, width)`` and ``reference``
    ``(1, height, width)``. The first picture axis runs from left to right in axial and coronal cuts,
    so it alone is flipped.
    """
    affine = {
        "rotate_range": 0.3,
        "shear_range": (0.1, 0.1),
        "translate_range": (8, 8),
        "scale_range": (0.2, 0.2),
        "padding_mode": "zeros",
        "mode": "bilinear",
    }
    return Compose(
        [
            RandFlipd(KEYS, prob=0.5, spatial_axis=0),
            OneOf(
                [
                    RandAffined(KEYS, prob=0.8, **affine),
                    Rand2DElasticd(KEYS, prob=1.0, spacing=(32, 32), magnitude_range=(0.5, 2.5), **affine),
                ],
                weights=(0.8, 0.2),
            ),
            RandBiasFieldd("image", prob=0.3, degree=3, coeff_range=(0.0, 0.12)),
            RandContrastd("image", prob=0.5, power=(0.6, 1.5)),
            RandHistogramShiftd("image", prob=0.2, num_control_points=(6, 12)),
            RandScaleIntensityd("image", prob=0.7, factors=0.12),
            RandSimulateLowResolutiond(
                "image", prob=0.15, zoom_range=(0.5, 1.0), downsample_mode="area", upsample_mode="bilinear"
            ),
            RandGaussianSmoothd("image", prob=0.15, sigma_x=(0.3, 1.0), sigma_y=(0.3, 1.0)),
            RandGaussianNoised("image", prob=0.3, std=0.08),
            ToTensord(KEYS, track_meta=False),
        ]
    )
