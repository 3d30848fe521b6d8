"""Session: one person's scene and what that person does with it. The page shows its state and calls it."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from slicer import vtkSlicerSequencesLogic
from trame_server import Server
from trame_server.utils.typed_state import TypedState
from trame_slicer.core import SlicerApp

from SegAssistLib.inference.worker import Event, Failed, Progress, Worker
from SegAssistLib.io.files import file_name
from SegAssistLib.labels import Segmentation
from SegAssistLib.results import exports_for
from SegAssistLib.scene.assistant import Assistant, Done, FrameDone
from SegAssistLib.scene.nodes import nodes_of_class
from SegAssistLib.scene.segmentations import TASK, segmented_volume
from SegAssistLib.scene.sequences import browser_of, clip_state, read_frames, remove_clip, shown_frame
from SegAssistLib.scene.terminology import load_terminology
from SegAssistLib.scene.volumes import read_volume
from SegAssistLib.task import Task, find_task
from SegAssistLib.translation import tr as _
from SegAssistLib.web.editing import Editing
from SegAssistLib.web.images import detail_of, kind_of, name_of
from SegAssistLib.web.messages import Messages, shown
from SegAssistLib.web.opening import Opening
from SegAssistLib.web.player import Player, Rate
from SegAssistLib.web.scenes import save_scene
from SegAssistLib.web.state import (
    PanelState,
    lesion_row,
    progress_sentence,
)
from SegAssistLib.web.vessels import Vessels
from SegAssistLib.web.views import Views

if TYPE_CHECKING:
    from slicer import vtkMRMLSegmentationNode, vtkMRMLSequenceBrowserNode, vtkMRMLVolumeNode

POLL_SECONDS = 0.05
EDITED_SECONDS = 0.2  # a stroke is many changes: look once they are over
SCENE_KIND = "mrb"


class Session:
    """Everything behind one page.

    Args:
        server: whose page it is.
        folder: private; for uploads and exports.
        largest: bytes of an upload; an archive may unpack to four times that.
        backend, device: see :class:`~SegAssistLib.inference.worker.Worker`.
    """

    def __init__(self, server: Server, folder: Path, largest: int, backend: str, device: str) -> None:
        state = TypedState(server.state, PanelState)
        self.panel, self.names = state.data, state.name
        self.messages = Messages(server.state, self.panel, folder)
        self.download: Callable[[Path], None] = lambda _: None
        self._state = server.state
        self._folder = folder
        slicer = SlicerApp()
        _silence_vtk()
        load_terminology(slicer.terminologies_logic)
        slicer.register_module_logic(vtkSlicerSequencesLogic())  # keeps what is edited in a frame
        self._scene = slicer.scene
        self.player = Player(server, self.messages, self._show_frame, self._can_show, self._on_playing)
        self.views = Views(server, slicer, self.names.flat)
        self.views.adjust_contrast_by_dragging(True)
        self.editing = Editing(server, slicer, self._on_edited, self._on_tool, self.player.go)
        self._worker = Worker(None, backend, device)
        self._assistant = Assistant(self._scene, self._worker, self.editing.undoable)
        self.vessels = Vessels(
            server, self.messages, self._assistant, lambda: self.player.state.frame, self._refresh
        )
        self.opening = Opening(
            self._scene,
            self._assistant,
            self.messages,
            server.state,
            self.panel,
            folder,
            4 * largest,
            self._on_opened,
        )
        self._volume: vtkMRMLVolumeNode | None = None  # shown; of a clip the one that shows its frames
        self._clip: vtkMRMLSequenceBrowserNode | None = None  # of the shown volume
        self._result: vtkMRMLSegmentationNode | None = None  # shown
        self._task: Task | None = None
        self._wanted_thresholds: dict[
            tuple[str, str], float
        ] = {}  # by id of the result and name of the label
        self._accepted = {""}  # terms of tasks; most have none
        self._wanted_run = False  # the slice alone? of the run that waits for the answer
        self._adjusting = False
        self._edit_noted = False
        self._computing: vtkMRMLSequenceBrowserNode | None = None  # the clip of the last run on a whole clip
        self._computed = Rate()
        self._background: set[asyncio.Task] = set()
        self.panel.tasks = [
            {"name": task.name, "title": task.title, "intended_use": task.intended_use}
            for task in self._assistant.tasks()
        ]
        state.bind_changes(
            {
                self.names.volume: self.choose_volume,
                self.names.task: self.choose_task,
                self.names.label: self.choose_label,
                self.names.moved: self.move_threshold,
            }
        )

    def close(self) -> None:
        """End the worker."""
        self._assistant.close()

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        """Go on with something beside what else happens, on the same thread."""
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    # ------------------------------------------------------------------ what is shown

    @shown
    def choose_volume(self, node_id: str) -> None:
        """Show another volume."""
        if node_id and (self._volume is None or node_id != self._volume.GetID()):
            self._show(self._scene.GetNodeByID(node_id))

    @shown
    def choose_task(self, name: str) -> None:
        """Look for something else."""
        if name and (self._task is None or name != self._task.name):
            self._task = find_task(name)
            self._worker.warm(self._task)
            self._show_result()

    @shown
    def close_volume(self) -> None:
        """Take the shown volume out of the scene, with its results."""
        if self._volume is None:
            return
        self.player.pause()
        self.editing.edit(None, None)
        self.vessels.clear()
        self._result = None
        for node in self._results():
            self._assistant.remove_result(node)
        if self._clip is not None:
            remove_clip(self._clip)
        else:
            self._scene.RemoveNode(self._volume)
        left = self._volumes()
        self._show(left[-1] if left else None)

    def _on_opened(self, volume: vtkMRMLVolumeNode | None) -> None:
        self._show(volume or (self._volumes() or [None])[-1])

    def _show(self, volume: vtkMRMLVolumeNode | None) -> None:
        """Show a volume and its result; propose a task where there is no result yet."""
        self._volume, self._clip = volume, browser_of(volume)
        self.panel.volumes = [
            {"id": each.GetID(), "name": name_of(each), "detail": detail_of(each)} for each in self._volumes()
        ]
        self.panel.volume = volume.GetID() if volume else ""
        self.panel.kind = kind_of(volume) if volume else "volume"
        self.panel.flat = self.panel.kind != "volume"
        self.panel.exports = list(exports_for(self.panel.kind))
        self._take_up_clip()
        self.views.show(volume, self.panel.flat)
        results = self._results()
        task = (
            find_task(results[-1].GetAttribute(TASK))
            if results
            else self._assistant.propose_task(self._volume)
        )
        if task is not None:
            self._task = task
            self.panel.task = task.name
            self._worker.warm(task)
        self._show_result()

    def _take_up_clip(self) -> None:
        """Let the player have the shown clip, at the frame at which it is."""
        if self._clip is None:
            self.player.open(0)
            return
        state = clip_state(self._clip)
        self.player.open(state.count, state.shown, state.times_s or (), state.frame_rate)
        self.editing.stand_at(state.shown)

    def _show_frame(self, frame: int) -> None:
        with self.editing.another_frame():
            self._assistant.show_frame(self._volume, frame)
        playing = self.player.state.playing
        self.views.keep_pace(playing)
        if not playing:
            self.editing.stand_at(frame)

    def _can_show(self, frame: int) -> bool:
        """Whether a frame may be played: all of them, but in a run those that are computed."""
        return not self._live or self._assistant.computed(frame)

    @property
    def _live(self) -> bool:
        """Whether a run on the whole of the shown clip is under way."""
        return self._assistant.running and self._clip is not None and self._computing is self._clip

    def _on_playing(self, playing: bool) -> None:
        self.views.play(playing)
        if playing:
            self.editing.put_tool_down()  # what moves is not painted on
        else:
            self.editing.stand_at(self.player.state.frame)

    def _on_tool(self, chosen: bool) -> None:
        self.views.adjust_contrast_by_dragging(not chosen)
        if chosen:
            self.player.pause()

    def _show_result(self) -> None:
        ready = self._volume and self._task
        self._show_node(self._assistant.last_result(self._volume, self._task) if ready else None)

    def _show_node(self, node: vtkMRMLSegmentationNode | None) -> None:
        """Show one result and edit it."""
        changed = node is not self._result
        self._result = node
        self.editing.edit(node, self._volume, self.panel.flat)
        self._set_mask_visible(True)
        if changed:
            self.panel.selected = 0
            if not self.panel.flat:
                self.views.look_at_surfaces()
        self._refresh()

    def _refresh(self) -> None:
        """Write everything that the panel shows of volume, task and result."""
        panel = self.panel
        panel.running = self._assistant.running
        panel.missing = self._assistant.missing(self._volume, self._task) or ""
        result = self._assistant.result(self._result)
        panel.has_result = result is not None
        panel.result = self._result.GetID() if result is not None else ""
        panel.measure = result.measure if result else ""
        panel.cautions = list(result.task.warnings) if result else []
        panel.lesions, panel.total, panel.reviewed, panel.table = [], "", 0, {}
        if panel.measure == "vessels":
            self.vessels.show(self._result, result)
        else:
            self.vessels.clear()
        if result is None:
            panel.selected = 0
            panel.stale, panel.labels, panel.no_threshold = False, [], _("Segment first.")
            return
        if panel.measure == "lesions":
            panel.lesions = [
                lesion_row(lesion, lesion.id in result.reviewed) for lesion in result.findings.lesions
            ]
            panel.size_unit = "mm³" if result.findings.voxel_volume_mm3 else result.findings.unit
            panel.total = result.shown.title
            panel.reviewed = len(result.reviewed)
        elif panel.measure != "vessels":
            panel.table = asdict(result.shown)
        panel.stale = result.stale
        panel.selected = panel.selected if panel.selected <= len(panel.lesions) else 0
        panel.labels = [label.name for label in result.task.labels]
        panel.label = panel.label if panel.label in panel.labels else panel.labels[0]
        if _differs(panel.threshold, result.thresholds[panel.label]):  # or the slider would be held back
            panel.threshold = result.thresholds[panel.label]
        panel.no_threshold = (
            "" if result.has_probabilities else _("This mask came from a file; segment it first.")
        )

    def _volumes(self) -> list[vtkMRMLVolumeNode]:
        volumes = nodes_of_class(self._scene, "vtkMRMLVolumeNode")
        return [volume for volume in volumes if not volume.GetHideFromEditors() and volume.GetImageData()]

    def _results(self) -> list[vtkMRMLSegmentationNode]:
        """The results of the shown volume."""
        return [
            node
            for node in nodes_of_class(self._scene, "vtkMRMLSegmentationNode")
            if self._volume and segmented_volume(node) is self._volume and node.GetAttribute(TASK)
        ]

    # ------------------------------------------------------------------ a run

    @shown
    def segment(self, only_slice: bool) -> None:
        """Segment what is shown, or the slice or frame in sight alone. A clip plays as it is computed."""
        if self._task and self._task.terms not in self._accepted:
            self._wanted_run, self.panel.terms = only_slice, self._task.terms
            return
        self._assistant.start(
            self._volume,
            self._task,
            quality=self.panel.quality,
            only_slice=only_slice,
            view=self.views.slice_view,
        )
        self.panel.message = ""
        self.panel.percent, self.panel.progress = 0.0, "Starting"
        self._computed.forget()
        self._computing = None if only_slice else self._clip
        self._refresh()
        if self._live:
            self.player.play()
        self.in_background(self._watch())

    @shown
    def answer_terms(self, accepted: bool) -> None:
        """Go on with the run for which a person was asked to accept the terms of the task, or do not."""
        terms, self.panel.terms = self.panel.terms, ""
        if accepted:
            self._accepted.add(terms)
            self.segment(self._wanted_run)
        else:
            self.messages.say(
                _("Nothing was segmented: the terms of this task were not accepted."), "warning"
            )

    @shown
    def cancel(self) -> None:
        """Give up the run under way."""
        self._assistant.cancel()
        self.panel.progress = "Stopping"

    async def _watch(self) -> None:
        while self._assistant.running:
            with self.messages.reporting():
                for event in self._assistant.poll():
                    self._take(event)
            await asyncio.sleep(POLL_SECONDS)

    def _take(self, event: Event | Done) -> None:
        if isinstance(event, FrameDone):
            self._computed.note()
            self._set_mask_visible(self.panel.mask_visible)  # with the first one, the run's own masks
            return
        if isinstance(event, Progress):
            self.panel.percent = 100 * event.done / max(1, event.total)
            self.panel.progress = self._how_far(event)
            return
        self._set_mask_visible(self.panel.mask_visible)  # the result's again
        if isinstance(event, Failed):
            self.messages.say(event.message)
        if isinstance(event, Done):
            self._take_result(event)
        self._refresh()

    def _how_far(self, progress: Progress) -> str:
        if not self._live:
            return progress_sentence(progress)
        rates = f"{self._computed.per_second:.0f} frames/s computed"
        if self.player.state.playing:
            rates += f", {self.player.per_second:.0f} shown"
        return f"{progress_sentence(progress, 'Frame')}: {rates}"

    def _take_result(self, done: Done) -> None:
        volume = segmented_volume(done.segmentation)
        if volume is not self._volume:
            self.messages.say(
                _("The mask of {name} is ready; choose {name} to see it.").format(name=name_of(volume)),
                "success",
            )
            return
        self._task = find_task(done.segmentation.GetAttribute(TASK))
        self.panel.task = self._task.name
        self._show_node(done.segmentation)
        said = list(done.warnings)
        if self.panel.measure == "lesions" and not self.panel.lesions:
            said.append(_("Nothing was found. Lower the threshold to look for fainter lesions."))
        if said:
            self.messages.say(" ".join(said), "warning")

    @shown
    def start_empty(self) -> None:
        """Begin with an empty mask, to draw by hand."""
        image = read_frames(self._clip)[0] if self._clip else read_volume(self._volume)
        empty = Segmentation(
            np.zeros(image.grid, np.uint8, order="F"),
            image.affine,
            self._task.labels,
            calibrated=image.calibrated,
        )
        self._show_node(self._assistant.add_result(self._volume, empty, self._task))

    # ------------------------------------------------------------------ a result

    @shown
    def update(self) -> None:
        """Measure the mask as it is now."""
        self._assistant.update(self._result)
        self._refresh()

    @shown
    def select(self, lesion_id: int) -> None:
        """Show a lesion in every slice view, or in the frame that it is in."""
        with self.editing.another_frame():
            self._assistant.go_to(self._result, lesion_id)
        if self._clip is not None:
            self.player.go(shown_frame(self._clip))
        self.panel.selected = lesion_id

    @shown
    def step(self, by: int) -> None:
        """Show the next lesion (1) or the one before (-1); after the last comes the first."""
        count = len(self.panel.lesions)
        if count:
            start = self.panel.selected or (0 if by > 0 else 1)
            self.select((start - 1 + by) % count + 1)

    @shown
    def delete(self, lesion_id: int) -> None:
        """Erase a lesion, and go on with the one that followed."""
        following = self._assistant.delete_lesion(self._result, lesion_id)
        self._refresh()
        if following is not None:
            self.select(following)

    @shown
    def review(self, lesion_id: int, reviewed: bool) -> None:
        """Mark a lesion as reviewed, or take the mark away."""
        self._assistant.mark_reviewed(self._result, lesion_id, reviewed)
        self._refresh()

    @shown
    def choose_label(self, _name: str) -> None:
        """Move another label's threshold."""
        self._refresh()

    @shown
    def move_threshold(self, moved: Sequence[Any]) -> None:
        """Derive a mask anew. While that is done, the slider may move on: the last place counts.

        Args:
            moved: where to, and of what: the page may show something else by now. See ``PanelState.moved``.
        """
        if not moved:  # the page has just been opened
            return
        value, result_id, label, _when = moved
        result = self._assistant.result(self._scene.GetNodeByID(result_id))
        if result is None or not _differs(value, result.thresholds.get(label, value)):
            return
        self._wanted_thresholds[result_id, label] = value
        if not self._adjusting:
            self._adjusting = True
            self.in_background(self._adjust())

    async def _adjust(self) -> None:
        try:
            while self._wanted_thresholds:
                (result_id, label), value = self._wanted_thresholds.popitem()
                result = self._scene.GetNodeByID(result_id)
                if result is None:  # closed meanwhile
                    continue
                with self.messages.reporting():
                    self._assistant.set_threshold(result, label, value)
                    if not self._wanted_thresholds:
                        self._refresh()
                await asyncio.sleep(0.01)
        finally:
            self._adjusting = False

    @shown
    def toggle_mask(self) -> None:
        """Show the mask, or hide it."""
        self._set_mask_visible(not self.panel.mask_visible)

    def _set_mask_visible(self, visible: bool) -> None:
        self.panel.mask_visible = visible
        shown = (self._assistant.preview if self._live else None) or self._result
        self.views.show_segmentation(
            nodes_of_class(self._scene, "vtkMRMLSegmentationNode"), shown if visible else None
        )

    @shown
    def undo(self) -> None:
        """Take the last change of the mask back, whatever made it."""
        self.player.pause()
        if self.editing.undo():
            self._after_undo()

    @shown
    def redo(self) -> None:
        """Do the change again that was taken back."""
        self.player.pause()
        if self.editing.redo():
            self._after_undo()

    def _after_undo(self) -> None:
        if self._clip is not None:
            self.player.go(shown_frame(self._clip))
        self.update()

    def _on_edited(self) -> None:
        """Something changed the mask, or another frame of it is shown; say so once it is over."""
        if self._result is not None and not self._edit_noted and not self.player.state.playing:
            self._edit_noted = True
            asyncio.get_running_loop().call_later(EDITED_SECONDS, self._note_edit)

    @shown
    def _note_edit(self) -> None:
        self._edit_noted = False
        result = self._assistant.result(self._result)
        self.panel.stale = result is not None and result.stale

    # ------------------------------------------------------------------ files

    @shown
    async def export(self, kind: str) -> None:
        """Write a result, or the whole scene, and send it to the browser.

        Args:
            kind: of :func:`~SegAssistLib.results.exports_for`, or ``mrb``.
        """
        self.panel.opening = _("Writing the file")
        self._state.flush()
        await asyncio.sleep(0)  # lets that be sent
        folder = Path(tempfile.mkdtemp(prefix="export-", dir=self._folder))
        try:
            if kind == SCENE_KIND:
                path = folder / f"{file_name(name_of(self._volume))}.{SCENE_KIND}"
                save_scene(self._scene, path)
            else:
                paths = self._assistant.export(self._result, folder, (kind,))
                path = paths[0] if len(paths) == 1 else _packed(paths, file_name(name_of(self._volume)), kind)
                self._refresh()
            self.download(path)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        finally:
            self.panel.opening = ""


def _differs(one: float, other: float) -> bool:
    """Whether two places of the slider are two."""
    return abs(one - other) > 1e-3


def _silence_vtk() -> None:
    """VTK writes the names of files and nodes to the log, and these may be patients'."""
    from vtkmodules.vtkCommonCore import vtkLogger, vtkOutputWindow

    vtkOutputWindow.GetInstance().SetDisplayModeToNever()
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)


def _packed(paths: Sequence[Path], name: str, kind: str) -> Path:
    """Several files as one, for a browser takes one at a time."""
    packed = paths[0].with_name(f"{name}_{kind}.zip")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            archive.write(path, path.name)
    return packed
