"""Shown: findings as a small table for a terminal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Shown:
    """A table for reading.

    Attributes:
        title: stands above.
        columns: their names.
        rows: a text for each column.
        notes: sentences below.
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def number(value: float | None, digits: int) -> str:
    """The value with so many decimals; nothing for None."""
    return "" if value is None else f"{value:.{digits}f}"
