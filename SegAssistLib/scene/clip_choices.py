"""Clip choices: what a person decides about a clip's measurement, kept in the scene and saved with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from slicer import vtkMRMLNode

from SegAssistLib.errors import InputError
from SegAssistLib.results.vessels import ClipFindings
from SegAssistLib.translation import tr as _

CHOSEN_VESSELS = "SegAssist.ChosenVessels"  # attribute: JSON, for each label the marks of its vessel
CHOSEN_FRAMES = "SegAssist.ChosenFrames"  # attribute: JSON, for each vessel its largest and smallest frame
COMPARISON = "SegAssist.Comparison"  # attribute: the change in percent that others are compared with

Frames = tuple[int | None, int | None]


def choices_of(records: vtkMRMLNode) -> dict[str, Any]:
    """What ``results.vessels`` takes as a person's choices; nothing where nothing was chosen."""
    vessels = json.loads(records.GetAttribute(CHOSEN_VESSELS) or "{}")
    chosen = {name: frames for name, frames in _chosen(records).items() if None not in frames}
    percent = comparison_of(records)
    return {
        **({"chosen_vessels": vessels} if vessels else {}),
        **({"chosen_frames": chosen} if chosen else {}),
        **({} if percent is None else {"threshold": percent / 100}),
    }


def comparison_of(records: vtkMRMLNode) -> float | None:
    """The change that others are compared with, in percent; None where a person has set none."""
    stated = records.GetAttribute(COMPARISON)
    return None if stated is None else float(stated)


def record_vessel(records: vtkMRMLNode, vessel: str, track: int, findings: ClipFindings) -> None:
    """Record which of the followed vessels a person chose for a label.

    What is recorded are marks, for the next measurement numbers them anew. Two frames that were chosen for
    another vessel are forgotten.

    Args:
        records: see ``ResultNodes.records``.
        vessel: name of the label.
        track: id of the vessel, in ``findings``; that of the proposed one takes the choice back.
        findings: at present.

    Raises:
        InputError: there is no such label or track.
    """
    before, proposed = findings.tracking, findings.proposal.chosen
    after = before.choose(vessel, track)
    marks = {each.id: each.marks for each in after.tracks}
    changed = {name: number for name, number in after.chosen.items() if number not in (None, proposed[name])}
    _record(records, CHOSEN_VESSELS, {name: marks[number] for name, number in changed.items()})
    kept = {n: each for n, each in _chosen(records).items() if after.chosen[n] == before.chosen[n]}
    _record(records, CHOSEN_FRAMES, kept)


def record_frames(records: vtkMRMLNode, vessel: str, frames: Frames | None, findings: ClipFindings) -> None:
    """Record the frames of the largest and the smallest area that a person chose for a vessel.

    Args:
        records: see ``ResultNodes.records``.
        vessel: its name.
        frames: None of the two keeps the one that is used at present, and waits for the other where there is
            none; None instead of the two leaves both to the program again.
        findings: at present.

    Raises:
        InputError: there is no such vessel or frame, or it is the same frame twice.
    """
    names = [each.name for each in findings.vessels.vessels]
    if vessel not in names:
        raise InputError(
            _("There is no vessel {vessel!r}; choose one of {choices}.").format(
                vessel=vessel, choices=", ".join(names)
            )
        )
    chosen = _chosen(records)
    earlier = chosen.pop(vessel, (None, None))
    if frames is not None:
        change = findings.vessels.vessels[names.index(vessel)].change
        used = (change.maximum_frame, change.minimum_frame)
        frames = tuple(
            next((each for each in candidates if each is not None), None)
            for candidates in zip(frames, used, earlier, strict=True)
        )
        _check(vessel, frames, findings.vessels.frame_count)
        chosen[vessel] = frames
    _record(records, CHOSEN_FRAMES, chosen)


def record_comparison(records: vtkMRMLNode, percent: float | None) -> None:
    """Record the change that others are to be compared with; None for none.

    Raises:
        InputError: it is no percentage.
    """
    if percent is not None and not 0 <= percent <= 100:
        raise InputError(
            _("A change of {percent:g} % cannot be; choose one from 0 to 100 %.").format(percent=percent)
        )
    records.SetAttribute(COMPARISON, None if percent is None else repr(float(percent)))


def _record(records: vtkMRMLNode, attribute: str, chosen: Mapping[str, Any]) -> None:
    """Record what was chosen for each label; nothing where nothing was."""
    records.SetAttribute(attribute, json.dumps(chosen) if chosen else None)


def _chosen(records: vtkMRMLNode) -> dict[str, Frames]:
    stated = json.loads(records.GetAttribute(CHOSEN_FRAMES) or "{}")
    return {name: tuple(frames) for name, frames in stated.items()}


def _check(vessel: str, frames: Frames, count: int) -> None:
    for frame in frames:
        if frame is not None and not 0 <= frame < count:
            raise InputError(
                _("There is no frame {frame}; the clip has the frames 0 to {last}.").format(
                    frame=frame, last=count - 1
                )
            )
    if None not in frames and frames[0] == frames[1]:
        raise InputError(
            _("{vessel}: frame {frame} was chosen twice; choose two frames.").format(
                vessel=vessel, frame=frames[0]
            )
        )
