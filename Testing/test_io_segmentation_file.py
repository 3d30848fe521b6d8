"""Segments of Slicer's segmentation file: which of a task's labels each of them is."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from SegAssistLib.errors import InputError
from SegAssistLib.io import read_mask, write_mask
from SegAssistLib.io.segmentation_file import terminology_entry
from SegAssistLib.labels import Code, Label, Segmentation

ARTERY, VEIN = (
    Label(
        value,
        name,
        (255, 0, 0),
        0.5,
        Code("SCT", "123037004", "Anatomical structure"),
        Code("SCT", code, name),
    )
    for value, name, code in ((1, "artery", "51114001"), (2, "vein", "29092000"))
)
LARGE, SMALL = np.zeros((2, 12, 10, 3), np.uint8)
LARGE[1:7, 1:8] = SMALL[8:11, 2:5] = 1
RIGHT = LARGE + 2 * SMALL


def write(path, layers, segments):
    """Segments are ``(name, value, layer, tags)``."""
    image = sitk.GetImageFromArray(
        np.stack([layer.T for layer in layers], axis=-1).squeeze(), isVector=len(layers) > 1
    )
    for number, (name, value, layer, tags) in enumerate(segments):
        fields = {"ID": f"Segment_{number}", "Name": name, "LabelValue": value, "Layer": layer, "Tags": tags}
        for key, text in fields.items():
            image.SetMetaData(f"Segment{number}_{key}", str(text))
    sitk.WriteImage(image, str(path), useCompression=True)
    return path


CODED = f"Segmentation.Status:inprogress|TerminologyEntry:{terminology_entry(VEIN)}|"
FILES = {
    "as in the task": ([RIGHT], [("artery", 1, 0, ""), ("vein", 2, 0, "")]),
    "numbered otherwise": ([2 * LARGE + SMALL], [("Vein", 1, 0, ""), (" artery", 2, 0, "")]),
    "added again": ([LARGE + 7 * SMALL], [("artery", 1, 0, ""), ("vein", 7, 0, "")]),
    "by its code": ([LARGE + 3 * SMALL], [("artery", 1, 0, ""), ("Segment_2", 3, 0, CODED)]),
    "by its tag": ([2 * LARGE + SMALL], [("v", 1, 0, "SegAssist.Label:t/vein|"), ("artery", 2, 0, "")]),
    "in two layers": ([SMALL, LARGE], [("vein", 1, 0, ""), ("artery", 1, 1, "")]),
    "overlapping": ([LARGE + SMALL, SMALL], [("artery", 1, 0, ""), ("vein", 1, 1, "")]),
    "in two parts": (
        [LARGE + 2 * SMALL, LARGE],
        [("vein", 2, 0, ""), ("artery", 1, 1, ""), ("artery", 1, 0, "")],
    ),
    "beside an empty one": ([RIGHT], [("artery", 1, 0, ""), ("vein", 2, 0, ""), ("Segment_1", 3, 0, "")]),
}


@pytest.mark.parametrize("case", FILES)
def test_a_segment_is_known_by_what_it_is_called_and_not_by_its_number(tmp_path, case):
    mask = read_mask(write(tmp_path / "mask.seg.nrrd", *FILES[case]), (ARTERY, VEIN))
    assert np.array_equal(mask.array, RIGHT)


@pytest.mark.parametrize("calibrated", [False, True])
def test_a_mask_says_whether_its_pixels_have_a_size(tmp_path, calibrated):
    mask = Segmentation(RIGHT, np.diag((-1.0, -1, 1, 1)), (ARTERY, VEIN), calibrated=calibrated)
    write_mask(tmp_path / "mask.seg.nrrd", mask)
    assert read_mask(tmp_path / "mask.seg.nrrd", (ARTERY, VEIN)).calibrated is calibrated


@pytest.mark.parametrize(
    ("segments", "cause"),
    [
        ([("artery", 1, 0, ""), ("nerve", 2, 0, "")], "the segment 'nerve' is none of artery, vein"),
        ([("artery", 1, 0, "")], "belong to no segment"),
        ([("artery", 1, 0, ""), ("vein", "two", 0, "")], "no usable number"),
        ([("artery", 1, 0, ""), ("vein", 2, 5, "")], "lacks a layer"),
    ],
)
def test_a_segment_that_is_no_label_is_refused_in_one_sentence(tmp_path, segments, cause):
    with pytest.raises(InputError, match=cause):
        read_mask(write(tmp_path / "mask.seg.nrrd", [RIGHT], segments), (ARTERY, VEIN))
