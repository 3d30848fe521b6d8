"""Scores of X-rays of which little is annotated: where, whether at all, and how well the lungs are found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from SegAssistLib.measure.agreement import summarise
from SegAssistLib.measure.pooling import ImageLevel
from SegAssistLib.measure.ranking import summarise_ranking
from SegAssistLib.training.recipe import Outcome
from SegAssistLib.training.xray_cases import BOXES, MASKS, NEGATIVES, REPORTS, XRay

THRESHOLDS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
NAN = float("nan")


@dataclass(frozen=True, eq=False)
class HeldOutXRay:
    """An X-ray that the network had not seen, with what counts of its prediction.

    Attributes:
        xray: what is known.
        logit: of the pooled probabilities, before calibration.
        dice: with the reference that is customary, at each of ``THRESHOLDS``: boxes as they are, or the pixel
            mask; None where opacities are not located, or there are none.
        opaque: share of the picture that is marked opaque, at each of them.
        lungs: Dice of both lungs with their outlines, on the picture as it is; None without outlines.
        hidden_lungs: the same after severe synthetic opacities were drawn into them.
        hidden_opacity: Dice of these opacities, at each of ``THRESHOLDS``.
    """

    xray: XRay
    logit: float
    dice: np.ndarray | None
    opaque: np.ndarray
    lungs: float | None = None
    hidden_lungs: float | None = None
    hidden_opacity: np.ndarray | None = None


def dice_of(found: np.ndarray, reference: np.ndarray) -> float:
    """Dice of two bool arrays; 1 where both are empty."""
    total = np.count_nonzero(found) + np.count_nonzero(reference)
    return 2 * np.count_nonzero(found & reference) / total if total else 1.0


def choose_threshold(held_out: Sequence[HeldOutXRay]) -> float:
    """Search the grid for the best mean Dice of opacities less the share of the negatives that is marked.

    A share, for a network that has seen little leaves hardly any picture without a mark at any threshold, and
    Dice alone hardly changes over most of the grid.
    """
    located = [each.dice for each in held_out if each.dice is not None]
    clear = [-each.opaque for each in held_out if each.xray.source == NEGATIVES]
    score = sum(np.mean(part, axis=0) for part in (located, clear) if part)
    best = np.flatnonzero(np.atleast_1d(score) >= np.max(score) - 1e-9)
    return THRESHOLDS[best[len(best) // 2]]


def calibrate(held_out: Sequence[HeldOutXRay], sharpness: float) -> ImageLevel:
    """Fit slope and intercept of the image's probability to what is known of whole pictures (Platt, 1999).

    Pictures of which a report alone says what they show are left out, except the negatives.
    """
    known = [each for each in held_out if _judged(each.xray)]
    positive = np.array([each.xray.pneumonia == 1 for each in known], float)
    logits = np.array([each.logit for each in known])
    if not 0 < positive.sum() < len(positive):
        return ImageLevel(sharpness)
    count = positive.sum()
    # Platt's targets keep a curve through separable data from becoming a step
    targets = np.where(positive > 0, (count + 1) / (count + 2), 1 / (len(positive) - count + 2))

    def loss(parameters: np.ndarray) -> float:
        slope, intercept = parameters
        value = slope * logits + intercept
        return float(np.mean(np.logaddexp(0, value) - targets * value))

    slope, intercept = minimize(loss, (1.0, 0.0), method="Nelder-Mead").x
    return ImageLevel(sharpness, round(float(slope), 4), round(float(intercept), 4))


def judge(held_out: list[list[HeldOutXRay]], sharpness: float) -> Outcome:
    """Choose threshold and calibration across folds, and compute every X-ray's scores.

    The summary has for each source the mean of every score, and the area under the ROC curve of the image's
    probability: boxes against negatives, the same with the adjudicated negatives alone, boxes against all
    clear pictures of the same view (the sick are mostly taken AP, which shows without any opacity), and
    report labels against one another. Pixel masks come from other collections, which could be told apart,
    and are in none of them.
    """
    everything = [each for fold in held_out for each in fold]
    rows = []
    for fold in held_out:
        others = [each for other in held_out if other is not fold for each in other]
        threshold, level = choose_threshold(others), calibrate(others, sharpness)
        rows += [_row(each, threshold, level) for each in fold]
    summary = []
    for source in (MASKS, BOXES, NEGATIVES, REPORTS):
        members = [row for row in rows if row["source"] == source]
        summary += [{"group": source, **line} for line in summarise(members)]
    summary += [line for line in _areas(rows) if line["cases"]]
    metrics = {
        f"cross_validated_{line['metric']} {line['group']}": round(line["mean"], 4)
        for line in summary
        if line["metric"] in ("auc", "dice", "found_nothing", "lungs_dice", "hidden_lungs_dice")
        and not np.isnan(line["mean"])
    }
    level = calibrate(everything, sharpness)
    stated = {"image_level": {"sharpness": sharpness, "slope": level.slope, "intercept": level.intercept}}
    return Outcome(rows, summary, metrics, (choose_threshold(everything), 0.5, 0.5), stated=stated)


def _judged(xray: XRay) -> bool:
    return xray.sure or xray.source == NEGATIVES


def _row(each: HeldOutXRay, threshold: float, level: ImageLevel) -> dict[str, Any]:
    at = THRESHOLDS.index(threshold)
    xray = each.xray
    return {
        "case": xray.name,
        "patient": xray.patient,
        "source": xray.source,
        "view": xray.view,
        "pneumonia": xray.pneumonia,
        "probability": float(1 / (1 + np.exp(-(level.slope * each.logit + level.intercept)))),
        "pooled_logit": each.logit,
        "dice": NAN if each.dice is None else float(each.dice[at]),
        "opaque_share_of_picture": float(each.opaque[at]),
        "found_nothing": float(each.opaque[at] == 0),
        "lungs_dice": NAN if each.lungs is None else each.lungs,
        "hidden_lungs_dice": NAN if each.hidden_lungs is None else each.hidden_lungs,
        "hidden_opacity_dice": NAN if each.hidden_opacity is None else float(each.hidden_opacity[at]),
        "threshold": threshold,
        "slope": level.slope,
        "intercept": level.intercept,
    }


def _areas(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Areas under the ROC curve, each with a bootstrap interval (patients drawn with replacement)."""

    def of(source: str, sure: bool = False) -> list[dict[str, Any]]:
        return [row for row in rows if row["source"] == source and (not sure or row["pneumonia"] in (0, 1))]

    reports = of(REPORTS)
    clear = [row for row in (*of(NEGATIVES), *reports) if row["pneumonia"] < 0.5]

    def seen(members: list[dict[str, Any]], view: str) -> list[dict[str, Any]]:
        return [row for row in members if row["view"] == view]

    views = sorted({row["view"] for row in of(BOXES)} - {""})
    return [
        _area("boxes against negatives", of(BOXES), of(NEGATIVES)),
        _area("boxes against adjudicated negatives", of(BOXES), of(NEGATIVES, sure=True)),
        *(
            _area(f"boxes against clear pictures, {view}", seen(of(BOXES), view), seen(clear, view))
            for view in views
        ),
        _area(
            "report labels",
            [row for row in reports if 0.5 < row["pneumonia"] < 1],
            [row for row in reports if 0 < row["pneumonia"] < 0.5],
        ),
    ]


def _area(group: str, positive: list[dict[str, Any]], negative: list[dict[str, Any]]) -> dict[str, Any]:
    # folds differ in level, and their own calibration makes them comparable
    return {"group": group, **summarise_ranking(positive, negative)}
