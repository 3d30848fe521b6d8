"""The drawing of a clip's areas: what was not measured is not drawn, and says why."""

from __future__ import annotations

import re

import numpy as np
import pytest

from SegAssistLib.measure.vessels import measure_vessels
from SegAssistLib.web.area_curve import draw_area_curve

COUNT, MISSING, LEFT_OUT = 20, (8, 9, 10), 15
TIMES = tuple(0.1 * n for n in range(COUNT))


@pytest.fixture
def curve():
    mask = np.zeros((40, 40, COUNT), np.uint8)
    for n in range(COUNT):
        if n not in MISSING:
            mask[:20, : 10 + n, n] = 2
    findings = measure_vessels(
        mask, {"vein": 2}, None, times_s=TIMES, screened={LEFT_OUT: "blurred & <dark>"}
    )
    return draw_area_curve(findings, {"vein": (0, 151, 206)})


def paths(html: str, kind: str) -> list[str]:
    return re.findall(f'<path d="([^"]*)" class="{kind}"', html)


def test_a_frame_without_the_vessel_is_a_gap_and_a_tick_and_never_an_area_of_zero(curve):
    (dots,) = paths(curve.html, "sa-dots")
    assert dots.count("M") == COUNT - len(MISSING) - 1
    assert max(float(y) for y in re.findall(r"M[\d.]+ ([\d.]+)h0", dots)) < 90  # 100 is the axis
    (smoothed,) = paths(curve.html, "sa-smoothed")
    assert smoothed.count("M") > 1
    (ticks,) = paths(curve.html, "sa-missing")
    assert ticks.count("M") == len(MISSING)


def test_a_frame_that_was_left_out_is_shaded_over_its_own_time_and_says_why(curve):
    (left, width) = re.search(r'<rect x="([\d.]+)" y="0" width="([\d.]+)"', curve.html).groups()
    assert float(left) / 10 < curve.places[LEFT_OUT] < (float(left) + float(width)) / 10
    assert f"<title>Frame {LEFT_OUT}: blurred &amp; &lt;dark&gt;</title>" in curve.html


def test_the_frames_of_the_largest_and_smallest_area_are_marked_where_they_are(curve):
    marks = dict(re.findall(r'class="sa-mark sa-(\w+)" style="left: ([\d.]+)%', curve.html))
    assert float(marks["largest"]) == pytest.approx(curve.places[COUNT - 1], abs=0.01)
    assert float(marks["smallest"]) == pytest.approx(curve.places[0], abs=0.01)


def test_frames_lie_where_their_times_are():
    mask = np.ones((4, 4, 3), np.uint8)
    findings = measure_vessels(mask, {"artery": 1}, (0.5, 0.5), times_s=(0.0, 1.0, 3.0))
    curve = draw_area_curve(findings, {"artery": (1, 2, 3)})
    first, second, third = curve.places
    assert (third - second) == pytest.approx(2 * (second - first), abs=0.01)
    assert "mm²" in curve.html
