"""What a scanner or a program filled in where nothing was measured."""

from __future__ import annotations

import nibabel as nib
import numpy as np
import pytest

from SegAssistLib.io import read_image
from SegAssistLib.io.padding import fill_padding

AIR, TISSUE = 8, 900
ROUND = np.hypot(*np.meshgrid(np.arange(40) - 19.5, np.arange(40) - 19.5)) > 19


def head() -> np.ndarray:
    array = np.random.default_rng(0).integers(AIR, 30, (40, 40, 6)).astype(np.int16)
    array[10:30, 10:30] = np.random.default_rng(1).integers(300, TISSUE, (20, 20, 6))
    return array


def read(folder, array):
    nib.save(nib.Nifti1Image(array, np.eye(4)), folder / "scan.nii.gz")
    return read_image(folder / "scan.nii.gz").array


@pytest.mark.parametrize("value", [-32768, -2000, 32767])
@pytest.mark.parametrize("where", [ROUND, np.s_[:, :, :2]], ids=["outside a circle", "whole slices"])
def test_one_extreme_value_at_the_rim_is_air(tmp_path, value, where):
    array = head()
    array[where] = value
    read_array = read(tmp_path, array)
    filled = read_array != array
    assert np.array_equal(filled, array == value)
    assert set(read_array[filled]) == {AIR}


@pytest.mark.parametrize(
    "scan",
    [
        np.where(ROUND[..., None], 0, head()).astype(np.int16),  # without its surroundings
        (head() - 3000).astype(np.int16),
        np.where(head() < 200, -4, (head() - 600) / 175).astype(np.float32),  # z-scores of a stripped brain
    ],
    ids=["zero outside", "shifted", "z-scores"],
)
def test_what_may_have_been_measured_stays(tmp_path, scan):
    assert np.array_equal(read(tmp_path, scan), scan)


def test_what_is_padding_throughout_stays():
    array = head()
    assert fill_padding(array, np.ones(array.shape, bool)) is array
