"""Pooling: one probability for a whole picture, from a label's probabilities at its pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

CLOSEST = 1e-4  # that a pooled value comes to 0 and 1, so that its logit stays finite


@dataclass(frozen=True)
class ImageLevel:
    """How the probabilities of pixels become the probability that the picture shows the finding at all.

    They are pooled by log-mean-exp, a maximum that is soft enough to ask for more than a pixel (Pinheiro and
    Collobert, CVPR 2015, eq. 6), and what comes out is calibrated by a logistic curve (Platt, 1999) over its
    logit. The mean makes it independent of the number of pixels.

    Attributes:
        sharpness: of the soft maximum: towards 0 it is the mean, towards infinity the maximum.
        slope, intercept: of the calibration; 1 and 0 leave the pooled value as it is.
    """

    sharpness: float = 10.0
    slope: float = 1.0
    intercept: float = 0.0

    def pooled(self, probabilities: np.ndarray) -> float:
        """Logit of the pooled value, before calibration.

        Args:
            probabilities: of any shape, from 0 to 1.
        """
        values = np.asarray(probabilities, np.float32)
        mean = float(np.exp(self.sharpness * values).mean(dtype=np.float64))
        value = min(max(math.log(mean) / self.sharpness, CLOSEST), 1 - CLOSEST)
        return math.log(value / (1 - value))

    def probability(self, probabilities: np.ndarray) -> float:
        """Calibrated probability of the picture, from 0 to 1."""
        return 1 / (1 + math.exp(-(self.slope * self.pooled(probabilities) + self.intercept)))
