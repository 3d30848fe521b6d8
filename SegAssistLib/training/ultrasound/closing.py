"""Closing a vessel in a real frame by a known amount, as pressure would."""

from __future__ import annotations

import cv2
import numpy as np

from SegAssistLib.training.ultrasound.style import picture_box

FADING = 1.5  # power of the distance from the vessel, in its own size
FINE = 4  # steps a pixel in the table of displacements


def close_vessel(
    frame: np.ndarray, mask: np.ndarray, amount: float, label: int
) -> tuple[np.ndarray, np.ndarray]:
    """Flatten one vessel of a frame onto the row of its middle; the tissue above and below follows smoothly.

    The largest component of the label is closed. Inside an ellipse that holds it, rows move towards its
    middle in proportion to their distance, so its true area becomes exactly ``1 - amount`` of what
    it was. Beyond, the shift fades, and is nothing at the upper and lower edge of the picture.

    Args:
        frame: uint8 grey ``(columns, rows)``.
        mask: uint8 labels of the same shape.
        amount: share of the area that goes, 0 to 1; at 1 the vessel is gone.
        label: the vessel's label in ``mask``.

    Returns:
        New frame and mask.

    Raises:
        ValueError: no pixel has the label, or the vessel reaches the upper or lower edge of the picture.
    """
    number, components, statistics, _ = cv2.connectedComponentsWithStats((mask == label).astype(np.uint8))
    if number < 2:
        raise ValueError(f"No pixel of the mask has the label {label}.")
    inside = components == 1 + int(np.argmax(statistics[1:, cv2.CC_STAT_AREA]))
    columns, rows = (np.flatnonzero(inside.any(axis=axis)) for axis in (1, 0))
    # Between two rows, so that no row shows what was pressed out when the vessel is gone.
    middle = 0.5 * (columns[0] + columns[-1]), (rows[0] + rows[-1]) // 2 + 0.5
    half = 0.5 * len(columns) + 0.5, 0.5 * len(rows) + 0.5
    across, along = ((where - m) / h for where, m, h in zip(np.nonzero(inside), middle, half, strict=True))
    size = float(np.hypot(across, along).max())
    half = half[0] * size + 1, half[1] * size + 1  # pixels on the outline are held wholly
    picture = picture_box(frame)[1]
    room = middle[1] - picture.start, picture.stop - 1 - middle[1]
    if min(room) <= half[1]:
        raise ValueError("The vessel reaches the upper or lower edge of the picture, so it cannot be closed.")

    column = (np.arange(frame.shape[0]) - middle[0])[:, None] / half[0]
    row = np.linspace(0, frame.shape[1] - 1, FINE * (frame.shape[1] - 1) + 1) - middle[1]
    away = np.maximum(np.hypot(column, row / half[1]), 1)
    beyond = np.clip((np.abs(row) - half[1]) / (np.where(row < 0, *room) - half[1]), 0, 1)
    now = row * (1 - amount * away**-FADING * (1 - beyond**2))
    rows_now = np.arange(frame.shape[1]) - middle[1]
    source = np.stack([np.interp(rows_now, line, row) for line in now]) + middle[1]

    columns_there = np.broadcast_to(np.arange(frame.shape[0])[:, None], source.shape)
    at = source.astype(np.float32), columns_there.astype(np.float32)
    closed = cv2.remap(frame, *at, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    moved = cv2.remap(mask, *at, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
    return closed, moved
