"""What must hold for an image's voxels and grid before anything is computed from them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from SegAssistLib.errors import InputError
from SegAssistLib.translation import tr as _

MOST_BYTES = 4 << 30  # of pixels; more would not fit beside a network in an ordinary machine
_BLOCK = 1 << 18  # voxels looked at together: a block stays in the processor's cache


def check_values(array: np.ndarray, where: Path | str) -> None:
    """Refuse values that no network can use: NaN, infinity, or one value everywhere.

    Args:
        array: shape ``(columns, rows, slices)`` or ``(columns, rows, slices, 3)``.
        where: the file (or scene node), for the message.

    Raises:
        InputError: a voxel is not a finite number, or all voxels are equal.
    """
    channels = [array] if array.ndim < 4 else [array[..., c] for c in range(array.shape[3])]
    constant = True
    for channel in channels:
        voxels = channel.ravel(order="K")  # the order in memory: no copy of a whole volume
        blocks = [voxels[start : start + _BLOCK] for start in range(0, voxels.size, _BLOCK)]
        if voxels.dtype.kind == "f" and not all(np.isfinite(block).all() for block in blocks):
            raise InputError(
                _("{where} holds voxels that are not numbers (NaN or infinity); export it again").format(
                    where=where
                )
            )
        # any() stops at the first block that differs, which in a real scan is among the first few
        constant = constant and not any((block != voxels[0]).any() for block in blocks)
    if constant:
        raise InputError(
            _("{where} is blank: every voxel has the same value; choose another image").format(where=where)
        )


def check_affine(affine: np.ndarray, where: Path | str) -> None:
    """Refuse an affine that does not span space.

    Args:
        affine: 4x4, voxel index to millimetres.
        where: the file, for the message.

    Raises:
        InputError: a value is not finite, a spacing is zero, or two axes are parallel.
    """
    axes = affine[:3, :3]
    spacing = np.linalg.norm(axes, axis=0)
    usable = np.isfinite(affine).all() and (spacing > 0).all()
    # the determinant of unit axes is the volume they span: 1 when orthogonal, 0 when flat
    if not usable or abs(np.linalg.det(axes / spacing)) < 1e-4:
        raise InputError(
            _("{where} does not say where its voxels lie (its affine is singular); export it again").format(
                where=where
            )
        )


def check_size(shape: Sequence[int], itemsize: int, where: Path | str) -> None:
    """Refuse an image that would not fit in memory, before anything is made of it.

    Args:
        shape: as the file's header says.
        itemsize: bytes of a voxel.
        where: the file, for the message.

    Raises:
        InputError: it would take more than :data:`MOST_BYTES`.
    """
    if math.prod(shape) * itemsize > MOST_BYTES:
        size = " x ".join(str(length) for length in shape)
        raise InputError(
            _(
                "{where} is too large to be held in memory ({size} voxels, or its header is "
                "wrong); cut out or resample the part that matters"
            ).format(where=where, size=size)
        )


def unknown_orientation(where: Path) -> str:
    """The remark on a file that does not say how its axes lie in the patient."""
    return (
        f"{where.name} does not say how it lies in the patient: right and left, front and back are assumed; "
        "check them before the result is used."
    )
