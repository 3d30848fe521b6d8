"""X-rays from file to result files: what is read, what is refused, and what a task that is a folder gives."""

from __future__ import annotations

import contextlib
import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from pydicom import Dataset, dcmread
from pydicom.uid import RLELossless

from SegAssistLib.errors import InputError
from SegAssistLib.inference import segment
from SegAssistLib.io import read_image
from SegAssistLib.study import measure_mask, segment_study
from SegAssistLib.task import Task, find_task, list_tasks, read_task

pytest.importorskip("onnx", reason="onnx makes the networks of these tests, and it is not installed")

from picture_bundles import CAUTION, OPACITY, RIGHT, lungs, write_pneumonia
from xray_files import write_xray


@pytest.fixture
def pneumonia(tmp_path, monkeypatch) -> Iterator[Task]:
    """The only task there is."""
    folder = tmp_path / "Bundles"
    folder.mkdir()
    monkeypatch.setattr("SegAssistLib.task.bundles_folder", lambda: folder)
    list_tasks.cache_clear()
    bundle = write_pneumonia(folder)
    yield read_task(bundle)
    list_tasks.cache_clear()


def rows_of(path: Path) -> dict[str, dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        return {row["name"]: row for row in csv.DictReader(lines)}


def voi_lut(values: np.ndarray) -> Dataset:
    """A curve from stored values 0 to 255."""
    curve = Dataset()
    curve.add_new("LUTDescriptor", "US", [256, 0, 16])
    curve.add_new("LUTData", "OW", np.rint(values).astype("<u2").tobytes())
    return curve


def test_an_x_ray_gives_mask_findings_with_boxes_picture_and_warning(pneumonia, tmp_path):
    stored = (32767 - 128 * lungs().astype(np.uint16)).astype(np.uint16)
    path = write_xray(
        tmp_path / "Müller 脳" / "thorax.dcm",
        stored,
        PhotometricInterpretation="MONOCHROME1",
        BitsStored=15,
        HighBit=14,
        PixelSpacing=[0.5, 0.5],
    )
    result = segment_study(path, pneumonia, tmp_path / "out", overlay=True)
    mask = cv2.imread(str(tmp_path / "out" / "thorax_seg.png"), cv2.IMREAD_UNCHANGED)
    assert [int((mask == value).sum()) for value in (1, 2, 3)] == [200, 1900, 2100]
    rows = rows_of(tmp_path / "out" / "thorax_findings.csv")
    assert float(rows["right lung"]["opaque_percent"]) == pytest.approx(100 * 200 / 2100, abs=0.01)
    assert float(rows["right lower half"]["opaque_percent"]) == pytest.approx(100 * 200 / 1050, abs=0.01)
    assert float(rows["left lung"]["opaque_percent"]) == 0
    assert float(rows["right lung"]["opaque_mm2"]) == 50
    box = rows["1 (right lung)"]
    assert [box[side] for side in ("x", "y", "width", "height")] == ["20", "60", "10", "20"]
    assert float(rows["pneumonia"]["pneumonia_probability"]) == pytest.approx(
        result.findings.probability, abs=1e-4
    )
    assert CAUTION in rows["pneumonia"]["note"]
    record = json.loads((tmp_path / "out" / "thorax_run.json").read_text())
    assert record["warnings"][:2] == [CAUTION, "thorax: the view is PA."]
    overlay = cv2.imread(str(tmp_path / "out" / "thorax_overlay.png"))
    assert overlay.shape[0] > 1000


def test_the_command_line_shows_probability_shares_boxes_and_the_warning(pneumonia, tmp_path, segassist):
    path = write_xray(tmp_path / "thorax.dcm", lungs())
    ended = segassist("segment", path, "--task", pneumonia.name, "--output", tmp_path / "out")
    assert ended.code == 0
    assert CAUTION in ended.err
    for text in (
        "Probability of pneumonia",
        "right lower half",
        "Opacity 1, right lung: x 20, y 60, 10 x 20",
    ):
        assert text in ended.out


def test_a_mask_that_a_person_edited_has_shares_and_no_probability(pneumonia, tmp_path):
    path = write_xray(tmp_path / "thorax.dcm", lungs())
    segment_study(path, pneumonia, tmp_path / "out")
    mask = cv2.imread(str(tmp_path / "out" / "thorax_seg.png"), cv2.IMREAD_UNCHANGED)
    mask[20:55, 58:88] = 1
    cv2.imwrite(str(tmp_path / "edited_seg.png"), mask)
    findings, files = measure_mask(tmp_path / "edited_seg.png", pneumonia, path, tmp_path / "again")
    assert findings.probability is None
    assert findings.region("left upper half").share == 1
    rows = rows_of(tmp_path / "again" / "edited_findings.csv")
    assert rows["pneumonia"]["pneumonia_probability"] == ""
    assert tmp_path / "again" / "edited_overlay.png" in files


@pytest.mark.parametrize(
    ("elements", "message"),
    [
        ({"BodyPartExamined": "RIBCAGE"}, "its body part is RIBCAGE, and .* works on CHEST or THORAX"),
        ({"Modality": "MG"}, "its modality is MG"),
        ({"ViewPosition": "LL"}, "its view is LL, and .* works on PA or AP"),
    ],
)
def test_what_is_no_frontal_chest_is_refused_in_one_sentence(pneumonia, tmp_path, elements, message):
    path = write_xray(tmp_path / "thorax.dcm", lungs(), **elements)
    with pytest.raises(InputError, match=message) as refusal:
        segment_study(path, pneumonia, tmp_path / "out")
    assert "\n" not in str(refusal.value)
    assert not list((tmp_path / "out").glob("*"))


@pytest.mark.parametrize(
    "elements", [{"BodyPartExamined": "RIBCAGE"}, {"Modality": "MG"}, {"ViewPosition": "LL"}]
)
def test_a_person_can_insist_where_the_header_is_wrong_and_the_record_says_so(pneumonia, tmp_path, elements):
    right = segment_study(write_xray(tmp_path / "right.dcm", lungs()), pneumonia, tmp_path / "out")
    path = write_xray(tmp_path / "wrong.dcm", lungs(), **elements)
    result = segment_study(path, pneumonia, tmp_path / "out", force=True)
    assert result.findings == right.findings
    record = json.loads((tmp_path / "out" / "wrong_run.json").read_text())
    (said,) = (each for each in record["warnings"] if "insisted" in each)
    assert next(iter(elements.values())) in said


@pytest.mark.parametrize(
    ("stated", "cause"),
    [("CHEST PA", None), ("ABDOMEN AP", "its body part is ABDOMEN AP"), ("CHEST LAT", "its view is LAT")],
)
def test_a_body_part_may_have_more_words(pneumonia, tmp_path, stated, cause):
    path = write_xray(tmp_path / "thorax.dcm", lungs(), BodyPartExamined=stated, ViewPosition=None)
    with contextlib.nullcontext() if cause is None else pytest.raises(InputError, match=cause):
        pneumonia.warnings_for(read_image(path))


def test_a_file_that_says_nothing_of_part_and_view_is_taken(pneumonia, tmp_path):
    path = write_xray(tmp_path / "thorax.dcm", lungs(), BodyPartExamined="", ViewPosition=None)
    warnings = pneumonia.warnings_for(read_image(path))
    assert not any("view" in warning for warning in warnings)
    cv2.imwrite(str(tmp_path / "thorax.png"), lungs())
    assert any(
        "does not state its modality" in each
        for each in segment_study(tmp_path / "thorax.png", pneumonia, tmp_path / "out").warnings
    )


def test_however_a_file_stores_it_bone_is_bright_and_the_result_is_the_same(pneumonia, tmp_path):
    picture = lungs()
    expected = segment(read_image(write_xray(tmp_path / "plain.dcm", picture)), pneumonia).array
    assert set(np.unique(expected)) == {0, 1, 2, 3}
    twelve = picture.astype(np.uint16) * 10 + 300
    root, levels = np.rint(np.sqrt(picture / 255.0) * 255).astype(np.uint8), np.arange(256)
    marked = twelve.copy()
    marked[119, :] = 4095  # a marker, far brighter than anything in the body
    compressed = write_xray(tmp_path / "rle.dcm", twelve)
    dataset = dcmread(compressed)
    dataset.compress(RLELossless)
    dataset.save_as(compressed)
    ways = {
        "inverted": (
            4095 - twelve,
            {"PhotometricInterpretation": "MONOCHROME1", "BitsStored": 12, "HighBit": 11},
        ),
        "rescaled": (twelve, {"RescaleSlope": 2, "RescaleIntercept": -1000}),
        "linear curve": (picture, {"VOILUTSequence": [voi_lut(100 * levels)]}),
        "curve": (root, {"VOILUTSequence": [voi_lut((levels / 255) ** 2 * 60000)]}),
        "inverted curve": (
            255 - picture,
            {"PhotometricInterpretation": "MONOCHROME1", "VOILUTSequence": [voi_lut(100 * levels)]},
        ),
        "window": (marked, {"WindowCenter": 1575, "WindowWidth": 2550}),
        "useless window": (twelve, {"WindowCenter": 60000, "WindowWidth": 10}),
    }
    for name, (pixels, elements) in ways.items():
        image = read_image(write_xray(tmp_path / f"{name}.dcm", pixels, **elements))
        found = segment(image, pneumonia).array
        same = found[:, :119] == expected[:, :119] if name == "window" else found == expected
        assert same.all(), name
    assert np.array_equal(segment(read_image(compressed), pneumonia).array, expected)


def test_a_damaged_curve_is_refused_in_one_sentence(tmp_path):
    curve = voi_lut(np.arange(12))  # of 256 that it announces
    with pytest.raises(InputError, match=r"thorax\.dcm has a damaged VOI LUT"):
        read_image(write_xray(tmp_path / "thorax.dcm", lungs(), VOILUTSequence=[curve]))


def test_right_and_left_are_not_averaged_with_a_mirror_image(pneumonia, tmp_path):
    image = read_image(write_xray(tmp_path / "thorax.dcm", lungs()))

    class Sides:
        """Says "right lung" on the left of whatever it is shown, and "left lung" on the right."""

        name, version, sha256 = "sides", "1", ""

        def run(self, stack):
            logits = np.full((3, *stack.shape[1:]), -9, np.float32)
            middle = stack.shape[2] // 2
            logits[1, :, :middle] = logits[2, :, middle:] = 9
            return logits

    whole = replace(pneumonia, planes=replace(pneumonia.planes, tile=512))
    best, quick = (segment(image, whole, quality=quality, backend=Sides()) for quality in ("best", "quick"))
    assert np.array_equal(best.probabilities, quick.probabilities)
    assert (best.array[:60] == 2).all()
    assert (best.array[70:] == 3).all()


def test_an_opacity_lies_over_the_lung_however_sure_the_lung_is(pneumonia, tmp_path):
    image = read_image(write_xray(tmp_path / "thorax.dcm", lungs()))

    class Both:
        name, version, sha256 = "both", "1", ""

        def run(self, stack):
            logits = np.full((3, *stack.shape[1:]), -9, np.float32)
            logits[0], logits[1] = 0.1, 9
            return logits

    over = tuple(replace(label, priority=int(label.name == "opacity")) for label in pneumonia.labels)
    assert (segment(image, pneumonia, backend=Both()).array == 2).all()
    assert (segment(image, replace(pneumonia, labels=over), backend=Both()).array == 1).all()


def test_the_bundle_that_ships_states_what_these_tests_rely_on():
    task = find_task("pneumonia-xray", trained=False)
    assert [(label.name, label.priority) for label in task.labels] == [
        ("opacity", 1),
        ("right lung", 0),
        ("left lung", 0),
    ]
    assert task.planes.sided
    assert task.image_level is not None
    assert any("emonstration" in warning for warning in task.warnings)
    assert (task.measure, task.recipe) == ("opacity", "xray")


@pytest.mark.shared_data
@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nih_test1_no_finding", None),
        ("nih_test2_cardiomegaly", None),
        ("nih_test3_effusion", None),
        ("nih_test4_wrong_bodypart", "body part is RIBCAGE"),
        ("nih_test5_wrong_modality", "modality is CT"),
        ("nema_rg1_monochrome1_j2k", None),
    ],
)
def test_real_files_are_taken_or_refused(pneumonia, dicom_data, tmp_path, name, message):
    path = dicom_data / "cxr" / f"{name}.dcm"
    if message:
        with pytest.raises(InputError, match=message):
            segment_study(path, pneumonia, tmp_path / "out")
    else:
        result = segment_study(path, pneumonia, tmp_path / "out")
        assert (tmp_path / "out" / f"{name}_findings.csv").exists()
        view = any("view is PA" in warning for warning in result.warnings)
        assert view == (name == "nema_rg1_monochrome1_j2k")


