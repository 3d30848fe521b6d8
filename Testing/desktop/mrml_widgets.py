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
import vtk
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
        tags = [
            scene.AddObserver(event, lambda *_: self._list())
            for event in (kinds.NodeAddedEvent, kinds.EndCloseEvent, kinds.EndBatchProcessEvent)
        ]
        tags.append(scene.AddObserver(kinds.NodeAboutToBeRemovedEvent, self._drop))
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
        nodes = {node.GetID(): node.GetName() for node in self._nodes()}
        none = {None: self._settings["noneDisplay"]} if self._settings["noneEnabled"] else {}
        new = {self.NEW: "Create new"} if self._settings["addEnabled"] else {}
        self.box.clear()
        for node_id, name in {**none, **nodes, **new}.items():
            self.box.addItem(name, node_id)
        self._choose(self._current if self._current in nodes else next(iter({**none, **nodes}), None))

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _drop(self, scene, _event, node) -> None:
        """A row goes before its node does; if it was the current one, Qt makes its neighbour the current."""
        row = self.box.findData(node.GetID())
        if row < 0 or scene.IsBatchProcessing():
            return
        self.box.removeItem(row)
        if node.GetID() == self._current:
            neighbour = self.box.currentData()
            self._choose(neighbour if neighbour != self.NEW else None)

    def _choose(self, node_id: str | None) -> None:
        if node_id == self.NEW:
            node_id = self._scene.AddNewNodeByClass(self._settings["nodeTypes"][0]).GetID()
        none = 0 if self._settings["noneEnabled"] else -1
        self.box.setCurrentIndex(none if node_id is None else self.box.findData(node_id))
        if node_id != self._current:
            self._current = node_id
            self.currentNodeChanged.emit(self.currentNode())


class qSlicerSegmentEditorEffectFactory(qt.QObject):
    """Knows the editor's effects, which modules register while the program starts."""

    effectRegistered = QtCore.Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.effects = ["Paint", "Erase"]

    def register(self, name: str) -> None:
        self.effects.append(name)
        self.effectRegistered.emit(name)

    @staticmethod
    def instance() -> qSlicerSegmentEditorEffectFactory:
        return _factory


_factory = qSlicerSegmentEditorEffectFactory()


class qMRMLSegmentEditorWidget(qMRMLWidget):
    """The editor's memory: which segmentation, and its undo.

    What is edited is in the parameter node. The selector follows it, knows no None, and is obeyed when it
    moves by itself.
    """

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        layout = QtWidgets.QVBoxLayout(self)
        layout.addWidget(QtWidgets.QLabel("Slicer's Segment Editor"))
        self._selector = qMRMLNodeComboBox(self)
        self._selector.nodeTypes = ["vtkMRMLSegmentationNode"]
        self._selector.addEnabled = False
        self._selector.currentNodeChanged.connect(self.setSegmentationNode)
        self._selector.hide()
        self._history = slicer.vtkSegmentationHistory()
        self._node = None
        self._observed: list[tuple] = []
        observed = self._observed  # and not self, which is gone by then
        self.destroyed.connect(lambda: [each.RemoveObserver(tag) for each, tag in observed])
        self.switches: dict[str, object] = {}
        self.updateEffectList()

    def updateEffectList(self) -> None:
        self.effects = list(_factory.effects)

    def setMaximumNumberOfUndoStates(self, count: int) -> None:
        self._history.SetMaximumNumberOfStates(count)

    def setMRMLScene(self, scene) -> None:
        self._selector.blockSignals(True)
        super().setMRMLScene(scene)
        self._selector.setMRMLScene(scene)
        self._selector.blockSignals(False)
        event = slicer.vtkMRMLScene.EndBatchProcessEvent
        tag = scene.AddObserver(event, lambda *_: self._obey(), -1)  # after the selector has listed
        self._observed.append((scene, tag))
        self._follow()

    def setMRMLSegmentEditorNode(self, node) -> None:
        if node is self._node:
            return
        self._node = node
        if node is not None:
            self._observed.append((node, node.AddObserver("ModifiedEvent", lambda *_: self._follow())))
        self._follow()

    def mrmlSegmentEditorNode(self):
        return self._node

    def _obey(self) -> None:
        self.setSegmentationNode(self._selector.currentNode())
        self._follow()

    def _follow(self) -> None:
        scene = self._node.GetScene() if self._node is not None else None
        if scene is None or scene.IsBatchProcessing():
            return
        node = self._node.GetSegmentationNode()
        self._selector.blockSignals(True)
        self._selector.setCurrentNode(node)
        self._selector.blockSignals(False)
        self._history.SetSegmentation(node.GetSegmentation() if node is not None else None)

    def setSegmentationNode(self, node) -> None:
        if self._node is not None and self._node.GetSegmentationNode() is not node:
            self.setActiveEffect(None)
            self._node.SetAndObserveSegmentationNode(node)

    def segmentationNode(self):
        return self._selector.currentNode()

    def setSourceVolumeNode(self, node) -> None:
        if self.segmentationNode() is not None:
            self._node.SetAndObserveSourceVolumeNode(node)

    def sourceVolumeNode(self):
        return self._node.GetSourceVolumeNode()

    def saveStateForUndo(self) -> None:
        if self.segmentationNode() is not None:
            self._history.SaveState()

    def undo(self) -> None:
        self._history.RestorePreviousState()

    def currentSegmentID(self) -> str:
        return self._node.GetSelectedSegmentID()

    def setCurrentSegmentID(self, segment: str) -> None:
        self._node.SetSelectedSegmentID(segment)

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
    slicer.qSlicerSegmentEditorEffectFactory = qSlicerSegmentEditorEffectFactory
