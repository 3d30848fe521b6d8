"""A clip's tables read back with nothing to skip, and its area curve looked at pixel by pixel."""

import csv

import cv2
import numpy as np
import pytest

from SegAssistLib.measure.frame_quality import FrameQuality
from SegAssistLib.measure.vessels import measure_vessels
from SegAssistLib.report import RESEARCH_USE
from SegAssistLib.report.area_curve import SCREENED, write_area_curve
from SegAssistLib.report.frames import frames_rows, vessel_rows, write_frames, write_vessels

LABELS = {"artery": 1, "vein": 2}
COLORS = {"artery": (255, 0, 0), "vein": (0, 0, 255)}
AREAS = [900, 900, 800, 600, 300, 90, 0, 0, 100, 500, 900, 900]


def findings(areas=AREAS, spacing=(0.1, 0.2), **options):
    flat = np.zeros((2000, len(areas)), np.uint8)
    flat[:300] = 1
    for n, area in enumerate(areas):
        flat[1000 : 1000 + area, n] = 2
    return measure_vessels(flat.reshape(50, 40, -1), LABELS, spacing, **options)


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def curve(tmp_path, found, title="a clip"):
    path = tmp_path / "curve.png"
    write_area_curve(path, found, title, COLORS)
    assert list(tmp_path.iterdir()) == [path]
    return cv2.cvtColor(cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def has(picture, color):
    return (picture == color).all(axis=2)


def test_the_frames_table_has_one_row_a_frame_and_says_why_a_cell_is_empty(tmp_path):
    found = findings(times_s=np.arange(12) / 25, screened={3: "blurred: 30% of the clip's median sharpness"})
    write_frames(tmp_path / "a_frames.csv", found)
    rows = read(tmp_path / "a_frames.csv")
    assert [row["frame"] for row in rows] == [str(n) for n in range(12)]
    assert [row["note"] for row in rows[:2]] == [RESEARCH_USE, ""]
    first, blurred, missing = rows[0], rows[3], rows[6]
    assert (first["vein_status"], first["vein_area_pixels"], first["vein_area_mm2"]) == (
        "measured",
        "900",
        "18.0",
    )
    assert rows[5]["time_s"] == "0.2"
    assert (blurred["vein_status"], blurred["vein_area_pixels"]) == ("screened out", "")
    assert blurred["screened_out"] == blurred["vein_reason"] == "blurred: 30% of the clip's median sharpness"
    assert (missing["vein_status"], missing["vein_area_pixels"], missing["vein_area_mm2"]) == (
        "not found",
        "",
        "",
    )
    assert missing["artery_area_pixels"] == "300"


def test_every_row_has_the_same_columns_and_sizes_have_their_units():
    found = findings(spacing=None)
    quality = [FrameQuality(50.0, 0.5, 0.0, None if n == 0 else 3.0, None) for n in range(12)]
    rows = frames_rows(found, quality)
    assert len({tuple(row) for row in rows}) == 1
    assert rows[0]["sharpness"] == 0.5
    assert rows[0]["vein_area_mm2"] is rows[0]["vein_long_axis_mm"] is None
    assert rows[0]["vein_long_axis_pixels"] > rows[0]["vein_short_axis_pixels"]


def test_the_vessels_table_gives_the_change_in_percent_and_that_it_is_a_lower_bound(tmp_path):
    write_vessels(tmp_path / "a_findings.csv", findings(times_s=np.arange(12) / 25))
    artery, vein = read(tmp_path / "a_findings.csv")
    assert (vein["vessel"], vein["measured_frames"], vein["not_found_frames"]) == ("vein", "10", "2")
    assert (vein["maximum_frame"], vein["minimum_frame"], vein["minimum_time_s"]) == ("0", "5", "0.2")
    assert (vein["change_percent"], vein["at_least"], vein["not_found_while_small"]) == (
        "90.0",
        "yes",
        "2",
    )
    assert vein["minimum_area_mm2"] == "1.8"
    assert (artery["change_percent"], artery["at_least"]) == ("0.0", "no")
    assert vein["frames_chosen_by"] == "program"
    assert {artery["note"], vein["note"]} == {RESEARCH_USE}


def test_the_vessels_table_leaves_a_change_that_is_not_known_empty_and_says_why():
    _, vein = vessel_rows(findings([0, 0, 0]))
    assert vein["change_percent"] is vein["robust_change_percent"] is vein["at_least"] is None
    assert vein["maximum_frame"] is vein["maximum_area_mm2"] is None
    assert "not found in any of 3" in vein["remarks"]


def test_the_curve_shows_both_vessels_the_screened_frame_and_the_note(tmp_path):
    picture = curve(tmp_path, findings(times_s=np.arange(12) / 25, screened={3: "blurred"}))
    shaded = np.flatnonzero(has(picture, SCREENED).sum(axis=0) > 300)
    assert len(shaded) == pytest.approx((1280 - 116) / 12, abs=2)
    assert has(picture, COLORS["artery"]).any()
    assert has(picture, COLORS["vein"]).any()
    assert picture[-22:-5, :300].max() > 200
    plain = curve(tmp_path, findings(times_s=np.arange(12) / 25))
    assert has(plain, SCREENED).sum(axis=0).max() < 100


def test_the_curve_is_broken_where_the_vein_was_not_found(tmp_path):
    picture = curve(tmp_path, findings())
    columns = 86 + (np.arange(12) + 0.5) / 12 * (1280 - 116)  # of the frames
    bottom = picture.shape[0] - 78
    between = slice(round(columns[6]) - 4, round(columns[7]) + 5)
    assert not has(picture[120 : bottom - 20, between], COLORS["vein"]).any()
    assert has(picture[120 : bottom - 20, round(columns[2]) : round(columns[4])], COLORS["vein"]).any()


@pytest.mark.parametrize(
    ("areas", "spacing"), [([0] * 12, None), ([500], (0.1, 0.1)), ([1, 0, 1, 1, 1], None), ([1000, 2], None)]
)
def test_a_clip_with_little_to_show_gives_a_picture_all_the_same(tmp_path, areas, spacing):
    found = findings(areas, spacing, screened={0: "black"})
    picture = curve(tmp_path, found, title="Gefäß ✓")
    assert picture[:20].max() > 200
