"""Masks that other programs saved, on the grid of the image that they belong to."""

from __future__ import annotations

import itertools

import nibabel as nib
import numpy as np
import pytest

from SegAssistLib.image import Image
from SegAssistLib.labels import Segmentation

AFFINE = np.diag((-0.7, -0.9, 3.3, 1))
AFFINE[:3, :3] = nib.eulerangles.euler2mat(0.3, -0.2, 0.4) @ AFFINE[:3, :3]
AFFINE[:3, 3] = (-40, 25, 12.5)
IMAGE = Image(np.zeros((6, 5, 4), np.int16), AFFINE)
LABELS = np.random.default_rng(0).integers(0, 3, IMAGE.grid).astype(np.uint8)


@pytest.mark.parametrize(
    ("axes", "flips"),
    [
        (axes, flips)
        for axes in itertools.permutations(range(3))
        for flips in itertools.product((1, -1), repeat=3)
    ],
)
def test_a_mask_in_another_order_and_with_a_rounded_place_is_the_same_mask(axes, flips):
    stored = nib.Nifti1Image(LABELS, AFFINE).as_reoriented(list(zip(np.argsort(axes), flips, strict=True)))
    affine = stored.affine.copy()
    affine[:3, 3] += AFFINE[:3, :3] @ (0.4, -0.4, 0.4)
    mask = Segmentation(np.asarray(stored.dataobj), affine, ()).on_grid_of(IMAGE)
    assert np.array_equal(mask.array, LABELS)
    assert np.array_equal(mask.affine, AFFINE)


def test_a_cropped_mask_is_put_back_where_it_was():
    affine = AFFINE.copy()
    affine[:3, 3] = (AFFINE @ (2, 1, 0, 1))[:3]
    cropped = Segmentation(LABELS[2:5, 1:4], affine, ())
    assert cropped.on_grid_of(IMAGE) is None
    mask = cropped.on_grid_of(IMAGE, cropped=True)
    expected = np.zeros_like(LABELS)
    expected[2:5, 1:4] = LABELS[2:5, 1:4]
    assert np.array_equal(mask.array, expected)


@pytest.mark.parametrize(
    "change",
    [
        lambda affine: affine @ np.array([[1, 0, 0, 0.6], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]),
        lambda affine: affine @ np.array([[1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]),
        lambda affine: affine @ np.diag((1.3, 1, 1, 1)),
    ],
    ids=["more than half a voxel", "a voxel", "wider voxels"],
)
def test_a_mask_of_another_place_is_none_of_this_image(change):
    assert Segmentation(LABELS, change(AFFINE), ()).on_grid_of(IMAGE) is None
