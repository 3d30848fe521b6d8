"""Shown panel: findings as a table for reading, for measures that have no table of their own in the panel."""

from __future__ import annotations

from trame.widgets import html

from SegAssistLib.web.state import PanelState


def build_shown_header(names: PanelState) -> None:
    """What matters most."""
    with html.Div(classes="sa-grow", id="shown-title"):
        html.Span(f"{{{{ {names.table}.title }}}}", classes="sa-total")


def build_shown(names: PanelState) -> None:
    """The table, and sentences below it."""
    table = names.table
    with html.Div(classes="sa-table sa-shown"), html.Table(id="shown"):
        with html.Thead(), html.Tr():
            html.Th("{{ column }}", v_for=f"column in {table}.columns", key="column")
        with html.Tbody(), html.Tr(v_for=f"(row, n) in {table}.rows", key="n"):
            html.Td("{{ cell }}", v_for="(cell, m) in row", key="m")
    with html.Ul(v_if=(f"({table}.notes || []).length",), id="notes", classes="sa-notes"):
        html.Li("{{ note }}", v_for=f"note in {table}.notes", key="note")
