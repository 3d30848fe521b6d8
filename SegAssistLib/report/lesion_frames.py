"""Table of a clip's lesions, such as polyps, as CSV: one row a frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from SegAssistLib.io.table import write_rows
from SegAssistLib.measure.lesions import Findings, Lesion
from SegAssistLib.report import RESEARCH_USE
from SegAssistLib.report.table import rounded


def lesion_frames_rows(findings: Findings) -> list[dict[str, Any]]:
    """One row a frame: how many lesions, their pixels, and the mean probability over them.

    Frames are array indices from 0. In a frame without a lesion there are 0 and 0 pixels, and no
    probability: None, an empty cell. The first row has the research-use note.
    """
    rows = []
    by_frame: dict[int, list[Lesion]] = {}
    for lesion in findings.lesions:
        by_frame.setdefault(lesion.first_slice, []).append(lesion)
    for n in range(findings.slice_count):
        lesions = by_frame.get(n, [])
        pixels = [lesion.voxels for lesion in lesions]
        known = [lesion.mean_probability for lesion in lesions if lesion.mean_probability is not None]
        rows.append(
            {
                "frame": n,
                "time_s": rounded(findings.times_s[n], 4) if findings.times_s else None,
                "lesions": len(lesions),
                "pixels": sum(pixels),
                "largest_pixels": max(pixels, default=0),
                "mean_probability": round(float(np.average(known, weights=pixels)), 4) if known else None,
                "note": RESEARCH_USE if n == 0 else None,
            }
        )
    return rows


def write_lesion_frames(path: Path, findings: Findings) -> None:
    """Write the frames as ``lesion_frames_rows`` gives them.

    Raises:
        InputError: the disk is full, or the folder cannot be written to.
    """
    write_rows(path, lesion_frames_rows(findings))
