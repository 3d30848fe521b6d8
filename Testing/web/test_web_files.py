from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from dicom_phantom import write_classic_series

from SegAssistLib.errors import InputError
from SegAssistLib.web.files import DicomSeries, ImageFile, Scene, find, unpack

AFFINE = np.diag([-1.0, -1.0, 3.0, 1.0])
PLENTY = 1 << 30


@pytest.fixture
def series(tmp_path) -> Path:
    """A folder with two series of four slices."""
    folder = tmp_path / "study"
    voxels = np.arange(8 * 6 * 4, dtype=np.int16).reshape(8, 6, 4)
    write_classic_series(folder / "one", voxels, AFFINE, number=1, description="FLAIR")
    write_classic_series(folder / "two", voxels + 5, AFFINE, number=2, description="T1")
    return folder


@pytest.fixture
def private(tmp_path) -> Path:
    folder = tmp_path / "private"
    folder.mkdir()
    return folder


def packed(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def test_a_folder_with_several_series_is_a_choice(series, private):
    found = find([series], private, PLENTY)
    assert [(type(each), each.title, each.detail) for each in found] == [
        (DicomSeries, "FLAIR", "MR, 4 files"),
        (DicomSeries, "T1", "MR, 4 files"),
    ]
    assert found[1].read().array.max() == 8 * 6 * 4 - 1 + 5
    assert len(set(found[0].instance_uids())) == 4


def test_several_pictures_in_a_folder_are_a_clip_and_a_lone_one_is_a_picture(private, tmp_path):
    study = tmp_path / "study"
    for name in ("clip/10.png", "clip/2.png", "lone/still.png"):
        path = study / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.full((4, 6), len(path.stem), np.uint8))
    clip, still = find([study], private, PLENTY)
    assert (clip, still) == (ImageFile(study / "clip"), ImageFile(study / "lone" / "still.png"))
    image = clip.read()
    assert (image.kind, image.name) == ("frames", "clip")
    assert image.array[0, 0].tolist() == [1, 2]  # 2 comes before 10
    chosen = sorted((study / "clip").iterdir())
    assert find(chosen, private, PLENTY) == [ImageFile(path) for path in chosen]


def test_a_series_in_a_zip_is_what_it_is_in_a_folder(series, private, tmp_path):
    files = {f"deep/{path.name}": path.read_bytes() for path in (series / "one").iterdir()}
    (zipped,) = find([packed(tmp_path / "flair.zip", files)], private, PLENTY)
    (plain,) = find([series / "one"], private, PLENTY)
    assert zipped.name == "flair"
    assert plain.name == "one"
    np.testing.assert_array_equal(zipped.read().array, plain.read().array)
    assert zipped.instance_uids() == plain.instance_uids()


def test_loose_dicom_files_are_one_series(series, private):
    (found,) = find(sorted((series / "one").iterdir()), private, PLENTY)
    assert found.series.count == 4


def test_images_and_scenes_are_opened_one_by_one(private, scan, tmp_path):
    scene = packed(tmp_path / "scene.mrb", {})
    assert find([scan, scene], private, PLENTY) == [ImageFile(scan), Scene(scene)]


def test_a_zip_within_an_uploaded_folder_is_unpacked(private, scan, tmp_path):
    folder = tmp_path / "upload"
    folder.mkdir()
    packed(folder / "scans.zip", {"a/scan.nii.gz": scan.read_bytes()})
    (found,) = find([folder], private, PLENTY)
    np.testing.assert_array_equal(found.read().array.shape, (256, 256, 20))


def test_a_folder_without_images_says_so(private, tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "letter.txt").write_text("hello")
    with pytest.raises(InputError, match="letters holds nothing that can be opened"):
        find([tmp_path / "letters"], private, PLENTY)


def test_a_cut_off_slice_is_refused(series, private):
    slices = sorted((series / "one").iterdir())
    slices[2].write_bytes(slices[2].read_bytes()[:400])
    with pytest.raises(InputError, match="damaged or cut-off DICOM"):
        find([series], private, PLENTY)


def lying(path: Path) -> Path:
    """A zip whose directory says that its file is small."""
    packed(path, {"zeros.nii": bytes(1 << 20)})
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\x01\x02") + 24
    content[place : place + 4] = struct.pack("<I", 10)
    path.write_bytes(content)
    return path


def encrypted(path: Path) -> Path:
    packed(path, {"scan.nii": b"x"})
    content = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1
    path.write_bytes(content)
    return path


def cut_off(path: Path) -> Path:
    packed(path, {"scan.nii": np.random.default_rng(0).bytes(5000)})
    content = bytearray(path.read_bytes())
    content[1000:1100] = bytes(100)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: packed(path, {"../evil.nii": b"x"}), "no name of a file"),
        (lambda path: packed(path, {"/etc/evil.nii": b"x"}), "no name of a file"),
        (lambda path: packed(path, {"a/../../evil.nii": b"x"}), "no name of a file"),
        (lambda path: packed(path, {"zeros.nii": bytes(1 << 20)}), "too large"),
        (lambda path: packed(path, {f"{n}.dcm": b"" for n in range(20_001)}), "more than 20000 files"),
        (lying, "damaged"),
        (encrypted, "encrypted"),
        (cut_off, "damaged"),
        (lambda path: path.write_bytes(b"PK\x03\x04 no zip") and path, "damaged"),
    ],
)
def test_a_bad_zip_is_one_sentence_and_leaves_nothing(tmp_path, make, said):
    archive = make(tmp_path / "bad.zip")
    with pytest.raises(InputError, match=said):
        unpack(archive, tmp_path / "place", limit=100_000)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.zip"]
