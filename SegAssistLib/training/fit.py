"""Fit: one network on a stream of examples, with checkpoints, resume and progress."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, update_bn

from SegAssistLib.errors import InputError
from SegAssistLib.io.files import writing
from SegAssistLib.io.table import write_rows
from SegAssistLib.translation import tr as _

OPTIMIZERS = ("adamw", "sgd")
NORM_BATCHES = 60  # from which the statistics of batch norm are taken at the end
CURVE = ("step", "loss", "learning_rate", "examples_per_second")


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to learn.

    Attributes:
        steps: optimiser steps.
        batch: examples a step.
        learning_rate: at its highest, after ``warm_up``; it falls to zero as a cosine.
        warm_up: share of the steps in which the rate rises.
        weight_decay: of AdamW; SGD has none.
        average: decay of the running average of the weights, which is what is kept; less in the first steps.
        checkpoint_every: steps between checkpoints.
        seed: of weights and examples.
        optimizer: ``adamw``, or ``sgd`` (stochastic gradient descent with a momentum of 0.9).
        halved: share of the steps, the first ones, that see every picture at half its size: a quarter of the
            arithmetic while a network learns what is coarse (progressive resizing).
    """

    steps: int = 2500
    batch: int = 16
    learning_rate: float = 4e-3
    warm_up: float = 0.05
    weight_decay: float = 1e-2
    average: float = 0.998
    checkpoint_every: int = 500
    seed: int = 0
    optimizer: str = "adamw"
    halved: float = 0.0

    def __post_init__(self) -> None:
        if self.optimizer not in OPTIMIZERS:
            raise InputError(
                _("There is no optimizer {optimizer!r}; choose one of: {choices}.").format(
                    optimizer=self.optimizer, choices=", ".join(OPTIMIZERS)
                )
            )

    def rate(self, step: int) -> float:
        """Share of the highest learning rate at ``step``."""
        rising = max(1, round(self.warm_up * self.steps))
        if step < rising:
            return (step + 1) / rising
        return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, self.steps - rising)))


def make_optimizer(network: nn.Module, schedule: Schedule) -> torch.optim.Optimizer:
    """The optimiser of a schedule, at its highest rate."""
    if schedule.optimizer == "sgd":
        return torch.optim.SGD(network.parameters(), lr=schedule.learning_rate, momentum=0.9)
    return torch.optim.AdamW(
        network.parameters(), lr=schedule.learning_rate, weight_decay=schedule.weight_decay
    )


def device_name(device: str = "auto") -> str:
    """``cuda`` where there is one and nothing else was asked for, else ``cpu``."""
    if device != "auto":
        return device
    return "cuda" if torch.cuda.is_available() else "cpu"


def precision(device: str) -> torch.dtype:
    """bfloat16 where the device computes in it; imitated, it is ten times slower than float32."""
    own = device != "cpu" or torch.cpu.get_capabilities().get("avx512_bf16", False)
    return torch.bfloat16 if own else torch.float32


def running_average(decay: float) -> Callable[..., None]:
    """Average weights with ``decay``, and at first with less, or a short training keeps its first steps.

    Update ``n`` decays by at most ``(1 + n) / (10 + n)`` (as ``num_updates`` of TensorFlow's
    ``ExponentialMovingAverage`` does).
    """

    def update(averaged: Sequence[torch.Tensor], current: Sequence[torch.Tensor], updates: int) -> None:
        updates = int(updates)
        get_ema_multi_avg_fn(min(decay, (1 + updates) / (10 + updates)))(averaged, current, updates)

    return update


