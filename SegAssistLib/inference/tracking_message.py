"""Tracking message: the vessels of a clip as :mod:`messages` carries them, as JSON and one array."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from SegAssistLib.measure.doubts import Flag
from SegAssistLib.measure.regions import Region
from SegAssistLib.measure.tracking import Tracking
from SegAssistLib.measure.tracks import Track


def describe_tracking(tracking: Tracking) -> tuple[dict[str, Any], np.ndarray]:
    """What was followed.

    Returns:
        Fields, with for each region the number of its pixels; and, one region after another, where these lie.
    """
    regions = [region for track in tracking.tracks for region in track.regions]
    where = np.concatenate([np.zeros(0, int), *(region.where for region in regions)])
    fields = {
        "tracks": [
            vars(track) | {"regions": [_described(region) for region in track.regions]}
            for track in tracking.tracks
        ],
        "chosen": dict(tracking.chosen),
        "flags": [vars(flag) for flag in tracking.flags],
        "readable": tracking.readable,
    }
    return fields, where


def described_tracking(
    fields: Mapping[str, Any], where: np.ndarray, labels: Mapping[str, int], shape: tuple[int, int, int]
) -> Tracking:
    """Undo :func:`describe_tracking`, for a mask with these labels and of this shape."""
    described = [region for track in fields["tracks"] for region in track["regions"]]
    parts = iter(np.split(where, np.cumsum([region["where"] for region in described])[:-1]))
    tracks = tuple(
        Track(**track | {"regions": tuple(_region(each, next(parts)) for each in track["regions"])})
        for track in fields["tracks"]
    )
    flags = tuple(
        Flag(**flag | {"tracks": tuple(flag["tracks"]), "frames": tuple(flag["frames"])})
        for flag in fields["flags"]
    )
    return Tracking(tracks, fields["chosen"], flags, dict(labels), shape, tuple(fields["readable"]))


def _described(region: Region) -> dict[str, Any]:
    return vars(region) | {"where": region.pixels, "shares": list(region.shares.items())}


def _region(described: Mapping[str, Any], where: np.ndarray) -> Region:
    """JSON has neither tuples nor numbers as keys."""
    centroid, shares = tuple(described["centroid_ij"]), dict(described["shares"])
    return Region(**described | {"where": where, "centroid_ij": centroid, "shares": shares})
