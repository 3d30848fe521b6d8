"""NRRD and MetaImage through SimpleITK."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813 - its documented short name

from SegAssistLib.errors import InputError
from SegAssistLib.image import LPS_TO_RAS, Image
from SegAssistLib.io.checks import check_size, unknown_orientation
from SegAssistLib.io.files import name_of
from SegAssistLib.io.headers import Header, read_header
from SegAssistLib.io.quiet import quiet
from SegAssistLib.translation import tr as _

_NRRD = (".nrrd", ".nhdr")


def read(path: Path) -> Image:
    """Read a grey-value volume; integers keep their type, other numbers become float32.

    Raises:
        InputError: unreadable, colour or vector voxels, or more than one volume.
    """
    image, header = load(path)
    if image.GetNumberOfComponentsPerPixel() > 1 or "complex" in image.GetPixelIDTypeAsString():
        raise InputError(
            _(
                "{path} holds several numbers for each voxel (colour, vectors or layers); "
                "choose a grey-value image or a mask with one layer"
            ).format(path=path)
        )
    size = image.GetSize()
    if len(size) > 3 and any(extent > 1 for extent in size[3:]):
        raise InputError(
            _("{path} holds several volumes; save the one to segment as a file of its own").format(path=path)
        )
    array = sitk.GetArrayFromImage(image).T.reshape((*size[:3], 1)[:3], order="F")
    if array.dtype.kind == "f":
        array = array.astype(np.float32, copy=False)
    return Image(
        array=array,
        affine=affine_of(image, header),
        calibrated=header.calibrated,
        name=name_of(path),
        remarks=() if header.oriented else (unknown_orientation(path),),
    )


def grid_of(path: Path) -> tuple[tuple[int, int, int], np.ndarray] | None:
    """Shape ``(columns, rows, slices)`` and affine as ``read`` gives them, from the header alone.

    None where it cannot be read.
    """
    try:
        reader, header = _open(path)
    except InputError:
        return None
    return (*reader.GetSize()[:3], 1)[:3], affine_of(reader, header)


def load(path: Path) -> tuple[sitk.Image, Header]:
    """Read a file with SimpleITK, and its header, which says more.

    Raises:
        InputError: unreadable, too large, or its voxels lie in a file outside its own folder.
    """
    reader, header = _open(path)
    try:
        with quiet():
            return reader.Execute(), header
    except (RuntimeError, MemoryError):
        raise _unreadable(path) from None


def affine_of(image: sitk.Image | sitk.ImageFileReader, header: Header) -> np.ndarray:
    """4x4 voxel index to RAS+ millimetres (of the unit that the header names); ITK's own space is LPS."""
    dimension = image.GetDimension()
    axes = np.asarray(image.GetDirection()).reshape(dimension, dimension) * image.GetSpacing()
    known = min(dimension, 3)
    affine = np.eye(4)
    affine[:known, :known] = axes[:known, :known]
    affine[:known, 3] = image.GetOrigin()[:known]
    if header.calibrated:
        affine = np.diag([*header.space_mm, 1.0]) @ affine @ np.diag([*header.axes_mm, 1.0])
    return LPS_TO_RAS @ affine


def _open(path: Path) -> tuple[sitk.ImageFileReader, Header]:
    """A reader that has read the header, and knows that its voxels will fit in memory."""
    header = read_header(path)
    reader = sitk.ImageFileReader()
    reader.SetImageIO("NrrdImageIO" if path.name.lower().endswith(_NRRD) else "MetaImageIO")
    reader.SetFileName(str(path))
    try:
        with quiet():
            reader.ReadImageInformation()
    except RuntimeError:
        raise _unreadable(path) from None
    bits = re.search(r"(\d+)-bit", sitk.GetPixelIDValueAsString(reader.GetPixelID()))
    numbers = (*reader.GetSize(), reader.GetNumberOfComponents())
    check_size(numbers, int(bits[1]) // 8 if bits else 8, path)
    return reader, header


def _unreadable(path: Path) -> InputError:
    return InputError(
        _("{path} cannot be read (damaged, cut off, or its data file is missing); export it again").format(
            path=path
        )
    )
