"""Prepared: an image on canonical axes, how planes are cut from it, and the way back to its own grid."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

Box = tuple[slice, slice, slice]


class Cut(Protocol):
    """The planes of an image along one axis, as a network takes them."""

    @property
    def mirror_axis(self) -> int | None:
        """The axis of a stack that runs from left to right; 0, the channels, where the planes do so.

        None where a mirror image shows something else.
        """

    def __len__(self) -> int:
        """Number of planes."""

    def stack(self, index: int) -> np.ndarray:
        """One plane with its neighbours: float32 ``(channels, height, width)``, as a network takes it."""

    def restore(self, plane: np.ndarray) -> np.ndarray:
        """Bring a network's output ``(height, width)`` for a stack back to the image's own pixels."""


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


@dataclass(frozen=True)
class Prepared(ABC):
    """An image on its canonical axes, with what is needed to cut planes from it.

    Attributes:
        array: the pixels as read, ``shape`` and perhaps a further axis for colour; a view.
        orientation: how to go back.
        spacing: along the canonical axes in mm, or in pixels when uncalibrated.
        box: the part that is looked at.
    """

    array: np.ndarray
    orientation: Orientation
    spacing: tuple[float, float, float]
    box: Box

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of voxels along the canonical axes."""
        return self.array.shape[:3]

    @property
    @abstractmethod
    def axes(self) -> tuple[int, ...]:
        """The canonical axes that planes can be cut along; first the one of the planes as acquired."""

    @abstractmethod
    def cut(self, axis: int, settings: Any) -> Cut:
        """Cut the box along a canonical axis; ``settings`` are those of the preparation."""

    @abstractmethod
    def cut_one(self, axis: int, index: int, settings: Any) -> tuple[Cut, np.ndarray]:
        """One stack of :meth:`cut`, without the others, and a cut that restores it."""

    @abstractmethod
    def why_not_cut(self, axis: int) -> str:
        """Say to a person why no single plane can be cut along this axis, and what to do."""

    def boxed(self, array: np.ndarray) -> np.ndarray:
        """View the box of an array ``(..., i, j, k)`` on the image's grid, on canonical axes."""
        return self.orientation.forward(array)[..., *self.box]

    def place(self, array_axis: int, index: int) -> tuple[int, int]:
        """Where a slice of the image's array lies: its canonical axis, and its index in the box.

        The index is below 0 or past the box's end for a slice that the box does not hold.
        """
        axis = self.orientation.axes.index(array_axis)
        if self.orientation.flipped[axis]:
            index = self.shape[axis] - 1 - index
        return axis, index - self.box[axis].start

    def empty(self, labels: int, dtype: type, major: int) -> np.ndarray:
        """Zeros ``(labels, i, j, k)`` on the image's grid, whose memory holds planes across a canonical axis.

        Writing such planes one by one is quick, and untouched ones take no memory.
        """
        order = [major, *(axis for axis in range(3) if axis != major)]
        memory = np.zeros((labels, *(self.shape[axis] for axis in order)), dtype)
        axes = [self.orientation.axes[axis] for axis in order]
        return memory.transpose(0, *(1 + np.argsort(axes)))


def resize(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resample ``(height, width)``, or RGB, to ``size`` about the same centre: by area down, bilinear up."""
    if plane.shape[:2] == tuple(size):
        return plane
    import cv2  # not in Slicer until the user agrees to install it, so not at the top

    shrinks = size[0] * size[1] < plane.shape[0] * plane.shape[1]
    if plane.dtype not in (np.uint8, np.int16, np.uint16, np.float32, np.float64):
        plane = plane.astype(np.float32)
    return cv2.resize(plane, size[::-1], interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
