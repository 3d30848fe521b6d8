"""Findings of any measure as a table of texts in the scene, as a terminal shows them."""

from __future__ import annotations

from slicer import vtkMRMLSegmentationNode, vtkMRMLTableNode

from SegAssistLib.report import RESEARCH_USE
from SegAssistLib.results.shown import Shown
from SegAssistLib.scene.findings import FINDINGS
from SegAssistLib.scene.tables import fill_table, own_table
from SegAssistLib.task import Task


def write_shown(node: vtkMRMLSegmentationNode, shown: Shown, task: Task) -> vtkMRMLTableNode:
    """Show findings as the table of a segmentation: the rows, then title, notes and cautions.

    Args:
        node: what was measured; it has one table, which is updated.
        shown: as the task's measure tells it.
        task: what was looked for.
    """
    table = own_table(node, FINDINGS, "findings", f"{task.title}. {RESEARCH_USE}")
    width = len(shown.columns) - 1
    sentences = [(sentence, *[""] * width) for sentence in (shown.title, *shown.notes, *task.warnings)]
    columns = zip(*(*shown.rows, *sentences), strict=True)
    fill_table(table, dict(zip(shown.columns, columns, strict=True)))
    return table
