"""Editing: trame-slicer's Segment Editor on the shown result, and one undo for whatever changes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from trame_server import Server
from trame_slicer.app.logic import SegmentEditorLogic
from trame_slicer.app.ui import SegmentEditorState, SegmentEditorUI
from trame_slicer.core import SlicerApp
from trame_slicer.segmentation import Segmentation, SegmentationEffectNoTool
from undo_stack import UndoCommand

from SegAssistLib.scene.segmentation_sequences import Snapshot, snapshot

if TYPE_CHECKING:
    from slicer import vtkMRMLSegmentationNode, vtkMRMLVolumeNode

UNDO_STEPS = 20


class _Write(UndoCommand):
    """Whatever was written since ``before``. It is looked at when it is undone, so it may go on meanwhile."""

    def __init__(self, segmentation: Segmentation, before: Snapshot) -> None:
        super().__init__()
        self._segmentation = segmentation
        self._other = before

    def undo(self) -> None:
        now = snapshot(self._segmentation.segmentation_node)
        self._other.restore()
        self._other = now
        self._segmentation.trigger_modified()

    redo = undo


class _Step(UndoCommand):
    """Another frame is shown, so that what was done before is taken back in the frame where it was done."""

    def __init__(self, go: Callable[[int], None], before: int, after: int) -> None:
        super().__init__()
        self._go = go
        self._before, self._after = before, after

    def undo(self) -> None:
        self._go(self._before)

    def redo(self) -> None:
        self._go(self._after)

    def do_try_merge(self, command: UndoCommand | None) -> bool:
        return isinstance(command, _Step)

    def merge_with(self, command: UndoCommand) -> bool:
        self._after = command._after
        return True


class Editing:
    """The Segment Editor and its undo stack.

    Args:
        server: whose page has the editor.
        slicer: whose scene is edited.
        edited: called after every change of the shown result, whoever made it.
        tool_chosen: called with whether a tool has the mouse.
        show_frame: shows a frame of the clip.
    """

    def __init__(
        self,
        server: Server,
        slicer: SlicerApp,
        edited: Callable[[], None],
        tool_chosen: Callable[[bool], None],
        show_frame: Callable[[int], None],
    ) -> None:
        self._show_frame = show_frame
        self._frame = 0
        self._went = False
        self._editor = slicer.segmentation_editor
        self._editor.editor_node.SetSaveWithScene(False)
        self._logic = SegmentEditorLogic(server, slicer)
        self._editor.undo_stack.set_undo_limit(UNDO_STEPS)
        self._editor.segmentation_modified.connect(lambda *_: edited())
        self._editor.active_effect_name_changed.connect(
            lambda name: tool_chosen(name not in ("", SegmentationEffectNoTool.get_effect_name()))
        )

    @property
    def names(self) -> SegmentEditorState:
        """Names of the editor's state in the page."""
        return self._logic.name

    @property
    def node(self) -> vtkMRMLSegmentationNode | None:
        """What is edited."""
        return self._editor.active_segmentation_node

    def set_ui(self, ui: SegmentEditorUI) -> None:
        """Connect the tools of the page."""
        self._logic.set_ui(ui)

    def edit(
        self,
        node: vtkMRMLSegmentationNode | None,
        volume: vtkMRMLVolumeNode | None,
        one_plane: bool = False,
    ) -> None:
        """Edit a result. The steps of the one before cannot be undone any more.

        Args:
            node: the result; None for none.
            volume: what it was found in.
            one_plane: whether that has one plane alone, in which there are no surfaces.
        """
        if node is self.node:
            return
        self._let_go()
        if node is None:
            self._editor.clear()
            return
        self._editor.set_active_segmentation(node, volume)
        self._editor.set_surface_representation_enabled(not one_plane)

    def put_tool_down(self) -> None:
        """Give the mouse back to the views."""
        self._editor.deactivate_effect()

    @contextmanager
    def another_frame(self) -> Iterator[None]:
        """Another frame is shown inside, which is no edit: the tools look at it when it stands still."""
        segmentation = self._editor.active_segmentation
        if segmentation is None:
            yield
            return
        before = segmentation.segmentation_modified.block_signals(True)
        try:
            yield
        finally:
            segmentation.segmentation_modified.block_signals(before)

    def stand_at(self, frame: int) -> None:
        """A frame is shown, and may be edited."""
        stack = self._editor.undo_stack
        if frame != self._frame and stack.n_commands():
            stack.push(_Step(self._go, self._frame, frame))
        self._frame = frame
        shown = self._editor.active_segmentation
        if shown is not None:
            # Each frame has a segmentation of its own, which need not say what its grid is.
            shown.segmentation_node.SetReferenceImageGeometryParameterFromVolumeNode(shown.volume_node)
            shown.set_active()
            shown.segmentation_modified()

    def _go(self, frame: int) -> None:
        self._went, self._frame = True, frame
        self._show_frame(frame)

    def _let_go(self) -> None:
        """Take trame-slicer's observer off the node.

        It stays for longer than the object that it belongs to. Once Python's garbage collection has emptied
        that, the node's next change would end the process.
        """
        segmentation = self._editor.active_segmentation
        if segmentation is not None:
            segmentation.segmentation_node.RemoveObserver(segmentation._node_obs)

    @contextmanager
    def undoable(self, node: vtkMRMLSegmentationNode) -> Iterator[None]:
        """What is written to ``node`` inside is one step of undo, if ``node`` is the one that is edited."""
        segmentation = self._editor.active_segmentation
        if segmentation is None or segmentation.segmentation_node is not node:
            yield
            return
        before = snapshot(node)
        yield
        self._editor.undo_stack.push(_Write(segmentation, before))

    def undo(self) -> bool:
        """Take the last change back, in the frame in which it was made; False when there is none."""
        stack = self._editor.undo_stack
        return self._walk(stack.can_undo(), stack.undo)

    def redo(self) -> bool:
        """Do the change again that was taken back; False when there is none."""
        stack = self._editor.undo_stack
        return self._walk(stack.can_redo(), stack.redo)

    def _walk(self, possible: bool, walk: Callable[[], None]) -> bool:
        self._went = False
        walk()
        if self._went:  # that was the way to the frame
            walk()
        return possible
