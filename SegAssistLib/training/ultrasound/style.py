"""How a frame looks: its grey levels, its gain over depth and its grain; measured on one, given to another.

A machine's grey is about the logarithm of the echo, so gain over depth is a difference of grey levels, and
brightness and dynamic range are a monotonic change of grey. Grain is the distance over which the
autocorrelation of the speckle falls to one half.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

QUANTILES = np.linspace(0, 1, 33)  # at which grey levels are compared
STAGES = 2  # matching levels stretches the gain over depth, so both are done again
BANDS = 16  # depths
PATCH = 48  # pixels; grain is measured in squares of this size
LAGS = 20
LARGE = 12  # pixels; what is larger is structure, not grain
EMPTY = (15, 15)  # pixels; a black area as large as that lies outside the probe's field
HALF_WIDTH = 1.18  # lag at which exp(-lag^2 / 2 sigma^2) is one half, in sigma


@dataclass(frozen=True)
class Style:
    """The look of one frame.

    Attributes:
        levels: grey levels at ``QUANTILES``, 0 to 255.
        gain: mean grey level in bands from the top down, ``(BANDS,)``, less the mean of all.
        grain: half-width of the speckle's autocorrelation in pixels across and along the beam; None where
            too little even speckle was in sight.
        rows: of the frame, to which ``grain`` belongs.
    """

    levels: np.ndarray
    gain: np.ndarray
    grain: tuple[float, float] | None
    rows: int

    def resolution(self, rows: int) -> tuple[float, float] | None:
        """Standard deviations of the point-spread function, along and across, for a frame of so many rows.

        Fibres lengthen the measured grain; the factors are those found on simulated frames.
        """
        if self.grain is None:
            return None
        across, along = (g * rows / self.rows for g in self.grain)
        return 0.6 * along, 0.48 * across


def measure_style(frame: np.ndarray) -> Style:
    """Measure the look of a frame.

    Args:
        frame: uint8 grey ``(columns, rows)``; black margins are left out.
    """
    picture = frame[picture_box(frame)]
    bands = _bands(picture)
    return Style(
        levels=np.quantile(picture, QUANTILES),
        gain=bands - bands.mean(),
        grain=speckle_grain(picture),
        rows=frame.shape[1],
    )


class StyleTransfer:
    """Gives frames of one clip the look of another frame, the same change for all of them."""

    def __init__(self, source: np.ndarray, style: Style, strength: float = 1.0) -> None:
        """Work out what has to change.

        Args:
            source: a frame of the clip, uint8 grey ``(columns, rows)``.
            style: the look it shall have.
            strength: share of the change, 0 to 1.
        """
        self.style, self.strength = style, strength
        self.field = picture_box(source)
        self.blur = self._missing_blur(source)
        self.stages: list[tuple[np.ndarray, np.ndarray]] = []
        grey = self._grained(source)[self.field]
        for _ in range(STAGES):
            bands = _bands(grey)
            depth = (np.arange(grey.shape[1]) + 0.5) / grey.shape[1] * BANDS - 0.5
            gain = np.interp(depth, np.arange(BANDS), style.gain - bands + bands.mean()).astype(np.float32)
            self.stages.append((gain, np.quantile(grey + gain, QUANTILES)))
            grey = self._restyled(grey, *self.stages[-1])

    def __call__(self, frame: np.ndarray) -> np.ndarray:
        """Change a frame: uint8 ``(columns, rows)`` to the same; wide black areas stay black."""
        grained = self._grained(frame)[self.field]
        grey = grained
        for gain, levels in self.stages:
            grey = self._restyled(grey, gain, levels)
        grey = grained + self.strength * (grey - grained)
        empty = cv2.morphologyEx((frame == 0).astype(np.uint8), cv2.MORPH_OPEN, np.ones(EMPTY, np.uint8))
        out = frame.copy()
        out[self.field] = np.where(empty[self.field] > 0, 0, np.rint(np.clip(grey, 0, 255)))
        return out

    def _restyled(self, grey: np.ndarray, gain: np.ndarray, levels: np.ndarray) -> np.ndarray:
        """Add gain over depth, then map the quantiles ``levels`` to the style's."""
        distinct, first = np.unique(levels, return_index=True)
        return np.interp(grey + gain, distinct, self.style.levels[first])

    def _missing_blur(self, source: np.ndarray) -> tuple[float, float]:
        """Standard deviations of the Gaussian that lengthens the grain, across and along; 0 if it is long."""
        own = speckle_grain(source[self.field])
        if own is None or self.style.grain is None:
            return 0.0, 0.0
        wanted = np.array(self.style.grain) * source.shape[1] / self.style.rows
        lacking = np.clip(np.square(wanted) - np.square(own), 0, None)
        across, along = self.strength * np.sqrt(lacking) / HALF_WIDTH / np.sqrt(2)
        return float(across), float(along)

    def _grained(self, frame: np.ndarray) -> np.ndarray:
        """The frame with the grain lengthened, float32."""
        across, along = self.blur
        grey = frame.astype(np.float32)
        if max(across, along) < 0.2:
            return grey
        return cv2.GaussianBlur(grey, (0, 0), sigmaX=max(along, 0.01), sigmaY=max(across, 0.01))


