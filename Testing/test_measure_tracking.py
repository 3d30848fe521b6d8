"""Vessels followed through made-up clips whose truth is known: lost, in parts, exchanged, false."""

import numpy as np
import pytest

from SegAssistLib.errors import InputError
from SegAssistLib.measure.tracking import track_vessels

ARTERY, VEIN = 1, 2
LABELS = {"artery": ARTERY, "vein": VEIN}
FRAMES = 40
PRESS = np.clip(np.sin(np.linspace(0, np.pi, FRAMES)) * 1.3, 0, 1)  # from no pressure to full and back


def disc(mask, frame, value, centre, radius, flat=1.0):
    x, y = np.ogrid[: mask.shape[0], : mask.shape[1]]
    inside = ((x - centre[0]) / radius) ** 2 + ((y - centre[1]) / (radius * flat)) ** 2 <= 1
    mask[:, :, frame][inside] = value


def clip(artery_yields=0.05, vein_yields=0.8, hide_vein_above=2.0):
    """Artery and vein that move 20 pixels under the pressure and lose so much of their areas."""
    mask = np.zeros((120, 100, FRAMES), np.uint8)
    for n, press in enumerate(PRESS):
        depth = 55 - 20 * press
        disc(mask, n, ARTERY, (35, depth), 14, 1 - artery_yields * press)
        if press <= hide_vein_above:
            disc(mask, n, VEIN, (75, depth + 3), 17, 1 - vein_yields * press)
    return mask


def exchange(mask, frames):
    """The mask with the labels of artery and vein exchanged in these frames."""
    changed = mask.copy()
    part = changed[:, :, frames]
    changed[:, :, frames] = np.choose(part, [0, VEIN, ARTERY])
    return changed


def kinds(tracking):
    return {flag.kind for flag in tracking.flags}


def test_two_vessels_that_are_plain_to_see_are_two_tracks_without_flags():
    mask = clip()
    tracking = track_vessels(mask, LABELS)
    assert [len(track.regions) for track in tracking.tracks] == [FRAMES, FRAMES]
    assert tracking.flags == ()
    assert np.array_equal(tracking.proposed(), mask)


def test_a_vein_lost_under_pressure_is_found_again_as_the_same_and_its_collapse_does_not_count_against_it():
    mask = clip(vein_yields=0.8, hide_vein_above=0.9)
    lost = tuple(np.flatnonzero(PRESS > 0.9).tolist())
    tracking = track_vessels(mask, LABELS)
    vein = next(track for track in tracking.tracks if track.name == "vein")
    assert len(tracking.tracks) == 2
    assert [(flag.kind, flag.tracks, flag.frames) for flag in tracking.flags] == [("lost", (vein.id,), lost)]
    assert vein.persistence == 1
    assert tracking.proposed()[:, :, list(lost)].max() == ARTERY


@pytest.mark.parametrize("frames", [[12], [5, 6, 7], list(range(25, 34))])
def test_exchanged_labels_are_flagged_and_the_proposal_puts_them_back(frames):
    mask = clip()
    tracking = track_vessels(exchange(mask, frames), LABELS)
    assert [(flag.kind, flag.frames) for flag in tracking.flags] == [("swap", tuple(frames))]
    assert np.array_equal(tracking.proposed(), mask)


def test_the_label_of_one_vessel_that_flips_is_flagged():
    mask = clip()
    flipped = mask.copy()
    flipped[:, :, 8][mask[:, :, 8] == VEIN] = ARTERY
    tracking = track_vessels(flipped, LABELS)
    assert [(flag.kind, flag.frames) for flag in tracking.flags] == [("label flips", (8,))]
    assert np.array_equal(tracking.proposed(), mask)


def test_short_false_regions_are_left_out_and_said():
    mask = clip()
    noisy = mask.copy()
    disc(noisy, 10, VEIN, (10, 85), 5)
    disc(noisy, 11, VEIN, (10, 85), 5)
    disc(noisy, 30, VEIN, (110, 90), 4)
    tracking = track_vessels(noisy, LABELS)
    (flag,) = tracking.flags
    assert (flag.kind, flag.frames) == ("false regions", (10, 11, 30))
    assert np.array_equal(tracking.proposed(), mask)


def test_a_vein_in_two_parts_stays_one_vein():
    mask = clip()
    cut = mask.copy()
    cut[74:77, :, 20][cut[74:77, :, 20] == VEIN] = 0
    tracking = track_vessels(cut, LABELS)
    (flag,) = tracking.flags
    assert (flag.kind, flag.frames) == ("in parts", (20,))
    assert np.array_equal(tracking.proposed(), cut)


