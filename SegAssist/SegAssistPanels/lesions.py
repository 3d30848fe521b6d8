"""Lesions: the table of findings, going through it, and taking one out of the mask."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING

import qt
from slicer import vtkMRMLSegmentationNode
from slicer.i18n import tr as _

from SegAssistPanels.shown_errors import errors_shown

if TYPE_CHECKING:
    from SegAssistLib.measure.lesions import Lesion
    from SegAssistLib.scene.assistant import Assistant, Result


class LesionPart:
    """The part of the panel for results whose task measures lesions.

    Args:
        ui: the panel's widgets by name.
        assistant: gives the panel's assistant.
        changed: shows the result anew.
    """

    def __init__(
        self, ui: SimpleNamespace, assistant: Callable[[], Assistant], changed: Callable[[], None]
    ) -> None:
        self._ui = ui
        self._assistant = assistant
        self._changed = changed
        self._node: vtkMRMLSegmentationNode | None = None
        self._result: Result | None = None
        ui.findingsTable.horizontalHeader().setSectionResizeMode(qt.QHeaderView.Stretch)
        ui.findingsTable.connect("itemSelectionChanged()", self._on_chosen)
        ui.findingsTable.connect("cellClicked(int,int)", self._on_chosen)
        ui.previousButton.connect("clicked()", lambda: self._step(-1))
        ui.nextButton.connect("clicked()", lambda: self._step(1))
        ui.reviewedButton.connect("clicked()", self._on_reviewed)
        ui.deleteButton.connect("clicked()", self._on_delete)

    def show(self, node: vtkMRMLSegmentationNode | None, result: Result | None) -> None:
        """Show a result; the selected row stays selected."""
        self._node, self._result = node, result
        self._fill_table()
        self._show_lesion()

    def _fill_table(self) -> None:
        table, result = self._ui.findingsTable, self._result
        row = table.currentRow()
        table.blockSignals(True)
        lesions = result.findings.lesions if result else ()
        table.setRowCount(len(lesions))
        for number, lesion in enumerate(lesions):
            reviewed = "✓" if lesion.id in result.reviewed else ""
            for column, text in enumerate([*lesion_cells(lesion, result.findings.unit), reviewed]):
                item = qt.QTableWidgetItem(text)
                item.setTextAlignment(qt.Qt.AlignCenter)
                table.setItem(number, column, item)
        if lesions and row >= 0:
            table.selectRow(min(row, len(lesions) - 1))
        table.blockSignals(False)

    def _show_lesion(self) -> None:
        """Enable what can be done with the selected lesion."""
        ui, lesion = self._ui, self._lesion()
        some = ui.findingsTable.rowCount > 0
        ui.previousButton.enabled = ui.nextButton.enabled = some
        ui.deleteButton.enabled = ui.reviewedButton.enabled = lesion is not None
        ui.reviewedButton.checked = lesion is not None and lesion.id in self._result.reviewed

    def _lesion(self) -> Lesion | None:
        row = self._ui.findingsTable.currentRow()
        lesions = self._result.findings.lesions if self._result else ()
        return lesions[row] if 0 <= row < len(lesions) else None

    def _on_chosen(self, *_args: object) -> None:
        lesion = self._lesion()
        self._show_lesion()
        if lesion is not None:
            with errors_shown():
                self._assistant().go_to(self._node, lesion.id)

    def _step(self, by: int) -> None:
        table = self._ui.findingsTable
        row = table.currentRow()
        first = 0 if by > 0 else table.rowCount - 1
        table.selectRow((row + by) % table.rowCount if row >= 0 else first)

    def _on_reviewed(self) -> None:
        with errors_shown(self._changed):
            checked = self._ui.reviewedButton.checked
            self._assistant().mark_reviewed(self._node, self._lesion().id, checked)
            self._changed()

    def _on_delete(self) -> None:
        with errors_shown(self._changed):
            following = self._assistant().delete_lesion(self._node, self._lesion().id)
            self._changed()
            ids = [lesion.id for lesion in self._result.findings.lesions]
            if following in ids:
                self._ui.findingsTable.selectRow(ids.index(following))
            self._on_chosen()


def lesion_cells(lesion: Lesion, unit: str) -> list[str]:
    """A lesion as the table shows it, without the mark of review; ``unit`` is what its voxels are called."""
    slices = {lesion.first_slice, lesion.last_slice}
    return [
        str(lesion.id),
        _("{count} {unit}").format(count=lesion.voxels, unit=unit)
        if lesion.volume_mm3 is None
        else f"{lesion.volume_mm3:.1f}",
        "" if lesion.longest_axial_diameter_mm is None else f"{lesion.longest_axial_diameter_mm:.1f}",
        " - ".join(str(number) for number in sorted(slices)),
        "" if lesion.mean_probability is None else f"{lesion.mean_probability:.2f}",
    ]


def lesion_totals(result: Result) -> str:
    """One line over the table."""
    return f"{result.shown.title} · " + _("{count} reviewed").format(count=len(result.reviewed))
