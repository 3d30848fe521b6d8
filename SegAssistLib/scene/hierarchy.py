"""Where nodes stand in the subject hierarchy, the desktop program's tree of patients, studies and data."""

from __future__ import annotations

from slicer import vtkMRMLNode, vtkMRMLSubjectHierarchyNode


def item_of(node: vtkMRMLNode) -> tuple[vtkMRMLSubjectHierarchyNode | None, int]:
    """The tree and the node's item in it; 0 where the node has none."""
    scene = node.GetScene()
    tree = scene.GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode") if scene else None
    return tree, tree.GetItemByDataNode(node) if tree else 0


def place_beside(node: vtkMRMLNode, other: vtkMRMLNode) -> None:
    """Put a node under the study or folder that holds another one.

    The desktop program keeps the items of all nodes. Where none are kept, as on the web, none are begun.
    """
    tree, item = item_of(node)
    _, beside = item_of(other)
    if item and beside:
        tree.SetItemParent(item, tree.GetItemParent(beside))
