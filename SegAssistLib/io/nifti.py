"""NIfTI-1 and NIfTI-2, plain and gzipped.

nibabel reads the header and gives it its meaning. The voxels are a view of the file's bytes, which
isal inflates in one go: several times faster than zlib, without a second copy, and no further than the
header says that there are voxels.
"""

from __future__ import annotations

import importlib.abc
import logging
import math
import sys
import threading
from pathlib import Path

import numpy as np
from isal import igzip, isal_zlib

from SegAssistLib.errors import InputError
from SegAssistLib.image import LPS_TO_RAS, Image
from SegAssistLib.io.checks import check_size, unknown_orientation
from SegAssistLib.io.files import name_of, writing
from SegAssistLib.translation import tr as _


class _WithoutPydicom(importlib.abc.MetaPathFinder):
    """Lets one thread import as if pydicom were not installed.

    nibabel loads it for a header extension that is not read here, and that takes as long as all of nibabel.
    """

    def __init__(self) -> None:
        self._thread = threading.get_ident()

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:  # noqa: ARG002
        if name == "pydicom" and threading.get_ident() == self._thread:
            raise ModuleNotFoundError(name)

    def __enter__(self) -> None:
        sys.meta_path.insert(0, self)

    def __exit__(self, *_: object) -> None:
        sys.meta_path.remove(self)


with _WithoutPydicom():
    import nibabel as nib
    from nibabel.spatialimages import HeaderDataError

_SILENT = logging.Logger("header", logging.CRITICAL)  # what nibabel can mend is nothing to report
_GZIP = b"\x1f\x8b"
_MM = {
    "unknown": 1.0,
    "mm": 1.0,
    "meter": 1000.0,
    "micron": 0.001,
}  # many calibrated files leave the unit out
_HEADER_PART = 1 << 16  # bytes of a gzipped file that surely hold its header
_AFTER_VOXELS = 1 << 20  # bytes that are inflated to get at the checksum
_LARGEST_OFFSET = 1 << 26  # of the voxels in a file; before them lie a header and perhaps extensions
_HEADERS = {348: nib.Nifti1Header, 540: nib.Nifti2Header}  # by sizeof_hdr, the header's first number
_EMPTY_WHEN_WRITTEN = ("descrip", "db_name", "aux_file", "intent_name", "data_type")
_UNCALIBRATED = b"pixel size unknown"  # in descrip, because an empty field for units says nothing
_ZERO_WHEN_WRITTEN = ("intent_code", "intent_p1", "intent_p2", "intent_p3", "cal_max", "cal_min", "toffset")


def read(path: Path) -> Image:
    """Read a volume; its array is a read-only view in the file's own axis order.

    Integers without scaling keep their type; anything else becomes float32.

    Raises:
        InputError: not NIfTI, cut off, more than one volume, or colour.
    """
    raw = path.read_bytes()
    header = _header(_start(raw, max(_HEADERS), path), path)
    try:
        header.check_fix(logger=_SILENT)
        shape, dtype = header.get_data_shape(), header.get_data_dtype()
        slope, intercept = header.get_slope_inter()
        affine = _affine(header)
    except (HeaderDataError, ValueError, KeyError) as error:
        raise InputError(
            _("{path} has a damaged NIfTI header ({error}); export it again").format(path=path, error=error)
        ) from None
    return Image(
        array=_scaled(_voxels(raw, header, shape, dtype, path), slope, intercept),
        affine=affine,
        calibrated=header["descrip"].item() != _UNCALIBRATED,
        name=name_of(path),
        remarks=() if _oriented(header) else (unknown_orientation(path),),
    )


