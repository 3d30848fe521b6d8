"""Label and Segmentation: what was found, on exactly the input's grid."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from SegAssistLib.image import Image


@dataclass(frozen=True)
class Code:
    """A coded term, e.g. ``Code("SCT", "24700007", "Multiple sclerosis")`` (DICOM PS3.3, table 8.8-1)."""

    scheme: str
    value: str
    meaning: str


@dataclass(frozen=True)
class Label:
    """One thing that a task looks for.

    Attributes:
        value: the index in a label array, from 1.
        name: lower case, e.g. ``lesion``.
        color: RGB, 0 to 255.
        threshold: probability above which a voxel takes the label.
        category, type: coded terms for DICOM SEG and Slicer's terminology.
        priority: where several labels are found, the one with the highest priority is shown, e.g. an
            opacity over the lung it lies in; of equals the one that is furthest above its threshold.
    """

    value: int
    name: str
    color: tuple[int, int, int]
    threshold: float
    category: Code
    type: Code
    priority: int = 0


@dataclass(frozen=True)
class Segmentation:
    """Labels (and, from a network, probabilities) on the grid of the image they belong to.

    Attributes:
        array: uint8 label values, 0 for background, shape ``(columns, rows, slices)``.
        affine: 4x4 float64, the image's own.
        labels: what the values mean.
        probabilities: float16, shape ``(labels, columns, rows, slices)``, in the order of
            ``labels``; None for a mask that a person drew or that was read from a file.
        calibrated: the image's own.
    """

    array: np.ndarray
    affine: np.ndarray
    labels: tuple[Label, ...]
    probabilities: np.ndarray | None = None
    calibrated: bool = True

    @property
    def values(self) -> dict[str, int]:
        """Each label's value by its name."""
        return {label.name: label.value for label in self.labels}

    def lies_on(self, image: Image) -> bool:
        """Whether the grid is the image's: the same voxels, at most 0.001 mm apart in the affine."""
        return self.array.shape == image.grid and np.allclose(self.affine, image.affine, atol=1e-3)

    def on_grid_of(self, image: Image, *, cropped: bool = False) -> Segmentation | None:
        """The labels on exactly the image's grid, or None where they belong to another.

        Other programs round a geometry, and store axes in another order or direction: the grid may be off by
        less than half a voxel. A mask without a pixel size belongs to an image of as many pixels.

        Args:
            image: whose mask it is.
            cropped: whether the mask may cover a part of the image; it has to lie on the same voxels then.
        """
        if self.lies_on(image) and self.calibrated == image.calibrated:
            return self
        if not self.calibrated and self.array.shape == image.grid:
            return replace(self, affine=image.affine, calibrated=image.calibrated)
        step = np.linalg.inv(image.affine) @ self.affine  # from the mask's voxels to the image's
        last = np.array(self.array.shape) - 1
        step[:3, :3] = np.where(last > 0, step[:3, :3], 0)  # across a single slice, nothing is apart
        turn = np.rint(step[:3, :3])
        for axis in np.flatnonzero(last == 0):
            turn[np.flatnonzero(~turn.any(axis=1))[:1], axis] = 1
        if not (np.abs(turn).sum(axis=0) == 1).all() or not (np.abs(turn).sum(axis=1) == 1).all():
            return None
        corners = np.array(list(np.ndindex(2, 2, 2))).T * last[:, None]
        shift = step[:3, :3] @ corners + step[:3, 3:] - turn @ corners
        start = np.rint(shift.mean(axis=1))
        order = np.abs(turn).argmax(axis=1)
        turned = self.array.transpose(order)[tuple(slice(None, None, int(sign)) for sign in turn.sum(axis=1))]
        whole = turned.shape == image.grid
        first = (start + np.minimum(turn @ last, 0)).astype(int)
        inside = (first >= 0).all() and (first + turned.shape <= image.grid).all()
        if not inside or not (whole or cropped):
            return None
        if np.abs(shift - start[:, None]).max() >= (0.5 if whole else 0.05):
            return None
        array = np.zeros(image.grid, np.uint8, order="F")
        array[tuple(slice(at, at + length) for at, length in zip(first, turned.shape, strict=True))] = turned
        return replace(
            self, array=array, affine=image.affine, probabilities=None, calibrated=image.calibrated
        )
