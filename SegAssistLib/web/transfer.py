"""Transfer: files from the browser and to it, over HTTP, in the session's private folder."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from aiohttp import BodyPartReader, web

from SegAssistLib.errors import InputError
from SegAssistLib.io.archive import CHUNK, MOST_FILES, inside
from SegAssistLib.translation import tr as _

UPLOAD = "/segassist/upload"
DOWNLOAD = "/segassist/download"
GIB = 1 << 30
MOST_UPLOADS = 8  # of the largest size, that all files together may take: one unpacks to four times its size
MOST_OFFERED = 4


class TooLarge(InputError):
    """More than the limit that the server was started with."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            _(
                "That is more than the {gib:.3g} GiB that this SegAssist takes; choose fewer "
                "files, or start it with a larger --max-upload."
            ).format(gib=limit / GIB)
        )


class Transfer:
    """Receives uploads, each into a folder of its own, and hands out files once each.

    Args:
        folder: private; removed with the session.
        limit: bytes of one upload. No more than ``MOST_UPLOADS`` times that may lie in the folder with it.
        received: called with the folder of each complete upload, and has it removed.
    """

    def __init__(self, folder: Path, limit: int, received: Callable[[Path], None]) -> None:
        self._folder = folder
        self._limit = limit
        self._received = received
        self._offered: dict[str, Path] = {}
        self._coming: dict[Path, int] = {}  # by folder, the bytes of the uploads under way

    def routes(self) -> list[web.RouteDef]:
        """What the server has to know."""
        return [web.post(UPLOAD, self._upload), web.get(DOWNLOAD + "/{key}", self._download)]

    def offer(self, path: Path) -> str:
        """Offer a file in a folder of its own; it can be fetched once from the address returned.

        The folder is removed then, or after some other offers.
        """
        while len(self._offered) >= MOST_OFFERED:
            oldest = self._offered.pop(next(iter(self._offered)))
            shutil.rmtree(oldest.parent, ignore_errors=True)
        key = secrets.token_urlsafe(16)
        self._offered[key] = path
        return f"{DOWNLOAD}/{key}"

    async def _download(self, request: web.Request) -> web.StreamResponse:
        path = self._offered.pop(request.match_info["key"], None)
        if path is None or not path.is_file():
            return web.Response(status=404, text=_("This file was fetched already; export it again."))
        response = web.StreamResponse(
            headers={
                "Content-Disposition": f"attachment; filename*=UTF-8''{_quoted(path.name)}",
                "Content-Length": str(path.stat().st_size),
                "Content-Type": "application/octet-stream",
            }
        )
        try:
            await response.prepare(request)
            with path.open("rb") as file:
                while chunk := file.read(CHUNK):
                    await response.write(chunk)
            await response.write_eof()
        finally:
            shutil.rmtree(path.parent, ignore_errors=True)
        return response

    async def _upload(self, request: web.Request) -> web.Response:
        folder = self._folder / f"upload-{secrets.token_hex(8)}"
        size = self._limit if request.content_length is None else request.content_length
        try:
            if size > self._limit:
                raise TooLarge(self._limit)
            self._coming[folder] = size
            await asyncio.to_thread(self._check_room, request.content_length or 0)
            await self._receive(request, folder)
        except Exception as error:  # aiohttp has many ways to say that a form is damaged
            shutil.rmtree(folder, ignore_errors=True)
            message = (
                str(error) if isinstance(error, InputError) else _("The upload was not complete; try again.")
            )
            response = web.json_response(
                {"message": message}, status=413 if isinstance(error, TooLarge) else 400
            )
            response.force_close()  # whatever is still on its way is not read
            return response
        except BaseException:  # the tab was closed
            shutil.rmtree(folder, ignore_errors=True)
            raise
        finally:
            self._coming.pop(folder, None)
        self._received(folder)
        return web.json_response({})

    def _check_room(self, size: int) -> None:
        """Whether an upload of that many bytes may be written, beside what lies there and is under way.

        Raises:
            InputError: it may not.
        """
        if size > shutil.disk_usage(self._folder).free:
            raise InputError(_("The server's disk has no room for these files; remove other files from it."))
        coming = dict(self._coming)
        lying = sum(_size(path) for path in self._folder.iterdir() if path not in coming)
        if lying + sum(coming.values()) > MOST_UPLOADS * self._limit:
            raise InputError(_("Files that were sent before are still being opened; send these again later."))

    async def _receive(self, request: web.Request, folder: Path) -> None:
        """Write the parts of a form to files; a part's name is the file's path."""
        room = self._limit
        files = 0
        folder.mkdir()
        async for part in await request.multipart():
            if not isinstance(part, BodyPartReader):
                raise InputError(_("Only files can be opened."))
            files += 1
            if files > MOST_FILES:
                raise InputError(
                    _("That is more than {most} files; choose the folder of one study.").format(
                        most=MOST_FILES
                    )
                )
            path = inside(folder, part.name or "")
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                while chunk := await part.read_chunk(CHUNK):
                    room -= len(chunk)
                    if room < 0:
                        raise TooLarge(self._limit)
                    file.write(chunk)
        if not files:
            raise InputError(_("There was no file in this; choose at least one."))


def _size(folder: Path) -> int:
    """Bytes of all files below a folder; what is removed meanwhile has none."""
    size = 0
    for below, _folders, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                size += Path(below, name).lstat().st_size
    return size


def _quoted(name: str) -> str:
    from urllib.parse import quote

    return quote(name, safe="")
