"""Files: what can be opened among the files that a person chose: scans, clips, DICOM series, saved scenes."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.io import Series, list_series, read_image
from SegAssistLib.io.files import DICOM, ending, file_name, files_below, picture_files
from SegAssistLib.io.read import is_dicom
from SegAssistLib.io.record import input_sha256
from SegAssistLib.io.series import group, series_of
from SegAssistLib.web.transfer import CHUNK, MOST_FILES, inside

SCENE = ".mrb"
ZIP = ".zip"


@dataclass(frozen=True)
class Scene:
    """A scene that Slicer or this application saved."""

    path: Path


@dataclass(frozen=True)
class ImageFile:
    """An image in a file of its own, or a clip in a folder of pictures."""

    path: Path

    def read(self) -> Image:
        """Read it; may run in a thread.

        Raises:
            InputError: it cannot be used.
        """
        return read_image(self.path)

    def sha256(self) -> str:
        """As the record of a run has it; may run in a thread."""
        return input_sha256(self.path)


@dataclass(frozen=True)
class DicomSeries:
    """A DICOM series and what to call its image."""

    series: Series
    name: str

    @property
    def title(self) -> str:
        """What to call it on the screen."""
        return self.series.description or f"Series {self.series.number or self.name}"

    @property
    def detail(self) -> str:
        """What it is."""
        files = "1 file" if self.series.count == 1 else f"{self.series.count} files"
        return f"{self.series.modality or 'DICOM'}, {files}"

    def read(self) -> Image:
        """Read it; may run in a thread.

        Raises:
            InputError: it cannot be used.
        """
        return replace(read_image(list(self.series.files)), name=self.name)

    def sha256(self) -> str:
        """As the record of a run has it; may run in a thread."""
        return input_sha256(self.series.files)

    def instance_uids(self) -> list[str]:
        """SOP Instance UIDs of its files."""
        from pydicom import dcmread

        headers = (dcmread(path, specific_tags=["SOPInstanceUID"]) for path in self.series.files)
        return [str(header.SOPInstanceUID) for header in headers]


Found = Scene | ImageFile | DicomSeries


def find(paths: Iterable[Path], folder: Path, limit: int) -> list[Found]:
    """What can be opened among files and folders, looking into zip archives; may run in a thread.

    Args:
        paths: what a person chose. DICOM files among them are one study.
        folder: archives are unpacked to folders in it.
        limit: bytes that an archive may hold.

    Raises:
        InputError: nothing can be opened, or a file is damaged.
    """
    found: list[Found] = []
    slices: list[Path] = []
    for path in paths:
        if path.suffix.lower() == ZIP and path.is_file():
            found += _in_folder(_unpacked(path, folder, limit))
        elif path.is_dir():
            archives = [each for each in files_below(path) if each.suffix.lower() == ZIP]
            unpacked = [_unpacked(archive, folder, limit) for archive in archives]
            found += [each for place in unpacked or [path] for each in _in_folder(place)]
        elif path.suffix.lower() == SCENE:
            found.append(Scene(path))
        elif path.is_file() and is_dicom(path):
            slices.append(path)
        else:
            found.append(ImageFile(path))  # reading says what is wrong with it
    series = [series_of(headers) for headers in group(slices)]
    return found + [
        DicomSeries(each, file_name(each.description or f"series-{each.number or each.files[0].stem}"))
        for each in series
    ]


def unpack(archive: Path, folder: Path, limit: int) -> None:
    """Unpack a zip archive into a new folder; after a failure there is no folder.

    Raises:
        InputError: it is damaged or encrypted, holds more than ``limit`` bytes or too many files, or a name
            in it leads out of the folder.
    """
    try:
        _extract(archive, folder, limit)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, InputError):
            raise
        if isinstance(error, zipfile.BadZipFile | zlib.error | EOFError | OSError):
            raise InputError(f"{archive.name} is damaged and cannot be unpacked; pack it again.") from error
        if isinstance(error, RuntimeError):  # NotImplementedError is one
            raise InputError(
                f"{archive.name} is encrypted or packed in an unusual way; pack it as a plain zip."
            ) from error
        raise


def _extract(archive: Path, folder: Path, room: int) -> None:
    folder.mkdir(parents=True)
    with zipfile.ZipFile(archive) as opened:
        members = [member for member in opened.infolist() if not member.is_dir()]
        if len(members) > MOST_FILES:
            raise InputError(f"{archive.name} holds more than {MOST_FILES} files; pack a single study.")
        for member in members:
            path = inside(folder, member.filename)
            path.parent.mkdir(parents=True, exist_ok=True)
            with opened.open(member) as source, path.open("xb") as target:
                while chunk := source.read(CHUNK):  # the size that it states need not be true
                    room -= len(chunk)
                    if room < 0:
                        raise InputError(f"{archive.name} is too large unpacked; pack a single study.")
                    target.write(chunk)


def _unpacked(archive: Path, folder: Path, limit: int) -> Path:
    place = Path(tempfile.mkdtemp(prefix="zip-", dir=folder)) / file_name(archive.stem)
    unpack(archive, place, limit)
    return place


def _in_folder(folder: Path) -> list[Found]:
    """Images and scenes in a folder and below it; where there are none, the DICOM series.

    Several pictures in one folder are a clip, as for the command line.
    """
    files = files_below(folder)
    clips = [place for place in sorted({path.parent for path in files}) if len(picture_files(place)) > 1]
    frames = {picture for clip in clips for picture in picture_files(clip)}
    found: list[Found] = [Scene(path) for path in files if path.suffix.lower() == SCENE]
    found += [
        ImageFile(path)
        for path in (*clips, *files)
        if path not in frames and (path in clips or ending(path) not in ("", *DICOM))
    ]
    if found:
        return found
    series = list_series(folder)
    if not series:
        raise InputError(f"{folder.name} holds nothing that can be opened; choose images, DICOM or a scene.")
    names = [
        folder.name if len(series) == 1 else f"{folder.name} {each.number or n}"
        for n, each in enumerate(series)
    ]
    return [DicomSeries(each, file_name(name)) for each, name in zip(series, names, strict=True)]
