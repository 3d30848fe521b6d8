"""A scene that is saved and opened again has everything."""

from dataclasses import replace

import numpy as np
import pytest
import slicer
from scene_parts import (
    TIME,
    add_foreign_segment,
    add_sequence,
    axis_orders,
    curves_of,
    every_half_float,
    mask_of,
    oblique,
    picture,
    put_under_transform,
    read_reviewed,
    shown_at,
    two_labels,
    voxels_of,
)

from SegAssistLib.labels import Segmentation
from SegAssistLib.measure.lesions import find_lesions
from SegAssistLib.scene.findings import FINDINGS, write_findings
from SegAssistLib.scene.plots import write_curve
from SegAssistLib.scene.probabilities import read_probabilities, write_probabilities
from SegAssistLib.scene.segmentation_sequences import write_segmentation_sequence
from SegAssistLib.scene.segmentations import (
    find_segment,
    read_segmentation,
    segment_tag,
    segmented_volume,
    write_segmentation,
)
from SegAssistLib.scene.sequences import read_frames
from SegAssistLib.scene.source_grid import node_to_ras
from SegAssistLib.scene.volumes import add_volume, read_volume


@pytest.fixture
def reopen(tmp_path):
    """Save the scene as one file and open that in a program that was just started."""
    import headless_slicer

    started = []

    def save_and_open():
        path = str(tmp_path / "Fall ä.mrb")
        assert slicer.util.saveScene(path)
        started.append(headless_slicer.start())
        slicer.util.loadScene(path)
        return slicer.mrmlScene

    yield save_and_open
    for app in started:
        app.close()


@pytest.fixture
def two(task):
    return two_labels(task)


def test_everything_comes_back_bit_for_bit(slicer_scene, reopen, two):
    volume = add_volume(
        slicer_scene, picture(calibrated=False, modality="MR", name="FLAIR ä"), ["1.2.3", "1.2.4"]
    )
    put_under_transform(volume, oblique(4), oblique(5, left_handed=True))
    image = read_volume(volume)
    probabilities = every_half_float()
    mask = Segmentation(mask_of(image, two).array, image.affine, two.labels, probabilities, calibrated=False)
    node = write_segmentation(slicer_scene, volume, mask, two)
    write_probabilities(node, volume, mask)
    write_findings(node, find_lesions(mask.array == 1, image.affine, calibrated=False), two, {2, 3})
    write_curve(slicer_scene, "Opening", TIME, {"left": [1.0, 2, 3]})
    drawn = add_foreign_segment(node, volume, image.array > 120, "drawn")

    scene = reopen()
    node = scene.GetFirstNodeByClass("vtkMRMLSegmentationNode")
    volume = segmented_volume(node)
    back = read_volume(volume)
    np.testing.assert_array_equal(back.array, image.array)
    np.testing.assert_allclose(back.affine, image.affine, atol=1e-6)
    assert (back.name, back.modality, back.calibrated) == ("FLAIR ä", "MR", False)
    assert node.GetAttribute("DICOM.instanceUIDs") == "1.2.3 1.2.4"
    np.testing.assert_array_equal(read_segmentation(node, volume, two).array, mask.array)
    np.testing.assert_array_equal(voxels_of(node, volume, drawn), image.array > 120)
    np.testing.assert_array_equal(
        read_probabilities(node, volume, two).view(np.uint16), probabilities.view(np.uint16)
    )
    assert read_reviewed(node) == {2, 3}
    assert "Not for diagnosis" in node.GetNodeReference(FINDINGS).GetDescription()
    segment = find_segment(node, two, two.labels[1])
    assert segment_tag(segment, "SegAssist.Label") == "ms-lesion/core"
    assert segment.GetTerminology().split("~")[2] == "SCT^24700007^Multiple sclerosis"
    assert curves_of(scene.GetFirstNodeByClass("vtkMRMLPlotChartNode")) == {"left": ([0, 0.5, 1], [1, 2, 3])}


