"""Curves as charts."""

import numpy as np
from scene_parts import TIME, curves_of

from SegAssistLib.scene.plots import Curve, remove_curve, write_curve


def test_a_chart_shows_its_curves(slicer_scene):
    chart = write_curve(
        slicer_scene, "Opening", TIME, {"left": [1.0, 2.0, 3.0], "right": np.array([4, 5, 6])}
    )
    assert curves_of(chart) == {"left": ([0, 0.5, 1], [1, 2, 3]), "right": ([0, 0.5, 1], [4, 5, 6])}
    assert (chart.GetTitle(), chart.GetXAxisTitle()) == ("Opening", "Time (s)")


def test_a_second_call_updates_the_same_chart_and_keeps_a_persons_colour(slicer_scene):
    first = write_curve(slicer_scene, "Opening", TIME, {"left": [1.0, 2, 3], "right": [4.0, 5, 6]})
    left = first.GetNthPlotSeriesNode(0)
    left.SetColor(0.1, 0.2, 0.3)
    first.SetName("renamed")
    frames = ("Frame", np.arange(4))
    second = write_curve(slicer_scene, "Opening", frames, {"left": [9.0, 8, 7, 6], "middle": [1.0, 1, 1, 1]})
    assert second is first
    assert curves_of(second) == {
        "left": ([0, 1, 2, 3], [9, 8, 7, 6]),
        "middle": ([0, 1, 2, 3], [1, 1, 1, 1]),
    }
    assert left.GetColor() == (0.1, 0.2, 0.3)
    assert slicer_scene.GetNumberOfNodesByClass("vtkMRMLPlotSeriesNode") == 2
    assert slicer_scene.GetNumberOfNodesByClass("vtkMRMLTableNode") == 1


def test_another_name_is_another_chart(slicer_scene):
    assert write_curve(slicer_scene, "a", TIME, {"y": TIME[1]}) is not write_curve(
        slicer_scene, "b", TIME, {"y": TIME[1]}
    )


def test_a_curve_begins_as_it_is_told_and_a_removed_chart_leaves_nothing(slicer_scene):
    nodes = slicer_scene.GetNumberOfNodes()
    curves = {"line": [1.0, 2, 3], "marks": [1.0, np.nan, 3]}
    styles = {"marks": Curve((255, 0, 51), width=0, points=True)}
    chart = write_curve(slicer_scene, "Opening", TIME, curves, "area (mm2)", styles)
    assert chart.GetYAxisTitle() == "area (mm2)"
    line, marks = (chart.GetNthPlotSeriesNode(n) for n in range(2))
    assert (line.GetMarkerStyle(), marks.GetLineStyle()) == (line.MarkerStyleNone, marks.LineStyleNone)
    assert (line.GetLineStyle(), marks.GetMarkerStyle()) == (line.LineStyleSolid, marks.MarkerStyleCircle)
    assert marks.GetColor() == (1, 0, 0.2)
    remove_curve(slicer_scene, chart)
    assert slicer_scene.GetNumberOfNodes() == nodes
