"""Draws the panel beside what Slicer's slice views then show.

    PYTHONPATH=Testing python Testing/desktop/screenshot.py desktop.png [SCAN]
    PYTHONPATH=Testing python Testing/desktop/screenshot.py desktop-clip.png CLIP.mp4

Segments a scan (a phantom when none is named) or a clip, selects a lesion or a frame and photographs. The
views are drawn by Slicer's own displayable managers, the panel by Qt; the frame around them is ours.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import slicer
import slicer.util
import vtk
from desktop_slicer import Desktop
from PySide6 import QtCore, QtGui

PANEL, GAP = 470, 6  # pixels
# Each view's left and top edge, width and height, right of the panel.
VIEWS = {"Red": (0, 0, 560, 560), "Yellow": (0, 566, 277, 220), "Green": (283, 566, 277, 220)}
MANAGERS = ("VolumeGlyphSlice", "ModelSlice", "Crosshair")


class SliceView:
    """One of Slicer's slice views, drawn without a window."""

    def __init__(self, app, name: str, volume, width: int, height: int) -> None:
        logic = app.applicationLogic()
        if logic.GetSliceLogics() is None:
            logic.SetSliceLogics(vtk.vtkCollection())
        self._logic = slicer.vtkMRMLSliceLogic()
        self._logic.SetMRMLApplicationLogic(logic)
        self._logic.SetMRMLScene(app.mrmlScene())
        self._logic.SetSliceNode(app.mrmlScene().GetSingletonNode(name, "vtkMRMLSliceNode"))
        logic.GetSliceLogics().AddItem(self._logic)
        self._logic.GetSliceCompositeNode().SetBackgroundVolumeID(volume.GetID())
        self._logic.GetSliceNode().SetDimensions(width, height, 1)
        self._logic.FitSliceToAll(width, height)
        self._draw_with(self._factory(logic))
        self._window.SetSize(width, height)

    def _factory(self, logic):
        factory = slicer.vtkMRMLSliceViewDisplayableManagerFactory.GetInstance()
        factory.SetMRMLApplicationLogic(logic)
        names = [f"vtkMRML{name}DisplayableManager" for name in MANAGERS]
        for name in (*names, "vtkMRMLSegmentationsDisplayableManager2D"):
            if not factory.IsDisplayableManagerRegistered(name):
                factory.RegisterDisplayableManager(name)
        return factory

    def _draw_with(self, factory) -> None:
        image = vtk.vtkImageMapper()
        image.SetColorWindow(255)
        image.SetColorLevel(127.5)
        image.SetInputConnection(self._logic.GetImageDataConnection())
        actor = vtk.vtkActor2D()
        actor.SetMapper(image)
        below, above = vtk.vtkRenderer(), vtk.vtkRenderer()
        below.AddViewProp(actor)
        above.SetLayer(1)
        self._window = vtk.vtkRenderWindow()
        self._window.SetOffScreenRendering(True)
        self._window.SetMultiSamples(0)
        self._window.SetNumberOfLayers(2)
        self._window.AddRenderer(below)
        self._window.AddRenderer(above)
        self._interactor = vtk.vtkGenericRenderWindowInteractor()
        self._interactor.SetRenderWindow(self._window)
        self._managers = factory.InstantiateDisplayableManagers(above)
        self._managers.SetMRMLDisplayableNode(self._logic.GetSliceNode())

    def picture(self) -> QtGui.QPixmap:
        """What the view shows now."""
        self._window.Render()
        grab = vtk.vtkWindowToImageFilter()
        grab.SetInput(self._window)
        writer = vtk.vtkPNGWriter()
        writer.SetInputConnection(grab.GetOutputPort())
        writer.WriteToMemoryOn()
        writer.Write()
        pixmap = QtGui.QPixmap()
        pixmap.loadFromData(bytes(memoryview(writer.GetResult())))
        return pixmap


def main(path: Path, scan: Path | None) -> None:
    """Photograph into a file."""
    desktop = Desktop(Path(tempfile.mkdtemp()))
    desktop.window.setStyleSheet("QWidget { background: #f3f3f3; }")
    desktop.window.resize(PANEL, max(top + height for _, top, _, height in VIEWS.values()))
    desktop.place.setFixedWidth(PANEL)
    desktop.window.layout().setContentsMargins(0, 0, 0, 0)
    desktop.open()
    views = _clip(desktop, scan) if scan is not None and scan.suffix == ".mp4" else _volume(desktop, scan)
    panel = desktop.window.grab()
    picture = QtGui.QPixmap(PANEL + GAP + VIEWS["Red"][2], panel.height())
    picture.fill(QtCore.Qt.white)
    painter = QtGui.QPainter(picture)
    painter.drawPixmap(0, 0, panel)
    for name, view in views.items():
        left, top, _, _ = VIEWS[name]
        painter.drawPixmap(PANEL + GAP + left, top, view.picture())
    painter.end()
    picture.save(str(path))
    desktop.close()


def _volume(desktop: Desktop, scan: Path | None) -> dict[str, SliceView]:
    from SegAssistLib.phantom import flair_phantom
    from SegAssistLib.scene.volumes import add_volume

    if scan is None:
        volume = add_volume(desktop.scene, flair_phantom()[0])
    else:
        volume = slicer.util.loadVolume(str(scan))
    volume.CreateDefaultDisplayNodes()
    desktop.settle()
    views = {name: SliceView(desktop.app, name, volume, *place[2:]) for name, place in VIEWS.items()}
    desktop.segment_all()
    desktop.open_section(desktop.ui.exportCollapsible)
    desktop.ui.exportFolderButton.directory = "Results"
    for row in (0, 1):
        desktop.click_row(row)
        desktop.click(desktop.ui.reviewedButton)
    desktop.click(desktop.ui.nextButton)
    return views


def _clip(desktop: Desktop, path: Path) -> dict[str, SliceView]:
    from SegAssistLib.io import read_image
    from SegAssistLib.scene.sequences import add_clip, shown_volume

    browser = add_clip(desktop.scene, read_image(path))
    desktop.settle()
    desktop.choose(desktop.ui.inputSelector.box, browser.GetName())
    view = SliceView(desktop.app, "Red", shown_volume(browser), *VIEWS["Red"][2:])
    desktop.segment_all()
    desktop.do(lambda: desktop.ui.frameSlider.setValue(20))
    return {"Red": view}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