def speckle_grain(frame: np.ndarray) -> tuple[float, float] | None:
    """Half-width at half-maximum of the speckle's autocorrelation in pixels, across and along the beam.

    Args:
        frame: uint8 grey ``(columns, rows)``.

    Returns:
        The mean over squares that are neither black nor white and hold no bright line; None if there are
        fewer than three.
    """
    grey = frame.astype(np.float32)
    local = cv2.GaussianBlur(grey, (0, 0), LARGE)
    detail, window = grey - local, np.outer(np.hanning(PATCH), np.hanning(PATCH))
    found = []
    for i in range(0, frame.shape[0] - PATCH + 1, PATCH // 2):
        for j in range(0, frame.shape[1] - PATCH + 1, PATCH // 2):
            square = slice(i, i + PATCH), slice(j, j + PATCH)
            even = detail[square] - detail[square].mean()
            spread = float(even.std())
            if local[square].min() < 12 or local[square].max() > 170 or np.abs(even).max() > 5 * spread:
                continue
            power = np.abs(np.fft.rfft2(even * window)) ** 2
            correlation = np.fft.irfft2(power, s=(PATCH, PATCH))
            found.append((correlation[:LAGS, 0], correlation[0, :LAGS]) / correlation[0, 0])
    if len(found) < 3:
        return None
    across, along = np.mean(found, axis=0)
    return _half(across), _half(along)


def _half(correlation: np.ndarray) -> float:
    """The lag at which a falling curve that begins at 1 passes one half."""
    after = int(np.argmax(correlation < 0.5)) or len(correlation) - 1
    before = correlation[after - 1]
    return float(after - 1 + (before - 0.5) / (before - correlation[after]))


def picture_box(frame: np.ndarray) -> tuple[slice, slice]:
    """The smallest box with everything that is not black; the whole frame if all is."""
    columns, rows = (np.flatnonzero((frame > 0).any(axis=axis)) for axis in (1, 0))
    if not len(columns):
        return slice(0, frame.shape[0]), slice(0, frame.shape[1])
    return slice(columns[0], columns[-1] + 1), slice(rows[0], rows[-1] + 1)


def _bands(picture: np.ndarray) -> np.ndarray:
    """Mean grey level in bands of equal height, ``(BANDS,)``."""
    profile = picture.mean(axis=0)
    depth = np.linspace(0, len(profile), BANDS + 1)
    total = np.concatenate([[0], np.cumsum(profile)])
    at = np.interp(depth, np.arange(len(total)), total)
    return np.diff(at) / np.diff(depth)
