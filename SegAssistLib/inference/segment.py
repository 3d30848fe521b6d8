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
from SegAssistLib.measure.components import PLANAR, Box, bounding_box, label_components
from SegAssistLib.prepare import Cut, Prepared, Settings, prepare
from SegAssistLib.task import Components, Task
from SegAssistLib.translation import tr as _

Quality = Literal["quick", "best"]
Progress = Callable[[int, int], None]
SliceDone = Callable[[int, int, np.ndarray], None]  # array axis, index, labels on the two other axes

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
    slice_done: SliceDone | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    stopwatch: Stopwatch | None = None,
) -> Segmentation:
    """Find what ``task`` looks for in ``image``.

    Args:
        image: on its own grid, which the result keeps.
        task: see :class:`~SegAssistLib.task.Task`.
        quality: ``quick`` cuts along the acquired slices (or frames) alone; ``best`` along every useful
            axis, each plane and its mirror image, and averages the probabilities.
        backend: a name for :func:`~SegAssistLib.inference.backends.open_backend`, or a loaded one.
        device: ``auto``, ``cpu`` or ``cuda``.
        prepared: what :func:`~SegAssistLib.prepare.prepare` made of this image, if that is known already.
        first_slice: array axis and index of the slice that is computed first, where ``quality`` cuts
            along that axis; the frames of a clip follow in playing order, from the last on to the first. The
            result does not depend on it.
        slice_done: called with that slice as :func:`segment_slice` gives it, as soon as it exists; of a clip
            with every frame, as it is in the result.
        progress: called with planes done and planes in all, after each plane.
        cancelled: asked before each plane.
        stopwatch: gets the seconds by stage.

    Raises:
        InputError: the task cannot work on this image, or the image has no such slice.
        Cancelled: ``cancelled`` said so.
    """
    watch = stopwatch or Stopwatch()
    network, prepared = _begin(image, task, backend, device, prepared, watch)
    place = None if first_slice is None else _place(image, prepared, first_slice)
    if place is not None and place[0] not in _axes(prepared, quality):
        place = None
    told = {"progress": progress, "cancelled": cancelled, "watch": watch}
    array = np.zeros(image.grid, np.uint8, order="F")  # the axis order of files
    if image.kind == "frames" and task.connectivity in PLANAR:  # nothing hangs together across frames

        def frame_done(number: int, probabilities: np.ndarray) -> None:
            with watch.stage("postprocess"):
                part = (slice(None), slice(None), slice(number, number + 1))
                _write_labels(array, image, task, prepared, probabilities, part)
            if slice_done:
                slice_done(2, number, array[:, :, number])

        start = 0 if place is None else place[1]
        probabilities = predict(prepared, task, network, quality, start=start, plane_done=frame_done, **told)
    else:
        first = None
        if place is not None:
            _stop_if(cancelled)
            first = _compute(prepared, task, network, quality, *place, watch)
            if slice_done:
                look = _one_slice(image, task, prepared, first, watch)
                slice_done(*first_slice, np.moveaxis(look.array, first_slice[0], 0)[first_slice[1]])
        probabilities = predict(prepared, task, network, quality, first, **told)
        with watch.stage("postprocess"):
            _write_labels(array, image, task, prepared, probabilities)
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
    """Find what ``task`` looks for in one slice or frame of ``image``, in the time that one takes.

    ``quick`` gives the slice that probability that a whole ``quick`` run gives it, bit for bit, if it is a
    slice as acquired. ``best`` averages the slice and its mirror image, where a whole run averages the other
    cutting directions too. Components of a volume are dropped by what they have in this slice alone, so that
    the tip of a larger lesion may be missing. A frame is what it is in a whole run, in either quality.

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
    if axis not in prepared.axes:
        raise InputError(f"{image.name}: {prepared.why_not_cut(axis)}")
    plane = _compute(prepared, task, network, quality, axis, index, watch)
    return _one_slice(image, task, prepared, plane, watch)


def predict(
    prepared: Prepared,
    task: Task,
    network: Backend,
    quality: Quality = "best",
    first: Plane | None = None,
    *,
    start: int = 0,
    plane_done: Callable[[int, np.ndarray], None] | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    watch: Stopwatch | None = None,
) -> np.ndarray:
    """Probabilities on the grid of the image that was prepared: float16 ``(labels, i, j, k)``.

    Zero outside the box, and where they are under :data:`NEGLIGIBLE`: in most of an image there is nothing,
    and memory that is never touched costs no time. A plane that was computed ``first`` is added
    when its turn comes, so that the sums are the same to the last bit. Along each axis the planes from
    ``start`` on are computed before the others. ``plane_done`` is called with a plane's index and all
    probabilities, of which those of this plane are final if there is one axis to cut along.
    """
    watch = watch or Stopwatch()
    axes = _axes(prepared, quality)
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
            planes = prepared.cut(axis, task.planes)
        for index in (*range(start, len(planes)), *range(start)):
            _stop_if(cancelled)
            if first and (first.axis, first.index) == (axis, index):
                plane = first
            else:
                with watch.stage("prepare"):
                    stack = planes.stack(index)
                with watch.stage("network"):
                    plane = Plane(
                        axis, index, planes, _probability(network, planes, stack, task.planes, quality)
                    )
            with watch.stage("postprocess"):
                plane.add_to(summed, single)
            if plane_done:
                plane_done(index, probabilities)
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
        index: in the box.
        planes: the cut that the plane belongs to, which knows the way back.
        probability: float32 ``(labels, height, width)`` at the network's own pixels.
    """

    axis: int
    index: int
    planes: Cut
    probability: np.ndarray

    def add_to(self, boxed: np.ndarray, single: bool) -> None:
        """Add it, where it is not negligible, to the box ``(labels, ...)`` on canonical axes."""
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
    """Canonical axis and index in the box of the slice ``wanted``."""
    array_axis, index = wanted
    if not 0 <= index < image.grid[array_axis]:
        raise InputError(
            _("{name}: there is no slice {index}; choose one from 0 to {last}.").format(
                name=image.name, index=index, last=image.grid[array_axis] - 1
            )
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
    """Run the network on one plane; None where it lies outside the box."""
    if not 0 <= index < prepared.box[axis].stop - prepared.box[axis].start:
        return None
    with watch.stage("prepare"):
        planes, stack = prepared.cut_one(axis, index, task.planes)
    with watch.stage("network"):
        return Plane(axis, index, planes, _probability(network, planes, stack, task.planes, quality))


def _one_slice(
    image: Image, task: Task, prepared: Prepared, plane: Plane | None, watch: Stopwatch
) -> Segmentation:
    """A plane on the grid of the whole image."""
    with watch.stage("postprocess"):
        axis, part = (2, slice(0)) if plane is None else (plane.axis, slice(plane.index, plane.index + 1))
        probabilities = prepared.empty(len(task.labels), np.float16, axis)
        if plane is not None:
            plane.add_to(prepared.boxed(probabilities), single=True)
        box = tuple(part if each == axis else slice(None) for each in range(3))
        array = np.zeros(image.grid, np.uint8, order="F")
        _write_labels(array, image, task, prepared, probabilities, box)
    return Segmentation(array, image.affine, task.labels, probabilities, image.calibrated)


def _write_labels(
    array: np.ndarray,
    image: Image,
    task: Task,
    prepared: Prepared,
    probabilities: np.ndarray,
    part: Box = (slice(None), slice(None), slice(None)),
) -> None:
    """Write the label values of ``part`` of the box into ``array``, zeros on the image's grid."""
    boxed, result = (prepared.boxed(each)[..., *part] for each in (probabilities, array))
    fewest = task.components.fewest(image.spacing, image.grid)
    derive_labels(boxed, task.labels, fewest, task.connectivity, result)


def _axes(prepared: Prepared, quality: Quality) -> tuple[int, ...]:
    """The canonical axes to cut along: ``quick`` the planes as acquired, ``best`` every useful one."""
    return prepared.axes[:1] if quality == "quick" else prepared.axes


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


def _probability(
    network: Backend, planes: Cut, stack: np.ndarray, settings: Settings, quality: Quality
) -> np.ndarray:
    """Probabilities ``(labels, height, width)`` of one stack; ``best`` averages it with a mirror image."""
    logits = run_tiled(network.run, stack, settings.tile, settings.overlap)
    axis = planes.mirror_axis
    if quality == "quick" or axis is None:
        return _sigmoid(logits)
    mirror_image = np.ascontiguousarray(np.flip(stack, axis))
    mirrored = run_tiled(network.run, mirror_image, settings.tile, settings.overlap)
    if axis > 0:  # 0 is the order of the channels, which an answer does not have
        mirrored = np.flip(mirrored, axis)
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
    """:func:`derive_labels` of a volume whose components below ``smallest_mm3`` are dropped.

    Args:
        probabilities: float ``(labels, i, j, k)``.
        labels: with their thresholds, in the same order.
        spacing: mm.
        smallest_mm3: components smaller than this are dropped.
        connectivity: 6, 18 or 26.

    Returns:
        uint8 ``(i, j, k)`` of label values, 0 for background.
    """
    fewest = Components(connectivity, smallest_mm3).fewest(spacing, probabilities.shape[1:])
    return derive_labels(probabilities, labels, fewest, connectivity)


def derive_labels(
    probabilities: np.ndarray,
    labels: tuple[Label, ...],
    fewest: int,
    connectivity: int,
    result: np.ndarray | None = None,
) -> np.ndarray:
    """Threshold each label, drop small components, give contested voxels to priority, then larger margin.

    Args:
        probabilities: float ``(labels, i, j, k)``.
        labels: with their thresholds, in the same order.
        fewest: components of fewer voxels are dropped, see :meth:`~SegAssistLib.task.Components.fewest`.
        connectivity: 6, 18 or 26, or, for components within each plane across the last axis, 4 or 8.
        result: zeros to write to, by default new ones.

    Returns:
        ``result``: uint8 ``(i, j, k)`` of label values, 0 for background.
    """
    if result is None:
        result = np.zeros_like(probabilities[0], np.uint8)
    parts: list[slice] = [slice(None)]
    if connectivity in PLANAR:  # one by one: what a frame needs stays in the processor's cache
        parts = [slice(index, index + 1) for index in range(result.shape[2])]
    for part in parts:
        _label_part(probabilities[..., part], labels, fewest, connectivity, result[..., part])
    return result


def _label_part(
    probabilities: np.ndarray,
    labels: tuple[Label, ...],
    fewest: int,
    connectivity: int,
    result: np.ndarray,
) -> None:
    """Write the labels of a part in which components lie whole."""
    margin = np.zeros(result.shape, np.float32)
    for label, probability in zip(labels, probabilities, strict=True):
        threshold = np.full(1, label.threshold, np.float32)  # NumPy 1 would round a scalar to float16
        found = probability > threshold
        box = bounding_box(found)
        if box is None:
            continue
        inside = found[box]
        if fewest > 1:
            components, _ = label_components(np.ascontiguousarray(inside), connectivity)
            owner = components[inside]
            inside[inside] = np.bincount(owner)[owner] >= fewest
        voxels = np.nonzero(inside)
        # a margin is less than 1, so that a whole number decides before it does
        above = probability[box][voxels] - threshold + np.float32(label.priority)
        larger = above > margin[box][voxels]
        chosen = tuple(index[larger] for index in voxels)
        margin[box][chosen] = above[larger]
        result[box][chosen] = label.value
