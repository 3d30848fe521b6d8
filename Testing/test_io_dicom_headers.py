"""DICOM files as the world has them: incomplete, damaged, or with values that make no sense."""

from __future__ import annotations

import contextlib
import io
import sys
import tracemalloc
import zlib

import numpy as np
import pydicom
import pytest
from dicom_phantom import write_classic_series, write_enhanced
from pydicom.uid import DeflatedExplicitVRLittleEndian
from ultrasound_phantom import moving_disc, region, write_ultrasound
from xray_files import write_xray

from SegAssistLib.errors import InputError
from SegAssistLib.io import read_image
from SegAssistLib.io.dicom import divide

AFFINE = np.diag((-0.7, -0.9, 3.3, 1))
LUNGS = np.tile(np.arange(96, dtype=np.uint8) * 2, (64, 1))


@pytest.fixture
def volume():
    return np.random.default_rng(0).integers(0, 3000, (9, 8, 7)).astype(np.uint16)


def write_without_ending(folder, volume):
    """Without its last slice the rest is a regular stack."""
    files = write_classic_series(folder, volume, AFFINE, shuffle=False)
    return [file.rename(file.with_suffix("")) for file in files]


def bare(raw: bytes) -> bytes:
    """The data set alone, in implicit little endian."""
    stream = io.BytesIO()
    dataset = pydicom.Dataset(pydicom.dcmread(io.BytesIO(raw)))
    pydicom.dcmwrite(stream, dataset, implicit_vr=True, little_endian=True)
    return stream.getvalue()


UNREADABLE = {
    "empty": lambda _raw: b"",
    "zeros": lambda raw: bytes(len(raw)),
    "cut off before the mark": lambda raw: raw[:100],
    "cut off in the header": lambda raw: raw[:400],
    "cut off before the pixels": lambda raw: raw[: raw.index(b"\xe0\x7f\x10\x00")],
    "cut off without preamble": lambda raw: bare(raw)[:60],
    "another file's content": lambda _raw: b"<html>Your session has ended</html>",
}


@pytest.mark.parametrize("how", UNREADABLE)
def test_a_slice_that_cannot_be_read_is_never_left_out(tmp_path, volume, how):
    last = write_without_ending(tmp_path / "scan", volume)[-1]
    last.write_bytes(UNREADABLE[how](last.read_bytes()))
    with pytest.raises(InputError, match=last.name):
        read_image(tmp_path / "scan")


def test_a_damaged_file_of_a_batch_goes_with_the_slices_beside_it_and_with_nothing_else(tmp_path, volume):
    slices = write_without_ending(tmp_path / "scan", volume)
    slices[2].write_bytes(slices[2].read_bytes()[:400])
    wholes = [
        write_xray(tmp_path / "thorax.dcm", LUNGS),
        write_xray(tmp_path / "damaged.dcm", LUNGS),
        write_enhanced(tmp_path / "first.dcm", volume, AFFINE),
        write_enhanced(tmp_path / "second.dcm", volume, AFFINE),
    ]
    wholes[1].write_bytes(wholes[1].read_bytes()[:400])
    divided = divide([*wholes, *slices])
    assert {frozenset(part) for part in divided} == {frozenset([path]) for path in wholes} | {
        frozenset(slices)
    }


def test_what_is_no_image_is_left_out(tmp_path, volume):
    write_without_ending(tmp_path / "scan", volume)
    for name, content in {
        "Thumbs.db": bytes(512),
        "report.pdf": b"%PDF-1.4",
        "LICENSE": b"Permission is granted",
        "VIEWER.EXE": b"MZ" + bytes(300),
        ".hidden": b"",
    }.items():
        (tmp_path / "scan" / name).write_bytes(content)
    assert read_image(tmp_path / "scan").array.shape == volume.shape


@pytest.mark.parametrize("kept", ["nothing", "MediaStorageSOPClassUID", "TransferSyntaxUID"])
def test_files_without_preamble_or_meta_elements_are_read_like_the_others(tmp_path, volume, kept):
    for path in write_without_ending(tmp_path / "scan", volume)[4:]:
        if kept == "nothing":
            path.write_bytes(bare(path.read_bytes()))
            continue
        dataset = pydicom.dcmread(path)
        for element in list(dataset.file_meta):
            if element.keyword in {"MediaStorageSOPClassUID", "TransferSyntaxUID"} - {kept}:
                del dataset.file_meta[element.tag]
        dataset.save_as(path, implicit_vr=False, little_endian=True, enforce_file_format=False)
    image = read_image(tmp_path / "scan")
    assert np.array_equal(image.array, volume)


