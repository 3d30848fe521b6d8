"""Clips: stepping and playing, following a run while it computes, and undo over all frames."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING

import qt
import slicer
import vtk
from slicer import vtkMRMLDisplayNode, vtkMRMLNode, vtkMRMLSegmentationNode, vtkMRMLSequenceBrowserNode
from slicer.i18n import tr as _
from slicer.util import VTKObservationMixin

from SegAssistPanels.shown_errors import errors_shown

if TYPE_CHECKING:
    from SegAssistLib.scene.assistant import Assistant
    from SegAssistLib.scene.segmentation_sequences import Snapshot

USUAL_RATE = 25.0  # frames per second of a clip whose own rate is not known
REST_MS = 100  # after which a frame counts as looked at and no longer as passed by


class ClipPart(VTKObservationMixin):
    """The row of the panel that steps through a clip. Slicer's Sequences module does the playing.

    Args:
        ui: the panel's widgets by name.
        assistant: gives the panel's assistant.
        rested: called when another frame is shown and stays.
    """

    def __init__(
        self, ui: SimpleNamespace, assistant: Callable[[], Assistant], rested: Callable[[], None]
    ) -> None:
        super().__init__()
        self._ui = ui
        self._assistant = assistant
        self.browser: vtkMRMLSequenceBrowserNode | None = None
        self._frame: int | None = None
        self._live: tuple[int, float] | None = None  # the frame that was shown live, and since when
        self._hidden: vtkMRMLDisplayNode | None = None
        self._rest_timer = qt.QTimer()
        self._rest_timer.setInterval(REST_MS)
        self._rest_timer.setSingleShot(True)
        self._rest_timer.connect("timeout()", rested)
        ui.frameSlider.connect("valueChanged(int)", self.go_to)
        ui.playButton.connect("clicked()", self._on_play)

    def close(self) -> None:
        """Let go of the scene."""
        self._rest_timer.stop()
        self.removeObservers()
        self.browser = None

    def show(self, source: vtkMRMLNode | None) -> None:
        """Show where the clip stands; nothing for what is no clip."""
        from SegAssistLib.scene.sequences import is_clip
        from SegAssistLib.scene.sources import whole

        source = whole(source) if source is not None else None
        clip = source if isinstance(source, vtkMRMLSequenceBrowserNode) and is_clip(source) else None
        if clip is not self.browser:
            self.removeObservers()
            self.browser, self._frame = clip, None
            if clip is not None:
                self.addObserver(clip, vtk.vtkCommand.ModifiedEvent, self._follow)
        self._ui.clipPart.setVisible(clip is not None)
        self._follow()

    def shown(self) -> int:
        """Index of the frame that is shown."""
        from SegAssistLib.scene.sequences import shown_frame

        return shown_frame(self.browser) if self.browser is not None else 0

    def go_to(self, n: int) -> None:
        """Show a frame."""
        if self.browser is not None:
            with errors_shown():
                self._assistant().show_frame(self.browser, n)

    def _on_play(self) -> None:
        if self.browser is not None:
            self.browser.SetPlaybackActive(self._ui.playButton.checked)

    def _follow(self, *_args: object) -> None:
        """Show where the clip stands, whoever chose the frame."""
        if self.browser is None:
            return
        from SegAssistLib.scene.sequences import clip_state

        ui, state = self._ui, clip_state(self.browser)
        ui.playButton.checked = self.browser.GetPlaybackActive()
        ui.frameSlider.blockSignals(True)
        ui.frameSlider.setRange(0, state.count - 1)
        ui.frameSlider.setValue(state.shown)
        ui.frameSlider.blockSignals(False)
        time_s = f" · {state.times_s[state.shown]:.2f} s" if state.times_s else ""
        ui.frameLabel.text = _("Frame {number} / {last}{time}").format(
            number=state.shown, last=state.count - 1, time=time_s
        )
        if state.shown != self._frame:
            self._frame = state.shown
            self._assistant().follow_frame()
            self._rest_timer.start()

    # ------------------------------------------------------------------ live

    def begin_live(self, result: vtkMRMLSegmentationNode | None) -> None:
        """From now on :meth:`follow_run` plays what is computed, until the person chooses a frame.

        Args:
            result: of an earlier run; it is hidden meanwhile, for it would lie over what is computed.
        """
        if self.browser is not None:
            self.browser.SetPlaybackActive(False)
            self._live = (self.shown(), time.monotonic())
            self._hidden = result.GetDisplayNode() if result is not None else None
            self._show_hidden(False)

    def end_live(self) -> None:
        """The run has ended."""
        self._show_hidden(True)
        self._live = self._hidden = None

    def _show_hidden(self, visible: bool) -> None:
        if self._hidden is not None:
            self._hidden.SetVisibility(visible)

    def follow_run(self) -> None:
        """Step on at the clip's pace, as far as frames are computed."""
        if self._live is None or self.browser is None:
            return
        at, since = self._live
        if self.shown() != at:
            self._live = None
            return
        from SegAssistLib.scene.sequences import clip_state

        state, now = clip_state(self.browser), time.monotonic()
        due, n = int((now - since) * (state.frame_rate or USUAL_RATE)), at
        for _step in range(due):
            following = (n + 1) % state.count
            if not self._assistant().computed(following):
                break
            n = following
        if n != at:
            self.go_to(n)
            self._live = (n, now)


class ClipUndo:
    """Undo for clips. The editor takes back strokes in the shown frame; what changes all frames is kept here.

    Args:
        editor: Slicer's Segment Editor, whose memory is of one segmentation alone.
        most: number of steps that are kept.
    """

    def __init__(self, editor: slicer.qMRMLSegmentEditorWidget, most: int) -> None:
        self._editor = editor
        self._most = most
        self._steps: list[Snapshot] = []

    @contextlib.contextmanager
    def step(self, node: vtkMRMLSegmentationNode) -> Iterator[None]:
        """What is written inside is one step."""
        from SegAssistLib.scene.segmentation_sequences import snapshot

        self._steps = [*self._steps, snapshot(node)][-self._most :]
        yield
        self.rebind()

    def undo(self, node: vtkMRMLSegmentationNode) -> None:
        """Take back a stroke in the shown frame, or else the last step of all frames."""
        from SegAssistLib.scene.records import mask_state, task_of

        task = task_of(node)
        before = mask_state(node, task)
        self._editor.undo()
        if mask_state(node, task) != before:
            return
        steps = [each for each in self._steps if each.node is node]
        if steps:
            self._steps.remove(steps[-1])
            steps[-1].restore()
            self.rebind()

    def rebind(self) -> None:
        """Let the editor work on the frame that is shown by now, and forget the strokes in others."""
        editor, state = self._editor, self._editor.mrmlSegmentEditorNode()
        node, volume = state.GetSegmentationNode(), state.GetSourceVolumeNode()
        if node is None:
            return
        segment, effect = editor.currentSegmentID(), editor.activeEffect()
        editor.setSegmentationNode(None)
        editor.setSegmentationNode(node)
        editor.setSourceVolumeNode(volume)
        editor.setCurrentSegmentID(segment)
        editor.setActiveEffect(effect)

    def forget(self) -> None:
        """The scene is closed."""
        self._steps.clear()
