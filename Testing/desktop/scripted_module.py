"""Test double: the Python modules that desktop Slicer adds to its core, as far as SegAssist uses them.

``ScriptedLoadableModule`` (the four base classes), ``parameterNodeWrapper`` (state of the panel in a real
node of the scene), ``i18n`` and, when a test asks for it, ``packaging``. The names under which parameters
are stored are Slicer's, so that a saved scene is what Slicer would save.

What it cannot prove: that Slicer's own classes do not do more than this.
"""
# ruff: noqa: N802 - the names are Slicer's

from __future__ import annotations

import enum
import sys
import types
import typing
import unittest
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

    def write(self, node, name: str, value: str) -> None:
        if not isinstance(value, str):
            raise TypeError(f"{name} is a text, not {value!r}")
        node.SetParameter(name, value)

    def read(self, node, name: str) -> str:
        return node.GetParameter(name)


class Choice:
    """A parameter that is one of an enumeration; its name is stored."""

    def __init__(self, kind: type[enum.Enum]) -> None:
        self._kind = kind

    def write(self, node, name: str, value: enum.Enum) -> None:
        node.SetParameter(name, self._kind(value).name)

    def read(self, node, name: str) -> enum.Enum:
        stored = node.GetParameter(name)
        return self._kind[stored] if stored else next(iter(self._kind))


class Node:
    """A parameter that is a node of one class; a reference from the parameter node is stored."""

    def __init__(self, kind: type) -> None:
        self._kind = kind

    def write(self, node, name: str, value) -> None:
        if value is not None and not isinstance(value, self._kind):
            raise TypeError(f"{name} cannot be {value.GetClassName()}")
        node.SetParameter(name, "")
        node.SetNodeReferenceID(name, value.GetID() if value is not None else None)

    def read(self, node, name: str):
        return node.GetNodeReference(name)


class NodeOfSeveral:
    """A parameter that is a node of one of several classes, or None; which of them is in the stored name."""

    def __init__(self, kinds: list[type]) -> None:
        self._kinds = kinds

    def write(self, node, name: str, value) -> None:
        if value is not None and not isinstance(value, tuple(self._kinds)):
            raise TypeError(f"{name} cannot be {value.GetClassName()}")
        for number, kind in enumerate(self._kinds):
            mine = value is not None and isinstance(value, kind)
            node.SetNodeReferenceID(f"{name}_{number}", value.GetID() if mine else None)
            value = None if mine else value

    def read(self, node, name: str):
        found = (node.GetNodeReference(f"{name}_{number}") for number in range(len(self._kinds)))
        return next((value for value in found if value is not None), None)


def _storage(hint) -> Text | Choice | Node | NodeOfSeveral:
    if hint is str:
        return Text()
    if typing.get_origin(hint) is typing.Union:
        return NodeOfSeveral([kind for kind in typing.get_args(hint) if kind is not type(None)])
    return Choice(hint) if issubclass(hint, enum.Enum) else Node(hint)


def parameterNodeWrapper(kind: type) -> type:
    """Turn a class's annotations into properties that lie in a node, and that widgets can be connected to."""
    hints = typing.get_type_hints(kind)
    storage = {name: _storage(hint) for name, hint in hints.items()}
    defaults = {name: vars(kind)[name] for name in hints if name in vars(kind)}

    def make(self, node) -> None:
        self.parameterNode = node
        self._showing = False
        for name, default in defaults.items():
            if not node.HasParameter(name):
                storage[name].write(node, name, default)

    def property_of(name: str) -> property:
        return property(
            lambda self: storage[name].read(self.parameterNode, name),
            lambda self, value: storage[name].write(self.parameterNode, name, value),
        )

    def connect_gui(self, widgets) -> None:
        connected = {}
        for widget in vars(widgets).values():
            name = widget.property("SlicerParameterName")
            if name:
                connected[name] = _connector(widget, hints[name], lambda value, name=name: keep(name, value))

        def keep(name: str, value) -> None:
            if not self._showing:
                setattr(self, name, value)

        def show(*_) -> None:
            if self._showing:
                return
            self._showing = True
            try:
                for name, write in connected.items():
                    write(getattr(self, name))
            finally:
                self._showing = False

        show()
        self.parameterNode.AddObserver(vtk.vtkCommand.ModifiedEvent, show)

    def disconnect_gui(self, tag) -> None:
        """Nothing: Slicer's ``connectGui`` gives None as the tag, with which this does not disconnect."""

    members = {name: property_of(name) for name in hints}
    for name, member in {
        **members,
        "__init__": make,
        "connectGui": connect_gui,
        "disconnectGui": disconnect_gui,
    }.items():
        setattr(kind, name, member)
    return kind


def _connector(widget, hint, keep):
    """Report what a person chooses in a widget to ``keep``; return what shows a value in it."""
    if type(widget) is slicer.qMRMLNodeComboBox:
        classes = typing.get_args(hint) if typing.get_origin(hint) is typing.Union else (hint,)
        widget.nodeTypes = [node().GetClassName() for node in classes if node is not type(None)]
        widget.currentNodeChanged.connect(keep)
        return widget.setCurrentNode
    choices = list(hint)
    widget.clear()
    widget.addItems([choice.label() for choice in choices])
    widget.currentIndexChanged.connect(lambda row: keep(choices[row]))
    return lambda value: widget.setCurrentIndex(choices.index(value))


# ---------------------------------------------------------------------- packages


def packaging_module(pip_install: Callable[[list[str]], None]) -> types.ModuleType:
    """``slicer.packaging``, which Slicer has since 5.11; it remembers how it was asked."""
    module = types.ModuleType("slicer.packaging")
    module.asked = []

    def pip_ensure(requirements: list[str], **how: object) -> None:
        module.asked.append(how)
        pip_install(requirements)

    module.pip_ensure = pip_ensure
    return module


def tr(text: str) -> str:
    """Slicer's: the context is the package, if any, and the name of the calling file."""
    file = Path(sys._getframe(1).f_code.co_filename)
    package = f"{file.parent.name}." if (file.parent / "__init__.py").exists() else ""
    return slicer.app.translate(package + file.stem, text)


def install() -> None:
    """Make Slicer's Python modules importable."""

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
