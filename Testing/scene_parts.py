"""What the scene tests build with: made-up volumes, affines and masks."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product

import numpy as np
import slicer
from slicer.util import vtkMatrixFromArray

from SegAssistLib.image import Image
from SegAssistLib.labels import Segmentation
from SegAssistLib.scene.findings import FINDINGS, LESION, REVIEWED, YES
from SegAssistLib.scene.volumes import fill_volume
from SegAssistLib.task import Task

SHAPE = (7, 6, 5)
SPACING = (0.7, 1.1, 3.3)
TIME = ("Time (s)", np.array([0.0, 0.5, 1.0]))


def axis_orders() -> list[np.ndarray]:
    """The 48 affines that put the array axes along the patient's, in any order and direction."""
    affines = []
    for order, signs in product(permutations(range(3)), product((1, -1), repeat=3)):
        affine = np.eye(4)
        affine[:3, :3] = np.eye(3)[:, order] * signs * SPACING
        affine[:3, 3] = (-12.25, 30.5, 7.75)
        affines.append(affine)
    return affines


def oblique(seed: int = 0, *, left_handed: bool = False) -> np.ndarray:
    """An affine that is turned about every axis, with the anisotropic spacing."""
    random = np.random.default_rng(seed)
    axes, _ = np.linalg.qr(random.normal(size=(3, 3)))
    if (np.linalg.det(axes) < 0) != left_handed:
        axes[:, 0] *= -1
    affine = np.eye(4)
    affine[:3, :3] = axes * SPACING
    affine[:3, 3] = random.uniform(-100, 100, 3)
    return affine


def picture(
    affine: np.ndarray | None = None, dtype: str = "int16", shape: tuple[int, ...] = SHAPE, **rest
) -> Image:
    """An image in which no two neighbouring voxels are alike."""
    array = np.random.default_rng(1).integers(0, 200, shape).astype(dtype)
    return Image(
        np.asfortranarray(array), oblique() if affine is None else affine, **{"name": "FLAIR", **rest}
    )


def mask_of(image: Image, task: Task, seed: int = 2, density: float = 0.3) -> Segmentation:
    """A mask with every label of the task, as ragged as can be."""
    random = np.random.default_rng(seed)
    values = [0, *(label.value for label in task.labels)]
    weights = [1 - density, *[density / len(task.labels)] * len(task.labels)]
    array = random.choice(values, image.grid, p=weights).astype(np.uint8)
    return Segmentation(array, image.affine, task.labels, calibrated=image.calibrated)


def two_labels(task: Task) -> Task:
    """A task that looks for two things."""
    (lesion,) = task.labels
    core = replace(lesion, value=7, name="core", color=(0, 0, 255))
    return replace(task, labels=(lesion, core))


def put_under_transform(node, *matrices: np.ndarray):
    """Put a node under a chain of linear transforms; returns the innermost."""
    scene, parent = node.GetScene(), None
    for matrix in matrices:
        transform = scene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
        transform.SetMatrixTransformToParent(vtkMatrixFromArray(matrix))
        transform.SetAndObserveTransformNodeID(parent.GetID() if parent else None)
        parent = transform
    node.SetAndObserveTransformNodeID(parent.GetID())
    return parent


def bend(node) -> None:
    """Put a node under a transform that is not linear."""
    import vtk

    spline = vtk.vtkThinPlateSplineTransform()
    spline.SetBasisToR()
    source, target = vtk.vtkPoints(), vtk.vtkPoints()
    for corner in product((-50.0, 50.0), repeat=3):
        source.InsertNextPoint(corner)
        x, y, z = corner
        target.InsertNextPoint(x + 0.01 * x * y, y, z)
    spline.SetSourceLandmarks(source)
    spline.SetTargetLandmarks(target)
    transform = node.GetScene().AddNewNodeByClass("vtkMRMLTransformNode")
    transform.SetAndObserveTransformToParent(spline)
    node.SetAndObserveTransformNodeID(transform.GetID())


def add_foreign_segment(segmentation_node, volume, mask: np.ndarray, name: str) -> str:
    """A segment that a person drew: ``mask`` on the volume's voxels. Returns its id."""
    segment_id = segmentation_node.GetSegmentation().AddEmptySegment(name, name)
    slicer.util.updateSegmentBinaryLabelmapFromArray(
        mask.astype(np.uint8).T, segmentation_node, segment_id, volume
    )
    return segment_id


def voxels_of(segmentation_node, volume, segment_id: str) -> np.ndarray:
    """A segment's voxels as Slicer itself exports them, bool ``(columns, rows, slices)``."""
    array = slicer.util.arrayFromSegmentBinaryLabelmap(segmentation_node, segment_id, volume)
    return array.T != 0


def every_half_float(shape=(2, 7, 6, 5)):
    """Values over the whole range of float16, subnormal ones too; zeros around the first label."""
    bits = np.random.default_rng(3).integers(1, 0x3C01, shape).astype(np.uint16)  # up to 1.0
    values = bits.view(np.float16)
    values[0, :2] = values[0, :, -1:] = values[0, :, :, :1] = 0
    values[1, 1, 1, 1] = np.float16(6e-8)  # the smallest there is
    return values


def add_sequence(scene, images, values=None, unit="s"):
    """A sequence with its browser, as Slicer loads one."""
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "cine")
    sequence.SetIndexName("time")
    sequence.SetIndexUnit(unit)
    for number, image in enumerate(images):
        node = slicer.vtkMRMLVectorVolumeNode() if image.array.ndim == 4 else slicer.vtkMRMLScalarVolumeNode()
        fill_volume(node, image)
        sequence.SetDataNodeAtValue(node, values[number] if values else f"{number / 25:.2f}")
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "cine browser")
    browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
    return sequence, browser


def shown_at(browser, number):
    """Let the browser show this item; returns the volume node that shows it."""
    browser.SetSelectedItemNumber(number)
    return browser.GetProxyNode(browser.GetMasterSequenceNode())


def curves_of(chart):
    """What the chart shows: for each series its two columns."""
    shown = {}
    for n in range(chart.GetNumberOfPlotSeriesNodes()):
        series = chart.GetNthPlotSeriesNode(n)
        table = series.GetTableNode()
        x, y = (
            slicer.util.arrayFromTableColumn(table, column).tolist()
            for column in (series.GetXColumnName(), series.GetYColumnName())
        )
        shown[series.GetName()] = (x, y)
    return shown


def read_reviewed(node: slicer.vtkMRMLSegmentationNode) -> set[int]:
    """Ids of the lesions that are marked as reviewed in a segmentation's table."""
    table = node.GetNodeReference(FINDINGS)
    if table is None:
        return set()
    rows = range(table.GetNumberOfRows())
    ids, marks = (table.GetColumnIndex(name) for name in (LESION, REVIEWED))
    return {int(table.GetCellText(row, ids)) for row in rows if table.GetCellText(row, marks) == YES}
