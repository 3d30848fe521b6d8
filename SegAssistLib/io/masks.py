"""Masks: label arrays from and to files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from SegAssistLib.errors import InputError
from SegAssistLib.io.files import NIFTI, ending
from SegAssistLib.io.read import is_dicom, read_unchecked
from SegAssistLib.labels import Label, Segmentation
from SegAssistLib.translation import tr as _


def read_mask(path: Path, labels: tuple[Label, ...] = ()) -> Segmentation:
    """Read label indices on the mask's own grid; an empty mask is a mask.

    Args:
        path: ``.nii.gz``, ``.nii``, ``.nrrd``, ``.seg.nrrd``, ``.mha``, ``.png``, or a folder of PNG files,
            one for each frame.
        labels: what the values mean, and of ``.seg.nrrd`` the segments' names.

    Raises:
        InputError: unreadable, colour, values other than the whole numbers 0 to 255, or a segment that is
            none of the labels.
    """
    path = Path(path)
    if is_dicom(path):
        raise InputError(
            _("{path} is DICOM; a mask is read from a .nii.gz, .nrrd or .png file").format(path=path)
        )
    if ending(path) == ".seg.nrrd" and path.is_file():
        from SegAssistLib.io import segmentation_file

        segmentation = segmentation_file.read(path, labels)
        if segmentation is not None:
            return segmentation
    image = read_unchecked(path)
    array = image.array
    if array.ndim > 3 and (array == array[..., :1]).all():  # grey in three channels
        array = array[..., 0]
    if array.ndim > 3:
        raise InputError(
            _("{path} is a colour picture; a mask holds one label index for each pixel").format(path=path)
        )
    low, high = array.min(), array.max()
    whole = array.dtype.kind != "f" or np.array_equal(array, np.rint(array))  # False for NaN
    if not (whole and low >= 0 and high <= 255):
        raise InputError(
            _("{path} is not a mask: its values are not whole numbers from 0 to 255").format(path=path)
        )
    return Segmentation(array.astype(np.uint8), image.affine, labels, calibrated=image.calibrated)


def write_mask(path: Path, segmentation: Segmentation, like: Path | None = None) -> None:
    """Write the label array in the format that the ending names; an older file is replaced at once.

    Args:
        path: ``.nii.gz`` (or ``.nii``), ``.seg.nrrd``, or ``.png`` for one slice.
        segmentation: labels on the grid of the image they belong to.
        like: the file of that image. When it is NIfTI, a NIfTI mask has its exact geometry fields.

    Raises:
        InputError: an unknown ending, more than one slice for ``.png``, or nowhere to write.
        ValueError: the array is not uint8, or not on the grid of ``like``.
    """
    path, array, kind = Path(path), segmentation.array, ending(Path(path))
    if array.dtype != np.uint8 or array.ndim != 3:
        raise ValueError(f"a mask is a uint8 array of three axes, not {array.dtype} of {array.ndim}")
    if kind in NIFTI:
        from SegAssistLib.io import nifti

        nifti.write(path, array, segmentation.affine, like, calibrated=segmentation.calibrated)
    elif kind == ".seg.nrrd":
        from SegAssistLib.io import segmentation_file

        segmentation_file.write(path, segmentation)
    elif kind == ".png" and array.shape[2] == 1:
        from SegAssistLib.io import picture

        picture.write(path, array)
    elif kind == ".png":
        raise InputError(
            _("{path}: a PNG holds one slice, this mask has {count}; choose .nii.gz").format(
                path=path, count=array.shape[2]
            )
        )
    else:
        raise InputError(_("{path}: masks are written as .nii.gz, .seg.nrrd or .png").format(path=path))
