"""Partial frames: ultrasound pictures of which only some classes are annotated, and agreement with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from SegAssistLib.cases import MANIFEST, PARTIAL, read_manifest
from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.io import read_image, read_mask
from SegAssistLib.measure.agreement import agreement, summarise
from SegAssistLib.translation import tr as _

ARTERY, VEIN, VESSEL, NERVE = 1, 2, 3, 4  # classes of the masks; a vessel may be an artery or a vein
CHANNELS = ("artery", "vein", "vessel")  # of a reference; the last is "any of the two"
SIMULATED = "simulated"  # the source of frames that no machine made
UNKNOWN = -1.0
COLUMNS = ("name", "source", "group", PARTIAL)


@dataclass(frozen=True, eq=False)
class Frame:
    """One picture, and what is known of it.

    Attributes:
        name: unique in its data set.
        patient: the recording, or the cluster of similar pictures, that is never split.
        source: the data's origin.
        picture: uint8 grey ``(columns, rows)``.
        mask: uint8 classes of the same shape.
        annotated: classes that were looked for; 0 in the mask says nothing about others.
    """

    name: str
    patient: str
    source: str
    picture: np.ndarray
    mask: np.ndarray
    annotated: frozenset[int]

    @property
    def image(self) -> Image:
        """The picture as inference would get it."""
        pixels = np.asarray(self.picture)[..., None]
        return Image(pixels, np.eye(4), kind="still", calibrated=False, modality="US", name=self.name)

    @cached_property
    def known(self) -> tuple[str, ...]:
        """Channels that are known in the whole picture."""
        complete = {ARTERY, VEIN} <= self.annotated or VESSEL in self.annotated
        named = {"artery": ARTERY in self.annotated, "vein": VEIN in self.annotated, "vessel": complete}
        return tuple(channel for channel in CHANNELS if named[channel])

    def reference(self, channel: str) -> np.ndarray:
        """Where a channel that is known is, bool ``(columns, rows)``."""
        classes = {"artery": (ARTERY,), "vein": (VEIN,), "vessel": (ARTERY, VEIN, VESSEL)}
        return np.isin(self.mask, classes[channel])

    @cached_property
    def meaning(self) -> np.ndarray:
        """What each class says about each channel: 1, 0 or ``UNKNOWN``; float32 ``(classes, channels)``."""
        nowhere = [0.0 if channel in self.known else UNKNOWN for channel in CHANNELS]
        if "vessel" in self.known:  # where no vessel is, there is no artery and no vein
            nowhere = [0.0, 0.0, 0.0]
        table = {
            0: nowhere,
            ARTERY: [1.0, 0.0, 1.0],
            VEIN: [0.0, 1.0, 1.0],
            VESSEL: [UNKNOWN, UNKNOWN, 1.0],
            NERVE: [0.0, 0.0, 0.0],
        }
        return np.array([table[value] for value in range(len(table))], np.float32)


def read_frames(folder: Path) -> list[Frame]:
    """Read the pictures that ``folder/manifest.csv`` lists, sorted by name.

    The table has the columns ``name``, ``source``, ``group`` (what is never split) and ``annotated_classes``
    (numbers between semicolons); ``images/NAME.png`` and ``masks/NAME.png`` lie beside it.

    Raises:
        InputError: no such table, an unreadable file, or a mask that does not fit its picture.
    """
    return [_read_frame(folder, row) for row in read_manifest(folder, COLUMNS, "frames")]


def _read_frame(folder: Path, row: dict[str, str]) -> Frame:
    image = read_image(folder / "images" / f"{row['name']}.png")
    path = folder / "masks" / f"{row['name']}.png"
    mask = read_mask(path)
    if image.array.dtype != np.uint8 or image.array.ndim != 3:
        raise InputError(
            _("{picture}.png: not an 8-bit grey picture; convert it.").format(
                picture=folder / "images" / row["name"]
            )
        )
    if mask.array.shape != image.array.shape:
        raise InputError(
            _("{path}: not of the size of its picture; annotate the picture again.").format(path=path)
        )
    try:
        annotated = frozenset(int(value) for value in row[PARTIAL].split(";"))
    except ValueError as error:
        raise InputError(
            _("{manifest}: {name} has no numbers in {partial}.").format(
                manifest=folder / MANIFEST, name=row["name"], partial=PARTIAL
            )
        ) from error
    present = set(np.unique(mask.array).tolist())
    if not present <= annotated | {0} or not annotated <= {ARTERY, VEIN, VESSEL, NERVE}:
        raise InputError(
            _("{path}: holds classes that the manifest does not state as annotated; correct one.").format(
                path=path
            )
        )
    return Frame(row["name"], row["group"], row["source"], image.array[..., 0], mask.array[..., 0], annotated)


def frame_agreement(frame: Frame, found: np.ndarray) -> list[dict[str, Any]]:
    """Compare a mask with every channel of a frame that is known: one row a channel.

    Accuracy and mean IoU are those of two classes, the channel and the background, in one picture
    (``mean_iou`` is the mean of the IoU of both).

    Args:
        frame: the truth.
        found: uint8 ``(columns, rows)``: 1 artery, 2 vein.
    """
    return [_agreement_row(frame, channel, found) for channel in frame.known]


def _agreement_row(frame: Frame, channel: str, found: np.ndarray) -> dict[str, Any]:
    values = {"artery": (ARTERY,), "vein": (VEIN,), "vessel": (ARTERY, VEIN)}[channel]
    reference, predicted = frame.reference(channel), np.isin(found, values)
    agreed = agreement(reference[..., None], predicted[..., None], None, connectivity=8)
    background = np.count_nonzero(~(reference | predicted)) / max(
        1, np.count_nonzero(~(reference & predicted))
    )
    return {
        "case": frame.name,
        "patient": frame.patient,
        "source": frame.source,
        "channel": channel,
        "dice": agreed.dice,
        "iou": agreed.iou,
        "mean_iou": (agreed.iou + background) / 2,
        "accuracy": agreed.accuracy,
        "hd95_pixel": agreed.hd95,
        "reference_area_pixels": agreed.reference_volume,
        "predicted_area_pixels": agreed.predicted_volume,
    }


def summarise_channels(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Summaries of :func:`frame_agreement`'s rows, for each source and channel."""
    summary = []
    for source, channel in sorted({(row["source"], row["channel"]) for row in rows}):
        members = [row for row in rows if (row["source"], row["channel"]) == (source, channel)]
        about = {"group": f"{channel}, {source}", "source": source, "channel": channel}
        summary += [about | line for line in summarise(members)]
    return summary
