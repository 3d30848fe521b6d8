"""From an Image to what a network sees, and back: orientation, head box, intensities, planes.

Training and inference call these same functions, so that a network meets in use what it met in
training. NumPy and OpenCV only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from SegAssistLib.image import Image

AXIAL, CORONAL, SAGITTAL = 2, 1, 0  # the canonical array axis along which a direction's slices lie


@dataclass(frozen=True)
class Orientation:
    """How an array's axes become the canonical ones: first to Right, second to Anterior, third to Superior.

    Attributes:
        axes: for each canonical axis, the array axis it comes from.
        flipped: for each canonical axis, whether its direction is reversed.
    """

    axes: tuple[int, int, int]
    flipped: tuple[bool, bool, bool]

    @classmethod
    def of(cls, affine: np.ndarray) -> Orientation:
        """Find the permutation and flips that bring the array closest to RAS.

        Args:
            affine: 4x4, voxel index to RAS+ mm; oblique axes go to the nearest free patient axis.
        """
        directions = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
        remaining = np.abs(directions)
        axes = [0, 0, 0]
        for _ in range(3):
            patient, voxel = np.unravel_index(np.argmax(remaining), (3, 3))
            axes[patient] = int(voxel)
            remaining[patient, :] = remaining[:, voxel] = -1
        flipped = tuple(bool(directions[voxel, axes[voxel]] < 0) for voxel in range(3))
        return cls(tuple(axes), flipped)

    def forward(self, array: np.ndarray) -> np.ndarray:
        """View ``(..., i, j, k)`` as ``(..., right, anterior, superior)``, without a copy."""
        before = array.ndim - 3
        axes = (*range(before), *(before + axis for axis in self.axes))
        return array.transpose(axes)[..., *(slice(None, None, -1 if flip else 1) for flip in self.flipped)]

    def inverse(self, array: np.ndarray) -> np.ndarray:
        """Undo :meth:`forward`, also without a copy."""
        steps = tuple(slice(None, None, -1 if flip else 1) for flip in self.flipped)
        return array[steps].transpose(np.argsort(self.axes))


Box = tuple[slice, slice, slice]


@dataclass(frozen=True)
class Prepared:
    """A volume on its canonical axes, with what is needed to cut normalised planes from it.

    Attributes:
        array: the voxel values as read, shape ``(right, anterior, superior)``; a view.
        orientation: how to go back.
        spacing: mm along the canonical axes.
        box: where the head is; nothing outside it is looked at.
        background, brain: the intensities that become 0 and 1.
        gain: for each axial slice of ``array``, how much brighter than the rest its brain is, at least 1;
            None where that does not matter (masks).
    """

    array: np.ndarray
    orientation: Orientation
    spacing: tuple[float, float, float]
    box: Box
    background: float
    brain: float
    gain: np.ndarray | None = None

    def boxed(self, array: np.ndarray) -> np.ndarray:
        """View the head box of an array ``(..., i, j, k)`` on the image's grid, on canonical axes."""
        return self.orientation.forward(array)[..., *self.box]

    def place(self, array_axis: int, index: int) -> tuple[int, int]:
        """Where a slice of the image's array lies: its canonical axis, and its index in the head box.

        The index is below 0 or past the box's end for a slice that the box does not hold.
        """
        axis = self.orientation.axes.index(array_axis)
        if self.orientation.flipped[axis]:
            index = self.array.shape[axis] - 1 - index
        return axis, index - self.box[axis].start

    def empty(self, labels: int, dtype: type, major: int) -> np.ndarray:
        """Zeros ``(labels, i, j, k)`` on the image's grid, whose memory holds planes across a canonical axis.

        Writing such planes one by one is quick, and untouched ones take no memory.
        """
        first = self.orientation.axes[major]
        grid = np.array(self.orientation.inverse(self.array).shape)
        order = [first, *(axis for axis in range(3) if axis != first)]
        memory = np.zeros((labels, *grid[order]), dtype)
        return memory.transpose(0, *(1 + np.argsort(order)))

    def normalise(self, values: np.ndarray) -> np.ndarray:
        """Scale intensities so that air is 0 and brain tissue about 1; clipped to 0..4, float32."""
        scale = np.float32(1.0 / (self.brain - self.background))
        scaled = values.astype(np.float32, copy=True)
        scaled -= np.float32(self.background)
        scaled *= scale
        return np.clip(scaled, 0.0, 4.0, out=scaled)


def prepare_head(image: Image, every: int = 4) -> Prepared:
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
    return Prepared(
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
    """

    pixel_mm: tuple[float, float] = (0.7, 1.15)
    target_mm: float = 0.9
    neighbour_mm: float = 3.0
    multiple: int = 32

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
    def cut(cls, prepared: Prepared, axis: int, settings: PlaneSettings, only: int | None = None) -> Planes:
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
            values[index] = prepared.normalise(_resize(plane, size))
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

    def stack(self, index: int) -> np.ndarray:
        """One slice between its neighbours: float32 ``(3, height, width)``, padded with air at the end."""
        height, width = self.values.shape[1:]
        padding = ((0, 0), (0, -height % self.multiple), (0, -width % self.multiple))
        return np.pad(self.values[_neighbours(index, self.stride, len(self))], padding)

    def restore(self, plane: np.ndarray) -> np.ndarray:
        """Bring a padded network output ``(height, width)`` back to the box's own pixels."""
        height, width = self.values.shape[1:]
        return _resize(np.ascontiguousarray(plane[:height, :width]), self.shape)


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


def _resize(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resample ``(height, width)`` to ``size`` about the same centre: by area down, bilinear up."""
    if plane.shape == tuple(size):
        return plane
    import cv2  # not in Slicer until the user agrees to install it, so not at the top

    shrinks = size[0] * size[1] < plane.shape[0] * plane.shape[1]
    if plane.dtype not in (np.uint8, np.int16, np.uint16, np.float32, np.float64):
        plane = plane.astype(np.float32)
    return cv2.resize(plane, size[::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def cutting_axes(prepared: Prepared, quality: str) -> tuple[int, ...]:
    """The canonical axes to cut along: ``quick`` the slices as acquired, ``best`` every useful one.

    The slices as acquired lie along the axis with the largest spacing; axial where all are alike. A
    further direction is useful when its pixels are not more than 1.6 times longer than wide.
    """
    spacing = prepared.spacing
    first = AXIAL if max(spacing) < 1.2 * spacing[AXIAL] else int(np.argmax(spacing))
    if quality == "quick":
        return (first,)
    others = [
        axis
        for axis in (AXIAL, CORONAL, SAGITTAL)
        if axis != first and max(mm := [spacing[o] for o in range(3) if o != axis]) <= 1.6 * min(mm)
    ]
    return (first, *others)


PREPARATIONS = {"mri-head": prepare_head}


def prepare(image: Image, name: str) -> Prepared:
    """Apply the preparation that a task names."""
    return PREPARATIONS[name](image)