def patched(path, old: bytes, new: bytes):
    raw = path.read_bytes()
    assert raw.count(old) == 1
    assert len(old) == len(new)
    path.write_bytes(raw.replace(old, new))
    return path


NONSENSE = {
    "Window Center": ({"WindowCenter": "77.25", "WindowWidth": "90"}, b"77.25", b"NaN  "),
    "Window Width": ({"WindowCenter": "60", "WindowWidth": "77.25"}, b"77.25", b"77,25"),
    "Rescale Slope": ({"RescaleSlope": "77.25", "RescaleIntercept": "0"}, b"77.25", b"n/a  "),
    "Pixel Spacing": ({"PixelSpacing": ["77.25", "1.5"]}, b"77.25\\1.5", b"77.25    "),
    "Number of Frames": ({"NumberOfFrames": 7725}, b"7725", b"one "),
    "View Position": ({"ViewPosition": "PA"}, b"\x18\x00\x01\x51CS", b"\x18\x00\x01\x51ZZ"),
}


@pytest.mark.parametrize("name", NONSENSE)
def test_an_optional_element_that_makes_no_sense_is_ignored_and_named(tmp_path, name, recwarn):
    elements, old, new = NONSENSE[name]
    image = read_image(patched(write_xray(tmp_path / "thorax.dcm", LUNGS, **elements), old, new))
    assert np.array_equal(image.array[:, :, 0], LUNGS.T)
    (remark,) = image.remarks
    assert remark.startswith(f"thorax: {name} (")
    assert new.decode("latin1").strip() not in remark
    assert not recwarn.list  # which would quote the value


@pytest.mark.parametrize(
    ("elements", "old", "new", "name"),
    [
        ({"FrameTime": "40.5"}, b"40.5", b"fast", "Frame Time"),
        ({"FrameTimeVector": ["0", "40"], "FrameTime": "40"}, b"0\\40", b"0\\40", "Frame Time Vector"),
        (
            {"SequenceOfUltrasoundRegions": [region(delta_cm=(0.0123, float("nan")))]},
            b"",
            b"",
            "Physical Delta Y",
        ),
    ],
)
def test_a_film_with_a_time_or_size_that_makes_no_sense_is_read_without(tmp_path, elements, old, new, name):
    path = write_ultrasound(tmp_path / "film.dcm", moving_disc(), **elements)
    path.write_bytes(path.read_bytes().replace(old, new) if old else path.read_bytes())
    image = read_image(path)
    assert np.array_equal(image.array, moving_disc().transpose(2, 1, 0))
    assert [remark.split(" (")[0] for remark in image.remarks] == [f"film: {name}"]


@pytest.mark.parametrize("keyword", ["BitsStored", "PhotometricInterpretation", "PixelRepresentation"])
def test_an_element_that_is_needed_and_missing_is_named(tmp_path, keyword):
    path = write_xray(tmp_path / "thorax.dcm", LUNGS)
    dataset = pydicom.dcmread(path)
    name = dataset[keyword].name
    del dataset[keyword]
    dataset.save_as(path)
    with pytest.raises(InputError, match=name) as refusal:
        read_image(path)
    assert path.name in str(refusal.value)


@pytest.mark.parametrize("stored", ["MONOCHROME2", "JPEG"])
def test_frames_are_counted_where_the_file_does_not_say_how_many_there_are(tmp_path, stored):
    path = write_ultrasound(tmp_path / "film.dcm", moving_disc(), stored)
    dataset = pydicom.dcmread(path)
    del dataset.NumberOfFrames
    dataset.save_as(path)
    image = read_image(path)
    assert image.array.shape[2] == 5
    assert "5 were found" in image.remarks[0]


def test_of_several_modalities_the_first_counts(tmp_path):
    assert read_image(write_xray(tmp_path / "thorax.dcm", LUNGS, Modality=["CR", "DX"])).modality == "CR"


