"""Scores of pictures, and the thresholds and the smallest component that give the best ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from SegAssistLib.inference.segment import derive_labels
from SegAssistLib.labels import Label
from SegAssistLib.measure.agreement import agreement, summarise_groups
from SegAssistLib.measure.components import label_components
from SegAssistLib.task import Components
from SegAssistLib.training.pictures import Picture
from SegAssistLib.training.recipe import Outcome
from SegAssistLib.training.thresholds import THRESHOLDS

# Of a picture. Larger ones would leave more normal parts clean, at the price of what is small and rare.
SMALLEST_SHARES = (0.0, 0.0005, 0.001, 0.002, 0.003, 0.004)
METRICS = ("dice", "iou", "normal_part_with_detection")


@dataclass(frozen=True, eq=False)
class HeldOutPicture:
    """A picture that the network had not seen, with what it predicted.

    Attributes:
        picture: the truth.
        probabilities: float16 ``(labels, columns, rows)``.
        normal: the same of a part of it on which nothing is labelled, seen as a picture of its own; None
            where the picture has no such part.
    """

    picture: Picture
    probabilities: np.ndarray
    normal: np.ndarray | None


@dataclass(frozen=True)
class Judging:
    """The settings by which a mask is made of probabilities.

    Attributes:
        labels: with their thresholds.
        smallest_share: of the picture, of a component that is kept.
        connectivity: 4 or 8.
    """

    labels: tuple[Label, ...]
    smallest_share: float
    connectivity: int

    def mask(self, probabilities: np.ndarray) -> np.ndarray:
        """Label values ``(columns, rows, 1)``, as inference would give them."""
        whole = probabilities[..., None].astype(np.float32)
        components = Components(self.connectivity, smallest_share=self.smallest_share)
        fewest = components.fewest(None, whole.shape[1:])
        return derive_labels(whole, self.labels, fewest, self.connectivity)


def threshold_scores(held_out: HeldOutPicture, labels: Sequence[Label]) -> np.ndarray:
    """Dice of each label at each of ``THRESHOLDS``, ``(labels, thresholds)``.

    It is 1 where there is none and none is found. A pixel that several labels claim counts for each.
    """
    rows = []
    for label, probability in zip(labels, held_out.probabilities, strict=True):
        passed = np.searchsorted(np.float32(THRESHOLDS), probability.ravel())
        reference = held_out.picture.mask.ravel() == label.value
        # pixels above each threshold: all that pass it or a higher one
        claimed, hits = (
            np.bincount(chosen, minlength=len(THRESHOLDS) + 1)[::-1].cumsum()[-2::-1]
            for chosen in (passed, passed[reference])
        )
        either = claimed + np.count_nonzero(reference)
        rows.append(np.where(either > 0, 2 * hits / np.maximum(either, 1), 1.0))
    return np.array(rows)


def by_patient(held_out: Sequence[HeldOutPicture], values: Sequence[Any]) -> np.ndarray:
    """Mean of ``values``, one a picture; patients count alike."""
    patients: dict[str, list[Any]] = {}
    for each, value in zip(held_out, values, strict=True):
        patients.setdefault(each.picture.patient, []).append(value)
    return np.mean([np.mean(of_patient, axis=0) for of_patient in patients.values()], axis=0)


def choose(
    held_out: Sequence[HeldOutPicture], labels: tuple[Label, ...], connectivity: int
) -> tuple[tuple[Label, ...], float]:
    """Return the labels with the thresholds of the best mean Dice, and then the best smallest share.

    The smallest component is the one with the best mean Dice of the pictures plus the best share of their
    normal parts in which nothing is found. Pixels that several labels claim count for each.
    """
    mean = by_patient(held_out, [threshold_scores(each, labels) for each in held_out])
    best = [np.flatnonzero(row >= row.max() - 1e-9) for row in mean]
    chosen = tuple(
        replace(label, threshold=THRESHOLDS[equals[len(equals) // 2]])  # the middle of equals
        for label, equals in zip(labels, best, strict=True)
    )

    dice = by_patient(held_out, [_smallest_scores(each, chosen, connectivity) for each in held_out])
    parts = [each for each in held_out if each.normal is not None]
    if parts:
        found = [_largest(each.normal, chosen, connectivity) for each in parts]
        clean = [[largest == 0 or largest < smallest for smallest in SMALLEST_SHARES] for largest in found]
        dice = dice + by_patient(parts, clean)
    return chosen, SMALLEST_SHARES[int(np.argmax(dice))]


def _smallest_scores(held_out: HeldOutPicture, labels: Sequence[Label], connectivity: int) -> np.ndarray:
    """Mean Dice of the labels when components below each of ``SMALLEST_SHARES`` are dropped."""
    scores = []
    for label, probability in zip(labels, held_out.probabilities, strict=True):
        owner = _components(probability, label, connectivity)
        reference = held_out.picture.mask == label.value
        sizes, hits = (
            np.bincount(chosen, minlength=owner.max() + 1)[1:] for chosen in (owner.ravel(), owner[reference])
        )
        kept = sizes >= np.array(SMALLEST_SHARES)[:, None] * probability.size - 1e-6
        either = kept @ sizes + np.count_nonzero(reference)
        scores.append(np.where(either > 0, 2 * (kept @ hits) / np.maximum(either, 1), 1.0))
    return np.mean(scores, axis=0)


def _largest(probabilities: np.ndarray, labels: Sequence[Label], connectivity: int) -> float:
    """Share of the picture of the largest component of any label."""
    found = [
        np.bincount(_components(probability, label, connectivity).ravel())[1:]
        for label, probability in zip(labels, probabilities, strict=True)
    ]
    return max((sizes.max() for sizes in found if sizes.size), default=0) / probabilities[0].size


def _components(probability: np.ndarray, label: Label, connectivity: int) -> np.ndarray:
    """Number of the component that each pixel belongs to, from 1; 0 below the label's threshold."""
    above = probability > np.float32(label.threshold)
    return label_components(above[..., None], connectivity)[0][..., 0]


