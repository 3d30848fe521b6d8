"""Segment: the one road from an Image to a Segmentation, for every face and task."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

import numpy as np

from SegAssistLib.errors import Cancelled
from SegAssistLib.image import Image
from SegAssistLib.inference.backends import Backend, open_backend
from SegAssistLib.inference.tiles import run_tiled
from SegAssistLib.inference.timing import Stopwatch
from SegAssistLib.labels import Label, Segmentation
from SegAssistLib.measure.components import bounding_box, label_components
from SegAssistLib.prepare import SAGITTAL, Planes, Prepared, cutting_axes, prepare
from SegAssistLib.task import Task

Quality = Literal["quick", "best"]
Progress = Callable[[int, int], None]

NEGLIGIBLE = np.float32(1e-4)  # a tenth of the lowest threshold that a source system names


def segment(
    image: Image,
    task: Task,
    *,
    quality: Quality = "best",
    backend: str | Backend = "auto",
    device: str = "auto",
    first_slice: int | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    stopwatch: Stopwatch | None = None,
) -> Segmentation:
    """Find what ``task`` looks for in ``image``.

    Args:
        image: on its own grid, which the result keeps.
        task: see :class:`~SegAssistLib.task.Task`.
        quality: ``quick`` cuts along the acquired slices alone; ``best`` along every useful axis,
            each plane and its mirror image, and averages the probabilities.
        backend: a name for :func:`~SegAssistLib.inference.backends.open_backend`, or a loaded one.
        device: ``auto``, ``cpu`` or ``cuda``.
        first_slice: index along the acquired slices' array axis that is computed first; the
            others follow by distance from it. The result does not depend on it.
        progress: called with planes done and planes in all, after each plane.
        cancelled: asked before each plane.
        stopwatch: gets the seconds by stage.

    Raises:
        InputError: the task cannot work on this image.
        Cancelled: ``cancelled`` said so.
    """
    watch = stopwatch or Stopwatch()
    task.warnings_for(image)
    with watch.stage("network"):
        network = open_backend(task, backend, device) if isinstance(backend, str) else backend
    with watch.stage("prepare"):
        prepared = prepare(image, task.preparation)
    probabilities = predict(prepared, task, network, quality, first_slice, progress, cancelled, watch)
    with watch.stage("postprocess"):
        array = np.zeros(image.grid, np.uint8, order="F")  # the axis order of files
        boxed = prepared.boxed(probabilities)
        labelled = label_array(boxed, task.labels, prepared.spacing, task.smallest_mm3, task.connectivity)
        found = bounding_box(labelled != 0)
        if found is not None:  # a few voxels of many: write these alone
            where = np.nonzero(labelled[found])
            prepared.boxed(array)[found][where] = labelled[found][where]
    return Segmentation(array, image.affine, task.labels, probabilities, image.calibrated)


def predict(
    prepared: Prepared,
    task: Task,
    network: Backend,
    quality: Quality = "best",
    first_slice: int | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    watch: Stopwatch | None = None,
) -> np.ndarray:
    """Probabilities on the grid of the image that was prepared: float16 ``(labels, i, j, k)``.

    Zero outside the head box, and where they are under :data:`NEGLIGIBLE`: in most of a head there is
    nothing, and memory that is never touched costs no time.
    """
    watch = watch or Stopwatch()
    axes = cutting_axes(prepared, quality)
    total = sum(_length(prepared, axis) for axis in axes)
    done = 0
    with watch.stage("postprocess"):
        probabilities = prepared.empty(len(task.labels), np.float16, axes[0])
        single = len(axes) == 1
        summed = prepared.boxed(
            probabilities if single else prepared.empty(len(task.labels), np.float32, axes[0])
        )
    for axis in axes:
        with watch.stage("prepare"):
            planes = Planes.cut(prepared, axis, task.planes)
        for index in _order(prepared, axis, first_slice if axis == axes[0] else None):
            if cancelled and cancelled():
                raise Cancelled
            with watch.stage("prepare"):
                stack = planes.stack(index)
            with watch.stage("network"):
                probability = _probability(network, stack, axis, quality)
            with watch.stage("postprocess"):
                for planes_of_label, plane in zip(summed, probability, strict=True):
                    if plane.max() >= NEGLIGIBLE:
                        _add(np.moveaxis(planes_of_label, axis, 0)[index], planes.restore(plane), single)
            done += 1
            if progress:
                progress(done, total)
    with watch.stage("postprocess"):
        if not single:
            for average, label in zip(prepared.boxed(probabilities), summed, strict=True):
                average[...] = _to_store(label * np.float32(1 / len(axes)))
    return probabilities


def _to_store(probability: np.ndarray) -> np.ndarray:
    """Round to float16, and what is negligible to 0: NumPy converts subnormal numbers 25 times slower."""
    return np.where(probability >= NEGLIGIBLE, probability, np.float32(0)).astype(np.float16)


def _add(total: np.ndarray, plane: np.ndarray, single: bool) -> None:
    """Add ``plane`` where it is not negligible; a ``single`` cut has nothing to be added to."""
    found = plane >= NEGLIGIBLE
    rows, columns = (np.flatnonzero(found.any(axis=axis)) for axis in (1, 0))
    if rows.size:
        window = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
        if single:
            total[window] = _to_store(plane[window])
        else:
            total[window] += plane[window]


def _length(prepared: Prepared, axis: int) -> int:
    return prepared.box[axis].stop - prepared.box[axis].start


def _order(prepared: Prepared, axis: int, first_slice: int | None) -> Iterable[int]:
    """Slice indices inside the box, nearest to ``first_slice`` (an index of the image's array) first."""
    indices = range(_length(prepared, axis))
    if first_slice is None:
        return indices
    if prepared.orientation.flipped[axis]:
        first_slice = prepared.array.shape[axis] - 1 - first_slice
    return sorted(indices, key=lambda index: abs(index + prepared.box[axis].start - first_slice))


def _probability(network: Backend, stack: np.ndarray, axis: int, quality: Quality) -> np.ndarray:
    """Probabilities ``(labels, height, width)`` of one stack; ``best`` averages it with its mirror image."""
    logits = run_tiled(network.run, stack)
    if quality == "quick":
        return _sigmoid(logits)
    # left and right: the first picture axis, or, in sagittal cuts, the order of the neighbours
    mirror = (slice(None, None, -1),) if axis == SAGITTAL else (slice(None), slice(None, None, -1))
    mirrored = run_tiled(network.run, np.ascontiguousarray(stack[mirror]))
    if axis != SAGITTAL:
        mirrored = mirrored[mirror]
    return 0.5 * (_sigmoid(logits) + _sigmoid(mirrored))


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-np.clip(logits, -30.0, 30.0)))


