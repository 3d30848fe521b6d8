"""Lesions: the recipe for volumes, learned slice by slice."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from SegAssistLib.cases import Case, find_cases, read_case
from SegAssistLib.inference.segment import predict
from SegAssistLib.inference.torch_backend import NetworkBackend
from SegAssistLib.labels import Label
from SegAssistLib.measure.agreement import agreement, summarise_groups
from SegAssistLib.prepare import prepare
from SegAssistLib.references import survey
from SegAssistLib.task import Task
from SegAssistLib.training.augmentation import mri_augmentation
from SegAssistLib.training.losses import DiceBCELoss
from SegAssistLib.training.recipe import Outcome, Recipe, Report
from SegAssistLib.training.slices import Sampling, Slices, Study, load_studies
from SegAssistLib.training.synthetic_lesions import LesionShapes
from SegAssistLib.training.thresholds import HeldOut, choose, score_table

METRICS = ("dice", "iou", "lesion_f1", "absolute_volume_difference_percent")


class LesionRecipe(Recipe):
    """Slices with their neighbours, some with another person's lesions drawn in; judged by patient.

    Attributes:
        cases: see :func:`~SegAssistLib.cases.find_cases`.
        sampling: see there.
    """

    cases: list[Case]

    def __init__(self, task: Task, data: Path, network: str, sampling: Sampling | None = None) -> None:
        """List the annotated studies below ``data``.

        Raises:
            InputError: there are none.
        """
        self.task, self.network, self.data = task, network, data
        self.cases = find_cases(data, task.case_files)
        self.sampling = sampling or Sampling()
        self.loss: nn.Module = DiceBCELoss()
        self._studies: dict[str, list[Study]] = {}
        self._shapes = LesionShapes()

    def load(self, _folder: Path, _seed: int, report: Report) -> None:
        """Read every study and cut it; find the shapes of synthetic lesions."""
        files, lesions = self.task.case_files, self.task.labels[:1]
        for remark in survey(self.data, [case.reference for case in self.cases], lesions).remarks:
            report(remark)
        self._studies = {case.name: load_studies(case, self.task) for case in self.cases}
        self._shapes = LesionShapes.find(self.data, files.reference, files.region, lesions)

    def examples(self, hidden: Collection[Case], seed: int) -> Slices:
        """Slices of all studies but the hidden ones, without lesion shapes that could be theirs."""
        names = {case.name for case in hidden}
        studies = [self._studies[case.name] for case in self.cases if case.name not in names]
        shapes = self._shapes
        if hidden:
            shapes = shapes.unlike(self._studies[case.name][0].lesions for case in hidden)
        return Slices(studies, mri_augmentation(), self.sampling, seed, shapes)

    def hold_out(self, case: Case, network: nn.Module, device: str) -> HeldOut:
        """Predict a study that ``network`` was not trained on."""
        image, reference = read_case(case, self.task.labels[:1])
        prepared = prepare(image, self.task.preparation)
        probability = predict(prepared, self.task, NetworkBackend(network, device), "best")[0]
        return HeldOut(
            case.name,
            case.patient,
            case.source,
            np.ascontiguousarray(prepared.boxed(probability)),
            np.ascontiguousarray(prepared.boxed(reference > 0)),
            prepared.spacing,
            image.array.size,
        )

    def judge(self, held_out: list[list[HeldOut]]) -> Outcome:
        """See :func:`judge`."""
        return judge(held_out, self.task.labels[0], self.task.connectivity)

    def record(self) -> dict[str, Any]:
        """How examples are drawn."""
        return {
            "sampling": asdict(self.sampling),
            "synthetic_lesion_shapes": len(self._shapes.masks),
        }


def judge(held_out: list[list[HeldOut]], label: Label, connectivity: int) -> Outcome:
    """Choose threshold and smallest component across folds, and compute every study's agreement."""
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
    summary = summarise_groups(rows)
    metrics = {
        f"cross_validated_mean_{line['metric']}": round(line["mean"], 4)
        for line in summary
        if line["group"] == "all" and line["metric"] in METRICS
    }
    return Outcome(rows, summary, metrics, (threshold,), {"smallest_mm3": smallest})
