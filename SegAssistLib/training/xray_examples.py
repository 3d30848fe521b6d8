"""X-ray examples: what a network sees, what is known there, and opacities of our own in healthy lungs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

import cv2
import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from SegAssistLib.prepare import prepare
from SegAssistLib.task import Task
from SegAssistLib.training.lung_outlines import LEFT, RIGHT
from SegAssistLib.training.synthetic_opacities import add_opacities
from SegAssistLib.training.xray_cases import BOXES, MASKS, NEGATIVES, REPORTS, XRay

UNKNOWN = -1.0
CHANNELS = ("opacity", "right lung", "left lung", "pneumonia")  # the last is of the whole picture
# How often each kind is drawn, by what it teaches: boxes say where, masks too but are few, and negatives
# carry synthetic opacities.
SHARES = {MASKS: 0.06, BOXES: 0.27, NEGATIVES: 0.27, REPORTS: 0.4}
KEPT = 2000  # prepared pictures in the memory of each process
ENOUGH = 0.004  # of a picture: synthetic opacities that are smaller do not make it one of pneumonia

NO_LUNG, UNKNOWN_LUNG = 0, 3  # classes of lungs beside RIGHT and LEFT
OPACITIES = 3  # classes of opacity: none, opaque, unknown
UNKNOWN_CLASS = 2 + OPACITIES * UNKNOWN_LUNG


def meaning() -> np.ndarray:
    """What each class says about opacity, right and left lung: 1, 0 or ``UNKNOWN``, float32 ``(12, 3)``."""
    lungs = {NO_LUNG: (0, 0), RIGHT: (1, 0), LEFT: (0, 1), UNKNOWN_LUNG: (UNKNOWN, UNKNOWN)}
    opacities = (0, 1, UNKNOWN)
    return np.array([(opacity, *lungs[lung]) for lung in range(4) for opacity in opacities], np.float32)


def classes_of(opacity: np.ndarray, lungs: np.ndarray | None) -> np.ndarray:
    """One class a pixel, uint8.

    Args:
        opacity: 1, 0, or -1 for unknown.
        lungs: ``RIGHT``, ``LEFT`` or 0; None where nobody knows.
    """
    beside = UNKNOWN_LUNG if lungs is None else lungs.astype(np.uint8)
    return (np.where(opacity < 0, 2, opacity) + OPACITIES * beside).astype(np.uint8)


def prepared_example(xray: XRay, task: Task, lungs: np.ndarray | None) -> dict[str, np.ndarray]:
    """What the network sees of an X-ray in use, and its classes on the same pixels.

    Args:
        xray: read from its file.
        task: whose preparation and planes the network will meet.
        lungs: uint8 ``(rows, columns)`` of any size, see :func:`classes_of`.

    Returns:
        ``image`` float32 and ``classes`` uint8, both ``(1, rows, columns)``.
    """
    image = xray.image()
    prepared = prepare(image, task.preparation)
    stack = prepared.cut(prepared.axes[0], task.planes).stack(0)
    rows, columns = task.planes.working_size(*image.array.shape[1::-1])
    opacity = resized(xray.reference(image.grid[:2]).T, (rows, columns))
    border = task.planes.border
    classes = np.full(stack.shape, UNKNOWN_CLASS if border else 0, np.uint8)
    classes[0, border : border + rows, border : border + columns] = classes_of(
        opacity, None if lungs is None else resized(lungs, (rows, columns))
    )
    return {"image": stack, "classes": classes}


def resized(classes: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Classes ``(rows, columns)`` at another size, those of the nearest pixels."""
    return cv2.resize(np.ascontiguousarray(classes), size[::-1], interpolation=cv2.INTER_NEAREST_EXACT)


class XRayExamples(IterableDataset):
    """Endless stream of augmented X-rays.

    Kinds of annotation come as ``SHARES`` say, and within a kind every patient equally often. Half of the
    healthy lungs whose outlines are known get synthetic opacities. Yields float32 tensors ``image``
    ``(1, rows, columns)`` and ``reference`` ``(4, rows, columns)``, see ``CHANNELS``, 0 to 1 or ``UNKNOWN``;
    the last channel is the same everywhere.
    """

    def __init__(
        self,
        xrays: Sequence[XRay],
        lungs: Mapping[str, np.ndarray],
        task: Task,
        augment: Callable[[dict[str, np.ndarray]], dict[str, torch.Tensor]],
        synthetic: float,
        seed: int,
    ) -> None:
        """Stream from ``xrays``.

        Args:
            xrays: of all kinds.
            lungs: outlines by name, of those where they are known.
            task: whose preparation and planes the network will meet.
            augment: applied to ``image`` and ``classes``; has ``set_random_state`` (MONAI's Compose).
            synthetic: share of the clear X-rays with known lungs that get opacities.
            seed: with the worker's number it decides every draw.
        """
        self.xrays, self.lungs, self.task = xrays, lungs, task
        self.augment, self.synthetic, self.seed = augment, synthetic, seed
        self._meaning = torch.from_numpy(meaning())

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        """Stream examples; every data-loading worker has its own sequence."""
        worker = get_worker_info()
        rng = np.random.default_rng([self.seed, worker.id if worker else 0])
        self.augment.set_random_state(seed=int(rng.integers(2**31)))
        kinds: dict[str, dict[str, list[XRay]]] = {}
        for xray in self.xrays:
            kinds.setdefault(xray.source, {}).setdefault(xray.patient, []).append(xray)
        names = list(kinds)
        shares = np.array([SHARES[name] for name in names])
        by_kind = {name: list(patients.values()) for name, patients in kinds.items()}

        @lru_cache(KEPT)
        def prepared(xray: XRay) -> dict[str, np.ndarray]:
            return prepared_example(xray, self.task, self.lungs.get(xray.name))

        while True:
            patients = by_kind[names[rng.choice(len(names), p=shares / shares.sum())]]
            patient = patients[rng.integers(len(patients))]
            xray = patient[rng.integers(len(patient))]
            yield self._example(xray, prepared(xray), rng)

    def _example(
        self, xray: XRay, prepared: dict[str, np.ndarray], rng: np.random.Generator
    ) -> dict[str, torch.Tensor]:
        image, classes, pneumonia = prepared["image"], prepared["classes"], xray.pneumonia
        outlined = xray.name in self.lungs
        if xray.clear and outlined and rng.random() < self.synthetic:
            lungs = classes[0] // OPACITIES
            drawn, opacity = add_opacities(image[0], (lungs == RIGHT) | (lungs == LEFT), rng)
            image = drawn[None]
            beyond = classes == UNKNOWN_CLASS
            classes = classes_of(opacity, lungs)[None]
            classes[beyond] = UNKNOWN_CLASS
            share = np.mean(opacity == 1)
            pneumonia = 1.0 if share > ENOUGH else UNKNOWN
        example = self.augment({"image": image, "classes": classes})
        known = self._meaning[example["classes"][0].long()].movedim(2, 0)
        whole = torch.full_like(known[:1], pneumonia)
        return {"image": example["image"], "reference": torch.cat([known, whole])}
