"""Edits: what a person changed in a mask, kept when the mask is derived anew."""

from __future__ import annotations

import numpy as np

from SegAssistLib.measure.components import label_components


def keep_edits(
    current: np.ndarray, before: np.ndarray, after: np.ndarray, connectivity: int = 26
) -> np.ndarray:
    """Move a mask from one derivation to another and keep what a person painted, erased or deleted.

    Where ``current`` differs from ``before`` a person changed it, and there it stays. A component of
    ``after`` of which a person took away everything that ``before`` showed does not come back as a rim.

    Args:
        current: label values as they are now, uint8 ``(i, j, k)``.
        before: as they were derived, with the old threshold.
        after: as they are derived with the new one.
        connectivity: 6, 18 or 26.

    Returns:
        uint8 ``(i, j, k)``.
    """
    edited = current != before
    result = np.where(edited, current, after)
    removed = edited & (current == 0)
    if removed.any():
        components, count = label_components(after != 0, connectivity)
        gone = np.zeros(count + 1, bool)
        gone[components[removed]] = True
        gone[components[current != 0]] = False
        gone[0] = False
        result[gone[components]] = 0
    return result
