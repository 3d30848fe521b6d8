"""Grid: where a volume file says that its voxels lie, from its header alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from SegAssistLib.io.files import ITK, NIFTI, ending


def file_grid(path: Path) -> tuple[tuple[int, int, int], np.ndarray] | None:
    """Number of voxels along the three array axes, and the affine, as ``read_image`` gives them.

    Returns:
        The grid and 4x4 float64, voxel index to RAS+ mm; None where the file is no NIfTI, NRRD or MetaImage
        file, or cannot be read.
    """
    kind = ending(path)
    if kind in NIFTI:
        from SegAssistLib.io import nifti

        return nifti.grid_of(path)
    if kind in ITK:
        from SegAssistLib.io import itk

        return itk.grid_of(path)
    return None
