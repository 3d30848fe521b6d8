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

    def placed_on(self, image: Image) -> Segmentation:
        """The same where the image lies, if it has its shape and, as a picture, no place of its own."""
        if self.calibrated or self.array.shape != image.grid:
            return self
        return replace(self, affine=image.affine, calibrated=image.calibrated)

    def lies_on(self, image: Image) -> bool:
        """Whether the grid is the image's: the same voxels, at most 0.001 mm apart in the affine."""
        return self.array.shape == image.grid and np.allclose(self.affine, image.affine, atol=1e-3)
