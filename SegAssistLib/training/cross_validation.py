"""Cross-validation: what a network does with patients that it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from SegAssistLib.io.table import write_rows
from SegAssistLib.training.parts import Part
from SegAssistLib.training.recipe import Outcome, Recipe, Report
from SegAssistLib.wording import counted


def cross_validate(
    parts: Sequence[Part], recipe: Recipe, folder: Path, device: str = "cpu", report: Report = print
) -> Outcome:
    """Train every fold on all patients but its own, predict those, and judge.

    Writes ``cases.csv`` and ``summary.csv`` into ``folder``.
    """
    held_out: list[list[Any]] = []
    for part in parts:
        network = part.train(folder, device, report)
        held_out.append([recipe.hold_out(case, network, device) for case in part.test])
        report(f"{part.name}: {counted(len(part.test), 'held-out case')} predicted")
    outcome = recipe.judge(held_out)
    write_rows(folder / "cases.csv", outcome.rows)
    write_rows(folder / "summary.csv", outcome.summary)
    return outcome