def halve(batch: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Pictures and references at half their size; what is not known of a part is not known of the whole."""
    unknown = nn.functional.max_pool2d((batch["reference"] < 0).float(), 2) > 0
    reference = nn.functional.avg_pool2d(batch["reference"], 2).masked_fill(unknown, -1.0)
    return {"image": nn.functional.avg_pool2d(batch["image"], 2), "reference": reference}


def fit(
    network: nn.Module,
    examples: Callable[[int], Iterable[dict[str, torch.Tensor]]],
    loss: nn.Module,
    schedule: Schedule,
    folder: Path,
    device: str = "auto",
    report: Callable[[str], None] = print,
) -> nn.Module:
    """Train ``network`` and return the running average of its weights, in evaluation mode.

    Writes ``checkpoint.pt`` (resumed from when it is of this network and schedule) and ``curve.csv``
    (step, loss, learning rate, examples a second) into ``folder``. A finished run is loaded, not
    trained again.

    Args:
        network: maps ``(batch, channels, rows, columns)`` to logits ``(batch, labels, rows, columns)``.
        examples: given the step to start from, an endless stream of batches ``image``, ``reference``.
        loss: of logits and references.
        schedule: length and rate.
        folder: where checkpoints go.
        device: ``auto``, ``cpu`` or ``cuda``.
        report: gets a line of progress, with the time left.
    """
    folder.mkdir(parents=True, exist_ok=True)
    device = device_name(device)
    dtype = precision(device)
    network = network.to(device, memory_format=torch.channels_last).train()
    average = AveragedModel(network, multi_avg_fn=running_average(schedule.average), use_buffers=True)
    optimizer = make_optimizer(network, schedule)
    checkpoint = folder / "checkpoint.pt"
    step, curve = 0, []
    if checkpoint.exists():
        state = torch.load(checkpoint, map_location=device, weights_only=True)
        same = _shapes(state["network"]) == _shapes(network.state_dict())
        if same and Schedule(**state["schedule"]) == schedule:
            network.load_state_dict(state["network"])
            average.load_state_dict(state["average"])
            optimizer.load_state_dict(state["optimizer"])
            step, curve = state["step"], state["curve"]
            report(f"resumed at step {step} of {schedule.steps}")
    started, first, total = time.perf_counter(), step, 0.0
    stream = iter(examples(step)) if step < schedule.steps else iter(())
    while step < schedule.steps:
        batch = next(stream)
        if step < schedule.halved * schedule.steps:
            batch = halve(batch)
        image = batch["image"].to(device, memory_format=torch.channels_last, non_blocking=True)
        reference = batch["reference"].to(device, non_blocking=True)
        for group in optimizer.param_groups:
            group["lr"] = schedule.learning_rate * schedule.rate(step)
        with torch.autocast(device, torch.bfloat16, enabled=dtype == torch.bfloat16):
            logits = network(image)
        value = loss(logits.float(), reference)
        optimizer.zero_grad(set_to_none=True)
        value.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        average.update_parameters(network)
        step += 1
        total += value.item()
        if step % 50 == 0 or step == schedule.steps:
            rate = (step - first) / (time.perf_counter() - started)
            interval = 50 if step % 50 == 0 else step % 50
            curve.append([step, total / interval, optimizer.param_groups[0]["lr"], rate * schedule.batch])
            left = (schedule.steps - step) / rate
            report(
                f"step {step}/{schedule.steps}  loss {total / interval:.4f}  "
                f"{rate * schedule.batch:.0f} examples/s  {left / 60:.1f} min left"
            )
            total = 0.0
        if step == schedule.steps:
            # averaged statistics of batch norm are not those of the averaged weights
            images = (next(stream)["image"].to(device) for _ in range(NORM_BATCHES))
            update_bn(images, average)
        if step % schedule.checkpoint_every == 0 or step == schedule.steps:
            state = {
                "network": network.state_dict(),
                "average": average.state_dict(),
                "optimizer": optimizer.state_dict(),
                "step": step,
                "curve": curve,
                "schedule": asdict(schedule),
            }
            with writing(checkpoint) as path:
                torch.save(state, path)
            write_rows(folder / "curve.csv", [dict(zip(CURVE, point, strict=True)) for point in curve])
    return average.module.eval()


def _shapes(state: dict[str, torch.Tensor]) -> dict[str, torch.Size]:
    return {name: value.shape for name, value in state.items()}
