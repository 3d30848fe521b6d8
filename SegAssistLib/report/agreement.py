"""Agreement as tables: cases in groups, their summaries, and CSV."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from SegAssistLib.io.files import writing
from SegAssistLib.measure.agreement import summarise

LOADS_ML = {"under 5 ml": (0.0, 5.0), "5 to 15 ml": (5.0, 15.0), "over 15 ml": (15.0, float("inf"))}


def summarise_groups(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Summaries of all cases, of each source, and of each class of lesion load.

    Args:
        rows: as ``Agreement.row(case=..., patient=..., source=...)`` makes them.

    Returns:
        Rows with ``group``, ``metric`` and what :func:`~SegAssistLib.measure.agreement.summarise` gives.
    """
    if not rows:
        return []
    rows = [
        {**row, "absolute_volume_difference_percent": abs(row["volume_difference_percent"])} for row in rows
    ]
    groups = {"all": rows}
    for source in sorted({row["source"] for row in rows if row.get("source")}):
        groups[f"source {source}"] = [row for row in rows if row["source"] == source]
    for name, (low, high) in LOADS_ML.items():
        loads = [row for row in rows if low <= row.get("reference_volume_mm3", -1) / 1000 < high]
        if loads:
            groups[f"load {name}"] = loads
    return [{"group": group, **line} for group, members in groups.items() for line in summarise(members)]


def write_table(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write ``rows`` as CSV; the first row names the columns."""
    with writing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as lines:
        table = csv.DictWriter(lines, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
