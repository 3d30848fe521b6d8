"""Evaluation: a task's masks against reference masks, per case and in summary."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from SegAssistLib.cases import Case, find_cases, partly_annotated, read_case
from SegAssistLib.inference.backends import open_backend
from SegAssistLib.inference.segment import Quality, segment
from SegAssistLib.io import check_writable, writing_together
from SegAssistLib.io.files import files_below
from SegAssistLib.io.record import check_free, input_sha256, write_record
from SegAssistLib.io.table import write_rows
from SegAssistLib.labels import Label
from SegAssistLib.measure.agreement import agreement, summarise_groups
from SegAssistLib.measure.ranking import summarise_ranking
from SegAssistLib.partial_frames import Frame, frame_agreement, read_frames, summarise_channels
from SegAssistLib.references import survey
from SegAssistLib.task import Task

NAME = "evaluation"  # of its record
TABLES = ("cases.csv", "summary.csv")


def evaluate(
    task: Task,
    data: Path,
    output: Path,
    *,
    quality: Quality = "best",
    backend: str = "auto",
    device: str = "auto",
    overwrite: bool = False,
    report: Callable[[str], None] = print,
) -> list[dict[str, Any]]:
    """Segment every annotated study below ``data`` and write ``cases.csv`` and ``summary.csv`` to ``output``.

    Every label is compared that any of the references holds (see :func:`~SegAssistLib.references.survey`); of
    a task with several, rows and summary name the label. Of frames whose table says which classes were looked
    for, every channel that is known is compared. For a task that gives the whole picture a probability, the
    summary has the area under its ROC curve, pictures in which the task's first label is marked against the
    others. A record beside the tables says what was compared.

    Returns:
        The rows of ``summary.csv``: for each group and metric mean, median and 95 % interval.

    Raises:
        Occupied: tables of other studies are in the way, and ``overwrite`` is not set.
        InputError: no annotated study, a reference that does not lie on its image's grid, or references
            that hold none of the task's labels but others.
    """
    partial = task.measure == "vessels" and partly_annotated(data)  # its classes are those of vessels
    cases = read_frames(data) if partial else find_cases(data, task.case_files)
    references = [] if partial else [case.reference for case in cases]
    kinds = not partial and any(case.kinds for case in cases)
    known = survey(data, references, task.labels, kinds=kinds)
    for remark in known.remarks:
        report(remark)
    digest = input_sha256(files_below(data / "images") if partial else [case.image for case in cases])
    check_writable(output)
    if not overwrite:
        check_free(output, NAME, digest, TABLES)
    network = open_backend(task, backend, device)
    rows = []
    for number, case in enumerate(cases, 1):
        if partial:
            of_case = _rows_of_frame(case, task, quality, network)
        else:
            of_case = _rows(case, task, known.labels, quality, network)
        rows += of_case
        dice = ", ".join(f"{row['dice']:.3f}" for row in of_case)
        report(f"{number}/{len(cases)}  {case.name}  Dice {dice}")
    summary = summarise_channels(rows) if partial else summarise_groups(rows)
    if task.image_level is not None:
        positive, negative = ([row for row in rows if row.get("positive") == there] for there in (1, 0))
        summary.append({"group": "all", **summarise_ranking(positive, negative)})
    record = {
        "input": str(data),
        "input_sha256": digest,
        "task": task.name,
        "model_version": task.version,
        "model_sha256": network.sha256,
    }
    with writing_together(output) as folder:
        for table, lines in zip(TABLES, (rows, summary), strict=True):
            write_rows(folder / table, lines)
        write_record(folder, NAME, record)
    return summary


def _rows(
    case: Case, task: Task, labels: tuple[Label, ...], quality: Quality, network: Any
) -> list[dict[str, Any]]:
    """A row for each of ``labels``; that of the task's first has the probability of the whole picture."""
    image, reference = read_case(case, task.labels)
    found = segment(image, task, quality=quality, backend=network)
    rows = []
    for label in labels:
        there, claimed = reference == label.value, found.array == label.value
        compared = agreement(there, claimed, image.spacing, connectivity=task.connectivity)
        named = {"label": label.name} if len(task.labels) > 1 else {}
        row = compared.row(case=case.name, patient=case.patient, source=case.source, **named)
        if task.image_level is not None and label == task.labels[0]:
            row["probability"] = task.image_level.probability(found.probabilities[0])
            row["positive"] = int(there.any())
        rows.append(row)
    return rows


def _rows_of_frame(frame: Frame, task: Task, quality: Quality, network: Any) -> list[dict[str, Any]]:
    found = segment(frame.image, task, quality=quality, backend=network)
    return frame_agreement(frame, found.array[..., 0])
