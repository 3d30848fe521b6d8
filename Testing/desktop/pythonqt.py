"""Test double: ``qt`` and ``ctk`` as Slicer's Python sees them, over PySide6.

Slicer speaks to Qt through PythonQt. Its conventions differ from PySide6's: a Qt property is an attribute
(``button.text``), a signal is connected by its signature (``connect("clicked()", slot)``) and passes the
arguments that the signature names. Widgets here are real Qt widgets with these conventions, so that real
events reach them; ``install()`` puts the two modules into ``sys.modules``.

What it cannot prove: that PythonQt wraps every name in the way this file believes, how CTK's own widgets
look and behave beyond the few members below, and how Qt 5 differs from the Qt 6 that is used here.
"""
# ruff: noqa: N801, N802, N815 - the names are Qt's and CTK's

from __future__ import annotations

import inspect
import math
import re
import sys
import types
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from PySide6 import QtCore, QtGui, QtUiTools, QtWidgets

GETTERS_OF_LAYOUTS = {"sizeHint", "minimumSizeHint"}  # properties that Qt calls as virtual functions

application = QtWidgets.QApplication.instance() or QtWidgets.QApplication(["SegAssist"])


# ---------------------------------------------------------------------- conventions


class Property:
    """A Qt property as a plain attribute."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, owner, _kind=None):
        return self if owner is None else QtCore.QObject.property(owner, self._name)

    def __set__(self, owner, value) -> None:
        QtCore.QObject.setProperty(owner, self._name, value)


class Conventions:
    """Mixed into every widget class. ``connect`` would otherwise be found in Qt's own class."""

    def __getattribute__(self, name: str):
        if name in ("connect", "disconnect"):
            return getattr(Conventions, f"_{name}").__get__(self)
        return super().__getattribute__(name)

    def _connect(self, signal: str, slot: Callable) -> None:
        getattr(self, signal.split("(")[0]).connect(_with_arguments_of(signal, slot))

    def _disconnect(self, signal: str, slot: Callable) -> None:
        getattr(self, signal.split("(")[0]).disconnect(_with_arguments_of(signal, slot))

    def children(self):
        return QtCore.QObject.children(self)


_slots: dict[tuple, Callable] = {}


def _with_arguments_of(signal: str, slot: Callable) -> Callable:
    """A slot that gets the arguments that the signature names and it can take; the same for the same slot."""
    arguments = re.search(r"\((.*)\)", signal)[1]
    count = min(len(arguments.split(",")) if arguments else 0, _most_arguments(slot))
    key = (id(getattr(slot, "__self__", None)), getattr(slot, "__func__", slot), count)
    return _slots.setdefault(key, lambda *values: slot(*values[:count]))


def _most_arguments(slot: Callable) -> float:
    """How many positional arguments a slot can take, those with a default among them."""
    code = getattr(slot, "__code__", None)
    if code is None or code.co_flags & inspect.CO_VARARGS:
        return math.inf
    return code.co_argcount - hasattr(slot, "__self__")


def with_conventions(name: str, base: type) -> type:
    """A subclass of a Qt class that follows the conventions above."""
    meta = base.staticMetaObject
    names = {meta.property(n).name() for n in range(meta.propertyCount())} - GETTERS_OF_LAYOUTS
    members = {known: Property(known) for known in names}
    return type(name, (Conventions, base), {**members, "name": Property("objectName")})


qt = types.ModuleType("qt")
ctk = types.ModuleType("ctk")
qt.Qt = QtCore.Qt
for name in ("QSettings", "QFont", "QPixmap", "QByteArray"):
    setattr(qt, name, getattr(QtCore, name, None) or getattr(QtGui, name))
for name in ("QApplication", "QFileDialog", "QHeaderView", "QTableWidgetItem"):
    setattr(qt, name, getattr(QtWidgets, name))
qt.QTimer = with_conventions("QTimer", QtCore.QTimer)
qt.QObject = with_conventions("QObject", QtCore.QObject)
for name in (
    *(
        "QWidget",
        "QLabel",
        "QPushButton",
        "QCheckBox",
        "QComboBox",
        "QProgressBar",
        "QSlider",
        "QDoubleSpinBox",
        "QTableWidget",
        "QMessageBox",
    ),
    *("QVBoxLayout", "QHBoxLayout", "QFormLayout"),
):
    setattr(qt, name, with_conventions(name, getattr(QtWidgets, name)))


class PlotView(qt.QWidget):
    """Says which points of a chart a person has selected (qMRMLPlotView)."""

    dataSelected = QtCore.Signal(object, object)


qt.QMessageBox.exec_ = qt.QMessageBox.exec
ctk.ctkMessageBox = type("ctkMessageBox", (qt.QMessageBox,), {})


class QFile(QtCore.QFile):
    """As ``slicer.util.loadUI`` opens it."""

    ReadOnly = QtCore.QIODevice.ReadOnly


qt.QFile = QFile


# ---------------------------------------------------------------------- the few widgets of CTK


