"""The whole command from cold, stage by stage, beside reading and writing the same files alone."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.processes import Finished, in_process, run_cold

STAGES = ("read", "prepare", "network", "postprocess", "write")
BACKENDS = ("onnxruntime", "openvino", "torch")
FIRST_SLICE = """
import sys, time
import numpy
from SegAssistLib.inference.backends import open_backend
from SegAssistLib.task import find_task
open_backend(find_task(sys.argv[1]), sys.argv[2]).run(numpy.zeros((3, 256, 256), numpy.float32))
print(time.time())
"""


def write_thick(path: Path) -> None:
    """Write a phantom of 256x256x20, as most FLAIR scans are."""
    from SegAssistLib.phantom import flair_phantom

    image, _ = flair_phantom()
    _save(path, image.array, image.affine)


def write_3d(path: Path, slices_last: bool) -> None:
    """Write a phantom like a sagittal 3D FLAIR: 192 slices of 512x512 pixels, int16.

    The phantom is drawn at half the resolution and its pixels are doubled, because it needs 30 times the
    memory of the volume; noise in the last bits makes the file as incompressible as a scan.

    Args:
        path: ends in ``.nii.gz``.
        slices_last: the axis order in the file, (512, 512, 192) or (192, 512, 512).
    """
    from SegAssistLib.phantom import flair_phantom

    image, _ = flair_phantom(shape=(192, 256, 256), spacing=(0.9, 1.0, 1.0))
    array = image.array.repeat(2, axis=1).repeat(2, axis=2)
    array += np.random.default_rng(0).integers(0, 17, array.shape, np.int16)
    affine = image.affine @ np.diag([1.0, 0.5, 0.5, 1.0])
    if slices_last:
        array, affine = array.transpose(1, 2, 0), affine[:, [1, 2, 0, 3]]
    _save(path, array, affine)


def _save(path: Path, array: np.ndarray, affine: np.ndarray) -> None:
    import nibabel as nib

    nib.save(nib.Nifti1Image(array, affine), path)


def files_alone(scan: Path, mask: Path, folder: Path) -> dict[str, float]:
    """Seconds to read ``scan`` and write ``mask`` anew, with nibabel and with SimpleITK, without imports."""
    import nibabel as nib
    import SimpleITK as sitk  # noqa: N813

    def seconds(work: Callable[[], Any]) -> float:
        started = time.perf_counter()
        work()
        return time.perf_counter() - started

    target = str(folder / "alone.nii.gz")
    like = nib.load(mask)
    labels = np.asarray(like.dataobj)
    with_itk = sitk.ReadImage(str(mask))
    return {
        "nibabel": seconds(lambda: np.asarray(nib.load(scan).dataobj))
        + seconds(lambda: nib.save(nib.Nifti1Image(labels, like.affine), target)),
        "SimpleITK": seconds(lambda: sitk.ReadImage(str(scan)))
        + seconds(lambda: sitk.WriteImage(with_itk, target, True)),
    }


def measure_command(task: str, scan: Path, quality: str, folder: Path, runs: int) -> dict[str, Any]:
    """Segment ``scan`` from cold ``runs`` times; the run with the median wall time stands for all.

    Returns:
        Seconds of each stage, ``rest`` (start-up, imports, printing) and ``whole``; ``peak_mb``, the largest;
        ``alone``: the seconds to read and write the files alone, by library, taken between the runs.
    """
    arguments = ["segment", str(scan), "--task", task, "--quality", quality, "--output", str(folder)]
    name = scan.name.removesuffix(".nii.gz")
    results = []
    for _ in range(runs):
        finished = _segassist(arguments)
        record = json.loads((folder / f"{name}_run.json").read_text(encoding="utf-8"))
        alone = in_process(files_alone, scan, folder / f"{name}_seg.nii.gz", folder)
        results.append((finished.seconds, finished.peak_mb, record, alone))
    results.sort(key=lambda result: result[0])
    whole, _, record, _ = results[(runs - 1) // 2]
    seconds = {stage: record["seconds"][stage] for stage in STAGES}
    return {
        "scan": scan.name,
        "quality": quality,
        **seconds,
        "rest": whole - sum(seconds.values()),
        "whole": whole,
        "peak_mb": max(peak for _, peak, _, _ in results),
        "alone": {library: median(alone[library] for *_, alone in results) for library in results[0][3]},
    }


def imported_packages(task: str, scan: Path, folder: Path) -> set[str]:
    """The top-level packages that segmenting ``scan`` imports, as the interpreter itself reports them."""
    finished = run_cold(
        [
            "-c",
            "import sys; from SegAssistLib.cli import app; app(sys.argv[1:], standalone_mode=False); "
            "print('\\nIMPORTED', *sorted({name.partition('.')[0] for name in sys.modules}))",
            *("segment", str(scan), "--task", task, "--output", str(folder)),
        ]
    )
    return set(re.search(r"^IMPORTED (.*)$", finished.stdout, re.MULTILINE).group(1).split())


def measure_cold_start(task: str, backends: list[str], runs: int) -> list[dict[str, Any]]:
    """Process start to the first slice of 256x256 for each backend, in interleaved rounds."""
    measured: dict[str, list[tuple[float, float]]] = {backend: [] for backend in backends}
    for _ in range(runs):
        for backend, results in measured.items():
            started = time.time()
            finished = run_cold(["-c", FIRST_SLICE, task, backend])
            results.append((float(finished.stdout) - started, finished.peak_mb))
    return [
        {
            "backend": backend,
            "best_seconds": min(seconds for seconds, _ in results),
            "median_seconds": median(seconds for seconds, _ in results),
            "peak_mb": max(peak for _, peak in results),
        }
        for backend, results in measured.items()
    ]


def _segassist(arguments: list[str]) -> Finished:
    return run_cold(["-m", "SegAssistLib.cli", *arguments])