def test_a_second_region_with_the_veins_label_is_flagged_and_a_person_can_choose_it():
    mask = clip(vein_yields=0.8)
    for n in range(FRAMES):
        disc(mask, n, VEIN, (75, 88), 10)  # as steady as a muscle
    tracking = track_vessels(mask, LABELS)
    chosen = next(track for track in tracking.tracks if track.id == tracking.chosen["vein"])
    assert chosen.yields > 0.7
    (flag,) = tracking.flags
    assert flag.kind == "several"
    other = next(number for number in flag.tracks if number != chosen.id)
    by_hand = tracking.choose("vein", other)
    assert f"track {other} was measured" in by_hand.flags[0].text
    proposed = by_hand.proposed()
    assert proposed[75, 88].tolist() == [VEIN] * FRAMES
    assert np.count_nonzero(proposed[:, :, 0] == VEIN) < np.count_nonzero(mask[:, :, 0] == VEIN)


def test_a_large_clotted_vein_is_not_given_up_for_a_small_one_that_yields():
    mask = clip(vein_yields=0.05)
    for n, press in enumerate(PRESS):
        disc(mask, n, VEIN, (75, 88 - 20 * press), 6, 1 - 0.9 * press)
    tracking = track_vessels(mask, LABELS)
    chosen = next(track for track in tracking.tracks if track.id == tracking.chosen["vein"])
    assert chosen.yields < 0.1
    assert "several" in kinds(tracking)


def test_where_labels_are_in_doubt_the_vessel_that_yields_is_proposed_as_vein():
    mask = clip()
    tracking = track_vessels(exchange(mask, list(range(24))), LABELS)
    assert "named by pressure" in kinds(tracking)
    assert np.array_equal(tracking.proposed(), mask)


def test_clear_labels_stand_against_pressure_and_the_contradiction_is_flagged():
    clotted = clip(artery_yields=0.6, vein_yields=0.02)
    tracking = track_vessels(clotted, LABELS)
    assert kinds(tracking) == {"against pressure"}
    assert np.array_equal(tracking.proposed(), clotted)


def test_a_sure_region_is_chosen_before_an_unsure_one_of_the_same_size():
    mask = np.zeros((80, 40, 6), np.uint8)
    for n in range(6):
        disc(mask, n, VEIN, (20, 20), 10)
        disc(mask, n, VEIN, (60, 20), 10)
    probabilities = np.zeros((2, *mask.shape), np.float16)
    probabilities[1, :40] = 0.3
    probabilities[1, 40:] = 0.9
    tracking = track_vessels(mask, LABELS, probabilities=probabilities)
    chosen = next(track for track in tracking.tracks if track.id == tracking.chosen["vein"])
    assert chosen.probability == pytest.approx(0.9, abs=0.001)
    assert chosen.regions[0].centroid_ij == pytest.approx((60, 20))


def test_nothing_is_followed_in_a_screened_frame():
    mask = clip()
    mask[:, :, 15] = 0
    tracking = track_vessels(mask, LABELS, screened={15: "blurred"})
    assert tracking.flags == ()
    assert not tracking.proposed()[:, :, 15].any()


def test_an_empty_mask_and_a_single_frame_are_no_error():
    empty = track_vessels(np.zeros((9, 9, 3), np.uint8), LABELS)
    assert (empty.tracks, empty.flags, empty.chosen) == ((), (), {"artery": None, "vein": None})
    single = clip()[:, :, :1]
    assert np.array_equal(track_vessels(single, LABELS).proposed(), single)


def test_a_track_that_there_is_not_and_another_grid_are_refused():
    tracking = track_vessels(clip(), LABELS)
    with pytest.raises(InputError, match="no track 9"):
        tracking.choose("vein", 9)
    with pytest.raises(InputError, match="one grid"):
        track_vessels(clip(), LABELS, probabilities=np.zeros((1, 120, 100, FRAMES), np.float16))


def test_a_vessel_with_two_labels_is_one_vessel_with_its_whole_area():
    mask = clip()
    mixed = mask.copy()
    mixed[75:, :, 5:12][mask[75:, :, 5:12] == VEIN] = ARTERY
    tracking = track_vessels(mixed, LABELS)
    assert "mixed labels" in kinds(tracking)
    assert np.array_equal(tracking.proposed(), mask)


def test_two_vessels_that_touch_stay_two():
    mask = np.zeros((120, 100, FRAMES), np.uint8)
    for n in range(FRAMES):
        disc(mask, n, ARTERY, (35, 50), 15)
        disc(mask, n, VEIN, (58, 50), 8)
    assert np.array_equal(track_vessels(mask, LABELS).proposed(), mask)


def test_beside_an_artery_the_clotted_vein_is_chosen_and_not_the_smaller_healthy_one():
    mask = clip(vein_yields=0.1)
    for n, press in enumerate(PRESS):
        disc(mask, n, VEIN, (105, 20), 13, 1 - 0.9 * press)
    tracking = track_vessels(mask, LABELS)
    assert tracking.proposed()[75, 58, 0] == VEIN
    assert tracking.proposed()[105, 20, 0] == 0
    assert "several" in kinds(tracking)
