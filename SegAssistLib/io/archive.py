"""Archives: zip files unpacked into a folder, within limits."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
import zlib
from contextlib import ExitStack
from pathlib import Path, PurePosixPath

from SegAssistLib.errors import InputError
from SegAssistLib.io.files import file_name, is_junk
from SegAssistLib.translation import tr as _

ZIP = ".zip"
CHUNK = 1 << 20
MOST_FILES = 20_000  # more slices than any series has


class Archives:
    """Unpacks archives, each into a folder of its own; one limit holds for all of them together.

    In a ``with`` statement what was unpacked is removed at the end.

    Args:
        folder: of these folders.
        limit: bytes that all archives may hold, also those inside others.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        self._folder = folder
        self._room = limit
        self._unpacked = ExitStack()

    def __enter__(self) -> Archives:
        return self

    def __exit__(self, *_: object) -> None:
        self._unpacked.close()

    def unpack(self, archive: Path) -> Path:
        """The new folder with the files of an archive.

        Raises:
            InputError: see :func:`unpack`.
        """
        own = tempfile.mkdtemp(prefix="zip-", dir=self._folder)
        self._unpacked.callback(shutil.rmtree, own, ignore_errors=True)
        place = Path(own) / file_name(archive.stem)
        self._room -= unpack(archive, place, self._room)
        return place


def unpack(archive: Path, folder: Path, limit: int) -> int:
    """Unpack a zip archive into a new folder, without junk; after a failure there is no folder.

    Returns:
        The number of bytes unpacked.

    Raises:
        InputError: it is damaged or encrypted, holds more than ``limit`` bytes or too many files, or a name
            in it leads out of the folder.
    """
    try:
        return _extract(archive, folder, limit)
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if isinstance(error, InputError):
            raise
        if isinstance(error, zipfile.BadZipFile | zlib.error | EOFError | OSError):
            raise InputError(
                _("{name} is damaged and cannot be unpacked; pack it again.").format(name=archive.name)
            ) from error
        if isinstance(error, RuntimeError):  # NotImplementedError is one
            raise InputError(
                _("{name} is encrypted or packed in an unusual way; pack it as a plain zip.").format(
                    name=archive.name
                )
            ) from error
        raise


def _extract(archive: Path, folder: Path, limit: int) -> int:
    folder.mkdir(parents=True)
    room = limit
    with zipfile.ZipFile(archive) as opened:
        members = [member for member in opened.infolist() if not member.is_dir()]
        if len(members) > MOST_FILES:
            raise InputError(
                _("{name} holds more than {most} files; pack a single study.").format(
                    name=archive.name, most=MOST_FILES
                )
            )
        for member in members:
            path = inside(folder, member.filename)
            if is_junk(path.relative_to(folder)):
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            with opened.open(member) as source, path.open("xb") as target:
                while chunk := source.read(CHUNK):  # the size that it states need not be true
                    room -= len(chunk)
                    if room < 0:
                        raise InputError(
                            _("{name} is too large unpacked; pack a single study.").format(name=archive.name)
                        )
                    target.write(chunk)
    return limit - room


def inside(folder: Path, name: str) -> Path:
    """The path of a file in a folder, from a name that somebody else chose.

    Raises:
        InputError: the name leads out of the folder, or is none.
    """
    parts = [part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("/", ".")]
    if not parts or ".." in parts or name.startswith(("/", "\\")) or ":" in parts[0]:
        raise InputError(_("{name!r} is no name of a file in a folder; rename it.").format(name=name))
    return folder.joinpath(*(file_name(part)[-200:] for part in parts))
