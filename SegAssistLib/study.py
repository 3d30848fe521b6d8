"""Study: one scan from its file to the result files, as every face does it."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

import SegAssistLib
from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.inference.backends import open_backend
from SegAssistLib.inference.segment import Progress, Quality, segment
from SegAssistLib.inference.timing import Stopwatch
from SegAssistLib.io import (
    check_writable,
    name_of,
    read_image,
    read_mask,
    sha256,
    write_mask,
    writing,
    writing_together,
)
from SegAssistLib.labels import Segmentation
from SegAssistLib.measure.lesions import Findings, find_lesions
from SegAssistLib.report import RESEARCH_USE
from SegAssistLib.report.table import write_findings
from SegAssistLib.task import Task

FORMATS = ("nii.gz", "seg.nrrd")  # of masks
EXPORTS = (*FORMATS, "csv", "png")  # and the table of findings, and an overlay picture


@dataclass(frozen=True)
class StudyResult:
    """What a run found, and the files that it wrote.

    Attributes:
        findings: measured on the mask.
        files: mask, findings, run record, and the overlay picture if it was asked for.
        warnings: sentences for the person.
        seconds: by stage.
    """

    findings: Findings
    files: tuple[Path, ...]
    warnings: tuple[str, ...]
    seconds: dict[str, float]


def segment_study(
    source: Path | Sequence[Path],
    task: Task,
    output: Path,
    *,
    quality: Quality = "best",
    backend: str = "auto",
    device: str = "auto",
    mask_format: str = "nii.gz",
    overlay: bool = False,
    series: str | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> StudyResult:
    """Segment one scan and write ``NAME_seg``, ``NAME_findings.csv`` and ``NAME_run.json`` to ``output``.

    Args:
        source: a file, a DICOM folder, or the DICOM files of one series.
        task: what to look for.
        output: folder, made when missing.
        quality: as :func:`~SegAssistLib.inference.segment` takes it; so are the next two and the last two.
        backend: name of a backend.
        device: ``auto``, ``cpu`` or ``cuda``.
        mask_format: one of :data:`FORMATS`.
        overlay: whether ``NAME_overlay.png`` is drawn too.
        series: which DICOM series of several, see :func:`~SegAssistLib.io.read_image`.
        progress: called after each plane.
        cancelled: asked before each plane.

    Raises:
        InputError: the input, the output folder or the settings are unusable. Nothing is written then.
    """
    if mask_format not in FORMATS:
        raise InputError(
            f"There is no mask format {mask_format!r} for {task.name}; choose {' or '.join(FORMATS)}."
        )
    watch = Stopwatch()
    with watch.stage("read"), ThreadPoolExecutor(1) as beside:
        hashing = beside.submit(input_sha256, source)  # lets other threads run, as inflating does
        image = read_image(source, series)
        digest = hashing.result()
    warnings = task.warnings_for(image)
    check_writable(output)
    with watch.stage("network"):
        network = open_backend(task, backend, device)
    segmentation = segment(
        image, task, quality=quality, backend=network, progress=progress, cancelled=cancelled, stopwatch=watch
    )
    with watch.stage("postprocess"):
        findings = measure(segmentation, task)
    record: dict[str, Any] = {
        "input_sha256": digest,
        "task": task.name,
        "model_version": task.version,
        "model_sha256": network.sha256,
        "backend": network.name,
        "quality": quality,
        "slices": image.grid[2],
        "versions": versions(network.name, network.version),
        "notice": RESEARCH_USE,
    }
    single = source if isinstance(source, Path) and source.is_file() else None
    with writing_together(output) as folder:
        with watch.stage("write"):
            kinds = (mask_format, "csv", *(("png",) if overlay else ()))
            write_results(folder, image, segmentation, findings, task, kinds, single)
        record["seconds"] = {stage: round(value, 4) for stage, value in watch.seconds.items()}
        with writing(folder / f"{image.name}_run.json") as temporary:
            temporary.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
        names = sorted(path.name for path in folder.iterdir())
    files = tuple(output / name for name in names)
    return StudyResult(findings, files, tuple(warnings), record["seconds"])


def measure(segmentation: Segmentation, task: Task) -> Findings:
    """Measure the first label's components, as a person left them (none is dropped for its size)."""
    label = task.labels[0]
    probabilities = segmentation.probabilities
    return find_lesions(
        segmentation.array == label.value,
        segmentation.affine,
        probability=None if probabilities is None else probabilities[0],
        calibrated=segmentation.calibrated,
        connectivity=task.connectivity,
    )


