"""Windows: where in a picture there is room for something."""

from __future__ import annotations

import cv2
import numpy as np

DARK = 0.1  # of white: round a round picture, and where no light falls
MOST_DARK = 0.1  # share of a window that shows tissue
SIDES = (0.4, 0.75)  # of a part of a picture, as a share of the picture's shorter side


def window_sums(mask: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Number of true pixels in every window of ``shape``, by the window's top left corner.

    Args:
        mask: bool ``(rows, columns)``.
        shape: rows and columns of a window, at most the mask's.
    """
    sums = cv2.integral(mask.astype(np.uint8))
    rows, columns = shape
    return sums[rows:, columns:] - sums[:-rows, columns:] - sums[rows:, :-columns] + sums[:-rows, :-columns]


def free_window(
    taken: np.ndarray, dark: np.ndarray, shape: tuple[int, int], rng: np.random.Generator
) -> tuple[slice, slice] | None:
    """Draw a window without a taken pixel, hardly any of which is dark; None where there is none.

    Args:
        taken: bool ``(rows, columns)``.
        dark: the same.
        shape: rows and columns of the window.
        rng: random numbers.
    """
    rows, columns = shape
    if rows > taken.shape[0] or columns > taken.shape[1]:
        return None
    free = (window_sums(taken, shape) == 0) & (window_sums(dark, shape) <= MOST_DARK * rows * columns)
    places = np.flatnonzero(free)
    if places.size == 0:
        return None
    top, left = np.unravel_index(rng.choice(places), free.shape)
    return slice(int(top), int(top) + rows), slice(int(left), int(left) + columns)


def is_dark(image: np.ndarray) -> np.ndarray:
    """Where all of ``(channels, rows, columns)``, 0 to 1, is nearly black: bool ``(rows, columns)``."""
    return image.max(axis=0) < DARK


def labelled_window(classes: np.ndarray, rng: np.random.Generator) -> tuple[slice, slice] | None:
    """Draw a square round a random labelled pixel, moved into the picture; None where nothing is labelled.

    Args:
        classes: label values ``(rows, columns)``, 0 where there is nothing.
        rng: random numbers.
    """
    places = np.flatnonzero(classes)
    if places.size == 0:
        return None
    side = round(rng.uniform(*SIDES) * min(classes.shape))
    middle = np.unravel_index(rng.choice(places), classes.shape)
    top, left = (
        min(max(0, int(place) - side // 2), length - side)
        for place, length in zip(middle, classes.shape, strict=True)
    )
    return slice(top, top + side), slice(left, left + side)


def normal_window(
    classes: np.ndarray, dark: np.ndarray, rng: np.random.Generator
) -> tuple[slice, slice] | None:
    """Draw a square of tissue on which nothing is labelled, smaller where a picture has no room for it.

    Args:
        classes: label values ``(rows, columns)``, 0 where there is nothing.
        dark: bool, of the same shape.
        rng: random numbers.
    """
    side = rng.uniform(*SIDES)
    while side >= SIDES[0]:
        window = free_window(classes > 0, dark, (round(side * min(classes.shape)),) * 2, rng)
        if window is not None:
            return window
        side *= 0.85
    return None
