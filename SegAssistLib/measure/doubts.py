"""Doubts: what a person should look at in the vessels that were followed through a clip."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from SegAssistLib.measure.tracks import Track
from SegAssistLib.translation import tr as _
from SegAssistLib.wording import counted

UNMIXED = 0.95  # share of a vessel's pixels in a frame from which on other labels are a matter of its edge

FlagKind = Literal[
    "false regions",
    "lost",
    "in parts",
    "label flips",
    "mixed labels",
    "swap",
    "several",
    "named by pressure",
    "against pressure",
]


@dataclass(frozen=True)
class Flag:
    """Something that a person should look at.

    Attributes:
        kind: of the doubt.
        tracks: ids of the tracks concerned.
        frames: the frames concerned; empty for the whole clip.
        text: the same for people.
    """

    kind: FlagKind
    tracks: tuple[int, ...]
    frames: tuple[int, ...]
    text: str


def flags_of(
    tracks: Sequence[Track],
    chosen: Mapping[str, int | None],
    labels: Mapping[str, int],
    readable: Sequence[int],
) -> list[Flag]:
    """What is doubtful about the tracks and the choice between them.

    Args:
        tracks: all of them.
        chosen: for each label name the id of the track that is measured as this vessel; None without one.
        labels: names and values.
        readable: indices of the frames that were looked at.
    """
    flags = [*_of_false(tracks), *_of_others(tracks, chosen)]
    for track in tracks:
        if track.id in chosen.values():
            flags += _of_track(track, tracks, labels, readable)
    return flags


def _of_false(tracks: Sequence[Track]) -> Iterator[Flag]:
    """One flag for all short regions of a label."""
    for name in dict.fromkeys(track.name for track in tracks if not track.kept):
        false = [track for track in tracks if not track.kept and track.name == name]
        frames = sorted({region.frame for track in false for region in track.regions})
        largest = max(region.pixels for track in false for region in track.regions)
        text = _(
            "{name}: {regions} of at most {pixels} in {frames}, taken for false, {are} not counted."
        ).format(
            name=name,
            regions=counted(len(false), "short region"),
            pixels=counted(largest, "pixel"),
            frames=_listed(frames),
            are="is" if len(false) == 1 else "are",
        )
        yield Flag("false regions", tuple(track.id for track in false), tuple(frames), text)


def _of_others(tracks: Sequence[Track], chosen: Mapping[str, int | None]) -> Iterator[Flag]:
    """A flag for each label that other vessels have besides the chosen one: these are not proposed."""
    for name, number in chosen.items():
        others = [track for track in tracks if track.kept and track.name == name and track.id != number]
        if others:
            largest = max(others, key=lambda track: track.largest_pixels)
            fall = (
                ""
                if largest.yields is None
                else _(", its area falls by {share:.0%}").format(share=largest.yields)
            )
            found = counted(len(largest.regions), "frame")
            text = _(
                "{name}: track {number} was measured; {others} this label too. The largest "
                "of them is track {largest}: found in {found}, up to {pixels:.0f} "
                "pixels{fall}."
            ).format(
                name=name,
                number=number,
                others=_others_have(len(others)),
                largest=largest.id,
                found=found,
                pixels=largest.largest_pixels,
                fall=fall,
            )
            yield Flag("several", (number, *(track.id for track in others)), (), text)


def _others_have(count: int) -> str:
    return _("one other has") if count == 1 else _("{count} others have").format(count=count)


def _of_track(
    track: Track, tracks: Sequence[Track], labels: Mapping[str, int], readable: Sequence[int]
) -> Iterator[Flag]:
    """What is doubtful about one vessel: frames without it, in parts, under another label."""
    title = f"{track.name} (track {track.id})"
    found = {region.frame for region in track.regions}
    lost = tuple(frame for frame in readable if frame not in found)
    if lost:
        yield Flag(
            "lost",
            (track.id,),
            lost,
            _("{title}: not found in {frames}.").format(title=title, frames=_listed(lost)),
        )
    parts = tuple(region.frame for region in track.regions if region.parts > 1)
    if parts:
        yield Flag(
            "in parts",
            (track.id,),
            parts,
            _("{title}: put together from parts in {frames}.").format(title=title, frames=_listed(parts)),
        )
    mixed = tuple(region.frame for region in track.regions if max(region.shares.values()) < UNMIXED)
    if mixed:
        text = _(
            "{title}: a part of it has another label in {frames}, and counts for it all the same."
        ).format(title=title, frames=_listed(mixed))
        yield Flag("mixed labels", (track.id,), mixed, text)
    flipped = {region.frame for region in track.regions if region.value != labels[track.name]}
    for other in tracks:
        if other.kept and other.name != track.name:
            swapped = flipped & {
                region.frame for region in other.regions if region.value == labels[track.name]
            }
            flipped -= swapped
            # Both of them find the swap; the one with the smaller id tells it.
            if swapped and track.id < other.id:
                frames = tuple(sorted(swapped))
                text = _("{title} and {name} (track {track}): labels exchanged in {frames}.").format(
                    title=title, name=other.name, track=other.id, frames=_listed(frames)
                )
                yield Flag("swap", (track.id, other.id), frames, text)
    if flipped:
        frames = tuple(sorted(flipped))
        yield Flag(
            "label flips",
            (track.id,),
            frames,
            _("{title}: another label in {frames}.").format(title=title, frames=_listed(frames)),
        )


def _listed(frames: Sequence[int]) -> str:
    """Frame numbers for people: ``frames 3, 7 to 12``."""
    runs = np.split(np.asarray(frames), np.flatnonzero(np.diff(frames) > 1) + 1)
    texts = [f"{run[0]}" if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
    return f"frame{'s' if len(frames) > 1 else ''} {', '.join(texts)}"
