"""Lesions: every connected component of the task's first label, in a volume, a still, or frame by frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.labels import Segmentation
from SegAssistLib.measure.components import PLANAR
from SegAssistLib.measure.lesions import Findings, Lesion, find_lesions
from SegAssistLib.report.lesion_frames import write_lesion_frames
from SegAssistLib.report.table import findings_rows, write_findings
from SegAssistLib.results.shown import Shown, number
from SegAssistLib.task import Task
from SegAssistLib.translation import tr as _
from SegAssistLib.wording import counted

MOST_ROWS = 20  # in a terminal

Columns = dict[str, Callable[[Lesion], str]]  # what a cell says of a lesion, by title


class LesionMeasure:
    """See :class:`~SegAssistLib.results.Measure`."""

    def measure(
        self, segmentation: Segmentation, task: Task, image: Image | None = None, **choices: Any
    ) -> Findings:
        """Measure the first label's components (none is dropped for its size); there is nothing to choose."""
        if choices:
            raise InputError(
                _("{task} measures lesions: no {choices} can be chosen.").format(
                    task=task.name, choices=" or ".join(choices)
                )
            )
        label = task.labels[0]
        probabilities = segmentation.probabilities
        findings = find_lesions(
            segmentation.array == label.value,
            segmentation.affine,
            probability=None if probabilities is None else probabilities[0],
            calibrated=segmentation.calibrated and task.connectivity not in PLANAR,  # a picture has no volume
            connectivity=task.connectivity,
        )
        times = None if image is None else image.times_s
        return findings if times is None else replace(findings, times_s=tuple(times.tolist()))

    def rows(self, findings: Findings, task: Task) -> list[dict[str, Any]]:
        """One row a lesion, and the total."""
        return findings_rows(findings, task.name)

    def summary(self, findings: Findings) -> dict[str, Any]:
        """Number and volume."""
        return {"volume_mm3": findings.total_volume_mm3, "lesions": findings.lesion_count}

    def shown(self, findings: Findings, task: Task) -> Shown:
        """The largest lesions."""
        columns = _picture_columns(findings) if findings.planar else _volume_columns()
        lesions = findings.lesions[:MOST_ROWS]
        more = len(findings.lesions) - len(lesions)
        return Shown(
            _title(findings, task.labels[0].name),
            tuple(columns),
            tuple(tuple(cell(lesion) for cell in columns.values()) for lesion in lesions),
            (_("... and {more} smaller ones; the CSV has them all.").format(more=more),) if more else (),
        )

    def warnings(self, _findings: Findings) -> list[str]:
        """None: a table of lesions is no reason for one."""
        return []

    def write_tables(self, folder: Path, name: str, findings: Findings, task: Task) -> None:
        """Write ``NAME_findings.csv``, and of a clip ``NAME_frames.csv``."""
        write_findings(folder / f"{name}_findings.csv", findings, task.name)
        if _is_clip(findings):
            write_lesion_frames(folder / f"{name}_frames.csv", findings)

    def write_pictures(
        self, folder: Path, image: Image, segmentation: Segmentation, findings: Findings, task: Task
    ) -> None:
        """Write ``NAME_overlay.png``."""
        from SegAssistLib.report.overlay import write_overlay

        amounts = {task.labels[0].name: _amount(findings)}
        write_overlay(folder / f"{image.name}_overlay.png", image, segmentation, task.title, amounts)


def _title(findings: Findings, noun: str) -> str:
    """How many there are; of a clip in how many frames, for one thing is counted in each anew."""
    if _is_clip(findings):
        return f"{noun} {_frames(findings)}"
    return f"{counted(findings.lesion_count, noun)}, {_total_size(findings)}"


def _amount(findings: Findings) -> str:
    """The same for a legend, which has the name."""
    if not findings.lesions:
        return "not found"
    return _frames(findings) if _is_clip(findings) else _total_size(findings)


def _is_clip(findings: Findings) -> bool:
    return findings.planar and findings.slice_count > 1


def _frames(findings: Findings) -> str:
    """In how many frames there are any."""
    return f"in {len({lesion.first_slice for lesion in findings.lesions})} of {findings.slice_count} frames"


def _total_size(findings: Findings) -> str:
    """What all lesions add up to."""
    if findings.total_volume_ml is None:
        size = counted(findings.total_voxels, findings.unit.removesuffix("s"))
        return size if findings.planar else f"{size} (uncalibrated)"
    return f"{findings.total_volume_ml:.2f} ml"


def _volume_columns() -> Columns:
    return {
        "id": lambda lesion: str(lesion.id),
        "mm3": lambda lesion: number(lesion.volume_mm3, 1),
        "voxels": lambda lesion: str(lesion.voxels),
        "R, A, S (mm)": lambda lesion: ", ".join(f"{value:.1f}" for value in lesion.centroid_ras or ()),
        "longest axial (mm)": lambda lesion: number(lesion.longest_axial_diameter_mm, 1),
        "slices": lambda lesion: f"{lesion.first_slice}-{lesion.last_slice}",
        "probability": lambda lesion: number(lesion.mean_probability, 2),
    }


def _picture_columns(findings: Findings) -> Columns:
    frame: Columns = {"frame": lambda lesion: str(lesion.first_slice)} if findings.slice_count > 1 else {}
    return {
        "id": lambda lesion: str(lesion.id),
        **frame,
        "pixels": lambda lesion: str(lesion.voxels),
        "column, row": lambda lesion: ", ".join(f"{value:.0f}" for value in lesion.centroid_ijk[:2]),
        "probability": lambda lesion: number(lesion.mean_probability, 2),
    }