def test_an_unknown_transfer_syntax_is_refused_in_one_sentence(tmp_path):
    path = write_ultrasound(tmp_path / "film.dcm", moving_disc())
    patched(path, b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.7.7.7\0")
    with pytest.raises(InputError, match="transfer syntax"):
        read_image(path)


def test_an_x_ray_that_only_its_presentation_turns_round_is_turned_round(tmp_path):
    path = write_xray(tmp_path / "thorax.dcm", 255 - LUNGS, PresentationLUTShape="INVERSE")
    assert np.array_equal(read_image(path).array[:, :, 0], LUNGS.T)


def marked_as_mosaic(paths, count: int | None):
    """Image Type says so, and the scanner's own element how many tiles there are, or Acquisition Matrix."""
    for path in paths:
        dataset = pydicom.dcmread(path)
        dataset.ImageType = ["ORIGINAL", "PRIMARY", "M", "MOSAIC"]
        if count is None:
            dataset.AcquisitionMatrix = [0, 8, 8, 0]
        else:
            block = dataset.private_block(0x0019, "SIEMENS MR HEADER", create=True)
            block.add_new(0x0A, "US", count)
        dataset.save_as(path)


@pytest.mark.parametrize("count", [7, None])
def test_a_mosaic_is_refused_and_slices_that_were_cut_out_of_one_are_read(tmp_path, volume, count):
    tiles = np.tile(volume[:8, :8, :1], (3, 3, 1))
    marked_as_mosaic(write_classic_series(tmp_path / "mosaic", tiles, AFFINE), count)
    with pytest.raises(InputError, match="mosaic: the slices"):
        read_image(tmp_path / "mosaic")
    marked_as_mosaic(write_classic_series(tmp_path / "cut", volume, AFFINE), count)
    assert np.array_equal(read_image(tmp_path / "cut").array, volume)
    (single,) = write_classic_series(tmp_path / "single", volume[:8, :8, :1], AFFINE)
    marked_as_mosaic([single], count)
    assert np.array_equal(read_image(single).array, volume[:8, :8, :1])


# so near to what was measured that nothing but the header tells of it
PADDING = {
    "a value": {"PixelPaddingValue": -20},
    "a value written without its sign": {"PixelPaddingValue": 65516},
    "a range": {"PixelPaddingValue": -30, "PixelPaddingRangeLimit": -10},
}


@pytest.mark.parametrize("stated", PADDING)
def test_what_a_file_calls_padding_is_air(tmp_path, volume, stated):
    volume = volume.astype(np.int16) + 100
    measured, outside = volume.copy(), np.zeros(volume.shape, bool)
    outside[:2] = True
    volume[outside] = -20
    for path in write_classic_series(tmp_path / "scan", volume, AFFINE):
        dataset = pydicom.dcmread(path)
        for keyword, value in PADDING[stated].items():
            dataset.add_new(keyword, "SS" if value < 0 else "US", value)
        dataset.save_as(path)
    array = read_image(tmp_path / "scan").array
    assert np.array_equal(array[~outside], measured[~outside])
    assert np.unique(array[outside]) == np.percentile(measured[~outside], 1, method="lower")


def test_padding_of_0_stays_and_that_of_an_x_ray_is_its_darkest_value(tmp_path, volume):
    for path in write_classic_series(tmp_path / "scan", volume * (volume > 500), AFFINE):
        dataset = pydicom.dcmread(path)
        dataset.add_new("PixelPaddingValue", "US", 0)
        dataset.save_as(path)
    assert np.array_equal(read_image(tmp_path / "scan").array, volume * (volume > 500))

    pixels = np.maximum(LUNGS, 50)
    pixels[:, 90:] = 255
    path = write_xray(tmp_path / "thorax.dcm", pixels, PixelPaddingValue=255)
    picture = read_image(path).array[:, :, 0]
    assert np.array_equal(picture, np.where(pixels == 255, 50, pixels).T)


@contextlib.contextmanager
def peak_memory():
    tracemalloc.start()
    try:
        yield lambda: tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_no_more_is_inflated_or_allocated_than_a_file_can_hold(tmp_path):
    path = write_xray(tmp_path / "thorax.dcm", LUNGS)
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    dataset.save_as(path)
    raw = path.read_bytes()
    start = 144 + pydicom.dcmread(path).file_meta.FileMetaInformationGroupLength
    content = zlib.decompress(raw[start:], -zlib.MAX_WBITS)
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    path.write_bytes(raw[:start] + stream.compress(content + bytes(200 << 20)) + stream.flush())
    with peak_memory() as peak:
        assert np.array_equal(read_image(path).array[:, :, 0], LUNGS.T)
        assert peak() < 100 << 20

    huge = write_xray(tmp_path / "huge.dcm", LUNGS, jpeg=True, Rows=60000, Columns=60000)
    with peak_memory() as peak:
        with pytest.raises(InputError, match="60000 x 60000"):
            read_image(huge)
        assert peak() < 100 << 20


def test_an_older_pydicom_is_named_in_one_sentence(tmp_path, monkeypatch):
    path = write_xray(tmp_path / "thorax.dcm", LUNGS)
    for name in [name for name in sys.modules if name.startswith("SegAssistLib.io.dicom")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("SegAssistLib.io.dicom", raising=False)
    monkeypatch.setattr(pydicom, "__version__", "2.4.4")
    with pytest.raises(InputError, match=r"pydicom 3.0 or newer, and 2.4.4"):
        read_image(path)
