"""Findings as a table in the scene, for reading in Slicer's table view."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from slicer import vtkMRMLSegmentationNode, vtkMRMLTableNode

from SegAssistLib.measure.lesions import Findings, Lesion
from SegAssistLib.report import RESEARCH_USE
from SegAssistLib.scene.tables import Column, fill_table, own_table
from SegAssistLib.task import Task

FINDINGS = "SegAssist.Findings"  # reference from a segmentation node to its table

LESION, REVIEWED, TOTAL = "Lesion", "Reviewed", "Total"
YES = "yes"


def write_findings(
    node: vtkMRMLSegmentationNode,
    findings: Findings,
    task: Task,
    reviewed: Collection[int] = (),
) -> vtkMRMLTableNode:
    """Show the findings of a segmentation as its table: one row a lesion and a last one with the total.

    Slices are array indices from 0 along the axis that the column names; positions are RAS+ mm. Without a
    pixel size there are no columns in mm.

    Args:
        node: what was measured; it has one table, which is updated.
        findings: the measurement.
        task: what was looked for.
        reviewed: ids of the lesions that a person has marked as reviewed.
    """
    table = own_table(node, FINDINGS, "findings", f"{task.title}. {RESEARCH_USE}")
    fill_table(table, _columns(findings, reviewed))
    return table


def _columns(findings: Findings, reviewed: Collection[int]) -> dict[str, Column]:
    lesions = findings.lesions
    columns: dict[str, Column] = {LESION: [*(str(lesion.id) for lesion in lesions), TOTAL]}
    if findings.voxel_volume_mm3 is not None:
        volumes = [*(lesion.volume_mm3 for lesion in lesions), findings.total_volume_mm3]
        columns["Volume (mm3)"] = np.round(volumes, 1)
        columns["Diameter (mm)"] = [*(f"{lesion.longest_axial_diameter_mm:.1f}" for lesion in lesions), ""]
        columns["Size"] = [*(lesion.size_class.replace("_", " ") for lesion in lesions), ""]
    columns["Voxels"] = np.array([*(lesion.voxels for lesion in lesions), findings.total_voxels], np.int32)
    columns[f"Slices ({'ijk'[findings.slice_axis]})"] = [
        *(_slices(lesion) for lesion in lesions),
        "",
    ]
    if findings.voxel_volume_mm3 is not None:
        columns["Centre R, A, S (mm)"] = [
            *(", ".join(f"{place:.1f}" for place in lesion.centroid_ras) for lesion in lesions),
            "",
        ]
    if any(lesion.mean_probability is not None for lesion in lesions):
        columns["Probability"] = [*(f"{lesion.mean_probability:.2f}" for lesion in lesions), ""]
    columns[REVIEWED] = [*(YES if lesion.id in reviewed else "" for lesion in lesions), ""]
    return columns


def _slices(lesion: Lesion) -> str:
    first, last = lesion.first_slice, lesion.last_slice
    return str(first) if first == last else f"{first} to {last}"
