"""The phantom: same by seed, honest about its lesions, and bright where FLAIR is bright."""

import numpy as np
import pytest

from SegAssistLib.io import read_image
from SegAssistLib.measure.lesions import find_lesions
from SegAssistLib.phantom import flair_phantom


def test_one_seed_gives_one_phantom_and_another_seed_another():
    (first, mask), (again, same_mask), (other, _) = (flair_phantom(seed=seed) for seed in (4, 4, 5))
    assert np.array_equal(first.array, again.array)
    assert np.array_equal(mask, same_mask)
    assert not np.array_equal(first.array, other.array)


@pytest.mark.parametrize(
    ("shape", "spacing", "lesions"),
    [
        ((256, 256, 20), (0.9, 0.9, 7.0), 12),
        ((150, 190, 60), (1.2, 1.2, 2.4), 30),
        ((200, 250, 48), (1, 0.9, 3), 0),
    ],
)
def test_the_mask_holds_as_many_lesions_as_asked_for(shape, spacing, lesions):
    image, mask = flair_phantom(shape, spacing, lesions)
    assert image.grid == mask.shape == shape
    assert image.spacing == pytest.approx(spacing)
    assert image.array.dtype == np.int16
    assert find_lesions(mask, image.affine).lesion_count == lesions


def test_lesions_are_brighter_than_the_brain_around_them_and_fluid_is_darker():
    from scipy import ndimage

    image, mask = flair_phantom(seed=2)
    lesion = mask > 0
    around = ndimage.binary_dilation(lesion, np.ones((9, 9, 1))) & ~ndimage.binary_dilation(
        lesion, np.ones((5, 5, 1))
    )
    brain = np.median(image.array[around])
    assert np.median(image.array[lesion]) > 1.3 * brain

    def value_at(*ras):
        i, j, k = np.rint(np.linalg.solve(image.affine, [*ras, 1])[:3]).astype(int)
        return np.median(image.array[i - 1 : i + 2, j - 1 : j + 2, k])

    assert value_at(9, 15, 17) < 0.5 * brain  # frontal horn of the patient's right ventricle
    assert value_at(0, 120, 40) < 0.2 * brain  # air
    assert np.percentile(image.array, 99.5) > 1.8 * brain  # scalp fat


def test_more_lesions_than_fit_are_refused():
    with pytest.raises(ValueError, match="do not fit"):
        flair_phantom((40, 48, 1), (5.0, 5.0, 7.0), lesions=100)


def test_a_made_up_clip_is_written_as_video_and_read_back(segassist, tmp_path):
    assert segassist("phantom", tmp_path / "clip.mp4").code == 0
    clip = read_image(tmp_path / "clip.mp4")
    assert clip.kind == "frames"
    assert clip.grid == (512, 512, 96)
    assert clip.frame_rate == pytest.approx(25)
    assert clip.array.std() > 10


def test_a_phantom_of_another_kind_is_refused(segassist, tmp_path):
    refused = segassist("phantom", tmp_path / "clip.gif")
    assert refused.code == 2
    assert "end the name in .nii.gz or .mp4" in refused.err
    assert not list(tmp_path.iterdir())
