"""What is found where a person points, by every face."""

from __future__ import annotations

import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from dicom_phantom import write_classic_series
from xray_files import write_xray

from SegAssistLib.errors import InputError
from SegAssistLib.io.archive import Archives
from SegAssistLib.io.discover import Place, divide, look, the_image

AFFINE = np.diag([-1.0, -1.0, 3.0, 1.0])
VOXELS = np.arange(8 * 6 * 4, dtype=np.int16).reshape(8, 6, 4)
APPLE_DOUBLE = bytes.fromhex("00051607") + bytes(200)


def places(*paths: Path, unpacked: Path | None = None) -> list[Place]:
    archives = None if unpacked is None else Archives(unpacked, 1 << 30)
    return [look(part, archives) for part in divide(paths)]


def found(*paths: Path, unpacked: Path | None = None) -> list[tuple[str, str]]:
    """Name and detail of every image."""
    return [(image.name, image.detail) for each in places(*paths, unpacked=unpacked) for image in each.images]


@pytest.fixture
def unpacked(tmp_path) -> Path:
    folder = tmp_path / "private"
    folder.mkdir()
    return folder


@pytest.fixture
def study(tmp_path) -> Path:
    """A folder with two series of four slices."""
    folder = tmp_path / "study"
    write_classic_series(folder / "one", VOXELS, AFFINE, number=1, description="FLAIR")
    write_classic_series(folder / "two", VOXELS + 5, AFFINE, number=2, description="T1")
    return folder


def picture(path: Path, value: int = 100) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((4, 6), value, np.uint8))
    return path


