"""Page: the one page, what it is made of, and that it is open in one tab at a time."""

from __future__ import annotations

import re
from pathlib import Path

from aiohttp import web
from trame_client.module import vue3
from wslink.backends.aiohttp import AioHttpWsHandler, WebAppServer

STATIC = Path(__file__).with_name("static")
OTHER_TAB = 4001  # close code of the web socket: another tab has taken over


def index(largest: int) -> str:
    """The page: our own, with the scripts and styles of trame's.

    Args:
        largest: bytes of an upload, for the page to refuse larger ones at once.
    """
    theirs = (Path(vue3.www) / "index.html").read_text(encoding="utf-8")
    parts = re.findall(r'<script [^>]*\bsrc="[^"]+"[^>]*></script>|<link rel="stylesheet"[^>]*>', theirs)
    ours = (STATIC / "index.html").read_text(encoding="utf-8")
    return ours.replace("<!-- trame -->", "\n    ".join(parts)).replace("MAX_UPLOAD", str(largest))


def routes(largest: int) -> list[web.AbstractRouteDef]:
    """The page and our own files."""
    text = index(largest)

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text=text, content_type="text/html")

    return [web.get("/", answer), web.get("/index.html", answer), web.static("/segassist/static", STATIC)]


class OneTab:
    """Lets the tab that was opened last have the connection.

    Args:
        server: whose connections.
    """

    def __init__(self, server: WebAppServer) -> None:
        self._server = server

    @web.middleware
    async def take_over(self, request: web.Request, handler: object) -> web.StreamResponse:
        """Close the connections of other tabs before one is made."""
        if request.headers.get("Upgrade", "").lower() == "websocket":
            for connections in self._connections():
                for connection in list(connections.values()):
                    await connection.close(code=OTHER_TAB)
        return await handler(request)

    def _connections(self) -> list[dict[str, web.WebSocketResponse]]:
        handlers: list[AioHttpWsHandler] = self._server._ws_handlers  # wslink has no public name for them
        return [handler.connections for handler in handlers]
