"""Slicer's core with a scene, as the desktop program starts it but without its windows.

``start()`` gives what a desktop script finds: ``slicer.mrmlScene``, ``slicer.app``,
``slicer.modules.<name>.logic()`` and, through them, the loading and saving functions of ``slicer.util``.
"""

# ruff: noqa: N802, N815 - the names are Slicer's

from __future__ import annotations

import atexit
import importlib.util
import tempfile
from pathlib import Path
from types import SimpleNamespace

import slicer
import slicer.util
import vtk

LOGICS = {
    "Colors": "vtkMRMLColorLogic",
    "Markups": "vtkSlicerMarkupsLogic",
    "Models": "vtkSlicerModelsLogic",
    "Plots": "vtkSlicerPlotsLogic",
    "Segmentations": "vtkSlicerSegmentationsModuleLogic",
    "Sequences": "vtkSlicerSequencesLogic",
    "SubjectHierarchy": "vtkSlicerSubjectHierarchyModuleLogic",
    "Tables": "vtkSlicerTablesLogic",
    "Terminologies": "vtkSlicerTerminologiesModuleLogic",
    "Volumes": "vtkSlicerVolumesLogic",
}
SLICE_VIEWS = {"Red": "Axial", "Green": "Coronal", "Yellow": "Sagittal"}


def start(*, slice_views: bool = True, subject_hierarchy: bool = True) -> HeadlessSlicer:
    """Start with an empty scene of its own; whatever ``slicer.mrmlScene`` was before is left behind.

    Args:
        slice_views: have Red, Green and Yellow, of 200 x 200 pixels and mm.
        subject_hierarchy: every shown node gets an item in the subject hierarchy when it is added, as in the
            desktop program. Slicer's core in a browser does not do so.
    """
    app = HeadlessSlicer()
    slicer.app = app
    slicer.mrmlScene = app.mrmlScene()
    slicer.modules = SimpleNamespace(**{name.lower(): _Module(logic) for name, logic in app.logics.items()})
    if slice_views:
        _add_slice_views(app.mrmlScene())
    if subject_hierarchy:
        app.keep_subject_hierarchy()
    return app


class HeadlessSlicer:
    """What ``slicer.app`` is in the desktop program, as far as the core reaches. Names are Slicer's."""

    def __init__(self) -> None:
        self._scene = slicer.vtkMRMLScene()
        self._observers: list[int] = []
        self._folder = tempfile.TemporaryDirectory()
        self.temporaryPath = self._folder.name
        self._logic = slicer.vtkSlicerApplicationLogic()
        self._logic.SetMRMLScene(self._scene)
        self._logic.SetTemporaryPath(self.temporaryPath)
        self._logic.GetColorLogic().SetMRMLScene(self._scene)
        self._logic.GetColorLogic().AddDefaultColorNodes()
        self.logics = {name: self._module_logic(name, kind) for name, kind in LOGICS.items()}
        self._connect_remote_io()
        self._io = _IOManager(self)
        crosshair = slicer.vtkMRMLCrosshairNode()
        crosshair.SetCrosshairName("default")
        self._scene.AddNode(crosshair)
        atexit.register(self.close)

    def close(self):
        """Empty the scene, and forget its files; at the latest when Python ends."""
        atexit.unregister(self.close)
        for tag in self._observers:
            self._scene.RemoveObserver(tag)
        self._scene.Clear(True)
        self._folder.cleanup()

    def mrmlScene(self):
        return self._scene

    def applicationLogic(self):
        return self._logic

    def coreIOManager(self):
        return self._io

    ioManager = coreIOManager

    def layoutManager(self):
        return None

    def processEvents(self):
        pass

    def pauseRender(self):
        pass

    def resumeRender(self):
        pass

    def testingEnabled(self):
        return True

    def keep_subject_hierarchy(self):
        """Give every shown node an item, and take it away with the node: Slicer's Qt part on the desktop."""
        shown = ("vtkMRMLDisplayableNode", "vtkMRMLTableNode", "vtkMRMLPlotChartNode", "vtkMRMLSequenceNode")

        @vtk.calldata_type(vtk.VTK_OBJECT)
        def add_item(_scene, _event, node):
            if any(map(node.IsA, shown)) and not node.GetHideFromEditors():
                tree = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(self._scene)
                if not tree.GetItemByDataNode(node):
                    tree.CreateItem(tree.GetSceneItemID(), node)

        @vtk.calldata_type(vtk.VTK_OBJECT)
        def remove_item(_scene, _event, node):
            tree = self._scene.GetFirstNodeByClass("vtkMRMLSubjectHierarchyNode")
            if tree is not None and tree.GetItemByDataNode(node):
                tree.RemoveItem(tree.GetItemByDataNode(node), False, False)

        self._observers = [
            self._scene.AddObserver(slicer.vtkMRMLScene.NodeAddedEvent, add_item),
            self._scene.AddObserver(slicer.vtkMRMLScene.NodeAboutToBeRemovedEvent, remove_item),
        ]

    def _module_logic(self, name, kind):
        logic = getattr(slicer, kind)()
        if name == "Terminologies":  # slicer-core comes without Slicer's own lists
            trame_slicer = importlib.util.find_spec("trame_slicer").submodule_search_locations[0]
            logic.SetModuleShareDirectory(f"{trame_slicer}/resources/terminologies")
        logic.SetMRMLApplicationLogic(self._logic)
        logic.SetMRMLScene(self._scene)
        self._logic.SetModuleLogic(name, logic)
        return logic

    def _connect_remote_io(self):
        """Reading an .mrb asks for it."""
        self._remote_io = slicer.vtkMRMLRemoteIOLogic()
        self._remote_io.SetMRMLScene(self._scene)
        self._remote_io.SetMRMLApplicationLogic(self._logic)
        self._remote_io.GetCacheManager().SetRemoteCacheDirectory(self.temporaryPath)
        self._data_io = slicer.vtkDataIOManagerLogic()
        self._data_io.SetMRMLScene(self._scene)
        self._data_io.SetMRMLApplicationLogic(self._logic)
        self._data_io.SetAndObserveDataIOManager(self._remote_io.GetDataIOManager())
        self._remote_io.AddDataIOToScene()


