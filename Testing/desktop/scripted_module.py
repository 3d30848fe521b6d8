"""Test double: the Python modules that desktop Slicer adds to its core, as far as SegAssist uses them.

``ScriptedLoadableModule`` (the four base classes), ``parameterNodeWrapper`` (state of the panel in a real
node of the scene, which it remembers until the node says that it has changed), ``i18n``, ``SampleData`` and,
when a test asks for it, ``packaging``. The names under which parameters are stored are Slicer's, so that a
saved scene is what Slicer would save.

What it cannot prove: that Slicer's own classes do not do more than this.
"""
# ruff: noqa: N802 - the names are Slicer's

from __future__ import annotations

import enum
import itertools
import sys
import types
import typing
import unittest
import weakref
from collections.abc import Callable
from pathlib import Path

import slicer
import slicer.util
import vtk

# ---------------------------------------------------------------------- the four base classes


class ScriptedLoadableModule:
    def __init__(self, parent) -> None:
        self.parent = parent


class ScriptedLoadableModuleWidget:
    def __init__(self, parent=None) -> None:
        super().__init__()
        self.moduleName = type(self).__name__.removesuffix("Widget")
        self.parent = parent
        self.layout = parent.layout()

    def resourcePath(self, name: str) -> str:
        return str(Path(slicer.util.modulePath(self.moduleName)).parent / "Resources" / name)

    def setup(self) -> None:
        pass

    def onReload(self) -> None:
        slicer.util.reloadScriptedModule(self.moduleName)


class ScriptedLoadableModuleLogic:
    def __init__(self) -> None:
        self.moduleName = type(self).__name__.removesuffix("Logic")

    def getParameterNode(self):
        node = slicer.mrmlScene.GetSingletonNode(self.moduleName, "vtkMRMLScriptedModuleNode")
        if node is None:
            node = slicer.vtkMRMLScriptedModuleNode()
            node.SetSingletonTag(self.moduleName)
            node.SetName(self.moduleName)
            node = slicer.mrmlScene.AddNode(node)
        node.SetAttribute("ModuleName", self.moduleName)
        return node


class ScriptedLoadableModuleTest(unittest.TestCase):
    def delayDisplay(self, message: str) -> None:
        print(message)


# ---------------------------------------------------------------------- parameterNodeWrapper


class Text:
    """A parameter that is a text."""

    default = ""

    def has(self, node, name: str) -> bool:
        return node.HasParameter(name)

    def write(self, node, name: str, value: str) -> None:
        if not isinstance(value, str):
            raise TypeError(f"{name} is a text, not {value!r}")
        node.SetParameter(name, value)

    def read(self, node, name: str) -> str:
        return node.GetParameter(name)


class Choice(Text):
    """A parameter that is one of an enumeration; its name is stored."""

    def __init__(self, kind: type[enum.Enum]) -> None:
        self._kind = kind
        self.default = next(iter(kind))

    def write(self, node, name: str, value: enum.Enum) -> None:
        super().write(node, name, self._kind(value).name)

    def read(self, node, name: str) -> enum.Enum:
        return self._kind[super().read(node, name)]


class Node(Text):
    """A parameter that is a node of one class; a reference from the parameter node is stored."""

    default = None

    def __init__(self, kind: type) -> None:
        self.kind = kind

    def write(self, node, name: str, value) -> None:
        if value is not None and not isinstance(value, self.kind):
            raise TypeError(f"{name} cannot be {value.GetClassName()}")
        super().write(node, name, "")  # says that the parameter has been set, be it to None
        node.SetNodeReferenceID(name, value.GetID() if value is not None else None)

    def read(self, node, name: str):
        return node.GetNodeReference(name)


class NodeOfSeveral:
    """A parameter that is a node of one of several classes, or None; which of them is in the stored name."""

    default = None

    def __init__(self, kinds: list[type]) -> None:
        self._kinds = [Node(kind) for kind in kinds]

    def has(self, node, name: str) -> bool:
        return any(node.HasParameter(f"{name}_{number}") for number in range(len(self._kinds)))

    def write(self, node, name: str, value) -> None:
        fitting = [number for number, known in enumerate(self._kinds) if isinstance(value, known.kind)]
        if not fitting:
            raise TypeError(f"{name} cannot be {value.GetClassName()}")
        for number in range(len(self._kinds)):
            node.UnsetParameter(f"{name}_{number}")
            node.RemoveNodeReferenceIDs(f"{name}_{number}")
        node.SetParameter(f"{name}_{fitting[0]}", "" if value is not None else "True")
        if value is not None:
            node.SetNodeReferenceID(f"{name}_{fitting[0]}", value.GetID())

    def read(self, node, name: str):
        names = (f"{name}_{number}" for number in range(len(self._kinds)))
        return node.GetNodeReference(next(filter(node.HasParameter, names)))


def _storage(hint) -> Text | NodeOfSeveral:
    if hint is str:
        return Text()
    if typing.get_origin(hint) is typing.Union:
        return NodeOfSeveral(list(typing.get_args(hint)))
    return Choice(hint) if issubclass(hint, enum.Enum) else Node(hint)


class Remembered:
    """A parameter as Slicer's wrapper knows it: what is read is remembered until the node's ModifiedEvent.

    A saved scene's parameter node is read, and says so, before the nodes that it refers to exist.
    """

    def __init__(self, storage: Text | NodeOfSeveral, node, name: str, default) -> None:
        self._storage, self._node, self._name, self._default = storage, node, name, default
        self._writing = False
        self.value = self._read()
        me = weakref.ref(self)
        self._tag = node.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: me()._on_modified())

    def __del__(self) -> None:
        self._node.RemoveObserver(self._tag)

    def _read(self):
        if not self._storage.has(self._node, self._name):
            self._storage.write(self._node, self._name, self._default)
        return self._storage.read(self._node, self._name)

    def _on_modified(self) -> None:
        if not self._writing:
            self.value = self._read()

    def write(self, value) -> None:
        self._writing = True
        try:
            with slicer.util.NodeModify(self._node):
                self._storage.write(self._node, self._name, value)
                self.value = self._read()
        finally:
            self._writing = False