def judge(held_out: list[list[HeldOutPicture]], labels: tuple[Label, ...], connectivity: int) -> Outcome:
    """Choose thresholds and smallest component across folds, and compute every picture's agreement.

    A row for each picture and label; sizes and distances are in the picture's pixels. What is found in the
    normal part of a picture is false: ``normal_part_with_detection`` (0 or 1, empty without such a part), and
    ``false_detections_in_normal_part`` (components).
    """
    everything = [each for fold in held_out for each in fold]
    rows = []
    for fold in held_out:
        others = [each for other in held_out if other is not fold for each in other]
        judging = Judging(*choose(others, labels, connectivity), connectivity)
        rows += [row for each in fold for row in agreement_rows(each, judging)]
    summary, metrics = summarise_groups(rows), {}
    for line in summary:
        if line["group"] == "all" and line["metric"] in METRICS:
            suffix = "" if len(labels) == 1 else f" {line['label']}"
            metrics[f"cross_validated_mean_{line['metric']}{suffix}"] = round(line["mean"], 4)
    chosen, smallest = choose(everything, labels, connectivity)
    thresholds = tuple(label.threshold for label in chosen)
    return Outcome(rows, summary, metrics, thresholds, {"smallest_share": smallest})


def agreement_rows(held_out: HeldOutPicture, judging: Judging) -> list[dict[str, Any]]:
    """A row for each label, see :func:`judge`."""
    picture = held_out.picture
    found = judging.mask(held_out.probabilities)
    false = None if held_out.normal is None else judging.mask(held_out.normal)
    rows = []
    for label in judging.labels:
        agreed = agreement(
            picture.mask[..., None] == label.value,
            found == label.value,
            None,
            connectivity=judging.connectivity,
        )
        row = agreed.row(case=picture.name, patient=picture.patient, source=picture.source, label=label.name)
        row |= {"threshold": label.threshold, "smallest_share": judging.smallest_share}
        count = float("nan")
        if false is not None:
            _, count = label_components(false == label.value, judging.connectivity)
        row["normal_part_with_detection"] = float("nan") if false is None else float(count > 0)
        row["false_detections_in_normal_part"] = float(count)
        rows.append(row)
    return rows
