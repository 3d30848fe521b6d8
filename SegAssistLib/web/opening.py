"""Opening: files from the command line or the browser to volumes in the scene."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from trame_server.state import State

from SegAssistLib.errors import InputError
from SegAssistLib.io import read_mask
from SegAssistLib.io.archive import Archives
from SegAssistLib.io.discover import FoundImage, Place, divide, in_few_words, look
from SegAssistLib.io.record import made_from, read_record
from SegAssistLib.results import MASK_ENDINGS
from SegAssistLib.scene.assistant import Assistant
from SegAssistLib.scene.sequences import add_clip, shown_volume
from SegAssistLib.scene.source_file import remember_file
from SegAssistLib.scene.volumes import add_volume
from SegAssistLib.task import find_task
from SegAssistLib.translation import tr as _
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
        self._choices: list[tuple[FoundImage | Path, Path | None]] = []
        self._files_of_choices = ExitStack()  # removes them

    async def receive(self, folder: Path) -> None:
        """Open what was uploaded into a folder, which is removed as soon as nothing needs it."""
        await self.open(sorted(folder.iterdir()), None, folder)

    @shown
    async def open(
        self, paths: Sequence[Path], results: Path | None = None, received: Path | None = None
    ) -> None:
        """Open files and folders; of several things in one place with DICOM let the person choose one.

        Args:
            paths: what was chosen.
            results: a folder with masks of these scans, which are opened too.
            received: a folder that is removed as soon as nothing needs it.
        """
        async with self._one_by_one:
            await self._forget_choices()
            files = ExitStack()
            if received is not None:
                files.callback(shutil.rmtree, received, ignore_errors=True)
            archives = files.enter_context(Archives(self._folder, self._limit))
            try:
                said: list[str] = []
                skipped: list[str] = []
                self._busy(_("Looking into the files"))
                for part in await asyncio.to_thread(divide, paths):
                    with _noting(said):
                        place = await asyncio.to_thread(look, part, archives)
                        skipped += place.skipped
                        await self._open_place(place, results, said)
                self._panel.choices = [_described(each) for each, _ in self._choices]
                if skipped:
                    said.append(f"Left out: {in_few_words(skipped)}.")
                if said:
                    self.messages.say(" ".join(said), "error" if len(said) > bool(skipped) else "warning")
            finally:
                self._files_of_choices = files
                if not self._panel.choices:
                    await self._forget_choices()
                self._busy("")

    async def _open_place(self, place: Place, results: Path | None, said: list[str]) -> None:
        found = [*place.images, *place.scenes]
        if not found:
            raise InputError(
                _("{name} holds nothing that can be opened; choose images, DICOM or a scene.").format(
                    name=place.path.name
                )
            )
        if len(found) > 1 and any(image.series for image in place.images):
            self._choices += [(each, results) for each in found]
            return
        for each in found:
            with _noting(said):
                await self._open(each, results)

    @shown
    async def choose(self, index: int) -> None:
        """Open one of the things that were offered; none for an index below 0."""
        if not self._panel.choices:  # another click was quicker, or other files
            return
        self._panel.choices = []
        async with self._one_by_one:
            try:
                if index >= 0:
                    await self._open(*self._choices[index])
            finally:
                await self._forget_choices()
                self._busy("")

    async def _forget_choices(self) -> None:
        """Offer nothing any more, and remove the files: what is open was read from them in full."""
        self._choices, self._panel.choices = [], []
        await asyncio.to_thread(self._files_of_choices.close)

    async def _open(self, found: FoundImage | Path, results: Path | None) -> None:
        """Open an image, or a scene."""
        if isinstance(found, Path):
            self._busy(_("Opening {name}").format(name=found.name))
            with tempfile.TemporaryDirectory(
                prefix="scene-", dir=self._folder, ignore_cleanup_errors=True
            ) as folder:
                open_scene(self._scene, found, Path(folder) / "scene", self._limit)
            self._opened(None)
            return
        self._busy(_("Reading {title}").format(title=found.title))
        image = await asyncio.to_thread(found.read)
        uids = await asyncio.to_thread(found.instance_uids)
        if image.kind == "frames":
            volume = shown_volume(add_clip(self._scene, image, uids))
        else:
            volume = add_volume(self._scene, image, uids)
            if found.series is None:
                volume.AddDefaultStorageNode(str(found.files[0].resolve()))
                remember_file(volume)  # a mask is written like it, when the file may be gone
        try:
            if results is not None:
                self._open_result(volume, image.name, await asyncio.to_thread(found.sha256), results)
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
            raise InputError(
                _("{mask} has no record of a run beside it; segment the scan again.").format(mask=mask)
            )
        if record["input_sha256"] != digest:
            raise InputError(
                _(
                    "{mask} is not shown, for it was made from another image, {made_from}; "
                    "choose the results of this one."
                ).format(mask=mask, made_from=made_from(record))
            )
        task = find_task(record["task"])
        self._assistant.add_result(volume, read_mask(mask, task.labels), task)

    def _busy(self, text: str) -> None:
        self._panel.opening = text
        self._state.flush()


@contextmanager
def _noting(said: list[str]) -> Iterator[None]:
    """Note what cannot be used, so that the rest is opened all the same."""
    try:
        yield
    except InputError as error:
        said.append(str(error))


def _described(found: FoundImage | Path) -> dict[str, str]:
    """How something that can be opened is offered."""
    if isinstance(found, Path):
        return {"title": found.name, "detail": "saved scene"}
    return {"title": found.title, "detail": found.detail}
