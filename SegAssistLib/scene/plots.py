"""Curves as a chart in the scene, for Slicer's plot view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from slicer import vtkMRMLPlotChartNode, vtkMRMLPlotSeriesNode, vtkMRMLScene

from SegAssistLib.scene.nodes import nodes_of_class
from SegAssistLib.scene.tables import fill_table

CURVE = "SegAssist.Curve"  # attribute of a chart: the name that it was made with
TABLE = "SegAssist.Table"  # reference from a chart to the table that holds its numbers


@dataclass(frozen=True)
class Curve:
    """How a curve begins; a person may change it.

    Attributes:
        color: RGB, 0 to 255; by default one that no other curve has.
        width: of its line, pixels; 0 shows the points alone.
        points: whether its points are marked.
    """

    color: tuple[int, int, int] | None = None
    width: float = 2.0
    points: bool = False


def write_curve(
    scene: vtkMRMLScene,
    name: str,
    x: tuple[str, np.ndarray],
    curves: Mapping[str, np.ndarray],
    y_title: str = "",
    styles: Mapping[str, Curve] | None = None,
) -> vtkMRMLPlotChartNode:
    """Show curves over one axis. A second call of the same name updates the chart.

    A person's colours and line widths of a curve stay as long as the curve keeps its name.

    Args:
        scene: where to.
        name: of the chart.
        x: title of the horizontal axis, with the unit, and its values.
        curves: one for each name; as many values as ``x`` has, of which NaN are not drawn.
        y_title: of the vertical axis, with the unit.
        styles: by the curve's name; a curve without one is a line.
    """
    chart = _find_chart(scene, name)
    if chart is None:
        chart = scene.AddNewNodeByClass("vtkMRMLPlotChartNode", name)
        chart.SetAttribute(CURVE, name)
        chart.SetTitle(name)
        table = scene.AddNewNodeByClass("vtkMRMLTableNode", f"{name} table")
        table.SetLocked(True)
        chart.SetNodeReferenceID(TABLE, table.GetID())
    table = chart.GetNodeReference(TABLE)
    title, values = x
    fill_table(
        table, {title: np.asarray(values), **{key: np.asarray(curve) for key, curve in curves.items()}}
    )
    chart.SetXAxisTitle(title)
    chart.SetYAxisTitle(y_title)
    present = {series.GetYColumnName(): series for series in _series(chart)}
    for key, series in present.items():
        if key not in curves:
            scene.RemoveNode(series)
    for key in curves:
        series = present.get(key)
        if series is None:
            series = scene.AddNewNodeByClass("vtkMRMLPlotSeriesNode", key)
            series.SetAndObserveTableNodeID(table.GetID())
            series.SetYColumnName(key)
            series.SetPlotType(vtkMRMLPlotSeriesNode.PlotTypeScatter)
            _style(series, (styles or {}).get(key, Curve()))
            chart.AddAndObservePlotSeriesNodeID(series.GetID())
        series.SetXColumnName(title)
    return chart


def remove_curve(scene: vtkMRMLScene, chart: vtkMRMLPlotChartNode) -> None:
    """Remove a chart with its curves and its table."""
    for node in (*_series(chart), chart.GetNodeReference(TABLE), chart):
        if node is not None:
            scene.RemoveNode(node)


def _style(series: vtkMRMLPlotSeriesNode, curve: Curve) -> None:
    if curve.color is None:
        series.SetUniqueColor()
    else:
        series.SetColor(*(channel / 255 for channel in curve.color))
    kind = vtkMRMLPlotSeriesNode
    series.SetMarkerStyle(kind.MarkerStyleCircle if curve.points else kind.MarkerStyleNone)
    series.SetMarkerSize(8 if curve.width == 0 else 4)
    series.SetLineStyle(kind.LineStyleSolid if curve.width else kind.LineStyleNone)
    series.SetLineWidth(curve.width or 1)


def _find_chart(scene: vtkMRMLScene, name: str) -> vtkMRMLPlotChartNode | None:
    charts = nodes_of_class(scene, "vtkMRMLPlotChartNode")
    return next((chart for chart in charts if chart.GetAttribute(CURVE) == name), None)


def _series(chart: vtkMRMLPlotChartNode) -> list[vtkMRMLPlotSeriesNode]:
    return [chart.GetNthPlotSeriesNode(n) for n in range(chart.GetNumberOfPlotSeriesNodes())]
