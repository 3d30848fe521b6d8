"""DICOM ultrasound: films and stills, the image on the screen, its pixel size, its times, its colours."""

from __future__ import annotations

import tracemalloc

import cv2
import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate
from pydicom.uid import MPEG4HP41, RLELossless
from ultrasound_phantom import COLUMNS, ROWS, moving_disc, region, write_ultrasound

from SegAssistLib.errors import InputError
from SegAssistLib.io import read_image, video
from SegAssistLib.io.colour import b_mode_frame

LOSSY = {"JPEG": 12, "YBR_FULL": 2, "YBR_FULL_422": 2}  # largest difference that storing makes


@pytest.mark.parametrize(
    "stored", ["MONOCHROME2", "PALETTE COLOR", "RGB", "YBR_FULL", "YBR_FULL_422", "JPEG"]
)
def test_however_a_film_is_stored_its_frames_are_grey_and_in_order(tmp_path, stored):
    frames = moving_disc()
    path = write_ultrasound(tmp_path / "Vène 脳.dcm", frames, stored, FrameTime=40)
    image = read_image(path)
    assert (image.kind, image.modality, image.name) == ("frames", "US", "Vène 脳")
    assert image.array.dtype == np.uint8
    assert image.array.shape == (COLUMNS, ROWS, 5)
    difference = np.abs(image.array.T.astype(int) - frames)
    assert difference.max() <= LOSSY.get(stored, 0) + 20 * (stored == "JPEG")
    assert difference.mean() <= LOSSY.get(stored, 0) / 4
    assert (image.frame_rate, image.frame_times_s, image.calibrated) == (25, None, False)


@pytest.mark.parametrize("stored", ["MONOCHROME2", "RGB", "PALETTE COLOR"])
def test_run_length_encoded_films_are_decoded(tmp_path, stored):
    path = write_ultrasound(tmp_path / "film.dcm", moving_disc(), stored)
    dataset = pydicom.dcmread(path)
    dataset.compress(RLELossless)
    dataset.save_as(path)
    assert np.array_equal(read_image(path).array.T, moving_disc())


@pytest.mark.parametrize("syntax", ["JPEG2000Lossless", "JPEGLosslessProcess14_1"])
def test_losslessly_compressed_films_are_decoded(tmp_path, syntax):
    import gdcm

    path = write_ultrasound(tmp_path / "film.dcm", moving_disc())
    reader, change, writer = gdcm.ImageReader(), gdcm.ImageChangeTransferSyntax(), gdcm.ImageWriter()
    reader.SetFileName(str(path))
    assert reader.Read()
    change.SetTransferSyntax(gdcm.TransferSyntax(getattr(gdcm.TransferSyntax, syntax)))
    change.SetInput(reader.GetImage())
    assert change.Change()
    writer.SetFileName(str(path))
    writer.SetFile(reader.GetFile())
    writer.SetImage(change.GetOutput())
    assert writer.Write()
    assert pydicom.dcmread(path).file_meta.TransferSyntaxUID.is_compressed
    assert np.array_equal(read_image(path).array.T, moving_disc())


def test_a_film_that_is_a_video_stream_inside_is_decoded(tmp_path):
    clip = tmp_path / "clip.mp4"
    video.write(clip, np.repeat(moving_disc()[..., None], 3, axis=3), np.arange(5) / 25)
    path = write_ultrasound(tmp_path / "film.dcm", moving_disc(), "JPEG", CineRate=25)
    dataset = pydicom.dcmread(path)
    dataset.PixelData = encapsulate([clip.read_bytes()])
    dataset.file_meta.TransferSyntaxUID = MPEG4HP41
    dataset.save_as(path)
    image = read_image(path)
    assert image.array.shape == (COLUMNS, ROWS, 5)
    assert np.abs(image.array.T.astype(int) - moving_disc()).mean() < 3
    assert image.frame_rate == 25


def test_one_frame_is_a_still(tmp_path):
    image = read_image(
        write_ultrasound(tmp_path / "still.dcm", moving_disc(1), SequenceOfUltrasoundRegions=[region()])
    )
    assert (image.kind, image.array.shape, image.frame_rate) == ("still", (COLUMNS, ROWS, 1), None)
    assert image.calibrated


