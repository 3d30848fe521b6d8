"""Tables as CSV files."""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from SegAssistLib.errors import InputError
from SegAssistLib.io.files import writing
from SegAssistLib.translation import tr as _


def read_rows(path: Path, columns: Collection[str] = (), what: str = "rows") -> list[dict[str, str]]:
    """Read the rows of a CSV in UTF-8.

    Args:
        path: of the table.
        columns: that it has at least.
        what: its rows are, for the message.

    Raises:
        InputError: columns are asked for, and there are no rows or one of the columns is missing.
    """
    with path.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    if columns and (not rows or not set(columns) <= set(rows[0])):
        raise InputError(
            _("{path}: no {what}; expected a table with the columns {columns}.").format(
                path=path, what=what, columns=", ".join(columns)
            )
        )
    return rows


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
