"""Padding: voxels that a scanner or a program filled in where nothing was measured."""

from __future__ import annotations

import numpy as np

# How far off padding lies, as a part of the range of what was measured: integers are as the scanner gave
# them; real numbers were scaled, by which the surroundings of a stripped brain can come to lie below it.
_APART = {"i": 0.25, "u": 0.25, "f": 1.0}
_RANGE = (1, 99)  # percentiles of what was measured


def fill_padding(array: np.ndarray, padding: np.ndarray) -> np.ndarray:
    """Give padding the value of air: of what was measured, the first percentile.

    Args:
        array: shape ``(columns, rows, slices)``.
        padding: bool, broadcast to that shape: which voxels hold no measurement.

    Returns:
        A copy, or ``array`` itself where no voxel is padding, or every one.
    """
    measured = array[~np.broadcast_to(padding, array.shape)]
    if measured.size in (0, array.size):
        return array
    filled = array.copy(order="K")
    np.putmask(filled, padding, np.percentile(measured, _RANGE[0], method="lower"))
    return filled


def without_padding(array: np.ndarray) -> np.ndarray:
    """Fill what a volume's file does not call padding, but can be nothing else: one extreme value at the rim.

    It is a negative lowest or the highest value, stands in a corner, and lies far from all others. Zero is
    what skull-stripping leaves, and air.

    Args:
        array: grey, shape ``(columns, rows, slices)``.

    Returns:
        A copy, or ``array`` itself where there is no padding.
    """
    corners = array[tuple(slice(None, None, max(1, length - 1)) for length in array.shape)]
    lowest, highest = corners.min(), corners.max()
    if lowest < 0 and lowest == array.min():
        array = _without(array, lowest)
    if highest > 0 and highest == array.max():
        array = _without(array, highest)
    return array


def _without(array: np.ndarray, extreme: np.generic) -> np.ndarray:
    padding = array == extreme
    measured = array[~padding]
    if measured.size == 0:
        return array
    low, high = np.percentile(measured, _RANGE)
    gap = np.abs(measured[[measured.argmin(), measured.argmax()]].astype(float) - float(extreme)).min()
    return fill_padding(array, padding) if gap > _APART[array.dtype.kind] * (high - low) > 0 else array
