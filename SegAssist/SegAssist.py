"""The desktop face: a 3D Slicer scripted module over SegAssistLib.

What a person does in the panel is in ``SegAssistLib.scene.assistant``; here and in ``SegAssistPanels`` are
the widgets that show it.
SegAssistLib is imported inside functions, as Slicer imports every module when it starts.
"""
# ruff: noqa: N802, N803, N815, PT009 - the names are Slicer's

from __future__ import annotations

import contextlib
import enum
import importlib
import math
import sys
import tempfile
import unittest
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Union

import qt
import slicer
import vtk
from SegAssistPanels.clips import ClipPart, ClipUndo
from SegAssistPanels.lesions import LesionPart, lesion_totals
from SegAssistPanels.sample_data import register_samples
from SegAssistPanels.shown import ShownPart
from SegAssistPanels.shown_errors import errors_shown
from SegAssistPanels.terms import terms_accepted
from SegAssistPanels.vessels import VesselPart, vessel_totals
from slicer import (
    vtkMRMLNode,
    vtkMRMLScalarVolumeNode,
    vtkMRMLScene,
    vtkMRMLSegmentationNode,
    vtkMRMLSequenceBrowserNode,
    vtkMRMLVectorVolumeNode,
)
from slicer.i18n import tr as _
from slicer.i18n import translate
from slicer.parameterNodeWrapper import parameterNodeWrapper
from slicer.ScriptedLoadableModule import (
    ScriptedLoadableModule,
    ScriptedLoadableModuleLogic,
    ScriptedLoadableModuleTest,
    ScriptedLoadableModuleWidget,
)
from slicer.util import VTKObservationMixin

if TYPE_CHECKING:
    from SegAssistLib.scene.assistant import Assistant, Done, Result
    from SegAssistLib.task import Task

POLL_MS = 30
EDITED_MS = 300  # a brush stroke is many changes of the mask: look once they are over
SCANS = ("vtkMRMLScalarVolumeNode", "vtkMRMLVectorVolumeNode")
SLICE_VIEWS = ("Red", "Green", "Yellow")  # in the order in which "this slice" is looked for
UNDO_STEPS = 20
FIRST = 100.0  # priority of an observer that comes before Slicer's selectors, whose is below 20
HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE / "Resources" / "requirements.txt"

if not (HERE / "SegAssistLib").is_dir():  # a checkout, where the library lies one folder up
    sys.path.append(str(HERE.parent))


class SegAssist(ScriptedLoadableModule):
    """What Slicer shows of the module in its menus, help and credits."""

    def __init__(self, parent) -> None:  # noqa: ANN001 - qSlicerScriptedLoadableModule
        super().__init__(parent)
        parent.title = _("SegAssist")
        parent.categories = [translate("qSlicerAbstractCoreModule", "Segmentation")]
        parent.contributors = ["The SegAssist team"]
        parent.helpText = _(
            "Finds and measures things in a scan with small networks that run on this computer. Choose a "
            "scan, click Segment all, go through the findings, correct the mask and export it. "
            "For research use only: not a medical device, and no diagnosis."
        )
        parent.acknowledgementText = _(
            "The networks are defined and trained with MONAI. Each task's data sources and their "
            "licences stand in its model card."
        )
        slicer.app.connect("startupCompleted()", self._register_samples)

    def _register_samples(self) -> None:
        register_samples(lambda: SegAssistLogic().ensureDependencies())


class Quality(enum.Enum):
    """How thoroughly is looked; the values are those of SegAssistLib."""

    BEST = "best"
    QUICK = "quick"

    def label(self, clip: bool = False) -> str:
        """What the panel shows for a volume, or for a clip."""
        if clip:
            return _("Best: frame and mirror image") if self is Quality.BEST else _("Quick: frame alone")
        return _("Best: three directions") if self is Quality.BEST else _("Quick: one direction")


@parameterNodeWrapper
class SegAssistParameterNode:
    """The panel's state, which is saved with the scene.

    Thresholds, findings and what was reviewed are not here: they belong to a result and lie beside it.

    Attributes:
        inputVolume: what is segmented.
        task: name of the task.
        quality: how thoroughly is looked.
        outputSegmentation: receives the result, and its findings are shown.
    """

    # Not with "|", which parameterNodeWrapper does not know.
    inputVolume: Union[  # noqa: UP007
        vtkMRMLScalarVolumeNode, vtkMRMLVectorVolumeNode, vtkMRMLSequenceBrowserNode, None
    ]
    task: str
    quality: Quality = Quality.BEST
    outputSegmentation: vtkMRMLSegmentationNode


