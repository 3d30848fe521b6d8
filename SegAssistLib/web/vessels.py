"""Vessels: what the page shows of a clip's vessels, and what a person decides about them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import cv2
import numpy as np
from trame_server import Server
from trame_server.utils.typed_state import TypedState

from SegAssistLib.errors import InputError
from SegAssistLib.measure.tracks import Track
from SegAssistLib.measure.vessels import Change, Vessel, VesselFindings
from SegAssistLib.results.vessels import ClipFindings
from SegAssistLib.scene.assistant import Assistant, Result
from SegAssistLib.translation import tr as _
from SegAssistLib.web.area_curve import draw_area_curve
from SegAssistLib.web.messages import Messages, shown
from SegAssistLib.wording import counted

if TYPE_CHECKING:
    from slicer import vtkMRMLSegmentationNode

PICTURE_WIDTH = 352  # pixels, twice what the panel shows, for fine screens
PICTURE_QUALITY = 85
UNKNOWN = "-"


@dataclass
class VesselsState:
    """What the page knows of the vessels.

    Attributes:
        rows: one for each vessel, see :func:`vessel_row`.
        candidates: the vessels that were followed, ``track`` and ``title``, of which a row has one.
        unit: of the areas.
        total: how many vessels were found.
        summary: how many frames there are, and how many of them count.
        selected: name of the vessel whose two frames are shown.
        curve: the drawing of the areas over time; empty for a still picture.
        places: of the frames in it, percent of its width.
        screened: by frame: why it was left out.
        pictures: the two frames of the selected vessel: ``frame``, ``title``, ``detail`` and ``source``.
        by_hand: whether a person chose them.
        notes: sentences for the person.
        compared: percent that the user compares the changes with, as typed; empty for none.
    """

    rows: list = field(default_factory=list)
    candidates: list = field(default_factory=list)
    unit: str = ""
    total: str = ""
    summary: str = ""
    selected: str = ""
    curve: str = ""
    places: list = field(default_factory=list)
    screened: dict = field(default_factory=dict)
    pictures: list = field(default_factory=list)
    by_hand: bool = False
    notes: list = field(default_factory=list)
    compared: str = ""


class Vessels:
    """The vessels of the shown result.

    Args:
        server: whose page shows them.
        messages: of the page.
        assistant: measures.
        frame: the index of the frame that is shown.
        changed: called after a person's choice has been measured.
    """

    def __init__(
        self,
        server: Server,
        messages: Messages,
        assistant: Assistant,
        frame: Callable[[], int],
        changed: Callable[[], None],
    ) -> None:
        state = TypedState(server.state, VesselsState)
        self.state, self.names = state.data, state.name
        self.messages = messages
        self._assistant = assistant
        self._frame = frame
        self._changed = changed
        self._node: vtkMRMLSegmentationNode | None = None
        self._findings: ClipFindings | None = None
        self._comparison: float | None = None
        state.bind_changes({self.names.compared: self.compare})

    def clear(self) -> None:
        """Show nothing: there is no result, or one of another measure."""
        self._node = self._findings = None
        self.state.rows, self.state.curve, self.state.pictures, self.state.notes = [], "", [], []
        self.state.screened, self.state.places = {}, []

    def show(self, node: vtkMRMLSegmentationNode, result: Result) -> None:
        """Show a result that measures vessels."""
        findings: ClipFindings = result.findings
        if node is self._node and findings is self._findings:
            return
        self._node, self._findings, self._comparison = node, findings, result.comparison
        vessels, state = findings.vessels, self.state
        colors = {label.name: label.color for label in result.task.labels}
        state.unit = "mm²" if vessels.pixel_mm else "pixels"
        state.candidates = [
            {"track": track.id, "title": candidate_title(track, vessels)} for track in findings.candidates
        ]
        state.rows = [
            vessel_row(vessel, vessels, colors[vessel.name])
            | {"track": findings.tracking.chosen[vessel.name]}
            for vessel in vessels.vessels
        ]
        state.total = counted(vessels.found, "vessel")
        state.summary = summary_sentence(vessels)
        names = [vessel.name for vessel in vessels.vessels]
        if state.selected not in names:
            state.selected = max(vessels.vessels, key=lambda vessel: vessel.change.best_rate or -1.0).name
        if vessels.frame_count > 1:
            curve = draw_area_curve(vessels, colors)
            state.curve, state.places = curve.html, curve.places
        else:
            state.curve, state.places = "", []
        state.screened = {str(n): reason for n, reason in vessels.screened.items()}
        state.compared = "" if result.comparison is None else f"{result.comparison:g}"
        state.notes = [
            note if note.startswith(f"{vessel.name}:") else f"{vessel.name}: {note}"
            for vessel in vessels.vessels
            for note in vessel.notes
        ] + [flag.text for flag in findings.tracking.flags]
        self._show_pictures()

    @shown
    def select(self, name: str) -> None:
        """Show another vessel's two frames."""
        self.state.selected = name
        self._show_pictures()

    @shown
    def choose_vessel(self, name: str, track: int) -> None:
        """Measure another of the vessels that were followed under the label ``name``."""
        self._assistant.choose_vessel(self._node, name, track)
        self._changed()

    @shown
    def choose(self, largest: bool) -> None:
        """Let the shown frame stand for the selected vessel's largest area, or for its smallest."""
        frames = (self._frame(), None) if largest else (None, self._frame())
        self._assistant.choose_frames(self._node, self.state.selected, frames)
        self._changed()

    @shown
    def choose_none(self) -> None:
        """Compare the frames again that the program finds."""
        self._assistant.choose_frames(self._node, self.state.selected, None)
        self._changed()

    @shown
    def compare(self, typed: str) -> None:
        """Compare the changes with a percentage of the user's own, or with none."""
        percent = percentage(typed)
        if self._node is not None and percent != self._comparison:
            self._assistant.compare_with(self._node, percent)
            self._changed()

    def _selected(self) -> Vessel:
        vessels = self._findings.vessels.vessels
        return next(vessel for vessel in vessels if vessel.name == self.state.selected)

    def _show_pictures(self) -> None:
        """The two frames side by side."""
        vessels, vessel = self._findings.vessels, self._selected()
        change = vessel.change
        self.state.by_hand = change.chosen_by_person
        frames = (("Largest", change.maximum_frame), ("Smallest", change.minimum_frame))
        self.state.pictures = [
            {
                "frame": n,
                "title": f"{title}: {area_text(vessel.frames[n].pixels, vessels)}",
                "detail": frame_text(n, vessels),
                "source": data_address(self._assistant.frame_picture(self._node, n)),
            }
            for title, n in frames
            if n is not None
        ]


