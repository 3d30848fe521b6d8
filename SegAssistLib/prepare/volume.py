"""Volumes: an MR head from every orientation to normalised planes with their neighbours, and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.prepare.prepared import Box, Orientation, Prepared, resize
from SegAssistLib.translation import tr as _

AXIAL, CORONAL, SAGITTAL = 2, 1, 0  # the canonical array axis along which a direction's slices lie
VIEWS = {AXIAL: "axial", CORONAL: "coronal", SAGITTAL: "sagittal"}


@dataclass(frozen=True)
class PreparedVolume(Prepared):
    """A head on the axes right, anterior, superior; the box holds the head.

    Attributes:
        background, brain: the intensities that become 0 and 1.
        gain: for each axial slice of ``array``, how much brighter than the rest its brain is, at least 1;
            None where that does not matter (masks).
    """

    background: float
    brain: float
    gain: np.ndarray | None = None

    @property
    def axes(self) -> tuple[int, ...]:
        """The axis with the largest spacing (axial where all are alike), and every other useful one.

        A further direction is useful when its pixels are not more than 1.6 times longer than wide.
        """
        spacing = self.spacing
        first = AXIAL if max(spacing) < 1.2 * spacing[AXIAL] else int(np.argmax(spacing))
        others = [
            axis
            for axis in (AXIAL, CORONAL, SAGITTAL)
            if axis != first and max(mm := [spacing[o] for o in range(3) if o != axis]) <= 1.6 * min(mm)
        ]
        return (first, *others)

    def cut(self, axis: int, settings: PlaneSettings) -> Planes:
        """See :meth:`Planes.cut`."""
        return Planes.cut(self, axis, settings)

    def cut_one(self, axis: int, index: int, settings: PlaneSettings) -> tuple[Planes, np.ndarray]:
        """One slice with its neighbours, bit for bit as the whole cut gives it."""
        planes = Planes.cut(self, axis, settings, only=index)
        return planes, planes.stack(1)

    def why_not_cut(self, axis: int) -> str:
        """A slice across thick slices shows too little."""
        fit = " or ".join(VIEWS[each] for each in self.axes)
        return _(
            "a single {view} slice cannot be segmented, because its pixels are much "
            "longer than wide; choose the {fit} view, or segment all."
        ).format(view=VIEWS[axis], fit=fit)

    def normalise(self, values: np.ndarray) -> np.ndarray:
        """Scale intensities so that air is 0 and brain tissue about 1; clipped to 0..4, float32."""
        scale = np.float32(1.0 / (self.brain - self.background))
        scaled = values.astype(np.float32, copy=True)
        scaled -= np.float32(self.background)
        scaled *= scale
        return np.clip(scaled, 0.0, 4.0, out=scaled)


def prepare_head(image: Image, every: int = 4) -> PreparedVolume:
    """Find the head and the brain's intensity in an MR volume, full head or skull-stripped.

    The brain's intensity is the median inside an ellipsoid in the upper middle of the head, which
    holds brain alone with and without a skull, so both normalise alike. Towards the ends of a coil whole
    slices come out brighter; each slice's own median in the middle of the head tells how much.

    Args:
        image: a grey volume.
        every: the statistics look at every such voxel along each axis (thick axes: at every one).
    """
    orientation = Orientation.of(image.affine)
    array = orientation.forward(image.array)
    spacing = tuple(float(image.spacing[axis]) for axis in orientation.axes)
    steps = [max(1, min(every, round(4.0 / mm))) for mm in spacing]
    sample = np.ascontiguousarray(array[tuple(slice(None, None, step) for step in steps)]).astype(np.float32)
    background, bright = np.percentile(sample, (1, 99))
    head = sample > background + 0.12 * (bright - background)
    box = []
    for axis, step in enumerate(steps):
        filled = np.flatnonzero(head.mean(axis=tuple({0, 1, 2} - {axis})) > 0.01)
        first, last = (filled[0], filled[-1]) if len(filled) else (0, head.shape[axis] - 1)
        margin = 1
        box.append(
            slice(max(0, int(first) - margin) * step, min(array.shape[axis], (int(last) + 1 + margin) * step))
        )
    brain = max(_brain_intensity(sample, head, steps, spacing, tuple(box)), float(background) + 1e-6)
    gain = _slice_gain((sample - background) / (brain - background), steps, tuple(box))
    gain = np.interp(np.arange(array.shape[AXIAL]), np.arange(len(gain)) * steps[AXIAL], gain)
    return PreparedVolume(
        array, orientation, spacing, tuple(box), float(background), brain, gain.astype(np.float32)
    )


def _brain_intensity(
    sample: np.ndarray, head: np.ndarray, steps: Sequence[int], spacing: Sequence[float], box: Box
) -> float:
    """Median intensity of the head's voxels in an ellipsoid that holds mostly brain."""
    distance = np.zeros((1, 1, 1), np.float32)
    for axis, (step, mm, extent) in enumerate(zip(steps, spacing, box, strict=True)):
        position = np.arange(sample.shape[axis], dtype=np.float32) * step
        if axis == AXIAL:  # measured from the vertex, since a scan may reach down to the neck
            half = min(extent.stop - extent.start, 130.0 / mm) / 2
            centre, radius = extent.stop - half, 0.6 * half
        else:
            centre, radius = (extent.start + extent.stop - 1) / 2, 0.3 * (extent.stop - extent.start)
        shape = [1, 1, 1]
        shape[axis] = -1
        distance = distance + (((position - centre) / max(radius, 1.0)) ** 2).reshape(shape)
    inside = sample[(distance <= 1) & head]
    return float(np.median(inside if inside.size else sample))


