"""Text headers of NRRD and MetaImage: what ITK does not hand on, and the files that they refer to."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from SegAssistLib.errors import InputError
from SegAssistLib.translation import tr as _

_NRRD = b"NRRD0"
_META = re.compile(rb"\s*\w+[ \t]*[=:]")  # a MetaImage has nothing before its first field
_MOST_BYTES = 8 << 20  # of a header; segments and DICOM tags in it take some
_MOST_FILES = 20_000
_NAMES = re.compile(
    r"([^%]*%\d{0,3}d[^%]*?)\s+(-?\d+)\s+(-?\d+)\s+(-?\d+)(?:\s+\d+)?"
)  # format, first, last, step
_MM = {"m": 1000.0, "cm": 10.0, "mm": 1.0, "um": 0.001, "µm": 0.001, "nm": 1e-6}
_MM |= {
    "meter": 1000.0,
    "metre": 1000.0,
    "millimeter": 1.0,
    "millimetre": 1.0,
    "micron": 0.001,
    "": 1.0,
    "?": 1.0,
}


@dataclass(frozen=True)
class Header:
    """What a header says.

    Attributes:
        fields: by name in lower case, without those that programs add as they like.
        files: names of the files with the voxels, as they are written; empty where they follow the header.
    """

    fields: dict[str, str]
    files: tuple[str, ...]

    @property
    def calibrated(self) -> bool:
        """Whether it says how large voxels are, in a unit of length."""
        if not re.search(r"\d", self._sizes):
            return False
        return all(math.isfinite(unit) for unit in (*self.space_mm, *self.axes_mm))

    @property
    def oriented(self) -> bool:
        """Whether it says how the axes lie in the patient."""
        return any(name in self.fields for name in ("space directions", "transformmatrix", "orientation"))

    @property
    def space_mm(self) -> tuple[float, ...]:
        """Millimetres in the unit of each axis of the space; NaN for what is no length."""
        if "distanceunits" in self.fields:
            return (_millimetres(self.fields["distanceunits"]),) * 3
        return self._units("space units")

    @property
    def axes_mm(self) -> tuple[float, ...]:
        """The same of each axis of the array, where sizes are given without a space."""
        return (1.0,) * 3 if "space directions" in self.fields else self._units("units")

    @property
    def _sizes(self) -> str:
        names = ("space directions", "spacings", "elementspacing")
        return "".join(self.fields.get(name, "") for name in names)

    def _units(self, name: str) -> tuple[float, ...]:
        stated = [_millimetres(unit) for unit in re.findall(r'"([^"]*)"', self.fields.get(name, ""))]
        return tuple(stated) if len(stated) == 3 else (1.0,) * 3


def read_header(path: Path) -> Header:
    """Read the header of a NRRD or MetaImage file.

    Raises:
        InputError: it is no such file, its header is damaged, or it refers to voxels outside its own folder
            or in what is no plain file.
    """
    with path.open("rb") as file:
        raw = file.read(_MOST_BYTES)
    if raw.startswith(_NRRD):
        header = _nrrd(raw, path)
    elif _META.match(raw):
        header = _meta(raw, path)
    else:
        raise _damaged(path)
    _check_files(header, path)
    return header


def is_header(path: Path) -> bool:
    """Whether a program may take a file for NRRD or MetaImage, by its content or its name."""
    with path.open("rb") as file:
        return file.read(len(_NRRD)) == _NRRD or bool(re.search(r"\.mh[ad]", path.name.lower()))


def _nrrd(raw: bytes, path: Path) -> Header:
    """Up to the first empty line: ``field: value``, or ``key:=value``, which is anyone's."""
    lines = _lines(raw, path)
    fields: dict[str, str] = {}
    files: tuple[str, ...] = ()
    next(lines)
    for line in lines:
        if not line:
            break
        name, _colon, value = line.partition(":")
        if line.startswith("#") or value.startswith("="):
            continue
        name, value = name.strip().lower(), value.strip()
        fields[name] = value
        if name.replace(" ", "") == "datafile":
            files = _file_names(value, lines, path)
    return Header(fields, files)


def _meta(raw: bytes, path: Path) -> Header:
    """Up to ``ElementDataFile``: ``Name = value``."""
    fields: dict[str, str] = {}
    lines = _lines(raw, path)
    for line in lines:
        field = re.fullmatch(r"([^=:]+)[=:](.*)", line)
        if field is None and line.strip():
            break
        if field is None:
            continue
        name, value = field[1].strip(), field[2].strip()
        fields[name.lower()] = value
        if name == "ElementDataFile":
            return Header(fields, () if value.lower() == "local" else _file_names(value, lines, path))
    raise _damaged(path)


def _lines(raw: bytes, path: Path) -> Iterator[str]:
    """Line by line, none of which a library could take for two."""
    start = 0
    while start < len(raw):
        end = raw.find(b"\n", start)
        line = raw[start : len(raw) if end < 0 else end].removesuffix(b"\r")
        if any(byte < 32 and byte != 9 for byte in line):
            raise _damaged(path)
        yield line.decode("utf-8", "replace")
        start = len(raw) if end < 0 else end + 1


def _file_names(value: str, lines: Iterable[str], path: Path) -> tuple[str, ...]:
    """What is written, and what it stands for: a list in the lines below, or a format with its numbers."""
    if value.startswith("LIST"):
        return (value, *(line.strip() for line in lines if line.strip()))
    if "%" not in value:
        return (value,)
    form = _NAMES.fullmatch(value)
    first, last, step = (int(number) for number in form.groups()[1:]) if form else (0, 0, 0)
    if form is None or step == 0 or abs((last - first) / step) > _MOST_FILES:
        raise _damaged(path)
    return (value, *(form[1] % number for number in range(first, last + (1 if step > 0 else -1), step)))


def _check_files(header: Header, path: Path) -> None:
    folder = path.parent.resolve()
    for name in header.files:
        file = (folder / name).resolve()
        if not file.is_relative_to(folder):
            raise InputError(
                _("{path} refers to voxels outside its own folder; put both into one folder").format(
                    path=path
                )
            )
        if file.exists() and not file.is_file():
            raise InputError(
                _("{path} refers to voxels in what is no plain file; export it again").format(path=path)
            )


def _millimetres(unit: str) -> float:
    unit = unit.strip().lower()
    return _MM.get(unit, _MM.get(unit.removesuffix("s"), math.nan))


def _damaged(path: Path) -> InputError:
    return InputError(_("{path} cannot be read (its header is damaged); export it again").format(path=path))
