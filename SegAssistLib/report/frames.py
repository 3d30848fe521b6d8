"""Tables of a clip's vessels as CSV: one row a frame, and one row a vessel."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from SegAssistLib.io.table import write_rows
from SegAssistLib.measure.frame_quality import FrameQuality
from SegAssistLib.measure.vessels import Vessel, VesselFindings
from SegAssistLib.report import RESEARCH_USE
from SegAssistLib.report.table import rounded


def frames_rows(
    findings: VesselFindings, quality: Sequence[FrameQuality] | None = None
) -> list[dict[str, Any]]:
    """One row a frame, with the columns of every vessel side by side; every row has all columns.

    Frames and the centroid (column i, row j) are array indices from 0. What was not measured is None: an
    empty cell, with the status and the reason beside it. The first row has the research-use note.
    """
    rows = []
    for n in range(findings.frame_count):
        row: dict[str, Any] = {
            "frame": n,
            "time_s": rounded(findings.times_s[n], 4) if findings.times_s else None,
            "screened_out": findings.screened.get(n),
        }
        for vessel in findings.vessels:
            cells = _frame_cells(vessel, n, findings.pixel_area_mm2)
            row |= {f"{vessel.name}_{column}": value for column, value in cells.items()}
        if quality is not None:
            row |= {
                "brightness": round(quality[n].brightness, 2),
                "sharpness": round(quality[n].sharpness, 4),
                "lost_columns_percent": round(100 * quality[n].lost_columns, 1),
                "difference_from_frame_before": rounded(quality[n].difference, 2),
            }
        rows.append(row | {"note": RESEARCH_USE if n == 0 else None})
    return rows


def vessel_rows(findings: VesselFindings) -> list[dict[str, Any]]:
    """One row a vessel: in how many frames it was measured, its extremes, and the change of its area.

    ``change_percent`` is 100 (1 - Amin / Amax) of the areas as measured, ``robust_change_percent`` of the
    smoothed curve. With ``at_least`` the vessel was out of sight while it was small, so that the change may
    be larger: up to ``change_at_most_percent``, which is 100 then and else the larger of the two changes.
    ``closed_out_of_sight`` says whether it shrank out of sight so fast that it would have been closed soon
    after. The remarks say why there is no change, and what a reader should know about it.
    """
    return [_vessel_row(vessel, findings) for vessel in findings.vessels]


def write_frames(path: Path, findings: VesselFindings, quality: Sequence[FrameQuality] | None = None) -> None:
    """Write the frames as ``frames_rows`` gives them.

    Raises:
        InputError: the disk is full, or the folder cannot be written to.
    """
    write_rows(path, frames_rows(findings, quality))


def write_vessels(path: Path, findings: VesselFindings) -> None:
    """Write the vessels as ``vessel_rows`` gives them.

    Raises:
        InputError: the disk is full, or the folder cannot be written to.
    """
    write_rows(path, vessel_rows(findings))


def _frame_cells(vessel: Vessel, n: int, pixel_area_mm2: float | None) -> dict[str, Any]:
    frame, smoothed = vessel.frames[n], vessel.smoothed_pixels[n]
    i, j = frame.centroid_ij or (None, None)
    return {
        "status": frame.status,
        "reason": frame.reason,
        "area_pixels": frame.pixels,
        "area_mm2": rounded(frame.area_mm2, 3),
        "smoothed_area_pixels": rounded(smoothed, 1),
        "smoothed_area_mm2": rounded(_times(smoothed, pixel_area_mm2), 3),
        **_axes(frame.axes_pixels, "pixels"),
        **_axes(frame.axes_mm, "mm"),
        "centroid_i": rounded(i, 2),
        "centroid_j": rounded(j, 2),
    }


def _vessel_row(vessel: Vessel, findings: VesselFindings) -> dict[str, Any]:
    change = vessel.change
    row: dict[str, Any] = {
        "vessel": vessel.name,
        "frames": findings.frame_count,
        "measured_frames": vessel.count("measured"),
        "not_found_frames": vessel.count("not found"),
        "screened_out_frames": vessel.count("screened out"),
        "change_percent": rounded(_times(change.rate, 100), 2),
        "robust_change_percent": rounded(_times(change.robust_rate, 100), 2),
        "at_least": None if change.undefined else _yes(change.at_least),
        "change_at_most_percent": None if change.between is None else round(100 * change.between[1], 2),
        "closed_out_of_sight": None if change.undefined else _yes(change.closed_out_of_sight),
        "not_found_while_small": None if change.undefined else change.not_found_while_small,
        "frames_chosen_by": "person" if change.chosen_by_person else "program",
    }
    for extreme, n in (("maximum", change.maximum_frame), ("minimum", change.minimum_frame)):
        frame = None if n is None else vessel.frames[n]
        row |= {
            f"{extreme}_frame": n,
            f"{extreme}_time_s": rounded(findings.times_s[n], 4) if findings.times_s and frame else None,
            f"{extreme}_area_pixels": frame and frame.pixels,
            f"{extreme}_area_mm2": rounded(frame and frame.area_mm2, 3),
        }
        for unit in ("pixels", "mm"):
            axes = _axes(frame and (frame.axes_mm if unit == "mm" else frame.axes_pixels), unit)
            row |= {f"{extreme}_{column}": value for column, value in axes.items()}
    return row | {
        "robust_maximum_frame": change.robust_maximum_frame,
        "robust_minimum_frame": change.robust_minimum_frame,
        "reference_change_between_frames_percent": rounded(_times(vessel.reference_between, 100), 2),
        "remarks": " ".join(vessel.notes),
        "note": RESEARCH_USE,
    }


def _axes(axes: tuple[float, float] | None, unit: str) -> dict[str, float | None]:
    long, short = axes or (None, None)
    return {f"long_axis_{unit}": rounded(long, 2), f"short_axis_{unit}": rounded(short, 2)}


def _yes(true: bool) -> str:
    return "yes" if true else "no"


def _times(value: float | None, factor: float | None) -> float | None:
    return None if value is None or factor is None else value * factor
