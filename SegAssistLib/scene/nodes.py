"""Nodes of a scene by their class."""

from __future__ import annotations

from typing import Any

from slicer import vtkMRMLScene


def nodes_of_class(scene: vtkMRMLScene, name: str) -> list[Any]:
    """Every node of this class, in the scene's order."""
    nodes = scene.GetNodesByClass(name)
    nodes.UnRegister(scene)  # it is handed over, and would keep its nodes in memory for ever
    return [nodes.GetItemAsObject(n) for n in range(nodes.GetNumberOfItems())]
