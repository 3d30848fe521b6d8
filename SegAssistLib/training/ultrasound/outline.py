"""Closed outlines as polygons: their area, the part inside a field, and the pixels they hold."""

from __future__ import annotations

import numpy as np


def area(outline: np.ndarray) -> float:
    """Area of a polygon by the shoelace formula, in the square of its unit.

    Args:
        outline: ``(corners, 2)``, x and y; may be empty.
    """
    x, y = outline[:, 0], outline[:, 1]
    return 0.5 * abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1)))


def clipped(outline: np.ndarray, field: np.ndarray) -> np.ndarray:
    """The part of a polygon inside a convex polygon (Sutherland & Hodgman, Commun ACM 17:32, 1974).

    Args:
        outline: ``(corners, 2)``.
        field: ``(corners, 2)``, convex, its corners in the order in which ``x`` turns into ``y``.

    Returns:
        ``(corners, 2)``, empty when nothing lies inside. Its area is exact; a concave outline that the
        field cuts in two is joined by an edge of no width.
    """
    for start, end in zip(field, np.roll(field, -1, axis=0), strict=True):
        if not len(outline):
            break
        along = end - start
        side = along[0] * (outline[:, 1] - start[1]) - along[1] * (outline[:, 0] - start[0])
        following, following_side = np.roll(outline, -1, axis=0), np.roll(side, -1)
        crosses = (side >= 0) != (following_side >= 0)
        change = np.where(crosses, side - following_side, 1)
        crossing = outline + (side / change)[:, None] * (following - outline)
        corners = np.stack([outline, crossing], axis=1).reshape(-1, 2)
        outline = corners[np.stack([side >= 0, crosses], axis=1).ravel()]
    return outline


def filled(outline: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The pixels whose centres lie inside a polygon, by the even-odd rule.

    Args:
        outline: ``(corners, 2)``, column and row; a pixel's centre has whole numbers.
        shape: rows, columns.

    Returns:
        bool ``(rows, columns)``.
    """
    rows, columns = shape
    begin, end = outline, np.roll(outline, -1, axis=0)
    low, high = np.minimum(begin[:, 1], end[:, 1]), np.maximum(begin[:, 1], end[:, 1])
    first = np.clip(np.ceil(low), 0, rows).astype(int)
    count = np.clip(np.ceil(high), 0, rows).astype(int) - first
    edge = np.repeat(np.arange(len(outline)), count)
    row = first[edge] + np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    step = (end - begin)[edge]
    crossing = begin[edge, 0] + (row - begin[edge, 1]) * step[:, 0] / step[:, 1]
    column = np.clip(np.ceil(crossing), 0, columns).astype(int)
    toggles = np.bincount(row * (columns + 1) + column, minlength=rows * (columns + 1))
    return (np.cumsum(toggles.reshape(rows, columns + 1), axis=1)[:, :columns] % 2).astype(bool)
