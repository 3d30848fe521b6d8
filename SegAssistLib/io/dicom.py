"""DICOM images through pydicom: slices in one file each, enhanced multi-frame, and still pictures."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from pydicom import Dataset, dcmread
from pydicom.pixels import apply_color_lut, apply_modality_lut, pixel_array

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.io.files import name_of
from SegAssistLib.io.planes import Plane, classic_plane, enhanced_planes, stack
from SegAssistLib.io.series import Header, choose, group

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_SLICED = {"MR", "CT", "PT", "NM"}  # modalities whose images are slices of a body
_SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


def read(paths: Sequence[Path], series: str | None = None) -> Image:
    """Read one series from files and folders.

    Args:
        paths: files of one series, or one folder.
        series: number, UID, or unique beginning of the UID; needed when there are several.

    Raises:
        InputError: no images, several series, slices that form no regular volume, colour slices,
            multi-frame without positions, or a compression that cannot be decoded here.
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
    elif films:
        frames = int(first.NumberOfFrames)
        raise InputError(
            f"{where} is a film or stack of {frames} frames without positions in space, which cannot be read "
            "yet; export a single frame or a series of slices"
        )
    elif _is_still(first):
        return _read_still(headers[0].path, name_of(where), modality)
    else:
        array, affine = _read_slices(headers, where)
    return Image(array=array, affine=LPS_TO_RAS @ affine, modality=modality, name=name_of(where))


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
    stored = (_decode(headers[index].path)[1] for index in order)
    return _assemble(stored, [planes[index] for index in order]), affine


def _read_enhanced(header: Header, where: Path) -> tuple[np.ndarray, np.ndarray]:
    """All slices in one file: array ``(columns, rows, slices)`` and LPS affine."""
    _check_grey(header.dataset, where)
    planes = enhanced_planes(header.dataset, where)
    order, affine = stack(planes, where)
    frames = _decode(header.path)[1].reshape(-1, header.dataset.Rows, header.dataset.Columns)
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


def _read_still(path: Path, name: str, modality: str | None) -> Image:
    """One projection or photograph: ``(columns, rows, 1)``, or RGB with a fourth axis."""
    dataset, pixels = _decode(path)
    photometric = dataset.PhotometricInterpretation
    if photometric == "PALETTE COLOR":
        pixels = apply_color_lut(pixels, dataset)
        if pixels.dtype == np.uint16:
            pixels = (pixels >> 8).astype(np.uint8)
    elif photometric == "MONOCHROME1":  # small values are bright: turn round within the stored range
        highest = (1 << dataset.BitsStored) - 1
        lowest = -(highest + 1) // 2 if dataset.PixelRepresentation else 0
        pixels = 2 * lowest + highest - pixels
    rescaled = (dataset.get("RescaleSlope") or 1, dataset.get("RescaleIntercept") or 0) != (1, 0)
    if rescaled or "ModalityLUTSequence" in dataset:
        pixels = apply_modality_lut(pixels, dataset)
    if pixels.dtype.kind == "f":
        pixels = pixels.astype(np.float32)
    # Pixel Spacing alone is in the patient; Imager Pixel Spacing is at the detector, enlarged
    spacing = [float(each) for each in dataset.get("PixelSpacing") or ()]
    calibrated = len(spacing) == 2 and min(spacing) > 0  # some systems write 0 for "unknown"
    row_spacing, column_spacing = spacing if calibrated else (1.0, 1.0)
    return Image(
        array=np.swapaxes(pixels, 0, 1)[:, :, np.newaxis],
        affine=LPS_TO_RAS @ np.diag([column_spacing, row_spacing, 1.0, 1.0]),
        kind="still",
        calibrated=calibrated,
        modality=modality,
        name=name,
    )


def _check_grey(header: Dataset, where: Path) -> None:
    if not str(header.get("PhotometricInterpretation", "")).startswith("MONOCHROME"):
        raise InputError(f"{where} holds colour slices; choose a grey-value series")


def _decode(path: Path) -> tuple[Dataset, np.ndarray]:
    """The file and its stored values, colour as RGB."""
    compressed = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's remarks on sloppy but readable values
        try:
            dataset = dcmread(path)
            syntax = dataset.file_meta.TransferSyntaxUID
            compressed = syntax.name if syntax.is_compressed else None
            return dataset, pixel_array(dataset)
        except OSError:
            raise
        except Exception as error:  # each of pydicom's decoders fails in its own way
            if compressed:
                raise InputError(
                    f"{path} is compressed in a way that cannot be decoded here ({compressed}), or damaged; "
                    "export it uncompressed"
                ) from error
            raise InputError(
                f"{path} has no pixels, is damaged or cut off; copy or export it again"
            ) from error
