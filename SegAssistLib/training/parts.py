"""Parts: the trainings that a run consists of, one for each fold and one of everybody."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch
from monai.data import set_track_meta
from torch import nn
from torch.utils.data import DataLoader

from SegAssistLib.cases import Case, split_folds
from SegAssistLib.training.augmentation import mri_augmentation
from SegAssistLib.training.fit import Schedule, fit
from SegAssistLib.training.losses import DiceBCELoss
from SegAssistLib.training.slices import Sampling, Slices, Study
from SegAssistLib.training.synthetic_lesions import LesionShapes

Report = Callable[[str], None]


@dataclass(frozen=True)
class Recipe:
    """Everything that a training depends on besides the patients.

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
class Part:
    """One training of a run.

    Attributes:
        name: ``fold1`` ... or ``final``; also its folder.
        recipe: how.
        training: the studies it learns from, one list of cuts a case.
        test: the cases it must not see.
    """

    name: str
    recipe: Recipe
    training: tuple[list[Study], ...]
    test: tuple[Case, ...] = ()

    def train(self, folder: Path, device: str, report: Report) -> nn.Module:
        """Fit the network and return it; resumes or loads what ``folder`` holds."""
        schedule = self.recipe.schedule
        torch.manual_seed(schedule.seed)

        def examples(step: int) -> DataLoader:
            # a resumed run draws new examples rather than those that it has seen
            return stream(self.training, self.recipe, schedule.seed + 1_000_003 * step)

        return fit(
            self.recipe.network(),
            examples,
            DiceBCELoss(),
            schedule,
            folder / self.name,
            device,
            lambda line: report(f"{self.name}: {line}"),
        )


def plan_parts(
    cases: list[Case], studies: dict[str, list[Study]], recipe: Recipe, folds: int, final_steps: int
) -> list[Part]:
    """Return the parts of a run: ``folds`` folds (or none), and the final one last."""
    parts = []
    for number, test in enumerate(split_folds(cases, folds) if folds else [], 1):
        hidden = {case.name for case in test}
        training = tuple(studies[case.name] for case in cases if case.name not in hidden)
        shapes = recipe.shapes.unlike(studies[case.name][0].lesions for case in test)
        parts.append(Part(f"fold{number}", replace(recipe, shapes=shapes), training, tuple(test)))
    final = replace(recipe, schedule=replace(recipe.schedule, steps=final_steps))
    return [*parts, Part("final", final, tuple(studies.values()))]


def train_side_by_side(parts: Sequence[Part], folder: Path, jobs: int, report: Report) -> None:
    """Train ``parts`` on the CPU, ``jobs`` at a time with one thread each.

    Two trainings with a thread each see half as many examples again as one with two threads, which
    wait for each other at every layer. What is trained is left in ``folder`` for :meth:`Part.train` to load.

    Raises:
        RuntimeError: a training ended early; its error is on stderr.
    """
    context = multiprocessing.get_context("fork")  # the studies are shared, not copied
    waiting = context.SimpleQueue()
    for index in sorted(range(len(parts)), key=lambda index: -parts[index].recipe.schedule.steps):
        waiting.put(index)
    for _ in range(jobs):
        waiting.put(None)

    def work() -> None:
        torch.set_num_threads(1)
        while (index := waiting.get()) is not None:
            parts[index].train(folder, "cpu", report)

    workers = [context.Process(target=work) for _ in range(jobs)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if any(worker.exitcode for worker in workers):
        raise RuntimeError("A training ended early; start it again with the same arguments to go on.")


def stream(studies: Sequence[list[Study]], recipe: Recipe, seed: int) -> DataLoader:
    """Endless batches of augmented examples."""
    return DataLoader(
        Slices(list(studies), mri_augmentation(), recipe.sampling, seed, recipe.shapes),
        batch_size=recipe.schedule.batch,
        num_workers=recipe.workers,
        prefetch_factor=8 if recipe.workers else None,
        worker_init_fn=_prepare_worker,
    )


def _prepare_worker(_worker: int) -> None:
    torch.set_num_threads(1)
    set_track_meta(False)  # nobody asks an example where it came from, and it costs a fifth of the time


def usual_jobs(device: str) -> int:
    """Trainings to run side by side: one a processor core, or one on a GPU and where nothing can fork."""
    if device != "cpu" or "fork" not in multiprocessing.get_all_start_methods():
        return 1
    if hasattr(os, "sched_getaffinity"):  # Linux: the cores that this process may use
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
