"""Opening: files from the command line or the browser to volumes in the scene."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from trame_server.state import State

from SegAssistLib.errors import InputError
from SegAssistLib.io import read_mask
from SegAssistLib.io.record import made_from, read_record
from SegAssistLib.results import MASK_ENDINGS
from SegAssistLib.scene.assistant import Assistant
from SegAssistLib.scene.sequences import add_clip, shown_volume
from SegAssistLib.scene.volumes import add_volume
from SegAssistLib.task import find_task
from SegAssistLib.web.files import DicomSeries, Found, ImageFile, Scene, find
from SegAssistLib.web.messages import Messages, shown
from SegAssistLib.web.scenes import open_scene
from SegAssistLib.web.state import PanelState

if TYPE_CHECKING:
    from slicer import vtkMRMLScene, vtkMRMLVolumeNode


class Opening:
    """Opens one thing after the other. Files are read beside the event loop, and only nodes are made on it.

    Args:
        scene: where to.
        assistant: takes masks from files.
        messages, state, panel: of the page.
        folder: private.
        limit: bytes that an archive may unpack to.
        opened: called with each new volume (of a clip the one that shows its frames), and None after a scene.
    """

    def __init__(
        self,
        scene: vtkMRMLScene,
        assistant: Assistant,
        messages: Messages,
        state: State,
        panel: PanelState,
        folder: Path,
        limit: int,
        opened: Callable[[vtkMRMLVolumeNode | None], None],
    ) -> None:
        self.messages = messages
        self._scene = scene
        self._assistant = assistant
        self._state = state
        self._panel = panel
        self._folder = folder
        self._limit = limit
        self._opened = opened
        self._one_by_one = asyncio.Lock()
        self._choices: list[DicomSeries] = []

    @shown
    async def open(self, paths: Sequence[Path], results: Path | None = None) -> None:
        """Open files and folders; of several DICOM series let the person choose one.

        Args:
            paths: what was chosen.
            results: a folder with masks of these scans, which are opened too.
        """
        async with self._one_by_one:
            try:
                self._busy("Looking into the files")
                found = await asyncio.to_thread(find, paths, self._folder, self._limit)
                series = [each for each in found if isinstance(each, DicomSeries)]
                for each in found:
                    if each not in series or len(series) == 1:
                        await self._open(each, results)
                if len(series) > 1:
                    self._choices = series
                    self._panel.choices = [{"title": each.title, "detail": each.detail} for each in series]
            finally:
                self._busy("")

    @shown
    async def choose(self, index: int) -> None:
        """Open one of the series that were offered; none for an index below 0."""
        self._panel.choices = []
        if index < 0:
            return
        async with self._one_by_one:
            try:
                await self._open(self._choices[index], None)
            finally:
                self._busy("")

    async def _open(self, found: Found, results: Path | None) -> None:
        if isinstance(found, Scene):
            self._busy(f"Opening {found.path.name}")
            folder = Path(tempfile.mkdtemp(prefix="scene-", dir=self._folder)) / "scene"
            open_scene(self._scene, found.path, folder, self._limit)
            self._opened(None)
            return
        self._busy(f"Reading {found.path.name if isinstance(found, ImageFile) else found.title}")
        image = await asyncio.to_thread(found.read)
        uids = [] if isinstance(found, ImageFile) else await asyncio.to_thread(found.instance_uids)
        if image.kind == "frames":
            volume = shown_volume(add_clip(self._scene, image, uids))
        else:
            volume = add_volume(self._scene, image, uids)
            if isinstance(found, ImageFile):
                volume.AddDefaultStorageNode(str(found.path.resolve()))  # an exported mask is written like it
        try:
            if results is not None:
                digest = await asyncio.to_thread(found.sha256)
                self._open_result(volume, image.name, digest, results)
        finally:
            self._opened(volume)

    def _open_result(self, volume: vtkMRMLVolumeNode, name: str, digest: str, folder: Path) -> None:
        """Open the mask that ``segassist segment`` wrote for a scan, where there is one."""
        masks = (folder / f"{name}{ending}" for ending in MASK_ENDINGS.values())
        mask = next((path for path in masks if path.is_file()), None)
        if mask is None:
            return
        record = read_record(folder, name)
        if "task" not in record or "input_sha256" not in record:
            raise InputError(f"{mask} has no record of a run beside it; segment the scan again.")
        if record["input_sha256"] != digest:
            raise InputError(
                f"{mask} is not shown, for it was made from another image, {made_from(record)}; choose the "
                "results of this one."
            )
        task = find_task(record["task"])
        self._assistant.add_result(volume, read_mask(mask, task.labels), task)

    def _busy(self, text: str) -> None:
        self._panel.opening = text
        self._state.flush()
