"""The desktop module, unmodified, over a real scene and real Qt widgets: what a person clicks in the tests.

``Desktop()`` starts Slicer's core as the desktop program does, loads ``SegAssist.py`` as Slicer's module
factory does and opens its panel in a window. The parts of Slicer that its core does not bring are doubles
(``pythonqt``, ``mrml_widgets``, ``scripted_module``); each says what it therefore cannot prove.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import headless_slicer
import mrml_widgets
import pythonqt
import scripted_module
import slicer
import slicer.util
import vtk
from PySide6 import QtCore, QtTest, QtWidgets

MODULE = Path(__file__).resolve().parents[2] / "SegAssist" / "SegAssist.py"
PATIENCE = 60  # seconds until a wait is given up

pythonqt.install()
mrml_widgets.install()
scripted_module.install()
sys.path.insert(0, str(MODULE.parent))  # as Slicer does with a folder of modules


class ModulePanel(mrml_widgets.qMRMLWidget):
    """The place in the main window that shows a module (qSlicerScriptedLoadableModuleWidget)."""

    def __init__(self) -> None:
        super().__init__()
        self.setLayout(QtWidgets.QVBoxLayout())
        self.isEntered = False
        self.widget = None

    def reload(self) -> None:
        """Make the panel from the module as it was last loaded, and show it."""
        self.widget = sys.modules["SegAssist"].SegAssistWidget(self)
        slicer.modules.SegAssistWidget = self.widget
        self.widget.setup()
        self.isEntered = True
        self.widget.enter()

    def close(self) -> None:
        """The program ends, which cleans up once."""
        if self.widget is not None:
            self.widget.cleanup()
            self.widget = None

    def leave(self) -> None:
        """The person chooses another module."""
        self.isEntered = False
        self.widget.exit()


class Plot(QtCore.QObject):
    """A plot view of the layout (qMRMLPlotWidget), which shows whatever chart is chosen for the scene."""

    def __init__(self, scene) -> None:
        super().__init__()
        self.view = pythonqt.PlotView()
        self.node = scene.AddNewNodeByClass("vtkMRMLPlotViewNode")

    def plotView(self):  # noqa: N802 - so are the names here, Slicer's
        return self.view

    def mrmlPlotViewNode(self):  # noqa: N802
        return self.node


class Desktop:
    """The running program: its window, its scene, and the hands and eyes of a person."""

    def __init__(self, settings: Path) -> None:
        QtCore.QSettings.setDefaultFormat(QtCore.QSettings.IniFormat)
        QtCore.QSettings.setPath(QtCore.QSettings.IniFormat, QtCore.QSettings.UserScope, str(settings))
        self.app = headless_slicer.start()
        self.scene = slicer.mrmlScene
        self._complete(self.app)
        self._answers: list[Answers] = []
        self._surprises: list[str] = []
        # Qt and VTK print what a slot or an observer raises and go on; a test shall not.
        self._raised: list[BaseException] = []
        self.expected: tuple[type[Exception], ...] = ()
        sys.excepthook = lambda _kind, error, _trace: self._raised.append(error)
        self._box_timer = QtCore.QTimer(interval=20)
        self._box_timer.timeout.connect(self._answer)
        self._box_timer.start()
        self.window = pythonqt.qt.QWidget()
        self.window.name = "qSlicerMainWindow"
        self.window.setLayout(QtWidgets.QHBoxLayout())
        self.plot = Plot(self.scene)
        self.place = ModulePanel()
        scroller = QtWidgets.QScrollArea(widgetResizable=True, frameShape=QtWidgets.QFrame.NoFrame)
        scroller.setWidget(self.place)
        self.window.layout().addWidget(scroller)
        slicer.modules.segassist = SimpleNamespace(path=str(MODULE), widgetRepresentation=lambda: self.place)
        self._load_module()
        self.window.resize(480, 1000)
        self.window.show()

    def _complete(self, app) -> None:
        """Add to the core's ``slicer.app`` what the desktop's has."""
        app.applicationName = "Slicer"
        app.translate = QtCore.QCoreApplication.translate
        app.testingEnabled = lambda: False
        app.topLevelWidgets = lambda: [self.window]
        app.processEvents = pythonqt.application.processEvents
        layout = SimpleNamespace(plotWidget=lambda _n: self.plot, mrmlSliceLogics=vtk.vtkCollection)
        app.layoutManager = lambda: layout
        self.started: list[Callable] = []  # what is called when the program has started
        app.connect = lambda _signal, slot: self.started.append(slot)
        app.moduleManager = lambda: SimpleNamespace(disconnect=lambda *_: None)

    def _load_module(self) -> None:
        specification = importlib.util.spec_from_file_location("SegAssist", MODULE)
        module = importlib.util.module_from_spec(specification)
        sys.modules["SegAssist"] = module
        specification.loader.exec_module(module)
        self.module = module.SegAssist(SimpleNamespace(path=str(MODULE)))

    def open(self) -> None:
        """Open the module, as it is when it has not been open before."""
        self.place.close()
        self.place.reload()
        self.settle()

    def close(self) -> None:
        """End the program."""
        self.place.close()
        self._box_timer.stop()
        sys.excepthook = sys.__excepthook__
        self.window.close()
        self.window.deleteLater()
        self.settle()

    # ------------------------------------------------------------------ eyes

    @property
    def widget(self):
        """The Python object of the panel."""
        return self.place.widget

    @property
    def ui(self):
        """The widgets of the panel, by name."""
        return self.place.widget.ui

    @property
    def result(self):
        """The segmentation whose findings are shown."""
        return self.ui.outputSelector.currentNode()

    def table(self) -> list[list[str]]:
        """The findings as they are shown."""
        table = self.ui.findingsTable
        return [
            [table.item(row, column).text() for column in range(table.columnCount)]
            for row in range(table.rowCount)
        ]

    def volume_shown(self) -> float:
        """Sum of the volumes in the table, mm3."""
        return sum(float(row[1]) for row in self.table())

    # ------------------------------------------------------------------ hands

    def do(self, action: Callable[[], object]) -> None:
        """Act while the program's event loop runs, as a person's events arrive."""
        loop, raised = QtCore.QEventLoop(), []

        def act() -> None:
            try:
                action()
            except Exception as error:
                raised.append(error)
            QtCore.QTimer.singleShot(0, loop.quit)

        QtCore.QTimer.singleShot(0, act)
        loop.exec()
        if raised:
            raise raised[0]
        self._complain()

    def click(self, widget) -> None:
        """Press and release the left button in the middle of a widget."""
        assert widget.isVisible(), f"{widget.name} is not visible"
        self.do(lambda: QtTest.QTest.mouseClick(widget, QtCore.Qt.LeftButton))

    def click_row(self, row: int) -> None:
        """Click into a row of the findings."""
        table = self.ui.findingsTable
        middle = table.visualItemRect(table.item(row, 1)).center()
        self.do(lambda: QtTest.QTest.mouseClick(table.viewport(), QtCore.Qt.LeftButton, pos=middle))

    def key(self, widget, key: QtCore.Qt.Key, modifier=QtCore.Qt.NoModifier) -> None:
        """Press and release a key in a widget."""
        self.do(lambda: QtTest.QTest.keyClick(widget, key, modifier))

    def choose(self, box: QtWidgets.QComboBox, text: str) -> None:
        """Pick an entry of a list; off-screen the pop-up has no place to click."""
        rows = range(QtWidgets.QComboBox.count(box))
        row = next(row for row in rows if box.itemText(row) == text)
        box.setCurrentIndex(row)
        self.do(lambda: box.activated.emit(row))

    def open_section(self, section) -> None:
        """Unfold a section of the panel by a click on its heading."""
        if section.collapsed:
            self.click(section.findChild(QtWidgets.QToolButton))

    def settle(self) -> None:
        """Let Qt handle what is waiting."""
        self.do(lambda: None)

    def wait_until(self, happened: Callable[[], bool], what: str) -> None:
        """Let the program run until something happened."""
        end = time.monotonic() + PATIENCE
        loop, timer = QtCore.QEventLoop(), QtCore.QTimer(interval=5)
        timer.timeout.connect(lambda: happened() and loop.quit())
        QtCore.QTimer.singleShot(PATIENCE * 1000, loop.quit)
        timer.start()
        loop.exec()
        timer.stop()
        self._complain()
        assert time.monotonic() < end, f"waited in vain until {what}"

    def wait_for_run(self) -> None:
        """Wait until no run is under way."""
        self.wait_until(lambda: not self.ui.cancelButton.isVisible(), "the run ended")
        self.settle()

    def segment_all(self) -> None:
        """Click and wait."""
        self.click(self.ui.segmentAllButton)
        self.wait_for_run()

    def answering(self, button: str = "OK") -> Answers:
        """Answer message boxes that have this button while the block runs."""
        return Answers(self._answers, button)

    def _answer(self) -> None:
        box = QtWidgets.QApplication.activeModalWidget()
        if not isinstance(box, QtWidgets.QMessageBox):
            return
        text = QtWidgets.QMessageBox.text(box)
        buttons = {QtWidgets.QAbstractButton.text(b): b for b in QtWidgets.QMessageBox.buttons(box)}
        answers = next((each for each in self._answers if each.button in buttons), None)
        if answers is None:
            self._surprises.append(text)
            QtWidgets.QDialog.reject(box)
        else:
            answers.texts.append(text)
            QtTest.QTest.mouseClick(buttons[answers.button], QtCore.Qt.LeftButton)

    def _complain(self) -> None:
        assert not self._surprises, f"a message box came up: {self._surprises}"
        errors = [error for error in self._raised if not isinstance(error, self.expected)]
        self._raised.clear()
        if errors:
            raise errors[0]


class Answers:
    """While its block runs, message boxes with this button are answered by a click on it.

    Attributes:
        texts: what the answered boxes said.
    """

    def __init__(self, waiting: list[Answers], button: str) -> None:
        self._waiting = waiting
        self.button = button
        self.texts: list[str] = []

    def __enter__(self) -> Answers:
        self._waiting.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._waiting.remove(self)


logging.getLogger().setLevel(logging.ERROR)
