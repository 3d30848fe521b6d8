"""Tracking: which regions of a clip's frames are the same vessel, what is doubtful, and a proposal.

A mask says what every pixel is, frame by frame. Here its regions are followed through the clip. The mask
stays as it is: what looks wrong is said in flags, and ``Tracking.proposed`` gives the vessels alone, each
with its own label throughout, to be measured.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from SegAssistLib.errors import InputError
from SegAssistLib.measure.regions import Region, Trail, follow
from SegAssistLib.measure.smoothing import smooth

FEWEST_FRAMES, FEWEST_SHARE = 3, 0.1  # what is found in fewer frames, or in less of the clip, is false
SMALL = 0.5  # of the vessel's largest area: what is lost from there on has collapsed
CLEAR_LABEL = 0.8  # share of a vessel from which on a vessel's label is not in doubt
UNMIXED = 0.95  # share of a vessel's pixels in a frame from which on other labels are a matter of its edge
CLEAR_DIFFERENCE = 0.3  # of two changes of area from which on one vessel yields and the other does not

ARTERY, VEIN = "artery", "vein"  # the names that are told apart by pressure

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


@dataclass(frozen=True, eq=False)
class Track:
    """One vessel through the clip.

    Attributes:
        id: from 1, by falling number of frames.
        regions: one for each frame in which it was found.
        name: the label of most of its frames, or, where that is in doubt, the one that pressure tells.
        label_shares: for each label name, the mean share of its pixels that have it; frames count alike.
        largest_pixels: largest area, smoothed.
        yields: how far its smoothed area falls, 0 to 1; None with fewer than three frames in a row.
        persistence: share of the readable frames in which it was found. Frames in which it was lost while
            small do not count: a vein that collapses is not less of a vein for it.
        kept: False for a short false region.
    """

    id: int
    regions: tuple[Region, ...]
    name: str
    label_shares: Mapping[str, float]
    largest_pixels: float
    yields: float | None
    persistence: float
    kept: bool

    @property
    def probability(self) -> float | None:
        """The network's mean probability over all frames; None without a network."""
        values = [region.probability for region in self.regions if region.probability is not None]
        return float(np.mean(values)) if values else None


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


@dataclass(frozen=True, eq=False)
class Tracking:
    """The vessels of a clip, what is doubtful about them, and the proposal.

    Attributes:
        tracks: by falling number of frames; the false ones too.
        chosen: for each label name the id of the track that is proposed as this vessel; None without one.
        flags: what a person should look at.
        labels: names and values.
        shape: of the mask, ``(columns, rows, frames)``.
    """

    tracks: tuple[Track, ...]
    chosen: Mapping[str, int | None]
    flags: tuple[Flag, ...]
    labels: Mapping[str, int]
    shape: tuple[int, int, int]

    def proposed(self, chosen: Mapping[str, int | None] | None = None) -> np.ndarray:
        """The mask as proposed: the chosen vessels alone, each with its own label in every frame.

        Args:
            chosen: the tracks that a person chose instead of ``self.chosen``.

        Returns:
            uint8 label values, shape ``(columns, rows, frames)``. Frames that were screened out are empty.

        Raises:
            InputError: a label or a track that there is not.
        """
        by_id = {track.id: track for track in self.tracks}
        array = np.zeros(self.shape, np.uint8, order="F")
        for name, number in {**self.chosen, **(chosen or {})}.items():
            if name not in self.labels or (number is not None and number not in by_id):
                raise InputError(
                    f"There is no track {number} to be {name!r}; choose one of the tracks 1 to {len(by_id)}."
                )
            for region in by_id[number].regions if number is not None else ():
                columns, rows = np.unravel_index(region.where, self.shape[:2])
                array[columns, rows, region.frame] = self.labels[name]
        return array


