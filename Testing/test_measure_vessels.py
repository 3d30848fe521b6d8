"""Area and shape of vessels over a clip: published figures, outliers, gaps, frames that a person chose."""

import numpy as np
import pytest

from SegAssistLib.errors import InputError
from SegAssistLib.measure.smoothing import smooth, window_length
from SegAssistLib.measure.vessels import measure_vessels

LABELS = {"artery": 1, "vein": 2}


def with_pixels(*, artery=None, vein=None, shape=(64, 64)):
    """A mask with so many pixels of each label in each frame, artery from the top, vein from the bottom."""
    frames = len(vein if artery is None else artery)
    flat = np.zeros((shape[0] * shape[1], frames), np.uint8)
    for n, (a, v) in enumerate(zip(artery or [0] * frames, vein or [0] * frames, strict=True)):
        flat[:a, n] = 1
        flat[len(flat) - v :, n] = 2
    return flat.reshape(*shape, frames)


def vein_of(mask, spacing=None, **options):
    return next(each for each in measure_vessels(mask, LABELS, spacing, **options).vessels if each.value == 2)


@pytest.mark.parametrize(("largest", "smallest", "percent"), [(1149, 169, 85.29), (1423, 193, 86.44)])
def test_the_change_of_area_is_the_one_that_the_published_clips_give(largest, smallest, percent):
    change = vein_of(with_pixels(vein=[1000, largest, 700, 400, smallest, 500])).change
    assert (change.maximum_pixels, change.minimum_pixels) == (largest, smallest)
    assert (change.maximum_frame, change.minimum_frame) == (1, 4)
    assert round(100 * change.rate, 2) == percent


@pytest.mark.parametrize("angle", [0, 30, 90, 145])
def test_the_fitted_ellipse_has_the_axes_of_the_drawn_one_in_mm_where_pixels_are_oblong(angle):
    spacing = (0.1, 0.25)
    x, y = np.meshgrid(np.arange(400) * 0.1 - 20, np.arange(200) * 0.25 - 25, indexing="ij")
    turn = np.deg2rad(angle)
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    mask = np.uint8(2 * ((along / 6) ** 2 + (across / 2.5) ** 2 <= 1))[:, :, np.newaxis]
    (frame,) = vein_of(mask, spacing).frames
    assert frame.axes_mm == pytest.approx((12, 5), rel=0.02)
    assert frame.area_mm2 == pytest.approx(np.pi * 6 * 2.5, rel=0.02)
    assert frame.centroid_ij == pytest.approx((200, 100), abs=0.1)


def test_not_found_is_no_area_and_makes_the_change_at_least_what_was_seen():
    areas = [900, 900, 880, 400, 120, 0, 0, 0, 150, 500, 900, 0, 900]
    vein = vein_of(with_pixels(vein=areas))
    assert vein.frames[5].status == "not found"
    assert vein.frames[5].pixels is vein.frames[5].area_mm2 is vein.frames[5].axes_pixels is None
    assert vein.change.rate == pytest.approx(1 - 120 / 900)
    assert vein.change.not_found_while_small == 3
    assert vein.change.at_least
    assert any("3 frames while it was small" in note for note in vein.notes)
    assert any("1 frame elsewhere" in note for note in vein.notes)


def test_a_collapse_out_of_sight_in_another_press_than_the_smallest_area_makes_it_at_least_too():
    areas = [900, 900, 400, 0, 0, 450, 900, 900, 500, 100, 110, 500, 900]
    change = vein_of(with_pixels(vein=areas)).change
    assert change.minimum_frame == 9
    assert change.not_found_while_small == 2


def test_a_vein_that_is_always_found_has_a_change_and_not_a_lower_bound():
    assert not vein_of(with_pixels(vein=[900, 600, 300, 600, 900])).change.at_least


@pytest.mark.parametrize(("frame", "area"), [(0, 30), (5, 30), (12, 2500), (24, 2500)])
def test_one_wrong_frame_moves_the_raw_change_and_not_the_robust_one(frame, area):
    areas = (650 + 350 * np.cos(np.linspace(0, 2 * np.pi, 25))).round().astype(int).tolist()
    true = 1 - 300 / 1000
    wrong = [*areas[:frame], area, *areas[frame + 1 :]]
    change = vein_of(with_pixels(vein=wrong)).change
    assert abs(change.rate - true) > 0.1
    assert change.robust_rate == pytest.approx(true, abs=0.03)


