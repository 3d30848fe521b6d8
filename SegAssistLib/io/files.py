"""Names, hashes and safe writing of files, whatever their format."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import re
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath

from SegAssistLib.errors import InputError
from SegAssistLib.io.temporary import temporary_folder
from SegAssistLib.translation import tr as _

NIFTI = (".nii.gz", ".nii")
ITK = (".seg.nrrd", ".nrrd", ".nhdr", ".mha", ".mhd")
PICTURE = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
VIDEO = (".mp4", ".m4v", ".mov", ".avi", ".webm", ".mkv", ".wmv", ".mpg", ".mpeg")
DICOM = (".dcm",)

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def ending(path: Path) -> str:
    """The known ending of a file in lower case (``.nii.gz`` counts as one), or the empty string."""
    name = path.name.lower()
    return next((known for known in NIFTI + ITK + PICTURE + VIDEO + DICOM if name.endswith(known)), "")


def name_of(path: Path) -> str:
    """The file's name without folder and known ending: ``a/scan.v2.nii.gz`` gives ``scan.v2``."""
    name = path.resolve().name if path.name in ("", "..") else path.name
    return name[: len(name) - len(ending(path))] or name


def is_junk(path: PurePath) -> bool:
    """Whether systems left a file beside the person's own: it is hidden, or in the ``__MACOSX`` of a zip.

    Hidden are macOS's ``._NAME`` and ``.DS_Store``, its ``.Trashes`` and all in it, and half-written files.

    Args:
        path: relative to the folder that a person chose, whose own name says nothing.
    """
    return any(part.startswith(".") or part == "__MACOSX" for part in path.parts)


def files_below(folder: Path) -> list[Path]:
    """The files in a folder and below it, sorted, without junk."""
    return sorted(
        path for path in folder.rglob("*") if path.is_file() and not is_junk(path.relative_to(folder))
    )


def picture_files(folder: Path) -> list[Path]:
    """The pictures that lie in a folder (not below it), in the order a person counts in: 2 before 10."""

    def counted(path: Path) -> tuple[list[str | int], str]:
        parts = re.split(r"(\d+)", path.name.casefold())  # text and numbers by turns
        return [int(part) if part.isdecimal() else part for part in parts], path.name

    found = (path for path in folder.iterdir() if ending(path) in PICTURE and path.is_file())
    return sorted((path for path in found if not is_junk(path.relative_to(folder))), key=counted)


def file_name(text: str) -> str:
    """A file name for every system from a name that a person gave: ``T2/FLAIR`` gives ``T2_FLAIR``."""
    return re.sub(r'[\x00-\x1f<>:"/\\|?*]', "_", text).strip(" .") or "image"


def sha256(path: Path) -> str:
    """SHA-256 of a file in hexadecimal, without holding the file in memory."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_writable(folder: Path) -> None:
    """Create the folder where it is missing and try that a file can be made in it.

    Raises:
        InputError: the folder cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from error


@contextlib.contextmanager
def writing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside ``path`` and rename it to ``path`` when the block succeeds.

    The temporary file has the same ending. After any failure nothing is left behind and an older
    file at ``path`` is as it was.

    Raises:
        InputError: the disk is full, or the folder cannot be written to.
    """
    temporary = path.with_name(f".{uuid.uuid4().hex[:12]}{ending(path) or path.suffix}")
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise _unwritable(path.parent, error) from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def writing_together(folder: Path, check: Callable[[Path], None] = lambda _: None) -> Iterator[Path]:
    """Give a temporary folder inside ``folder``; its files move to ``folder`` when the block succeeds.

    After any failure inside the block ``folder`` is as it was.

    Args:
        folder: exists.
        check: is called with the temporary folder before anything is moved, and may refuse.

    Raises:
        InputError: the disk is full, the folder cannot be written to, or a folder has a result's name.
    """
    hidden = folder
    try:
        with temporary_folder(folder, ".segassist-") as hidden:
            yield hidden
            check(hidden)
            results = list(hidden.iterdir())
            for path in results:
                if (folder / path.name).is_dir():
                    raise InputError(
                        _("{path}: a folder has a result's name; choose another output folder").format(
                            path=folder / path.name
                        )
                    )
            for path in results:
                path.replace(folder / path.name)
    except OSError as error:
        raise _unwritable(folder, error) from error
    except InputError as error:
        if hidden == folder or str(hidden) not in str(error):
            raise
        raise InputError(str(error).replace(str(hidden), str(folder))) from error  # the folder that they know


def _unwritable(folder: Path, error: OSError) -> InputError:
    if error.errno in _FULL:
        return InputError(
            _("{folder}: the disk is full; free some space or choose another output folder").format(
                folder=folder
            )
        )
    cause = error.strerror or str(error)
    return InputError(
        _("{folder} cannot be written to ({cause}); choose another output folder").format(
            folder=folder, cause=cause
        )
    )
