"""Wording that sentences share."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """A number of things, such as "1 polyp" and "3 polyps"; the noun takes an s."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
