"""Study: one scan from its file to the result files, as every face does it."""

from __future__ import annotations

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
    read_mask,
)
from SegAssistLib.io.discover import FoundImage, the_image
from SegAssistLib.io.files import ending
from SegAssistLib.io.record import (
    check_free,
    read_record,
    record_path,
    write_record,
    writing_results,
)
from SegAssistLib.labels import Segmentation
from SegAssistLib.report import RESEARCH_USE
from SegAssistLib.results import FORMATS, MASK_ENDINGS, PICTURES, exports_for, measure_of, write_results
from SegAssistLib.task import KIND_NAMES, Task
from SegAssistLib.translation import tr as _

EXPORTS = exports_for("volume")


@dataclass(frozen=True)
class StudyResult:
    """What a run found, and the files that it wrote.

    Attributes:
        findings: measured on the mask, by the task's measure.
        files: mask, tables, run record, and the pictures if they were asked for.
        warnings: sentences for the person.
        seconds: by stage.
    """

    findings: Any
    files: tuple[Path, ...]
    warnings: tuple[str, ...]
    seconds: dict[str, float]


def segment_study(
    source: Path | Sequence[Path] | FoundImage,
    task: Task,
    output: Path,
    *,
    quality: Quality = "best",
    backend: str = "auto",
    device: str = "auto",
    mask_format: str | None = None,
    overlay: bool = False,
    series: str | None = None,
    overwrite: bool = False,
    force: bool = False,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> StudyResult:
    """Segment one scan and write its mask ``NAME_seg``, tables and ``NAME_run.json`` to ``output``.

    Args:
        source: a file, a folder with one image, the DICOM files of one series, or what was found there.
        task: what to look for.
        output: folder, made when missing.
        quality: as :func:`~SegAssistLib.inference.segment` takes it; so are the next two and the last two.
        backend: name of a backend.
        device: ``auto``, ``cpu`` or ``cuda``.
        mask_format: one of :data:`~SegAssistLib.results.FORMATS` for the kind of image; by default its first.
        overlay: whether pictures (and of a clip a film) are made too.
        series: which DICOM series of several, see :func:`~SegAssistLib.io.read_image`.
        overwrite: whether results of another image may be replaced; those of the same image always may.
        force: whether an image is taken although its header states another modality, body part or view.
        progress: called after each plane.
        cancelled: asked before each plane.

    Raises:
        Occupied: results of another image are in the way.
        InputError: the input, the output folder or the settings are unusable. Nothing is written then.
    """
    _check_format(mask_format, MASK_ENDINGS, "")
    measures = measure_of(task)
    watch = Stopwatch()
    with watch.stage("read"), ThreadPoolExecutor(1) as beside:
        found = source if isinstance(source, FoundImage) else the_image(source, series)
        hashing = beside.submit(found.sha256)  # lets other threads run, as inflating does
        image = found.read()
        digest = hashing.result()
    if force:
        image = task.insisted(image)
    warnings = task.warnings_for(image)
    _check_format(mask_format, FORMATS[image.kind], f" of a {KIND_NAMES[image.kind]}")
    check_writable(output)
    format_of_mask = mask_format or FORMATS[image.kind][0]
    if not overwrite:  # said before the work; afterwards every file is looked at
        early = (f"{image.name}{MASK_ENDINGS[format_of_mask]}", record_path(output, image.name).name)
        check_free(output, image.name, digest, early)
    with watch.stage("network"):
        network = open_backend(task, backend, device)
    segmentation = segment(
        image, task, quality=quality, backend=network, progress=progress, cancelled=cancelled, stopwatch=watch
    )
    with watch.stage("postprocess"):
        findings = measures.measure(segmentation, task, image)
        warnings += measures.warnings(findings)
    record: dict[str, Any] = {
        "input": str(found),
        "input_sha256": digest,
        "task": task.name,
        "model_version": task.version,
        "model_sha256": network.sha256,
        "backend": network.name,
        "quality": quality,
        "frames" if image.kind == "frames" else "slices": image.grid[2],
        "versions": versions(network.name, network.version),
        "warnings": warnings,
        "notice": RESEARCH_USE,
    }
    single = found.files[0] if len(found.files) == 1 else None
    with writing_results(output, image.name, digest, lambda _: overwrite) as folder:
        with watch.stage("write"):
            kinds = (format_of_mask, "csv", *(PICTURES[image.kind] if overlay else ()))
            write_results(folder, image, segmentation, findings, task, kinds, single)
        record["seconds"] = {stage: round(value, 4) for stage, value in watch.seconds.items()}
        names = sorted([*(path.name for path in folder.iterdir()), record_path(folder, image.name).name])
        write_record(folder, image.name, record | {"files": names})
        earlier = read_record(output, image.name)
    if earlier.get("input_sha256") != digest:  # nothing of another image stays beside this one's
        for name in set(earlier.get("files", ())) - set(names):
            (output / Path(name).name).unlink(missing_ok=True)
    files = tuple(output / name for name in names)
    return StudyResult(findings, files, tuple(warnings), record["seconds"])


def _check_format(mask_format: str | None, known: Collection[str], of_what: str) -> None:
    if mask_format is not None and mask_format not in known:
        raise InputError(
            _("There is no format {mask_format!r} for the mask{of_what}; choose {choices}.").format(
                mask_format=mask_format, of_what=of_what, choices=" or ".join(known)
            )
        )


def measure(segmentation: Segmentation, task: Task, image: Image | None = None, **choices: Any) -> Any:
    """Measure a mask as the task does.

    Args:
        segmentation: as a person left it.
        task: which names its measure.
        image: of the mask, for measures that look at it.
        choices: a person's, see the measure (:data:`~SegAssistLib.results.MEASURES`).

    Raises:
        InputError: the mask, or a choice, does not suit the measure.
    """
    return measure_of(task).measure(segmentation, task, image, **choices)


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
    mask: Path,
    task: Task,
    image: Path | None = None,
    output: Path | None = None,
    overwrite: bool = False,
    **choices: Any,
) -> tuple[Any, tuple[Path, ...]]:
    """Measure a mask file, and write its tables (and pictures of it on ``image``) to ``output``.

    A mask that has no pixel size, such as a folder of PNG files, takes that of ``image``. What it is a mask
    of is known by ``image``, or by the record of the run that lies beside it.

    Raises:
        Occupied: results of another image are in the way, and ``overwrite`` is not set.
        InputError: unreadable files, labels that the task does not know, or grids that differ.
    """
    segmentation = read_mask(mask, task.labels)
    known = {0, *(label.value for label in task.labels)}
    unknown = sorted(set(np.unique(segmentation.array).tolist()) - known)
    if unknown:
        raise InputError(
            _("{mask}: holds the labels {unknown}, which the task {task} does not know.").format(
                mask=mask, unknown=unknown, task=task.name
            )
        )
    found = None if image is None else the_image(image)
    scan = None if found is None else found.read()
    if scan is not None:
        segmentation = segmentation.on_grid_of(scan, cropped=ending(mask) == ".seg.nrrd")  # as Slicer may do
        if segmentation is None:
            raise InputError(
                _("{mask}: not on the grid of {image}; choose the scan that the mask was made for.").format(
                    mask=mask, image=image
                )
            )
    findings = measure(segmentation, task, scan, **choices)
    if output is None:
        return findings, ()
    check_writable(output)
    name = name_of(mask).removesuffix("_seg")
    digest = read_record(mask.parent, name).get("input_sha256") if found is None else found.sha256()
    with writing_results(output, name, digest, lambda _: overwrite) as folder:
        if scan is None:
            measure_of(task).write_tables(folder, name, findings, task)
        else:
            kinds = ("csv", *PICTURES[scan.kind])
            write_results(folder, replace(scan, name=name), segmentation, findings, task, kinds)
        names = sorted(path.name for path in folder.iterdir())
    return findings, tuple(output / file for file in names)
