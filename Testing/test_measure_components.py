"""What label_components numbers, against SciPy, for masks of any size, memory order, stride and type."""

import cc3d
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from SegAssistLib.measure.components import label_components


@st.composite
def masks(draw):
    shape = draw(st.tuples(*[st.sampled_from((1, 1, 2, 3, 5, 8, 21, 34))] * 3))
    rng = np.random.default_rng(draw(st.integers(0, 2**16)))
    inside = rng.random(shape) < draw(st.sampled_from((0.05, 0.2, 0.4, 0.6, 0.9)))
    mask = inside.astype(draw(st.sampled_from((bool, np.uint8, np.int16, np.float32))))
    mask = np.asarray(mask, order=draw(st.sampled_from("CF")))
    steps = draw(st.tuples(*[st.sampled_from((1, 1, 2, -1))] * 3))
    return mask[tuple(slice(None, None, step) for step in steps)]


def neighbours(connectivity, plane_axis):
    """SciPy's structure: which of the 26 voxels around one are its neighbours."""
    structure = ndimage.generate_binary_structure(3, {4: 1, 6: 1, 8: 2, 18: 2, 26: 3}[connectivity])
    if connectivity in (4, 8):
        for side in (0, 2):
            structure[(slice(None),) * plane_axis + (side,)] = False
    return structure


@settings(max_examples=400, deadline=None, derandomize=True)
@given(masks(), st.sampled_from((4, 8, 6, 18, 26)), st.sampled_from((0, 1, 2)))
def test_components_are_those_of_scipy(mask, connectivity, plane_axis):
    components, count = label_components(mask, connectivity, plane_axis)
    expected, number = ndimage.label(mask, neighbours(connectivity, plane_axis))
    assert count == number
    assert np.array_equal(components > 0, mask != 0)
    # each component has one partner, and each partner one component
    pairs = np.unique(np.stack([components[mask != 0], expected[mask != 0]]), axis=1)
    assert pairs.shape[1] == count


@pytest.mark.parametrize("fault", ["a pixel outside", "an empty component"])
def test_labels_that_contradict_the_mask_are_refused_where_they_are_made(monkeypatch, fault):
    mask = np.zeros((4, 4, 4), bool)
    mask[[0, 3], [0, 3], [0, 3]] = True
    label = cc3d.connected_components

    def wrong(*given, **named):
        labels, count = label(*given, **named)
        if fault == "an empty component":
            return labels, count + 1
        labels[1, 1, 1] = 1
        return labels, count

    monkeypatch.setattr(cc3d, "connected_components", wrong)
    with pytest.raises(RuntimeError, match="contradict the mask"):
        label_components(mask)