def label_array(
    probabilities: np.ndarray,
    labels: tuple[Label, ...],
    spacing: tuple[float, float, float],
    smallest_mm3: float,
    connectivity: int,
) -> np.ndarray:
    """Threshold each label, give contested voxels to the larger margin, drop small components.

    Args:
        probabilities: float ``(labels, i, j, k)``.
        labels: with their thresholds, in the same order.
        spacing: mm.
        smallest_mm3: components smaller than this are dropped.
        connectivity: 6, 18 or 26.

    Returns:
        uint8 ``(i, j, k)`` of label values, 0 for background.
    """
    result = np.zeros_like(probabilities[0], np.uint8)
    margin = np.zeros_like(probabilities[0], np.float32) if len(labels) > 1 else None
    fewest = int(np.ceil(smallest_mm3 / float(np.prod(spacing)) - 1e-6))
    for label, probability in zip(labels, probabilities, strict=True):
        found = probability > np.float32(label.threshold)
        box = bounding_box(found) if fewest > 1 else None
        if box is not None:
            inside = found[box]
            components, _ = label_components(np.ascontiguousarray(inside), connectivity)
            owner = components[inside]
            inside[inside] = np.bincount(owner)[owner] >= fewest
        if margin is not None:
            above = np.where(found, probability - np.float32(label.threshold), 0)
            found = above > margin
            margin[found] = above[found]
        result[found] = label.value
    return result
