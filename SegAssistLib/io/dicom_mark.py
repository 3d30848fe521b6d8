"""What tells a DICOM file from others by its first bytes."""

from __future__ import annotations

from pathlib import Path

_MARK = slice(128, 132)  # behind the preamble (PS3.10, section 7.1)
_GROUPS = (2, 8)  # with one of them a data set begins that has neither preamble nor mark
_LONGEST = 256  # bytes of the first element's value, where its type is not written down
_TYPES = {b"CS", b"UI", b"UL", b"SH", b"DA", b"TM", b"LO", b"DT", b"SQ", b"OB", b"AE", b"ST", b"PN"}


def is_dicom_file(path: Path) -> bool:
    """Whether a file has the DICOM mark, or begins as a data set does that was stored without."""
    with path.open("rb") as file:
        start = file.read(_MARK.stop)
    return start[_MARK] == b"DICM" or _is_data_set(start)


def _is_data_set(start: bytes) -> bool:
    if len(start) < _MARK.stop:
        return False
    typed = start[4:6] in _TYPES
    group = int.from_bytes(start[:2], "little")
    if group in _GROUPS:
        return typed or int.from_bytes(start[4:8], "little") in range(0, _LONGEST, 2)
    return typed and int.from_bytes(start[:2], "big") in _GROUPS