def _slice_gain(sample: np.ndarray, steps: Sequence[int], box: Box) -> np.ndarray:
    """Brightness of each sampled axial slice's brain, between 1 (as the rest, or darker) and 1.6.

    Slices that are darker hold less brain rather than a weaker signal, and are left as they are.
    """
    window = []
    for axis, middle in ((SAGITTAL, 0.6), (CORONAL, 0.66)):
        extent, step = box[axis], steps[axis]
        spare = (extent.stop - extent.start) * (1 - middle) / 2
        window.append(slice(round((extent.start + spare) / step), round((extent.stop - spare) / step) + 1))
    gain = np.ones(sample.shape[AXIAL], np.float32)
    for index, plane in enumerate(np.moveaxis(sample[tuple(window)], AXIAL, 0)):
        tissue = plane[plane > 0.5]
        if tissue.size >= 50:
            gain[index] = np.median(tissue)
    return np.clip(gain, 1.0, 1.6)


@dataclass(frozen=True)
class PlaneSettings:
    """How a task wants its planes; stated in the bundle, so that training and use agree.

    Attributes:
        pixel_mm: pixels inside this range stay as they are; others are resampled to ``target_mm``.
        target_mm: pixel size after resampling.
        neighbour_mm: the neighbouring channels come from slices about this far away, and from the
            next slice where slices are thicker.
        multiple: plane sizes are padded to multiples of this (the network's total stride).
        tile, overlap: planes larger than ``tile`` are seen in pieces (see ``inference.tiles``).
        extent_mm: what a head's scan measures: along every axis at most the last, more than a scanner's bore
            is wide; along two (slices may be few) at least the first, half the width of a newborn's head.
            What measures less or more is no head, or given in another unit.
    """

    pixel_mm: tuple[float, float] = (0.7, 1.15)
    target_mm: float = 0.9
    neighbour_mm: float = 3.0
    multiple: int = 32
    tile: int = 512
    overlap: int = 64
    extent_mm: tuple[float, float] = (50.0, 800.0)

    @property
    def channels(self) -> int:
        """Of a stack: a slice and its two neighbours."""
        return 3

    def warnings_for(self, image: Image) -> list[str]:
        """Say what about the image's pixels could make the result wrong.

        Raises:
            InputError: colour, voxels of unknown size, or an extent that no head's scan has.
        """
        if image.array.ndim > 3:
            raise InputError(
                _("{name} is in colour; choose the original scan, which is grey.").format(name=image.name)
            )
        if not image.calibrated:
            raise InputError(
                _(
                    "{name} does not say how large its voxels are; choose the original scan, which does."
                ).format(name=image.name)
            )
        extent = [count * mm for count, mm in zip(image.grid, image.spacing, strict=True)]
        least, most = self.extent_mm
        if sorted(extent)[1] < least or max(extent) > most:
            measures = " x ".join(f"{round(mm, 1):g}" for mm in extent)
            raise InputError(
                _(
                    "{name} measures {measures} mm, which no scan of a head does; choose such a "
                    "scan, or export it again with its voxels' size in millimetres."
                ).format(name=image.name, measures=measures)
            )
        return []

    def working_size(self, size: int, mm: float) -> int:
        """Number of pixels that ``size`` pixels of ``mm`` become."""
        low, high = self.pixel_mm
        return size if low <= mm <= high else max(1, round(size * mm / self.target_mm))

    def stride(self, mm: float) -> int:
        """How many slices away the neighbouring channels lie, for slices ``mm`` apart."""
        return max(1, round(self.neighbour_mm / mm))


