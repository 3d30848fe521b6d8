"""Ranking: how well one probability a picture tells those with a finding from those without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

RESAMPLES = 2000
NAN = float("nan")


def roc_auc(values: np.ndarray, truth: np.ndarray) -> float:
    """Area under the ROC curve: share of pairs in the right order, ties as half (Hanley and McNeil, 1982).

    Args:
        values: one a picture.
        truth: 1 or 0, of the same shape, both among them.
    """
    from scipy.stats import rankdata

    positive = np.count_nonzero(truth)
    pairs = positive * (len(truth) - positive)
    return float((rankdata(values)[truth == 1].sum() - positive * (positive + 1) / 2) / pairs)


def summarise_ranking(
    positive: Sequence[Mapping[str, Any]], negative: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The area under the ROC curve with a 95 % bootstrap interval, as a line of a summary.

    Patients are drawn with replacement. Without a picture on either side the area is NaN.

    Args:
        positive: rows with ``probability`` and ``patient`` of pictures with the finding.
        negative: of those without.
    """
    members = [*positive, *negative]
    truth = np.array([1] * len(positive) + [0] * len(negative))
    values = np.array([row["probability"] for row in members])
    patients, owner = np.unique([str(row["patient"]) for row in members], return_inverse=True)
    rng = np.random.default_rng(0)
    areas = []
    for _ in range(RESAMPLES if positive and negative else 0):
        counts = rng.multinomial(len(patients), np.full(len(patients), 1 / len(patients)))
        drawn = np.repeat(np.arange(len(members)), counts[owner])
        if 0 < truth[drawn].sum() < len(drawn):
            areas.append(roc_auc(values[drawn], truth[drawn]))
    low, high = np.quantile(areas, (0.025, 0.975)) if areas else (NAN, NAN)
    return {
        "metric": "auc",
        "mean": roc_auc(values, truth) if areas else NAN,
        "mean_low": float(low),
        "mean_high": float(high),
        "median": NAN,
        "cases": len(members),
        "patients": len(patients),
        "missing": 0,
    }
