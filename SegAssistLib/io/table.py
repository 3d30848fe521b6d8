"""Tables as CSV files."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from SegAssistLib.io.files import writing


def write_rows(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows as a CSV in UTF-8; the columns are the rows' keys in order of first appearance.

    None gives an empty cell, NaN (undefined) ``nan``.

    Raises:
        InputError: the disk is full, or the folder cannot be written to.
    """
    columns = list(dict.fromkeys(name for row in rows for name in row))
    with writing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
