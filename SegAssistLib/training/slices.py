"""Slices: training examples cut from whole studies, endlessly and reproducibly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from SegAssistLib.cases import Case, read_case
from SegAssistLib.io import read_mask
from SegAssistLib.measure.components import Box, bounding_box
from SegAssistLib.prepare import Planes, PlaneSettings, PreparedVolume, prepare
from SegAssistLib.task import Task
from SegAssistLib.training.synthetic_lesions import LesionShapes


@dataclass(frozen=True)
class Study:
    """One annotated study in memory, cut along one axis.

    Attributes:
        case: where it came from.
        planes: what the network sees, ``(slices, height, width)``.
        reference: float32 0 or 1, same shape.
        region: the organ, bool, same shape; None when the surroundings are gone already.
        organ: the box of ``planes`` that holds the organ.
        spacing: mm between slices.
    """

    case: Case
    planes: Planes
    reference: np.ndarray
    region: np.ndarray | None
    organ: Box
    spacing: float

    @property
    def lesions(self) -> np.ndarray:
        """The reference inside the organ's box on canonical axes, bool ``(right, anterior, superior)``."""
        return np.moveaxis(self.reference[self.organ] >= 0.5, 0, self.planes.axis)


def load_studies(case: Case, task: Task) -> list[Study]:
    """Read a case and cut it along every axis that is useful for it (the acquired one first)."""
    image, reference = read_case(case, task.labels[:1])
    mask = reference > 0
    organ_mask = None if case.region is None else read_mask(case.region).array > 0
    prepared = prepare(image, task.preparation)
    studies = []
    for axis in prepared.axes:
        planes = Planes.cut(prepared, axis, task.planes)
        reference = _cut_mask(mask, prepared, axis, task.planes)
        region = planes.values > 0.3
        if organ_mask is not None:
            region = _cut_mask(organ_mask, prepared, axis, task.planes) >= 0.5
        organ = bounding_box(region) or tuple(slice(0, length) for length in region.shape)
        if organ_mask is None or planes.values[~region].mean() < 0.02:  # skull-stripped already
            region = None
        studies.append(Study(case, planes, reference, region, organ, prepared.spacing[axis]))
    return studies


def _cut_mask(mask: np.ndarray, prepared: PreparedVolume, axis: int, settings: PlaneSettings) -> np.ndarray:
    """Cut a mask as its image was cut: float32, fractional where pixels were resampled."""
    canonical = prepared.orientation.forward(mask).astype(np.float32)
    as_image = PreparedVolume(canonical, prepared.orientation, prepared.spacing, prepared.box, 0.0, 1.0)
    return Planes.cut(as_image, axis, settings).values


@dataclass(frozen=True)
class Sampling:
    """How examples are drawn.

    Attributes:
        crop: height and width of an example in pixels.
        axial: share of axial examples where a study can be cut three ways.
        slab: share of examples from thin slices that are averaged to a thick one, as clinical scans have.
        slab_mm: thickest slab.
        with_lesion: share of examples whose slice holds a lesion, where the study has any.
        without_surroundings: share of full-head examples shown with all but the organ removed.
        synthetic: share of examples that get another person's lesions drawn in.
    """

    crop: tuple[int, int] = (192, 192)
    axial: float = 0.7
    slab: float = 0.6
    slab_mm: float = 7.0
    with_lesion: float = 0.35
    without_surroundings: float = 0.25
    synthetic: float = 0.12


class Slices(IterableDataset):
    """Endless stream of augmented examples, every patient equally often.

    Yields dictionaries of float32 tensors: ``image`` ``(3, height, width)`` and ``reference``
    ``(1, height, width)`` with values from 0 to 1.
    """

    def __init__(
        self,
        studies: list[list[Study]],
        augment: Callable[[dict[str, np.ndarray]], dict[str, torch.Tensor]],
        sampling: Sampling,
        seed: int,
        shapes: LesionShapes | None = None,
    ) -> None:
        """Stream from ``studies`` (for each case, its cuts).

        Args:
            studies: see :func:`load_studies`, one list a case.
            augment: applied to each example; has ``set_random_state`` (MONAI's Compose).
            sampling: how examples are drawn.
            seed: with the worker's number it decides every draw.
            shapes: of synthetic lesions; None for none.
        """
        self.studies = studies
        self.augment = augment
        self.sampling = sampling
        self.seed = seed
        self.shapes = shapes

    def __iter__(self) -> Iterator[dict[str, torch.Tensor]]:
        """Stream examples; every data-loading worker has its own sequence."""
        worker = get_worker_info()
        seed = [self.seed, worker.id if worker else 0]
        rng = np.random.default_rng(seed)
        self.augment.set_random_state(seed=int(rng.integers(2**31)))
        by_patient: dict[str, list[list[Study]]] = {}
        for cuts in self.studies:
            by_patient.setdefault(cuts[0].case.patient, []).append(cuts)
        patients = list(by_patient.values())
        while True:
            order = rng.permutation(len(patients))
            for index in order:
                cuts = patients[index][rng.integers(len(patients[index]))]
                axial = len(cuts) == 1 or rng.random() < self.sampling.axial
                study = cuts[0] if axial else cuts[rng.integers(1, len(cuts))]
                yield self.augment(draw(study, self.sampling, rng, self.shapes))


def draw(
    study: Study, sampling: Sampling, rng: np.random.Generator, shapes: LesionShapes | None = None
) -> dict[str, np.ndarray]:
    """Cut one random example out of ``study``; see :class:`Sampling`."""
    slices = len(study.planes)
    slab = 1
    thin = study.spacing < 2.0
    if thin and rng.random() < sampling.slab:
        slab = int(rng.integers(2, int(sampling.slab_mm / study.spacing) + 1))
    index = int(rng.integers(slices))
    if rng.random() < sampling.with_lesion:
        holding = np.flatnonzero(study.reference.any(axis=(1, 2)))
        index = int(rng.choice(holding)) if len(holding) else index
    stride = max(study.planes.stride, slab)
    image, masks, spans = [], [], []
    for offset in (-stride, 0, stride):
        first = np.clip(index + offset - slab // 2, 0, slices - slab)
        span = slice(first, first + slab)
        spans.append((first, first + slab))
        image.append(study.planes.values[span].mean(axis=0))
        masks.append(study.region[span].mean(axis=0) if study.region is not None else None)
        if offset == 0:
            reference = study.reference[span].mean(axis=0)
    image = np.stack(image)
    if shapes and shapes.masks and rng.random() < sampling.synthetic:
        image, reference = shapes.insert(image, reference, study.organ, study.planes.axis, spans, rng)
    if study.region is not None and rng.random() < sampling.without_surroundings:
        image = image * (np.stack(masks) >= 0.5)
    return _crop({"image": image, "reference": reference[None]}, sampling.crop, rng)


def _crop(
    example: dict[str, np.ndarray], size: tuple[int, int], rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Cut a window, near the middle, and pad with air where the picture is smaller."""
    height, width = example["image"].shape[1:]
    window, padding = [slice(None)], [(0, 0)]
    for have, want in ((height, size[0]), (width, size[1])):
        spare = have - want
        if spare >= 0:
            first = int(np.clip(rng.normal(spare / 2, 0.25 * spare + 4), 0, spare))
            window.append(slice(first, first + want))
            padding.append((0, 0))
        else:
            before = int(rng.integers(-spare + 1))
            window.append(slice(None))
            padding.append((before, -spare - before))
    return {key: np.pad(value[tuple(window)], padding).astype(np.float32) for key, value in example.items()}
