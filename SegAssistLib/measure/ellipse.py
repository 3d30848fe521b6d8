"""The ellipse that has the same second moments as a region."""

from __future__ import annotations

import numpy as np


def second_moments(index: np.ndarray) -> np.ndarray:
    """Central second moments of pixels, a 2x2 covariance in pixels.

    Args:
        index: columns and rows, ``(2, pixels)``.
    """
    offsets = index - index.mean(axis=1)[:, None]
    return offsets @ offsets.T / index.shape[1] + np.eye(2) / 12  # a pixel is a square, not a point


def ellipse_axes(moments: np.ndarray) -> tuple[float, float]:
    """Long and short axis of the ellipse with these central second moments, a 2x2 covariance.

    A filled ellipse has the variance (axis / 4)^2 along each of its axes (Haralick and Shapiro, Computer
    and Robot Vision, volume 1, 1992, appendix A).
    """
    short, long = 4 * np.sqrt(np.linalg.eigvalsh(moments))
    return float(long), float(short)
