"""Tracks: one vessel through the frames of a clip, and what is known of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from SegAssistLib.measure.regions import Region, Trail
from SegAssistLib.measure.smoothing import smooth

FEWEST_FRAMES, FEWEST_SHARE = 3, 0.1  # what is found in fewer frames, or in less of the clip, is false
SMALL = 0.5  # of the vessel's largest area: what is lost from there on has collapsed

# A frame and the flat index of a pixel in it. By its marks a vessel is known again after the mask was edited
# and followed anew: ids change then.
Mark = tuple[int, int]


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

    @property
    def mean_pixels(self) -> float:
        """Mean area over the frames in which it was found."""
        return float(np.mean([region.pixels for region in self.regions]))

    @property
    def marks(self) -> tuple[Mark, ...]:
        """A pixel in each of its regions, in the middle of them as they are stored."""
        return tuple((region.frame, int(region.where[len(region.where) // 2])) for region in self.regions)

    def holds(self, marks: Sequence[Mark]) -> int:
        """How many of the marks lie in it."""
        regions = {region.frame: region.where for region in self.regions}
        return sum(where in regions[frame] for frame, where in marks if frame in regions)


def make_track(number: int, trail: Trail, names: Mapping[int, str], readable: Sequence[int]) -> Track:
    """Sum up what a trail's regions tell.

    Args:
        number: its id.
        trail: its regions.
        names: of the labels, by value.
        readable: indices of the frames that were looked at, rising.
    """
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
