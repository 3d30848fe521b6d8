"""Pictures: stills with a mask of the task's labels, and the examples that a network learns from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from SegAssistLib.cases import Case, listed_cases
from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.io import read_image
from SegAssistLib.references import read_reference
from SegAssistLib.task import Task
from SegAssistLib.training.copy_paste import cut_out, paste
from SegAssistLib.training.frames import prepared_example
from SegAssistLib.training.windows import is_dark, labelled_window, normal_window
from SegAssistLib.translation import tr as _

Example = dict[str, np.ndarray]  # float32 ``image`` and uint8 ``classes``, as the network sees them


@dataclass(frozen=True, eq=False)
class Picture:
    """One picture, and what is on it.

    Attributes:
        name: unique in its data set.
        patient: the person, or the cluster of similar pictures, that is never split.
        source: the data's origin; empty when unknown.
        image: a still.
        mask: uint8 label values ``(columns, rows)``.
    """

    name: str
    patient: str
    source: str
    image: Image
    mask: np.ndarray


def read_pictures(folder: Path, task: Task) -> list[Picture]:
    """Read the pictures that ``folder/manifest.csv`` lists, sorted by name.

    Args:
        folder: see :func:`~SegAssistLib.cases.listed_cases`.
        task: names the folders of images and references, and the labels.

    Raises:
        InputError: no such table, a missing or unreadable file, or a mask that does not fit its picture.
    """
    return [_read_picture(case, task) for case in listed_cases(folder, task.case_files)]


def _read_picture(case: Case, task: Task) -> Picture:
    image, mask = read_image(case.image), read_reference(case.reference, task.labels)
    if image.kind != "still" or mask.array.shape != image.grid:
        raise InputError(
            _("{reference}: not of the size of its picture; annotate the picture again.").format(
                reference=case.reference
            )
        )
    return Picture(case.name, case.patient, case.source, image, mask.array[..., 0])


@dataclass(frozen=True)
class Mixture:
    """What examples are made of beside the pictures as they are.

    Attributes:
        pasted: share of examples that get an object of another picture.
        parts: share of examples that are an enlarged part of a picture. On every second one nothing is
            labelled, and on the others something is, so that size and blur give nothing away.
    """

    pasted: float = 0.3
    parts: float = 0.2


class PictureExamples(IterableDataset):
    """Endless stream of augmented pictures, every patient equally often.

    Yields float32 tensors ``image`` ``(channels, rows, columns)`` and ``reference``
    ``(labels, rows, columns)``, 0 or 1.
    """

    def __init__(
        self,
        pictures: Sequence[Picture],
        task: Task,
        augment: Callable[[dict[str, np.ndarray]], dict[str, torch.Tensor]],
        mixture: Mixture,
        seed: int,
    ) -> None:
        """Stream from ``pictures``.

        Args:
            pictures: to learn from.
            task: whose preparation and planes the network will meet.
            augment: applied to ``image`` and ``classes``; has ``set_random_state`` (MONAI's Compose).
            mixture: see there.
            seed: with the worker's number it decides every draw.
        """
        self.pictures, self.task, self.augment = pictures, task, augment
        self.mixture, self.seed = mixture, seed
        self._values = torch.tensor([label.value for label in task.labels])[:, None, None]

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        """Stream examples; every data-loading worker has its own sequence."""
        rng = worker_rng(self.seed)
        self.augment.set_random_state(seed=int(rng.integers(2**31)))
        drawn = draw_examples(self.pictures, self.task, rng)
        while True:
            example = self.augment(self._mixed(drawn, rng))
            reference = (example["classes"].long() == self._values).float()
            yield {"image": example["image"], "reference": reference}

    def _mixed(self, drawn: Iterator[Example], rng: np.random.Generator) -> Example:
        example = next(drawn)
        kind = rng.random()
        if kind < self.mixture.parts:
            return cut_part(example, rng.random() < 0.5, example["image"].shape[1:], rng) or example
        if kind < self.mixture.parts + self.mixture.pasted:
            donor = next(drawn)
            cutout = cut_out(donor["image"], donor["classes"][0], rng)
            if cutout is not None:
                image, classes = paste(example["image"], example["classes"][0], cutout, rng)
                return {"image": image, "classes": classes[None]}
        return example


def worker_rng(seed: int) -> np.random.Generator:
    """Random numbers of this data-loading worker."""
    worker = get_worker_info()
    return np.random.default_rng([seed, worker.id if worker else 0])


def draw_examples(pictures: Sequence[Picture], task: Task, rng: np.random.Generator) -> Iterator[Example]:
    """Endless stream of pictures as the network sees them, every patient equally often."""
    patients: dict[str, list[Picture]] = {}
    for picture in pictures:
        patients.setdefault(picture.patient, []).append(picture)
    by_patient = list(patients.values())
    while True:
        patient = by_patient[rng.integers(len(by_patient))]
        yield prepared_example(patient[rng.integers(len(patient))], task)


def cut_part(
    example: Example,
    labelled: bool,
    size: tuple[int, int],
    rng: np.random.Generator,
) -> Example | None:
    """A square part of a picture, brought to ``size``, on which something or nothing is labelled.

    None where the picture has no such part.
    """
    classes = example["classes"][0]
    if labelled:
        window = labelled_window(classes, rng)
    else:
        window = normal_window(classes, is_dark(example["image"]), rng)
    return None if window is None else enlarged(example, window, size)


def enlarged(example: Example, window: tuple[slice, slice], size: tuple[int, int]) -> Example:
    """A window of a picture at another size, rows and columns."""
    channels = np.ascontiguousarray(example["image"][:, *window].transpose(1, 2, 0))
    image = cv2.resize(channels, size[::-1], interpolation=cv2.INTER_LINEAR)
    classes = cv2.resize(example["classes"][0][window], size[::-1], interpolation=cv2.INTER_NEAREST)
    return {"image": np.atleast_3d(image).transpose(2, 0, 1), "classes": classes[None]}
