"""Vessels of a clip: which ones, how far each area falls, its two frames side by side, and the curve."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import TYPE_CHECKING

import qt
import slicer
from slicer import vtkMRMLSegmentationNode
from slicer.i18n import tr as _

from SegAssistPanels.shown_errors import errors_shown

if TYPE_CHECKING:
    from SegAssistLib.measure.tracks import Track
    from SegAssistLib.measure.vessels import Vessel, VesselFindings, VesselFrame
    from SegAssistLib.scene.assistant import Assistant, Result

PICTURE = 195  # pixels of a picture's longer side
UNKNOWN = "-"


class VesselPart:
    """The part of the panel for results whose task measures vessels.

    Args:
        ui: the panel's widgets by name.
        assistant: gives the panel's assistant.
        changed: shows the result anew.
        go_to: shows a frame of the result's clip.
        shown: gives the index of the frame that is shown.
    """

    def __init__(
        self,
        ui: SimpleNamespace,
        assistant: Callable[[], Assistant],
        changed: Callable[[], None],
        go_to: Callable[[int], None],
        shown: Callable[[], int],
    ) -> None:
        self._ui = ui
        self._assistant = assistant
        self._changed = changed
        self._go_to = go_to
        self._shown = shown
        self._node: vtkMRMLSegmentationNode | None = None
        self._result: Result | None = None
        self._plot = None
        ui.vesselTable.horizontalHeader().setSectionResizeMode(qt.QHeaderView.Stretch)
        ui.vesselTable.connect("itemSelectionChanged()", self._show_vessel)
        ui.vesselComboBox.connect("activated(int)", self._on_vessel_chosen)
        ui.largestHereButton.connect("clicked()", lambda: self._choose((self._shown(), None)))
        ui.smallestHereButton.connect("clicked()", lambda: self._choose((None, self._shown())))
        ui.automaticButton.connect("clicked()", lambda: self._choose(None))
        ui.curveButton.connect("clicked()", self._show_curve)
        ui.largestButton.connect("clicked()", lambda: self._go_to(self._vessel().change.maximum_frame))
        ui.smallestButton.connect("clicked()", lambda: self._go_to(self._vessel().change.minimum_frame))
        ui.comparisonBox.connect("clicked()", self._on_comparison)
        ui.comparisonSpinBox.connect("valueChanged(double)", self._on_comparison)

    def show(self, node: vtkMRMLSegmentationNode | None, result: Result | None) -> None:
        """Show a result; the selected vessel stays selected."""
        self._node, self._result = node, result
        self._fill_table()
        self._show_comparison()
        self._ui.curveButton.enabled = result is not None and result.findings.vessels.frame_count > 1
        self._ui.vesselNotes.text = notes(result) if result else ""
        self._show_vessel()

    def _fill_table(self) -> None:
        table, result = self._ui.vesselTable, self._result
        row = max(0, table.currentRow())
        table.blockSignals(True)
        vessels = result.findings.vessels.vessels if result else ()
        table.setRowCount(len(vessels))
        for number, vessel in enumerate(vessels):
            for column, text in enumerate(vessel_cells(vessel)):
                item = qt.QTableWidgetItem(text)
                item.setTextAlignment(qt.Qt.AlignCenter)
                table.setItem(number, column, item)
        if vessels:
            table.selectRow(min(row, len(vessels) - 1))
        table.blockSignals(False)

    def _vessel(self) -> Vessel | None:
        row = self._ui.vesselTable.currentRow()
        vessels = self._result.findings.vessels.vessels if self._result else ()
        return vessels[row] if 0 <= row < len(vessels) else None

    def _show_vessel(self) -> None:
        """Show which of the followed vessels the selected one is, and its two frames."""
        ui, vessel = self._ui, self._vessel()
        self._show_candidates(vessel)
        for button in (ui.largestHereButton, ui.smallestHereButton):
            button.enabled = vessel is not None and len(vessel.frames) > 1
        ui.automaticButton.enabled = vessel is not None and vessel.change.chosen_by_person
        change = vessel.change if vessel else None
        for name, frame, button, picture in (
            (_("Largest"), change and change.maximum_frame, ui.largestButton, ui.largestPicture),
            (_("Smallest"), change and change.minimum_frame, ui.smallestButton, ui.smallestPicture),
        ):
            button.enabled = frame is not None
            button.text = f"{name}: {frame_told(vessel, frame)}" if vessel else name
            picture.setPixmap(self._picture(frame))

    def _show_candidates(self, vessel: Vessel | None) -> None:
        box, findings = self._ui.vesselComboBox, self._result.findings if self._result else None
        candidates = findings.candidates if findings else ()
        box.clear()
        for track in candidates:
            box.addItem(candidate_told(track, findings.vessels), track.id)
        box.currentIndex = box.findData(findings.tracking.chosen[vessel.name]) if vessel else -1
        box.setVisible(len(candidates) > 1)

    def _on_vessel_chosen(self, index: int) -> None:
        with errors_shown(self._changed):
            track = self._ui.vesselComboBox.itemData(index)
            self._assistant().choose_vessel(self._node, self._vessel().name, track)
            self._changed()

    def _picture(self, n: int | None) -> qt.QPixmap:
        pixmap = qt.QPixmap()
        if n is not None:
            import cv2

            picture = self._assistant().frame_picture(self._node, n)
            _ok, encoded = cv2.imencode(".png", picture[..., ::-1])
            pixmap.loadFromData(qt.QByteArray(encoded.tobytes()))
            pixmap = pixmap.scaled(PICTURE, PICTURE, qt.Qt.KeepAspectRatio, qt.Qt.SmoothTransformation)
        return pixmap

    def _choose(self, frames: tuple[int | None, int | None] | None) -> None:
        with errors_shown(self._changed):
            self._assistant().choose_frames(self._node, self._vessel().name, frames)
            self._changed()

    # ------------------------------------------------------------------ the user's own threshold

    def _show_comparison(self) -> None:
        box, number, result = self._ui.comparisonBox, self._ui.comparisonSpinBox, self._result
        percent = result.comparison if result else None
        box.enabled = result is not None
        box.checked = number.enabled = percent is not None
        if percent is not None:
            number.blockSignals(True)
            number.value = percent
            number.blockSignals(False)

    def _on_comparison(self, *_args: object) -> None:
        with errors_shown(self._changed):
            percent = self._ui.comparisonSpinBox.value if self._ui.comparisonBox.checked else None
            self._assistant().compare_with(self._node, percent)
            self._changed()

    # ------------------------------------------------------------------ the curve

    def _show_curve(self) -> None:
        """Show the chart in a layout that has a plot, and let a click on a point go to its frame."""
        from SegAssistLib.scene.vessel_tables import area_chart

        slicer.modules.plots.logic().ShowChartInLayout(area_chart(self._node))
        widget = slicer.app.layoutManager().plotWidget(0)
        widget.mrmlPlotViewNode().SetInteractionMode(slicer.vtkMRMLPlotViewNode.InteractionModeSelectPoints)
        view = widget.plotView()
        if view is not self._plot:
            view.connect("dataSelected(vtkStringArray*, vtkCollection*)", self._on_point)
            self._plot = view

    def _on_point(self, _series: slicer.vtkStringArray, points: slicer.vtkCollection) -> None:
        """Go to the frame of the first point that was selected."""
        for n in range(points.GetNumberOfItems()):
            ids = points.GetItemAsObject(n)
            if ids is not None and ids.GetNumberOfValues() and self._result is not None:
                self._go_to(ids.GetValue(0))
                return


def vessel_cells(vessel: Vessel) -> list[str]:
    """A vessel as the table shows it; what is not known is not zero."""
    change = vessel.change
    areas = (
        UNKNOWN if n is None else area_told(vessel.frames[n])
        for n in (change.maximum_frame, change.minimum_frame)
    )
    up_to = _(" to 100") if change.at_least else ""
    rates = (
        UNKNOWN if rate is None else f"{100 * rate:.1f}{up_to}" for rate in (change.rate, change.robust_rate)
    )
    return [vessel.name, *areas, *rates]


def area_told(frame: VesselFrame) -> str:
    """The area of a vessel in a frame that shows it."""
    return size_told(frame.pixels, frame.area_mm2)


def size_told(pixels: int, area_mm2: float | None) -> str:
    """An area, in pixels where their size is not known."""
    if area_mm2 is None:
        return _("{count} px").format(count=pixels)
    return f"{area_mm2:.1f} mm²" if area_mm2 >= 10 else f"{area_mm2:.2g} mm²"


def candidate_told(track: Track, findings: VesselFindings) -> str:
    """What tells a vessel that was followed from the others."""
    from SegAssistLib.wording import counted

    scale, pixels = findings.pixel_area_mm2, track.mean_pixels
    size = size_told(round(pixels), None if scale is None else pixels * scale)
    frames = counted(len(track.regions), "frame")
    text = _("{number}: {name}, in {frames}, {area} on average")
    return text.format(number=track.id, name=track.name, frames=frames, area=size)


def frame_told(vessel: Vessel, n: int | None) -> str:
    """A frame with the vessel's area in it."""
    if n is None:
        return _("not known")
    return _("frame {number}\n{area}").format(number=n, area=area_told(vessel.frames[n]))


def vessel_totals(result: Result) -> str:
    """One line over the table."""
    text = result.shown.title
    uncalibrated = result.findings.vessels.pixel_mm is None
    return text + (". " + _("The size of a pixel is not known: areas are in pixels.") if uncalibrated else "")


def notes(result: Result) -> str:
    """What a person should know about the figures, and what looks doubtful."""
    from SegAssistLib.results import measure_of

    doubts = [f"⚠ {warning}" for warning in measure_of(result.task).warnings(result.findings)]
    return "\n".join([*doubts, *result.shown.notes])
