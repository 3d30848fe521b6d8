"""Segment: the one road from an Image to a Segmentation, for every face and task."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from SegAssistLib.errors import Cancelled, InputError
from SegAssistLib.image import Image
from SegAssistLib.inference.backends import Backend, open_backend
from SegAssistLib.inference.tiles import run_tiled
from SegAssistLib.inference.timing import Stopwatch
from SegAssistLib.labels import Label, Segmentation
from SegAssistLib.measure.components import Box, bounding_box, label_components
from SegAssistLib.prepare import AXIAL, CORONAL, SAGITTAL, Planes, Prepared, cutting_axes, prepare
from SegAssistLib.task import Task

Quality = Literal["quick", "best"]
Progress = Callable[[int, int], None]

VIEWS = {AXIAL: "axial", CORONAL: "coronal", SAGITTAL: "sagittal"}
NEGLIGIBLE = np.float32(1e-4)  # a tenth of the lowest threshold that a source system names


def segment(
    image: Image,
    task: Task,
    *,
    quality: Quality = "best",
    backend: str | Backend = "auto",
    device: str = "auto",
    prepared: Prepared | None = None,
    first_slice: tuple[int, int] | None = None,
    slice_done: Callable[[Segmentation], None] | None = None,
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
        prepared: what :func:`~SegAssistLib.prepare.prepare` made of this image, if that is known already.
        first_slice: array axis and index of the slice that is computed first, where ``quality`` cuts
            along that axis. The result does not depend on it.
        slice_done: called with that slice as :func:`segment_slice` gives it, as soon as it exists.
        progress: called with planes done and planes in all, after each plane.
        cancelled: asked before each plane.
        stopwatch: gets the seconds by stage.

    Raises:
        InputError: the task cannot work on this image, or the image has no such slice.
        Cancelled: ``cancelled`` said so.
    """
    watch = stopwatch or Stopwatch()
    network, prepared = _begin(image, task, backend, device, prepared, watch)
    first = None
    if first_slice is not None:
        axis, index = _place(image, prepared, first_slice)
        if axis in cutting_axes(prepared, quality):
            _stop_if(cancelled)
            first = _compute(prepared, task, network, quality, axis, index, watch)
            if slice_done:
                slice_done(_one_slice(image, task, prepared, first, watch))
    probabilities = predict(prepared, task, network, quality, first, progress, cancelled, watch)
    with watch.stage("postprocess"):
        array = _labels(image, task, prepared, probabilities)
    return Segmentation(array, image.affine, task.labels, probabilities, image.calibrated)


def segment_slice(
    image: Image,
    task: Task,
    wanted: tuple[int, int],
    *,
    quality: Quality = "best",
    backend: str | Backend = "auto",
    device: str = "auto",
    prepared: Prepared | None = None,
    stopwatch: Stopwatch | None = None,
) -> Segmentation:
    """Find what ``task`` looks for in one slice of ``image``, in the time that one slice takes.

    ``quick`` gives the slice that probability that a whole ``quick`` run gives it, bit for bit, if it is a
    slice as acquired. ``best`` averages the slice and its mirror image, where a whole run averages the other
    cutting directions too. Components are dropped by the volume that they have in this slice alone, so that
    the tip of a larger lesion may be missing.

    Args:
        image: as :func:`segment` takes it; so are the others.
        task: what to look for.
        wanted: array axis and index of the slice.
        quality: ``quick`` looks at the slice once, ``best`` also at its mirror image.
        backend: a name, or a loaded one.
        device: ``auto``, ``cpu`` or ``cuda``.
        prepared: what preparation made of this image, if that is known already.
        stopwatch: gets the seconds by stage.

    Returns:
        The slice on the grid of the whole image; labels and probabilities are 0 outside it.

    Raises:
        InputError: the task cannot work on this image, the image has no such slice, or its slices along
            that axis are not fit to be looked at.
    """
    watch = stopwatch or Stopwatch()
    network, prepared = _begin(image, task, backend, device, prepared, watch)
    axis, index = _place(image, prepared, wanted)
    fit = cutting_axes(prepared, "best")
    if axis not in fit:
        raise InputError(
            f"{image.name}: a single {VIEWS[axis]} slice cannot be segmented, because its pixels are much "
            f"longer than wide; choose the {' or '.join(VIEWS[each] for each in fit)} view, or segment all."
        )
    plane = _compute(prepared, task, network, quality, axis, index, watch)
    return _one_slice(image, task, prepared, plane, watch)