@dataclass(frozen=True)
class Planes:
    """The head box cut along one canonical axis, normalised and at the working pixel size.

    Attributes:
        values: float32, shape ``(slices, height, width)``, not yet padded.
        axis: the canonical axis along which the slices lie.
        shape: of a plane before resampling.
        stride: see :meth:`PlaneSettings.stride`.
        multiple: see :class:`PlaneSettings`.
    """

    values: np.ndarray
    axis: int
    shape: tuple[int, int]
    stride: int
    multiple: int

    @classmethod
    def cut(
        cls, prepared: PreparedVolume, axis: int, settings: PlaneSettings, only: int | None = None
    ) -> Planes:
        """Cut ``prepared``'s head box along ``axis``.

        Args:
            prepared: the volume.
            axis: canonical.
            settings: how planes are cut.
            only: index in the box of the one slice that is wanted. It is cut with its two neighbours, as
                slice 1 of three, so that ``stack(1)`` is what ``stack(only)`` is in the whole cut.
        """
        rows, columns = (other for other in range(3) if other != axis)
        boxed = np.moveaxis(prepared.array[prepared.box], axis, 0)
        stride = settings.stride(prepared.spacing[axis])
        kept = slice(None)
        if only is not None:
            kept, stride = _neighbours(only, stride, len(boxed)), 1
            boxed = boxed[kept]
        size = (
            settings.working_size(boxed.shape[1], prepared.spacing[rows]),
            settings.working_size(boxed.shape[2], prepared.spacing[columns]),
        )
        values = np.empty((len(boxed), *size), np.float32)
        for index, plane in enumerate(_each(boxed)):
            values[index] = prepared.normalise(resize(plane, size))
        if prepared.gain is not None:
            gain = prepared.gain[prepared.box[AXIAL]]
            if axis == AXIAL:
                values /= gain[kept][:, None, None]
            else:  # axial slices lie along the planes' columns
                places = np.linspace(0, len(gain) - 1, size[1])
                values /= np.interp(places, np.arange(len(gain)), gain).astype(np.float32)
        return cls(values, axis, boxed.shape[1:], stride, settings.multiple)

    def __len__(self) -> int:
        return len(self.values)

    @property
    def mirror_axis(self) -> int:
        """The axis of a stack that runs from left to right; in sagittal cuts the order of the neighbours."""
        return 0 if self.axis == SAGITTAL else 1

    def stack(self, index: int) -> np.ndarray:
        """One slice between its neighbours: float32 ``(3, height, width)``, padded with air at the end."""
        height, width = self.values.shape[1:]
        padding = ((0, 0), (0, -height % self.multiple), (0, -width % self.multiple))
        return np.pad(self.values[_neighbours(index, self.stride, len(self))], padding)

    def restore(self, plane: np.ndarray) -> np.ndarray:
        """Bring a padded network output ``(height, width)`` back to the box's own pixels."""
        height, width = self.values.shape[1:]
        return resize(np.ascontiguousarray(plane[:height, :width]), self.shape)


def _neighbours(index: int, stride: int, count: int) -> np.ndarray:
    """The slices that become the channels of slice ``index``; at the ends, the outermost stands in."""
    return np.clip((index - stride, index, index + stride), 0, count - 1)


def _each(planes: np.ndarray, block: int = 16) -> Iterator[np.ndarray]:
    """Give the planes ``planes[0]``, ``planes[1]`` ... one by one, each contiguous.

    They are fetched in blocks: where a file has neighbouring planes side by side in memory, the volume
    is then passed over once a block and not once a plane.
    """
    for start in range(0, len(planes), block):
        for plane in planes[start : start + block].copy(order="K"):
            yield np.ascontiguousarray(plane)
