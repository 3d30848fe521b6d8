"""Judging: what was measured of one clip beside what is true of it. Changes and errors are in percent."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from SegAssistLib.measure.agreement import agreement
from SegAssistLib.measure.vessels import Change, Vessel
from SegAssistLib.partial_frames import ARTERY, VEIN
from SegAssistLib.results.vessels import ClipFindings
from SegAssistLib.training.ultrasound.simulator import SimulatedClip, VesselTruth


def judge_change(change: Change, true: float) -> dict[str, Any]:
    """The change of area beside the true one.

    Where the vessel was out of sight while it was small, what is known is an interval: from the change that
    was seen to 100 %. Its error is given in four ways: of the reading (100 % where the vessel shrank out
    of sight), of the change that was seen, of the interval's middle, and of its nearest end, which is 0
    where it contains the truth.

    Args:
        change: as measured.
        true: from 0 to 1.

    Returns:
        Columns of a row. Without a change the errors are None.
    """
    row: dict[str, Any] = {"true_change": 100 * true, "at_least": change.at_least}
    if change.best_rate is None:
        errors = (f"{error}_error" for error in ("reading", "raw", "seen", "middle", "nearest"))
        columns = ("raw_change", "change", "closed_out_of_sight", *errors)
        return row | dict.fromkeys(columns) | {"undefined": change.undefined}
    low, high, true = 100 * change.best_rate, 100.0, 100 * true
    if not change.at_least:
        high = low
    return row | {
        "raw_change": 100 * change.rate,
        "change": low,
        "closed_out_of_sight": change.closed_out_of_sight,
        "reading_error": 100 * change.reading - true,
        "raw_error": 100 * change.rate - true,
        "seen_error": low - true,
        "middle_error": (low + high) / 2 - true,
        "nearest_error": float(np.clip(true, low, high)) - true,
        "undefined": None,
    }


def judge_clip(clip: SimulatedClip, mask: np.ndarray, findings: ClipFindings) -> dict[str, Any]:
    """A row for a simulated clip.

    The change is judged against that of the first vein, which holds the clot if any does. A vessel swaps its
    identity where, from one frame in which it was measured to the next, it lies on another true vessel.

    Args:
        clip: with its truth.
        mask: labels as the network gave them, of the shape of ``clip.mask``.
        findings: what the product measured.
    """
    measured = {vessel.name: vessel for vessel in findings.vessels.vessels}
    veins = [vessel for vessel in clip.vessels if vessel.kind == "vein"]
    lies_on = {name: _lies_on(measured[name], clip.vessels) for name in ("artery", "vein")}
    spoilt = clip.blurred | clip.contact_lost
    screened = np.isin(np.arange(len(spoilt)), list(findings.vessels.screened))
    readable = ~screened
    return {
        "thrombosed": clip.thrombosed,
        "site": clip.site,
        "veins": len(veins),
        **judge_change(measured["vein"].change, veins[0].change_rate),
        "not_found_while_small": measured["vein"].change.not_found_while_small,
        "chosen": _chosen(lies_on["vein"], clip.vessels),
        "swaps": sum(a != b for places in lies_on.values() for a, b in pairwise(places)),
        "frames": len(spoilt),
        "vein_dice": dice(clip.mask == VEIN, mask == VEIN, readable),
        "artery_dice": dice(clip.mask == ARTERY, mask == ARTERY, readable),
        "spoilt_frames": int(spoilt.sum()),
        "screened_frames": int(screened.sum()),
        "spoilt_and_screened": int((spoilt & screened).sum()),
        "flags": "; ".join(dict.fromkeys(flag.kind for flag in findings.tracking.flags)),
    }


def _lies_on(vessel: Vessel, truth: Sequence[VesselTruth]) -> list[int]:
    """In each frame that shows the vessel, the index of the true one whose middle is nearest to its own."""
    places = []
    for frame in vessel.frames:
        if frame.centroid_ij is not None:
            distances = [float(np.hypot(*(each.centre[frame.frame] - frame.centroid_ij))) for each in truth]
            if not np.isnan(distances).all():
                places.append(int(np.nanargmin(distances)))
    return places


def _chosen(places: Sequence[int], truth: Sequence[VesselTruth]) -> str:
    """What was measured as the vein in most of its frames."""
    if not places:
        return "nothing"
    number = int(np.bincount(places).argmax())
    if truth[number].kind == "artery":
        return "the artery"
    first = next(n for n, vessel in enumerate(truth) if vessel.kind == "vein")
    return "the vein" if number == first else "another vein"


def dice(truth: np.ndarray, mask: np.ndarray, frames: np.ndarray) -> float:
    """Dice of all pixels of some frames together: a frame in which the vessel is small counts for little.

    Args:
        truth: bool ``(columns, rows, frames)``.
        mask: the same.
        frames: which of them count, bool.
    """
    return agreement(truth[..., frames], mask[..., frames], None, connectivity=8).dice
