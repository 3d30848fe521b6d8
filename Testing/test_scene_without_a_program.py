"""The scene room on a bare scene: on the web there is no ``slicer.app``, ``modules`` or ``mrmlScene``."""

import numpy as np
import pytest
import slicer
from scene_parts import (
    TIME,
    add_sequence,
    curves_of,
    every_half_float,
    mask_of,
    oblique,
    picture,
    put_under_transform,
    read_reviewed,
)

from SegAssistLib.errors import InputError
from SegAssistLib.labels import Segmentation
from SegAssistLib.measure.lesions import find_lesions
from SegAssistLib.scene.findings import write_findings
from SegAssistLib.scene.plots import write_curve
from SegAssistLib.scene.probabilities import read_probabilities, write_probabilities
from SegAssistLib.scene.segmentation_sequences import write_segmentation_sequence
from SegAssistLib.scene.segmentations import read_segmentation, segmented_volume, write_segmentation
from SegAssistLib.scene.sequences import read_frames
from SegAssistLib.scene.views import jump_to, visible_slice
from SegAssistLib.scene.volumes import add_volume, read_volume


@pytest.fixture
def bare_scene(monkeypatch):
    """A scene with one slice view, and none of the names that the desktop program puts into ``slicer``."""
    for name in ("app", "modules", "mrmlScene"):
        monkeypatch.delattr(slicer, name, raising=False)
    scene = slicer.vtkMRMLScene()
    scene.RegisterNodeClass(slicer.vtkMRMLSequenceBrowserNode())
    view = slicer.vtkMRMLSliceNode()
    view.SetSingletonTag("Red")
    view.SetLayoutName("Red")
    scene.AddNode(view)
    return scene


def test_a_result_is_written_read_and_shown(bare_scene, task):
    volume = add_volume(bare_scene, picture(np.diag([-1.0, -1.0, 3.0, 1.0]), modality="MR"))
    put_under_transform(volume, np.diag([1.0, 1.0, 2.0, 1.0]))
    image = read_volume(volume)
    probabilities = every_half_float()[:1]
    mask = Segmentation(mask_of(image, task).array, image.affine, task.labels, probabilities)
    for _ in range(2):
        node = write_segmentation(
            bare_scene, volume, mask, task, bare_scene.GetFirstNodeByClass("vtkMRMLSegmentationNode")
        )
        write_probabilities(node, volume, mask)
        write_findings(node, find_lesions(mask.array, mask.affine), task, {1})
    assert segmented_volume(node) is volume
    np.testing.assert_array_equal(read_segmentation(node, volume, task).array, mask.array)
    np.testing.assert_array_equal(read_probabilities(node, volume, task), probabilities)
    assert read_reviewed(node) == {1}
    jump_to(bare_scene, (image.affine @ [2, 2, 3, 1])[:3])
    axis, index = visible_slice(bare_scene, volume)
    assert index == (2, 2, 3)[axis]


def test_curves_are_shown(bare_scene):
    assert curves_of(write_curve(bare_scene, "Opening", TIME, {"left": TIME[1]}))["left"][1] == [0, 0.5, 1]


def test_a_film_is_read_and_needs_a_program_that_shows_it(bare_scene, task):
    frames = [picture(oblique(), shape=(7, 6, 1), kind="still") for _ in range(3)]
    sequence, browser = add_sequence(bare_scene, frames)
    for source in (sequence, browser):
        (film,) = read_frames(source)
        assert film.array.shape == (7, 6, 3)
    with pytest.raises(InputError, match=r"^cine is not shown in the scene"):
        write_segmentation_sequence(bare_scene, browser, [mask_of(film, task)], task)