def predict(
    prepared: Prepared,
    task: Task,
    network: Backend,
    quality: Quality = "best",
    first: Plane | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    watch: Stopwatch | None = None,
) -> np.ndarray:
    """Probabilities on the grid of the image that was prepared: float16 ``(labels, i, j, k)``.

    Zero outside the head box, and where they are under :data:`NEGLIGIBLE`: in most of a head there is
    nothing, and memory that is never touched costs no time. A plane that was computed ``first`` is added
    when its turn comes, so that the sums are the same to the last bit.
    """
    watch = watch or Stopwatch()
    axes = cutting_axes(prepared, quality)
    total = sum(prepared.box[axis].stop - prepared.box[axis].start for axis in axes)
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
        for index in range(len(planes)):
            _stop_if(cancelled)
            if first and (first.axis, first.index) == (axis, index):
                plane = first
            else:
                with watch.stage("prepare"):
                    stack = planes.stack(index)
                with watch.stage("network"):
                    plane = Plane(axis, index, planes, _probability(network, stack, axis, quality))
            with watch.stage("postprocess"):
                plane.add_to(summed, single)
            done += 1
            if progress:
                progress(done, total)
    with watch.stage("postprocess"):
        if not single:
            for average, label in zip(prepared.boxed(probabilities), summed, strict=True):
                average[...] = _to_store(label * np.float32(1 / len(axes)))
    return probabilities


@dataclass(frozen=True)
class Plane:
    """What the network says about one plane.

    Attributes:
        axis: canonical.
        index: in the head box.
        planes: the cut that the plane belongs to, which knows the way back.
        probability: float32 ``(labels, height, width)`` at the network's own pixels.
    """

    axis: int
    index: int
    planes: Planes
    probability: np.ndarray

    def add_to(self, boxed: np.ndarray, single: bool) -> None:
        """Add it, where it is not negligible, to the head box ``(labels, right, anterior, superior)``."""
        for label, plane in zip(boxed, self.probability, strict=True):
            if plane.max() >= NEGLIGIBLE:
                _add(np.moveaxis(label, self.axis, 0)[self.index], self.planes.restore(plane), single)


def _begin(
    image: Image, task: Task, backend: str | Backend, device: str, prepared: Prepared | None, watch: Stopwatch
) -> tuple[Backend, Prepared]:
    """Check the image, load the network and prepare the image, as far as that has not been done."""
    task.warnings_for(image)
    with watch.stage("network"):
        network = open_backend(task, backend, device) if isinstance(backend, str) else backend
    with watch.stage("prepare"):
        return network, prepared or prepare(image, task.preparation)


def _place(image: Image, prepared: Prepared, wanted: tuple[int, int]) -> tuple[int, int]:
    """Canonical axis and index in the head box of the slice ``wanted``."""
    array_axis, index = wanted
    if not 0 <= index < image.grid[array_axis]:
        raise InputError(
            f"{image.name}: there is no slice {index}; choose one from 0 to {image.grid[array_axis] - 1}."
        )
    return prepared.place(array_axis, index)


def _compute(
    prepared: Prepared,
    task: Task,
    network: Backend,
    quality: Quality,
    axis: int,
    index: int,
    watch: Stopwatch,
) -> Plane | None:
    """Run the network on one plane; None where it lies outside the head box."""
    if not 0 <= index < prepared.box[axis].stop - prepared.box[axis].start:
        return None
    with watch.stage("prepare"):
        planes = Planes.cut(prepared, axis, task.planes, only=index)
        stack = planes.stack(1)
    with watch.stage("network"):
        return Plane(axis, index, planes, _probability(network, stack, axis, quality))


def _one_slice(
    image: Image, task: Task, prepared: Prepared, plane: Plane | None, watch: Stopwatch
) -> Segmentation:
    """A plane on the grid of the whole image."""
    with watch.stage("postprocess"):
        axis, part = (AXIAL, slice(0)) if plane is None else (plane.axis, slice(plane.index, plane.index + 1))
        probabilities = prepared.empty(len(task.labels), np.float16, axis)
        if plane is not None:
            plane.add_to(prepared.boxed(probabilities), single=True)
        box = tuple(part if each == axis else slice(None) for each in range(3))
        array = _labels(image, task, prepared, probabilities, box)
    return Segmentation(array, image.affine, task.labels, probabilities, image.calibrated)


def _labels(
    image: Image,
    task: Task,
    prepared: Prepared,
    probabilities: np.ndarray,
    part: Box = (slice(None), slice(None), slice(None)),
) -> np.ndarray:
    """Label values on the image's grid, from ``part`` of the head box."""
    array = np.zeros(image.grid, np.uint8, order="F")  # the axis order of files
    boxed = prepared.boxed(probabilities)[..., *part]
    labelled = label_array(boxed, task.labels, prepared.spacing, task.smallest_mm3, task.connectivity)
    found = bounding_box(labelled != 0)
    if found is not None:  # a few voxels of many: write these alone
        where = np.nonzero(labelled[found])
        prepared.boxed(array)[part][found][where] = labelled[found][where]
    return array


def _stop_if(cancelled: Callable[[], bool] | None) -> None:
    if cancelled and cancelled():
        raise Cancelled


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
