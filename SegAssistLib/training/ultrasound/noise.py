"""Smooth random fields."""

from __future__ import annotations

import cv2
import numpy as np


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], cell: tuple[float, float]) -> np.ndarray:
    """A random field of about unit variance that varies over ``cell`` samples along each axis.

    Args:
        rng: random numbers.
        shape: rows, columns.
        cell: rows and columns from one independent value to the next.

    Returns:
        float32 ``(rows, columns)``.
    """
    rows, columns = (max(2, round(n / c)) + 1 for n, c in zip(shape, cell, strict=True))
    coarse = rng.standard_normal((rows, columns), dtype=np.float32)
    return 1.3 * cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC)


def smooth_curve(rng: np.random.Generator, length: int, cell: float) -> np.ndarray:
    """The same along one axis: float32 ``(length,)``."""
    return smooth_noise(rng, (2, length), (2, cell))[0]
