"""Tables: rows of figures on the screen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table


def show(console: Console, title: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Print rows, of which the first names the columns; numbers have four digits, None is an empty cell."""
    rows = list(rows)
    table = Table(title=title)
    for column, value in rows[0].items():
        table.add_column(column.replace("_", " "), justify="left" if isinstance(value, str) else "right")
    for row in rows:
        table.add_row(*(_text(value) for value in row.values()))
    console.print(table)


def _text(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
