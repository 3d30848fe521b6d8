"""Opacities and lungs: shares against arithmetic by hand, what is hidden, a picture's probability."""

from __future__ import annotations

import numpy as np
import pytest

from SegAssistLib.errors import InputError
from SegAssistLib.measure.opacity import OUTSIDE, measure_opacity
from SegAssistLib.measure.pooling import ImageLevel

OPACITY, RIGHT, LEFT = 1, 2, 3


def a_chest(right=True, left=True) -> np.ndarray:
    """Lungs of 20 x 40 pixels each, columns 10 to 29 and 50 to 69, rows 20 to 59."""
    mask = np.zeros((80, 100, 1), np.uint8)
    mask[10:30, 20:60] = RIGHT * right
    mask[50:70, 20:60] = LEFT * left
    return mask


def measured(mask, **known):
    return measure_opacity(mask, OPACITY, RIGHT, LEFT, **known)


def shares(findings) -> dict[str, float]:
    return {region.name: region.share for region in findings.regions}


def test_shares_areas_and_boxes_are_those_of_arithmetic():
    mask = a_chest()
    mask[12:22, 50:58] = OPACITY  # 80 of the right lower half's 400 pixels
    mask[60:64, 22:24] = OPACITY  # 8 of the left upper half's 400
    probability = np.where(mask == OPACITY, np.float16(0.75), np.float16(0))
    findings = measured(mask, pixel_area_mm2=0.25, opacity_probability=probability)
    assert shares(findings) == pytest.approx(
        {
            "lungs": 88 / 1600,
            "right lung": 80 / 800,
            "right upper half": 0,
            "right lower half": 80 / 400,
            "left lung": 8 / 800,
            "left upper half": 8 / 400,
            "left lower half": 0,
        }
    )
    assert findings.region("right lung").lung_area_mm2 == 200
    assert findings.region("right lung").opaque_area_mm2 == 20
    first, second = findings.opacities
    assert (first.x, first.y, first.width, first.height, first.pixels) == (12, 50, 10, 8, 80)
    assert (first.region, first.area_mm2, first.mean_probability) == ("right lung", 20, 0.75)
    assert (second.id, second.region) == (2, "left lung")


def test_a_lung_that_opacities_hide_counts_as_lung():
    """Half a lung, and a whole one, against the same lung seen in full."""
    mask = a_chest()
    mask[10:30, 40:60] = OPACITY
    assert shares(measured(mask))["right lung"] == 0.5
    assert shares(measured(mask))["right lower half"] == 1
    mask[10:30, 20:60] = OPACITY
    findings = measured(mask)
    assert shares(findings)["right lung"] == 1
    assert shares(findings)["left lung"] == 0
    assert shares(findings)["lungs"] == 0.5
    assert "right lung is not marked" in findings.notes[0]


def test_what_lies_on_neck_or_abdomen_is_no_lung():
    mask = a_chest()
    mask[36:44, 2:8] = OPACITY
    mask[30:50, 80:95] = OPACITY
    findings = measured(mask)
    assert findings.region("lungs").opaque_pixels == 0
    assert {opacity.region for opacity in findings.opacities} == {OUTSIDE}


def test_an_opacity_across_the_middle_is_divided_between_the_lungs():
    mask = a_chest()
    mask[25:55, 30:40] = OPACITY
    findings = measured(mask)
    assert findings.opacities[0].region == "both lungs"
    right, left = (findings.region(f"{side} lung") for side in ("right", "left"))
    assert (right.opaque_pixels, left.opaque_pixels) == (150, 150)
    assert right.lung_pixels == 800 + 100


def test_a_mirrored_picture_keeps_the_sides_that_the_labels_say():
    mask = a_chest()
    mask[12:22, 50:58] = OPACITY
    assert shares(measured(mask[::-1])) == shares(measured(mask))


def test_without_lungs_there_is_no_share():
    mask = a_chest(right=False, left=False)
    mask[12:22, 50:58] = OPACITY
    findings = measured(mask)
    assert set(shares(findings).values()) == {None}
    assert findings.opacities[0].pixels == 80
    assert "No lung is marked" in findings.notes[0]
    assert findings.probability is None


def test_a_clip_is_refused():
    with pytest.raises(InputError, match="single picture"):
        measured(np.zeros((4, 4, 2), np.uint8))


def test_a_picture_is_as_probable_as_what_it_shows_and_not_as_large():
    level = ImageLevel(sharpness=10)
    faint = np.full((64, 64), 0.02)
    small, large = faint.copy(), faint.copy()
    small[:4, :4], large[:32, :32] = 0.9, 0.9
    values = [level.probability(each) for each in (faint, small, large)]
    assert values == sorted(values)
    assert values[0] == pytest.approx(0.02)
    assert values[2] < 0.9
    twice = np.repeat(np.repeat(small, 2, axis=0), 2, axis=1)
    assert level.probability(twice) == pytest.approx(values[1])
    calibrated = ImageLevel(sharpness=10, slope=2, intercept=-1)
    logit = np.log(values[1] / (1 - values[1]))
    assert calibrated.probability(small) == pytest.approx(1 / (1 + np.exp(1 - 2 * logit)))
    assert 0 < level.probability(np.zeros((4, 4))) < level.probability(np.ones((4, 4))) < 1