class ctkCollapsibleButton(qt.QWidget):
    """A heading that folds what is below it away."""

    contentsCollapsed = QtCore.Signal(bool)
    HEIGHT = 26

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self._heading = QtWidgets.QToolButton(self)
        self._heading.setCheckable(True)
        self._heading.setChecked(True)
        self._heading.setToolButtonStyle(QtCore.Qt.ToolButtonTextBesideIcon)
        self._heading.setStyleSheet("QToolButton { border: none; background: palette(midlight); }")
        self._heading.toggled.connect(lambda _: self._fold())
        self.setContentsMargins(0, self.HEIGHT, 0, 0)
        self._fold()

    def resizeEvent(self, event) -> None:
        self._heading.setGeometry(0, 0, event.size().width(), self.HEIGHT - 2)

    def _fold(self) -> None:
        folded = not self._heading.isChecked()
        self._heading.setArrowType(QtCore.Qt.RightArrow if folded else QtCore.Qt.DownArrow)
        for child in self.children():
            if isinstance(child, QtWidgets.QWidget) and child is not self._heading:
                child.setVisible(not folded)
        self.setMaximumHeight(self.HEIGHT if folded else 16777215)
        self.contentsCollapsed.emit(folded)

    text = QtCore.Property(
        str, lambda self: self._heading.text(), lambda self, text: self._heading.setText(text)
    )
    collapsed = QtCore.Property(
        bool,
        lambda self: not self._heading.isChecked(),
        lambda self, folded: self._heading.setChecked(not folded),
    )


def of_number(getter: str, setter: str, kind: type) -> QtCore.Property:
    """A property of the slider that is its number's."""

    def write(self, value) -> None:
        getattr(self.number, setter)(value)
        self._fit()

    return QtCore.Property(kind, lambda self: getattr(self.number, getter)(), write)


class ctkSliderWidget(qt.QWidget):
    """A slider and a number that move together."""

    valueChanged = QtCore.Signal(float)

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self.slider = QtWidgets.QSlider(QtCore.Qt.Horizontal)
        self.number = QtWidgets.QDoubleSpinBox()
        layout.addWidget(self.slider)
        layout.addWidget(self.number)
        self._fit()
        self.slider.valueChanged.connect(lambda step: self.number.setValue(step * self.number.singleStep()))
        self.number.valueChanged.connect(self._moved)

    def _fit(self) -> None:
        step = self.number.singleStep()
        self.slider.setRange(round(self.number.minimum() / step), round(self.number.maximum() / step))

    def _moved(self, value: float) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(round(value / self.number.singleStep()))
        self.slider.blockSignals(False)
        self.valueChanged.emit(value)

    decimals = of_number("decimals", "setDecimals", int)
    singleStep = of_number("singleStep", "setSingleStep", float)
    minimum = of_number("minimum", "setMinimum", float)
    maximum = of_number("maximum", "setMaximum", float)
    value = of_number("value", "setValue", float)
    pageStep = QtCore.Property(
        float,
        lambda self: self.slider.pageStep() * self.number.singleStep(),
        lambda self, step: self.slider.setPageStep(round(step / self.number.singleStep())),
    )


class ctkDirectoryButton(qt.QPushButton):
    """A button that shows a folder and asks for another."""

    directoryChanged = QtCore.Signal(str)

    def __init__(self, parent=None) -> None:
        super().__init__(parent)
        self._directory = str(Path.cwd())
        self.clicked.connect(self._browse)

    def _browse(self) -> None:
        chosen = QtWidgets.QFileDialog.getExistingDirectory(self, "", self._directory)
        if chosen:
            self._set(chosen)

    def _set(self, directory: str) -> None:
        self._directory = directory
        QtWidgets.QPushButton.setText(self, directory)
        self.directoryChanged.emit(directory)

    directory = QtCore.Property(str, lambda self: self._directory, _set)


CTK = (ctkCollapsibleButton, ctkSliderWidget, ctkDirectoryButton)
for widget in CTK:
    setattr(ctk, widget.__name__, widget)


# ---------------------------------------------------------------------- .ui files


class QUiLoader:
    """Loads a .ui file with the widgets of this file, and connects what the file connects."""

    custom: ClassVar[dict[str, type]] = {widget.__name__: widget for widget in CTK}

    def load(self, file: QtCore.QFile, parent=None):
        root = ElementTree.parse(file.fileName()).getroot()
        connections = root.find("connections")
        root.remove(connections)  # Qt does not know the signals of custom widgets by their C++ signatures
        loader = _Loader()
        buffer = QtCore.QBuffer()
        buffer.setData(ElementTree.tostring(root))
        buffer.open(QtCore.QIODevice.ReadOnly)
        widget = loader.load(buffer, parent)
        widget.made = loader.made  # PySide6 forgets the Python side of what nobody holds
        for connection in connections:
            sender, signal, receiver, slot = (
                connection.find(part).text for part in ("sender", "signal", "receiver", "slot")
            )
            signal = getattr(self._find(widget, sender), signal.split("(")[0])
            signal.connect(getattr(self._find(widget, receiver), slot.split("(")[0]))
        return widget

    def _find(self, widget, name: str):
        return widget if widget.name == name else widget.findChild(QtCore.QObject, name)


class _Loader(QtUiTools.QUiLoader):
    def __init__(self) -> None:
        super().__init__()
        self.made: list = []

    def createWidget(self, kind: str, parent=None, name: str = ""):
        widget = (QUiLoader.custom.get(kind) or getattr(qt, kind))(parent)
        widget.name = name
        self.made.append(widget)
        return widget


qt.QUiLoader = QUiLoader


def install() -> None:
    """Make ``import qt`` and ``import ctk`` find the doubles."""
    sys.modules.update(qt=qt, ctk=ctk)
