"""A mask that is derived with another threshold keeps what a person did to it."""

import numpy as np
import pytest

from SegAssistLib.measure.edits import keep_edits


@pytest.fixture
def before():
    """Two lesions, as the old threshold showed them."""
    mask = np.zeros((20, 20, 1), np.uint8)
    mask[4:7, 4:7] = mask[12:15, 12:15] = 1
    return mask


@pytest.fixture
def after(before):
    """Both grow at the new threshold."""
    mask = np.zeros_like(before)
    mask[3:8, 3:8] = mask[11:16, 11:16] = 1
    return mask


def test_without_edits_the_new_mask_is_what_was_derived(before, after):
    assert np.array_equal(keep_edits(before, before, after), after)
    assert np.array_equal(keep_edits(after, after, before), before)


def test_strokes_and_erasures_stay(before, after):
    current = before.copy()
    current[0, 0:3] = 1  # painted
    current[4, 4:7] = 0  # erased
    expected = after.copy()
    expected[0, 0:3] = 1
    expected[4, 4:7] = 0
    assert np.array_equal(keep_edits(current, before, after), expected)


def test_a_deleted_lesion_does_not_come_back_as_a_rim(before, after):
    current = before.copy()
    current[4:7, 4:7] = 0
    expected = after.copy()
    expected[3:8, 3:8] = 0
    assert np.array_equal(keep_edits(current, before, after), expected)
