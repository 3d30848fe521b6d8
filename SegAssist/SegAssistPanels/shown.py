"""Shown: findings as a table for reading, for measures that have no part of their own in the panel."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import qt

if TYPE_CHECKING:
    from SegAssistLib.scene.assistant import Result


class ShownPart:
    """The part of the panel for results of any other measure.

    Args:
        ui: the panel's widgets by name.
    """

    def __init__(self, ui: SimpleNamespace) -> None:
        self._ui = ui
        ui.shownTable.horizontalHeader().setSectionResizeMode(qt.QHeaderView.Stretch)

    def show(self, result: Result | None) -> None:
        """Show a result's table, and the sentences below it."""
        table, shown = self._ui.shownTable, result.shown if result else None
        table.setRowCount(len(shown.rows) if shown else 0)
        self._ui.shownNotes.text = "\n".join(shown.notes) if shown else ""
        if shown is None:
            return
        table.setColumnCount(len(shown.columns))
        table.setHorizontalHeaderLabels(list(shown.columns))
        for row, cells in enumerate(shown.rows):
            for column, text in enumerate(cells):
                item = qt.QTableWidgetItem(text)
                item.setTextAlignment(qt.Qt.AlignCenter)
                table.setItem(row, column, item)
