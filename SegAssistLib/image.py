"""Image: pixels and where they lie. The first of the two data types that every room speaks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

Kind = Literal["volume", "frames", "still"]

LPS_TO_RAS = np.diag(
    [-1.0, -1.0, 1.0, 1.0]
)  # from the patient space of DICOM and ITK to that of NIfTI and Slicer


@dataclass(frozen=True)
class Image:
    """Pixels as an array, and where they lie in the patient.

    Attributes:
        array: real numbers, shape ``(columns, rows, slices)``, or with a fourth axis of 3 for colour
            (RGB of unsigned 8-bit). A still picture has one slice; in ``frames`` the third axis
            is time. The axis order is NIfTI's: ``array[i, j, k]`` lies at ``affine @ (i, j, k, 1)``.
            Rescale slope and intercept are applied.
        affine: 4x4 float64, voxel index to RAS+ millimetres (pixels when uncalibrated).
        kind: ``volume`` (slices of one body), ``frames`` (one plane over time), ``still``.
        calibrated: False when the file does not say how large a pixel is.
        modality: DICOM modality code (``MR``, ``CT``, ``US``, ...), or None when the file does not say.
        frame_rate: frames per second (the mean where the gaps differ), for ``frames`` alone; None when the
            file does not say.
        name: a short name for messages and output files, without folder and ending.
        frame_times_s: for ``frames`` whose gaps differ, the time of each in seconds from the first.
        remarks: sentences that a person should read about how the file was understood.
        body_part: DICOM Body Part Examined (``CHEST``, ...), or None when the file does not say.
        view: DICOM View Position of an X-ray (``PA``, ``AP``, ``LL``, ...), likewise.
    """

    array: np.ndarray
    affine: np.ndarray
    kind: Kind = "volume"
    calibrated: bool = True
    modality: str | None = None
    frame_rate: float | None = None
    name: str = "image"
    frame_times_s: tuple[float, ...] | None = None
    remarks: tuple[str, ...] = ()
    body_part: str | None = None
    view: str | None = None

    @property
    def spacing(self) -> tuple[float, float, float] | None:
        """Distance between voxel centres along each array axis in mm; None when uncalibrated."""
        if not self.calibrated:
            return None
        x, y, z = np.linalg.norm(self.affine[:3, :3], axis=0)
        return float(x), float(y), float(z)

    @property
    def grid(self) -> tuple[int, int, int]:
        """Number of voxels along the three spatial axes."""
        return self.array.shape[:3]

    @property
    def times_s(self) -> np.ndarray | None:
        """Time of each frame in seconds from the first, shape ``(frames,)``; None when it is not known."""
        if self.frame_times_s is not None:
            return np.array(self.frame_times_s)
        return None if self.frame_rate is None else np.arange(self.grid[2]) / self.frame_rate
