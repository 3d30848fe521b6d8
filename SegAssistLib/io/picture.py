"""Pictures through OpenCV: PNG, JPEG and TIFF, one by one or as the frames of a film."""

from __future__ import annotations

import io
from pathlib import Path

import cv2
import numpy as np

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.io.colour import eight_bit, has_colour
from SegAssistLib.io.files import name_of, picture_files, writing
from SegAssistLib.io.frames import stack_frames
from SegAssistLib.io.picture_header import read_picture_header
from SegAssistLib.io.quiet import quiet
from SegAssistLib.translation import tr as _

# Columns run to the patient's left and rows to the back: what ITK and Slicer take for a plain picture.
AFFINE = np.diag([-1.0, -1.0, 1.0, 1.0])
_MOST_PIXELS = 1 << 28  # of a picture: ten times those of the largest X-ray detector


def read(path: Path) -> Image:
    """Read a picture as ``(columns, rows, 1)`` grey or ``(columns, rows, 1, 3)`` RGB, uncalibrated.

    Transparency is dropped, and colour is of 8 bit. The pixels stay on the grid they are stored on: an EXIF
    rotation is not applied, so that the mask has the file's own size.

    Raises:
        InputError: damaged, cut off, too large, or more than one page.
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
        raise InputError(
            _("{folder} holds a single picture; choose that picture, or a folder with all frames").format(
                folder=folder
            )
        )
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
    """Pixels as ``(rows, columns)``, or RGB of 8 bit ``(rows, columns, 3)``."""
    raw = np.fromfile(path, np.uint8)  # not cv2.imread: it cannot open non-ASCII paths on Windows
    if _cut_off(raw.tobytes()):
        raise InputError(_("{path} is cut off; copy or export it again").format(path=path))
    header = read_picture_header(raw.tobytes())
    if header is not None and header.rows * header.columns > _MOST_PIXELS:
        raise InputError(
            _(
                "{path} is too large to be held in memory ({columns} x {rows} pixels); cut "
                "out or resample the part that matters"
            ).format(path=path, columns=header.columns, rows=header.rows)
        )
    if header is not None and header.plain_cmyk:
        return _plain_cmyk(raw, path)
    try:
        with quiet():
            _whole, pages = cv2.imdecodemulti(raw, cv2.IMREAD_UNCHANGED, range=(0, 2))
    except cv2.error:
        pages = ()
    if len(pages) == 0:
        raise _damaged(path)
    if len(pages) > 1:
        raise InputError(
            _("{path} holds several pages; save the one to segment as a picture of its own").format(path=path)
        )
    page = pages[0]
    if page.ndim == 2:
        return _inverted(page) if header is not None and header.white_is_zero else page
    page = eight_bit(page)
    if page.dtype != np.uint8:
        raise InputError(
            _("{path} holds colours of an unusual kind; save it as a PNG of 8 bit").format(path=path)
        )
    return cv2.cvtColor(page, cv2.COLOR_BGRA2RGB if page.shape[2] == 4 else cv2.COLOR_BGR2RGB)


def _inverted(page: np.ndarray) -> np.ndarray:
    return np.invert(page) if page.dtype.kind in "iu" else page.max() - page


def _plain_cmyk(raw: np.ndarray, path: Path) -> np.ndarray:
    """Decode a JPEG that holds ink: FFmpeg hands on its four colours, which OpenCV would mix wrongly."""
    import av

    try:
        with av.open(io.BytesIO(raw)) as container:
            frame = next(container.decode(video=0))
    except (av.FFmpegError, StopIteration, IndexError):
        raise _damaged(path) from None
    if frame.format.name != "yuva444p":
        raise InputError(
            _("{path} is made for printing (CMYK); save it as an ordinary (RGB) picture").format(path=path)
        )
    lines = (np.frombuffer(plane, np.uint8).reshape(plane.height, -1) for plane in frame.planes)
    paper = 255 - np.stack([plane[:, : frame.width] for plane in lines], axis=-1).astype(np.uint16)
    return ((paper[..., :3] * paper[..., 3:] + 127) // 255).astype(np.uint8)


def _damaged(path: Path) -> InputError:
    return InputError(
        _("{path} is not a picture, or it is damaged; choose the original PNG, JPEG or TIFF").format(
            path=path
        )
    )


def _cut_off(raw: bytes) -> bool:
    """Whether the end mark is missing; OpenCV would fill the rest of the picture with grey."""
    if raw.startswith(b"\x89PNG"):
        return b"IEND" not in raw[-4096:]
    if raw.startswith(b"\xff\xd8"):
        return b"\xff\xd9" not in raw[raw.rfind(b"\xff\xda") :]  # end of image after the last start of scan
    return False