class SegAssistWidget(ScriptedLoadableModuleWidget, VTKObservationMixin):
    """The module's panel. The methods in camel case are called by Slicer."""

    def __init__(self, parent=None) -> None:  # noqa: ANN001 - qSlicerScriptedLoadableModuleWidget
        ScriptedLoadableModuleWidget.__init__(self, parent)
        VTKObservationMixin.__init__(self)
        self.logic: SegAssistLogic | None = None
        self._assistant: Assistant | None = None
        self._parameters: SegAssistParameterNode | None = None  # None while there is no state to show
        self._connection: int | None = None  # of the parameters with the widgets
        self._shown: vtkMRMLSegmentationNode | None = None
        self._watching: list[int] = []  # observers of the shown result
        self._result: Result | None = None
        self._slider_of: tuple[vtkMRMLSegmentationNode, str]  # whose threshold the slider shows

    # ------------------------------------------------------------------ called by Slicer

    def setup(self) -> None:
        """Fill the panel; Slicer calls this when the module is first opened."""
        from SegAssistLib import translation
        from SegAssistLib.scene.terminology import load_terminology

        super().setup()
        translation.use(translate)
        load_terminology(slicer.modules.terminologies.logic())
        self._panel = panel = slicer.util.loadUI(self.resourcePath("UI/SegAssist.ui"))
        self.layout.addWidget(panel)
        self.ui = slicer.util.childWidgetVariables(panel)
        panel.setMRMLScene(slicer.mrmlScene)
        self.logic = SegAssistLogic()
        self._poll_timer = self._timer(POLL_MS, self._poll)
        self._edited_timer = self._timer(EDITED_MS, self._show_result, single=True)
        self._imported_timer = self._timer(0, self._on_scene_imported, single=True)
        self._added_timer = self._timer(0, self._choose_volume_in_view, single=True)
        self._slipped_timer = self._timer(0, self._edit_shown, single=True)
        self._add_editor()
        self._add_export_kinds()
        self._fill_tasks()
        self._clip = ClipPart(self.ui, self._get_assistant, self._on_frame_rested)
        self._lesions = LesionPart(self.ui, self._get_assistant, self._show_result)
        self._vessels = VesselPart(
            self.ui, self._get_assistant, self._show_result, self._clip.go_to, self._clip.shown
        )
        self._other = ShownPart(self.ui)
        self._connect()
        self._say("")
        scene = slicer.mrmlScene
        self.addObserver(scene, scene.StartCloseEvent, self._on_scene_start_close)
        self.addObserver(scene, scene.EndCloseEvent, self._on_scene_end_close)
        self.addObserver(scene, scene.NodeAddedEvent, lambda *_args: self._added_timer.start())
        self.addObserver(
            scene, scene.NodeAboutToBeRemovedEvent, self._on_node_about_to_be_removed, priority=FIRST
        )
        for event in (scene.NodeAddedEvent, scene.NodeRemovedEvent, scene.EndBatchProcessEvent):
            self.addObserver(scene, event, self._on_editor_slipped)
        self.addObserver(scene, scene.StartImportEvent, self._on_scene_start_import)
        self.addObserver(scene, scene.EndImportEvent, self._on_scene_end_import)
        self._use_parameters()

    def cleanup(self) -> None:
        """End the worker and let go of the scene; Slicer calls this before the panel is deleted."""
        self._leave_parameters()
        for timer in (self._imported_timer, self._added_timer, self._slipped_timer):
            timer.stop()
        self._clip.close()
        self._end_assistant()
        self.removeObservers()
        self._watch(None)
        self.exit()
        self._effects.disconnect("effectRegistered(QString)", self._on_effect_registered)
        self._panel.deleteLater()  # with the editor in it: a reload hides it and no more

    def enter(self) -> None:
        """The panel is shown."""
        self._use_parameters()
        self._choose_volume_in_view()
        self._editor.setupViewObservations()
        self._editor.installKeyboardShortcuts()
        self._warm()

    def exit(self) -> None:
        """Another module is shown. A run goes on."""
        self._editor.setActiveEffect(None)
        self._editor.uninstallKeyboardShortcuts()
        self._editor.removeViewObservations()

    def onReload(self) -> None:
        """Load this file and SegAssistLib anew; Slicer calls :meth:`cleanup` meanwhile."""
        for name in [
            name for name in sys.modules if name.split(".")[0] in ("SegAssistLib", "SegAssistPanels")
        ]:
            del sys.modules[name]
        super().onReload()

    # ------------------------------------------------------------------ making the panel

    def _timer(self, milliseconds: int, slot, single: bool = False) -> qt.QTimer:  # noqa: ANN001
        timer = qt.QTimer()
        timer.setInterval(milliseconds)
        timer.setSingleShot(single)
        timer.connect("timeout()", slot)
        return timer

    def _add_editor(self) -> None:
        self._editor = slicer.qMRMLSegmentEditorWidget()
        self._editor.setMaximumNumberOfUndoStates(UNDO_STEPS)
        self._editor.setSegmentationNodeSelectorVisible(False)
        self._editor.setSourceVolumeNodeSelectorVisible(False)
        self._editor.setSwitchToSegmentationsButtonVisible(False)
        self._editor.setAutoShowSourceVolumeNode(False)
        self._use_editor_node()
        self._editor.setMRMLScene(slicer.mrmlScene)
        self.ui.editorCollapsible.layout().addWidget(self._editor)
        self._clip_undo = ClipUndo(self._editor, UNDO_STEPS)
        # Where SegAssist is the start-up module, most effects are registered after this.
        self._effects = slicer.qSlicerSegmentEditorEffectFactory.instance()
        self._effects.connect("effectRegistered(QString)", self._on_effect_registered)

    def _on_effect_registered(self) -> None:
        self._editor.updateEffectList()

    def _use_editor_node(self) -> None:
        """Give the editor a parameter node of its own: the Segment Editor module keeps its state."""
        node = slicer.mrmlScene.GetSingletonNode("SegAssist", "vtkMRMLSegmentEditorNode")
        if node is None:
            node = slicer.vtkMRMLSegmentEditorNode()
            node.SetSingletonTag("SegAssist")
            node = slicer.mrmlScene.AddNode(node)
        self._editor.setMRMLSegmentEditorNode(node)

    def _add_export_kinds(self) -> None:
        texts = {
            "nii.gz": _("Mask (NIfTI)"),
            "seg.nrrd": _("Mask (NRRD)"),
            "seg.png": _("Mask (PNG)"),
            "csv": _("Tables (CSV)"),
            "png": _("Pictures (PNG)"),
            "mp4": _("Film (MP4)"),
            "pair.mp4": _("Film, side by side (MP4)"),
        }
        self._export_boxes = {kind: qt.QCheckBox(text) for kind, text in texts.items()}
        for kind, box in self._export_boxes.items():
            box.checked = kind not in ("seg.nrrd", "pair.mp4")
            self.ui.exportKinds.layout().addWidget(box)
        self.ui.exportFolderButton.directory = slicer.util.settingsValue(
            "SegAssist/ExportFolder", str(Path.home())
        )

    def _fill_tasks(self) -> None:
        from SegAssistLib.task import list_tasks

        for task in list_tasks().values():
            self.ui.taskComboBox.addItem(task.title, task.name)

    def _connect(self) -> None:
        ui = self.ui
        ui.inputSelector.connect("currentNodeChanged(vtkMRMLNode*)", self._on_input_chosen)
        ui.outputSelector.connect("currentNodeChanged(vtkMRMLNode*)", self._on_output_chosen)
        ui.taskComboBox.connect("activated(int)", self._on_task_chosen)
        ui.segmentSliceButton.connect("clicked()", self._on_segment_slice)
        ui.segmentAllButton.connect("clicked()", self._on_segment_all)
        ui.cancelButton.connect("clicked()", self._on_cancel)
        ui.undoButton.connect("clicked()", self._on_undo)
        ui.updateButton.connect("clicked()", self._on_update)
        ui.labelComboBox.connect("activated(int)", self._show_threshold)
        ui.thresholdSlider.connect("valueChanged(double)", self._on_threshold)
        ui.resetButton.connect("clicked()", self._on_reset)
        ui.exportButton.connect("clicked()", self._on_export)

    # ------------------------------------------------------------------ the scene

    def _use_parameters(self) -> None:
        """Show the state that the scene holds, and keep it there from now on.

        Slicer's parameter node remembers nodes as it last read them, which in a saved scene is before they
        exist. So it is made, and read, anew each time.
        """
        if self._parameters is not None:
            return
        parameters = self.logic.getParameterNode()
        widgets = {
            "inputVolume": self.ui.inputSelector,
            "quality": self.ui.qualityComboBox,
            "outputSegmentation": self.ui.outputSelector,
        }
        self._connection = parameters.connectParametersToGui(widgets)  # connectGui would keep the tag
        self._parameters = parameters
        self._propose_task()
        self._show_input()

    def _leave_parameters(self) -> None:
        """Show no state any more: what the selectors say from now on is nobody's choice."""
        if self._parameters is not None:
            self._parameters.disconnectGui(self._connection)
            self._parameters = None

    def _choose_volume_in_view(self) -> None:
        """Spare the person the first choice."""
        if self._parameters is None or self._parameters.inputVolume is not None:
            return
        selection = slicer.mrmlScene.GetNodeByID("vtkMRMLSelectionNodeSingleton")
        active = selection.GetActiveVolumeID() if selection is not None else None
        volumes = [node for node in slicer.util.getNodesByClass("vtkMRMLScalarVolumeNode") if is_scan(node)]
        volumes.sort(key=lambda node: node.GetID() != active)
        if volumes:
            self.ui.inputSelector.setCurrentNode(volumes[0])

    def _on_scene_start_close(self, *_args: object) -> None:
        if self._running():
            self._say(_("The scene was closed, which ended the run; nothing was written."))
        self._leave_parameters()
        self._clip.close()
        self._clip_undo.forget()
        self._end_assistant()
        self._watch(None)
        self._editor.setSegmentationNode(None)
        self._editor.removeViewObservations()

    def _on_scene_end_close(self, *_args: object) -> None:
        self._use_editor_node()
        if self.parent.isEntered:
            self._use_parameters()

    def _on_scene_start_import(self, *_args: object) -> None:
        self._leave_parameters()

    def _on_scene_end_import(self, *_args: object) -> None:
        self._imported_timer.start()  # the selectors learn of the new nodes after this event

    def _on_scene_imported(self) -> None:
        self._use_editor_node()
        self._use_parameters()
        self._choose_volume_in_view()

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _on_node_about_to_be_removed(self, _scene: vtkMRMLScene, _event: str, node: vtkMRMLNode) -> None:
        """Choose nothing instead, before the selectors slip to what is listed next."""
        if self._parameters is not None:
            for selector in (self.ui.inputSelector, self.ui.outputSelector):
                if selector.currentNode() is node:
                    selector.setCurrentNode(None)

    def _get_assistant(self) -> Assistant:
        if self._assistant is None:
            from SegAssistLib.inference.worker import Worker
            from SegAssistLib.scene.assistant import Assistant

            self._worker = Worker()
            self._assistant = Assistant(slicer.mrmlScene, self._worker, self._undoable)
        return self._assistant

    def _end_assistant(self) -> None:
        self._poll_timer.stop()
        self._edited_timer.stop()
        self._clip.end_live()
        if self._assistant is not None:
            self._assistant.close()
            self._assistant = None
        self._show_running(False)

    def _warm(self) -> None:
        """Load the network ahead of the first click."""
        if self._parameters and self._parameters.inputVolume and self._task() and self.logic.isReady():
            self._get_assistant()
            self._worker.warm(self._task())

    # ------------------------------------------------------------------ what is segmented

    def _task(self) -> Task | None:
        from SegAssistLib.task import list_tasks

        return list_tasks().get(self._parameters.task)

    def _on_input_chosen(self, node: vtkMRMLNode | None) -> None:
        if self._parameters is not None:
            self._parameters.inputVolume = node
            self._propose_task()
            self._show_input()

    def _on_task_chosen(self, index: int) -> None:
        if self._parameters is not None:
            self._parameters.task = self.ui.taskComboBox.itemData(index)
            self._show_input()

    def _propose_task(self) -> None:
        """Choose the task that fits, unless the one that is chosen does."""
        source, assistant = self._parameters.inputVolume, self._get_assistant()
        if source is not None and (self._task() is None or assistant.missing(source, self._task())):
            proposed = assistant.propose_task(source)
            self._parameters.task = proposed.name if proposed else self._parameters.task

    def _show_input(self) -> None:
        """Show the scan's last result, and say what is missing."""
        source, task, assistant = self._parameters.inputVolume, self._task(), self._get_assistant()
        result = self._parameters.outputSegmentation
        if source is None or result is None or not is_of(self._volume_of(result), source):
            last = assistant.last_result(source, task) if source is not None and task is not None else None
            self._parameters.outputSegmentation = last
        self.ui.taskComboBox.currentIndex = self.ui.taskComboBox.findData(self._parameters.task)
        self._clip.show(source)
        self._show_buttons()
        self._show_notice()
        self._show_result()
        self._warm()

    def _on_output_chosen(self, node: vtkMRMLSegmentationNode | None) -> None:
        """Show the result, and the scan that it belongs to."""
        if self._parameters is None:
            return
        self._parameters.outputSegmentation = node
        volume = self._volume_of(node)
        if not is_of(volume, self._parameters.inputVolume) and not self._running():
            self._parameters.inputVolume = volume
        self._show_result()

    def _volume_of(self, segmentation: vtkMRMLSegmentationNode | None) -> vtkMRMLNode | None:
        from SegAssistLib.scene.segmentations import segmented_volume

        return segmented_volume(segmentation) if segmentation is not None else None

    def _show_buttons(self) -> None:
        """What is missing stands in the tooltip of a button that cannot be clicked."""
        missing = self._get_assistant().missing(self._parameters.inputVolume, self._task())
        clip = self._clip.browser is not None
        for row, quality in enumerate(Quality):
            self.ui.qualityComboBox.setItemText(row, quality.label(clip))
        one, all_of_it = self.ui.segmentSliceButton, self.ui.segmentAllButton
        one.text = _("Segment this frame") if clip else _("Segment this slice")
        purposes = {
            one: _("Segment the slice that the red view shows, and no other."),
            all_of_it: _("Segment the whole scan."),
        }
        if clip:
            purposes = {
                one: _("Segment the frame that is shown, and no other."),
                all_of_it: _("Segment all frames, and show each as it is computed."),
            }
        for button, purpose in purposes.items():
            button.enabled = missing is None
            button.toolTip = missing or purpose

    def _show_notice(self, warnings: tuple[str, ...] = ()) -> None:
        """Say what the task is for, and what to know about its results; ``warnings`` are those of a run."""
        task = self._task()
        warnings = warnings or (task.warnings if task else ())
        lines = [_("Research use only. Not for diagnosis.")]
        if task is not None:
            lines.insert(0, _("{task}, version {version}.").format(task=task.title, version=task.version))
            self.ui.taskComboBox.toolTip = f"{task.description}\n\n{task.intended_use}"
        self.ui.noticeLabel.text = "\n".join([" ".join(lines), *(f"⚠ {warning}" for warning in warnings)])

    def _say(self, text: str) -> None:
        self.ui.statusLabel.text = text
        self.ui.statusLabel.setVisible(bool(text))

    # ------------------------------------------------------------------ a run

    def _running(self) -> bool:
        return self._assistant is not None and self._assistant.running

    def _on_segment_slice(self) -> None:
        self._segment(only_slice=True)

    def _on_segment_all(self) -> None:
        self._segment(only_slice=False)

    def _segment(self, only_slice: bool) -> None:
        with errors_shown():
            if not terms_accepted(self._task()):
                self._say(_("Nothing was segmented: the terms of this task were not accepted."))
                return
            if not self.logic.ensureDependencies():
                self._say(
                    _(
                        "Nothing was installed. Click Segment again to be asked again, or read in the README "
                        "how to install the packages yourself."
                    )
                )
                return
            parameters = self._parameters
            self._get_assistant().start(
                parameters.inputVolume,
                self._task(),
                quality=parameters.quality.value,
                segmentation=parameters.outputSegmentation,
                only_slice=only_slice,
                view=self._view(),
            )
            self._say(_("Segmenting…"))
            if not only_slice:
                self._clip.begin_live(parameters.outputSegmentation)
            self._show_running(True)
            self._poll_timer.start()

    def _view(self) -> str:
        """The first of the slice views that shows a slice of the scan."""
        from SegAssistLib.scene.views import visible_slice

        source = self._parameters.inputVolume
        if source.IsA("vtkMRMLVolumeNode"):
            for view in SLICE_VIEWS:
                if visible_slice(slicer.mrmlScene, source, view) is not None:
                    return view
        return SLICE_VIEWS[0]

    def _on_cancel(self) -> None:
        self._say(_("Cancelling…"))
        self._assistant.cancel()

    def _poll(self) -> None:
        from SegAssistLib.inference.worker import Failed, Progress, Stopped
        from SegAssistLib.scene.assistant import Done, FrameDone

        if self._parameters is None:  # a scene is being added, and until it is there, there is no state
            return
        with errors_shown(self._end_assistant):
            for event in self._assistant.poll():
                if isinstance(event, Progress):
                    self._show_progress(event.done, event.total, event.seconds_left)
                    continue
                if isinstance(event, FrameDone):
                    continue
                self._poll_timer.stop()
                self._clip.end_live()
                self._show_running(False)
                if isinstance(event, Done):
                    self._show_done(event)
                elif isinstance(event, Stopped):
                    self._say(_("Cancelled. Nothing was changed."))
                elif isinstance(event, Failed):
                    self._say(event.message)
                    slicer.util.errorDisplay(event.message)
            self._clip.follow_run()

    def _show_running(self, running: bool) -> None:
        self.ui.progressBar.setVisible(running)
        self.ui.cancelButton.setVisible(running)
        if running:
            self.ui.progressBar.setRange(0, 0)
        if self._parameters is not None:
            self._show_buttons()

    def _show_progress(self, done: int, total: int, seconds_left: float | None) -> None:
        bar = self.ui.progressBar
        bar.setRange(0, total)
        bar.setValue(done)
        left = None if seconds_left is None else duration(seconds_left)
        bar.format = "%p%" if left is None else _("%p%, {time} left").format(time=left)

    def _show_done(self, done: Done) -> None:
        self._parameters.outputSegmentation = done.segmentation
        self._show_notice(done.warnings)
        self._show_result()
        if done.findings is None:
            self._say(_("Done. The result follows the sequence frame by frame."))
        elif self._result.measure == "vessels":
            self._say(_("Done. Go through the frames, correct what is wrong, then export."))
        elif self._result.measure != "lesions" or done.findings.lesion_count:
            self._say(_("Done. Go through the findings, correct what is wrong, then export."))
        else:
            self._say(_("Done. Nothing was found; a lower threshold shows what is less probable."))

    # ------------------------------------------------------------------ a result

    def _show_result(self) -> None:
        """Show what is known of the chosen result."""
        node = self._parameters.outputSegmentation if self._parameters else None
        self._result = self._get_assistant().result(node) if node and self.logic.isReady() else None
        self._watch(node)
        self._edit(node)
        result = self._result
        measure = result.measure if result else self._measure() or "lesions"
        self._lesions.show(node, result if measure == "lesions" else None)
        self._vessels.show(node, result if measure == "vessels" else None)
        other = measure not in ("lesions", "vessels")
        self._other.show(result if other else None)
        self.ui.lesionPart.setVisible(measure == "lesions")
        self.ui.vesselPart.setVisible(measure == "vessels")
        self.ui.shownPart.setVisible(other)
        self.ui.totalsLabel.text = totals(result)
        self.ui.updateButton.enabled = result is not None
        bold(self.ui.updateButton, result is not None and result.stale)
        self.ui.undoButton.enabled = result is not None
        self.ui.exportButton.enabled = result is not None
        self._show_export_kinds(result)
        self._fill_labels(result)
        self._show_threshold()

    def _measure(self) -> str | None:
        """What the chosen task measures."""
        task = self._task() if self._parameters else None
        return task.measure if task else None

    def _show_export_kinds(self, result: Result | None) -> None:
        from SegAssistLib.results import exports_for

        kinds = exports_for(result.kind if result else "volume")
        for kind, box in self._export_boxes.items():
            box.setVisible(kind in kinds)

    def _fill_labels(self, result: Result | None) -> None:
        names = list(result.thresholds) if result else []
        box = self.ui.labelComboBox
        if [box.itemText(n) for n in range(box.count)] != names:
            box.clear()
            box.addItems(names)
        box.setVisible(len(names) > 1)

    def _show_threshold(self, *_args: object) -> None:
        """Show the threshold of the chosen label, and what it was when the network was tested."""
        slider, reset, result = self.ui.thresholdSlider, self.ui.resetButton, self._result
        slider.enabled = reset.enabled = result is not None and result.has_probabilities
        reset.text = _("Reset")
        if result is None:
            return
        slider.toolTip = (
            _("Voxels of a higher probability belong to the mask. What you have edited stays.")
            if result.has_probabilities
            else _("The probabilities are not in this scene; click Segment all to change the threshold.")
        )
        label = self.ui.labelComboBox.currentText
        self._slider_of = (self._shown, label)
        default = next(known.threshold for known in result.task.labels if known.name == label)
        slider.blockSignals(True)
        slider.value = result.thresholds[label]
        slider.blockSignals(False)
        reset.text = _("Reset to {default}").format(default=f"{default:.2f}")
        reset.enabled = slider.enabled and abs(result.thresholds[label] - default) > 1e-6

    def _watch(self, node: vtkMRMLSegmentationNode | None) -> None:
        """Notice when the mask of the shown result changes."""
        if node is self._shown:
            return
        for tag in self._watching:  # Slicer's mixin would keep the node, and its masks, in memory
            self._shown.RemoveObserver(tag)
        self._shown, self._watching = node, []
        if node is not None:  # the node: a clip's has another segmentation for each frame, and tells for it
            events = (
                slicer.vtkSegmentation.SourceRepresentationModified,
                slicer.vtkSegmentation.SegmentModified,
            )
            self._watching = [node.AddObserver(event, self._on_mask_changed) for event in events]

    def _on_mask_changed(self, *_args: object) -> None:
        self._edited_timer.start()

    def _on_frame_rested(self) -> None:
        self._clip_undo.rebind()

    def _edit(self, node: vtkMRMLSegmentationNode | None) -> None:
        """Let the editor work on this segmentation: its undo is that of the panel.

        What it works on is known by its node alone: its hidden selectors cannot show that there is nothing.
        """
        state, volume = self._editor.mrmlSegmentEditorNode(), self._volume_of(node)
        if state.GetSegmentationNode() is not node:
            self._editor.setSegmentationNode(node)
        if node is not None and state.GetSourceVolumeNode() is not volume:
            self._editor.setSourceVolumeNode(volume)

    def _on_editor_slipped(self, *_args: object) -> None:
        """The editor's selectors may have chosen a neighbour of what was removed, or something of a batch."""
        self._slipped_timer.start()

    def _edit_shown(self) -> None:
        if self._parameters is not None:
            self._edit(self._shown)

    @contextlib.contextmanager
    def _undoable(self, node: vtkMRMLSegmentationNode) -> Iterator[None]:
        from SegAssistLib.scene.segmentation_sequences import clip_of

        self._edit(node)
        if clip_of(node) is not None:
            with self._clip_undo.step(node):
                yield
        else:
            self._editor.saveStateForUndo()
            yield

    # ------------------------------------------------------------------ going through it

    def _on_undo(self) -> None:
        with errors_shown(self._show_result):
            self._clip_undo.undo(self._shown)
            self._get_assistant().update(self._shown)
            self._show_result()

    def _on_update(self) -> None:
        with errors_shown(self._show_result):
            self._get_assistant().update(self._shown)
            self._show_result()

    def _on_threshold(self, value: float) -> None:
        with errors_shown(self._show_result):
            self._get_assistant().set_threshold(*self._slider_of, value)
            self._show_result()

    def _on_reset(self) -> None:
        _node, label = self._slider_of
        self._on_threshold(next(known.threshold for known in self._result.task.labels if known.name == label))

    def _on_export(self) -> None:
        folder = self.ui.exportFolderButton.directory
        from SegAssistLib.results import exports_for

        offered = exports_for(self._result.kind)
        kinds = [kind for kind, box in self._export_boxes.items() if box.checked and kind in offered]
        with errors_shown(self._show_result):
            files = self._export(Path(folder), kinds)
            if files is None:
                return
            qt.QSettings().setValue("SegAssist/ExportFolder", folder)
            self._show_result()
            self._say(_("{count} files written to {folder}.").format(count=len(files), folder=folder))

    def _export(self, folder: Path, kinds: list[str]) -> list[Path] | None:
        """Write the result; None when the person does not want another image's results to be replaced."""
        from SegAssistLib.io.record import Occupied

        export = self._get_assistant().export
        try:
            return export(self._shown, folder, kinds)
        except Occupied as error:
            question = _("{reason}. Replace the files?").format(reason=error.reason)
            if not slicer.util.confirmOkCancelDisplay(question, _("SegAssist")):
                return None
            return export(self._shown, folder, kinds, overwrite=True)


