"""Cross-validation: what a network does with patients that it has not seen, and the model made of all."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import torch
from monai.data import set_track_meta
from torch import nn
from torch.utils.data import DataLoader

from SegAssistLib.cases import Case, split_folds
from SegAssistLib.image import Image
from SegAssistLib.inference.segment import predict
from SegAssistLib.inference.torch_backend import NetworkBackend
from SegAssistLib.labels import Label
from SegAssistLib.measure.agreement import agreement
from SegAssistLib.prepare import PlaneSettings, prepare
from SegAssistLib.report.agreement import summarise_groups, write_table
from SegAssistLib.task import Task
from SegAssistLib.training.augmentation import mri_augmentation
from SegAssistLib.training.fit import Schedule, device_name, fit
from SegAssistLib.training.losses import DiceBCELoss
from SegAssistLib.training.slices import Sampling, Slices, Study, load_studies
from SegAssistLib.training.synthetic_lesions import LesionShapes
from SegAssistLib.training.thresholds import HeldOut, choose, score_table

Report = Callable[[str], None]


@dataclass(frozen=True)
class Recipe:
    """Everything that a training run depends on besides the data.

    Attributes:
        network: makes an untrained network.
        schedule: see there.
        sampling: see there.
        shapes: of synthetic lesions.
        workers: processes that prepare examples beside the training.
    """

    network: Callable[[], nn.Module]
    schedule: Schedule
    sampling: Sampling = field(default_factory=Sampling)
    shapes: LesionShapes = field(default_factory=LesionShapes)
    workers: int = 1


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


def train(
    studies: Sequence[list[Study]], recipe: Recipe, folder: Path, device: str, report: Report
) -> nn.Module:
    """Fit one network on ``studies`` and return it; resumes what ``folder`` holds."""
    torch.manual_seed(recipe.schedule.seed)

    def examples(step: int) -> DataLoader:
        # a resumed run draws new examples rather than those that it has seen
        return stream(studies, recipe, recipe.schedule.seed + 1_000_003 * step)

    return fit(recipe.network(), examples, DiceBCELoss(), recipe.schedule, folder, device, report)


def stream(studies: Sequence[list[Study]], recipe: Recipe, seed: int) -> DataLoader:
    """Endless batches of augmented examples."""
    return DataLoader(
        Slices(list(studies), mri_augmentation(), recipe.sampling, seed, recipe.shapes),
        batch_size=recipe.schedule.batch,
        num_workers=recipe.workers,
        prefetch_factor=8 if recipe.workers else None,
        worker_init_fn=_prepare_worker,
    )


def load_all(cases: list[Case], settings: PlaneSettings) -> dict[str, list[Study]]:
    """Read every case into memory, by name."""
    return {case.name: load_studies(case, settings) for case in cases}


def _prepare_worker(_worker: int) -> None:
    torch.set_num_threads(1)
    set_track_meta(False)  # nobody asks an example where it came from, and it costs a fifth of the time


def hold_out(case: Case, task: Task, network: nn.Module, device: str, quality: str = "best") -> HeldOut:
    """Predict a case that ``network`` was not trained on."""
    image = nib.load(case.image)
    voxels = np.asarray(image.dataobj)
    prepared = prepare(Image(voxels, image.affine), task.preparation)
    probability = predict(prepared, task, NetworkBackend(network, device), quality)[0].astype(np.float16)
    reference = prepared.orientation.forward(np.asarray(nib.load(case.reference).dataobj) > 0)
    return HeldOut(
        case.name,
        case.patient,
        case.source,
        probability,
        np.ascontiguousarray(reference[prepared.box]),
        prepared.spacing,
        voxels.size,
    )


def cross_validate(
    cases: list[Case],
    studies: dict[str, list[Study]],
    task: Task,
    recipe: Recipe,
    folds: int,
    folder: Path,
    device: str = "auto",
    report: Report = print,
) -> Outcome:
    """Train on all folds but one and predict that one, for every fold.

    Threshold and smallest component of a fold are chosen on the predictions of the other folds, so
    that no case has a say in the settings it is judged with. Writes ``cases.csv`` and
    ``summary.csv`` into ``folder``.
    """
    device = device_name(device)
    held_out: list[list[HeldOut]] = []
    for number, test in enumerate(split_folds(cases, folds), 1):
        started = time.perf_counter()
        names = {case.name for case in test}
        training = [studies[case.name] for case in cases if case.name not in names]
        shapes = recipe.shapes.unlike(studies[case.name][0].lesions for case in test)
        network = train(
            training,
            replace(recipe, shapes=shapes),
            folder / f"fold{number}",
            device,
            lambda line, n=number: report(f"fold {n}: {line}"),
        )
        held_out.append([hold_out(case, task, network, device) for case in test])
        report(f"fold {number} of {folds} done in {(time.perf_counter() - started) / 60:.1f} min")
    outcome = judge(held_out, task.labels[0], task.connectivity)
    write_table(folder / "cases.csv", outcome.rows)
    write_table(folder / "summary.csv", summarise_groups(outcome.rows))
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
