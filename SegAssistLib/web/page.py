"""Page: the one page, and what it is made of."""

from __future__ import annotations

import re
from pathlib import Path

from aiohttp import web
from trame_client.module import vue3

STATIC = Path(__file__).with_name("static")


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