def vessel_row(vessel: Vessel, findings: VesselFindings, color: Sequence[int]) -> dict[str, object]:
    """A row of the table; what is not known is a dash, and ``why`` says the reason."""
    change = vessel.change
    single = vessel.frames[0] if len(vessel.frames) == 1 else None
    return {
        "name": vessel.name,
        "color": "rgb({}, {}, {})".format(*color),
        "largest": area_number(single.pixels if single else change.maximum_pixels, findings),
        "smallest": area_number(change.minimum_pixels, findings),
        "change": change_text(change.rate, change),
        "robust": change_text(change.robust_rate, change),
        "why": change.undefined or "",
        "status": single.status if single else status_sentence(vessel),
    }


def candidate_title(track: Track, findings: VesselFindings) -> str:
    """What tells a vessel that was followed from the others."""
    count, area = len(track.regions), area_text(round(track.mean_pixels), findings)
    return f"{track.id}: {track.name}, {counted(count, 'frame')}, {area} on average"


def change_text(rate: float | None, change: Change) -> str:
    """A change of area in percent, with a sign where the true one may be larger."""
    if rate is None:
        return UNKNOWN
    return f"{'≥ ' if change.at_least else ''}{100 * rate:.1f}"


def area_number(pixels: int | None, findings: VesselFindings) -> str:
    """An area in mm2 where the size of a pixel is known, or else in pixels."""
    if pixels is None:
        return UNKNOWN
    scale = findings.pixel_area_mm2
    return str(pixels) if scale is None else f"{pixels * scale:.1f}"


def area_text(pixels: int | None, findings: VesselFindings) -> str:
    """The same with its unit."""
    return f"{area_number(pixels, findings)} {'pixels' if findings.pixel_mm is None else 'mm²'}"


def frame_text(n: int, findings: VesselFindings) -> str:
    """A frame's number, and its time where that is known."""
    return f"Frame {n}" + (f", {findings.times_s[n]:.2f} s" if findings.times_s else "")


def status_sentence(vessel: Vessel) -> str:
    """In how many frames a vessel was measured, and what became of the others."""
    others = [
        f"{vessel.count(status)} {status}" for status in ("not found", "screened out") if vessel.count(status)
    ]
    return ", ".join([f"measured in {vessel.count('measured')} of {len(vessel.frames)} frames", *others])


def summary_sentence(findings: VesselFindings) -> str:
    """How many frames there are, and how many of them cannot be read."""
    if findings.frame_count == 1:
        return "One picture"
    left_out = len(findings.screened)
    return f"{findings.frame_count} frames, {left_out or 'none'} screened out"


def percentage(typed: str) -> float | None:
    """The number that was typed; None for an empty field.

    Raises:
        InputError: it is no percentage.
    """
    text = (typed or "").strip().rstrip("%").strip().replace(",", ".")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        raise InputError(
            _("{typed!r} is no percentage; type a number from 0 to 100, or nothing.").format(typed=typed)
        )
    return value


def data_address(picture: np.ndarray) -> str:
    """A picture ``(rows, columns, 3)`` RGB as an address that an image in the page can have."""
    height, width = picture.shape[:2]
    if width > PICTURE_WIDTH:
        size = (PICTURE_WIDTH, max(1, round(height * PICTURE_WIDTH / width)))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    swapped = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".jpg", swapped, [cv2.IMWRITE_JPEG_QUALITY, PICTURE_QUALITY])
    return "data:image/jpeg;base64," + base64.b64encode(encoded).decode("ascii")