class SegAssistLogic(ScriptedLoadableModuleLogic):
    """What can be done without the panel."""

    def __init__(self) -> None:
        super().__init__()
        self._ready = False

    def getParameterNode(self) -> SegAssistParameterNode:
        """The panel's state, as the scene holds it."""
        return SegAssistParameterNode(super().getParameterNode())

    def segment(
        self,
        volumeNode: vtkMRMLNode,
        task: str = "ms-lesion",
        quality: str = "best",
        segmentationNode: vtkMRMLSegmentationNode | None = None,
    ) -> vtkMRMLSegmentationNode:
        """Segment a volume or a sequence and wait for the result: for scripts, with or without a window.

        Example::

            import SegAssist
            volume = slicer.util.loadVolume("flair.nii.gz")
            segmentation = SegAssist.SegAssistLogic().segment(volume, task="ms-lesion", quality="best")
            slicer.util.saveNode(segmentation, "lesions.seg.nrrd")

        Args:
            volumeNode: scalar volume, or sequence browser.
            task: name of a task, see ``segassist tasks``.
            quality: ``quick`` or ``best``.
            segmentationNode: receives the result. By default that of the last run of this task on this
                volume, or else a new one.

        Returns:
            The segmentation node; its table of findings is beside it in the scene.

        Raises:
            InputError: it cannot be segmented, packages are missing, or the run failed.
        """
        from SegAssistLib.errors import InputError
        from SegAssistLib.inference.worker import Worker
        from SegAssistLib.scene.assistant import Assistant
        from SegAssistLib.task import find_task

        missing = self.missingDependencies()
        if missing:
            raise InputError(
                _("SegAssist needs {packages}: call SegAssistLogic().installDependencies() first.").format(
                    packages=", ".join(missing)
                )
            )
        assistant = Assistant(slicer.mrmlScene, Worker())
        try:
            return assistant.segment(
                volumeNode, find_task(task), quality=quality, segmentation=segmentationNode
            )
        finally:
            assistant.close()

    # ------------------------------------------------------------------ packages

    def missingDependencies(self) -> list[str]:
        """The lines of the requirements file whose package is missing or too old."""
        from SegAssistLib.dependencies import missing_requirements

        return missing_requirements(REQUIREMENTS)

    def isReady(self) -> bool:
        """Whether every package is there."""
        self._ready = self._ready or not self.missingDependencies()
        return self._ready

    def ensureDependencies(self) -> bool:
        """Install the packages that are missing, if the person agrees.

        Returns:
            Whether everything is there now. False when the person said no: nothing was installed.

        Raises:
            InputError: they could not be installed.
        """
        if self.isReady():
            return True
        missing = self.missingDependencies()
        if slicer.app.testingEnabled():
            return False
        box = qt.QMessageBox(slicer.util.mainWindow())
        box.setIcon(qt.QMessageBox.Question)
        box.setWindowTitle(_("SegAssist"))
        box.setText(_("SegAssist needs packages that Slicer does not bring. Install them into this Slicer?"))
        box.setInformativeText("\n".join(missing))
        internet = box.addButton(_("From the internet"), qt.QMessageBox.AcceptRole)
        folder = box.addButton(_("From a folder…"), qt.QMessageBox.AcceptRole)
        box.setDefaultButton(box.addButton(_("No"), qt.QMessageBox.RejectRole))
        box.exec_()
        clicked = box.clickedButton()
        box.deleteLater()
        if clicked == internet:
            self.installDependencies()
        elif clicked == folder:
            chosen = self._choose_wheel_folder()
            if chosen is None:
                return False
            self.installDependencies(chosen)
        return self.isReady()

    def _choose_wheel_folder(self) -> Path | None:
        start = slicer.util.settingsValue("SegAssist/WheelFolder", str(Path.home()))
        chosen = qt.QFileDialog.getExistingDirectory(
            slicer.util.mainWindow(), _("Folder with the packages (wheels)"), start
        )
        if chosen:
            qt.QSettings().setValue("SegAssist/WheelFolder", chosen)
        return Path(chosen) if chosen else None

    def installDependencies(self, folder: Path | None = None) -> None:
        """Install the packages that are missing, without asking. What Slicer brings stays as it is.

        Args:
            folder: of wheels, for a machine without internet; by default they come from PyPI.

        Raises:
            InputError: they could not be installed.
        """
        from subprocess import CalledProcessError

        from SegAssistLib.dependencies import constraints
        from SegAssistLib.errors import InputError

        missing = self.missingDependencies()
        source = str(folder) if folder else _("the internet")
        try:
            with tempfile.TemporaryDirectory() as temporary:
                kept = Path(temporary, "constraints.txt")
                kept.write_text("\n".join(constraints()), encoding="utf-8")
                pinned = ["-c", str(kept), *missing]
                if folder is not None:
                    slicer.util.pip_install(["--no-index", "--find-links", str(folder), *pinned])
                elif hasattr(packaging := slicer_packaging(), "pip_ensure"):
                    packaging.pip_ensure(
                        missing, constraints=kept, requester="SegAssist", prompt_install=False
                    )
                else:
                    slicer.util.pip_install(pinned)
        except CalledProcessError as error:
            raise InputError(
                _(
                    "The packages could not be installed from {source} ({packages}); the Python "
                    "console says why."
                ).format(source=source, packages=", ".join(missing))
            ) from error
        importlib.invalidate_caches()
        if self.missingDependencies():
            raise InputError(
                _(
                    "{packages}: still missing after the installation from {source}; restart "
                    "Slicer and try again."
                ).format(packages=", ".join(self.missingDependencies()), source=source)
            )


