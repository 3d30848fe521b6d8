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

if TYPE_CHECKING:
    from slicer import vtkMRMLSegmentationNode, vtkMRMLVolumeNode, vtkSegmentation

UNDO_STEPS = 20


class _Write(UndoCommand):
    """Whatever was written since ``before``. It is looked at when it is undone, so it may go on meanwhile."""

    def __init__(self, segmentation: Segmentation, before: vtkSegmentation) -> None:
        super().__init__()
        self._segmentation = segmentation
        self._other = before

    def undo(self) -> None:
        now = _copy(self._segmentation.segmentation)
        self._segmentation.segmentation.DeepCopy(self._other)
        self._other = now
        self._segmentation.trigger_modified()

    redo = undo


class Editing:
    """The Segment Editor and its undo stack.

    Args:
        server: whose page has the editor.
        slicer: whose scene is edited.
        edited: called after every change of the shown result, whoever made it.
        tool_chosen: called with whether a tool has the mouse.
    """

    def __init__(
        self,
        server: Server,
        slicer: SlicerApp,
        edited: Callable[[], None],
        tool_chosen: Callable[[bool], None],
    ) -> None:
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

    def edit(self, node: vtkMRMLSegmentationNode | None, volume: vtkMRMLVolumeNode | None) -> None:
        """Edit a result. The steps of the one before cannot be undone any more."""
        if node is self.node:
            return
        self._let_go()
        if node is None:
            self._editor.clear()
            return
        self._editor.set_active_segmentation(node, volume)
        self._editor.set_surface_representation_enabled(True)

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
        before = _copy(segmentation.segmentation)
        yield
        self._editor.undo_stack.push(_Write(segmentation, before))

    def undo(self) -> bool:
        """Take the last step back; False when there is none."""
        possible = self._editor.undo_stack.can_undo()
        self._editor.undo_stack.undo()
        return possible

    def redo(self) -> bool:
        """Do the step again that was taken back; False when there is none."""
        possible = self._editor.undo_stack.can_redo()
        self._editor.undo_stack.redo()
        return possible


def _copy(segmentation: vtkSegmentation) -> vtkSegmentation:
    copy = segmentation.NewInstance()
    copy.UnRegister(None)
    copy.DeepCopy(segmentation)
    return copy