def test_evaluation_tells_the_sick_from_the_clear_by_the_probability_of_the_picture(
    pneumonia, tmp_path, segassist
):
    for folder in ("image", "mask"):
        (tmp_path / folder).mkdir()
    clear = np.where(lungs() == OPACITY, RIGHT, lungs()).astype(np.uint8)
    for name, picture in (("sick", lungs()), ("clear", clear), ("wrong", clear)):
        cv2.imwrite(str(tmp_path / "image" / f"{name}.png"), picture)
        marked = picture == OPACITY if name != "wrong" else lungs() == OPACITY
        cv2.imwrite(str(tmp_path / "mask" / f"{name}.png"), marked.astype(np.uint8))
    table = "name,group\nsick,a\nclear,b\nwrong,c\n"
    (tmp_path / "manifest.csv").write_text(table, encoding="utf-8")
    ended = segassist(
        "evaluate", "--task", pneumonia.name, "--data", tmp_path, "--output", tmp_path, "--json"
    )
    assert ended.code == 0, ended.err
    lines = {line["metric"]: line for line in json.loads(ended.out) if line["group"] == "all"}
    assert lines["auc"]["mean"] == 0.75, "of two sick pictures one is above the clear one, one beside it"
    assert lines["dice"]["mean"] == pytest.approx(2 / 3, abs=0.02)
    told = segassist("evaluate", "--task", pneumonia.name, "--data", tmp_path, "--output", tmp_path)
    assert "auc" in told.out


def test_several_x_rays_are_segmented_one_by_one_even_those_of_one_series(pneumonia, tmp_path, segassist):
    files = [
        write_xray(tmp_path / f"{side}.dcm", lungs(), SeriesInstanceUID="1.2.3", ViewPosition=side)
        for side in ("PA", "AP")
    ]
    ended = segassist("segment", *files, "--task", pneumonia.name, "--output", tmp_path / "out")
    assert ended.code == 0, ended.err
    assert {"PA_seg.png", "AP_seg.png"} <= {path.name for path in (tmp_path / "out").iterdir()}
