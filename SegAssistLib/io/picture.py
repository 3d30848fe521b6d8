"""Pictures through OpenCV: PNG, JPEG and TIFF, one by one or as the frames of a film."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.io.colour import has_colour
from SegAssistLib.io.files import name_of, picture_files, writing
from SegAssistLib.io.frames import stack_frames
from SegAssistLib.io.quiet import quiet

# Columns run to the patient's left and rows to the back: what ITK and Slicer take for a plain picture.
AFFINE = np.diag([-1.0, -1.0, 1.0, 1.0])


def read(path: Path) -> Image:
    """Read a picture as ``(columns, rows, 1)`` grey or ``(columns, rows, 1, 3)`` RGB, uncalibrated.

    Transparency is dropped. The pixels stay on the grid they are stored on: an EXIF rotation is not
    applied, so that the mask has the file's own size.

    Raises:
        InputError: damaged, cut off, or more than one page.
    """
    return Image(
        array=_decode(path).swapaxes(0, 1)[:, :, np.newaxis],
        affine=AFFINE.copy(),
        kind="still",
        calibrated=False,
        name=name_of(path),
    )


def read_folder(folder: Path) -> Image:
    """Read a folder's pictures as frames, ``(columns, rows, frames)`` grey, or RGB with a fourth axis of 3.

    Uncalibrated, and without a frame rate.

    Raises:
        InputError: a single picture, one that cannot be read, or pictures of different sizes.
    """
    paths = picture_files(folder)
    if len(paths) == 1:
        raise InputError(f"{folder} holds a single picture; choose that picture, or a folder with all frames")
    array = stack_frames(lambda: map(_decode, paths), has_colour, folder, expected=len(paths))
    return Image(array=array, affine=AFFINE.copy(), kind="frames", calibrated=False, name=name_of(folder))


def write(path: Path, array: np.ndarray) -> None:
    """Write a uint8 mask of shape ``(columns, rows, 1)`` as a PNG of label indices.

    Raises:
        InputError: the disk is full, or the folder cannot be written to.
    """
    _, encoded = cv2.imencode(".png", np.ascontiguousarray(array[:, :, 0].T))
    with writing(path) as temporary:
        temporary.write_bytes(encoded.tobytes())


def _decode(path: Path) -> np.ndarray:
    """Pixels as ``(rows, columns)`` or RGB ``(rows, columns, 3)``."""
    raw = np.fromfile(path, np.uint8)  # not cv2.imread: it cannot open non-ASCII paths on Windows
    if _cut_off(raw.tobytes()):
        raise InputError(f"{path} is cut off; copy or export it again")
    try:
        with quiet():
            _, pages = cv2.imdecodemulti(raw, cv2.IMREAD_UNCHANGED, range=(0, 2))
    except cv2.error:
        pages = ()
    if len(pages) == 0:
        raise InputError(f"{path} is not a picture, or it is damaged; choose the original PNG, JPEG or TIFF")
    if len(pages) > 1:
        raise InputError(f"{path} holds several pages; save the one to segment as a picture of its own")
    page = pages[0]
    if page.ndim == 2:
        return page
    return cv2.cvtColor(page, cv2.COLOR_BGRA2RGB if page.shape[2] == 4 else cv2.COLOR_BGR2RGB)


def _cut_off(raw: bytes) -> bool:
    """Whether the end mark is missing; OpenCV would fill the rest of the picture with grey."""
    if raw.startswith(b"\x89PNG"):
        return b"IEND" not in raw[-4096:]
    if raw.startswith(b"\xff\xd8"):
        return b"\xff\xd9" not in raw[raw.rfind(b"\xff\xda") :]  # end of image after the last start of scan
    return False