def test_the_image_is_cut_out_of_the_screen_and_lies_where_it_lay_with_its_own_pixel_size(tmp_path):
    frames = moving_disc()
    path = write_ultrasound(
        tmp_path / "film.dcm", frames, SequenceOfUltrasoundRegions=[region((10, 5, 79, 50), (0.01, 0.02))]
    )
    image = read_image(path)
    assert np.array_equal(image.array.T, frames[:, 5:51, 10:80])
    assert image.calibrated
    assert image.spacing[:2] == pytest.approx((0.1, 0.2))
    assert image.affine @ (0, 0, 0, 1) == pytest.approx((-10 * 0.1, -5 * 0.2, 0, 1))
    assert image.remarks == ()


def test_of_several_images_on_the_screen_the_larger_is_read_and_a_sentence_says_so(tmp_path):
    left, right = region((0, 0, 39, 63), (0.05, 0.05)), region((40, 0, 95, 63), (0.01, 0.01))
    spectrum = region((0, 0, 95, 63), form=3, data=3, units=4)
    path = write_ultrasound(
        tmp_path / "dual.dcm", moving_disc(), SequenceOfUltrasoundRegions=[spectrum, left, right]
    )
    image = read_image(path)
    assert np.array_equal(image.array.T, moving_disc()[:, :, 40:])
    assert image.spacing[0] == pytest.approx(0.1)
    (remark,) = image.remarks
    assert "2 images" in remark
    assert "column 40" in remark


def test_a_box_for_flow_inside_the_image_is_not_a_second_image(tmp_path):
    items = [region(), region((20, 20, 60, 40), data=2)]
    image = read_image(
        write_ultrasound(tmp_path / "film.dcm", moving_disc(), SequenceOfUltrasoundRegions=items)
    )
    assert image.array.shape == (COLUMNS, ROWS, 5)
    assert image.remarks == ()


@pytest.mark.parametrize(
    ("item", "said", "shape"),
    [
        (region((20, 20, 190, 120)), "outside the picture", (COLUMNS, ROWS)),
        (region((0, 0, 95, 63), form=2, data=1), "not stated", (COLUMNS, ROWS)),
        (
            region((10, 0, COLUMNS, ROWS)),
            "",
            (COLUMNS - 10, ROWS),
        ),  # one beyond the edge, as some devices say
    ],
)
def test_a_region_that_does_not_fit_gives_no_pixel_size(tmp_path, item, said, shape):
    image = read_image(
        write_ultrasound(tmp_path / "film.dcm", moving_disc(), SequenceOfUltrasoundRegions=[item])
    )
    assert image.array.shape[:2] == shape
    assert image.calibrated is not bool(said)
    assert said in "".join(image.remarks)


@pytest.mark.parametrize(
    "change", [{"units": 0}, {"delta_cm": (0, 0.01)}, {"delta_cm": (float("nan"), 0.01)}]
)
def test_a_region_without_centimetres_is_cut_out_and_uncalibrated(tmp_path, change):
    items = [region((10, 5, 79, 50), **change)]
    image = read_image(
        write_ultrasound(tmp_path / "film.dcm", moving_disc(), SequenceOfUltrasoundRegions=items)
    )
    assert image.array.shape == (70, 46, 5)
    assert (image.calibrated, image.spacing) == (False, None)


@pytest.mark.parametrize(
    ("elements", "rate"),
    [
        ({"FrameTime": 50, "CineRate": 99, "RecommendedDisplayFrameRate": 7}, 20),
        ({"CineRate": 31, "RecommendedDisplayFrameRate": 7}, 31),
        ({"FrameTime": 0, "RecommendedDisplayFrameRate": 7}, 7),
        ({"FrameTimeVector": [0, 33, 34, 33, 33]}, 4000 / 133),
        ({"FrameTimeVector": [0, 0, 0, 0, 0], "CineRate": 31}, 31),
        ({}, None),
    ],
)
def test_the_frame_rate_is_the_measured_one_before_the_suggested_one(tmp_path, elements, rate):
    image = read_image(write_ultrasound(tmp_path / "film.dcm", moving_disc(), **elements))
    assert image.frame_rate == (None if rate is None else pytest.approx(rate))
    assert image.frame_times_s is None
    if rate:
        assert image.times_s == pytest.approx(np.arange(5) / rate)