def write(path: Path, array: np.ndarray, affine: np.ndarray, like: Path | None, *, calibrated: bool) -> None:
    """Write a uint8 mask.

    Args:
        path: ends in ``.nii.gz`` or ``.nii``.
        array: uint8, shape ``(columns, rows, slices)``.
        affine: 4x4, used when ``like`` is not NIfTI.
        like: the image the mask belongs to. A NIfTI's geometry fields (sform, qform, their codes,
            units) are copied as they are; its free text, which may name the patient, is not.
        calibrated: whether the affine is in millimetres; the file says when it is not, and ``read`` heeds it.

    Raises:
        InputError: the disk is full, or the folder cannot be written to.
    """
    header = _header_like(like)
    if header is None:
        header = nib.Nifti1Image(array, affine).header
        rigid = _rigid(affine)  # all that a qform can say; programs that ask it first must not be misled
        header.set_qform(affine if rigid else None, code=int(rigid))
        header.set_sform(affine, code=1)
        header.set_xyzt_units("mm" if calibrated else "unknown")
    elif tuple(header.get_data_shape()[:3]) + (1,) * (3 - len(header.get_data_shape()[:3])) != array.shape:
        raise ValueError(f"the mask's grid {array.shape} is not that of the image {header.get_data_shape()}")
    header.set_data_shape(array.shape)
    header.set_data_dtype(np.uint8)
    header.set_slope_inter(1, 0)
    header.set_data_offset(header.single_vox_offset)
    _empty(header)
    if not calibrated:
        header["descrip"] = _UNCALIBRATED
    start = header.binaryblock.ljust(header.single_vox_offset, b"\0")
    voxels = memoryview(np.ascontiguousarray(array.T)).cast("B")  # first axis fastest, as NIfTI wants
    with writing(path) as temporary, temporary.open("wb") as file:
        if path.name.lower().endswith(".gz"):
            # no name and no time in the stream: the same mask gives the same bytes
            with igzip.IGzipFile(filename="", mode="wb", compresslevel=1, fileobj=file, mtime=0) as stream:
                stream.write(start)
                stream.write(voxels)
        else:
            file.write(start)
            file.write(voxels)


def has_grid(path: Path, shape: tuple[int, ...], affine: np.ndarray) -> bool:
    """Whether a file is NIfTI with this shape ``(columns, rows, slices)`` and this affine, to 0.001 mm."""
    stated = grid_of(path)
    return stated is not None and stated[0] == shape and np.allclose(stated[1], affine, atol=1e-3)


def grid_of(path: Path) -> tuple[tuple[int, int, int], np.ndarray] | None:
    """Shape ``(columns, rows, slices)`` and affine as ``read`` gives them, from the header alone.

    None where the file is not NIfTI, or damaged.
    """
    try:
        header = _header_like(path)
        return None if header is None else ((*header.get_data_shape()[:3], 1, 1)[:3], _affine(header))
    except (InputError, OSError, HeaderDataError, ValueError, KeyError):
        return None


def bare_header(path: Path) -> bytes:
    """The header of a NIfTI file without what ``write`` leaves out: in a ``.nii`` file it serves as ``like``.

    Raises:
        InputError: it is damaged.
        OSError: it cannot be read.
    """
    header = _header_like(path)
    _empty(header)
    return header.binaryblock


def _empty(header: nib.Nifti1Header) -> None:
    """Take out what is the image's alone, and free text, which may name the patient."""
    header["pixdim"][4:] = 0
    for field in _EMPTY_WHEN_WRITTEN:
        if field in header:
            header[field] = b""
    for field in _ZERO_WHEN_WRITTEN:
        header[field] = 0


def _affine(header: nib.Nifti1Header) -> np.ndarray:
    """4x4 float64, voxel index to RAS+ millimetres, whatever the header's unit is.

    A header that gives no orientation is read as ITK, and so Slicer, reads it: as a plain stack of pictures.
    """
    affine = header.get_best_affine() if _oriented(header) else LPS_TO_RAS @ np.diag([*_zooms(header), 1.0])
    factor = _MM[header.get_xyzt_units()[0]]
    return np.diag([factor, factor, factor, 1.0]) @ np.asarray(affine, np.float64)


def _oriented(header: nib.Nifti1Header) -> bool:
    return bool(header["sform_code"] > 0 or header["qform_code"] > 0)


def _zooms(header: nib.Nifti1Header) -> np.ndarray:
    return np.abs(header["pixdim"][1:4].astype(np.float64))


def _rigid(affine: np.ndarray) -> bool:
    """Whether its axes are at right angles."""
    axes = affine[:3, :3] / np.linalg.norm(affine[:3, :3], axis=0)
    return np.allclose(axes.T @ axes, np.eye(3), atol=1e-4)


