"""Probabilities that the scene keeps."""

from dataclasses import replace

import numpy as np
import pytest
import slicer
from scene_parts import every_half_float, mask_of, oblique, picture, put_under_transform, two_labels

from SegAssistLib.scene.probabilities import PROBABILITIES, read_probabilities, write_probabilities
from SegAssistLib.scene.segmentations import write_segmentation
from SegAssistLib.scene.volumes import add_volume, read_volume


@pytest.fixture
def two(task):
    return two_labels(task)


@pytest.fixture
def volume(slicer_scene):
    return add_volume(slicer_scene, picture())


@pytest.fixture
def keep(slicer_scene, volume, two):
    """Write a segmentation with these probabilities; returns its node."""

    def write(probabilities, node=None):
        found = replace(mask_of(read_volume(volume), two), probabilities=probabilities)
        node = write_segmentation(slicer_scene, volume, found, two, node)
        write_probabilities(node, volume, found)
        return node

    return write


def test_probabilities_come_back_bit_for_bit(volume, keep, two):
    values = every_half_float()
    back = read_probabilities(keep(values), volume, two)
    assert back.dtype == np.float16
    np.testing.assert_array_equal(back.view(np.uint16), values.view(np.uint16))


def test_a_second_run_updates_the_same_volumes(slicer_scene, volume, keep, two):
    node = keep(every_half_float())
    count = slicer_scene.GetNumberOfNodes()
    second = every_half_float()[:, ::-1].copy()
    keep(second, node)
    assert slicer_scene.GetNumberOfNodes() == count
    np.testing.assert_array_equal(read_probabilities(node, volume, two), second)


def test_zero_everywhere_is_not_the_same_as_none(volume, keep, two):
    node = keep(np.zeros((2, 7, 6, 5), np.float16))
    assert not read_probabilities(node, volume, two).any()
    keep(None, node)
    assert read_probabilities(node, volume, two) is None


def test_forgotten_probabilities_leave_no_node(slicer_scene, keep):
    node = keep(every_half_float())
    for _ in range(2):
        keep(None, node)
        assert slicer_scene.GetNumberOfNodesByClass("vtkMRMLScalarVolumeNode") == 1


def test_a_task_that_kept_none_has_none(volume, keep, two):
    node = keep(every_half_float())
    assert read_probabilities(node, volume, replace(two, name="other")) is None


def test_a_volume_with_other_voxels_has_none(slicer_scene, keep, two):
    node = keep(every_half_float())
    other = add_volume(slicer_scene, picture(shape=(7, 6, 4)))
    assert read_probabilities(node, other, two) is None


def test_only_what_is_not_zero_is_kept_and_it_lies_right(volume, keep):
    put_under_transform(volume, oblique(3))
    values = np.zeros((2, 7, 6, 5), np.float16)
    values[0, 2:5, 3, 1:3] = 0.5
    node = keep(values)
    kept = read_volume(node.GetNodeReference(f"{PROBABILITIES}/ms-lesion/lesion"))
    np.testing.assert_array_equal(kept.array.view(np.float16), np.full((3, 1, 2), 0.5))
    np.testing.assert_allclose(
        kept.affine @ [0, 0, 0, 1], read_volume(volume).affine @ [2, 3, 1, 1], atol=1e-9
    )


def test_a_person_does_not_meet_them_in_lists(keep, slicer_scene):
    kept = keep(every_half_float()).GetNodeReference(f"{PROBABILITIES}/ms-lesion/lesion")
    tree = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer_scene)
    assert kept.GetHideFromEditors()
    assert tree.GetItemByDataNode(kept) == 0
    assert kept.GetSaveWithScene()
