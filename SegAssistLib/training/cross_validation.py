"""Cross-validation: what a network does with patients that it has not seen, and the model made of all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from SegAssistLib.cases import Case, read_case
from SegAssistLib.inference.segment import predict
from SegAssistLib.inference.torch_backend import NetworkBackend
from SegAssistLib.io.table import write_rows
from SegAssistLib.labels import Label
from SegAssistLib.measure.agreement import agreement, summarise_groups
from SegAssistLib.prepare import prepare
from SegAssistLib.task import Task
from SegAssistLib.training.parts import Part, Report
from SegAssistLib.training.thresholds import HeldOut, choose, score_table


@dataclass(frozen=True)
class Outcome:
    """What cross-validation found.

    Attributes:
        rows: agreement of every case, with the settings that the other folds chose.
        threshold, smallest_mm3: chosen on all held-out predictions, for the final model.
    """

    rows: list[dict[str, Any]]
    threshold: float
    smallest_mm3: float


def hold_out(case: Case, task: Task, network: nn.Module, device: str, quality: str = "best") -> HeldOut:
    """Predict a case that ``network`` was not trained on."""
    image, reference = read_case(case)
    prepared = prepare(image, task.preparation)
    probability = predict(prepared, task, NetworkBackend(network, device), quality)[0]
    return HeldOut(
        case.name,
        case.patient,
        case.source,
        np.ascontiguousarray(prepared.boxed(probability)),
        np.ascontiguousarray(prepared.boxed(reference)),
        prepared.spacing,
        image.array.size,
    )


def cross_validate(
    parts: Sequence[Part], task: Task, folder: Path, device: str = "cpu", report: Report = print
) -> Outcome:
    """Train every fold on all patients but its own and predict those.

    Threshold and smallest component of a fold are chosen on the predictions of the other folds, so
    that no case has a say in the settings it is judged with. Writes ``cases.csv`` and
    ``summary.csv`` into ``folder``.
    """
    held_out: list[list[HeldOut]] = []
    for part in parts:
        network = part.train(folder, device, report)
        held_out.append([hold_out(case, task, network, device) for case in part.test])
        report(f"{part.name}: {len(part.test)} held-out studies predicted")
    outcome = judge(held_out, task.labels[0], task.connectivity)
    write_rows(folder / "cases.csv", outcome.rows)
    write_rows(folder / "summary.csv", summarise_groups(outcome.rows))
    return outcome


def judge(held_out: list[list[HeldOut]], label: Label, connectivity: int) -> Outcome:
    """Choose settings across folds and compute every case's agreement."""
    everything = [case for fold in held_out for case in fold]
    table = score_table(everything, label, connectivity)
    rows = []
    for fold in held_out:
        others = [case for other in held_out if other is not fold for case in other]
        threshold, smallest = choose(table, others)
        for case in fold:
            mask = case.mask(replace(label, threshold=threshold), smallest, connectivity)
            found = agreement(case.reference, mask, case.spacing, connectivity=connectivity)
            # the arrays are a box of the image; the rest of it is background in both masks
            wrong = (1 - found.accuracy) * mask.size
            found = replace(found, accuracy=1 - wrong / case.voxels)
            identity = {"case": case.name, "patient": case.patient, "source": case.source}
            rows.append({**found.row(**identity), "threshold": threshold, "smallest_mm3": smallest})
    threshold, smallest = choose(table, everything)
    return Outcome(rows, threshold, smallest)
