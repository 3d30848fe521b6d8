"""Frames: examples from single ultrasound pictures of which a part of the vessels is annotated."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import cv2
import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from SegAssistLib.image import Image
from SegAssistLib.partial_frames import SIMULATED, Frame
from SegAssistLib.prepare import prepare
from SegAssistLib.task import Task


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
