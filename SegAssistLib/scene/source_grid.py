"""Source grid: the voxels of a volume in the order in which its file has them, and from which all count.

Slicer turns the slices of a left-handed volume round whenever it reads one, also from a scene that it saved
itself. The grid of the file is an attribute of the volume, and this module is the way from the node's voxels
to the file's and back.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
from slicer import vtkMRMLVolumeNode
from slicer.util import arrayFromVTKMatrix
from vtkmodules.vtkCommonMath import vtkMatrix4x4

GEOMETRY = "SegAssist.Geometry"  # attribute of a volume node: grid and affine of its file, as JSON

_TOLERANCE_MM = 1e-3  # Slicer's files round what they store


def record_grid(node: vtkMRMLVolumeNode, grid: Sequence[int], affine: np.ndarray) -> None:
    """Record where the file's voxels lie.

    Args:
        node: of the volume.
        grid: number of voxels along the three array axes.
        affine: 4x4 float64, voxel index of the file to RAS mm.
    """
    stated = {"grid": list(map(int, grid)), "affine": np.asarray(affine, float).tolist()}
    node.SetAttribute(GEOMETRY, json.dumps(stated))


def is_recorded(node: vtkMRMLVolumeNode) -> bool:
    """Whether a grid is recorded that the node's voxels still lie on, in this order or the other."""
    return _recorded(node) is not None


def source_to_ras(node: vtkMRMLVolumeNode) -> np.ndarray:
    """4x4 float64, voxel index of the file to the node's own space, below any transform."""
    recorded = _recorded(node)
    return node_to_ras(node) if recorded is None else recorded[0]


def turned(array: np.ndarray, node: vtkMRMLVolumeNode) -> np.ndarray:
    """An array on the node's voxels as one on the file's, or the other way round.

    Args:
        array: shape ``(columns, rows, slices, ...)``.
        node: of the volume.

    Returns:
        The array, or a view of it from the last slice to the first.
    """
    recorded = _recorded(node)
    return array[:, :, ::-1] if recorded is not None and recorded[1] else array


def node_to_ras(node: vtkMRMLVolumeNode) -> np.ndarray:
    """4x4 float64, voxel index of the node to its own space, below any transform."""
    matrix = vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return arrayFromVTKMatrix(matrix)


def from_last_slice(affine: np.ndarray, slices: int) -> np.ndarray:
    """The 4x4 ``affine`` for slices that are counted from the last one on."""
    count = np.diag([1.0, 1.0, -1.0, 1.0])
    count[2, 3] = slices - 1
    return affine @ count


def lies_on(node: vtkMRMLVolumeNode, grid: Sequence[int], affine: np.ndarray) -> bool:
    """Whether the node's voxels are those of a grid, in this order or with the slices turned round."""
    return _order(node, grid, affine) is not None


def _recorded(node: vtkMRMLVolumeNode) -> tuple[np.ndarray, bool] | None:
    """The file's affine, and whether the node has the slices the other way round.

    None where nothing is recorded, or the volume was moved or exchanged since: then its own grid counts.
    """
    stated = json.loads(node.GetAttribute(GEOMETRY) or "null")
    if stated is None:
        return None
    affine = np.array(stated["affine"])
    reverse = _order(node, stated["grid"], affine)
    return None if reverse is None else (affine, reverse)


def _order(node: vtkMRMLVolumeNode, grid: Sequence[int], affine: np.ndarray) -> bool | None:
    """Whether the node has the slices of a grid the other way round; None where it has other voxels."""
    pixels = node.GetImageData()
    if pixels is None or pixels.GetDimensions() != tuple(grid):
        return None
    own = node_to_ras(node)
    for reverse in (False, True):
        expected = from_last_slice(affine, grid[2]) if reverse else affine
        if np.allclose(own, expected, rtol=0, atol=_TOLERANCE_MM):
            return reverse
    return None
