"""DICOM image series: which there are in a folder, and which one is meant."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from SegAssistLib.errors import InputError
from SegAssistLib.io.files import DICOM, ending, files_below

if TYPE_CHECKING:
    from pydicom import Dataset

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
        number = "without number" if self.number is None else f"number {self.number}"
        return f"{number}, {self.modality or 'unknown modality'}, {self.count} files, UID {self.uid}"


@dataclass(frozen=True)
class Header:
    """One image file's header, with the elements in ``_HEADER`` alone."""

    path: Path
    dataset: Dataset


def list_series(folder: Path) -> list[Series]:
    """The image series in a folder and below it, by series number.

    Raises:
        InputError: the folder is missing, or a file in it cannot be read.
    """
    if not Path(folder).is_dir():
        raise InputError(f"{folder} is not a folder; choose the folder with the DICOM files")
    return sorted((series_of(headers) for headers in group([Path(folder)])), key=_order)


def group(paths: Iterable[Path]) -> list[list[Header]]:
    """Read the headers of all images among files and folders; one list for each series."""
    found: dict[str, list[Header]] = {}
    for path in sorted(_files(paths)):
        dataset = _read_header(path)
        if dataset is not None:
            found.setdefault(str(dataset.get("SeriesInstanceUID", "")), []).append(Header(path, dataset))
    return list(found.values())


def choose(groups: list[list[Header]], wanted: str | None, where: Path) -> list[Header]:
    """The one series that is meant: by number, UID or a unique beginning of the UID.

    Raises:
        InputError: none matches, or several do; the message lists what there is.
    """
    if not groups:
        raise InputError(f"{where} holds no DICOM images; choose a folder that does, or an image file")
    known = sorted(((series_of(headers), headers) for headers in groups), key=lambda pair: _order(pair[0]))
    tests = (
        lambda series: series.uid == wanted,
        lambda series: str(series.number) == wanted,
        lambda series: series.uid.startswith(wanted),
    )
    matching = known
    if wanted is not None:
        matches = ([pair for pair in known if test(pair[0])] for test in tests)
        matching = next((found for found in matches if found), [])
    if len(matching) == 1:
        return matching[0][1]
    listed = "; ".join(str(series) for series, _ in known)
    problem = (
        f"holds {len(known)} series"
        if wanted is None
        else f"has {len(matching) or 'no'} series that match {wanted!r}"
    )
    raise InputError(f"{where} {problem}; choose one by its number or UID: {listed}")


def series_of(headers: list[Header]) -> Series:
    """Describe the files of one series."""
    first = headers[0].dataset
    return Series(
        uid=str(first.get("SeriesInstanceUID", "")),
        number=_number(first),
        modality=str(first.get("Modality") or "") or None,
        description=str(first.get("SeriesDescription") or ""),
        files=tuple(header.path for header in headers),
    )


def _number(header: Dataset) -> int | None:
    number = header.get("SeriesNumber")
    return None if number in (None, "") else int(number)


def _order(series: Series) -> tuple[bool, int, str]:
    return series.number is None, series.number or 0, series.uid


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if path.is_dir():
            yield from files_below(path)
        else:
            yield path


def _read_header(path: Path) -> Dataset | None:
    """The header of an image, or None for anything else that lies in such folders.

    A damaged image is refused, not left out: a stack without its last slice looks like a whole one.
    """
    import pydicom
    from pydicom.errors import InvalidDicomError

    damaged = InputError(f"{path} is a damaged or cut-off DICOM file; copy or export it again")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's remarks on sloppy but readable values
        try:
            dataset = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=_HEADER)
            for _ in dataset.iterall():  # pydicom interprets an element when it is first asked for
                pass
            _number(dataset), int(dataset.get("NumberOfFrames") or 1)
            kind = dataset.file_meta.MediaStorageSOPClassUID.name
        except InvalidDicomError:
            if ending(path) in DICOM:
                raise damaged from None
            return None
        except OSError as error:
            raise InputError(f"{path} cannot be read ({error.strerror or error})") from error
        except Exception as error:  # whatever its parsers meet
            raise damaged from error
    if dataset.get("Modality") in _NOT_IMAGES:
        return None
    if dataset.get("Rows") and dataset.get("Columns"):
        return dataset
    if "Image Storage" in kind:
        raise damaged
    return None
