"""Still pictures, and masks of them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

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
