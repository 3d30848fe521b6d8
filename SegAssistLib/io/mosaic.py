"""Mosaics: all slices of a volume as tiles of one image, as Siemens scanners store them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from SegAssistLib.io.dicom_header import Header, read_header

_WORD = "MOSAIC"  # in Image Type; files with a single slice carry it too, once someone has cut a mosaic up
_CREATOR = "SIEMENS MR HEADER"
_TILES = 0x0A  # element of its private block: number of images in the mosaic


def is_mosaic(headers: Sequence[Header]) -> bool:
    """Whether the images of a series are mosaics.

    The files of a series that is cut up lie at several positions and have room for one tile alone.
    """
    if _WORD not in headers[0].codes("ImageType"):
        return False
    positions = {header.numbers("ImagePositionPatient", 3) for header in headers}
    if len(positions) > 1:
        return False
    header = read_header(headers[0].path)
    size = header.needed_whole("Rows"), header.needed_whole("Columns")
    across = math.ceil(math.sqrt(_tiles(header)))
    if across > 1:
        return all(extent % across == 0 for extent in size)
    # of one slice, for rows and columns; an interpolated slice is twice as large (PS3.3, C.8.3.1)
    matrix = [extent for extent in header.numbers("AcquisitionMatrix", 4) if extent > 0]
    return len(matrix) == 2 and min(size) > 2 * max(matrix)


def _tiles(header: Header) -> int:
    """Number of tiles, or 0 where the scanner's own elements were removed."""
    try:
        value = header.dataset.private_block(0x0019, _CREATOR)[_TILES].value
        return int.from_bytes(value, "little") if isinstance(value, bytes) else int(value)
    except Exception:  # there is none, or it is damaged
        return 0
