"""Learning rate: the range test of Smith (WACV 2017), by MONAI."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from monai.optimizers import LearningRateFinder

from SegAssistLib.io.table import write_rows
from SegAssistLib.training.fit import make_optimizer
from SegAssistLib.training.parts import Part


def find_learning_rate(part: Part, table: Path, device: str, steps: int = 120) -> float:
    """Raise the rate from 1e-5 to 1 and return a third of the one at which the loss falls fastest.

    A third, because the steepest place is close to where longer training becomes unstable.

    Args:
        part: network, examples and loss; its own rate is not looked at.
        table: where the rates and losses go, as CSV.
        device: ``cpu`` or ``cuda``.
        steps: of the test.
    """
    torch.manual_seed(part.schedule.seed)
    network = part.network().to(device)
    optimizer = make_optimizer(network, replace(part.schedule, learning_rate=1e-5))
    finder = LearningRateFinder(network, optimizer, part.recipe.loss, device=device, verbose=False)
    finder.range_test(
        part.stream(part.schedule.seed),
        image_extractor=lambda batch: batch["image"],
        label_extractor=lambda batch: batch["reference"],
        end_lr=1.0,
        num_iter=steps,
    )
    rates, losses = finder.get_lrs_and_losses(skip_start=5, skip_end=0)
    pairs = zip(rates, losses, strict=True)
    write_rows(table, [{"learning_rate": rate, "loss": loss} for rate, loss in pairs])
    steepest, _ = finder.get_steepest_gradient(skip_start=5, skip_end=5)
    return float(steepest) / 3
