"""From an Image to what a network sees, and back: orientation, pixel size, intensities, neighbours.

Training and inference call these same functions, so that a network meets in use what it met in
training. NumPy and OpenCV only.

A task names its preparation, and states the settings of its planes. Every preparation makes a
:class:`Prepared` of an image: what is cut from it and how is its own affair.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from SegAssistLib.image import Image
from SegAssistLib.prepare.frames import FramePlanes, FrameSettings, PreparedFrames, prepare_frames
from SegAssistLib.prepare.prepared import Cut, Orientation, Prepared
from SegAssistLib.prepare.volume import (
    AXIAL,
    CORONAL,
    SAGITTAL,
    Planes,
    PlaneSettings,
    PreparedVolume,
    prepare_head,
)

__all__ = [
    "AXIAL",
    "CORONAL",
    "PREPARATIONS",
    "SAGITTAL",
    "Cut",
    "FramePlanes",
    "FrameSettings",
    "Orientation",
    "PlaneSettings",
    "Planes",
    "Preparation",
    "Prepared",
    "PreparedFrames",
    "PreparedVolume",
    "Settings",
    "prepare",
    "prepare_frames",
    "prepare_head",
    "read_settings",
]

Settings = PlaneSettings | FrameSettings


class Preparation(NamedTuple):
    """What prepares an image, and the settings that its planes have."""

    prepare: Callable[[Image], Prepared]
    settings: type[Settings]


PREPARATIONS = {
    "mri-head": Preparation(prepare_head, PlaneSettings),
    "frames": Preparation(prepare_frames, FrameSettings),
}


def read_settings(name: str, stated: dict[str, Any]) -> Settings:
    """The settings of the preparation ``name``, from what a bundle states in JSON.

    Raises:
        KeyError: there is no such preparation.
        TypeError: the preparation has no such setting.
    """
    settings = {key: tuple(value) if isinstance(value, list) else value for key, value in stated.items()}
    return PREPARATIONS[name].settings(**settings)


def prepare(image: Image, name: str) -> Prepared:
    """Apply the preparation that a task names."""
    return PREPARATIONS[name].prepare(image)
