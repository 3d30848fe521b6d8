"""Vessels: the area of each label over the frames of a clip, which frames count, and what looks doubtful."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from SegAssistLib.image import Image
from SegAssistLib.labels import Segmentation
from SegAssistLib.measure.frame_quality import FrameQuality, frame_quality, screen_frames
from SegAssistLib.measure.tracking import Tracking, track_vessels
from SegAssistLib.measure.tracks import Mark, Track
from SegAssistLib.measure.vessels import Vessel, VesselFindings, VesselFrame, measure_vessels
from SegAssistLib.report.frames import vessel_rows, write_frames, write_vessels
from SegAssistLib.results.shown import Shown, number
from SegAssistLib.task import Task
from SegAssistLib.translation import tr as _
from SegAssistLib.wording import counted


@dataclass(frozen=True, eq=False)
class ClipFindings:
    """What was found in a clip.

    Attributes:
        vessels: for each label the vessel that was followed through the frames under it. Other regions of the
            label are not counted.
        tracking: all that was followed, with what looks doubtful.
        proposal: the same before a person chose another of these vessels.
        quality: of every frame; None without the image.
    """

    vessels: VesselFindings
    tracking: Tracking
    proposal: Tracking
    quality: tuple[FrameQuality, ...] | None

    @property
    def candidates(self) -> tuple[Track, ...]:
        """The vessels among which a person can choose: all but the short false regions."""
        return tuple(track for track in self.tracking.tracks if track.kept)


class VesselMeasure:
    """See :class:`~SegAssistLib.results.Measure`."""

    def measure(
        self,
        segmentation: Segmentation,
        _task: Task,
        image: Image | None = None,
        *,
        chosen_vessels: Mapping[str, int | Sequence[Mark]] | None = None,
        chosen_frames: Mapping[str, tuple[int, int]] | None = None,
        threshold: float | None = None,
        quality: tuple[FrameQuality, ...] | None = None,
        tracking: Tracking | None = None,
    ) -> ClipFindings:
        """Measure one vessel for every label; with the image, frames that cannot be read are screened out.

        Where a region of the vessel has another label in single frames, it counts for the vessel all the
        same; other regions that have its label do not. In frames that were screened out, which a person may
        choose nevertheless, and of a label under which nothing could be followed, all pixels count.

        Args:
            segmentation: of a clip, or a still as a clip of one frame.
            image: it also gives the frames' times.
            chosen_vessels: for a label, the track that a person chose instead of the proposed one: its id, or
                marks by which it is known. Where it is not there any more, the proposed one is measured.
            chosen_frames: see :func:`~SegAssistLib.measure.vessels.measure_vessels`; so is the next.
            threshold: a change that the user wants the others compared with.
            quality: of the image's frames, where it is known already.
            tracking: of this mask with this quality, as the program proposes it, where it is known already.

        Raises:
            InputError: there is no such vessel, track or frame.
        """
        labels = segmentation.values
        spacing = np.linalg.norm(segmentation.affine[:3, :3], axis=0) if segmentation.calibrated else None
        if quality is None and image is not None:
            quality = frame_quality(image.array)
        screened = screen_frames(quality) if quality else {}
        proposal = tracking or track_vessels(
            segmentation.array, labels, screened=screened, probabilities=segmentation.probabilities
        )
        tracking, remarks = _chosen(proposal, chosen_vessels or {})
        vessels = measure_vessels(
            _followed(segmentation.array, tracking, screened),
            labels,
            spacing,
            times_s=None if image is None else image.times_s,
            screened=screened,
            chosen_frames=chosen_frames,
            threshold=threshold,
        )
        return ClipFindings(_remarked(vessels, remarks), tracking, proposal, quality)

    def rows(self, findings: ClipFindings, _task: Task) -> list[dict[str, Any]]:
        """One row a vessel."""
        return vessel_rows(findings.vessels)

    def summary(self, findings: ClipFindings) -> dict[str, Any]:
        """How far each vessel's area falls."""
        changes = {vessel.name: vessel.change for vessel in findings.vessels.vessels}
        return {
            "change_percent": {name: _percent(change.rate) for name, change in changes.items()},
            "robust_change_percent": {name: _percent(change.robust_rate) for name, change in changes.items()},
            "frames": findings.vessels.frame_count,
            "screened_out_frames": len(findings.vessels.screened),
        }

    def shown(self, findings: ClipFindings, _task: Task) -> Shown:
        """One row a vessel, and the notes on each; of a still its sizes alone."""
        vessels = findings.vessels
        unit = "pixels" if vessels.pixel_area_mm2 is None else "mm2"
        if vessels.frame_count == 1:
            length = "pixels" if vessels.pixel_area_mm2 is None else "mm"
            columns = ("vessel", f"area ({unit})", f"long axis ({length})", f"short axis ({length})")
            return Shown(_("One frame"), columns, tuple(_still_row(vessel) for vessel in vessels.vessels))
        return Shown(
            _("{frame_count} frames, {count} of them screened out").format(
                frame_count=vessels.frame_count, count=len(vessels.screened)
            ),
            (
                "vessel",
                "measured in",
                f"largest ({unit})",
                "in frame",
                f"smallest ({unit})",
                "in frame",
                "change (%)",
                "robust change (%)",
            ),
            tuple(_shown_row(vessel) for vessel in vessels.vessels),
            tuple(_note(vessel, note) for vessel in vessels.vessels for note in vessel.notes),
        )

    def warnings(self, findings: ClipFindings) -> list[str]:
        """What screening and tracking found doubtful."""
        flags = [flag.text for flag in findings.tracking.flags]
        left_out, count = len(findings.vessels.screened), findings.vessels.frame_count
        if left_out:
            flags.insert(
                0,
                _("{left_out} of {count} frames cannot be read; the table of frames says why.").format(
                    left_out=left_out, count=count
                ),
            )
        return flags

    def write_tables(self, folder: Path, name: str, findings: ClipFindings, _task: Task) -> None:
        """Write ``NAME_frames.csv`` and ``NAME_vessels.csv``."""
        write_frames(folder / f"{name}_frames.csv", findings.vessels, findings.quality)
        write_vessels(folder / f"{name}_vessels.csv", findings.vessels)

    def write_pictures(
        self, folder: Path, image: Image, segmentation: Segmentation, findings: ClipFindings, task: Task
    ) -> None:
        """Write ``NAME_overlay.png`` of the frames with the extreme areas; of a clip ``NAME_curve.png``."""
        from SegAssistLib.report.area_curve import write_area_curve
        from SegAssistLib.report.overlay import write_overlay

        changes = [vessel.change for vessel in findings.vessels.vessels]
        extremes = {frame for each in changes for frame in (each.maximum_frame, each.minimum_frame)} - {None}
        overlay = folder / f"{image.name}_overlay.png"
        amounts = {vessel.name: _amount(vessel) for vessel in findings.vessels.vessels}
        write_overlay(overlay, image, segmentation, task.title, amounts, chosen=extremes or None)
        if findings.vessels.frame_count == 1:
            return
        colors = {label.name: label.color for label in segmentation.labels}
        title = f"{task.title}: {image.name}"
        write_area_curve(folder / f"{image.name}_curve.png", findings.vessels, title, colors)


