"""Scores of frames of which only some classes are annotated, and the thresholds that give the best ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from SegAssistLib.inference.segment import derive_labels
from SegAssistLib.labels import Label
from SegAssistLib.partial_frames import Frame, frame_agreement, summarise_channels
from SegAssistLib.task import Components
from SegAssistLib.training.recipe import Outcome

# the lowest is what a published system uses for veins
THRESHOLDS = (0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
METRICS = ("dice", "mean_iou", "accuracy")


@dataclass(frozen=True, eq=False)
class HeldOutFrame:
    """A frame that the network had not seen, with what it predicted.

    Attributes:
        frame: the truth.
        probabilities: float16 ``(2, columns, rows)``, artery and vein.
    """

    frame: Frame
    probabilities: np.ndarray

    def labels(
        self, labels: tuple[Label, ...], thresholds: tuple[float, ...], components: Components
    ) -> np.ndarray:
        """Return the label values ``(columns, rows)`` that these settings give, as inference would."""
        chosen = [replace(label, threshold=value) for label, value in zip(labels, thresholds, strict=True)]
        probabilities = self.probabilities[..., None].astype(np.float32)
        fewest = components.fewest(None, probabilities.shape[1:])
        return derive_labels(probabilities, tuple(chosen), fewest, components.connectivity)[..., 0]

    def dice(self) -> np.ndarray:
        """Mean Dice of the known channels at every pair of ``THRESHOLDS``, artery's first.

        A pixel that is above both counts for both, which is so rare that it decides nothing.
        """
        artery, vein = (np.searchsorted(np.float32(THRESHOLDS), p.ravel()) for p in self.probabilities)
        nothing = np.zeros_like(artery)
        passed = {"artery": (artery, nothing), "vein": (nothing, vein), "vessel": (artery, vein)}
        scores = [
            _dice_table(*passed[channel], self.frame.reference(channel).ravel())
            for channel in self.frame.known
        ]
        return np.mean(scores, axis=0)


def _dice_table(first: np.ndarray, second: np.ndarray, reference: np.ndarray) -> np.ndarray:
    """Dice at every pair of thresholds, of pixels that pass the first, the second, or both.

    Args:
        first: for every pixel, how many of ``THRESHOLDS`` its probability passes.
        second: the same for another probability.
        reference: bool, of the same shape.
    """
    count = len(THRESHOLDS)

    def claimed(chosen: np.ndarray | slice) -> np.ndarray:
        cells = first[chosen] * (count + 1) + second[chosen]
        pixels = np.bincount(cells, minlength=(count + 1) ** 2).reshape(count + 1, count + 1)
        return pixels.sum() - pixels.cumsum(axis=0).cumsum(axis=1)[:count, :count]

    total, hits = claimed(slice(None)), claimed(reference)
    either = total + np.count_nonzero(reference)
    return np.where(either > 0, 2 * hits / np.maximum(either, 1), 1.0)


def choose_thresholds(held_out: Sequence[HeldOutFrame], tables: dict[str, np.ndarray]) -> tuple[float, float]:
    """Return the pair with the best mean Dice; sources count alike, and so do the patients of each.

    Args:
        held_out: the frames that have a say.
        tables: for each frame's name, what :meth:`HeldOutFrame.dice` gave.
    """
    sources: dict[str, dict[str, list[np.ndarray]]] = {}
    for each in held_out:
        patients = sources.setdefault(each.frame.source, {})
        patients.setdefault(each.frame.patient, []).append(tables[each.frame.name])
    means = [
        np.mean([np.mean(of_patient, axis=0) for of_patient in patients.values()], axis=0)
        for patients in sources.values()
    ]
    mean = np.mean(means, axis=0)
    best = np.argwhere(mean >= mean.max() - 1e-9)
    artery, vein = best[len(best) // 2]  # the middle of equals
    return THRESHOLDS[artery], THRESHOLDS[vein]


def judge(held_out: list[list[HeldOutFrame]], labels: tuple[Label, ...], components: Components) -> Outcome:
    """Choose both thresholds across folds, and compute the agreement of every channel known in every frame.

    See :func:`~SegAssistLib.partial_frames.frame_agreement` for the rows; the summary has each channel by
    source.
    """
    everything = [each for fold in held_out for each in fold]
    tables = {each.frame.name: each.dice() for each in everything}
    rows = []
    for fold in held_out:
        others = [each for other in held_out if other is not fold for each in other]
        thresholds = choose_thresholds(others, tables)
        for each in fold:
            found = each.labels(labels, thresholds, components)
            settings = dict(zip(("threshold_artery", "threshold_vein"), thresholds, strict=True))
            rows += [row | settings for row in frame_agreement(each.frame, found)]
    summary = summarise_channels(rows)
    metrics = {
        f"cross_validated_mean_{line['metric']} {line['channel']} {line['source']}": round(line["mean"], 4)
        for line in summary
        if line["metric"] in METRICS
    }
    return Outcome(rows, summary, metrics, choose_thresholds(everything, tables))