def test_uneven_frame_times_are_kept(tmp_path):
    image = read_image(
        write_ultrasound(tmp_path / "film.dcm", moving_disc(), FrameTimeVector=[0, 20, 60, 20, 60])
    )
    assert image.frame_times_s == pytest.approx((0, 0.02, 0.08, 0.1, 0.16))
    assert image.times_s == pytest.approx((0, 0.02, 0.08, 0.1, 0.16))
    assert image.frame_rate == pytest.approx(25)


def screen(decorate) -> np.ndarray:
    """Three frames of 300 x 200 pixels in RGB, the last decorated."""
    grey = cv2.GaussianBlur(np.random.default_rng(0).integers(0, 255, (200, 300)).astype(np.uint8), (0, 0), 3)
    rgb = np.stack([np.repeat(grey[..., None], 3, axis=2)] * 3)
    decorate(rgb[2])
    return rgb


def letters_and_trace(frame):
    cv2.putText(frame, "2D 12.5 cm", (5, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (255, 220, 0), 2)
    cv2.line(frame, (0, 150), (299, 170), (0, 255, 0), 2)


def sepia(frame):
    frame[:] = (frame * (1, 0.8, 0.5)).astype(np.uint8)


def flow(frame):
    cv2.ellipse(frame, (150, 100), (14, 10), 0, 0, 360, (190, 30, 20), -1)


def flow_on_sepia(frame):
    sepia(frame)
    cv2.ellipse(frame, (150, 100), (14, 10), 0, 0, 360, (20, 40, 200), -1)


@pytest.mark.parametrize("decorate", [letters_and_trace, sepia])
def test_coloured_letters_lines_and_tints_are_no_flow(tmp_path, decorate):
    frames = screen(decorate)
    image = read_image(write_ultrasound(tmp_path / "film.dcm", frames, "RGB", UltrasoundColorDataPresent=1))
    assert image.array.shape == (300, 200, 3)
    assert np.array_equal(image.array[..., 0].T, frames[0, ..., 0])


@pytest.mark.parametrize("decorate", [flow, flow_on_sepia])
def test_colour_doppler_keeps_its_colours_and_is_refused_as_b_mode(tmp_path, decorate):
    frames = screen(decorate)
    image = read_image(write_ultrasound(tmp_path / "film.dcm", frames, "RGB"))
    assert np.array_equal(image.array, frames.transpose(2, 1, 0, 3))
    assert np.array_equal(b_mode_frame(image, 0), frames[0, ..., 0])
    with pytest.raises(InputError, match="colour Doppler"):
        b_mode_frame(image, 2)


def test_a_long_film_takes_little_more_memory_than_its_image(tmp_path):
    frames = np.tile(moving_disc(), (60, 3, 3))
    path = write_ultrasound(
        tmp_path / "film.dcm", frames, "RGB", SequenceOfUltrasoundRegions=[region((0, 0, 143, 191))]
    )
    tracemalloc.start()
    image = read_image(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert image.array.nbytes == 144 * 192 * 300
    assert peak < 1.2 * image.array.nbytes  # the file holds six times as much


@pytest.mark.shared_data
def test_real_ultrasound_of_each_kind_is_read(dicom_data):
    for number in range(1, 7):
        still = read_image(dicom_data / "us" / f"supraclavicular_0{number}.dcm")
        assert (still.kind, still.modality, still.array.shape) == ("still", "US", (680, 459, 1))
        assert still.spacing[:2] == pytest.approx((0.05939, 0.05939), abs=1e-5)
    phantom = read_image(dicom_data / "us" / "phantom_anechoic.dcm")
    assert (phantom.kind, phantom.array.shape) == ("still", (2083, 1455, 1))
    assert phantom.spacing[:2] == pytest.approx((0.0291, 0.0291))
    echo = read_image(dicom_data / "us" / "echo_cine_30frames.dcm")
    assert (echo.kind, echo.array.shape, echo.calibrated) == ("frames", (320, 240, 30), False)
    assert echo.frame_rate == pytest.approx(30, abs=0.01)
    assert "outside the picture" in echo.remarks[0]
    clip = read_image(dicom_data / "us" / "supraclavicular_clip.mp4")
    assert (clip.kind, clip.array.shape, clip.calibrated) == ("frames", (800, 600, 60), False)
    assert clip.frame_rate == pytest.approx(37.3, abs=0.1)
