"""DICOM's word on padding: stored values filled in where nothing was measured (PS3.3, C.7.5.1.1.2)."""

from __future__ import annotations

import numpy as np

from SegAssistLib.io.dicom_header import Header


def is_padding(stored: np.ndarray, header: Header) -> np.ndarray:
    """Which stored values are padding: bool, of the same shape; none where the header names no such value.

    Args:
        stored: grey, before rescaling.
        header: with Pixel Padding Value and, for a range, Pixel Padding Range Limit.
    """
    value, limit = header.whole("PixelPaddingValue"), header.whole("PixelPaddingRangeLimit")
    if value is None or stored.dtype.kind not in "iu":
        return np.zeros(stored.shape, bool)
    ends = [value, value if limit is None else limit]
    # they have the pixels' type, but some files write a negative number as if it were a large one
    low, high = sorted(int(np.array(end).astype(stored.dtype)) for end in ends)
    return (stored >= low) & (stored <= high)
