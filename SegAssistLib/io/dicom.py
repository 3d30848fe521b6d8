"""DICOM images through pydicom: slices in one file each or in one for all; pictures and films."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from pydicom.uid import EnhancedUSVolumeStorage

from SegAssistLib.errors import InputError
from SegAssistLib.image import LPS_TO_RAS, Image
from SegAssistLib.io import dicom_film
from SegAssistLib.io.dicom_header import Header
from SegAssistLib.io.dicom_padding import is_padding
from SegAssistLib.io.dicom_pixels import decode, frame_count
from SegAssistLib.io.files import name_of
from SegAssistLib.io.mosaic import is_mosaic
from SegAssistLib.io.padding import fill_padding
from SegAssistLib.io.planes import Plane, classic_plane, enhanced_planes, stack
from SegAssistLib.io.series import choose, group, name_shape
from SegAssistLib.translation import tr as _

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
    first = headers[0]
    enhanced = [header for header in headers if _is_enhanced(header)]
    films = [header for header in headers if frame_count(header) > 1]
    if (enhanced or films or _is_still(first)) and len(headers) > 1:
        raise InputError(
            _("{where} holds a series of {count} separate images; choose one of its files").format(
                where=where, count=len(headers)
            )
        )
    if enhanced and _has_positions(first):
        array, affine = _read_enhanced(first, where)
    elif films and _is_stack(first):
        raise InputError(
            _(
                "{where} is a stack of {count} frames without positions in space, which "
                "cannot be read; export a series of slices"
            ).format(where=where, count=frame_count(first))
        )
    elif films or _is_still(first):
        return dicom_film.read(first.path, name_of(where))
    else:
        array, affine = _read_slices(headers, where)
    name = name_of(where)
    return Image(
        array=array,
        affine=LPS_TO_RAS @ affine,
        modality=first.text("Modality") or None,
        name=name,
        remarks=tuple(dict.fromkeys(remark for header in headers for remark in header.about(name))),
    )


def divide(paths: Sequence[Path]) -> list[tuple[Path, ...]]:
    """Which DICOM files are read at once: the slices of a series together, everything else alone.

    A file that cannot be read goes with the slices beside it that are called alike: it may be one of them.
    """
    slices: dict[str, list[Path]] = {}
    alone, damaged = [], []
    for path in paths:
        try:
            headers = [header for headers in group([path]) for header in headers]
            whole = all(_is_still(header) or frame_count(header) > 1 for header in headers)
        except InputError:
            damaged.append(path)
            continue
        if whole:
            alone.append(path)
        else:
            slices.setdefault(headers[0].text("SeriesInstanceUID"), []).append(path)
    for path in damaged:
        beside = [found for found in slices.values() if name_shape(path) in map(name_shape, found)]
        (beside[0] if beside else alone).append(path)
    return [*((path,) for path in alone), *map(tuple, slices.values())]


def is_whole(header: Header) -> bool:
    """Whether a file is a picture or film, and not a slice or a stack of them."""
    return _is_still(header) or (frame_count(header) > 1 and not _is_stack(header))


def _is_enhanced(header: Header) -> bool:
    return "PerFrameFunctionalGroupsSequence" in header


def _is_stack(header: Header) -> bool:
    """Whether the frames of a multi-frame image are slices of a body, and not a film."""
    if header.sop_class.startswith(_SECONDARY_CAPTURE):
        return False
    return header.text("Modality") in _SLICED or header.sop_class == EnhancedUSVolumeStorage


def _is_still(header: Header) -> bool:
    if header.sop_class.startswith(_SECONDARY_CAPTURE):
        return True
    return header.text("Modality") not in _SLICED and "ImagePositionPatient" not in header


def _has_positions(header: Header) -> bool:
    """Whether an enhanced object says where its frames lie."""
    shared = header.items("SharedFunctionalGroupsSequence")
    return any(
        "PlanePositionSequence" in item
        for item in (*shared, *header.items("PerFrameFunctionalGroupsSequence")[:1])
    )


def _read_slices(headers: list[Header], where: Path) -> tuple[np.ndarray, np.ndarray]:
    """One slice a file: array ``(columns, rows, slices)`` and LPS affine."""
    for header in headers:
        _check_grey(header, where)
        if _size(header) != _size(headers[0]):
            raise InputError(
                _("{where} mixes slices of different sizes; choose a series with one").format(where=where)
            )
    if is_mosaic(headers):
        raise InputError(
            _(
                "{where} is a mosaic: the slices of a volume lie side by side in one "
                "picture, which cannot be read; export it as a series of slices, or convert "
                "it to NIfTI"
            ).format(where=where)
        )
    planes = [classic_plane(header) for header in headers]
    order, affine = stack(planes, where)
    stored = ((decode(headers[index]), headers[index]) for index in order)
    return _assemble(stored, [planes[index] for index in order]), affine


def _read_enhanced(header: Header, where: Path) -> tuple[np.ndarray, np.ndarray]:
    """All slices in one file: array ``(columns, rows, slices)`` and LPS affine."""
    _check_grey(header, where)
    planes = enhanced_planes(header)
    order, affine = stack(planes, where)
    frames = decode(header).reshape(-1, *_size(header))
    if len(frames) != len(planes):
        raise InputError(
            _("{where} holds {count} frames but positions for {positions}; export it again").format(
                where=where, count=len(frames), positions=len(planes)
            )
        )
    stored = ((frames[index], header) for index in order)
    return _assemble(stored, [planes[index] for index in order]), affine


def _assemble(stored: Iterable[tuple[np.ndarray, Header]], planes: list[Plane]) -> np.ndarray:
    """Put slices of shape ``(rows, columns)`` together, rescaled to real values where they say so.

    Padding becomes air, unless it is 0: that is what skull-stripping leaves, and air.
    """
    plain = all(plane.slope == 1 and plane.intercept == 0 for plane in planes)
    volume, padding = None, np.zeros(0, bool)
    for index, ((pixels, header), plane) in enumerate(zip(stored, planes, strict=True)):
        if volume is None:
            dtype = pixels.dtype if plain and pixels.dtype.kind in "iu" else np.float32
            volume = np.empty((len(planes), *pixels.shape), dtype)
            padding = np.zeros(volume.shape, bool)
        padding[index] = is_padding(pixels, header)
        if not plain:
            pixels = pixels * np.float32(plane.slope) + np.float32(plane.intercept)
        volume[index] = pixels
    return fill_padding(volume, padding & (volume != 0)).T


def _size(header: Header) -> tuple[int, int]:
    """Number of rows and of columns."""
    return header.needed_whole("Rows"), header.needed_whole("Columns")


def _check_grey(header: Header, where: Path) -> None:
    if not header.needed_text("PhotometricInterpretation").startswith("MONOCHROME"):
        raise InputError(_("{where} holds colour slices; choose a grey-value series").format(where=where))
