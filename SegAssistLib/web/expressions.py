"""Sentences in the expressions that the page evaluates."""

from __future__ import annotations

_UNSAFE = "\\'\"`<>&{}\n"  # ends the string, the attribute or the template that it stands in


def literal(sentence: str) -> str:
    """A sentence as a string of JavaScript: ``'Segment all'``."""
    return "'" + "".join(f"\\u{ord(c):04x}" if c in _UNSAFE else c for c in sentence) + "'"


def either(condition: str, then: str, otherwise: str) -> str:
    """An expression that is one of two sentences."""
    return f"{condition} ? {literal(then)} : {literal(otherwise)}"
