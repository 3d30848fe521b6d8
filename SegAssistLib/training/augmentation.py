"""Augmentation: what may differ between two scans of the same brain, by MONAI's transforms."""

from __future__ import annotations

from monai.transforms import (
    Compose,
    OneOf,
    Rand2DElasticd,
    RandAdjustContrastd,
    RandAffined,
    RandBiasFieldd,
    RandFlipd,
    RandGaussianNoised,
    RandGaussianSmoothd,
    RandHistogramShiftd,
    RandScaleIntensityd,
    RandSimulateLowResolutiond,
    ToTensord,
)

KEYS = ("image", "reference")


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
            RandAdjustContrastd("image", prob=0.4, gamma=(0.7, 1.5)),
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
