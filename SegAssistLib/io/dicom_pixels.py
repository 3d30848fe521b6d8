"""Stored DICOM pixels, decoded as a whole or frame by frame."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from typing import Any, BinaryIO

import numpy as np
from pydicom.encaps import get_frame, parse_basic_offsets, parse_fragments
from pydicom.pixels import get_decoder
from pydicom.uid import MPEGTransferSyntaxes, RLELossless

from SegAssistLib.errors import InputError
from SegAssistLib.io import decoder
from SegAssistLib.io.dicom_header import Header, opened
from SegAssistLib.io.frames import MOST_BYTES
from SegAssistLib.translation import tr as _
from SegAssistLib.wording import counted

_MOST_RATIO = 1000  # to which a picture worth looking at can be compressed
_ALWAYS = 64 << 20  # bytes: pictures up to this size are not asked for their ratio


def decode(header: Header) -> np.ndarray:
    """All stored values, ``(rows, columns)`` or ``(frames, rows, columns)``; colour is RGB in a last axis.

    Raises:
        InputError: damaged, cut off, without pixels, too large, or compressed in an unknown way.
    """
    if header.syntax.is_compressed:
        frames = list(decode_frames(header))
        return frames[0] if len(frames) == 1 else np.stack(frames)
    options = _options(header, frame_count(header))
    with _decoding(header), _pixels(header, options) as file:
        return get_decoder(header.syntax).as_array(file, validate=True, **options)[0]


def decode_frames(header: Header) -> Iterator[np.ndarray]:
    """Stored values frame by frame, ``(rows, columns)``, colour as RGB ``(rows, columns, 3)``.

    Compressed ones are decoded in another process, for the libraries that do it crash on some damaged files.

    Raises:
        InputError: as :func:`decode`.
    """
    if header.syntax in MPEGTransferSyntaxes:
        from SegAssistLib.io import video

        with _decoding(header), _pixels(header, {}) as file:
            stream = get_frame(file, 0, number_of_frames=1)
        return (picture for _, picture in video.decode(io.BytesIO(stream), header.path))
    if header.syntax.is_compressed:
        return decoder.decoded(header.path)
    return decode_frames_here(header)


def decode_frames_here(header: Header) -> Iterator[np.ndarray]:
    """Do what :func:`decode_frames` does, in this process."""
    count = frame_count(header)
    options = _options(header, count)
    with _decoding(header):
        library = get_decoder(header.syntax)
    with _pixels(header, options) as file:
        start = file.tell()

        def frame(index: int) -> tuple[np.ndarray, Any]:
            file.seek(start)
            return library.as_array(file, index=index, validate=True, **options)

        if header.syntax.is_compressed:
            pictures = library.iter_array(file, validate=True, **options)
        else:  # iter_array of pydicom 3.0 fails from the second uncompressed frame of YBR_FULL_422 on
            pictures = map(frame, range(count))
        for _ in range(count):
            with _decoding(header):
                picture = next(pictures, None)
            if picture is None:
                return
            yield picture[0]


def frame_count(header: Header) -> int:
    """Number of frames: what the file says, or else what its pixels give; of a video stream then 0.

    Raises:
        InputError: damaged.
    """
    count = header.whole("NumberOfFrames")
    if count is not None and count > 0:
        return count
    element = header.needed_pixels()
    if not element.encapsulated:
        return max(1, element.length // max(1, _bytes(_options(header, 1))))
    if header.syntax in MPEGTransferSyntaxes:
        return 0
    with _decoding(header), opened(header.path) as file:
        file.seek(element.start)
        offsets = parse_basic_offsets(file)
        return max(1, len(offsets) or _beginnings(file, header.syntax == RLELossless))


def _beginnings(file: BinaryIO, run_length: bool) -> int:
    """How many fragments begin a frame: of run-length encoded ones all, of others those with a JPEG mark."""
    places = parse_fragments(file)[1]
    if run_length:
        return len(places)
    marks = []
    for place in places:
        file.seek(place + 8)  # behind its tag and length
        marks.append(file.read(2))
    return sum(mark in (b"\xff\xd8", b"\xff\x4f") for mark in marks)


def _options(header: Header, count: int) -> dict[str, Any]:
    """What a decoder has to know of ``count`` frames."""
    element = header.needed_pixels()
    options: dict[str, Any] = {
        "rows": header.needed_whole("Rows"),
        "columns": header.needed_whole("Columns"),
        "samples_per_pixel": header.needed_whole("SamplesPerPixel"),
        "bits_allocated": header.needed_whole("BitsAllocated"),
        "photometric_interpretation": header.needed_text("PhotometricInterpretation"),
        "number_of_frames": max(count, 1),
        "pixel_keyword": element.keyword,
    }
    if options["pixel_keyword"] == "PixelData":
        options["bits_stored"] = header.needed_whole("BitsStored")
        options["pixel_representation"] = header.needed_whole("PixelRepresentation")
    if options["samples_per_pixel"] > 1:
        options["planar_configuration"] = header.whole("PlanarConfiguration") or 0
    if element.type:
        options["pixel_vr"] = element.type
    if "ExtendedOffsetTable" in header and "ExtendedOffsetTableLengths" in header:
        dataset = header.dataset
        options["extended_offsets"] = dataset.ExtendedOffsetTable, dataset.ExtendedOffsetTableLengths
    return options


def _bytes(options: dict[str, Any]) -> int:
    """Size of the frames when they are not compressed."""
    halved = options["photometric_interpretation"] == "YBR_FULL_422"  # two pixels share their colour
    samples = 2 if halved else options["samples_per_pixel"]
    bits = options["rows"] * options["columns"] * samples * options["bits_allocated"]
    return options["number_of_frames"] * -(-bits // 8)


@contextlib.contextmanager
def _pixels(header: Header, options: dict[str, Any]) -> Iterator[BinaryIO]:
    """Open the file where its pixels begin, unless their size is absurd."""
    element = header.needed_pixels()
    size = _bytes(options) if options else 0
    if size > element.length and not element.encapsulated:
        raise InputError(
            _(
                "{path} is cut off: it announces {size} bytes of pixels ({frames} of "
                "{columns} x {rows}) and holds {held}; copy or export it again"
            ).format(
                path=header.path,
                size=size,
                frames=counted(options["number_of_frames"], "frame"),
                columns=options["columns"],
                rows=options["rows"],
                held=element.length,
            )
        )
    frame = size // options.get("number_of_frames", 1)
    if frame > MOST_BYTES or frame > max(_ALWAYS, _MOST_RATIO * element.length):
        raise InputError(
            _(
                "{path} announces frames of {columns} x {rows} pixels, which is more than it "
                "can hold; copy or export it again"
            ).format(path=header.path, columns=options["columns"], rows=options["rows"])
        )
    with opened(header.path, element.length) as file:
        file.seek(element.start)
        yield file


@contextlib.contextmanager
def _decoding(header: Header) -> Iterator[None]:
    """Say in one sentence what went wrong."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's remarks on sloppy but readable values
        try:
            yield
        except (OSError, InputError):
            raise
        except Exception as error:  # each of pydicom's decoders fails in its own way
            if header.syntax.is_compressed:
                raise InputError(
                    _(
                        "{path} is compressed in a way that cannot be decoded here ({name}), or "
                        "damaged; export it uncompressed"
                    ).format(path=header.path, name=header.syntax.name)
                ) from error
            raise InputError(
                _("{path} has no pixels, is damaged or cut off; copy or export it again").format(
                    path=header.path
                )
            ) from error
