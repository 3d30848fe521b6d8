"""Headers of PNG, JPEG and TIFF pictures: what OpenCV does not heed, and how large a picture becomes."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # markers of a frame's header (ITU T.81, table B.1)
_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC = 256, 257, 258, 262  # TIFF 6.0, section 8
_NUMBERS = {1: "B", 3: "H", 4: "I", 16: "Q"}  # TIFF's types of whole numbers


@dataclass(frozen=True)
class PictureHeader:
    """What a picture's file says of it.

    Attributes:
        columns, rows: its size.
        white_is_zero: TIFF whose numbers of 16 or more bits grow towards black, which OpenCV leaves so.
        plain_cmyk: JPEG in four printing colours that are not inverted, as OpenCV takes all of them to be.
    """

    columns: int
    rows: int
    white_is_zero: bool = False
    plain_cmyk: bool = False


def read_picture_header(raw: bytes) -> PictureHeader | None:
    """Read the header of a picture's file; None where it is another kind of file, or damaged."""
    try:
        if raw.startswith(b"\x89PNG"):
            return PictureHeader(*struct.unpack_from(">II", raw, 16))
        if raw.startswith(b"\xff\xd8"):
            return _jpeg(raw)
        if raw[:2] in (b"II", b"MM"):
            return _tiff(raw)
    except (struct.error, KeyError, IndexError):
        pass
    return None


def _jpeg(raw: bytes) -> PictureHeader | None:
    """Marker by marker up to the frame's header (ITU T.81, B.2)."""
    at, adobe = 2, False
    while True:
        if raw[at] != 0xFF:
            return None
        if raw[at + 1] == 0xFF:  # fill byte
            at += 1
            continue
        marker, length = struct.unpack_from(">xBH", raw, at)
        adobe = adobe or (marker == 0xEE and raw[at + 4 : at + 9] == b"Adobe")
        if marker in _FRAMES:
            rows, columns, components = struct.unpack_from(">HHB", raw, at + 5)
            return PictureHeader(columns, rows, plain_cmyk=components == 4 and not adobe)
        at += 2 + length


def _tiff(raw: bytes) -> PictureHeader:
    """The first directory, of classic TIFF or BigTIFF."""
    order = "<" if raw[:2] == b"II" else ">"
    big = struct.unpack_from(order + "H", raw, 2)[0] == 43
    (at,) = struct.unpack_from(order + ("Q" if big else "I"), raw, 8 if big else 4)
    (count,) = struct.unpack_from(order + ("Q" if big else "H"), raw, at)
    at += 8 if big else 2
    size, value_at = (20, 12) if big else (12, 8)
    tags = {}
    for entry in range(at, at + size * min(count, 4096), size):
        tag, kind = struct.unpack_from(order + "HH", raw, entry)
        if tag in (_WIDTH, _HEIGHT, _BITS, _PHOTOMETRIC):
            (tags[tag],) = struct.unpack_from(order + _NUMBERS[kind], raw, entry + value_at)
    deep = tags.get(_BITS, 1) >= 16
    return PictureHeader(tags[_WIDTH], tags[_HEIGHT], white_is_zero=deep and tags.get(_PHOTOMETRIC) == 0)