class SegAssistTest(ScriptedLoadableModuleTest):
    """Self-test: finds the lesions of a made-up head. It downloads nothing."""

    def setUp(self) -> None:
        """Begin with an empty scene."""
        slicer.mrmlScene.Clear()

    def runTest(self) -> None:
        """Slicer calls this, and shows whatever is raised as a failure."""
        self.setUp()
        try:
            self.test_planted_lesions_are_found()
        except unittest.SkipTest as reason:
            self.delayDisplay(f"Skipped: {reason}")

    def test_planted_lesions_are_found(self) -> None:
        """Most of the phantom's lesions are in the mask, and its findings in a table."""
        from SegAssistLib.phantom import flair_phantom
        from SegAssistLib.scene.segmentations import read_segmentation
        from SegAssistLib.scene.volumes import add_volume
        from SegAssistLib.task import find_task

        logic = SegAssistLogic()
        missing = logic.missingDependencies()
        if missing:
            self.skipTest(f"{', '.join(missing)} missing: click Segment once and agree to install them.")
        image, lesions = flair_phantom()
        volume = add_volume(slicer.mrmlScene, image)
        self.delayDisplay("Segmenting the phantom")
        segmentation = logic.segment(volume, task="ms-lesion", quality="best")
        mask = read_segmentation(segmentation, volume, find_task("ms-lesion")).array
        overlap = 2 * ((mask > 0) & (lesions > 0)).sum() / ((mask > 0).sum() + (lesions > 0).sum())
        self.assertGreater(overlap, 0.5)
        self.delayDisplay(f"Found the lesions: Dice {overlap:.2f}")


