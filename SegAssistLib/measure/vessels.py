"""Vessels over the frames of a clip: area, shape, and how far the area falls under the probe's pressure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from SegAssistLib.errors import InputError
from SegAssistLib.measure.components import bounding_box, pixels_inside
from SegAssistLib.measure.ellipse import ellipse_axes, second_moments
from SegAssistLib.measure.smoothing import smooth, window_length
from SegAssistLib.translation import tr as _
from SegAssistLib.wording import counted

CLOSING_SECONDS = 0.4  # a vein that would be closed so soon after it was last seen is taken to have closed
CLOSING_FRAMES = 6  # the same where frame times are unknown
TREND = 3  # measured frames that tell how fast an area falls

Status = Literal["measured", "not found", "screened out"]


@dataclass(frozen=True)
class VesselFrame:
    """One vessel in one frame. Every size is None unless the status is ``measured``.

    Attributes:
        frame: index from 0.
        status: ``not found`` is not an area of zero: a collapsed vessel may be there, unseen.
        reason: why it was not measured; None when it was.
        pixels: area in pixels.
        area_mm2: None when uncalibrated.
        axes_pixels, axes_mm: long and short axis of the ellipse with the same second moments, in pixels
            as stored, and in mm (None when uncalibrated).
        centroid_ij: mean column and row.
    """

    frame: int
    status: Status
    reason: str | None = None
    pixels: int | None = None
    area_mm2: float | None = None
    axes_pixels: tuple[float, float] | None = None
    axes_mm: tuple[float, float] | None = None
    centroid_ij: tuple[float, float] | None = None


@dataclass(frozen=True)
class Change:
    """How far a vessel's area falls from its largest to its smallest: 1 - Amin / Amax.

    Attributes:
        maximum_frame, minimum_frame: where the area as measured is largest and smallest, or the two
            frames that a person chose.
        maximum_pixels, minimum_pixels: the areas there.
        rate: from these two areas; 0.85 for a fall by 85 %.
        robust_maximum_frame, robust_minimum_frame: where the smoothed curve is largest and smallest, or
            the two frames that a person chose.
        robust_rate: from the smoothed curve, which a single outlier does not move.
        not_found_while_small: frames in which the vessel was not found, next to frames in which its area was
            in the lower half of its range: around the minimum, or in another press of the probe.
        closed_out_of_sight: whether it went out of sight while it was shrinking so fast that it would have
            been closed soon after, and came back in the same way: it closed as far as can be seen.
        chosen_by_person: whether a person chose the two frames.
        undefined: a sentence that says why there is no rate; None when there is one.
    """

    maximum_frame: int | None = None
    minimum_frame: int | None = None
    maximum_pixels: int | None = None
    minimum_pixels: int | None = None
    rate: float | None = None
    robust_maximum_frame: int | None = None
    robust_minimum_frame: int | None = None
    robust_rate: float | None = None
    not_found_while_small: int = 0
    closed_out_of_sight: bool = False
    chosen_by_person: bool = False
    undefined: str | None = None

    @property
    def at_least(self) -> bool:
        """Whether the true change may be larger: the vessel was out of sight while it was small."""
        return self.not_found_while_small > 0

    @property
    def best_rate(self) -> float | None:
        """The robust rate, or the raw one where there is no robust one."""
        return self.rate if self.robust_rate is None else self.robust_rate

    @property
    def between(self) -> tuple[float, float] | None:
        """What is known of the change: from the best rate to the largest, which is 1 where it may be more."""
        if self.best_rate is None:
            return None
        largest = max(rate for rate in (self.rate, self.robust_rate) if rate is not None)
        return self.best_rate, 1.0 if self.at_least else largest

    @property
    def reading(self) -> float | None:
        """The one figure that says it best: 1 where it closed as far as can be seen, else the best rate.

        A vein is said to be compressible when its lumen disappears under the probe, so that being out of
        sight is the finding itself. ``between`` says how much of it was seen.
        """
        return 1.0 if self.closed_out_of_sight else self.best_rate


@dataclass(frozen=True)
class Vessel:
    """One label of the mask over the clip.

    Attributes:
        name, value: of the label.
        frames: one for each frame of the clip.
        smoothed_pixels: the smoothed area curve (see ``smoothing.smooth``), None where it has no value.
        change: of the area.
        reference_between: for other vessels than the reference vessel: how far the reference's smoothed
            area falls between this vessel's maximum and minimum frame; None when unknown.
        notes: sentences for the reader; none of them is a verdict.
    """

    name: str
    value: int
    frames: tuple[VesselFrame, ...]
    smoothed_pixels: tuple[float | None, ...]
    change: Change
    reference_between: float | None = None
    notes: tuple[str, ...] = ()

    def count(self, status: Status) -> int:
        """Number of frames with this status."""
        return sum(frame.status == status for frame in self.frames)


@dataclass(frozen=True)
class VesselFindings:
    """The vessels of one clip.

    Attributes:
        vessels: in the order of the labels.
        frame_count: of the clip.
        times_s: of the frames, seconds; None when unknown.
        pixel_mm: distance between pixel centres along columns and rows; None when uncalibrated.
        screened: the frames that were left out, and why.
    """

    vessels: tuple[Vessel, ...]
    frame_count: int
    times_s: tuple[float, ...] | None
    pixel_mm: tuple[float, float] | None
    screened: Mapping[int, str]

    @property
    def pixel_area_mm2(self) -> float | None:
        """Area of one pixel; None when uncalibrated."""
        return None if self.pixel_mm is None else self.pixel_mm[0] * self.pixel_mm[1]

    @property
    def found(self) -> int:
        """Number of vessels that were measured in at least one frame."""
        return sum(vessel.count("measured") > 0 for vessel in self.vessels)


def measure_vessels(
    array: np.ndarray,
    labels: Mapping[str, int],
    spacing: Sequence[float] | None,
    *,
    times_s: Sequence[float] | None = None,
    screened: Mapping[int, str] | None = None,
    chosen_frames: Mapping[str, tuple[int, int]] | None = None,
    reference: str = "artery",
    threshold: float | None = None,
) -> VesselFindings:
    """Measure every vessel in every frame, and how far its area falls over the clip.

    Complete collapse of a vein under pressure is normal, and there is no accepted cut-off of the area's
    change: none is built in.

    Args:
        array: uint8 label values, shape ``(columns, rows, frames)``.
        labels: the vessels' names and values, e.g. ``{"artery": 1, "vein": 2}``; other values are ignored.
        spacing: mm between pixel centres along columns and rows (more values are ignored); None when
            uncalibrated.
        times_s: of the frames, in seconds, rising (``Image.times_s``).
        screened: frames that cannot be read, and why (see ``frame_quality.screen_frames``). Nothing is
            measured in them.
        chosen_frames: for a vessel, the frames that a person chose instead of those of the largest and the
            smallest area. A frame that a person chose is measured for this vessel even if screened out.
        reference: the vessel whose own change tells how strong the pressure was.
        threshold: a change, from 0 to 1, that the user wants the others compared with; the note that says
            how they compare is marked experimental.

    Raises:
        InputError: the mask does not have three axes or has no frame, or the times, a frame or a vessel
            that was named do not fit it.
    """
    array, screened, chosen = np.asarray(array), dict(screened or {}), dict(chosen_frames or {})
    if array.ndim != 3 or array.shape[2] == 0:
        raise InputError(
            _(
                "The mask has the shape {mask}, but columns, rows and at least one frame are "
                "needed; give the mask of a clip."
            ).format(mask=array.shape)
        )
    count = array.shape[2]
    times = None if times_s is None else tuple(float(time) for time in times_s)
    pixel_mm = None if spacing is None else (float(spacing[0]), float(spacing[1]))
    _check_frames(count, labels, times, screened, chosen)

    box = bounding_box(array != 0) or (slice(0), slice(0), slice(None))
    planes = np.ascontiguousarray(np.moveaxis(array[box[0], box[1]], 2, 0))
    corner = (box[0].start or 0, box[1].start or 0)
    window, soon = window_length(times), _closing_frames(times)
    vessels = []
    for name, value in labels.items():
        left_out = {n: reason for n, reason in screened.items() if n not in chosen.get(name, ())}
        frames = tuple(
            _measure_frame(n, planes[n] == value, corner, pixel_mm, left_out.get(n)) for n in range(count)
        )
        areas = np.array([np.nan if frame.pixels is None else frame.pixels for frame in frames])
        missing = np.array([frame.status == "not found" for frame in frames])
        smoothed = smooth(areas, missing, window)
        change = _change(name, frames, areas, smoothed, chosen.get(name), soon)
        curve = tuple(None if np.isnan(each) else float(each) for each in smoothed)
        vessels.append(Vessel(name, value, frames, curve, change))
    standard = next((vessel for vessel in vessels if vessel.name == reference), None)
    vessels = [_with_notes(vessel, standard, reference, threshold) for vessel in vessels]
    return VesselFindings(tuple(vessels), count, times, pixel_mm, screened)


def _check_frames(
    count: int,
    labels: Mapping[str, int],
    times: tuple[float, ...] | None,
    screened: Mapping[int, str],
    chosen: Mapping[str, tuple[int, int]],
) -> None:
    if times is not None and (len(times) != count or not (np.diff(times) > 0).all()):
        raise InputError(
            _("The clip has {count} frames and {times} frame times; give one time a frame, rising.").format(
                count=count, times=len(times)
            )
        )
    for name, frames in chosen.items():
        if name not in labels:
            raise InputError(
                _("There is no vessel {name!r}; choose one of {choices}.").format(
                    name=name, choices=", ".join(labels)
                )
            )
        if frames[0] == frames[1]:
            raise InputError(
                _("{name}: frame {frame} was chosen twice; choose two frames.").format(
                    name=name, frame=frames[0]
                )
            )
    for frame in (*screened, *(frame for frames in chosen.values() for frame in frames)):
        if not 0 <= frame < count:
            raise InputError(
                _("There is no frame {frame}; the clip has the frames 0 to {last}.").format(
                    frame=frame, last=count - 1
                )
            )


def _measure_frame(
    number: int,
    inside: np.ndarray,
    corner: tuple[int, int],
    pixel_mm: tuple[float, float] | None,
    screened: str | None,
) -> VesselFrame:
    """Measure a vessel in a part ``(columns, rows)`` of a frame that begins at ``corner``."""
    if screened is not None:
        return VesselFrame(number, "screened out", screened)
    index = pixels_inside(inside)
    pixels = index.shape[1]
    if pixels == 0:
        return VesselFrame(number, "not found", _("no pixel has this label"))
    centroid = index.mean(axis=1)
    moments = second_moments(index)
    scaled = None if pixel_mm is None else moments * np.outer(pixel_mm, pixel_mm)
    return VesselFrame(
        number,
        "measured",
        pixels=pixels,
        area_mm2=None if pixel_mm is None else pixels * pixel_mm[0] * pixel_mm[1],
        axes_pixels=ellipse_axes(moments),
        axes_mm=None if scaled is None else ellipse_axes(scaled),
        centroid_ij=(float(centroid[0] + corner[0]), float(centroid[1] + corner[1])),
    )


def _change(
    name: str,
    frames: Sequence[VesselFrame],
    areas: np.ndarray,
    smoothed: np.ndarray,
    chosen: tuple[int, int] | None,
    soon: int,
) -> Change:
    """The fall of the area: between the extremes, or between the two frames that a person chose."""
    undefined = _why_undefined(name, frames, chosen)
    if undefined:
        return Change(chosen_by_person=chosen is not None, undefined=undefined)
    highest, lowest = chosen or _extremes(areas)
    if np.isnan(smoothed).all():
        robust, robust_rate = (None, None), None
        middle = areas[[lowest, highest]].mean()
    else:
        robust = chosen or _extremes(smoothed)
        robust_rate = _fall(smoothed, *robust)
        middle = (np.nanmin(smoothed) + np.nanmax(smoothed)) / 2
    unseen = _not_found_while_small(frames, areas, middle)
    return Change(
        maximum_frame=highest,
        minimum_frame=lowest,
        maximum_pixels=int(areas[highest]),
        minimum_pixels=int(areas[lowest]),
        rate=_fall(areas, highest, lowest),
        robust_maximum_frame=robust[0],
        robust_minimum_frame=robust[1],
        robust_rate=robust_rate,
        not_found_while_small=unseen,
        closed_out_of_sight=unseen > 0 and _closed_out_of_sight(frames, areas, soon),
        chosen_by_person=chosen is not None,
    )


def _extremes(curve: np.ndarray) -> tuple[int, int]:
    """The frames of the largest and of the smallest value; of equal ones the first."""
    return int(np.nanargmax(curve)), int(np.nanargmin(curve))


def _fall(curve: np.ndarray, highest: int, lowest: int) -> float | None:
    """1 - lowest / highest value; None where either is NaN."""
    rate = float(1 - curve[lowest] / curve[highest])
    return None if np.isnan(rate) else rate


def _why_undefined(name: str, frames: Sequence[VesselFrame], chosen: tuple[int, int] | None) -> str | None:
    if len(frames) == 1:
        return _("{name}: this is one frame; a change of area needs at least two.").format(name=name)
    status = [frame.status for frame in frames]
    for frame in chosen or ():
        if status[frame] != "measured":
            return _(
                "{name}: not found in frame {frame}, which was chosen; choose a frame that shows it."
            ).format(name=name, frame=frame)
    readable = len(frames) - status.count("screened out")
    measured = status.count("measured")
    if readable == 0:
        return _("{name}: all {count} frames were screened out, so no change of area can be given.").format(
            name=name, count=len(frames)
        )
    if measured == 0:
        return _(
            "{name}: not found in any of {readable} readable frames, so no change of area can be given."
        ).format(name=name, readable=readable)
    if measured == 1:
        return _("{name}: found in one of {readable} readable frames; a change of area needs two.").format(
            name=name, readable=readable
        )
    return None


def _not_found_while_small(frames: Sequence[VesselFrame], areas: np.ndarray, middle: float) -> int:
    """Frames without the vessel whose measured neighbour on either side is not above ``middle``."""
    measured = np.flatnonzero(~np.isnan(areas))
    missing = np.array([frame.frame for frame in frames if frame.status == "not found"], int)
    after = np.searchsorted(measured, missing)
    small = np.append(areas[measured] <= middle, False)  # the last: nothing is known beyond either end
    return int(np.count_nonzero(small[after - 1] | small[after]))


def _closed_out_of_sight(frames: Sequence[VesselFrame], areas: np.ndarray, soon: int) -> bool:
    """Whether the vessel shrank into a gap in which it was not found, and grew out of it, fast enough."""
    measured = np.flatnonzero(~np.isnan(areas))
    for before, after in zip([-1, *measured], [*measured, len(areas)], strict=True):
        out_of_sight = sum(frame.status == "not found" for frame in frames[before + 1 : after])
        sides = (measured[measured <= before][-TREND:], measured[measured >= after][:TREND][::-1])
        sides = tuple(side for side in sides if len(side))
        if out_of_sight and all(_closes(areas, side, min(soon, out_of_sight)) for side in sides):
            return True
    return False


def _closes(areas: np.ndarray, side: np.ndarray, count: int) -> bool:
    """Whether an area that falls on as it did over the frames ``side`` is nothing after ``count`` more."""
    first, last = side[0], side[-1]
    return bool((areas[first] - areas[last]) * count >= areas[last] * abs(last - first) > 0)


def _closing_frames(times: tuple[float, ...] | None) -> int:
    """Number of frames in :data:`CLOSING_SECONDS`."""
    if times is None or len(times) < 2:
        return CLOSING_FRAMES
    return max(1, round(CLOSING_SECONDS / float(np.median(np.diff(times)))))


def _with_notes(vessel: Vessel, standard: Vessel | None, reference: str, threshold: float | None) -> Vessel:
    change, between = vessel.change, None
    notes = [change.undefined] if change.undefined else _notes_on_change(vessel)
    if vessel.name != reference:
        if standard is not None and change.undefined is None:
            curve = np.array(standard.smoothed_pixels, np.float64)
            between = _fall(curve, change.maximum_frame, change.minimum_frame)
        notes.append(_note_on_pressure(standard, between, reference))
        if threshold is not None:
            notes.append(_note_on_threshold(change, threshold))
    return replace(vessel, reference_between=between, notes=tuple(notes))


def _notes_on_change(vessel: Vessel) -> list[str]:
    change, notes = vessel.change, []
    elsewhere = vessel.count("not found") - change.not_found_while_small
    if change.at_least:
        unseen = counted(change.not_found_while_small, "frame")
        how = _(", closed as far as can be seen") if change.closed_out_of_sight else ""
        notes.append(
            _(
                "Not found in {unseen} while it was small{how}: the change is at least the "
                "one given, and lies between {lowest:.1%} and 100%."
            ).format(unseen=unseen, how=how, lowest=change.best_rate)
        )
    if elsewhere:
        notes.append(
            _("Not found in {frames} elsewhere in the clip.").format(frames=counted(elsewhere, "frame"))
        )
    if change.robust_rate is None:
        notes.append(_("No robust change: too few frames in a row were measured."))
    if change.chosen_by_person:
        notes.append(_("A person chose the two frames."))
    if change.rate is not None and change.rate < 0:
        notes.append(_("The area is larger in the frame that was chosen for the smallest one."))
    return notes


def _note_on_pressure(standard: Vessel | None, between: float | None, reference: str) -> str:
    """The reference vessel's own change, from which a reader can tell whether the pressure was enough."""
    own = None if standard is None else standard.change.best_rate
    if own is None:
        return _(
            "No change of the {reference} is known, so nothing tells how strong the pressure was."
        ).format(reference=reference)
    note = _(
        "Reference for the pressure: over the clip the area of the {reference} changed by {own:.1%}"
    ).format(reference=reference, own=own)
    if between is None:
        return note + "."
    fell = "fell" if between >= 0 else "rose"
    return _("{note}; from this vessel's maximum to its minimum frame it {fell} by {between:.1%}.").format(
        note=note, fell=fell, between=abs(between)
    )


def _note_on_threshold(change: Change, threshold: float) -> str:
    prefix = _(
        "Experimental, threshold {threshold:.1%} set by the user (no accepted cut-off exists): "
    ).format(threshold=threshold)
    rate = change.best_rate
    if rate is None:
        return prefix + _("there is no change to compare.")
    if rate >= threshold:
        return prefix + _("the change of {rate:.1%} reaches it.").format(rate=rate)
    if change.at_least:
        return prefix + _("undecided, the change is at least {rate:.1%}.").format(rate=rate)
    return prefix + _("the change of {rate:.1%} stays below it.").format(rate=rate)
