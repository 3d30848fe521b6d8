"""Table of an X-ray's lungs and opacities as CSV."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from SegAssistLib.io.table import write_rows
from SegAssistLib.measure.opacity import Opacity, OpacityFindings, Region
from SegAssistLib.report import RESEARCH_USE
from SegAssistLib.report.table import rounded

COLUMNS = (
    "task",
    "row",
    "name",
    "opaque_percent",
    "lung_pixels",
    "opaque_pixels",
    "lung_mm2",
    "opaque_mm2",
    "x",
    "y",
    "width",
    "height",
    "mean_probability",
    "pneumonia_probability",
    "note",
)


def opacity_rows(findings: OpacityFindings, task: str, notes: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """One row for the picture, one a region of the lungs and one an opacity; each has all of ``COLUMNS``.

    ``row`` is ``picture``, ``region`` or ``opacity``; boxes are in pixels from 0, ``x`` along columns. What
    is not known is None: an empty cell.

    Args:
        findings: see :func:`~SegAssistLib.measure.opacity.measure_opacity`.
        task: its name.
        notes: sentences that stand in the picture's row, before the research-use note.
    """
    picture = {
        "row": "picture",
        "name": "pneumonia",
        "pneumonia_probability": rounded(findings.probability, 4),
        "note": " ".join((*notes, *findings.notes, RESEARCH_USE)),
    }
    rows = [picture, *map(_region, findings.regions), *map(_opacity, findings.opacities)]
    return [dict.fromkeys(COLUMNS) | {"task": task} | row for row in rows]


def write_opacity(path: Path, findings: OpacityFindings, task: str, notes: tuple[str, ...] = ()) -> None:
    """Write the rows as ``opacity_rows`` gives them.

    Raises:
        InputError: the disk is full, or the folder cannot be written to.
    """
    write_rows(path, opacity_rows(findings, task, notes))


def _region(region: Region) -> dict[str, Any]:
    return {
        "row": "region",
        "name": region.name,
        "opaque_percent": None if region.share is None else round(100 * region.share, 2),
        "lung_pixels": region.lung_pixels,
        "opaque_pixels": region.opaque_pixels,
        "lung_mm2": rounded(region.lung_area_mm2, 1),
        "opaque_mm2": rounded(region.opaque_area_mm2, 1),
    }


def _opacity(opacity: Opacity) -> dict[str, Any]:
    return {
        "row": "opacity",
        "name": f"{opacity.id} ({opacity.region})",
        "opaque_pixels": opacity.pixels,
        "opaque_mm2": rounded(opacity.area_mm2, 1),
        "x": opacity.x,
        "y": opacity.y,
        "width": opacity.width,
        "height": opacity.height,
        "mean_probability": rounded(opacity.mean_probability, 4),
    }
