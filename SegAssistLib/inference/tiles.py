"""Tiles: planes larger than the network should see at once, in overlapping pieces."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np


def run_tiled(
    run: Callable[[np.ndarray], np.ndarray], stack: np.ndarray, tile: int = 512, overlap: int = 64
) -> np.ndarray:
    """Apply ``run`` to ``(channels, height, width)``, in one go where it fits into ``tile``.

    Larger planes are cut into tiles that overlap; overlapping logits are blended with weights that
    fall towards a tile's edge, so that no seam shows (the overlap-tile strategy of Ronneberger et
    al., MICCAI 2015).

    Args:
        run: maps a stack to ``(labels, height, width)`` of the same height and width.
        stack: float32.
        tile: side of a tile in pixels, a multiple of the network's stride.
        overlap: pixels that neighbouring tiles share at least.
    """
    height, width = stack.shape[1:]
    if height <= tile and width <= tile:
        return run(stack)
    summed: np.ndarray | None = None
    weights = np.zeros((height, width), np.float32)
    for top in _starts(height, tile, overlap):
        for left in _starts(width, tile, overlap):
            window = (slice(None), slice(top, top + tile), slice(left, left + tile))
            logits = run(np.ascontiguousarray(stack[window]))
            weight = np.minimum.outer(_ramp(logits.shape[1], overlap), _ramp(logits.shape[2], overlap))
            if summed is None:
                summed = np.zeros((len(logits), height, width), np.float32)
            summed[window] += logits * weight
            weights[window[1:]] += weight
    return summed / weights


def _starts(length: int, tile: int, overlap: int) -> list[int]:
    """Where tiles begin, evenly spread, so that all pixels are covered."""
    if length <= tile:
        return [0]
    count = int(np.ceil((length - overlap) / (tile - overlap)))
    return [round(index * (length - tile) / (count - 1)) for index in range(count)]


def _ramp(length: int, overlap: int) -> np.ndarray:
    """Weights that rise from the edge over ``overlap`` pixels to 1."""
    position = np.arange(length) + 0.5
    return np.minimum(1.0, np.minimum(position, length - position) / overlap).astype(np.float32)
