"""The browser application: server, page and session put together."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import tempfile
import webbrowser
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from urllib.parse import urlencode

from SegAssistLib.errors import InputError
from SegAssistLib.io.temporary import temporary_folder
from SegAssistLib.report import RESEARCH_USE
from SegAssistLib.translation import tr as _
from SegAssistLib.web.access import Access, add_headers, is_loopback

PORT = 8080


@dataclass(frozen=True)
class Settings:
    """How to serve.

    Attributes:
        token: needed to open the page.
        host: what to listen on.
        port: None for the first one that is free.
        largest: bytes of an upload.
        backend, device: of the network, see :class:`~SegAssistLib.inference.worker.Worker`.
        open_browser: whether to show the page at once.
    """

    token: str
    host: str = "127.0.0.1"
    port: int | None = None
    largest: int = 1 << 30
    backend: str = "auto"
    device: str = "auto"
    open_browser: bool = True


def serve(inputs: Sequence[Path], results: Path | None, settings: Settings) -> None:
    """Serve until Ctrl+C, SIGTERM or the end of the terminal; then nothing of the session is left.

    Args:
        inputs: opened at once.
        results: a folder with masks of these scans, which are opened with them.
        settings: how.

    Raises:
        InputError: the port is taken, or the token can be guessed.
    """
    port = _free_port(settings.host, settings.port)
    os.environ["TRAME_ARGS"] = ""  # or trame would read our command line
    from trame.app import get_server

    from SegAssistLib.web.connection import Connection
    from SegAssistLib.web.page import routes
    from SegAssistLib.web.panel import Panel
    from SegAssistLib.web.session import Session
    from SegAssistLib.web.transfer import Transfer

    for name in ("aiohttp", "trame", "trame_server", "trame_slicer", "wslink"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # they quote what they were sent
    for number in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        signal.signal(number, _end)

    access = Access(settings.host, port, settings.token)
    server = get_server("segassist", client_type="vue3")
    server.cli.set_defaults(nows=True)  # wslink's own web socket: Connection takes its place
    with temporary_folder(Path(tempfile.gettempdir()), "segassist-") as folder:
        session = Session(server, folder, settings.largest, settings.backend, settings.device)
        transfer = Transfer(
            folder,
            settings.largest,
            lambda received: session.in_background(session.opening.receive(received)),
        )
        panel = Panel(server, session, transfer)

        def bind(web_server: object) -> None:
            connection = Connection(server.protocol, web_server)
            web_server.app.middlewares.append(access.guard)
            web_server.app.on_response_prepare.append(add_headers)
            web_server.app.add_routes([*routes(settings.largest), *transfer.routes(), *connection.routes()])

        def ready(**_: object) -> None:
            asyncio.get_running_loop().set_exception_handler(session.messages.unhandled)
            address = _address(settings, port)
            _announce(address, settings)
            if settings.open_browser:
                _open_browser(address, folder)
            if inputs:
                session.in_background(session.opening.open(list(inputs), results))

        server.controller.on_server_bind.add(bind)
        server.controller.on_server_ready.add(ready)
        server.controller.on_client_exited.add(lambda: session.player.pause())
        server.controller.on_exception = session.messages.show
        server.controller.on_error = lambda *_: None  # what the browser's console says
        del panel
        try:
            server.start(
                host=settings.host,
                port=port,
                open_browser=False,
                show_connection_info=False,
                disable_logging=True,
                timeout=0,
                backend="aiohttp",
            )
        finally:
            session.close()


def _end(*_: object) -> None:
    raise KeyboardInterrupt


def _free_port(host: str, wanted: int | None) -> int:
    """The port itself, or the first free one."""
    candidates: list[int] = [PORT, 0] if wanted is None else [wanted]
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for port in candidates:
        with socket.socket(family) as trial:
            if os.name == "posix":
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((host, port))
            except OSError as error:
                if port == candidates[-1]:
                    raise InputError(
                        _("Cannot listen on {host} port {port} ({reason}); choose another --port.").format(
                            host=host, port=port, reason=error.strerror
                        )
                    ) from error
                continue
            return trial.getsockname()[1]
    raise AssertionError("a candidate is returned or refused")


def _address(settings: Settings, port: int) -> str:
    host = socket.gethostname() if settings.host in ("0.0.0.0", "::") else settings.host
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/?{urlencode({'token': settings.token})}"


def _open_browser(address: str, private: Path) -> None:
    """Open the page by way of a private file: other users of the computer can read a browser's arguments."""
    page = private / "open.html"
    page.write_text(
        f'<!doctype html><meta http-equiv="refresh" content="0;url={escape(address)}">', encoding="utf-8"
    )
    webbrowser.open(page.as_uri())


def _announce(address: str, settings: Settings) -> None:
    print(_("SegAssist is at {address} and ends with Ctrl+C.").format(address=address), flush=True)
    if not is_loopback(settings.host):
        print(
            _(
                "Other computers can open it. Whoever has this address sees the images, and "
                "they travel unencrypted: use it in a network that you trust."
            ),
            flush=True,
        )
    print(RESEARCH_USE, flush=True)