def track_vessels(
    array: np.ndarray,
    labels: Mapping[str, int],
    *,
    screened: Mapping[int, str] | None = None,
    probabilities: np.ndarray | None = None,
) -> Tracking:
    """Follow the regions of a label map from frame to frame, and say which of them is which vessel.

    A vessel has the label of most of it. Of several with one label, the one with the largest product of
    persistence and size is chosen; of arteries, and of veins where no vessel is an artery, the product also
    has 2 - its yielding to pressure, or 1 + it: a vein yields before an artery does. Beside an artery, what
    is called a vein is one, and a vein that does not yield is not less of a vein for it. Size counts because
    the area of a speck varies as much as that of a vein that collapses.

    Where less than 80 % of a vessel has its label, pressure decides: the one of the two main vessels that
    yields more is named vein, the other artery. Where more has it, pressure overrules nothing: a clotted
    vein does not yield, and it must not be renamed for that; the contradiction is flagged.

    Args:
        array: uint8 label values, shape ``(columns, rows, frames)``.
        labels: names and values, e.g. ``{"artery": 1, "vein": 2}``; other values are ignored. These two names
            alone are told apart by pressure.
        screened: frames that cannot be read, and why; nothing is followed in them.
        probabilities: of the labels in their order, ``(labels, columns, rows, frames)``. They weigh in the
            choice between several regions of one label.

    Raises:
        InputError: the mask does not have three axes, or the probabilities lie on another grid.
    """
    array, screened = np.asarray(array), screened or {}
    if array.ndim != 3:
        raise InputError(f"The mask has {array.ndim} axes but columns, rows and frames are needed.")
    if probabilities is not None and probabilities.shape != (len(labels), *array.shape):
        raise InputError(
            f"The probabilities are {probabilities.shape} and the mask {array.shape}: give both on one grid, "
            "one probability map a label."
        )
    readable = [frame for frame in range(array.shape[2]) if frame not in screened]
    trails = sorted(follow(array, labels, readable, probabilities), key=len, reverse=True)
    names = {value: name for name, value in labels.items()}
    tracks = [_track(number, trail, names, readable) for number, trail in enumerate(trails, start=1)]
    flags: list[Flag] = []
    if {ARTERY, VEIN} <= labels.keys():
        tracks, flags = _name_by_pressure(tracks)
    chosen = {name: _choose(name, tracks) for name in labels}
    flags += [*_flags_of_false(tracks), *_flags_of_others(tracks, chosen)]
    for track in tracks:
        if track.id in chosen.values():
            flags += _flags_of_track(track, tracks, labels, readable)
    return Tracking(tuple(tracks), chosen, tuple(flags), dict(labels), array.shape)


def _track(number: int, trail: Trail, names: Mapping[int, str], readable: Sequence[int]) -> Track:
    votes: Counter[str] = Counter()
    for region in trail:
        votes.update({names[value]: share for value, share in region.shares.items()})
    areas = np.full(len(readable), np.nan)
    areas[np.searchsorted(readable, [region.frame for region in trail])] = [region.pixels for region in trail]
    smoothed = smooth(areas, np.isnan(areas))
    steady = not np.isnan(smoothed).all()
    largest = float(np.nanmax(smoothed) if steady else np.nanmedian(areas))
    collapsed = sum(
        stop - start
        for start, stop in _gaps(areas)
        if np.nanmin([areas[n] for n in (start - 1, stop) if 0 <= n < len(areas)]) < SMALL * largest
    )
    return Track(
        id=number,
        regions=tuple(trail),
        name=votes.most_common(1)[0][0],
        label_shares={name: count / len(trail) for name, count in votes.items()},
        largest_pixels=largest,
        yields=float(1 - np.nanmin(smoothed) / largest) if steady else None,
        persistence=len(trail) / (len(readable) - collapsed),
        kept=len(trail) >= max(min(FEWEST_FRAMES, len(readable)), FEWEST_SHARE * len(readable)),
    )


def _gaps(areas: np.ndarray) -> list[tuple[int, int]]:
    """Start and stop of each run of missing values."""
    edges = np.flatnonzero(np.diff(np.isnan(areas), prepend=False, append=False))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _name_by_pressure(tracks: list[Track]) -> tuple[list[Track], list[Flag]]:
    """Compare how the two main vessels yield with their labels; where these are in doubt, rename them."""
    pair = [track for track in tracks if track.kept and track.name in (ARTERY, VEIN)]
    pair.sort(key=lambda track: -track.persistence * track.largest_pixels)
    pair = sorted(pair[:2], key=lambda track: track.yields or 0.0)
    if len(pair) < 2 or any(track.yields is None for track in pair):
        return tracks, []
    hard, soft = pair
    if soft.yields - hard.yields < CLEAR_DIFFERENCE or (hard.name, soft.name) == (ARTERY, VEIN):
        return tracks, []
    told = {hard.id: ARTERY, soft.id: VEIN}
    ids = (hard.id, soft.id)
    facts = (
        f"the area of track {soft.id}, mostly labelled {soft.name}, falls by {soft.yields:.0%}, and that of "
        f"track {hard.id}, mostly labelled {hard.name}, by {hard.yields:.0%}"
    )
    if all(told[track.id] == track.name or track.label_shares[track.name] < CLEAR_LABEL for track in pair):
        text = f"Labels in doubt, so pressure decides: {facts}; the one that yields more is proposed as vein."
        tracks = [replace(track, name=told.get(track.id, track.name)) for track in tracks]
        return tracks, [Flag("named by pressure", ids, (), text)]
    if (hard.name, soft.name) == (VEIN, ARTERY):
        text = f"Labels against pressure: {facts}. Look which is which: a clotted vein does not yield either."
        return tracks, [Flag("against pressure", ids, (), text)]
    return tracks, []


