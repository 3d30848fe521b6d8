"""Video clips: order, times, orientation and colour of their frames."""

from __future__ import annotations

import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from ultrasound_phantom import COLUMNS, ROWS, moving_disc

from SegAssistLib.io import read_image, video

GREY = np.repeat(moving_disc()[..., None], 3, axis=3)
EVEN = np.arange(5) / 25


def encode(path, codec, pixels=GREY, pix_fmt="yuv420p", rate=25, aspect=None):
    """Write a clip with any of FFmpeg's encoders."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.height, stream.width, stream.pix_fmt = *pixels.shape[1:3], pix_fmt
        stream.bit_rate = 5_000_000
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        for picture in pixels:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize(
    ("name", "codec", "pix_fmt"),
    [
        ("Vène 脳.mp4", "libx264", "yuv420p"),
        ("clip.MOV", "mpeg4", "yuv420p"),
        ("clip.avi", "mjpeg", "yuvj420p"),
        ("clip.webm", "libvpx", "yuv420p"),
        ("clip.mkv", "ffv1", "gray"),
        ("clip.wmv", "wmv2", "yuv420p"),
        ("clip.mpg", "mpeg2video", "yuv420p"),
    ],
)
def test_a_grey_clip_of_each_kind_is_grey_and_in_order(tmp_path, name, codec, pix_fmt):
    image = read_image(encode(tmp_path / name, codec, pix_fmt=pix_fmt))
    assert (image.kind, image.calibrated, image.spacing, image.modality) == ("frames", False, None, None)
    assert image.name == name.rpartition(".")[0]
    assert image.array.dtype == np.uint8
    assert image.array.shape == (COLUMNS, ROWS, 5)
    difference = np.abs(image.array.T.astype(int) - moving_disc())
    assert difference.mean() < (1 if codec == "ffv1" else 5)
    others = np.abs(image.array.T[:-1].astype(int) - moving_disc()[1:])
    assert (difference[:-1].mean(axis=(1, 2)) < others.mean(axis=(1, 2))).all()
    assert image.frame_rate == pytest.approx(25)
    assert image.frame_times_s is None


def test_a_clip_with_one_coloured_frame_keeps_all_colours(tmp_path):
    pixels = GREY.copy()
    pixels[4, 10:40, 40:90] = (200, 60, 40)
    image = read_image(encode(tmp_path / "clip.avi", "ffv1", pixels, "bgr0"))
    assert np.array_equal(image.array, pixels.transpose(2, 1, 0, 3))


@pytest.mark.parametrize("rate", [Fraction(30000, 1001), Fraction(37), Fraction(15, 2)])
def test_the_written_film_has_the_same_rate(tmp_path, rate):
    times = np.arange(5) / float(rate)
    video.write(tmp_path / "film.mp4", GREY, times)
    image = read_image(tmp_path / "film.mp4")
    assert image.frame_rate == pytest.approx(float(rate), rel=1e-3)
    assert image.times_s == pytest.approx(times, abs=1e-4)


def test_uneven_times_are_kept(tmp_path):
    times = (0, 0.02, 0.08, 0.1, 0.16)
    video.write(tmp_path / "film.mp4", GREY, times)
    image = read_image(tmp_path / "film.mp4")
    assert image.frame_times_s == pytest.approx(times, abs=1e-4)
    assert image.frame_rate == pytest.approx(25)


def test_an_odd_number_of_rows_and_columns_gets_a_black_edge(tmp_path):
    video.write(tmp_path / "film.mp4", np.full((3, 33, 45, 3), 200, np.uint8), np.arange(3) / 25)
    image = read_image(tmp_path / "film.mp4")
    assert image.array.shape == (46, 34, 3)
    assert image.array[:40, :30].min() > 190
    assert image.array[45].max() < 30


# As a phone writes them (ISO/IEC 14496-12, 8.5.2): x' = a x + c y + tx, y' = b x + d y + ty
TURNS = {
    0: ((1, 0, 0, 1, 0, 0), lambda frames: frames),
    90: ((0, 1, -1, 0, ROWS, 0), lambda frames: np.rot90(frames, -1, axes=(1, 2))),
    180: ((-1, 0, 0, -1, COLUMNS, ROWS), lambda frames: np.rot90(frames, 2, axes=(1, 2))),
    270: ((0, -1, 1, 0, 0, COLUMNS), lambda frames: np.rot90(frames, 1, axes=(1, 2))),
    "mirrored": ((-1, 0, 0, 1, COLUMNS, 0), lambda frames: frames[:, :, ::-1]),
    "upside down": ((1, 0, 0, -1, 0, ROWS), lambda frames: frames[:, ::-1]),
    "turned over": ((0, 1, 1, 0, 0, 0), lambda frames: frames.transpose(0, 2, 1)),
}


def turned_file(folder, a, b, c, d, x, y, **properties):
    path = encode(folder / "clip.mp4", "libx264", **properties)
    raw = bytearray(path.read_bytes())
    matrix = raw.index(b"tkhd") + 44
    raw[matrix : matrix + 36] = struct.pack(
        ">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, x << 16, y << 16, 1 << 30
    )
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize("turn", TURNS)
def test_a_clip_is_turned_as_its_file_says(tmp_path, turn):
    (a, b, c, d, x, y), turned = TURNS[turn]
    path = turned_file(tmp_path, a, b, c, d, x, y)
    image = read_image(path)
    expected = turned(moving_disc())
    assert image.array.shape == expected.shape[::-1]
    assert np.abs(image.array.T.astype(int) - expected).mean() < 3


def test_pixels_that_are_not_square_say_so(tmp_path):
    image = read_image(encode(tmp_path / "clip.mp4", "libx264", aspect=Fraction(16, 15)))
    assert not image.calibrated
    assert image.affine[:2, :2] == pytest.approx(np.diag((-16 / 15, -1)))


def test_pixels_that_are_not_square_are_turned_with_the_film(tmp_path):
    image = read_image(turned_file(tmp_path, 0, 1, -1, 0, ROWS, 0, aspect=Fraction(16, 15)))
    assert image.affine[:2, :2] == pytest.approx(np.diag((-1, -16 / 15)))
