"""Slice views: where they look, and moving them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from slicer import vtkMRMLCrosshairNode, vtkMRMLScene, vtkMRMLSliceNode, vtkMRMLVolumeNode
from slicer.util import arrayFromVTKMatrix

from SegAssistLib.scene.nodes import nodes_of_class
from SegAssistLib.scene.volumes import volume_affine, volume_grid

# Between the view's plane and the volume's slices. Across a head of 200 mm it makes 17 mm: the middle of the
# view still shows that slice.
_TOLERANCE_DEGREES = 5.0


def jump_to(scene: vtkMRMLScene, ras: Sequence[float]) -> None:
    """Move the crosshair and every slice view to a point.

    A view keeps its zoom, and what it has in its middle unless the point would be out of sight.

    Args:
        scene: whose views.
        ras: in the world, mm.
    """
    crosshair = scene.GetFirstNodeByClass("vtkMRMLCrosshairNode")
    if crosshair is not None:
        if crosshair.GetCrosshairMode() == vtkMRMLCrosshairNode.NoCrosshair:
            crosshair.SetCrosshairMode(vtkMRMLCrosshairNode.ShowSmallBasic)  # which of several it is
        crosshair.SetCrosshairRAS(*ras)
    for view in _slice_views(scene):
        view.JumpSliceByOffsetting(*ras)
        if not _in_sight(view, ras):
            view.JumpSliceByCentering(*ras)


def visible_slice(
    scene: vtkMRMLScene, volume: vtkMRMLVolumeNode, view: str = "Red"
) -> tuple[int, int] | None:
    """The slice of a volume that a view looks at.

    Args:
        scene: whose view.
        volume: may lie under a linear transform.
        view: the name of the slice view.

    Returns:
        The array axis and the index along it; None when there is no such view, when it cuts across the
        volume's slices, or when it looks past the volume.

    Raises:
        InputError: the volume has no voxels, or lies under a non-linear transform.
    """
    slice_view = next((each for each in _slice_views(scene) if each.GetLayoutName() == view), None)
    if slice_view is None:
        return None
    plane = arrayFromVTKMatrix(slice_view.GetSliceToRAS())
    voxel_of_ras = np.linalg.inv(volume_affine(volume))
    # Row n of the inverse is the normal of the planes on which index n is constant.
    normals = voxel_of_ras[:3, :3] / np.linalg.norm(voxel_of_ras[:3, :3], axis=1, keepdims=True)
    alike = np.abs(normals @ plane[:3, 2]) / np.linalg.norm(plane[:3, 2])
    axis = int(np.argmax(alike))
    if alike[axis] < np.cos(np.radians(_TOLERANCE_DEGREES)):
        return None
    index = int(np.floor(voxel_of_ras[axis] @ plane[:, 3] + 0.5))
    return (axis, index) if 0 <= index < volume_grid(volume)[axis] else None


def _slice_views(scene: vtkMRMLScene) -> list[vtkMRMLSliceNode]:
    return nodes_of_class(scene, "vtkMRMLSliceNode")


def _in_sight(view: vtkMRMLSliceNode, ras: Sequence[float]) -> bool:
    x, y, _, _ = np.linalg.solve(arrayFromVTKMatrix(view.GetXYToRAS()), [*ras, 1])
    width, height, _ = view.GetDimensions()
    return bool(0 <= x <= width and 0 <= y <= height)
