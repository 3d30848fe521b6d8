"""Slice views: jumping to a place, and which slice is shown."""

import numpy as np
import pytest
import slicer
from scene_parts import SHAPE, axis_orders, bend, oblique, picture, put_under_transform

from SegAssistLib.errors import InputError
from SegAssistLib.scene.views import jump_to, visible_slice
from SegAssistLib.scene.volumes import add_volume, read_volume

NORMAL = {"Red": 2, "Green": 1, "Yellow": 0}  # the world axis that each view looks along


def view_of(scene, name):
    return scene.GetSingletonNode(name, "vtkMRMLSliceNode")


def test_the_crosshair_and_every_view_go_to_the_point(slicer_scene):
    jump_to(slicer_scene, (10.0, -20.0, 30.0))
    crosshair = slicer_scene.GetSingletonNode("default", "vtkMRMLCrosshairNode")
    assert crosshair.GetCrosshairRAS() == (10, -20, 30)
    for name, axis in NORMAL.items():
        origin = [view_of(slicer_scene, name).GetSliceToRAS().GetElement(row, 3) for row in range(3)]
        assert origin[axis] == (10, -20, 30)[axis]


def test_a_view_keeps_its_middle_as_long_as_the_point_is_in_sight(slicer_scene):
    red = view_of(slicer_scene, "Red")
    jump_to(slicer_scene, (99.0, -99.0, 5.0))  # the view reaches 100 mm to every side
    assert [red.GetSliceToRAS().GetElement(row, 3) for row in range(3)] == [0, 0, 5]
    jump_to(slicer_scene, (101.0, -20.0, 6.0))
    assert [red.GetSliceToRAS().GetElement(row, 3) for row in range(3)] == [101, -20, 6]


def test_a_scene_without_views_is_no_trouble():
    jump_to(slicer.vtkMRMLScene(), (1.0, 2.0, 3.0))


def test_the_shown_slice_is_found_for_every_axis_order(slicer_scene):
    for affine in axis_orders():
        volume = add_volume(slicer_scene, picture(affine))
        voxel = np.array([5, 1, 3])
        jump_to(slicer_scene, (affine @ [*voxel, 1])[:3])
        for view, normal in NORMAL.items():
            axis = int(np.argmax(np.abs(affine[normal, :3])))
            assert visible_slice(slicer_scene, volume, view) == (axis, voxel[axis])


def test_the_nearest_slice_counts(slicer_scene):
    volume = add_volume(slicer_scene, picture(np.diag([1.0, 1.0, 4.0, 1.0])))
    red = view_of(slicer_scene, "Red")
    for offset, index in ((-1.9, 0), (1.9, 0), (2.1, 1), (17.9, 4)):
        red.SetSliceOffset(offset)
        assert visible_slice(slicer_scene, volume) == (2, index)


@pytest.mark.parametrize("offset", [-2.1, 18.1, 500.0])
def test_a_view_beside_the_volume_shows_no_slice(slicer_scene, offset):
    volume = add_volume(slicer_scene, picture(np.diag([1.0, 1.0, 4.0, 1.0])))
    view_of(slicer_scene, "Red").SetSliceOffset(offset)
    assert visible_slice(slicer_scene, volume) is None


@pytest.mark.parametrize(("degrees", "shown"), [(4, (2, 2)), (6, None), (45, None)])
def test_a_view_across_the_slices_shows_none(slicer_scene, degrees, shown):
    angle = np.radians(degrees)
    turned = np.eye(4)
    turned[1:3, 1:3] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    affine = turned @ np.diag([1.0, 1.0, 3.0, 1.0])
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(SHAPE) - 1) / 2)
    volume = add_volume(slicer_scene, picture(affine))
    view_of(slicer_scene, "Red").SetSliceOffset(0)
    assert visible_slice(slicer_scene, volume) == shown


def test_a_view_turned_into_an_oblique_volumes_plane_shows_its_slice(slicer_scene):
    """Under a transform too; turned as Slicer's own button does it."""
    volume = add_volume(slicer_scene, picture(oblique(6, left_handed=True)))
    put_under_transform(volume, oblique(9))
    affine = read_volume(volume).affine
    for view in NORMAL:
        node = view_of(slicer_scene, view)
        node.RotateToVolumePlane(volume)
        jump_to(slicer_scene, (affine @ [4, 2, 1, 1])[:3])
        axis, index = visible_slice(slicer_scene, volume, view)
        assert index == (4, 2, 1)[axis]
    assert {visible_slice(slicer_scene, volume, view)[0] for view in NORMAL} == {0, 1, 2}


def test_a_view_that_is_not_there_shows_nothing(slicer_scene):
    assert visible_slice(slicer_scene, add_volume(slicer_scene, picture()), "Blue") is None


def test_a_bent_volume_is_refused(slicer_scene):
    volume = add_volume(slicer_scene, picture())
    bend(volume)
    with pytest.raises(InputError, match="non-linear"):
        visible_slice(slicer_scene, volume)