class _Module:
    def __init__(self, logic) -> None:
        self._logic = logic

    def logic(self):
        return self._logic


FILE_TYPES = {
    ".seg.nrrd": "SegmentationFile",
    ".seq.nrrd": "SequenceFile",
    ".nii": "VolumeFile",
    ".nii.gz": "VolumeFile",
    ".nrrd": "VolumeFile",
    ".mha": "VolumeFile",
    ".dcm": "VolumeFile",
    ".png": "VolumeFile",
    ".csv": "TableFile",
    ".tsv": "TableFile",
    ".mrb": "SceneFile",
    ".mrml": "SceneFile",
}


class _IOManager:
    """Loads and saves what ``slicer.util.loadVolume``, ``loadScene``, ``saveNode`` and so on ask for."""

    def __init__(self, app: HeadlessSlicer) -> None:
        self._app = app

    def fileType(self, path):
        name = str(path).lower()
        return next((kind for ending, kind in FILE_TYPES.items() if name.endswith(ending)), None)

    def fileWriterFileType(self, node, _path=None):
        return node.GetClassName()

    def loadNodes(self, kind, properties, loaded=None, _messages=None):
        path = str(properties["fileName"])
        if kind == "SceneFile":
            return self._load_scene(path, clear=bool(properties.get("clear", False)))
        name = properties.get("name") or Path(path).name.split(".")[0]
        node = getattr(self, f"_load_{kind}")(path, name, properties)
        if node is not None and loaded is not None:
            loaded.AddItem(node)
        return node is not None

    def saveNodes(self, kind, properties, _messages=None):
        path = str(properties["fileName"])
        if kind == "SceneFile":
            return self._save_scene(path)
        node = self._app.mrmlScene().GetNodeByID(properties["nodeID"])
        if node.GetStorageNode() is None:
            node.AddDefaultStorageNode(path)
        node.GetStorageNode().SetFileName(path)
        return bool(node.GetStorageNode().WriteData(node))

    def _load_VolumeFile(self, path, name, properties):
        files = vtk.vtkStringArray()
        for file in properties.get("fileNames", []):
            files.InsertNextValue(file)
        options = sum(bit for bit, key in ((1, "labelmap"), (4, "singleFile")) if properties.get(key))
        return self._app.logics["Volumes"].AddArchetypeVolume(path, name, options, files)

    def _load_SegmentationFile(self, path, _name, _properties):
        return self._app.logics["Segmentations"].LoadSegmentationFromFile(path, True)

    def _load_TableFile(self, path, name, _properties):
        return self._app.logics["Tables"].AddTable(path, name)

    def _load_SequenceFile(self, path, _name, _properties):
        return self._app.logics["Sequences"].AddSequence(path)

    def _load_scene(self, path, clear):
        scene = self._app.mrmlScene()
        scene.SetURL(path)
        if path.endswith(".mrb"):
            return bool(scene.ReadFromMRB(path, clear))
        return bool(scene.Connect() if clear else scene.Import())

    def _save_scene(self, path):
        scene = self._app.mrmlScene()
        scene.SetURL(path)
        scene.SetRootDirectory(str(Path(path).resolve().parent))
        return bool(scene.WriteToMRB(path) if path.endswith(".mrb") else scene.Commit(path))


def _add_slice_views(scene):
    slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(scene)
    for name, orientation in SLICE_VIEWS.items():
        view = scene.CreateNodeByClass("vtkMRMLSliceNode")  # with the presets
        view.UnRegister(None)
        view.SetSingletonTag(name)
        view.SetLayoutName(name)
        view.SetName(name)
        view = scene.AddNode(view)
        view.SetOrientation(orientation)
        view.SetDimensions(200, 200, 1)
        view.SetFieldOfView(200, 200, 1)