def is_scan(node: vtkMRMLNode) -> bool:
    """Whether a volume is an image of a patient: no labelmap, and nothing that a module keeps for itself."""
    return node.GetClassName() in SCANS and not node.GetHideFromEditors()


def is_of(volume: vtkMRMLNode | None, source: vtkMRMLNode | None) -> bool:
    """Whether a result's volume is the chosen one, or an item of the chosen sequence; None is of all."""
    if volume is None or volume is source:
        return True
    return isinstance(source, vtkMRMLSequenceBrowserNode) and source.GetSequenceNode(volume) is not None


def totals(result: Result | None) -> str:
    """One line over the table."""
    if result is None:
        return _("No result yet.")
    told = {"vessels": vessel_totals, "lesions": lesion_totals}
    text = told[result.measure](result) if result.measure in told else result.shown.title
    return text + "\n" + _("The mask has changed since: click Update.") if result.stale else text


def duration(seconds: float) -> str:
    """A time to wait, as a person says it."""
    minutes, rest = divmod(math.ceil(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def bold(button: qt.QPushButton, on: bool) -> None:
    """Draw the eye to the button, or not."""
    font = button.font
    font.setBold(on)
    button.font = font


def slicer_packaging():  # noqa: ANN201 - a module, or None
    """Slicer's own way to install packages, which Slicer 5.10 does not have."""
    try:
        import slicer.packaging
    except ImportError:
        return None
    return slicer.packaging
