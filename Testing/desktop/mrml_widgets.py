"""Test double: the widgets that Slicer lays over a scene, on a real scene.

The node selector lists real nodes and follows the scene's own events. The segment editor is an empty panel
with a real undo: Slicer's ``vtkSegmentationHistory``, saved and restored as the real editor does.

What it cannot prove: the editor's effects (paint, erase and so on), in place of which tests change the
segment's labelmap as an effect would; and the moment at which the real selector follows the scene.
"""
# ruff: noqa: N801, N802, N815 - the names are Slicer's

from __future__ import annotations

import pythonqt
import slicer
import slicer.util
from PySide6 import QtCore, QtWidgets
from pythonqt import qt


class qMRMLWidget(qt.QWidget):
    """Has a scene, and says so when it gets one."""

    mrmlSceneChanged = QtCore.Signal(object)

    def setMRMLScene(self, scene) -> None:
        self.mrmlSceneChanged.emit(scene)


def setting(name: str, kind) -> QtCore.Property:
    """A property of the node selector that changes what it lists."""

    def write(self, value) -> None:
        self._settings[name] = value
        self._list()

    return QtCore.Property(kind, lambda self: self._settings.get(name), write)


class qMRMLNodeComboBox(qt.QWidget):
    """Lists the nodes of some classes; the first entry is none, the last makes a new node."""

    currentNodeChanged = QtCore.Signal(object)
    NEW = "new"

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self.box = QtWidgets.QComboBox()
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.box)
        self.box.activated.connect(lambda row: self._choose(self.box.itemData(row)))
        self._scene = None
        self._current: str | None = None
        self._settings = {"nodeTypes": [], "addEnabled": True, "noneEnabled": False, "noneDisplay": "None"}

    nodeTypes = setting("nodeTypes", "QStringList")
    showChildNodeTypes = setting("showChildNodeTypes", bool)
    noneEnabled = setting("noneEnabled", bool)
    noneDisplay = setting("noneDisplay", str)
    addEnabled = setting("addEnabled", bool)
    removeEnabled = setting("removeEnabled", bool)
    renameEnabled = setting("renameEnabled", bool)

    def setMRMLScene(self, scene) -> None:
        self._scene = scene
        kinds = slicer.vtkMRMLScene
        events = (kinds.NodeAddedEvent, kinds.NodeRemovedEvent, kinds.EndBatchProcessEvent)
        tags = [scene.AddObserver(event, lambda *_: self._list()) for event in events]
        self.destroyed.connect(lambda: [scene.RemoveObserver(tag) for tag in tags])
        self._list()

    def currentNode(self):
        return self._scene.GetNodeByID(self._current) if self._scene and self._current else None

    def setCurrentNode(self, node) -> None:
        self._choose(node.GetID() if node is not None else None)

    def _nodes(self) -> list:
        scene = self._scene
        nodes = [scene.GetNthNode(n) for n in range(scene.GetNumberOfNodes())] if scene else []
        kinds = self._settings["nodeTypes"]
        return [node for node in nodes if node.GetClassName() in kinds and not node.GetHideFromEditors()]

    def _list(self) -> None:
        if self._scene is None or self._scene.IsBatchProcessing():
            return
        nodes = self._nodes()
        self.box.clear()
        self.box.addItem(self._settings["noneDisplay"], None)
        for node in nodes:
            self.box.addItem(node.GetName(), node.GetID())
        if self._settings["addEnabled"]:
            self.box.addItem("Create new", self.NEW)
        here = self._current in [node.GetID() for node in nodes]
        self._choose(self._current if here else None)

    def _choose(self, node_id: str | None) -> None:
        if node_id == self.NEW:
            node_id = self._scene.AddNewNodeByClass(self._settings["nodeTypes"][0]).GetID()
        self.box.setCurrentIndex(max(0, self.box.findData(node_id)))
        if node_id != self._current:
            self._current = node_id
            self.currentNodeChanged.emit(self.currentNode())


class qMRMLSegmentEditorWidget(qMRMLWidget):
    """The editor's memory: which segmentation, and its undo."""

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        layout = QtWidgets.QVBoxLayout(self)
        layout.addWidget(QtWidgets.QLabel("Slicer's Segment Editor"))
        self._history = slicer.vtkSegmentationHistory()
        self._node = None
        self.switches: dict[str, object] = {}

    def setMaximumNumberOfUndoStates(self, count: int) -> None:
        self._history.SetMaximumNumberOfStates(count)

    def setMRMLSegmentEditorNode(self, node) -> None:
        self.editor_node = node

    def setSegmentationNode(self, node) -> None:
        if node is not self._node:
            self._node = node
            self._history.SetSegmentation(node.GetSegmentation() if node is not None else None)

    def segmentationNode(self):
        return self._node

    def setSourceVolumeNode(self, node) -> None:
        self._volume = node

    def sourceVolumeNode(self):
        return self._volume

    def saveStateForUndo(self) -> None:
        if self._node is not None:
            self._history.SaveState()

    def undo(self) -> None:
        self._history.RestorePreviousState()

    def currentSegmentID(self) -> str:
        return self.switches.get("segment", "")

    def setCurrentSegmentID(self, segment: str) -> None:
        self.switches["segment"] = segment

    def activeEffect(self):
        return self.switches.get("effect")

    def setSegmentationNodeSelectorVisible(self, visible: bool) -> None:
        self.switches["segmentation selector"] = visible

    def setSourceVolumeNodeSelectorVisible(self, visible: bool) -> None:
        self.switches["volume selector"] = visible

    def setSwitchToSegmentationsButtonVisible(self, visible: bool) -> None:
        self.switches["segmentations button"] = visible

    def setAutoShowSourceVolumeNode(self, show: bool) -> None:
        self.switches["show volume"] = show

    def setActiveEffect(self, effect) -> None:
        self.switches["effect"] = effect

    def installKeyboardShortcuts(self) -> None:
        self.switches["shortcuts"] = True

    def uninstallKeyboardShortcuts(self) -> None:
        self.switches["shortcuts"] = False

    def setupViewObservations(self) -> None:
        self.switches["views"] = True

    def removeViewObservations(self) -> None:
        self.switches["views"] = False


def install() -> None:
    """Add the widgets to ``slicer`` and to the .ui loader."""
    for widget in (qMRMLWidget, qMRMLNodeComboBox, qMRMLSegmentEditorWidget):
        setattr(slicer, widget.__name__, widget)
        pythonqt.QUiLoader.custom[widget.__name__] = widget
