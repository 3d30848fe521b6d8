"""Summary: the rows of many clips as one line a group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

NEAR = 8.0  # points of change; the aim is that 95 % of the clips lie within, at a mean of 3
Row = dict[str, Any]


def summarise_changes(rows: Sequence[Row]) -> Row:
    """How far the changes of area lie from the true ones, in points (percent of the largest area).

    The aim is held to the reading, the one figure that the product says of a change: 100 % where the vessel
    shrank out of sight, else the change that was seen. It can be wrong in both directions, whereas the
    interval's nearest end is right for nothing if only the interval is wide. A clip without a change is in
    no mean, and is not within :data:`NEAR`.
    """
    answered = [row for row in rows if row["undefined"] is None]
    line: Row = {"clips": len(rows), "answered": len(answered)}
    line["closed_out_of_sight"] = sum(row["closed_out_of_sight"] for row in answered)
    line["lower_bounds"] = sum(row["at_least"] for row in answered)
    for error in ("reading", "middle", "seen", "raw", "nearest"):
        sizes = np.abs([row[f"{error}_error"] for row in answered])
        line[f"{error}_mean"] = float(sizes.mean()) if len(sizes) else None
        line[f"{error}_within_8"] = 100 * float(np.count_nonzero(sizes <= NEAR)) / len(rows)
    return line


def summarise_vessels(rows: Sequence[Row]) -> Row:
    """How well vessels were found and kept apart, and spoilt frames screened out, as far as that is known."""
    line: Row = {"clips": len(rows)}
    for column in ("dice", "vein_dice", "artery_dice"):
        if column in rows[0]:
            line[column] = float(np.mean([row[column] for row in rows]))
    if "chosen" in rows[0]:
        for chosen in ("the vein", "another vein", "the artery", "nothing"):
            line[chosen] = sum(row["chosen"] == chosen for row in rows)
        frames, swaps, spoilt, screened, both = (
            sum(row[column] for row in rows)
            for column in ("frames", "swaps", "spoilt_frames", "screened_frames", "spoilt_and_screened")
        )
        line["swaps_per_1000_frames"] = 1000 * swaps / frames
        line["spoilt_frames_screened"] = f"{both} of {spoilt}"
        line["good_frames_screened"] = f"{screened - both} of {frames - spoilt}"
    else:
        line["screened_frames"] = sum(row["screened_frames"] for row in rows)
    return line
