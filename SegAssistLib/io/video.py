"""Video clips through PyAV (FFmpeg): MP4, MOV, AVI, WebM and the like; written as MP4."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
import numpy as np

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.io.colour import CODEC_NOISE, has_colour
from SegAssistLib.io.files import name_of, writing
from SegAssistLib.io.frames import stack_frames, timing
from SegAssistLib.translation import tr as _
from SegAssistLib.wording import counted

# Columns run to the patient's left and rows to the back, as in a picture.
AFFINE = np.diag([-1.0, -1.0, 1.0, 1.0])
_TICKS = 90_000  # per second, MPEG's clock: the usual frame rates have whole numbers of them
_ENCODER = {"preset": "veryfast", "crf": "18"}  # quick, and hardly to be told from the original
_CONTAINER = {"movflags": "faststart"}  # the index at the beginning: a browser begins to play at once
_BT601 = 6  # AVCOL_SPC_SMPTE170M, by which FFmpeg turns RGB to YUV; without it players guess by the size


def read(path: Path) -> Image:
    """Read a clip as ``(columns, rows, frames)`` grey or ``(columns, rows, frames, 3)`` RGB, uncalibrated.

    It is turned and mirrored as its file says, so that up is up. Where its pixels are not square, the affine
    says so.

    Raises:
        InputError: damaged, cut off, without a picture track, a single frame, or changing in size.
    """
    announced, frame_rate, aspect = _properties(path)
    times: list[float | None] = []
    pixel = (aspect, 1.0)

    def frames() -> Iterator[np.ndarray]:
        nonlocal pixel
        times.clear()
        for frame in _frames(path, path):
            times.append(frame.time)
            pixel = (1.0, aspect) if _swaps_axes(frame) else (aspect, 1.0)
            yield _upright(frame)

    coloured = functools.partial(has_colour, tolerance=CODEC_NOISE)
    array = stack_frames(frames, coloured, path, expected=announced)
    if len(times) == 1:
        raise InputError(
            _("{path} holds a single frame; choose a clip, or save it as a picture").format(path=path)
        )
    frame_times_s = None
    if None not in times:
        measured, frame_times_s = timing(times)
        if frame_times_s or not frame_rate:
            frame_rate = measured
    return Image(
        array=array,
        affine=AFFINE @ np.diag([*pixel, 1.0, 1.0]),
        kind="frames",
        calibrated=False,
        frame_rate=frame_rate,
        name=name_of(path),
        frame_times_s=frame_times_s,
    )


def write(path: Path, pictures: Iterable[np.ndarray], times_s: Sequence[float]) -> None:
    """Write an MP4 (H.264) that browsers and slide programs play.

    Args:
        path: of the file, ends in ``.mp4``.
        pictures: 8-bit RGB, ``(rows, columns, 3)``, all of one size. H.264 wants even numbers, so a black row
            or column is added to an odd one.
        times_s: when each is shown, in seconds, rising.

    Raises:
        InputError: the disk is full, or the folder cannot be written to.
    """
    rate = timing(times_s)[0] or 1.0
    with writing(path) as temporary:
        try:
            with av.open(str(temporary), "w", format="mp4", options=_CONTAINER) as container:
                stream = container.add_stream(
                    "libx264", rate=Fraction(rate).limit_denominator(1001), options=_ENCODER
                )
                stream.pix_fmt = "yuv420p"  # the one that every player knows
                stream.codec_context.colorspace = _BT601
                stream.codec_context.time_base = Fraction(1, _TICKS)
                for time, picture in zip(times_s, pictures, strict=True):
                    rows, columns = picture.shape[:2]
                    even = np.pad(picture, ((0, rows % 2), (0, columns % 2), (0, 0)))
                    if not stream.codec_context.is_open:
                        stream.height, stream.width = even.shape[:2]
                    frame = av.VideoFrame.from_ndarray(even, format="rgb24")
                    frame.pts, frame.time_base = round(time * _TICKS), Fraction(1, _TICKS)
                    container.mux(stream.encode(frame))
                container.mux(stream.encode())
        except av.FFmpegError as error:
            if isinstance(error, OSError):
                raise
            raise OSError(error.errno, error.strerror) from error


def decode(source: Path | BinaryIO, where: Path) -> Iterator[tuple[float | None, np.ndarray]]:
    """Give each frame's time in seconds, when it has one, and its pixels as RGB ``(rows, columns, 3)``.

    Args:
        source: a file, or its content.
        where: the file, for messages.

    Raises:
        InputError: damaged, cut off, or without a picture track.
    """
    for frame in _frames(source, where):
        yield frame.time, _upright(frame)


def _frames(source: Path | BinaryIO, where: Path) -> Iterator[av.VideoFrame]:
    number = 0
    try:
        with _open(source) as container:
            stream = _stream(container, where)
            stream.thread_type = "AUTO"
            # decoders fill gaps with what they saw before, and that must not be measured
            stream.codec_context.options = {"err_detect": "explode"}
            for packet in container.demux(stream):
                if packet.is_corrupt:
                    raise _damaged(where, number)
                for frame in packet.decode():
                    if frame.is_corrupt:
                        raise _damaged(where, number)
                    yield frame
                    number += 1
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        raise _damaged(where, number) from error


def _upright(frame: av.VideoFrame) -> np.ndarray:
    """The picture as it is to be shown: RGB ``(rows, columns, 3)``, turned and mirrored."""
    picture = frame.to_ndarray(format="rgb24")
    (a, b), (c, d) = _display_matrix(frame)
    if _swaps_axes(frame):
        picture, across, down = picture.swapaxes(0, 1), c, b
    else:
        across, down = a, d
    return picture[:: -1 if down < 0 else 1, :: -1 if across < 0 else 1]


def _swaps_axes(frame: av.VideoFrame) -> bool:
    """Whether rows are shown as columns."""
    (a, b), _ = _display_matrix(frame)
    return abs(b) > abs(a)


def _display_matrix(frame: av.VideoFrame) -> np.ndarray:
    """2x2 integers ``((a, b), (c, d))``: a pixel at (x, y) is shown at (a x + c y, b x + d y), up to a shift.

    ISO/IEC 14496-12, 8.5.2, as FFmpeg hands it on.
    """
    matrix = frame.side_data.get("DISPLAYMATRIX")
    stored = np.eye(3, dtype=np.int32) if matrix is None else np.frombuffer(matrix, np.int32).reshape(3, 3)
    return stored[:2, :2]


def _properties(path: Path) -> tuple[int, float | None, float]:
    """Announced number of frames (0: unknown), frames per second, and a pixel's width over its height."""
    try:
        with _open(path) as container:
            stream = _stream(container, path)
            rate, aspect = stream.average_rate, stream.sample_aspect_ratio
            return stream.frames, float(rate) if rate else None, float(aspect) if aspect else 1.0
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        raise _damaged(path, 0) from error


def _open(source: Path | BinaryIO) -> av.container.InputContainer:
    return av.open(str(source) if isinstance(source, Path) else source, metadata_errors="ignore")


def _stream(container: av.container.InputContainer, where: Path) -> av.VideoStream:
    stream = container.streams.best("video")
    if stream is None:
        raise InputError(
            _("{where} holds no pictures (sound alone, perhaps); choose the clip").format(where=where)
        )
    if stream.codec_context is None:
        raise InputError(
            _("{where} is damaged, or encoded in a way that is not known here; export it again").format(
                where=where
            )
        )
    return stream


def _damaged(where: Path, number: int) -> InputError:
    place = f"after {counted(number, 'frame')}" if number else _("from its beginning")
    return InputError(
        _("{where} is no video, cut off or damaged ({place}); copy or export it again").format(
            where=where, place=place
        )
    )