def test_a_vein_lost_while_it_collapses_keeps_its_last_area_in_the_robust_change():
    change = vein_of(with_pixels(vein=[1000, 1000, 1000, 700, 400, 100, 0, 0, 110, 420, 700, 1000])).change
    assert change.robust_rate == pytest.approx(0.9, abs=0.01)


def test_the_smoothed_curve_has_no_value_where_nothing_was_measured_nor_in_a_lonely_frame():
    values = np.array([5.0, 5, 5, np.nan, 9, np.nan, 7, 7, 8])
    smoothed = smooth(values, np.isnan(values))
    assert np.isnan(smoothed).tolist() == [False, False, False, True, True, True, False, False, False]
    assert smoothed[:3].tolist() == [5, 5, 5]


def test_a_single_screened_frame_is_stepped_over_and_a_missing_vein_is_not():
    areas = np.array([10.0, 10, np.nan, 90, 10, 10])
    stepped_over = smooth(areas, np.zeros(6, bool))
    assert stepped_over[[0, 1, 3, 4, 5]].tolist() == [10, 10, 10, 10, 10]
    cut = smooth(areas, np.isnan(areas))
    assert np.isnan(cut[:3]).all()


def test_the_running_median_spans_a_fifth_of_a_second():
    assert [window_length(np.arange(50) / rate) for rate in (5, 10, 25, 37, 100)] == [3, 3, 5, 7, 9]
    assert window_length(None) == 3


@pytest.mark.parametrize(
    ("areas", "screened", "sentence"),
    [
        ([500], {}, "one frame"),
        ([0, 0, 0], {}, "not found in any of 3"),
        ([0, 500, 0], {}, "found in one of 3"),
        ([500, 400], {0: "blurred", 1: "blurred"}, "all 2 frames were screened out"),
    ],
)
def test_a_change_that_cannot_be_given_is_a_sentence_and_never_zero(areas, screened, sentence):
    vein = vein_of(with_pixels(vein=areas), screened=screened, threshold=0.5)
    assert vein.change.rate is vein.change.robust_rate is vein.change.minimum_frame is None
    assert sentence in vein.change.undefined
    assert vein.change.undefined in vein.notes
    assert "there is no change to compare" in vein.notes[-1]


def test_nothing_is_measured_in_a_screened_frame():
    mask = with_pixels(vein=[900, 900, 10, 400, 900])
    vein = vein_of(mask, screened={2: "blurred"})
    assert (vein.frames[2].status, vein.frames[2].reason) == ("screened out", "blurred")
    assert vein.change.minimum_frame == 3


def test_a_person_chooses_the_two_frames_even_a_screened_one():
    mask = with_pixels(vein=[900, 800, 10, 400, 900])
    change = vein_of(mask, screened={2: "blurred"}, chosen_frames={"vein": (1, 2)}).change
    assert (change.maximum_frame, change.minimum_frame, change.chosen_by_person) == (1, 2, True)
    assert change.rate == pytest.approx(1 - 10 / 800)


def test_a_chosen_frame_without_the_vein_gives_a_sentence():
    change = vein_of(with_pixels(vein=[900, 800, 0, 400]), chosen_frames={"vein": (0, 2)}).change
    assert change.rate is None
    assert "not found in frame 2" in change.undefined


def test_the_artery_tells_how_strong_the_pressure_was_and_nothing_is_concluded():
    mask = with_pixels(artery=[500, 500, 490, 450, 450, 450, 500], vein=[900, 900, 800, 95, 90, 95, 900])
    vein = vein_of(mask)
    assert vein.reference_between == pytest.approx(1 - 450 / 500, abs=0.01)
    assert any("area of the artery changed by 10.0%" in note for note in vein.notes)
    alone = vein_of(with_pixels(vein=[900, 800, 90]))
    assert alone.reference_between is None
    assert any("nothing tells how strong the pressure was" in note for note in alone.notes)
    assert not any("xperimental" in note for note in (*vein.notes, *alone.notes))


