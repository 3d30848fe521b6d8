"""DICOM image series: which there are in a folder, and which one is meant."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from SegAssistLib.errors import InputError
from SegAssistLib.io.dicom_mark import is_dicom_file
from SegAssistLib.io.files import DICOM, ending, files_below
from SegAssistLib.translation import tr as _
from SegAssistLib.wording import counted

if TYPE_CHECKING:
    from SegAssistLib.io.dicom_header import Header

_NOT_IMAGES = {"SEG", "RTDOSE", "RTSTRUCT", "PR", "SR", "KO", "REG"}
# Everything that is asked of a header; the other elements are skipped while reading.
_HEADER = [
    "SOPClassUID",
    "SeriesInstanceUID",
    "SeriesNumber",
    "SeriesDescription",
    "Modality",
    "Rows",
    "Columns",
    "NumberOfFrames",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "BitsAllocated",
    "BitsStored",
    "PixelRepresentation",
    "PixelPaddingValue",
    "PixelPaddingRangeLimit",
    "ExtendedOffsetTable",
    "ExtendedOffsetTableLengths",
    "ImageType",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "PixelSpacing",
    "SliceThickness",
    "SpacingBetweenSlices",
    "RescaleSlope",
    "RescaleIntercept",
    "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
]


@dataclass(frozen=True)
class Series:
    """One DICOM image series.

    Attributes:
        uid: Series Instance UID.
        number: Series Number, or None when the files do not say.
        modality: DICOM modality code.
        description: Series Description; free text, so for the screen and not for messages.
        files: the files of the series, by name.
    """

    uid: str
    number: int | None
    modality: str | None
    description: str
    files: tuple[Path, ...]

    @property
    def count(self) -> int:
        """Number of files."""
        return len(self.files)

    def __str__(self) -> str:
        number = (
            _("without number") if self.number is None else _("number {number}").format(number=self.number)
        )
        return _("{number}, {modality}, {files}, UID {uid}").format(
            number=number,
            modality=self.modality or _("unknown modality"),
            files=counted(self.count, "file"),
            uid=self.uid,
        )


def list_series(folder: Path) -> list[Series]:
    """The image series in a folder and below it, by series number.

    Raises:
        InputError: the folder is missing, or a file in it cannot be read.
    """
    if not Path(folder).is_dir():
        raise InputError(
            _("{folder} is not a folder; choose the folder with the DICOM files").format(folder=folder)
        )
    return sorted((series_of(headers) for headers in group([Path(folder)])), key=_order)


def group(paths: Iterable[Path]) -> list[list[Header]]:
    """Read the headers of all images among files and folders; one list for each series.

    The headers hold the elements in ``_HEADER`` alone. What is no image is left out, and an image that cannot
    be read never is: a stack without its last slice looks like a whole one.

    Raises:
        InputError: an image, or what by its name or content seems to be one, is damaged.
    """
    found: dict[str, list[Header]] = {}
    strange: list[Path] = []
    for path in sorted(_files(paths)):
        if not _can_be_dicom(path):
            strange.append(path)
        elif (header := _read_image_header(path)) is not None:
            found.setdefault(header.text("SeriesInstanceUID"), []).append(header)
    shapes = {name_shape(header.path) for headers in found.values() for header in headers}
    for path in strange:
        if ending(path) in DICOM or name_shape(path) in shapes or _is_blank(path):
            from SegAssistLib.io.dicom_header import damaged

            raise damaged(path)
    return list(found.values())


def choose(groups: list[list[Header]], wanted: str | None, where: Path) -> list[Header]:
    """The one series that is meant: by number, UID or a unique beginning of the UID.

    Raises:
        InputError: none matches, or several do; the message lists what there is.
    """
    if not groups:
        raise InputError(
            _("{where} holds no DICOM images; choose a folder that does, or an image file").format(
                where=where
            )
        )
    known = sorted((series_of(headers) for headers in groups), key=_order)
    found = matching(known, wanted)
    if len(found) != 1:
        raise undecided(where, known, found, wanted)
    return next(headers for headers in groups if series_of(headers).uid == found[0].uid)


def matching(known: Sequence[Series], wanted: str | None) -> list[Series]:
    """The series that have this UID, or else this number, or else a UID that begins so; all for None."""
    if wanted is None:
        return list(known)
    tests = (
        lambda series: series.uid == wanted,
        lambda series: str(series.number) == wanted,
        lambda series: series.uid.startswith(wanted),
    )
    matches = ([series for series in known if test(series)] for test in tests)
    return next((found for found in matches if found), [])


def undecided(
    where: Path, known: Sequence[Series], found: Sequence[Series], wanted: str | None
) -> InputError:
    """What to say when it is not one series that is meant; lists what there is."""
    listed = "; ".join(map(str, known))
    problem = (
        _("holds {count} series").format(count=len(known))
        if wanted is None
        else f"has {len(found) or 'no'} series that match {wanted!r}"
    )
    return InputError(
        _("{where} {problem}; choose one by its number or UID: {listed}").format(
            where=where, problem=problem, listed=listed
        )
    )


def series_of(headers: list[Header]) -> Series:
    """Describe the files of one series."""
    first = headers[0]
    return Series(
        uid=first.text("SeriesInstanceUID"),
        number=first.whole("SeriesNumber"),
        modality=first.text("Modality") or None,
        description=first.text("SeriesDescription"),
        files=tuple(header.path for header in headers),
    )


def _order(series: Series) -> tuple[bool, int, str]:
    return series.number is None, series.number or 0, series.uid


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if path.is_dir():
            yield from files_below(path)
        else:
            yield path


def _can_be_dicom(path: Path) -> bool:
    try:
        return is_dicom_file(path)
    except OSError as error:
        raise InputError(
            _("{path} cannot be read ({reason})").format(path=path, reason=error.strerror or error)
        ) from error


def _read_image_header(path: Path) -> Header | None:
    """The header of an image, or None for anything else that is stored as DICOM.

    Raises:
        InputError: it is the file of an image, and damaged.
    """
    from SegAssistLib.io.dicom_header import damaged, read_header

    header = read_header(path, _HEADER)
    if header.text("Modality") in _NOT_IMAGES:
        return None
    kind = header.sop_class
    if header.pixels is None and kind and "Image Storage" not in kind.name:
        return None
    if not (header.whole("Rows") and header.whole("Columns")):
        raise damaged(path)
    header.needed_pixels()
    return header


def name_shape(path: Path) -> tuple[Path, str]:
    """Folder and name without what counts: the files of a series are called alike but for digits."""
    if re.fullmatch(r"[0-9a-fA-F.\-]*\d[0-9a-fA-F.\-]*", path.name):
        return path.parent, "#"  # made up by a machine
    return path.parent, re.sub(r"\d+", "#", path.name)


def _is_blank(path: Path) -> bool:
    """Whether a file whose name says nothing begins with nothing, as one does whose copying went wrong."""
    if path.name.startswith(".") or re.fullmatch(r"\.[^\W\d]\w*", path.suffix):
        return False
    with path.open("rb") as file:
        return not any(file.read(1024))
