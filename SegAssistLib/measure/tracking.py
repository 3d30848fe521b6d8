"""Tracking: which regions of a clip's frames are the same vessel, what is doubtful, and a proposal.

A mask says what every pixel is, frame by frame. Here its regions are followed through the clip. The mask
stays as it is: what looks wrong is said in flags, and ``Tracking.proposed`` gives the vessels alone, each
with its own label throughout, to be measured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from SegAssistLib.errors import InputError
from SegAssistLib.measure.doubts import Flag, flags_of
from SegAssistLib.measure.regions import follow
from SegAssistLib.measure.tracks import Mark, Track, make_track
from SegAssistLib.translation import tr as _

CLEAR_LABEL = 0.8  # share of a vessel from which on a vessel's label is not in doubt
CLEAR_DIFFERENCE = 0.3  # of two changes of area from which on one vessel yields and the other does not

ARTERY, VEIN = "artery", "vein"  # the names that are told apart by pressure
BY_PRESSURE = ("named by pressure", "against pressure")  # flags that do not hang on which track is chosen


@dataclass(frozen=True, eq=False)
class Tracking:
    """The vessels of a clip, what is doubtful about them, and the proposal.

    Attributes:
        tracks: by falling number of frames; the false ones too.
        chosen: for each label name the id of the track that is proposed as this vessel, or that a person
            chose instead; None without one.
        flags: what a person should look at.
        labels: names and values.
        shape: of the mask, ``(columns, rows, frames)``.
        readable: indices of the frames in which they were followed, rising.
    """

    tracks: tuple[Track, ...]
    chosen: Mapping[str, int | None]
    flags: tuple[Flag, ...]
    labels: Mapping[str, int]
    shape: tuple[int, int, int]
    readable: tuple[int, ...]

    def proposed(self) -> np.ndarray:
        """The mask as proposed: the chosen vessels alone, each with its own label in every frame.

        Returns:
            uint8 label values, shape ``(columns, rows, frames)``. Frames that were screened out are empty.
        """
        by_id = {track.id: track for track in self.tracks}
        array = np.zeros(self.shape, np.uint8, order="F")
        for name, number in self.chosen.items():
            for region in by_id[number].regions if number is not None else ():
                columns, rows = np.unravel_index(region.where, self.shape[:2])
                array[columns, rows, region.frame] = self.labels[name]
        return array

    def choose(self, name: str, number: int) -> Tracking:
        """The same with the track ``number`` as the vessel ``name``.

        A label that had this track gets in exchange the one that ``name`` had.

        Raises:
            InputError: a label or a track that there is not.
        """
        if name not in self.labels or number not in (track.id for track in self.tracks):
            raise InputError(
                _("There is no track {number} to be {name!r}; choose one of 1 to {count}.").format(
                    number=number, name=name, count=len(self.tracks)
                )
            )
        exchanged = {each: self.chosen[name] for each, had in self.chosen.items() if had == number}
        chosen = {**self.chosen, **exchanged, name: number}
        by_pressure = [flag for flag in self.flags if flag.kind in BY_PRESSURE]
        flags = (*by_pressure, *flags_of(self.tracks, chosen, self.labels, self.readable))
        return replace(self, chosen=chosen, flags=flags)

    def find(self, marks: Sequence[Mark]) -> int | None:
        """The id of the track in which most of these marks lie; None where none does."""
        held = {track.id: track.holds(marks) for track in self.tracks}
        best = max(held, key=held.__getitem__, default=None)
        return best if best is not None and held[best] else None


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
        raise InputError(
            _("The mask has {count} axes but columns, rows and frames are needed.").format(count=array.ndim)
        )
    if probabilities is not None and probabilities.shape != (len(labels), *array.shape):
        raise InputError(
            _(
                "The probabilities are {probabilities} and the mask {mask}: give both on one "
                "grid, one probability map a label."
            ).format(probabilities=probabilities.shape, mask=array.shape)
        )
    readable = tuple(frame for frame in range(array.shape[2]) if frame not in screened)
    trails = sorted(follow(array, labels, readable, probabilities), key=len, reverse=True)
    names = {value: name for name, value in labels.items()}
    tracks = [make_track(number, trail, names, readable) for number, trail in enumerate(trails, start=1)]
    flags: list[Flag] = []
    if {ARTERY, VEIN} <= labels.keys():
        tracks, flags = _name_by_pressure(tracks)
    chosen = {name: _choose(name, tracks) for name in labels}
    flags += flags_of(tracks, chosen, labels, readable)
    return Tracking(tuple(tracks), chosen, tuple(flags), dict(labels), array.shape, readable)


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
    facts = _(
        "the area of track {track}, mostly labelled {name}, falls by {yields:.0%}, "
        "and that of track {other}, mostly labelled {other_name}, by "
        "{other_yields:.0%}"
    ).format(
        track=soft.id,
        name=soft.name,
        yields=soft.yields,
        other=hard.id,
        other_name=hard.name,
        other_yields=hard.yields,
    )
    if all(told[track.id] == track.name or track.label_shares[track.name] < CLEAR_LABEL for track in pair):
        text = _(
            "Labels in doubt, so pressure decides: {facts}; the one that yields more is proposed as vein."
        ).format(facts=facts)
        tracks = [replace(track, name=told.get(track.id, track.name)) for track in tracks]
        return tracks, [Flag("named by pressure", ids, (), text)]
    if (hard.name, soft.name) == (VEIN, ARTERY):
        text = _(
            "Labels against pressure: {facts}. Look which is which: a clotted vein does not yield either."
        ).format(facts=facts)
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
