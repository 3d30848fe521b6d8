"""DICOM images through pydicom: slices in one file each or in one for all; pictures and films."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from pydicom import Dataset
from pydicom.uid import EnhancedUSVolumeStorage

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.io import dicom_film
from SegAssistLib.io.dicom_film import LPS_TO_RAS
from SegAssistLib.io.dicom_pixels import decode
from SegAssistLib.io.files import name_of
from SegAssistLib.io.planes import Plane, classic_plane, enhanced_planes, stack
from SegAssistLib.io.series import Header, choose, group

_SLICED = {"MR", "CT", "PT", "NM"}  # modalities whose images are slices of a body
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def read(paths: Sequence[Path], series: str | None = None) -> Image:
    """Read one series from files and folders.

    Args:
        paths: files of one series, or one folder.
        series: number, UID, or unique beginning of the UID; needed when there are several.

    Raises:
        InputError: no images, several series, slices that form no regular volume, colour slices,
            a stack without positions, or a compression that cannot be decoded here.
    """
    where = paths[0] if len(paths) == 1 else paths[0].parent
    headers = choose(group(paths), series, where)
    first = headers[0].dataset
    modality = str(first.get("Modality") or "") or None
    enhanced = [header for header in headers if "PerFrameFunctionalGroupsSequence" in header.dataset]
    films = [header for header in headers if int(header.dataset.get("NumberOfFrames") or 1) > 1]
    if (enhanced or films or _is_still(first)) and len(headers) > 1:
        raise InputError(f"{where} holds a series of {len(headers)} separate images; choose one of its files")
    if enhanced and "PlanePositionSequence" in _groups(first):
        array, affine = _read_enhanced(headers[0], where)
    elif films and _is_stack(first):
        raise InputError(
            f"{where} is a stack of {int(first.NumberOfFrames)} frames without positions in space, which "
            "cannot be read; export a series of slices"
        )
    elif films or _is_still(first):
        return dicom_film.read(headers[0].path, name_of(where))
    else:
        array, affine = _read_slices(headers, where)
    return Image(array=array, affine=LPS_TO_RAS @ affine, modality=modality, name=name_of(where))


def are_separate(paths: Sequence[Path]) -> bool:
    """Whether files are pictures or films, each of which is a whole, and not the slices of a series."""
    headers = [header.dataset for headers in group(paths) for header in headers]
    return all(
        _is_still(header) or (int(header.get("NumberOfFrames") or 1) > 1 and not _is_stack(header))
        for header in headers
    )


def _is_stack(header: Dataset) -> bool:
    """Whether the frames of a multi-frame image are slices of a body, and not a film."""
    if str(header.SOPClassUID).startswith(_SECONDARY_CAPTURE):
        return False
    return header.get("Modality") in _SLICED or header.SOPClassUID == EnhancedUSVolumeStorage


def _is_still(header: Dataset) -> bool:
    if str(header.get("SOPClassUID", "")).startswith(_SECONDARY_CAPTURE):
        return True
    return header.get("Modality") not in _SLICED and "ImagePositionPatient" not in header


def _groups(header: Dataset) -> set[str]:
    """The names of the functional groups of an enhanced object."""
    shared = header.get("SharedFunctionalGroupsSequence") or []
    items = [*shared, *header.PerFrameFunctionalGroupsSequence[:1]]
    return {element.keyword for item in items for element in item}


def _read_slices(headers: list[Header], where: Path) -> tuple[np.ndarray, np.ndarray]:
    """One slice a file: array ``(columns, rows, slices)`` and LPS affine."""
    first = headers[0].dataset
    for header in headers:
        _check_grey(header.dataset, where)
        if (header.dataset.Rows, header.dataset.Columns) != (first.Rows, first.Columns):
            raise InputError(f"{where} mixes slices of different sizes; choose a series with one")
    planes = [classic_plane(header.dataset, where) for header in headers]
    order, affine = stack(planes, where)
    stored = (decode(headers[index].path)[1] for index in order)
    return _assemble(stored, [planes[index] for index in order]), affine


def _read_enhanced(header: Header, where: Path) -> tuple[np.ndarray, np.ndarray]:
    """All slices in one file: array ``(columns, rows, slices)`` and LPS affine."""
    _check_grey(header.dataset, where)
    planes = enhanced_planes(header.dataset, where)
    order, affine = stack(planes, where)
    frames = decode(header.path)[1].reshape(-1, header.dataset.Rows, header.dataset.Columns)
    if len(frames) != len(planes):
        raise InputError(
            f"{where} holds {len(frames)} frames but positions for {len(planes)}; export it again"
        )
    return _assemble((frames[index] for index in order), [planes[index] for index in order]), affine


def _assemble(stored: Iterable[np.ndarray], planes: list[Plane]) -> np.ndarray:
    """Put slices of shape ``(rows, columns)`` together, rescaled to real values where they say so."""
    plain = all(plane.slope == 1 and plane.intercept == 0 for plane in planes)
    volume = None
    for index, (pixels, plane) in enumerate(zip(stored, planes, strict=True)):
        if volume is None:
            dtype = pixels.dtype if plain and pixels.dtype.kind in "iu" else np.float32
            volume = np.empty((len(planes), *pixels.shape), dtype)
        if not plain:
            pixels = pixels * np.float32(plane.slope) + np.float32(plane.intercept)
        volume[index] = pixels
    return volume.T


def _check_grey(header: Dataset, where: Path) -> None:
    if not str(header.get("PhotometricInterpretation", "")).startswith("MONOCHROME"):
        raise InputError(f"{where} holds colour slices; choose a grey-value series")