def _header(raw: bytes, path: Path) -> nib.Nifti1Header:
    """The header as it is in the file, in the file's byte order."""
    sizes = {int.from_bytes(raw[:4], "little"), int.from_bytes(raw[:4], "big")}
    size = next((size for size in _HEADERS if size in sizes), None)
    if size is None:
        raise InputError(
            _("{path} is not a NIfTI file, in spite of its ending; choose the original image").format(
                path=path
            )
        )
    if len(raw) < size:
        raise _cut_off(path)
    header = _HEADERS[size](binaryblock=raw[:size], check=False)
    if header["magic"].item()[:3] not in (b"n+1", b"n+2"):
        raise InputError(
            _("{path} is half of an Analyze or NIfTI pair; convert it to a single .nii.gz file").format(
                path=path
            )
        )
    return header


def _start(raw: bytes, size: int, path: Path) -> bytes:
    """The first ``size`` bytes of a file, inflated where it is gzipped; fewer where it has no more."""
    if not raw.startswith(_GZIP):
        return raw
    inflated = b""
    try:
        while raw.startswith(_GZIP) and len(inflated) < size:  # a file may consist of several streams
            stream = isal_zlib.decompressobj(wbits=31)
            part = stream.decompress(raw, size - len(inflated))
            inflated = inflated + part if inflated else part
            if not stream.eof and len(inflated) < size:
                raise _cut_off(path)
            if not stream.eof:  # the checksum comes after what follows the voxels, mostly nothing
                stream.decompress(stream.unconsumed_tail, _AFTER_VOXELS)
            raw = stream.unused_data
    except isal_zlib.error:
        raise InputError(
            _("{path} is damaged (its gzip stream is broken); copy or export it again").format(path=path)
        ) from None
    return inflated


def _header_like(like: Path | None) -> nib.Nifti1Header | None:
    if like is None or not like.is_file():
        return None
    with like.open("rb") as file:
        start = file.read(_HEADER_PART)
    if not start.startswith(_GZIP) and not like.name.lower().endswith(".nii"):
        return None
    return _header(_start(start, max(_HEADERS), like), like)


def _voxels(
    raw: bytes, header: nib.Nifti1Header, shape: tuple[int, ...], dtype: np.dtype, path: Path
) -> np.ndarray:
    """The stored numbers, shape ``(columns, rows, slices)``, a view of ``raw`` or of what it inflates to."""
    if dtype.kind not in "iuf":
        raise InputError(
            _("{path} holds colour or complex numbers; choose a grey-value image").format(path=path)
        )
    if len(shape) < 2 or min(shape) < 1:
        raise InputError(_("{path} holds no voxels; export it again").format(path=path))
    volumes = math.prod(shape[3:])
    if volumes > 1:
        raise InputError(
            _(
                "{path} holds {volumes} volumes (time points or channels); save the one to "
                "segment as a file of its own and choose that"
            ).format(path=path, volumes=volumes)
        )
    check_size(shape, dtype.itemsize, path)
    offset = max(int(header.get_data_offset()), header.single_vox_offset)
    if offset > _LARGEST_OFFSET:
        raise _cut_off(path)
    count = math.prod(shape)
    raw = _start(raw, offset + count * dtype.itemsize, path)
    if len(raw) < offset + count * dtype.itemsize:
        raise _cut_off(path)
    voxels = np.frombuffer(raw, dtype, count, offset)
    return voxels.reshape((*shape[:3], 1)[:3], order="F")


def _scaled(voxels: np.ndarray, slope: float | None, intercept: float | None) -> np.ndarray:
    """Apply the header's scaling (``None`` or 0 for the slope means none), in the machine's byte order."""
    slope, intercept = 1.0 if slope is None else slope, intercept or 0.0
    if slope == 1 and intercept == 0:
        wanted = voxels.dtype if voxels.dtype.kind in "iu" else np.dtype(np.float32)
        with np.errstate(over="ignore"):  # what float32 cannot hold becomes infinity, and is refused as such
            return voxels.astype(wanted.newbyteorder("="), copy=False)
    scaled = voxels.astype(np.float32)
    scaled *= np.float32(slope)
    scaled += np.float32(intercept)
    return scaled


def _cut_off(path: Path) -> InputError:
    return InputError(
        _("{path} is cut off (it ends before its last voxel); copy or export it again").format(path=path)
    )
