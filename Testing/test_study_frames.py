"""A task that is only a folder: clips and stills from files to result files, and masks measured again."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import nibabel as nib
import numpy as np
import pytest

from SegAssistLib.errors import InputError
from SegAssistLib.io import read_image
from SegAssistLib.io.discover import FoundImage
from SegAssistLib.labels import Segmentation
from SegAssistLib.results.vessels import VesselMeasure
from SegAssistLib.study import measure, measure_mask, segment_study
from SegAssistLib.task import find_task, list_tasks, read_task

pytest.importorskip("onnx", reason="onnx makes the networks of these tests, and it is not installed")

from picture_bundles import spots, write_spots
from tiny_bundle import write_bundle

TISSUE, ARTERY, VEIN = 60, 200, 250  # brightness


@pytest.fixture
def bundles(tmp_path, monkeypatch) -> Iterator[Path]:
    """A folder of bundles that is all the program knows."""
    folder = tmp_path / "Bundles"
    folder.mkdir()
    monkeypatch.setattr("SegAssistLib.task.bundles_folder", lambda: folder)
    list_tasks.cache_clear()
    yield folder
    list_tasks.cache_clear()


@pytest.fixture
def vessels(bundles) -> Path:
    return write_bundle(
        bundles,
        "vessel-ultrasound",
        {"artery": 0.6, "vein": 0.85},
        kinds=["frames", "still"],
        components={"connectivity": 8, "smallest_mm2": 1.0, "smallest_pixels": 20},
    )


@pytest.fixture
def polyps(bundles) -> Path:
    return write_spots(bundles)


def compression(frames: int = 9, rows: int = 80, columns: int = 120) -> np.ndarray:
    """Labels of an artery that keeps its area and a vein that loses it: uint8 ``(frames, rows, columns)``."""
    y, x = np.mgrid[:rows, :columns]
    film = np.zeros((frames, rows, columns), np.uint8)
    for number, labels in enumerate(film):
        labels[(y - 40) ** 2 + (x - 30) ** 2 < 14**2] = 1
        labels[((y - 40) / (20 - 2 * number)) ** 2 + ((x - 85) / 24) ** 2 < 1] = 2
    return film


def write_pictures(folder: Path, film: np.ndarray) -> Path:
    folder.mkdir()
    for number, picture in enumerate(film):
        cv2.imwrite(str(folder / f"{number:03d}.png"), picture)
    return folder


@pytest.fixture
def clip(tmp_path) -> Path:
    """Pictures of :func:`compression` in speckle, with a bright speck in each."""
    labels = compression()
    speckle = np.random.default_rng(0).integers(0, TISSUE, labels.shape).astype(np.uint8)
    film = np.choose(labels, (speckle, np.uint8(ARTERY), np.uint8(VEIN)))
    film[:, 4:7, 4:7] = VEIN
    return write_pictures(tmp_path / "clip", film)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_task_that_is_only_a_folder_is_listed_and_segments_a_clip(segassist, vessels, clip, tmp_path):
    (listed,) = json.loads(segassist("tasks", "--json").out)
    assert (listed["name"], listed["kinds"]) == ("vessel-ultrasound", ["frames", "still"])
    output = tmp_path / "results"
    ended = segassist("segment", clip, "--task", vessels.name, "--output", output, "--overlay", "--json")
    assert ended.code == 0, ended.err
    endings = [
        "seg.nii.gz",
        "frames.csv",
        "vessels.csv",
        "run.json",
        "curve.png",
        "overlay.png",
        "overlay.mp4",
        "side_by_side.mp4",
    ]
    assert {path.name for path in output.iterdir()} == {f"clip_{ending}" for ending in endings}

    labels = compression()
    mask = nib.load(output / "clip_seg.nii.gz")
    assert np.array_equal(np.asarray(mask.dataobj), labels.transpose(2, 1, 0))
    areas = [int(row["vein_area_pixels"]) for row in rows_of(output / "clip_frames.csv")]
    assert areas == np.count_nonzero(labels == 2, axis=(1, 2)).tolist()
    change = round(100 * (1 - min(areas) / max(areas)), 2)
    (told,) = json.loads(ended.out)
    assert told["change_percent"] == {"artery": 0.0, "vein": change}
    assert told["frames"] == 9
    assert "sizes are in pixels" in ended.err
    assert float(rows_of(output / "clip_vessels.csv")[1]["change_percent"]) == change
    record = json.loads((output / "clip_run.json").read_text(encoding="utf-8"))
    assert (record["task"], record["frames"]) == ("vessel-ultrasound", 9)
    assert read_image(output / "clip_overlay.mp4").grid[2] == 9
    for picture in ("curve", "overlay"):
        assert cv2.imread(str(output / f"clip_{picture}.png")).std() > 5


def test_frames_that_cannot_be_read_are_left_out_and_said(vessels, clip, tmp_path):
    cv2.imwrite(str(clip / "004.png"), np.full((80, 120), 1, np.uint8))  # nothing was recorded
    result = segment_study(clip, read_task(vessels), tmp_path)
    frame = rows_of(tmp_path / "clip_frames.csv")[4]
    assert (frame["vein_status"], frame["vein_area_pixels"]) == ("screened out", "")
    assert "black" in frame["screened_out"]
    assert any("1 of 9 frames cannot be read" in warning for warning in result.warnings)


def test_a_clip_is_the_same_in_quick(vessels, clip, tmp_path):
    segment_study(clip, read_task(vessels), tmp_path, quality="quick")
    mask = np.asarray(nib.load(tmp_path / "clip_seg.nii.gz").dataobj)
    assert np.array_equal(mask, compression().transpose(2, 1, 0))


@pytest.fixture
def still(tmp_path) -> tuple[Path, np.ndarray]:
    """A picture of red spots on pink ground, and where they are: larger than a tile."""
    picture, inside = spots()
    path = tmp_path / "still.png"
    cv2.imwrite(str(path), picture[..., ::-1])
    return path, inside


def test_a_still_in_colour_gives_a_mask_that_is_a_picture(segassist, polyps, still, tmp_path):
    path, inside = still
    output = tmp_path / "results"
    asked = ("--task", polyps.name, "--output", output, "--overlay", "--format", "png")
    ended = segassist("segment", path, *asked)
    assert ended.code == 0, ended.err
    assert {file.name for file in output.iterdir()} == {
        f"still_{ending}" for ending in ("seg.png", "findings.csv", "overlay.png", "run.json")
    }
    mask = cv2.imread(str(output / "still_seg.png"), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(mask, inside)
    *spots, total = rows_of(output / "still_findings.csv")
    assert [int(spot["voxels"]) for spot in spots] == [inside[:, :150].sum(), inside[:, 150:].sum()]
    assert (int(total["lesions"]), total["volume_mm3"]) == (2, "")

    again = segassist("measure", output / "still_seg.png", "--task", polyps.name, "--json")
    assert [row["voxels"] for row in json.loads(again.out)[:2]] == [int(spot["voxels"]) for spot in spots]


def test_spots_of_a_clip_are_counted_frame_by_frame(polyps, still, tmp_path):
    path, inside = still
    picture = cv2.imread(str(path))
    film = write_pictures(tmp_path / "film", np.stack([picture, picture, picture[::-1]]))
    result = segment_study(film, read_task(polyps), tmp_path)
    assert sorted(lesion.first_slice for lesion in result.findings.lesions) == [0, 0, 1, 1, 2, 2]
    assert result.findings.total_voxels == 3 * inside.sum()
    rows = rows_of(tmp_path / "film_frames.csv")
    sizes = [inside[:, :150].sum(), inside[:, 150:].sum()]
    assert [(row["frame"], row["lesions"], row["pixels"], row["largest_pixels"]) for row in rows] == [
        (str(frame), "2", str(sum(sizes)), str(max(sizes))) for frame in range(3)
    ]
    assert all(float(row["mean_probability"]) > 0.9 for row in rows)


def test_an_area_is_never_given_as_a_volume(polyps, still):
    task, inside = read_task(polyps), still[1]
    mask = Segmentation(inside.T[..., None].astype(np.uint8), np.diag([0.2, 0.2, 1, 1]), task.labels)
    findings = measure(mask, task)
    assert findings.total_voxels == inside.sum()
    assert findings.total_volume_mm3 is None


def test_every_mask_format_of_a_kind_holds_the_same_and_others_are_refused(polyps, still, tmp_path):
    task, (path, inside) = read_task(polyps), still
    for mask_format, name in (("nii.gz", "still_seg.nii.gz"), ("seg.nrrd", "still_seg.seg.nrrd")):
        segment_study(path, task, tmp_path / mask_format, mask_format=mask_format)
        found = read_image(tmp_path / mask_format / name).array
        assert np.array_equal(found[:, :, 0].T, inside)
    film = write_pictures(tmp_path / "film", np.stack([cv2.imread(str(path))] * 2))
    with pytest.raises(InputError, match=r"'seg\.png' for the mask of a clip; choose nii\.gz"):
        segment_study(film, task, tmp_path / "none", mask_format="seg.png")
    assert not (tmp_path / "none").exists()


def mask_of_areas(areas: tuple[int, ...]) -> np.ndarray:
    """Vein of these areas in pixels, beside an artery: uint8 ``(frames, rows, columns)``."""
    film = np.zeros((len(areas), 60, 80), np.uint8)
    for labels, area in zip(film, areas, strict=True):
        labels.reshape(-1)[:area] = 2
        labels[52:58, 10:30] = 1
    return film


# the areas of the two source systems: drawn by an expert, and predicted
@pytest.mark.parametrize(("areas", "change"), [((1149, 169), "85.29"), ((1423, 193), "86.44")])
@pytest.mark.parametrize("kind", ["pictures", "nifti"])
def test_the_fall_of_a_veins_area_is_one_minus_smallest_over_largest(
    segassist, vessels, tmp_path, areas, change, kind
):
    largest, smallest = areas
    film = mask_of_areas((largest - 90, largest, largest // 2, smallest, smallest + 40))
    if kind == "pictures":
        mask = write_pictures(tmp_path / "masks", film)
    else:
        mask = tmp_path / "masks.nii.gz"
        nib.save(nib.Nifti1Image(film.transpose(2, 1, 0), np.eye(4)), mask)
    ended = segassist("measure", mask, "--task", vessels.name, "--output", tmp_path / "out")
    assert ended.code == 0, ended.err
    assert change in ended.out
    artery, vein = json.loads(segassist("measure", mask, "--task", vessels.name, "--json").out)
    assert (vein["vessel"], vein["change_percent"]) == ("vein", float(change))
    assert (vein["maximum_frame"], vein["minimum_frame"]) == (1, 3)
    assert (vein["maximum_area_pixels"], vein["minimum_area_pixels"]) == areas
    assert artery["change_percent"] == 0
    written = rows_of(tmp_path / "out" / "masks_vessels.csv")
    assert float(written[1]["change_percent"]) == float(change)
    assert len(rows_of(tmp_path / "out" / "masks_frames.csv")) == 5


def test_a_person_chooses_the_frames_and_sets_a_threshold(segassist, vessels, tmp_path):
    mask = write_pictures(tmp_path / "masks", mask_of_areas((1000, 800, 400, 300)))
    arguments = ("measure", mask, "--task", vessels.name, "--json")
    _, vein = json.loads(segassist(*arguments, "--frames", "vein", 1, 2, "--threshold", 60).out)
    assert (vein["change_percent"], vein["frames_chosen_by"]) == (50.0, "person")
    assert "Experimental, threshold 60.0%" in vein["remarks"]
    for frames in (("vein", 1, 9), ("nerve", 1, 2)):
        refused = segassist(*arguments, "--frames", *frames)
        assert refused.code == 2
        assert refused.err.count("\n") == 1


def test_a_person_chooses_another_vessel_by_the_number_that_the_warning_names(segassist, vessels, tmp_path):
    masks = mask_of_areas((1000, 800, 400, 300))
    masks[:, 30:40, 2:22] = 2  # does not yield
    mask = write_pictures(tmp_path / "masks", masks)
    arguments = ("measure", mask, "--task", vessels.name, "--json")
    proposed = segassist(*arguments)
    (other,) = re.findall(r"largest of them is track (\d+)", proposed.err)
    assert json.loads(proposed.out)[1]["change_percent"] > 60
    vein = json.loads(segassist(*arguments, "--vessel", "vein", other).out)[1]
    assert (vein["change_percent"], vein["maximum_area_pixels"]) == (0.0, 200)
    assert vein["remarks"].endswith("A person chose this vessel.")
    refused = segassist(*arguments, "--vessel", "vein", 7)
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "no track 7" in refused.err


def test_a_measure_without_such_a_choice_says_so(segassist, polyps, still, tmp_path):
    cv2.imwrite(str(tmp_path / "mask.png"), still[1].astype(np.uint8))
    refused = segassist("measure", tmp_path / "mask.png", "--task", polyps.name, "--threshold", 60)
    assert refused.code == 2
    assert "no threshold can be chosen" in refused.err


def test_a_mask_of_pictures_takes_the_pixel_size_of_its_clip(vessels, clip, tmp_path, monkeypatch):
    task = read_task(vessels)
    mask = write_pictures(tmp_path / "masks", compression())
    affine = np.diag([-0.2, -0.3, 1.0, 1.0])
    known = replace(read_image(clip), affine=affine, calibrated=True, frame_rate=10.0)
    monkeypatch.setattr(FoundImage, "read", lambda _: known)
    findings, files = measure_mask(mask, task, clip, tmp_path / "out")
    artery = findings.vessels.vessels[0].frames[0]
    assert artery.area_mm2 == pytest.approx(artery.pixels * 0.06)
    assert findings.vessels.times_s[:2] == (0.0, 0.1)
    assert {file.name for file in files} >= {"masks_overlay.mp4", "masks_curve.png"}
    short = replace(known, array=known.array[:, :, :3])
    monkeypatch.setattr(FoundImage, "read", lambda _: short)
    with pytest.raises(InputError, match="not on the grid"):
        measure_mask(mask, task, clip)


BAD = {
    "a still where a clip is needed": ({"kinds": ["frames"]}, "needs a clip, and this is a still picture"),
    "a measure that is not there": ({"measure": "horoscope"}, "no measure 'horoscope'"),
    "a preparation that is not there": ({"preparation": "tarot"}, "not a usable task bundle"),
    "a setting that is not there": ({"planes": {"sice": 3}}, "not a usable task bundle"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_sentence_and_nothing_is_written(segassist, bundles, still, tmp_path, case):
    stated, message = BAD[case]
    write_bundle(bundles, "bad", {"vein": 0.5}, **({"kinds": ["still"]} | stated))
    output = tmp_path / "results"
    ended = segassist("segment", still[0], "--task", "bad", "--output", output)
    assert ended.code == 2
    assert message in ended.err
    assert ended.err.count("\n") == 1
    assert not output.exists() or not list(output.iterdir())


def test_a_task_is_found_by_its_folder_alone(vessels, polyps):
    assert set(list_tasks()) == {"vessel-ultrasound", "polyp-endoscopy"}
    assert find_task("polyp-endoscopy").folder == polyps
    assert vessels.is_dir()


def test_what_is_measured_is_the_vessel_that_was_followed_and_not_a_speck_of_its_label(vessels):
    labels = np.moveaxis(compression(), 0, 2).swapaxes(0, 1)
    specked, task = labels.copy(), read_task(vessels)
    specked[5:12, 5:12, 3] = 2
    specked[80:85, 30:50, 4][labels[80:85, 30:50, 4] == 2] = 1  # a part of the vein with the other label
    measured = [
        VesselMeasure().measure(Segmentation(array, np.eye(4), task.labels), task)
        for array in (labels, specked)
    ]
    clean, doubtful = ([v.change for v in findings.vessels.vessels] for findings in measured)
    assert doubtful == clean
    assert {flag.kind for flag in measured[1].tracking.flags} >= {"false regions", "mixed labels"}


def test_of_a_still_the_size_of_each_vessel_is_told_and_no_change(segassist, vessels, clip, tmp_path):
    output = tmp_path / "results"
    ended = segassist("segment", clip / "000.png", "--task", vessels.name, "--output", output, "--overlay")
    assert ended.code == 0, ended.err
    assert "long axis" in ended.out
    assert str(np.count_nonzero(compression()[0] == 2)) in ended.out
    assert "change" not in ended.out
    assert (output / "000_overlay.png").exists()
    assert not (output / "000_curve.png").exists()


def test_evaluation_compares_what_was_looked_for_in_a_frame_and_nothing_else(segassist, vessels, tmp_path):
    labels = compression(1)[0]
    for folder in ("images", "masks"):
        (tmp_path / "data" / folder).mkdir(parents=True)
    grey = np.choose(labels, (30, 180, 240)).astype(np.uint8)
    half = (labels == 1) & (np.arange(120) < 30)  # of the artery somebody marked the left half alone
    for name, mask in (("neck", half.astype(np.uint8)), ("arm", np.uint8(3) * (labels > 0))):
        cv2.imwrite(str(tmp_path / "data" / "images" / f"{name}.png"), grey)
        cv2.imwrite(str(tmp_path / "data" / "masks" / f"{name}.png"), mask)
    (tmp_path / "data" / "manifest.csv").write_text(
        "name,source,group,annotated_classes\nneck,carotid,a,1\narm,blocks,b,3;4\n", encoding="utf-8"
    )
    ended = segassist("evaluate", "--task", vessels.name, "--data", tmp_path / "data", "--output", tmp_path)
    assert ended.code == 0, ended.err
    rows = {(row["case"], row["channel"]): row for row in rows_of(tmp_path / "cases.csv")}
    assert set(rows) == {("neck", "artery"), ("arm", "vessel")}
    artery = (labels == 1).sum()
    assert float(rows["neck", "artery"]["dice"]) == pytest.approx(2 * half.sum() / (half.sum() + artery))
    assert float(rows["arm", "vessel"]["dice"]) == 1
    assert "artery, carotid" in ended.out


def test_frames_with_some_vessels_annotated_are_refused_for_what_is_no_vessel(segassist, polyps, tmp_path):
    (tmp_path / "manifest.csv").write_text(
        "name,source,group,annotated_classes\nneck,carotid,a,1\n", encoding="utf-8"
    )
    where = ("--data", tmp_path, "--output", tmp_path)
    refused = segassist("evaluate", "--task", polyps.name, *where)
    assert refused.code == 2
    assert "annotated_classes" in refused.err