def _chosen(
    tracking: Tracking, by_hand: Mapping[str, int | Sequence[Mark]]
) -> tuple[Tracking, dict[str, str]]:
    """The tracking with what a person chose, and for each label that was chosen for what to say of it."""
    remarks = {}
    for name, known in by_hand.items():
        number = known if isinstance(known, int) else tracking.find(known)
        if number is None:
            remarks[name] = _("The vessel that a person chose is not there any more.")
        else:
            tracking = tracking.choose(name, number)
            remarks[name] = _("A person chose this vessel.")
    return tracking, remarks


def _remarked(findings: VesselFindings, remarks: Mapping[str, str]) -> VesselFindings:
    """The findings with a note more on some vessels."""
    vessels = tuple(
        replace(vessel, notes=(*vessel.notes, remarks[vessel.name])) if vessel.name in remarks else vessel
        for vessel in findings.vessels
    )
    return replace(findings, vessels=vessels)


def _followed(array: np.ndarray, tracking: Tracking, screened: Mapping[int, str]) -> np.ndarray:
    """The vessels as they were followed; in screened frames, and of labels without one, the mask as it is."""
    mask = tracking.proposed()
    for name, followed in tracking.chosen.items():
        if followed is None:
            mask[(mask == 0) & (array == tracking.labels[name])] = tracking.labels[name]
    left_out = list(screened)
    mask[:, :, left_out] = array[:, :, left_out]
    return mask


def _amount(vessel: Vessel) -> str:
    """How much of a vessel there is, for a legend: its area in a still, and in how many frames of a clip."""
    found = vessel.count("measured")
    if not found:
        return "not found"
    if len(vessel.frames) > 1:
        return f"in {found} of {len(vessel.frames)} frames"
    frame = vessel.frames[0]
    return counted(frame.pixels, "pixel") if frame.area_mm2 is None else f"{_area(frame)} mm2"


def _still_row(vessel: Vessel) -> tuple[str, ...]:
    frame = vessel.frames[0]
    if frame.status != "measured":
        return vessel.name, frame.status, "", ""
    axes = frame.axes_pixels if frame.axes_mm is None else frame.axes_mm
    return vessel.name, _area(frame), *(number(axis, 1) for axis in axes)


def _area(frame: VesselFrame) -> str:
    return str(frame.pixels) if frame.area_mm2 is None else number(frame.area_mm2, 1)


def _shown_row(vessel: Vessel) -> tuple[str, ...]:
    change = vessel.change
    cells = [vessel.name, str(vessel.count("measured"))]
    for number_of_frame in (change.maximum_frame, change.minimum_frame):
        if number_of_frame is None:
            cells += ["", ""]
        else:
            frame = vessel.frames[number_of_frame]
            cells += [_area(frame), str(frame.frame)]
    up_to = " to 100" if change.at_least else ""
    rates = (number(_percent(rate), 2) for rate in (change.rate, change.robust_rate))
    return (*cells, *(rate and rate + up_to for rate in rates))


def _note(vessel: Vessel, note: str) -> str:
    """The note, which may name its vessel already."""
    return note if note.startswith(f"{vessel.name}:") else f"{vessel.name}: {note}"


def _percent(rate: float | None) -> float | None:
    return None if rate is None else round(100 * rate, 2)
