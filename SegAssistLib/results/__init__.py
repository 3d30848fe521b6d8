"""Results: what a task measures in a mask, and the files that come of it.

A task names its measure; every measure is one file of this room and stands in :data:`MEASURES`. Which
kinds of files there are depends on the kind of image alone.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any, Protocol

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image, Kind
from SegAssistLib.io import write_mask
from SegAssistLib.labels import Segmentation
from SegAssistLib.results.lesions import LesionMeasure
from SegAssistLib.results.opacity import OpacityMeasure
from SegAssistLib.results.shown import Shown
from SegAssistLib.results.vessels import VesselMeasure
from SegAssistLib.task import Task
from SegAssistLib.translation import tr as _

MASK_ENDINGS = {"nii.gz": "_seg.nii.gz", "seg.nrrd": "_seg.seg.nrrd", "seg.png": "_seg.png"}
FILM_ENDINGS = {"mp4": "_overlay.mp4", "pair.mp4": "_side_by_side.mp4"}
# Of masks, the usual one first: a still picture's mask is a picture too.
FORMATS: dict[Kind, tuple[str, ...]] = {
    "volume": ("nii.gz", "seg.nrrd"),
    "frames": ("nii.gz",),
    "still": ("seg.png", "nii.gz", "seg.nrrd"),
}
PICTURES: dict[Kind, tuple[str, ...]] = {
    "volume": ("png",),
    "frames": ("png", *FILM_ENDINGS),
    "still": ("png",),
}


class Measure(Protocol):
    """What is measured in a mask, and how it is told. ``findings`` is what :meth:`measure` returned."""

    def measure(
        self, segmentation: Segmentation, task: Task, image: Image | None = None, **choices: Any
    ) -> Any:
        """Measure a mask as a person left it.

        Args:
            segmentation: on the image's grid.
            task: what was looked for.
            image: of the mask, for measures that look at it.
            choices: a person's.

        Raises:
            InputError: the mask, or a choice, does not suit the measure.
        """

    def rows(self, findings: Any, task: Task) -> list[dict[str, Any]]:
        """The main table, a dictionary a row, as JSON can hold it."""

    def summary(self, findings: Any) -> dict[str, Any]:
        """The few figures that matter most, as JSON can hold them."""

    def shown(self, findings: Any, task: Task) -> Shown:
        """The same for a terminal."""

    def warnings(self, findings: Any) -> list[str]:
        """Sentences about what a person should look at."""

    def write_tables(self, folder: Path, name: str, findings: Any, task: Task) -> None:
        """Write the tables as CSV; their names begin with ``name``."""

    def write_pictures(
        self, folder: Path, image: Image, segmentation: Segmentation, findings: Any, task: Task
    ) -> None:
        """Write ``NAME_overlay.png``, and what other pictures tell about the findings."""


MEASURES: dict[str, Measure] = {
    "lesions": LesionMeasure(),
    "vessels": VesselMeasure(),
    "opacity": OpacityMeasure(),
}


def measure_of(task: Task) -> Measure:
    """What the task measures.

    Raises:
        InputError: its bundle names something that is not there.
    """
    if task.measure not in MEASURES:
        raise InputError(
            _("{folder}: there is no measure {measure!r}; choose one of: {choices}.").format(
                folder=task.folder, measure=task.measure, choices=", ".join(MEASURES)
            )
        )
    return MEASURES[task.measure]


def exports_for(kind: Kind) -> tuple[str, ...]:
    """Every kind of file that an image of this kind gives: masks, ``csv`` for tables, and pictures."""
    return (*FORMATS[kind], "csv", *PICTURES[kind])


def write_results(
    folder: Path,
    image: Image,
    segmentation: Segmentation,
    findings: Any,
    task: Task,
    kinds: Collection[str],
    like: Path | None = None,
) -> None:
    """Write ``NAME_seg.nii.gz``, tables, ``NAME_overlay.png`` and the like to ``folder``.

    Args:
        folder: exists.
        image: gives the name, and the pictures their ground.
        segmentation: on the image's grid.
        findings: measured on it.
        task: what was looked for.
        kinds: of :func:`exports_for`.
        like: the image's file; a NIfTI mask has the geometry fields of a NIfTI one.

    Raises:
        InputError: an unknown kind, or the files cannot be written.
    """
    known = exports_for(image.kind)
    unknown = sorted(set(kinds) - set(known))
    if unknown:
        raise InputError(
            _("There is no result of the kind {kind!r}; choose from {choices}.").format(
                kind=unknown[0], choices=", ".join(known)
            )
        )
    for mask_format in FORMATS[image.kind]:
        if mask_format in kinds:
            write_mask(folder / f"{image.name}{MASK_ENDINGS[mask_format]}", segmentation, like)
    measure = measure_of(task)
    if "csv" in kinds:
        measure.write_tables(folder, image.name, findings, task)
    if "png" in kinds:
        measure.write_pictures(folder, image, segmentation, findings, task)
    for film, ending in FILM_ENDINGS.items():
        if film in kinds:
            from SegAssistLib.report.film import write_film

            write_film(folder / f"{image.name}{ending}", image, segmentation, side_by_side=film != "mp4")
