"""Which frames are screened out: real clips as they are and spoilt, and a made-up one."""

import cv2
import numpy as np
import pytest

from SegAssistLib.io.read import read_image
from SegAssistLib.measure.frame_quality import frame_quality, screen_frames


def made_up(frames=12):
    """Speckle that changes from frame to frame on fixed tissue, 120 x 100."""
    rng = np.random.default_rng(1)
    tissue = cv2.GaussianBlur(rng.normal(size=(120, 100)), (0, 0), 3) * 150 + 90
    speckle = rng.normal(size=(120, 100, frames)) * 12
    return np.clip(tissue[:, :, None] + speckle, 1, 255).astype(np.uint8)


def spoilt(clip, n, how):
    """The clip with frame n spoilt."""
    clip = clip.copy()
    frame = clip[:, :, n]
    if how == "blurred":
        frame = cv2.GaussianBlur(frame, (0, 0), 2.5)
    elif how == "too dark":
        frame = frame * 0.25
    elif how == "black":
        frame = np.zeros_like(frame)
    elif how == "probe contact lost":  # near-field echoes, and noise below them
        across = np.flatnonzero(clip.reshape(len(clip), -1).max(axis=1) > 40)
        lost = slice(across[0], across[len(across) // 2])
        frame = frame.copy()
        frame[lost] = np.random.default_rng(n).integers(0, 6, frame[lost].shape)
        frame[lost, : frame.shape[1] // 4 : 6] = 180
    elif how == "a copy":
        frame = clip[:, :, n - 1]
    clip[:, :, n] = frame
    return clip


@pytest.mark.parametrize("how", ["blurred", "too dark", "black", "probe contact lost", "a copy"])
def test_the_spoilt_frame_alone_is_screened_out_with_its_reason(how):
    screened = screen_frames(frame_quality(spoilt(made_up(), 5, how)))
    assert list(screened) == [5]
    assert screened[5].startswith(how)


def test_colour_and_other_number_types_are_judged_like_grey():
    clip = spoilt(made_up(), 5, "blurred")
    expected = screen_frames(frame_quality(clip))
    assert screen_frames(frame_quality(np.stack([clip] * 3, axis=3))) == expected
    assert list(screen_frames(frame_quality(clip.astype(np.float32) / 255))) == list(expected)


def test_of_few_frames_only_black_ones_and_copies_are_told():
    clip = spoilt(spoilt(made_up(4), 1, "blurred"), 3, "black")
    assert list(screen_frames(frame_quality(clip))) == [3]
    assert screen_frames(frame_quality(clip[:, :, :1])) == {}


def test_a_clip_of_black_frames_is_screened_out_as_a_whole():
    assert len(screen_frames(frame_quality(np.zeros((40, 30, 6), np.uint8)))) == 6


@pytest.fixture(scope="module")
def real_clips(request):
    root = request.getfixturevalue("dicom_data") / "us"
    return {name: read_image(root / name) for name in ("supraclavicular_clip.mp4", "echo_cine_30frames.dcm")}


@pytest.mark.shared_data
def test_no_good_frame_of_a_real_clip_is_screened_out(real_clips):
    assert screen_frames(frame_quality(real_clips["supraclavicular_clip.mp4"].array)) == {}
    heart = real_clips["echo_cine_30frames.dcm"].array
    screened = screen_frames(frame_quality(heart))
    assert screened  # this recording repeats some of its frames
    for n, reason in screened.items():
        assert reason == "a copy of the frame before"
        assert np.array_equal(heart[:, :, n], heart[:, :, n - 1])


@pytest.mark.shared_data
@pytest.mark.parametrize("how", ["blurred", "too dark", "black", "probe contact lost", "a copy"])
def test_a_spoilt_frame_of_a_real_clip_is_screened_out(real_clips, how):
    clip = real_clips["supraclavicular_clip.mp4"].array
    screened = screen_frames(frame_quality(spoilt(clip, 20, how)))
    assert list(screened) == [20]
    assert screened[20].startswith(how)


@pytest.mark.shared_data
def test_no_real_picture_is_screened_out_by_itself(dicom_data):
    folder = dicom_data.parent / "ultrasound" / "unlabelled_femoral" / "images"
    pictures = sorted(folder.glob("*.jpg"))[::8]
    assert len(pictures) == 20
    assert not any(screen_frames(frame_quality(read_image(path).array)) for path in pictures)
