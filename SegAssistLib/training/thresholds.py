"""Thresholds: the probability and the smallest component that agree best with the references."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from SegAssistLib.inference.segment import label_array
from SegAssistLib.labels import Label
from SegAssistLib.measure.agreement import lesion_agreement

THRESHOLDS = tuple(np.round(np.arange(0.2, 0.81, 0.05), 2).tolist())
SMALLEST_MM3 = (0.0, 5.0, 10.0, 15.0, 20.0, 30.0)


@dataclass(frozen=True)
class HeldOut:
    """A study that the network had not seen, with what it predicted.

    Attributes:
        name, patient, source: of the case.
        probability: float16 ``(i, j, k)``.
        reference: bool ``(i, j, k)``.
        spacing: mm.
        voxels: in the whole image, of which these arrays may be the head box.
    """

    name: str
    patient: str
    source: str
    probability: np.ndarray
    reference: np.ndarray
    spacing: tuple[float, float, float]
    voxels: int

    def mask(self, label: Label, smallest_mm3: float, connectivity: int) -> np.ndarray:
        """Return the bool mask that these settings give, as inference would."""
        probabilities = self.probability[None].astype(np.float32)
        return label_array(probabilities, (label,), self.spacing, smallest_mm3, connectivity) > 0


def score(reference: np.ndarray, predicted: np.ndarray, voxel: float, connectivity: int) -> float:
    """Dice + lesion-wise F1 - relative volume error (at most 1): the three figures that a reader asks for."""
    positive, claimed = np.count_nonzero(reference), np.count_nonzero(predicted)
    dice = 2 * np.count_nonzero(reference & predicted) / max(1, positive + claimed)
    lesions = lesion_agreement(reference, predicted, voxel, connectivity, 3.0, calibrated=False)
    return dice + lesions.f1 - min(1.0, abs(claimed - positive) / max(1, positive))


def score_table(
    cases: Sequence[HeldOut], label: Label, connectivity: int
) -> dict[tuple[float, float], dict[str, float]]:
    """Score of every case at every pair of threshold and smallest component."""
    table = {}
    for threshold, smallest in itertools.product(THRESHOLDS, SMALLEST_MM3):
        settings = replace(label, threshold=threshold)
        table[threshold, smallest] = {
            case.name: score(
                case.reference,
                case.mask(settings, smallest, connectivity),
                float(np.prod(case.spacing)),
                connectivity,
            )
            for case in cases
        }
    return table


def choose(
    table: dict[tuple[float, float], dict[str, float]], cases: Sequence[HeldOut]
) -> tuple[float, float]:
    """Return the threshold and smallest component (mm3) with the best mean score over ``cases``.

    Patients count alike, however many studies they have.
    """
    studies: dict[str, list[str]] = {}
    for case in cases:
        studies.setdefault(case.patient, []).append(case.name)

    def mean(settings: tuple[float, float]) -> float:
        scores = table[settings]
        return float(np.mean([np.mean([scores[name] for name in names]) for names in studies.values()]))

    return max(table, key=mean)
