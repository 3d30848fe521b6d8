"""Whether a vessel can be told from what surrounds it."""

from __future__ import annotations

import cv2
import numpy as np

SEPARATE = 0.4  # generalised contrast-to-noise ratio from which an outline can be drawn
GREYS = 8.0  # grey levels of 256 between inside and outside, below which the eye sees none
FEWEST = 20  # pixels of a vessel; what is smaller, or mostly out of the picture, is not judged
STEPS = 32  # of the grey scale in the histograms


def visible(frame: np.ndarray, inside: np.ndarray, vessels: np.ndarray) -> bool:
    """Whether grey levels inside a vessel differ from those of the ring of tissue around it.

    Two things are asked for: a difference of mean grey levels that an eye can see, and a generalised
    contrast-to-noise ratio, 1 less the overlap of the histograms (Rodriguez-Molares et al., IEEE Trans
    Ultrason Ferroelectr Freq Control 2020). Brighter than its surroundings is as good as darker.

    Args:
        frame: uint8 ``(rows, columns)``.
        inside: bool of the same shape, the vessel.
        vessels: bool of the same shape, all vessels: they are not part of the ring.
    """
    pixels = int(inside.sum())
    if pixels < FEWEST:
        return True
    reach = max(3, round(0.4 * np.sqrt(pixels / np.pi)))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    ring = (cv2.dilate(inside.astype(np.uint8), disc) > 0) & ~vessels
    if not ring.any():
        return True
    within, around = frame[inside], frame[ring]
    if abs(float(within.mean()) - float(around.mean())) < GREYS:
        return False
    shares = [np.histogram(part, STEPS, (0, 256))[0] / part.size for part in (within, around)]
    return bool(1 - np.minimum(*shares).sum() >= SEPARATE)
