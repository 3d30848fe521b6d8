"""Evaluation: a task's masks against reference masks, per case and in summary."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from SegAssistLib.cases import Case, find_cases, read_case
from SegAssistLib.inference.backends import open_backend
from SegAssistLib.inference.segment import Quality, segment
from SegAssistLib.io import check_writable
from SegAssistLib.io.table import write_rows
from SegAssistLib.measure.agreement import agreement, summarise_groups
from SegAssistLib.task import Task


def evaluate(
    task: Task,
    data: Path,
    output: Path,
    *,
    quality: Quality = "best",
    backend: str = "auto",
    device: str = "auto",
    report: Callable[[str], None] = print,
) -> list[dict[str, Any]]:
    """Segment every annotated study below ``data`` and write ``cases.csv`` and ``summary.csv`` to ``output``.

    Returns:
        The rows of ``summary.csv``: for each group and metric mean, median and 95 % interval.

    Raises:
        InputError: no annotated study, or a reference that does not lie on its image's grid.
    """
    cases = find_cases(data, task.case_files)
    check_writable(output)
    network = open_backend(task, backend, device)
    rows = []
    for number, case in enumerate(cases, 1):
        rows.append(_row(case, task, quality, network))
        report(f"{number}/{len(cases)}  {case.name}  Dice {rows[-1]['dice']:.3f}")
    summary = summarise_groups(rows)
    write_rows(output / "cases.csv", rows)
    write_rows(output / "summary.csv", summary)
    return summary


def _row(case: Case, task: Task, quality: Quality, network: Any) -> dict[str, Any]:
    image, reference = read_case(case)
    found = segment(image, task, quality=quality, backend=network)
    label = task.labels[0].value
    compared = agreement(reference, found.array == label, image.spacing, connectivity=task.connectivity)
    return compared.row(case=case.name, patient=case.patient, source=case.source)
