"""Frames: single ultrasound pictures of which a part of the vessels is annotated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.io import read_image, read_mask
from SegAssistLib.io.table import read_rows
from SegAssistLib.prepare import prepare
from SegAssistLib.task import Task

ARTERY, VEIN, VESSEL, NERVE = 1, 2, 3, 4  # classes of the masks; a vessel may be an artery or a vein
CHANNELS = ("artery", "vein", "vessel")  # of a reference; the last is "any of the two"
SIMULATED = "simulated"  # the source of frames that no machine made
UNKNOWN = -1.0
COLUMNS = ("name", "source", "group", "annotated_classes")


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
    table = folder / "manifest.csv"
    if not table.exists():
        raise InputError(f"{folder}: there is no manifest.csv that lists the annotated frames.")
    rows = read_rows(table, COLUMNS, "frames")
    return [_read_frame(folder, row) for row in sorted(rows, key=lambda row: row["name"])]


def _read_frame(folder: Path, row: dict[str, str]) -> Frame:
    image = read_image(folder / "images" / f"{row['name']}.png")
    path = folder / "masks" / f"{row['name']}.png"
    mask = read_mask(path)
    if image.array.dtype != np.uint8 or image.array.ndim != 3:
        raise InputError(f"{folder / 'images' / row['name']}.png: not an 8-bit grey picture; convert it.")
    if mask.array.shape != image.array.shape:
        raise InputError(f"{path}: not of the size of its picture; annotate the picture again.")
    try:
        annotated = frozenset(int(value) for value in row["annotated_classes"].split(";"))
    except ValueError as error:
        raise InputError(
            f"{folder / 'manifest.csv'}: {row['name']} has no numbers in annotated_classes."
        ) from error
    present = set(np.unique(mask.array).tolist())
    if not present <= annotated | {0} or not annotated <= {ARTERY, VEIN, VESSEL, NERVE}:
        raise InputError(f"{path}: holds classes that the manifest does not state as annotated; correct one.")
    return Frame(row["name"], row["group"], row["source"], image.array[..., 0], mask.array[..., 0], annotated)


class Masked(Protocol):
    """A picture and its classes.

    Attributes:
        image: a still.
        mask: uint8 ``(columns, rows)``.
    """

    image: Image
    mask: np.ndarray


def prepared_example(frame: Masked, task: Task) -> dict[str, np.ndarray]:
    """What the network sees of a frame in use, and its classes on the same pixels.

    Returns:
        ``image`` float32 ``(channels, rows, columns)`` and ``classes`` uint8 ``(1, rows, columns)``.
    """
    prepared = prepare(frame.image, task.preparation)
    stack = prepared.cut(prepared.axes[0], task.planes).stack(0)
    size = task.planes.working_size(*frame.mask.T.shape)
    mask = np.ascontiguousarray(frame.mask.T)
    if mask.shape != size:
        mask = cv2.resize(mask, size[::-1], interpolation=cv2.INTER_NEAREST_EXACT)
    classes = np.zeros((1, *stack.shape[1:]), np.uint8)
    border = task.planes.border
    classes[0, border : border + size[0], border : border + size[1]] = mask
    return {"image": stack, "classes": classes}


class FrameExamples(IterableDataset):
    """Endless stream of augmented frames.

    A share of them is simulated; real ones come from every source equally often, and of a source from every
    patient. Yields float32 tensors ``image`` ``(1, rows, columns)`` and ``reference``
    ``(3, rows, columns)``, see ``CHANNELS``, 0 to 1 or ``UNKNOWN``.
    """

    def __init__(
        self,
        frames: Sequence[Frame],
        task: Task,
        augment: Callable[[dict[str, np.ndarray]], dict[str, torch.Tensor]],
        simulated: float,
        seed: int,
    ) -> None:
        """Stream from ``frames``.

        Args:
            frames: real and simulated ones.
            task: whose preparation and planes the network will meet.
            augment: applied to ``image`` and ``classes``; has ``set_random_state`` (MONAI's Compose).
            simulated: share of simulated examples, where there are both kinds.
            seed: with the worker's number it decides every draw.
        """
        self.task, self.augment, self.simulated, self.seed = task, augment, simulated, seed
        self.frames = frames

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        """Stream examples; every data-loading worker has its own sequence."""
        worker = get_worker_info()
        rng = np.random.default_rng([self.seed, worker.id if worker else 0])
        self.augment.set_random_state(seed=int(rng.integers(2**31)))
        made_up = [frame for frame in self.frames if frame.source == SIMULATED]
        sources: dict[str, dict[str, list[Frame]]] = {}
        for frame in self.frames:
            if frame.source != SIMULATED:
                sources.setdefault(frame.source, {}).setdefault(frame.patient, []).append(frame)
        by_source = [list(patients.values()) for patients in sources.values()]
        while True:
            if made_up and (not by_source or rng.random() < self.simulated):
                frame = made_up[rng.integers(len(made_up))]
            else:
                patients = by_source[rng.integers(len(by_source))]
                patient = patients[rng.integers(len(patients))]
                frame = patient[rng.integers(len(patient))]
            yield self._example(frame)

    def _example(self, frame: Frame) -> dict[str, torch.Tensor]:
        example = self.augment(prepared_example(frame, self.task))
        reference = torch.from_numpy(frame.meaning)[example["classes"][0].long()]
        return {"image": example["image"], "reference": reference.movedim(2, 0).contiguous()}
