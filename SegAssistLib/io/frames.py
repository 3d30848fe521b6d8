"""Frames of a film: put together one by one, and when each was taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np

from SegAssistLib.errors import InputError
from SegAssistLib.io.checks import MOST_BYTES
from SegAssistLib.io.colour import to_grey
from SegAssistLib.translation import tr as _


def stack_frames(
    frames: Callable[[], Iterable[np.ndarray]],
    coloured: Callable[[np.ndarray], bool],
    where: Path,
    expected: int = 0,
) -> np.ndarray:
    """Stack frames; only the result is held in memory.

    Args:
        frames: gives the frames one by one, grey as ``(rows, columns)`` or RGB as ``(rows, columns, 3)``, and
            starts anew when it is called again.
        coloured: whether an RGB frame needs its colour.
        where: the file, for messages.
        expected: number of frames that the file announces, when it does.

    Returns:
        ``(columns, rows, frames)``, or RGB with a fourth axis of 3 when one of the frames needs its colour.

    Raises:
        InputError: no frame, frames of different sizes, or too many for the memory.
    """
    film = _stack(frames(), coloured, where, expected)
    if film is None:
        film = _stack(frames(), None, where, expected)
    return film.transpose(2, 1, 0, *range(3, film.ndim))


def timing(times_s: Sequence[float]) -> tuple[float | None, tuple[float, ...] | None]:
    """Mean frame rate, and the times from the first frame where the gaps differ (else None).

    Gaps that differ by a millisecond are even: many files round their times to one.
    """
    gaps = np.diff(times_s)
    if gaps.size == 0 or not (gaps > 0).all():
        return None, None
    mean = gaps.mean()
    even = np.abs(gaps - mean).max() <= 0.001 + 0.02 * mean
    return float(1 / mean), None if even else tuple(float(time - times_s[0]) for time in times_s)


def _stack(
    frames: Iterable[np.ndarray], coloured: Callable[[np.ndarray], bool] | None, where: Path, expected: int
) -> np.ndarray | None:
    """Shape ``(frames, rows, columns)``; None when a frame is coloured. All is RGB without ``coloured``."""
    film, count = np.empty(0), 0
    for picture in frames:
        if picture.ndim == 3 and coloured is not None:
            if coloured(picture):
                return None
            picture = to_grey(picture)
        elif picture.ndim == 2 and coloured is None:
            picture = np.repeat(picture[..., np.newaxis], 3, axis=2)
        if max(count + 1, expected) * picture.nbytes > MOST_BYTES:
            raise InputError(
                _(
                    "{where} is too long to be held in memory ({count} frames of {columns} x "
                    "{rows} pixels); cut out the part that matters"
                ).format(
                    where=where,
                    count=max(count + 1, expected),
                    columns=picture.shape[1],
                    rows=picture.shape[0],
                )
            )
        if count == 0:
            film = np.empty((max(expected, 1), *picture.shape), picture.dtype)
        elif picture.shape != film.shape[1:]:
            raise InputError(
                _(
                    "{where} is no clip: its frames change their size (the first has {columns} x "
                    "{rows} pixels, frame {count} {other_columns} x {other_rows}); choose frames "
                    "of one size"
                ).format(
                    where=where,
                    columns=film.shape[2],
                    rows=film.shape[1],
                    count=count,
                    other_columns=picture.shape[1],
                    other_rows=picture.shape[0],
                )
            )
        elif picture.dtype != film.dtype:
            raise InputError(_("{where} mixes frames of 8 and 16 bit; export them alike").format(where=where))
        if count == len(film):
            film.resize((count + count // 2 + 16, *picture.shape), refcheck=False)
        film[count] = picture
        count += 1
    if count == 0:
        raise InputError(_("{where} holds no frames; export it again").format(where=where))
    film.resize((count, *film.shape[1:]), refcheck=False)
    return film
