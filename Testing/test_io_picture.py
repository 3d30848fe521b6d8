"""Still pictures, and masks of them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from dicom_phantom import write_classic_series

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
