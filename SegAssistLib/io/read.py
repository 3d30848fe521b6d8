"""Any readable file or DICOM folder to Image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from SegAssistLib.errors import InputError, kind_and_place
from SegAssistLib.image import Image
from SegAssistLib.io.checks import check_affine, check_values
from SegAssistLib.io.dicom_mark import is_dicom_file
from SegAssistLib.io.files import ITK, NIFTI, PICTURE, VIDEO, ending, files_below, picture_files
from SegAssistLib.io.padding import without_padding
from SegAssistLib.translation import tr as _


def read_image(path: Path | Sequence[Path], series: str | None = None) -> Image:
    """Read an image and check that it can be worked with; padding of a volume becomes air.

    Args:
        path: a file, a folder with DICOM files (or, without any, with the pictures of a clip), or the DICOM
            files of one series.
        series: for DICOM with several series: the number, the UID, or a unique beginning of the UID.

    Returns:
        The image; its array may be a read-only view, in any memory order.

    Raises:
        InputError: missing, damaged, ambiguous, or unusable; the message says which and what to do.
    """
    image = read_unchecked(path, series)
    if image.kind == "volume" and image.array.ndim == 3:
        image = replace(image, array=without_padding(image.array))
    check_values(image.array, where(path))
    return image


def read_unchecked(path: Path | Sequence[Path], series: str | None = None) -> Image:
    """Read an image whatever its values are: a mask may be empty."""
    paths = [Path(path)] if isinstance(path, str | Path) else [Path(each) for each in path]
    if not paths:
        raise InputError(_("no file was given; choose an image"))
    for each in paths:
        _check_readable(each)
    try:
        with np.errstate(all="ignore"):  # what a damaged header makes of numbers is checked below
            image = _read(paths, series)
            check_affine(image.affine, where(path))
    except InputError:
        raise
    except OSError as error:
        raise InputError(
            _("{path} cannot be read ({reason})").format(path=where(path), reason=error.strerror or error)
        ) from error
    except MemoryError as error:
        raise InputError(
            _("{path} needs more memory than there is; choose a smaller image").format(path=where(path))
        ) from error
    except Exception as error:  # a damaged file can upset its library in ways that no one foresaw
        raise InputError(
            _(
                "{path} is damaged, or of a kind that no one foresaw ({error}); copy or export it again"
            ).format(path=where(path), error=kind_and_place(error))
        ) from error
    return image


def is_dicom(path: Path) -> bool:
    """Whether it is a DICOM file, or a folder that is not one of pictures alone."""
    if path.is_dir():
        return not picture_files(path) or any(is_dicom(other) for other in files_below(path))
    return path.is_file() and is_dicom_file(path)


def _read(paths: list[Path], series: str | None) -> Image:
    if all(is_dicom(path) for path in paths):
        from SegAssistLib.io import dicom

        return dicom.read(paths, series)
    if len(paths) > 1:
        raise InputError(
            _("{folder}: several files are one image only when all of them are DICOM").format(
                folder=paths[0].parent
            )
        )
    (path,) = paths
    kind = ending(path)
    if series is not None:
        raise InputError(
            _("{path} is not DICOM, so no series can be chosen from it; leave the series out").format(
                path=path
            )
        )
    if path.is_dir():
        from SegAssistLib.io import picture

        return picture.read_folder(path)
    if kind in NIFTI:
        from SegAssistLib.io import nifti as reader
    elif kind in ITK:
        from SegAssistLib.io import itk as reader
    elif kind in PICTURE:
        from SegAssistLib.io import picture as reader
    elif kind in VIDEO:
        from SegAssistLib.io import video as reader
    elif kind:
        raise InputError(
            _("{path} is not a DICOM file, in spite of its ending; choose the original image").format(
                path=path
            )
        )
    else:
        raise InputError(
            _(
                "{path} is of no known kind; readable are NIfTI (.nii, .nii.gz), NRRD (.nrrd), MetaImage "
                "(.mha), DICOM, PNG, JPEG, TIFF, video clips (.mp4, .mov, .avi, .webm and the like), and "
                "folders of DICOM files or of a clip's pictures"
            ).format(path=path)
        )
    return reader.read(path)


def _check_readable(path: Path) -> None:
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        raise InputError(_("{path} does not exist; check the name").format(path=path)) from None
    except OSError as error:
        raise InputError(
            _("{path} cannot be opened ({reason})").format(path=path, reason=error.strerror)
        ) from error
    if not path.is_file() and not path.is_dir():
        raise InputError(
            _("{path} is no file with a content of its own; choose the image itself").format(path=path)
        )
    if path.is_file() and size == 0:
        raise InputError(_("{path} is empty (0 bytes); copy or export it again").format(path=path))


def where(path: Path | Sequence[Path]) -> Path:
    """What a message names: the file or folder, and for a list of files their folder."""
    if isinstance(path, str | Path):
        return Path(path)
    return Path(path[0]) if len(path) == 1 else Path(path[0]).parent
