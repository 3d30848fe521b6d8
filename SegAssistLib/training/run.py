"""Run: the whole training of a task, from a folder of annotated studies to a bundle."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from SegAssistLib.errors import InputError
from SegAssistLib.io.files import check_writable, writing
from SegAssistLib.task import Task
from SegAssistLib.training.cross_validation import cross_validate
from SegAssistLib.training.curves import draw_curves
from SegAssistLib.training.export import export_bundle
from SegAssistLib.training.fit import Schedule, device_name
from SegAssistLib.training.learning_rate import find_learning_rate
from SegAssistLib.training.lesions import LesionRecipe
from SegAssistLib.training.machine import tune_memory
from SegAssistLib.training.parts import Part, plan_parts, train_side_by_side, usual_jobs
from SegAssistLib.training.picture_recipe import PictureRecipe
from SegAssistLib.training.recipe import Outcome, Recipe
from SegAssistLib.training.vessels import VesselRecipe
from SegAssistLib.training.xray import XRayRecipe
from SegAssistLib.translation import tr as _

# by the name that a bundle states
RECIPES: dict[str, Callable[[Task, Path, str], Recipe]] = {
    "slices": LesionRecipe,
    "vessels": VesselRecipe,
    "pictures": PictureRecipe,
    "xray": XRayRecipe,
}


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
    start: Task | None = None,
    **options: Any,
) -> Path:
    """Cross-validate, train on everything, and export.

    Writes to ``output``: ``recipe.json``; a folder for each fold and ``final`` (checkpoint, curve);
    ``cases.csv`` and ``summary.csv`` of the cross-validation; ``curves.png``; ``bundle/``. What is
    already there is not computed again.

    Args:
        task: whose bundle states labels, preparation and how files are named.
        data: annotated cases, as the task's recipe expects them.
        output: folder.
        network: name, see :mod:`SegAssistLib.networks`.
        schedule: of a fold; a ``learning_rate`` of 0 is searched for.
        folds: of the cross-validation; with 0 the task's own thresholds and smallest component are kept.
        final_steps: of the final model.
        device: ``auto``, ``cpu`` or ``cuda``.
        jobs: trainings side by side; by default what suits the machine.
        report: gets lines of progress.
        start: a trained bundle with whose weights the final model begins; then there can be no folds.
        options: what is chosen of the recipe, see :meth:`~SegAssistLib.training.recipe.Recipe.choose`.

    Returns:
        The folder of the new bundle.

    Raises:
        InputError: there is no recipe for the task, it has no such option, or the data are not what it needs.
    """
    if task.recipe not in RECIPES:
        raise InputError(
            _("{folder}: there is no recipe {recipe!r}; choose one of: {choices}.").format(
                folder=task.folder, recipe=task.recipe, choices=", ".join(RECIPES)
            )
        )
    recipe = RECIPES[task.recipe](task, data, network)
    recipe.choose(**options)
    # an unknown network, or what cannot be split, is refused before anything is prepared or written
    definition = recipe.definition
    if folds:
        recipe.folds(folds)
    weights = None if start is None else start.weights["torch"].verified()
    if weights is not None and folds:
        raise InputError(
            _("{folder}: its network may have seen everybody; train with 0 folds.").format(
                folder=start.folder
            )
        )
    check_writable(output)
    tune_memory()
    device = device_name(device)
    recipe.load(output, schedule.seed, report)
    if schedule.learning_rate == 0:
        rate = _earlier_rate(output) or find_learning_rate(
            Part("learning_rate", recipe, schedule), output / "learning_rate.csv", device
        )
        report(f"learning rate {rate:.2g}")
        schedule = replace(schedule, learning_rate=rate)
    _write_recipe(output / "recipe.json", recipe, schedule, folds)
    parts = plan_parts(recipe, schedule, folds, final_steps, device, weights)
    jobs = min(jobs or usual_jobs(device), len(parts))
    if jobs > 1:
        train_side_by_side(parts, output, jobs, report)
    outcome = cross_validate(parts[:-1], recipe, output, device, report) if folds else Outcome()
    trained = parts[-1].train(output, device, report)
    draw_curves(output)
    bundle = output / "bundle"
    export_bundle(trained, definition, recipe.task, outcome, bundle)
    return bundle


def _earlier_rate(output: Path) -> float | None:
    """Return the rate that an earlier start of this run found: a resumed run must not change it."""
    record = output / "recipe.json"
    if not record.exists():
        return None
    return json.loads(record.read_text(encoding="utf-8"))["schedule"]["learning_rate"]


def _write_recipe(path: Path, recipe: Recipe, schedule: Schedule, folds: int) -> None:
    record = {
        "network": recipe.definition,
        "schedule": asdict(schedule),
        **recipe.record(),
        "folds": folds,
        "cases": [case.name for case in recipe.cases],
    }
    with writing(path) as temporary:
        temporary.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
