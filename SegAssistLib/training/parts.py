"""Parts: the trainings that a run consists of, one for each fold and one of everybody."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import torch
from monai.data import set_track_meta
from safetensors.torch import load_file
from torch import nn
from torch.utils.data import DataLoader, IterableDataset

from SegAssistLib.errors import InputError
from SegAssistLib.networks import build_network
from SegAssistLib.training.fit import Schedule, fit
from SegAssistLib.training.recipe import Annotated, Recipe, Report
from SegAssistLib.translation import tr as _


@dataclass(frozen=True)
class Part:
    """One training of a run.

    Attributes:
        name: ``fold1`` ... or ``final``; also its folder.
        recipe: what is learned.
        schedule: how long and how fast.
        test: the cases whose patients it must not see.
        workers: processes that prepare examples beside the training.
        weights: safetensors file that it begins with; by default it begins with none.
    """

    name: str
    recipe: Recipe
    schedule: Schedule
    test: tuple[Annotated, ...] = ()
    workers: int = 1
    weights: Path | None = None

    def network(self) -> nn.Module:
        """Make the network as the training begins with it.

        Raises:
            InputError: the weights are another network's.
        """
        network = build_network(self.recipe.definition)
        if self.weights is not None:
            try:
                network.load_state_dict(load_file(self.weights))
            except RuntimeError as error:
                raise InputError(
                    _("{weights}: the weights of another network; leave them out.").format(
                        weights=self.weights
                    )
                ) from error
        return network

    def stream(self, seed: int) -> DataLoader:
        """Endless batches of augmented examples."""
        return batches(self.recipe.examples(self.test, seed), self.schedule.batch, self.workers)

    def train(self, folder: Path, device: str, report: Report) -> nn.Module:
        """Fit the network and return it; resumes or loads what ``folder`` holds."""
        torch.manual_seed(self.schedule.seed)

        def examples(step: int) -> DataLoader:
            # a resumed run draws new examples rather than those that it has seen
            return self.stream(self.schedule.seed + 1_000_003 * step)

        def tell(line: str) -> None:
            report(f"{self.name}: {line}")

        network = self.network()
        own = folder / self.name
        self.recipe.start(network, self.test, own, self.schedule.seed, device, tell)
        return fit(network, examples, self.recipe.loss, self.schedule, own, device, tell)


def batches(examples: IterableDataset, size: int, workers: int = 1) -> DataLoader:
    """Endless batches of a stream, prepared by so many processes beside the training."""
    return DataLoader(
        examples,
        batch_size=size,
        num_workers=workers,
        prefetch_factor=8 if workers else None,
        worker_init_fn=_prepare_worker,
    )


def plan_parts(
    recipe: Recipe,
    schedule: Schedule,
    folds: int,
    final_steps: int,
    device: str = "cpu",
    weights: Path | None = None,
) -> list[Part]:
    """Return the parts of a run: ``folds`` folds (or none), and the final one, with ``weights``, last."""
    final = Part("final", recipe, replace(schedule, steps=final_steps), workers=_usual_workers(device))
    tests = recipe.folds(folds) if folds else []
    parts = [
        replace(final, name=f"fold{number}", schedule=schedule, test=tuple(test))
        for number, test in enumerate(tests, 1)
    ]
    return [*parts, replace(final, weights=weights)]


def train_side_by_side(parts: Sequence[Part], folder: Path, jobs: int, report: Report) -> None:
    """Train ``parts`` on the CPU, ``jobs`` at a time with one thread each.

    Two trainings with a thread each see half as many examples again as one with two threads, which
    wait for each other at every layer. What is trained is left in ``folder`` for :meth:`Part.train` to load.

    Raises:
        RuntimeError: a training ended early; its error is on stderr.
    """
    context = multiprocessing.get_context("fork")  # the examples are shared, not copied
    waiting = context.SimpleQueue()
    for index in sorted(range(len(parts)), key=lambda index: -parts[index].schedule.steps):
        waiting.put(index)
    for _job in range(jobs):
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


def _prepare_worker(_worker: int) -> None:
    torch.set_num_threads(1)
    cv2.setNumThreads(0)
    set_track_meta(False)  # nobody asks an example where it came from, and it costs a fifth of the time


def usual_jobs(device: str) -> int:
    """Trainings to run side by side: one a processor core, or one on a GPU and where nothing can fork."""
    if device != "cpu" or "fork" not in multiprocessing.get_all_start_methods():
        return 1
    return _cores()


def _usual_workers(device: str) -> int:
    """Processes that prepare examples: one beside a training on the CPU, and all cores to feed a GPU."""
    return 1 if device == "cpu" else min(8, _cores())


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # Linux: the cores that this process may use
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