def packed(path: Path, folder: Path) -> Path:
    """A folder as macOS packs it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(each for each in folder.rglob("*") if each.is_file()):
            name = file.relative_to(folder.parent)
            archive.write(file, name)
            archive.writestr(f"__MACOSX/{name.parent}/._{name.name}", APPLE_DOUBLE)
    return path


def test_a_disc_has_its_study_and_its_pictures_and_the_study_is_meant(study):
    picture(study / "logo.png")
    for page in range(3):
        picture(study / "HELP" / f"page{page}.jpg", page)
    (study / "viewer.exe").write_bytes(b"MZ")
    (study / "DICOMDIR").write_bytes(b"")
    write_classic_series(study / "three", VOXELS, AFFINE, number=3)
    (disc,) = places(study)
    assert [(image.name, image.title, image.detail) for image in disc.images] == [
        ("study_1", "FLAIR", "MR, 4 files"),
        ("study_2", "T1", "MR, 4 files"),
        ("study_3", "FLAIR", "MR, 4 files"),
        ("HELP", "HELP", "clip of 3 pictures"),
        ("logo", "logo", "picture"),
    ]
    assert disc.skipped == ("viewer.exe",)
    with pytest.raises(InputError, match=r"holds 3 series; choose one by its number or UID: number 1, MR"):
        disc.choose(("volume",))
    (second,) = disc.choose(("volume",), "2")
    assert second.read().array.max() == VOXELS.max() + 5
    assert disc.without([second]) == "FLAIR, FLAIR, HELP, logo.png, viewer.exe"
    with pytest.raises(InputError, match="no series that match '7'"):
        disc.choose(("volume",), "7")
    assert [image.name for image in disc.choose(("still",))] == ["logo"]


@pytest.mark.shared_data
def test_a_film_beside_dicom_films_is_found_and_the_dicom_files_are_meant(dicom_data):
    (place,) = places(dicom_data / "us")
    assert len(place.images) == 9
    assert {image.name for image in place.choose(("still", "frames"))} == {
        path.stem for path in (dicom_data / "us").glob("*.dcm")
    }


def test_a_scan_in_a_zip_and_one_beside_it_are_both_found(study, scan, unpacked, tmp_path):
    folder = tmp_path / "upload"
    folder.mkdir()
    packed(folder / "flair.zip", study / "one")
    (folder / "scan.nii.gz").write_bytes(scan.read_bytes())
    packed(folder / "inner.zip", study / "two")
    outer = packed(tmp_path / "outer.zip", folder)
    assert found(folder, unpacked=unpacked) == found(outer, unpacked=unpacked)
    assert found(folder, unpacked=unpacked) == [
        ("flair", "MR, 4 files"),
        ("inner", "MR, 4 files"),
        ("scan", "volume"),
    ]
    (place,) = places(outer, unpacked=unpacked)
    np.testing.assert_array_equal(place.images[0].read().array, the_image(study / "one").read().array)
    assert place.images[0].sha256() == the_image(study / "one").sha256()
    assert place.images[0].instance_uids() == the_image(study / "one").instance_uids()


def test_an_archive_that_cannot_be_unpacked_hides_nothing_that_lies_beside_it(scan, unpacked, tmp_path):
    folder = tmp_path / "disc"
    folder.mkdir()
    (folder / "scan.nii.gz").write_bytes(scan.read_bytes())
    (folder / "viewer.zip").write_bytes(b"PK no zip")
    (place,) = places(folder, unpacked=unpacked)
    assert [image.name for image in place.images] == ["scan"]
    assert place.skipped == ("viewer.zip is damaged and cannot be unpacked; pack it again",)


def test_an_x_ray_is_called_like_its_file_or_the_folder_that_holds_nothing_else(tmp_path):
    files = [write_xray(tmp_path / "films" / f"{name}.dcm", np.eye(8, dtype=np.uint16)) for name in "ab"]
    assert found(files[0]) == [("a", "CR, 1 file")]
    assert found(*files) == found(files[0].parent) == [("a", "CR, 1 file"), ("b", "CR, 1 file")]
    files[1].unlink()
    assert found(files[0].parent) == [("films", "CR, 1 file")]


def test_slices_that_are_named_one_by_one_are_one_series_and_the_rest_is_not(study, scan):
    first, second, *others = sorted((study / "one").iterdir())
    assert found(first, scan, second, *others) == [("one", "MR, 4 files"), ("scan", "volume")]


def test_several_pictures_in_a_folder_are_a_clip_and_a_lone_one_is_a_picture(tmp_path):
    study = tmp_path / "study"
    for name in ("clip/10.png", "clip/2.png", "lone/still.png"):
        picture(study / name, len(Path(name).stem))
    assert found(study) == [("clip", "clip of 2 pictures"), ("still", "picture")]
    (place,) = places(study)
    image = place.images[0].read()
    assert (image.kind, image.name) == ("frames", "clip")
    assert image.array[0, 0].tolist() == [1, 2]  # 2 comes before 10
    assert len(found(*sorted((study / "clip").iterdir()))) == 2


def test_images_of_one_name_are_told_apart_by_their_folders(scan, tmp_path):
    for patient in ("first", "second"):
        (tmp_path / "data" / patient).mkdir(parents=True)
        (tmp_path / "data" / patient / "flair.nii.gz").write_bytes(scan.read_bytes())
    assert found(tmp_path / "data") == [("first_flair", "volume"), ("second_flair", "volume")]


def test_results_are_no_scans(segassist, scan, tmp_path):
    (tmp_path / "scan.nii.gz").write_bytes(scan.read_bytes())
    settings = ("--task", "ms-lesion", "--quality", "quick", "--overlay", "--output", tmp_path / "out")
    for _ in range(2):
        assert segassist("segment", tmp_path, *settings).code == 0
    assert found(tmp_path) == [("scan", "volume")]


def test_voxels_in_a_file_beside_their_header_are_part_of_the_image(tmp_path):
    header = tmp_path / "scan.mhd"
    header.write_text("ObjectType = Image")
    (tmp_path / "scan.raw").write_bytes(b"1")
    (place,) = places(tmp_path)
    assert place.skipped == ()
    before = place.images[0].sha256()
    (tmp_path / "scan.raw").write_bytes(b"2")
    assert the_image(header).sha256() != before


def test_a_place_without_images_says_so(tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "letter.txt").write_text("hello")
    (place,) = places(tmp_path / "letters")
    with pytest.raises(InputError, match="letters holds no DICOM images and nothing else"):
        place.choose(("volume",))


def test_a_cut_off_slice_is_refused(study):
    slices = sorted((study / "one").iterdir())
    slices[2].write_bytes(slices[2].read_bytes()[:400])
    with pytest.raises(InputError, match="damaged or cut-off DICOM"):
        places(study)