def test_a_reopened_result_is_updated_and_not_multiplied(slicer_scene, reopen, task):
    volume = add_volume(slicer_scene, picture())
    mask = mask_of(read_volume(volume), task)
    node = write_segmentation(slicer_scene, volume, mask, task)
    write_findings(node, find_lesions(mask.array, mask.affine), task, {1})
    write_curve(slicer_scene, "Opening", TIME, {"left": TIME[1]})

    scene = reopen()
    node = scene.GetFirstNodeByClass("vtkMRMLSegmentationNode")
    count = scene.GetNumberOfNodes()
    second = mask_of(read_volume(segmented_volume(node)), task, seed=6)
    write_segmentation(scene, segmented_volume(node), second, task, node)
    write_findings(node, find_lesions(second.array, second.affine), task)
    write_curve(scene, "Opening", TIME, {"left": TIME[1]})
    assert scene.GetNumberOfNodes() == count
    np.testing.assert_array_equal(read_segmentation(node, segmented_volume(node), task).array, second.array)


def test_every_axis_order_comes_back_as_its_file_has_it(slicer_scene, reopen, task):
    """Slicer's files are LPS, their segmentations cropped, and left-handed volumes come back reversed."""
    probabilities, before = every_half_float()[:1], {}
    for n, affine in enumerate(axis_orders()):
        volume = add_volume(slicer_scene, picture(affine, name=f"{n}"))
        image = read_volume(volume)
        before[image.name] = image, replace(mask_of(image, task, n, 0.1), probabilities=probabilities)
        write_result(volume, before[image.name][1], task)

    nodes = reopen().GetNodesByClass("vtkMRMLSegmentationNode")
    reversed_by_slicer = 0
    for n in range(nodes.GetNumberOfItems()):
        node = nodes.GetItemAsObject(n)
        volume = segmented_volume(node)
        image, mask = before.pop(volume.GetName())
        back = read_volume(volume)
        reversed_by_slicer += not np.allclose(node_to_ras(volume), image.affine, atol=1e-3)
        np.testing.assert_array_equal(back.array, image.array)
        np.testing.assert_array_equal(back.affine, image.affine)
        np.testing.assert_array_equal(read_segmentation(node, volume, task).array, mask.array)
        np.testing.assert_array_equal(read_probabilities(node, volume, task), probabilities)
    assert (len(before), reversed_by_slicer) == (0, 24)


def write_result(volume, mask, task):
    node = write_segmentation(volume.GetScene(), volume, mask, task)
    write_probabilities(node, volume, mask)


def test_an_empty_result_comes_back(slicer_scene, reopen, task):
    volume = add_volume(slicer_scene, picture())
    write_segmentation(slicer_scene, volume, mask_of(read_volume(volume), task, density=0.0), task)
    node = reopen().GetFirstNodeByClass("vtkMRMLSegmentationNode")
    assert find_segment(node, task, task.labels[0]) is not None
    assert not read_segmentation(node, segmented_volume(node), task).array.any()


def test_a_segmented_film_comes_back_in_step(slicer_scene, reopen, task):
    frames = [picture(shape=(7, 6, 1), kind="still", modality="US") for _ in range(4)]
    sequence, browser = add_sequence(slicer_scene, frames)
    masks = mask_of(read_frames(sequence)[0], task)
    write_segmentation_sequence(slicer_scene, browser, [masks], task)

    scene = reopen()
    browser = scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode")
    node = scene.GetFirstNodeByClass("vtkMRMLSegmentationNode")
    assert scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 1
    (film,) = read_frames(browser)
    assert (film.kind, film.modality, film.frame_rate) == ("frames", "US", pytest.approx(25))
    for number in (3, 0, 2, 1):
        np.testing.assert_array_equal(
            read_segmentation(node, shown_at(browser, number), task).array, masks.array[:, :, [number]]
        )
