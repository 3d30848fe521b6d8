"""Pretexts: questions about pictures whose answers are known without a mask being drawn for them.

All are asked about parts of pictures that show tissue alone, for the frame, its corners and the letters in it
would give the answers away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Protocol

import numpy as np
import torch
from monai.transforms import Compose
from torch import nn
from torch.utils.data import IterableDataset

from SegAssistLib.errors import InputError
from SegAssistLib.task import Task
from SegAssistLib.training.picture_augmentation import picture_augmentation
from SegAssistLib.training.pictures import Example, Picture, cut_part, draw_examples, enlarged, worker_rng
from SegAssistLib.training.pretraining.contrast import MomentumContrast
from SegAssistLib.training.pretraining.encoder import PooledEncoder
from SegAssistLib.training.windows import SIDES, free_window, is_dark
from SegAssistLib.translation import tr as _

KEY = 128  # numbers that describe a view
MOST = 1000  # pictures that are looked at for a part that shows what is wanted


class Pretext(Protocol):
    """A question.

    Attributes:
        turn: largest angle in degrees by which augmentation turns a part.
        loss: of answers and what is right.
    """

    turn: float
    loss: nn.Module

    def module(self, network: nn.Module, channels: int) -> nn.Module:
        """What answers it, built on a network whose encoder shall learn; pictures have ``channels``."""

    def ask(
        self, drawn: Iterator[Example], augment: Compose, size: int, rng: np.random.Generator
    ) -> dict[str, torch.Tensor]:
        """One example: ``image`` ``(..., size, size)``, and what is right as ``reference``."""


class Patches:
    """Is anything that is labelled on this part?"""

    turn = 180.0
    loss: nn.Module = nn.BCEWithLogitsLoss()

    def module(self, network: nn.Module, channels: int) -> nn.Module:
        """One logit."""
        return PooledEncoder(network, lambda width: nn.Linear(width, 1), channels)

    def ask(
        self, drawn: Iterator[Example], augment: Compose, size: int, rng: np.random.Generator
    ) -> dict[str, torch.Tensor]:
        """Every second part is one round a labelled pixel."""
        labelled = rng.random() < 0.5
        part = _first(drawn, lambda example: cut_part(example, labelled, (size, size), rng))
        return {"image": augment(part)["image"], "reference": torch.tensor([float(labelled)])}


class Rotations:
    """By how many right angles is this part turned (Gidaris et al., ICLR 2018)?"""

    turn = 15.0
    loss: nn.Module = nn.CrossEntropyLoss()

    def module(self, network: nn.Module, channels: int) -> nn.Module:
        """Four logits."""
        return PooledEncoder(network, lambda width: nn.Linear(width, 4), channels)

    def ask(
        self, drawn: Iterator[Example], augment: Compose, size: int, rng: np.random.Generator
    ) -> dict[str, torch.Tensor]:
        """All four answers equally often."""
        turns = int(rng.integers(4))
        image = augment(_tissue(drawn, size, rng))["image"]
        return {"image": torch.rot90(image, turns, (1, 2)).contiguous(), "reference": torch.tensor(turns)}


class Contrast:
    """Which of many is another view of this part? See :class:`MomentumContrast`."""

    turn = 180.0
    loss: nn.Module = nn.CrossEntropyLoss()

    def module(self, network: nn.Module, channels: int) -> nn.Module:
        """One logit for its own other view, and one for each that is remembered."""

        def head(width: int) -> nn.Module:
            return nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, KEY))

        return MomentumContrast(PooledEncoder(network, head, channels), KEY)

    def ask(
        self, drawn: Iterator[Example], augment: Compose, size: int, rng: np.random.Generator
    ) -> dict[str, torch.Tensor]:
        """Two views of one part, behind each other; the first class is always right."""
        part = _tissue(drawn, size, rng)
        views = [augment(part)["image"] for _ in range(2)]
        return {"image": torch.cat(views), "reference": torch.tensor(0)}


PRETEXTS: dict[str, type[Pretext]] = {"patches": Patches, "rotation": Rotations, "contrast": Contrast}


class PretextExamples(IterableDataset):
    """Endless stream of questions with their answers, ``image`` and ``reference``."""

    def __init__(self, pictures: Sequence[Picture], task: Task, pretext: Pretext, seed: int) -> None:
        """Ask about ``pictures``, prepared as ``task`` has it; parts are half as large as its planes."""
        self.pictures, self.task, self.pretext, self.seed = pictures, task, pretext, seed
        self.size = task.planes.size // 2

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        """Stream examples; every data-loading worker has its own sequence."""
        rng = worker_rng(self.seed)
        augment = picture_augmentation(self.size, self.pretext.turn)
        augment.set_random_state(seed=int(rng.integers(2**31)))
        drawn = draw_examples(self.pictures, self.task, rng)
        while True:
            yield self.pretext.ask(drawn, augment, self.size, rng)


def _tissue(drawn: Iterator[Example], size: int, rng: np.random.Generator) -> Example:
    """A part of the next picture that has one, whatever is on it."""

    def part(example: Example) -> Example | None:
        dark = is_dark(example["image"])
        side = round(rng.uniform(*SIDES) * min(dark.shape))
        window = free_window(np.zeros_like(dark), dark, (side, side), rng)
        return None if window is None else enlarged(example, window, (size, size))

    return _first(drawn, part)


def _first(drawn: Iterator[Example], part: Callable[[Example], Example | None]) -> Example:
    """A part of the next picture that has one.

    Raises:
        InputError: many pictures in a row have none.
    """
    for example in islice(drawn, MOST):
        found = part(example)
        if found is not None:
            return found
    raise InputError(
        _("The pictures are too dark or too little is labelled to begin with them; leave --pretrain out.")
    )
