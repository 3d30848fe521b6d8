"""Smoothing of a curve over the frames of a clip, robust to single frames and honest about gaps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

WINDOW_SECONDS = 0.2  # short beside a press of the probe (a second) and a heartbeat
FEWEST, MOST = 3, 9  # frames: three outvote one outlier


def window_length(times_s: Sequence[float] | None) -> int:
    """Number of frames in the running median: odd, about 0.2 s, from 3 to 9; 3 without frame times."""
    if times_s is None or len(times_s) < 2:
        return FEWEST
    frames = int(WINDOW_SECONDS / float(np.median(np.diff(times_s))))
    return int(np.clip(frames // 2 * 2 + 1, FEWEST, MOST))


def smooth(values: np.ndarray, broken: np.ndarray, window: int = FEWEST) -> np.ndarray:
    """Smooth a curve by a running median, then by weights 1 2 1 (Tukey, Exploratory Data Analysis, 1977).

    The median takes out single outliers and keeps the curve's edges; the weights take out its steps. Towards
    the ends of a run the window shrinks to 3; the end itself stays where it carries on its neighbours' trend
    and is held to it where it does not (Tukey's end-point rule). Where the curve is cut, what is missing next
    to the end counts as smaller than all that was measured: a median needs no more of a value than its rank.
    A vein that is lost while it collapses, however fast, thus keeps its last area.

    Args:
        values: one a frame, float; NaN where nothing was measured.
        broken: bool, one a frame: the curve is cut here, because the value is missing for being too small,
            or may be for that. Another missing value is skipped when at most half a window is missing.
        window: frames in the median, odd, at least 3.

    Returns:
        One value a frame; NaN where nothing was measured, and where fewer than three frames hang together.
    """
    smoothed = np.full(len(values), np.nan)
    for run in _runs(values, broken, window // 2):
        if len(run) >= FEWEST:
            beside = [0 <= n < len(values) and broken[n] for n in (run[0] - 1, run[-1] + 1)]
            smoothed[run] = _smooth_run(values[run], window // 2, beside)
    return smoothed


def _smooth_run(values: np.ndarray, half: int, cut: Sequence[bool]) -> np.ndarray:
    """Smooth values that hang together; ``cut`` says for either end whether what comes next is too small."""
    last = len(values) - 1
    medians = values.copy()
    for n in range(1, last):
        reach = min(half, n, last - n)
        medians[n] = np.median(values[n - reach : n + reach + 1])
    for end, near, far, too_small in ((0, 1, 2, cut[0]), (last, last - 1, last - 2, cut[1])):
        # Of three frames there is one median and no trend.
        trend = 3 * medians[near] - 2 * medians[far] if last > 2 else medians[near]
        medians[end] = np.median([values[end], medians[near], -np.inf if too_small else trend])
    smoothed = medians.copy()
    smoothed[1:-1] = (medians[:-2] + 2 * medians[1:-1] + medians[2:]) / 4
    return smoothed


def _runs(values: np.ndarray, broken: np.ndarray, skipped: int) -> list[np.ndarray]:
    """Measured frames that hang together."""
    measured = np.flatnonzero(~np.isnan(values))
    cuts = np.cumsum(broken)[measured]
    apart = (np.diff(measured) > skipped + 1) | (np.diff(cuts) > 0)
    return np.split(measured, np.flatnonzero(apart) + 1)
