"""Lesions: every connected component of the task's first label, in a volume, a still, or frame by frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.labels import Segmentation
from SegAssistLib.measure.components import PLANAR
from SegAssistLib.measure.lesions import Findings, find_lesions
from SegAssistLib.report.table import findings_rows, write_findings
from SegAssistLib.results.shown import Shown, number
from SegAssistLib.task import Task

MOST_ROWS = 20  # in a terminal


class LesionMeasure:
    """See :class:`~SegAssistLib.results.Measure`."""

    def measure(
        self, segmentation: Segmentation, task: Task, _image: Image | None = None, **choices: Any
    ) -> Findings:
        """Measure the first label's components (none is dropped for its size); there is nothing to choose."""
        if choices:
            raise InputError(f"{task.name} measures lesions: no {' or '.join(choices)} can be chosen.")
        label = task.labels[0]
        probabilities = segmentation.probabilities
        return find_lesions(
            segmentation.array == label.value,
            segmentation.affine,
            probability=None if probabilities is None else probabilities[0],
            calibrated=segmentation.calibrated and task.connectivity not in PLANAR,  # a picture has no volume
            connectivity=task.connectivity,
        )

    def rows(self, findings: Findings, task: Task) -> list[dict[str, Any]]:
        """One row a lesion, and the total."""
        return findings_rows(findings, task.name)

    def summary(self, findings: Findings) -> dict[str, Any]:
        """Number and volume."""
        return {"volume_mm3": findings.total_volume_mm3, "lesions": findings.lesion_count}

    def shown(self, findings: Findings) -> Shown:
        """The largest lesions."""
        total = (
            f"{findings.total_voxels} voxels (uncalibrated)"
            if findings.total_volume_ml is None
            else f"{findings.total_volume_ml:.2f} ml"
        )
        rows = tuple(
            (
                str(lesion.id),
                number(lesion.volume_mm3, 1),
                str(lesion.voxels),
                ", ".join(f"{value:.1f}" for value in lesion.centroid_ras or ()),
                number(lesion.longest_axial_diameter_mm, 1),
                f"{lesion.first_slice}-{lesion.last_slice}",
                number(lesion.mean_probability, 2),
            )
            for lesion in findings.lesions[:MOST_ROWS]
        )
        more = len(findings.lesions) - len(rows)
        return Shown(
            f"{findings.lesion_count} lesions, {total}",
            ("id", "mm3", "voxels", "R, A, S (mm)", "longest axial (mm)", "slices", "probability"),
            rows,
            (f"... and {more} smaller ones; the CSV has them all.",) if more else (),
        )

    def warnings(self, _findings: Findings) -> list[str]:
        """None: a table of lesions is no reason for one."""
        return []

    def write_tables(self, folder: Path, name: str, findings: Findings, task: Task) -> None:
        """Write ``NAME_findings.csv``."""
        write_findings(folder / f"{name}_findings.csv", findings, task.name)

    def write_pictures(
        self, folder: Path, image: Image, segmentation: Segmentation, _findings: Findings, task: Task
    ) -> None:
        """Write ``NAME_overlay.png``."""
        from SegAssistLib.report.overlay import write_overlay

        write_overlay(folder / f"{image.name}_overlay.png", image, segmentation, task.title)
