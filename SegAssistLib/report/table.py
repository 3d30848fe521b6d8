"""Tables as CSV: names with units in the first line, then one row a thing; no comment lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from SegAssistLib.io.table import write_rows
from SegAssistLib.measure.lesions import Findings
from SegAssistLib.report import RESEARCH_USE

COLUMNS = (
    "task",
    "id",
    "volume_mm3",
    "voxels",
    "centroid_r_mm",
    "centroid_a_mm",
    "centroid_s_mm",
    "centroid_i",
    "centroid_j",
    "centroid_k",
    "longest_axial_diameter_mm",
    "slice_axis",
    "first_slice",
    "last_slice",
    "mean_probability",
    "size_class",
    "lesions",
    "note",
)


def findings_rows(findings: Findings, task: str = "") -> list[dict[str, Any]]:
    """One row a lesion and a last one with the id ``total``; every row has all of ``COLUMNS``.

    Positions are RAS+ (right, anterior, superior positive). ``slice_axis`` is ``i``, ``j`` or ``k``; slices
    and the centroid in voxels are array indices from 0. What is not known is None: an empty cell. The row
    ``total`` has the number of lesions in ``lesions`` and the research-use note in ``note``.
    """
    axis = "ijk"[findings.slice_axis]
    rows = []
    for lesion in findings.lesions:
        row = dict.fromkeys(COLUMNS)
        row |= {
            "task": task,
            "id": lesion.id,
            "volume_mm3": rounded(lesion.volume_mm3, 3),
            "voxels": lesion.voxels,
            "longest_axial_diameter_mm": rounded(lesion.longest_axial_diameter_mm, 2),
            "slice_axis": axis,
            "first_slice": lesion.first_slice,
            "last_slice": lesion.last_slice,
            "mean_probability": rounded(lesion.mean_probability, 4),
            "size_class": lesion.size_class,
        }
        row |= {f"centroid_{n}": round(v, 2) for n, v in zip("ijk", lesion.centroid_ijk, strict=True)}
        if lesion.centroid_ras is not None:
            row |= {f"centroid_{n}_mm": round(v, 2) for n, v in zip("ras", lesion.centroid_ras, strict=True)}
        rows.append(row)
    total = dict.fromkeys(COLUMNS)
    total |= {
        "task": task,
        "id": "total",
        "volume_mm3": rounded(findings.total_volume_mm3, 3),
        "voxels": findings.total_voxels,
        "slice_axis": axis,
        "lesions": findings.lesion_count,
        "note": RESEARCH_USE,
    }
    return [*rows, total]


def write_findings(path: Path, findings: Findings, task: str) -> None:
    """Write the findings of one mask as ``findings_rows`` gives them.

    Raises:
        InputError: the disk is full, or the folder cannot be written to.
    """
    write_rows(path, findings_rows(findings, task))


def rounded(value: float | None, digits: int) -> float | None:
    """The value to so many decimals; None stays None."""
    return None if value is None else round(value, digits)
