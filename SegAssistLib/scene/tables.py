"""Columns of a table node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from slicer import vtkMRMLSegmentationNode, vtkMRMLTableNode
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkAbstractArray, vtkStringArray

from SegAssistLib.scene.hierarchy import place_beside

Column = Sequence[str] | np.ndarray


def own_table(node: vtkMRMLSegmentationNode, role: str, name: str, description: str) -> vtkMRMLTableNode:
    """The table that a segmentation refers to by ``role``, which is made where there is none.

    Args:
        node: in a scene.
        role: of the reference.
        name: is added to the node's.
        description: of a new table.
    """
    table = node.GetNodeReference(role)
    if table is None:
        table = node.GetScene().AddNewNodeByClass("vtkMRMLTableNode", f"{node.GetName()} {name}")
        table.SetDescription(description)
        table.SetLocked(True)
        place_beside(table, node)
        node.SetNodeReferenceID(role, table.GetID())
    return table


def fill_table(table: vtkMRMLTableNode, columns: Mapping[str, Column]) -> None:
    """Replace all columns of a table; texts and numbers are told apart by their type.

    Args:
        table: gets one event for all changes.
        columns: by name, all of one length.
    """
    was_modifying = table.StartModify()
    table.RemoveAllColumns()
    for name, values in columns.items():
        column = _array(values)
        column.SetName(name)
        table.AddColumn(column)
    table.EndModify(was_modifying)


def _array(values: Column) -> vtkAbstractArray:
    if isinstance(values, np.ndarray):
        return numpy_to_vtk(values, deep=True)
    texts = vtkStringArray()
    for text in values:
        texts.InsertNextValue(text)
    return texts