@pytest.mark.parametrize(
    ("areas", "threshold", "words"),
    [
        ([900, 900, 500, 100, 100, 100], 0.5, "reaches it"),
        ([900, 900, 800, 800, 800, 800], 0.5, "stays below it"),
        ([900, 900, 800, 800, 800, 0, 0], 0.5, "undecided"),
    ],
)
def test_a_threshold_of_the_user_is_marked_as_experimental(areas, threshold, words):
    note = vein_of(with_pixels(vein=areas), threshold=threshold).notes[-1]
    assert note.startswith("Experimental")
    assert words in note


def test_the_most_that_a_change_can_be_is_not_below_what_was_found():
    mask = with_pixels(vein=[900, 900, 900, 900, 100, 900, 800, 700, 700, 700])  # one frame is an outlier
    change = vein_of(mask).change
    assert change.robust_rate < change.rate
    assert change.between == (change.robust_rate, change.rate)


def test_a_vessel_that_is_nowhere_is_not_counted_as_found():
    assert measure_vessels(with_pixels(vein=[900, 0, 100]), LABELS, None).found == 1


def test_one_frame_and_several_are_counted_as_people_do():
    notes = vein_of(with_pixels(vein=[900, 800, 100, 0, 100, 900, 0, 0, 900, 900])).notes
    assert any(note.startswith("Not found in 1 frame while it was small") for note in notes)
    assert "Not found in 2 frames elsewhere in the clip." in notes


def test_without_a_pixel_size_there_are_pixels_and_no_mm():
    frame = vein_of(with_pixels(vein=[900, 800])).frames[0]
    assert frame.pixels == 900
    assert frame.axes_pixels is not None
    assert frame.area_mm2 is frame.axes_mm is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"times_s": [0.0, 1.0]}, "3 frames and 2 frame times"),
        ({"times_s": [0.0, 1.0, 0.5]}, "rising"),
        ({"screened": {3: "blurred"}}, "no frame 3"),
        ({"chosen_frames": {"vein": (0, 7)}}, "no frame 7"),
        ({"chosen_frames": {"vein": (1, 1)}}, "chosen twice"),
        ({"chosen_frames": {"nerve": (0, 1)}}, "no vessel 'nerve'"),
    ],
)
def test_what_does_not_fit_the_clip_is_refused_with_a_sentence(options, words):
    with pytest.raises(InputError, match=words):
        measure_vessels(with_pixels(vein=[9, 8, 7]), LABELS, None, **options)


def test_a_mask_that_is_no_clip_is_refused():
    with pytest.raises(InputError, match="mask of a clip"):
        measure_vessels(np.zeros((8, 8), np.uint8), LABELS, None)


def test_a_vein_that_shrinks_out_of_sight_closed_as_far_as_can_be_seen_and_the_interval_is_told():
    vein = vein_of(with_pixels(vein=[1000, 1000, 1000, 950, 600, 250, 0, 0, 0, 0, 300, 700, 1000]))
    assert vein.change.closed_out_of_sight
    assert vein.change.reading == 1
    assert vein.change.between == (pytest.approx(0.75), 1)
    assert any("closed as far as can be seen" in note and "75.0% and 100%" in note for note in vein.notes)


@pytest.mark.parametrize(
    "areas",
    [
        [1000, 1000, 900, 850, 845, 840, 0, 0, 0, 0, 845, 900, 1000],  # a clot: missed, and not closing
        [1000, 1000, 1000, 600, 250, 0, 0, 0, 400, 400, 400, 400, 400],  # back without having opened
        [1000, 1000, 900, 500, 480, 460, 440, 440, 0, 0, 450, 450, 1000],  # shut in part, then missed
    ],
)
def test_a_vein_that_is_missed_while_it_does_not_shrink_is_not_read_as_closed(areas):
    change = vein_of(with_pixels(vein=areas)).change
    assert not change.closed_out_of_sight
    assert change.reading == change.best_rate < 0.8


def test_a_vein_lost_within_two_frames_keeps_its_last_area_in_the_robust_change():
    vein = vein_of(with_pixels(vein=[1000, 1000, 1000, 990, 400, 0, 0, 0, 500, 980, 1000, 1000]))
    assert vein.change.robust_rate == pytest.approx(0.6)