def _choose(name: str, tracks: Sequence[Track]) -> int | None:
    """The id of the track that is proposed as the vessel ``name`` (see ``track_vessels`` for the rule)."""
    beside_artery = any(track.kept and track.name == ARTERY for track in tracks)

    def score(track: Track) -> float:
        yields = track.yields or 0.0
        by_pressure = {VEIN: 1.0 if beside_artery else 1 + yields, ARTERY: 2 - yields}.get(name, 1.0)
        probability = 1.0 if track.probability is None else track.probability
        return track.persistence * track.largest_pixels * by_pressure * probability

    candidates = [track for track in tracks if track.kept and track.name == name]
    return max(candidates, key=score).id if candidates else None


def _flags_of_false(tracks: Sequence[Track]) -> Iterator[Flag]:
    """One flag for all short regions of a label."""
    for name in dict.fromkeys(track.name for track in tracks if not track.kept):
        false = [track for track in tracks if not track.kept and track.name == name]
        frames = sorted({region.frame for track in false for region in track.regions})
        largest = max(region.pixels for track in false for region in track.regions)
        text = (
            f"{name}: {len(false)} short region(s) of at most {largest} pixels in {_listed(frames)} are not "
            "counted: they are taken for false."
        )
        yield Flag("false regions", tuple(track.id for track in false), tuple(frames), text)


def _flags_of_others(tracks: Sequence[Track], chosen: Mapping[str, int | None]) -> Iterator[Flag]:
    """A flag for each label that other vessels have besides the chosen one: these are not proposed."""
    for name, number in chosen.items():
        others = [track for track in tracks if track.kept and track.name == name and track.id != number]
        if others:
            largest = max(others, key=lambda track: track.largest_pixels)
            fall = "" if largest.yields is None else f", its area falls by {largest.yields:.0%}"
            text = (
                f"{name}: track {number} was measured; {_others_have(len(others))} this label too. The "
                f"largest of them is track {largest.id}: found in {len(largest.regions)} frame(s), up to "
                f"{largest.largest_pixels:.0f} pixels{fall}."
            )
            yield Flag("several", (number, *(track.id for track in others)), (), text)


def _others_have(count: int) -> str:
    return "one other has" if count == 1 else f"{count} others have"


def _flags_of_track(
    track: Track, tracks: Sequence[Track], labels: Mapping[str, int], readable: Sequence[int]
) -> Iterator[Flag]:
    """What is doubtful about one vessel: frames without it, in parts, under another label."""
    title = f"{track.name} (track {track.id})"
    found = {region.frame for region in track.regions}
    lost = tuple(frame for frame in readable if frame not in found)
    if lost:
        yield Flag("lost", (track.id,), lost, f"{title}: not found in {_listed(lost)}.")
    parts = tuple(region.frame for region in track.regions if region.parts > 1)
    if parts:
        yield Flag("in parts", (track.id,), parts, f"{title}: put together from parts in {_listed(parts)}.")
    mixed = tuple(region.frame for region in track.regions if max(region.shares.values()) < UNMIXED)
    if mixed:
        text = f"{title}: a part of it has another label in {_listed(mixed)}, and counts for it all the same."
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
                text = f"{title} and {other.name} (track {other.id}): labels exchanged in {_listed(frames)}."
                yield Flag("swap", (track.id, other.id), frames, text)
    if flipped:
        frames = tuple(sorted(flipped))
        yield Flag("label flips", (track.id,), frames, f"{title}: another label in {_listed(frames)}.")


def _listed(frames: Sequence[int]) -> str:
    """Frame numbers for people: ``frames 3, 7 to 12``."""
    runs = np.split(np.asarray(frames), np.flatnonzero(np.diff(frames) > 1) + 1)
    texts = [f"{run[0]}" if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
    return f"frame{'s' if len(frames) > 1 else ''} {', '.join(texts)}"
