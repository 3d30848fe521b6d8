"""Augmentation: what may differ between two colour pictures of the same kind of thing, with no side up."""

from __future__ import annotations

from monai.transforms import (
    Compose,
    RandAdjustContrastd,
    RandGaussianNoised,
    RandGaussianSmoothd,
    RandScaleIntensityd,
    ScaleIntensityRanged,
    ToTensord,
)

from SegAssistLib.training.frame_augmentation import KEYS, RandProjectived


def picture_augmentation(size: int, turn: float = 180.0) -> Compose:
    """Rotation, mirror image, zoom, colour jitter, blur and noise.

    Takes dictionaries of ``image`` float32 ``(channels, rows, columns)`` from 0 to 1 and ``classes`` uint8
    ``(1, rows, columns)``, and returns them as tensors of ``size`` rows and columns. ``turn`` is the largest
    angle in degrees.
    """
    return Compose(
        [
            RandProjectived(size, turn=turn, scale=1.4, shift=0.12, tilt=0.04),
            RandScaleIntensityd("image", prob=0.5, factors=0.2),
            RandScaleIntensityd("image", prob=0.5, factors=0.15, channel_wise=True),
            RandAdjustContrastd("image", prob=0.5, gamma=(0.7, 1.5)),
            RandGaussianSmoothd("image", prob=0.2, sigma_x=(0.4, 1.5), sigma_y=(0.4, 1.5)),
            RandGaussianNoised("image", prob=0.2, std=0.02),
            ScaleIntensityRanged("image", 0.0, 1.0, 0.0, 1.0, clip=True),
            ToTensord(KEYS, track_meta=False),
        ]
    )


def as_it_is(size: int) -> Compose:
    """The picture in the middle of ``size`` rows and columns, and nothing else."""
    return Compose(
        [
            RandProjectived(size, turn=0.0, scale=1.0, shift=0.0, tilt=0.0, mirror=False),
            ToTensord(KEYS, track_meta=False),
        ]
    )
