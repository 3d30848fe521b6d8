"""Run: the whole training of a task, from a folder of annotated studies to a bundle."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

from SegAssistLib.cases import find_cases, split_folds
from SegAssistLib.io.files import check_writable, writing
from SegAssistLib.measure.agreement import summarise_groups
from SegAssistLib.networks import build_network, network_definition
from SegAssistLib.task import Task
from SegAssistLib.training.cross_validation import Outcome, cross_validate
from SegAssistLib.training.curves import draw_curves
from SegAssistLib.training.export import export_bundle
from SegAssistLib.training.fit import Schedule, device_name
from SegAssistLib.training.learning_rate import find_learning_rate
from SegAssistLib.training.machine import tune_memory
from SegAssistLib.training.parts import Recipe, plan_parts, train_side_by_side, usual_jobs
from SegAssistLib.training.slices import load_studies
from SegAssistLib.training.synthetic_lesions import LesionShapes


def run_training(
    task: Task,
    data: Path,
    output: Path,
    network: str,
    schedule: Schedule,
    folds: int,
    final_steps: int,
    device: str = "auto",
    jobs: int | None = None,
    report: Callable[[str], None] = print,
) -> Path:
    """Cross-validate, train on everything, and export.

    Writes to ``output``: ``recipe.json``; a folder for each fold and ``final`` (checkpoint, curve);
    ``cases.csv`` and ``summary.csv`` of the cross-validation; ``curves.png``; ``bundle/``. What is
    already there is not computed again.

    Args:
        task: whose bundle states labels, preparation and how files are named.
        data: see :func:`~SegAssistLib.cases.find_cases`.
        output: folder.
        network: name, see :mod:`SegAssistLib.networks`.
        schedule: of a fold; a ``learning_rate`` of 0 is searched for.
        folds: of the cross-validation; with 0 the task's own threshold and smallest component are kept.
        final_steps: of the final model.
        device: ``auto``, ``cpu`` or ``cuda``.
        jobs: trainings side by side; by default what suits the machine.
        report: gets lines of progress.

    Returns:
        The folder of the new bundle.
    """
    definition = network_definition(network, out_channels=len(task.labels))
    files = task.case_files
    cases = find_cases(data, files)
    if folds:
        split_folds(cases, folds)  # refuses what cannot be split before anything is read or written
    check_writable(output)
    tune_memory()
    device = device_name(device)
    studies = {case.name: load_studies(case, task) for case in cases}
    shapes = LesionShapes.find(data, files.reference, files.region)
    recipe = Recipe(lambda: build_network(definition), schedule, shapes=shapes)
    if schedule.learning_rate == 0:
        rate = _earlier_rate(output) or find_learning_rate(
            list(studies.values()), recipe, output / "learning_rate.csv", device
        )
        report(f"learning rate {rate:.2g}")
        recipe = replace(recipe, schedule=replace(schedule, learning_rate=rate))
    _write_recipe(output / "recipe.json", network, recipe, folds, [case.name for case in cases])
    parts = plan_parts(cases, studies, recipe, folds, final_steps)
    jobs = min(jobs or usual_jobs(device), len(parts))
    if jobs > 1:
        train_side_by_side(parts, output, jobs, report)
    outcome = Outcome([], task.labels[0].threshold, task.smallest_mm3)
    if folds:
        outcome = cross_validate(parts[:-1], task, output, device, report)
    trained = parts[-1].train(output, device, report)
    draw_curves(output)
    bundle = output / "bundle"
    export_bundle(
        trained,
        definition,
        outcome.threshold,
        outcome.smallest_mm3,
        _held_out_metrics(outcome),
        task.folder,
        bundle,
    )
    return bundle


def _held_out_metrics(outcome: Outcome) -> dict[str, float]:
    """Mean figures of the cross-validation, for the bundle's metadata."""
    wanted = ("dice", "iou", "lesion_f1", "absolute_volume_difference_percent")
    return {
        f"cross_validated_mean_{line['metric']}": round(line["mean"], 4)
        for line in summarise_groups(outcome.rows)
        if line["group"] == "all" and line["metric"] in wanted
    }


def _earlier_rate(output: Path) -> float | None:
    """Return the rate that an earlier start of this run found: a resumed run must not change it."""
    record = output / "recipe.json"
    if not record.exists():
        return None
    return json.loads(record.read_text(encoding="utf-8"))["schedule"]["learning_rate"]


def _write_recipe(path: Path, network: str, recipe: Recipe, folds: int, cases: list[str]) -> None:
    record = {
        "network": network,
        "schedule": asdict(recipe.schedule),
        "sampling": asdict(recipe.sampling),
        "synthetic_lesion_shapes": len(recipe.shapes.masks),
        "folds": folds,
        "cases": cases,
    }
    with writing(path) as temporary:
        temporary.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
