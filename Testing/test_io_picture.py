"""Still pictures, and masks of them."""

from __future__ import annotations

import struct

import cv2
import numpy as np
import pytest
from dicom_phantom import write_classic_series

from SegAssistLib.errors import InputError
from SegAssistLib.io import read_image, read_mask, write_mask
from SegAssistLib.labels import Segmentation

RGB = np.random.default_rng(0).integers(0, 255, (6, 9, 3)).astype(np.uint8)  # 6 rows, 9 columns


def save(path, pixels):
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(cv2.imencode(path.suffix.lower(), pixels)[1].tobytes())
    return path


@pytest.mark.parametrize("ending", [".png", ".tif", ".tiff", ".PNG"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_grey_picture_has_columns_first(tmp_path, ending, dtype):
    pixels = RGB[..., 0].astype(dtype) * (1 if dtype is np.uint8 else 200)
    image = read_image(save(tmp_path / "Müller 脳" / f"bild{ending}", pixels))
    assert image.array.dtype == dtype
    assert np.array_equal(image.array, pixels.T[:, :, np.newaxis])
    assert (image.kind, image.calibrated, image.spacing, image.name) == ("still", False, None, "bild")


@pytest.mark.parametrize("channels", [3, 4])
def test_a_colour_picture_is_rgb_without_its_transparency(tmp_path, channels):
    bgr = np.dstack([RGB[..., ::-1], np.full((6, 9), 128, np.uint8)])[..., :channels]
    image = read_image(save(tmp_path / "bild.png", bgr))
    assert image.array.shape == (9, 6, 1, 3)
    assert np.array_equal(image.array[:, :, 0], RGB.swapaxes(0, 1))


def test_a_jpeg_is_read(tmp_path):
    smooth = cv2.resize(RGB, (90, 60), interpolation=cv2.INTER_CUBIC)
    image = read_image(save(tmp_path / "bild.jpg", smooth[..., ::-1]))
    assert image.array.shape == (90, 60, 1, 3)
    assert np.abs(image.array[:, :, 0].astype(int) - smooth.swapaxes(0, 1)).mean() < 10


def test_a_mask_of_a_picture_has_its_size_and_label_indices(tmp_path):
    image = read_image(save(tmp_path / "bild.png", RGB))
    labels = (image.array[..., 0] > 100).astype(np.uint8) * 2
    write_mask(tmp_path / "Müller 脳.png", Segmentation(labels, image.affine, (), calibrated=False))
    picture = cv2.imdecode(np.fromfile(tmp_path / "Müller 脳.png", np.uint8), cv2.IMREAD_UNCHANGED)
    assert picture.dtype == np.uint8
    assert np.array_equal(picture, labels[..., 0].T)
    again = read_mask(tmp_path / "Müller 脳.png")
    assert np.array_equal(again.array, labels)
    assert not again.calibrated


def test_a_folder_of_pictures_is_a_clip_in_the_order_a_person_counts_in(tmp_path):
    folder = tmp_path / "Müller 脳"
    for number in (10, 9, 1, 2):
        save(folder / f"Frame{number}.PNG", np.full((6, 9), number, np.uint8))
    (folder / "notes.txt").write_text("no picture")
    image = read_image(folder)
    assert (image.kind, image.calibrated, image.frame_rate, image.name) == (
        "frames",
        False,
        None,
        "Müller 脳",
    )
    assert image.times_s is None
    assert image.array.shape == (9, 6, 4)
    assert image.array[0, 0].tolist() == [1, 2, 9, 10]


def test_a_folder_of_colour_pictures_keeps_the_colour_of_all(tmp_path):
    for number in range(3):
        save(tmp_path / "clip" / f"{number}.tif", np.roll(RGB, number, axis=1)[..., ::-1])
    image = read_image(tmp_path / "clip")
    assert image.array.shape == (9, 6, 3, 3)
    assert np.array_equal(image.array[:, :, 2], np.roll(RGB, 2, axis=1).swapaxes(0, 1))


def test_pictures_beside_dicom_files_are_left_out(tmp_path):
    volume = np.random.default_rng(0).integers(0, 3000, (9, 8, 4)).astype(np.uint16)
    write_classic_series(tmp_path / "scan" / "series", volume, np.eye(4))
    for number in range(2):
        save(tmp_path / "scan" / f"thumb{number}.png", RGB)
    assert np.array_equal(read_image(tmp_path / "scan").array, volume)


def test_a_folder_of_label_pictures_is_a_mask_of_the_clip(tmp_path):
    labels = np.random.default_rng(1).integers(0, 3, (3, 6, 9)).astype(np.uint8)
    for number, picture in enumerate(labels):
        save(tmp_path / "mask" / f"frame {number}.png", picture)
    mask = read_mask(tmp_path / "mask")
    assert np.array_equal(mask.array, labels.T)
    assert not mask.calibrated


@pytest.mark.parametrize("calibrated", [True, False])
def test_a_mask_of_a_clip_says_in_its_file_whether_it_is_calibrated(tmp_path, calibrated):
    labels = np.random.default_rng(1).integers(0, 3, (9, 6, 5)).astype(np.uint8)
    affine = np.diag((-0.2, -0.3, 1, 1))
    write_mask(tmp_path / "clip_seg.nii.gz", Segmentation(labels, affine, (), calibrated=calibrated))
    again = read_mask(tmp_path / "clip_seg.nii.gz")
    assert np.array_equal(again.array, labels)
    assert np.allclose(again.affine, affine)
    assert again.calibrated is calibrated


def test_16_bit_colour_is_read_as_8_bit_which_every_face_shows(tmp_path):
    image = read_image(save(tmp_path / "bild.png", RGB[..., ::-1].astype(np.uint16) * 257 + 100))
    assert image.array.dtype == np.uint8
    assert np.array_equal(image.array[:, :, 0], RGB.swapaxes(0, 1))


def tiff(pixels, photometric):
    """An uncompressed grey TIFF, its directory at the end (TIFF 6.0)."""
    rows, columns = pixels.shape
    entries = [(256, columns), (257, rows), (258, 8 * pixels.itemsize), (259, 1), (262, photometric)]
    entries += [
        (273, 8),
        (277, 1),
        (278, rows),
        (279, pixels.nbytes),
        (339, {"u": 1, "f": 3}[pixels.dtype.kind]),
    ]
    directory = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries)
    start = struct.pack("<2sHI", b"II", 42, 8 + pixels.nbytes)
    return start + pixels.tobytes() + struct.pack("<H", len(entries)) + directory + bytes(4)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_a_tiff_in_which_white_is_zero_is_as_bright_as_the_other(tmp_path, dtype):
    black_is_zero = (RGB[..., 0] * np.float64(257 if dtype is np.uint16 else 1)).astype(dtype)
    black_is_zero[0, :2] = 0, {np.uint8: 255, np.uint16: 65535, np.float32: 255}[dtype]
    (tmp_path / "black.tif").write_bytes(tiff(black_is_zero, 1))
    (tmp_path / "white.tif").write_bytes(tiff(black_is_zero.max() - black_is_zero, 0))
    black, white = (read_image(tmp_path / f"{name}.tif").array for name in ("black", "white"))
    assert np.array_equal(black[..., 0], black_is_zero.T)
    assert np.array_equal(white, black)


def test_a_jpeg_of_printing_inks_has_the_colours_that_print(tmp_path):
    inks = np.zeros((16, 48, 4), np.uint8)
    inks[:, 16:32] = (0, 255, 255, 0)  # magenta and yellow: red
    inks[:, 32:] = (0, 0, 0, 255)
    (tmp_path / "print.jpg").write_bytes(cmyk_jpeg(inks))
    image = read_image(tmp_path / "print.jpg").array[:, :, 0]
    for first, colour in ((0, (255, 255, 255)), (16, (255, 0, 0)), (32, (0, 0, 0))):
        assert np.abs(image[first : first + 16].astype(int) - colour).max() < 4


def cmyk_jpeg(pixels):
    """Four components without Adobe's mark, each block of 8 x 8 pixels of one value (ITU T.81)."""
    lengths, bits, last = [0, 1, 5, 1, 1, 1, 1, 1, 1] + [0] * 7, "", [128] * 4
    codes, code, size = {}, 0, 0
    for length, count in enumerate(lengths, 1):
        for _ in range(count):
            codes[size] = f"{code:0{length}b}"
            code, size = code + 1, size + 1
        code <<= 1
    for block in pixels[::8, ::8].reshape(-1, 4).tolist():
        for component, level in enumerate(block):
            step, last[component] = level - last[component], level
            size = abs(step).bit_length()
            bits += codes[size] + (f"{step if step > 0 else step + (1 << size) - 1:0{size}b}" if size else "")
            bits += "0"
    bits += "1" * (-len(bits) % 8)
    data = int(bits, 2).to_bytes(len(bits) // 8, "big").replace(b"\xff", b"\xff\0")
    size = struct.pack(">BHHB", 8, *pixels.shape[:2], 4)
    parts = [
        (0xDB, b"\0" + bytes([8] * 64)),
        (0xC0, size + bytes.fromhex("011100 021100 031100 041100")),
        (0xC4, b"\0" + bytes(lengths) + bytes(range(12))),
        (0xC4, b"\x10" + bytes([1] + [0] * 15) + b"\0"),
        (0xDA, bytes.fromhex("04 0100 0200 0300 0400 003f00")),
    ]
    segments = b"".join(struct.pack(">BBH", 0xFF, mark, len(body) + 2) + body for mark, body in parts)
    return b"\xff\xd8" + segments + data + b"\xff\xd9"


@pytest.mark.parametrize("ending", [".png", ".jpg", ".tif"])
def test_a_picture_that_inflates_beyond_all_measure_is_refused_by_its_header(tmp_path, ending):
    raw = {
        ".png": b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 30000, 30000) + b"IEND",
        ".jpg": b"\xff\xd8\xff\xc0"
        + struct.pack(">HBHHB", 11, 8, 30000, 30000, 1)
        + b"\1\x11\0\xff\xda\xff\xd9",
        ".tif": tiff(np.zeros((1, 1), np.uint8), 1).replace(
            struct.pack("<HHII", 257, 4, 1, 1), struct.pack("<HHII", 257, 4, 1, 1 << 30)
        ),
    }[ending]
    (tmp_path / f"bild{ending}").write_bytes(raw)
    with pytest.raises(InputError, match="too large"):
        read_image(tmp_path / f"bild{ending}")
