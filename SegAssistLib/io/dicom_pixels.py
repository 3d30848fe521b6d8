"""Stored DICOM pixels, decoded as a whole or frame by frame."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from pydicom import Dataset, dcmread
from pydicom.encaps import get_frame
from pydicom.pixels import iter_pixels, pixel_array
from pydicom.uid import MPEGTransferSyntaxes

from SegAssistLib.errors import InputError


def decode(path: Path) -> tuple[Dataset, np.ndarray]:
    """The file and all its stored values, colour as RGB.

    Raises:
        InputError: damaged, without pixels, or compressed in a way that cannot be decoded.
    """
    with _decoding(path):
        dataset = dcmread(path)
        return dataset, pixel_array(dataset)


def read_header(path: Path) -> Dataset:
    """Everything but the pixels.

    Raises:
        InputError: damaged.
    """
    with _decoding(path):
        return dcmread(path, stop_before_pixels=True)


def decode_frames(path: Path, header: Dataset) -> Iterator[np.ndarray]:
    """Stored values frame by frame, ``(rows, columns)``, colour as RGB ``(rows, columns, 3)``.

    Raises:
        InputError: as :func:`decode`.
    """
    if header.file_meta.TransferSyntaxUID in MPEGTransferSyntaxes:
        from SegAssistLib.io import video

        with _decoding(path):
            stream = get_frame(dcmread(path).PixelData, 0, number_of_frames=1)
        yield from (picture for _, picture in video.decode(io.BytesIO(stream), path))
        return
    count = int(header.get("NumberOfFrames") or 1)
    if header.file_meta.TransferSyntaxUID.is_compressed:
        pictures = iter_pixels(path)
    else:  # iter_pixels of pydicom 3.0 fails from the second uncompressed frame of YBR_FULL_422 on
        pictures = (pixel_array(path, index=index) for index in range(count))
    for _ in range(count):
        with _decoding(path):
            picture = next(pictures, None)
        if picture is None:
            return
        yield picture


@contextlib.contextmanager
def _decoding(path: Path) -> Iterator[None]:
    """Say in one sentence what went wrong."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's remarks on sloppy but readable values
        try:
            yield
        except (OSError, InputError):
            raise
        except Exception as error:  # each of pydicom's decoders fails in its own way
            compressed = _compression(path)
            if compressed:
                raise InputError(
                    f"{path} is compressed in a way that cannot be decoded here ({compressed}), or damaged; "
                    "export it uncompressed"
                ) from error
            raise InputError(
                f"{path} has no pixels, is damaged or cut off; copy or export it again"
            ) from error


def _compression(path: Path) -> str | None:
    with contextlib.suppress(Exception):  # the file is known to be damaged, or strange
        syntax = dcmread(path, stop_before_pixels=True, specific_tags=["Rows"]).file_meta.TransferSyntaxUID
        return syntax.name if syntax.is_compressed else None
    return None
