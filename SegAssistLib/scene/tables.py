"""Columns of a table node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from slicer import vtkMRMLTableNode
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkAbstractArray, vtkStringArray

Column = Sequence[str] | np.ndarray


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
