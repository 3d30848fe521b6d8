"""Vessels of a clip as tables and as a chart in the scene, for Slicer's table and plot views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from slicer import vtkMRMLPlotChartNode, vtkMRMLSegmentationNode

from SegAssistLib.measure.vessels import Vessel, VesselFindings
from SegAssistLib.report import RESEARCH_USE
from SegAssistLib.report.frames import frames_rows, vessel_rows
from SegAssistLib.results.vessels import ClipFindings
from SegAssistLib.scene.findings import FINDINGS
from SegAssistLib.scene.plots import CURVE, Curve, write_curve
from SegAssistLib.scene.tables import Column, fill_table, own_table
from SegAssistLib.task import Task

FRAMES = "SegAssist.Frames"  # reference from a segmentation node to its table of frames
AREAS = "SegAssist.Areas"  # reference from a segmentation node to its chart


def write_vessels(node: vtkMRMLSegmentationNode, findings: ClipFindings, task: Task) -> None:
    """Write the table of vessels, the table of frames and the chart of areas of a segmentation.

    The tables have the columns of the CSV files. What was not measured is an empty cell, and a gap in its
    curve.

    Args:
        node: what was measured; it has one of each, which are updated.
        findings: the measurement.
        task: what was looked for.
    """
    description = f"{task.title}. {RESEARCH_USE}"
    vessels = findings.vessels
    fill_table(own_table(node, FINDINGS, "vessels", description), _columns(vessel_rows(vessels)))
    frames = own_table(node, FRAMES, "frames", description)
    fill_table(frames, _columns(frames_rows(vessels, findings.quality)))
    if vessels.frame_count > 1:
        chart = _write_chart(node, vessels, {label.name: label.color for label in task.labels})
        node.SetNodeReferenceID(AREAS, chart.GetID())


def area_chart(node: vtkMRMLSegmentationNode) -> vtkMRMLPlotChartNode | None:
    """The chart of a segmentation's areas over time; None when there is none."""
    return node.GetNodeReference(AREAS)


def _columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, Column]:
    return {name: ["" if row[name] is None else str(row[name]) for row in rows] for name in rows[0]}


def _write_chart(
    node: vtkMRMLSegmentationNode, findings: VesselFindings, colors: Mapping[str, tuple[int, int, int]]
) -> vtkMRMLPlotChartNode:
    """Every vessel's area as measured (dots) and smoothed (line), and its two frames (large dots)."""
    scale = findings.pixel_area_mm2 or 1.0
    curves: dict[str, np.ndarray] = {}
    styles: dict[str, Curve] = {}
    for vessel in findings.vessels:
        color = colors[vessel.name]
        measured = scale * np.array([frame.pixels for frame in vessel.frames], np.float64)
        for name, values, style in (
            (vessel.name, measured, Curve(color, 1, points=True)),
            (
                f"{vessel.name}, smoothed",
                scale * np.array(vessel.smoothed_pixels, np.float64),
                Curve(color, 3),
            ),
            (f"{vessel.name}, two frames", _only(_extremes(vessel), measured), Curve(color, 0, points=True)),
        ):
            curves[name], styles[name] = values, style
    times = ("frame", np.arange(findings.frame_count, dtype=np.float64))
    if findings.times_s:
        times = ("time (s)", np.array(findings.times_s))
    unit = "pixels" if findings.pixel_area_mm2 is None else "mm2"
    chart = area_chart(node)  # of a node that a person has renamed since
    name = f"{node.GetName()} areas" if chart is None else chart.GetAttribute(CURVE)
    return write_curve(node.GetScene(), name, times, curves, f"area ({unit})", styles)


def _extremes(vessel: Vessel) -> set[int]:
    return {vessel.change.maximum_frame, vessel.change.minimum_frame} - {None}


def _only(frames: set[int], values: np.ndarray) -> np.ndarray:
    """The values at these frames, NaN elsewhere."""
    return np.where(np.isin(np.arange(len(values)), list(frames)), values, np.nan)