def write_results(
    folder: Path,
    image: Image,
    segmentation: Segmentation,
    findings: Findings,
    task: Task,
    kinds: Collection[str],
    like: Path | None = None,
) -> None:
    """Write ``NAME_seg.nii.gz``, ``NAME_findings.csv`` and the like to ``folder``.

    Args:
        folder: exists.
        image: gives the name, and the picture its ground.
        segmentation: on the image's grid.
        findings: measured on it.
        task: what was looked for.
        kinds: of :data:`EXPORTS`.
        like: the image's file; a NIfTI mask has the geometry fields of a NIfTI one.

    Raises:
        InputError: an unknown kind, or the files cannot be written.
    """
    unknown = sorted(set(kinds) - set(EXPORTS))
    if unknown:
        raise InputError(f"There is no result of the kind {unknown[0]!r}; choose from {', '.join(EXPORTS)}.")
    for mask_format in FORMATS:
        if mask_format in kinds:
            write_mask(folder / f"{image.name}_seg.{mask_format}", segmentation, like)
    if "csv" in kinds:
        write_findings(folder / f"{image.name}_findings.csv", findings, task.name)
    if "png" in kinds:
        from SegAssistLib.report.overlay import write_overlay

        write_overlay(folder / f"{image.name}_overlay.png", image, segmentation, task.title)


def input_sha256(source: Path | Sequence[Path]) -> str:
    """SHA-256 of the file, or of the sorted hashes of several files or of a folder's files."""
    if isinstance(source, Path) and source.is_file():
        return sha256(source)
    paths = source.rglob("*") if isinstance(source, Path) else source
    hashes = sorted(sha256(path) for path in paths if path.is_file())
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def versions(backend: str, backend_version: str) -> dict[str, str]:
    """Return the versions of what computed a result."""
    found: dict[str, Any] = {
        "segassist": SegAssistLib.__version__,
        "python": platform.python_version(),
        backend: backend_version,
    }
    for package in ("numpy", "nibabel", "opencv-python-headless", "connected-components-3d"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:  # in Slicer a package may come without its metadata
            continue
    return found


def measure_mask(
    mask: Path, task: Task, image: Path | None = None, output: Path | None = None
) -> tuple[Findings, tuple[Path, ...]]:
    """Measure a mask file, and write ``NAME_findings.csv`` (and an overlay on ``image``) to ``output``.

    Raises:
        InputError: unreadable files, labels that the task does not know, or grids that differ.
    """
    segmentation = read_mask(mask, task.labels)
    known = {0, *(label.value for label in task.labels)}
    unknown = sorted(set(np.unique(segmentation.array).tolist()) - known)
    if unknown:
        raise InputError(f"{mask}: holds the labels {unknown}, which the task {task.name} does not know.")
    scan = None if image is None else read_image(image)
    if scan is not None and not segmentation.lies_on(scan):
        raise InputError(f"{mask}: not on the grid of {image}; choose the scan that the mask was made for.")
    findings = measure(segmentation, task)
    if output is None:
        return findings, ()
    check_writable(output)
    name = name_of(mask).removesuffix("_seg")
    with writing_together(output) as folder:
        if scan is None:
            write_findings(folder / f"{name}_findings.csv", findings, task.name)
        else:
            write_results(folder, replace(scan, name=name), segmentation, findings, task, ("csv", "png"))
        names = sorted(path.name for path in folder.iterdir())
    return findings, tuple(output / file for file in names)
