"""Picture recipe: any task on stills with masks of all its labels, learned picture by picture."""

from __future__ import annotations

import zlib
from collections.abc import Collection
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from SegAssistLib.cases import listed_cases
from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.inference.segment import predict
from SegAssistLib.inference.torch_backend import NetworkBackend
from SegAssistLib.networks import network_definition, stated_definition
from SegAssistLib.prepare import FrameSettings, prepare
from SegAssistLib.references import survey
from SegAssistLib.task import Task
from SegAssistLib.training.losses import LOSSES, EveryStage
from SegAssistLib.training.picture_augmentation import as_it_is, picture_augmentation
from SegAssistLib.training.picture_scores import HeldOutPicture, judge
from SegAssistLib.training.pictures import Mixture, Picture, PictureExamples, read_pictures
from SegAssistLib.training.pretraining.pretrain import Pretraining, pretrain
from SegAssistLib.training.recipe import Outcome, Recipe, Report
from SegAssistLib.training.windows import is_dark, normal_window
from SegAssistLib.translation import tr as _


@dataclass(frozen=True)
class PictureChoices:
    """What a person can choose of the recipe.

    Attributes:
        loss: a name in :data:`~SegAssistLib.training.losses.LOSSES`.
        augmented: whether pictures are moved and recoloured.
        mixture: what is put in beside the pictures as they are.
        pretraining: of the encoder, if any.
        size: pixels of a picture's longer side; None for what the task states.
        network: arguments of the network other than those that its bundle states or that are usual.
    """

    loss: str = "dice-bce"
    augmented: bool = True
    mixture: Mixture = field(default_factory=Mixture)
    pretraining: Pretraining | None = None
    size: int | None = None
    network: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.loss not in LOSSES:
            raise InputError(
                _("There is no loss {loss!r}; choose one of: {choices}.").format(
                    loss=self.loss, choices=", ".join(LOSSES)
                )
            )


class PictureRecipe(Recipe):
    """Augmented pictures, some with an object of another, some a part without any; judged by picture.

    Attributes:
        cases: the pictures.
        choices: see there.
    """

    cases: list[Picture]

    def __init__(self, task: Task, data: Path, network: str, choices: PictureChoices | None = None) -> None:
        """Read the annotated pictures in ``data``.

        Args:
            task: prepares pictures as frames of one size, each by itself.
            data: see :func:`~SegAssistLib.training.pictures.read_pictures`.
            network: name.
            choices: by default as the shipped networks are trained.

        Raises:
            InputError: unusable data, or a task that is not for pictures.
        """
        planes = task.planes
        if not isinstance(planes, FrameSettings) or planes.size is None or planes.neighbours != (0,):
            raise InputError(
                _(
                    "{folder}: a training on pictures needs the preparation 'frames' with a size "
                    "and without neighbours; state that, or another recipe."
                ).format(folder=task.folder)
            )
        self.stated = task
        self.network, self.data = network, data
        self.cases = read_pictures(data, task)
        self._set(choices or PictureChoices())

    def _set(self, choices: PictureChoices) -> None:
        self.choices = choices
        size = choices.size or self.stated.planes.size
        self.task = replace(self.stated, planes=replace(self.stated.planes, size=size))
        self.loss: nn.Module = EveryStage(LOSSES[choices.loss]())

    def choose(self, **options: Any) -> None:
        """Take ``loss`` and ``pretraining``, see :class:`PictureChoices`."""
        known = {each.name for each in fields(PictureChoices)}
        super().choose(**{name: value for name, value in options.items() if name not in known})
        self._set(replace(self.choices, **options))

    @property
    def definition(self) -> dict[str, Any]:
        """The network as its bundle defines it, where that is the one that is wanted."""
        channels = {"in_channels": self.task.planes.channels, "out_channels": len(self.task.labels)}
        wanted, stated = network_definition(self.network), stated_definition(self.task)
        if stated["_target_"] == wanted["_target_"]:
            wanted = {**wanted, **stated}
        return {**wanted, **self.choices.network, **channels}

    def load(self, _folder: Path, _seed: int, report: Report) -> None:
        """Say what a person should know of the references; the pictures are in memory."""
        paths = [case.reference for case in listed_cases(self.data, self.task.case_files)]
        for remark in survey(self.data, paths, self.task.labels).remarks:
            report(remark)

    def visible(self, hidden: Collection[Picture]) -> list[Picture]:
        """The pictures of all but the patients of ``hidden``."""
        patients = {picture.patient for picture in hidden}
        return [picture for picture in self.cases if picture.patient not in patients]

    def start(
        self,
        network: nn.Module,
        hidden: Collection[Picture],
        folder: Path,
        seed: int,
        device: str,
        report: Report,
    ) -> None:
        """Pre-train the encoder, if that was chosen, on what the network may see."""
        if self.choices.pretraining:
            pictures = self.visible(hidden)
            pretrain(network, pictures, self.task, self.choices.pretraining, folder, seed, device, report)

    def examples(self, hidden: Collection[Picture], seed: int) -> PictureExamples:
        """Pictures, of which nothing comes from the patients of ``hidden``."""
        size = self.task.planes.size
        augment = picture_augmentation(size) if self.choices.augmented else as_it_is(size)
        return PictureExamples(self.visible(hidden), self.task, augment, self.choices.mixture, seed)

    def hold_out(self, case: Picture, network: nn.Module, device: str) -> HeldOutPicture:
        """Predict a picture that ``network`` was not trained on, and its normal part, as playback does."""
        part = normal_part_of(case, self.task)
        normal = None if part is None else self._predict(part, network, device)
        return HeldOutPicture(case, self._predict(case.image, network, device), normal)

    def _predict(self, image: Image, network: nn.Module, device: str) -> np.ndarray:
        prepared = prepare(image, self.task.preparation)
        probabilities = predict(prepared, self.task, NetworkBackend(network, device), "quick")
        return np.ascontiguousarray(probabilities[..., 0])

    def judge(self, held_out: list[list[HeldOutPicture]]) -> Outcome:
        """See :func:`~SegAssistLib.training.picture_scores.judge`."""
        return judge(held_out, self.task.labels, self.task.connectivity)

    def record(self) -> dict[str, Any]:
        """Planes and choices."""
        return {"planes": asdict(self.task.planes), "choices": asdict(self.choices)}


def normal_part_of(picture: Picture, task: Task) -> Image | None:
    """A square part of a picture on which nothing is labelled, always the same; None where there is none."""
    rng = np.random.default_rng(zlib.crc32(picture.name.encode()))
    dark = is_dark(task.planes.scaled(task.planes.picture(picture.image, 0)))
    window = normal_window(picture.mask.T, dark, rng)
    if window is None:
        return None
    rows, columns = window
    return replace(picture.image, array=np.ascontiguousarray(picture.image.array[columns, rows]))