def parameterNodeWrapper(kind: type) -> type:
    """Turn a class's annotations into properties that lie in a node, and that widgets can be connected to."""
    hints = typing.get_type_hints(kind)
    storage = {name: _storage(hint) for name, hint in hints.items()}
    defaults = {name: vars(kind).get(name, storage[name].default) for name in hints}

    def make(self, node) -> None:
        self.parameterNode = node
        self._connected: dict[int, dict[str, Connector]] = {}
        self._tags = itertools.count()
        self._showing = False
        self._values = {
            name: Remembered(storage[name], node, name, default) for name, default in defaults.items()
        }

    def property_of(name: str) -> property:
        return property(
            lambda self: self._values[name].value, lambda self, value: self._values[name].write(value)
        )

    def show(self) -> None:
        if self._showing:
            return
        self._showing = True
        try:
            with slicer.util.NodeModify(self.parameterNode):
                for connectors in list(self._connected.values()):
                    for name, connector in connectors.items():
                        connector.write(getattr(self, name))
        finally:
            self._showing = False

    def connect_parameters(self, widgets: dict) -> int:
        """Connect these widgets; the tag is for ``disconnectGui``."""

        def keep(name: str, value) -> None:
            with slicer.util.NodeModify(self.parameterNode):
                if not self._showing:
                    setattr(self, name, value)

        tag = next(self._tags)
        self._connected[tag] = {name: connector(widget, hints[name]) for name, widget in widgets.items()}
        for name, each in self._connected[tag].items():
            each.write(getattr(self, name))
            each.changed = lambda value, name=name: keep(name, value)
        self.parameterNode.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: show(self))
        return tag

    def disconnect_gui(self, tag: int | None) -> None:
        for each in self._connected.pop(tag, {}).values():
            each.changed = None

    members = {name: property_of(name) for name in hints}
    for name, member in {
        **members,
        "__init__": make,
        "connectParametersToGui": connect_parameters,
        "disconnectGui": disconnect_gui,
        "Modified": lambda self: self.parameterNode.Modified(),
    }.items():
        setattr(kind, name, member)
    return kind


class Connector:
    """Tells ``changed`` what a person chooses in a widget, and writes a value into it."""

    def __init__(self, write: Callable, signal, value_of: Callable = lambda value: value) -> None:
        self.write = write
        self.changed: Callable | None = None
        signal.connect(lambda value: self.changed and self.changed(value_of(value)))


def connector(widget, hint) -> Connector:
    if type(widget) is slicer.qMRMLNodeComboBox:
        classes = typing.get_args(hint) if typing.get_origin(hint) is typing.Union else (hint,)
        widget.nodeTypes = [node().GetClassName() for node in classes if node is not type(None)]
        return Connector(widget.setCurrentNode, widget.currentNodeChanged)
    choices = list(hint)
    widget.clear()
    widget.addItems([choice.label() for choice in choices])
    write = lambda value: widget.setCurrentIndex(choices.index(value))  # noqa: E731
    return Connector(write, widget.currentIndexChanged, choices.__getitem__)


# ---------------------------------------------------------------------- sample data


class SampleDataLogic:
    """Slicer's module of this name: other modules offer images in it, each with a button."""

    @staticmethod
    def registerCustomSampleDataSource(category: str, sampleName: str, customDownloader, **_stated) -> None:  # noqa: N803
        sources = vars(slicer.modules).setdefault("sampleDataSources", {})
        sources.setdefault(category, {})[sampleName] = lambda: customDownloader(sampleName)


# ---------------------------------------------------------------------- packages


def packaging_module(pip_install: Callable[[list[str]], None]) -> types.ModuleType:
    """``slicer.packaging``, which Slicer has since 5.11; it remembers how it was asked."""
    module = types.ModuleType("slicer.packaging")
    module.asked = []

    def pip_ensure(requirements: list[str], constraints: Path | None = None, **how: object) -> None:
        module.asked.append(how)
        pip_install([*(["-c", str(constraints)] if constraints else []), *requirements])

    module.pip_ensure = pip_ensure
    return module


def tr(text: str) -> str:
    """Slicer's: the context is the package, if any, and the name of the calling file."""
    file = Path(sys._getframe(1).f_code.co_filename)
    package = f"{file.parent.name}." if (file.parent / "__init__.py").exists() else ""
    return slicer.app.translate(package + file.stem, text)


def install() -> None:
    """Make Slicer's Python modules importable."""

    sys.modules["SampleData"] = types.ModuleType("SampleData")
    sys.modules["SampleData"].SampleDataLogic = SampleDataLogic

    def module(name: str, **members) -> types.ModuleType:
        made = types.ModuleType(f"slicer.{name}")
        vars(made).update(members)
        sys.modules[made.__name__] = made
        setattr(slicer, name, made)
        return made

    module(
        "ScriptedLoadableModule",
        ScriptedLoadableModule=ScriptedLoadableModule,
        ScriptedLoadableModuleWidget=ScriptedLoadableModuleWidget,
        ScriptedLoadableModuleLogic=ScriptedLoadableModuleLogic,
        ScriptedLoadableModuleTest=ScriptedLoadableModuleTest,
    )
    module("parameterNodeWrapper", parameterNodeWrapper=parameterNodeWrapper)
    module("i18n", tr=tr, translate=lambda context, text: slicer.app.translate(context, text))
