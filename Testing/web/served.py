"""A real server process, a person at its page in real Chromium, and a client without a browser."""

from __future__ import annotations

import http.client
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import msgpack
from playwright.sync_api import BrowserContext, Download, Error, Page

from SegAssistLib.web.state import PanelState

PATIENCE = 60  # seconds; a test fails when something does not come within them
CHROMIUM = "/usr/bin/chromium"
PANEL = ", ".join(f"PanelState__{field.name}: {field.name}" for field in fields(PanelState))
PARTS = """
    const part = (name) => Object.fromEntries(
        Object.entries(trame.state.state)
            .filter(([key]) => key.startsWith(name + "__"))
            .map(([key, value]) => [key.slice(name.length + 2), value]));
    const player = part("PlayerState"), vessels = part("VesselsState");
"""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
WINDOW = {"viewport": {"width": 1400, "height": 900}, "reduced_motion": "reduce"}  # of a tester's browser


def until(condition, what: str):
    """Wait for a condition of the server's side; its value."""
    deadline = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < deadline, f"{what} did not come"
        time.sleep(0.02)
    return value


def program(bundles: Path | None = None) -> list[str]:
    """The command line, with the bundles of another folder if need be."""
    if bundles is None:
        return [sys.executable, "-m", "SegAssistLib.cli"]
    return [sys.executable, str(Path(__file__).with_name("serve_bundles.py")), str(bundles)]


class Served:
    """``segassist serve`` as a process of its own, in a temporary folder of its own."""

    def __init__(
        self,
        folder: Path,
        *arguments: object,
        token: str | None = None,
        port: int | None = None,
        bundles: Path | None = None,
        opened: bool = False,
    ) -> None:
        self.temporary = folder / "temporary"
        self.temporary.mkdir()
        self.log = folder / "log.txt"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = port or free.getsockname()[1]
        environment = {**os.environ, "TMPDIR": str(self.temporary), "PYTHONFAULTHANDLER": "1"} | (
            {"SEGASSIST_TOKEN": token} if token else {}
        )
        command = [*program(bundles), "serve", *([] if opened else ["--no-open"]), "--port", str(self.port)]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*command, *map(str, arguments)], env=environment, stdout=log, stderr=subprocess.STDOUT
            )
        try:
            said = until(lambda: self._address() or self.process.poll() is not None, "the address")
        except AssertionError:
            self.process.kill()
            raise
        assert said is not True, self.log.read_text()
        self.address = said

    def _address(self) -> str | None:
        found = re.search(r"SegAssist is at (\S+)", self.log.read_text())
        return found and re.sub("//[^/]+/", f"//127.0.0.1:{self.port}/", found[1])

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def files(self) -> list[Path]:
        """What lies in the server's temporary folders."""
        below = os.walk(self.temporary)  # folders may go meanwhile
        return [Path(folder, name) for folder, _folders, names in below for name in names]

    def workers(self) -> list[int]:
        """The processes that it has started."""
        import psutil

        with suppress(psutil.NoSuchProcess):
            return [child.pid for child in psutil.Process(self.process.pid).children(recursive=True)]
        return []

    def stop(self, how: int = signal.SIGTERM) -> int:
        """End it; its exit code."""
        self.process.send_signal(how)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def request(self, method: str, path: str, headers: dict[str, str] | None = None, body=None):
        """One request, exactly as stated; status, headers and text of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode("utf-8", "replace")
        finally:
            connection.close()

    def claim(self) -> dict[str, str]:
        """Be the first browser; the headers that its page sends."""
        status, headers, _ = self.request("GET", self.address.removeprefix(self.origin))
        assert status == 200
        return {"Cookie": headers["Set-Cookie"].split(";")[0], "Origin": self.origin}

    def begin(self, method: str, path: str, headers: dict[str, object]) -> socket.socket:
        """Send the head of a request and nothing of its body."""
        lines = {"Host": f"127.0.0.1:{self.port}"} | headers
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        connection = socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        connection.sendall(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode())
        return connection


class Socket:
    """The web socket of a page that says what it likes."""

    def __init__(self, server: Served, headers: dict[str, str]) -> None:
        self._connection = server.begin("GET", "/ws", headers | UPGRADE)
        self._stream = self._connection.makefile("rb")
        self.answer = self._stream.readline()
        while self._stream.readline().strip():
            pass

    def __enter__(self) -> Socket:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._connection.close()

    def send(self, content: bytes, text: bool = False) -> None:
        """Send a message of less than 64 KiB."""
        kind = 0x81 if text else 0x82
        no_mask = bytes(4)
        self._connection.sendall(struct.pack(">BBH", kind, 0x80 | 126, len(content)) + no_mask + content)

    def receive(self) -> bytes | int | None:
        """The next message; the code with which the socket is closed; None where it ends without one."""
        head = self._stream.read(2)
        if len(head) < 2:
            return None
        size = head[1]
        if size == 126:
            size = int.from_bytes(self._stream.read(2), "big")
        elif size == 127:
            size = int.from_bytes(self._stream.read(8), "big")
        content = self._stream.read(size)
        return int.from_bytes(content[:2], "big") if head[0] & 15 == 8 else content

    def call(self, method: str, *arguments: object, system: bool = False) -> dict[str, object]:
        """Call a method of the server; what it answers, with ``result`` or ``error``."""
        key = "system:1" if system else f"rpc:{method}"
        packed = msgpack.packb({"wslink": "1.0", "id": key, "method": method, "args": list(arguments)})
        self.send(struct.pack("<III", 1, 0, len(packed)) + packed)
        while isinstance(said := self.receive(), bytes):
            answer = msgpack.unpackb(said[12:])
            if answer["id"] == key:
                return answer
        raise AssertionError(f"closed with {said}")

    def hello(self) -> None:
        """What every page says first."""
        assert "result" in self.call("wslink.hello", {"secret": "wslink-secret"}, system=True)


class Desk:
    """A person at the page: clicks, looks, and waits for what is to come."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE * 1000)
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.console: list[str] = []  # what it calls an error
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("websocket", lambda opened: self.requests.append(opened.url))
        self.page.on("pageerror", self._note)
        self.page.on("console", lambda said: said.type == "error" and self.console.append(said.text))
        self.page.goto(address)
        self.page.wait_for_selector("#open-files")

    def _note(self, error: Error) -> None:
        if error.message != "Object":  # trame's calls that were under way when another tab took over
            self.errors.append(error.message)

    def state(self, name: str, part: str = "PanelState"):
        """What the page knows, by its name in PanelState, or in another part of the state."""
        return self.page.evaluate(f"trame.state.state.{part}__{name}")

    def wait(self, condition: str) -> None:
        """Wait for a condition on PanelState, e.g. ``!running && lesions.length === 3``.

        The other parts of the state are ``player`` and ``vessels``: ``player.frame === 3``.
        """
        self.page.wait_for_function(
            f"() => {{ const {{ {PANEL} }} = trame.state.state; {PARTS} return {condition}; }}"
        )

    def click(self, selector: str) -> None:
        self.page.click(selector)

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def open(self, *files: Path) -> None:
        """Choose files in the file dialog and wait until they are open."""
        before = len(self.state("volumes"))
        self.choose(*files)
        self.wait(f"volumes.length > {before} && !opening && !missing")

    def open_folder(self, folder: Path) -> None:
        """Choose a folder in the file dialog and wait until it is open."""
        before = len(self.state("volumes"))
        with self.page.expect_file_chooser() as dialog:
            self.click("#open-folder")
        dialog.value.set_files(str(folder))
        self.wait(f"volumes.length > {before} && !opening && !missing")

    def choose(self, *files: Path) -> None:
        with self.page.expect_file_chooser() as dialog:
            self.click("#open-files")
        dialog.value.set_files([str(file) for file in files])

    def drop(self, *files: Path) -> None:
        """Drag files onto the page."""
        import base64

        contents = [[file.name, base64.b64encode(file.read_bytes()).decode()] for file in files]
        self.page.evaluate(
            """(files) => {
              const carried = new DataTransfer();
              for (const [name, content] of files) {
                const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
                carried.items.add(new File([bytes], name));
              }
              for (const type of ["dragenter", "dragover", "drop"]) {
                const event = new DragEvent(type, {dataTransfer: carried, bubbles: true, cancelable: true});
                document.body.dispatchEvent(event);
              }
            }""",
            contents,
        )

    def connected(self) -> bool:
        """Whether the page is there and has the connection."""
        return not self.page.is_closed() and self.page.query_selector(".sa-cover") is None

    def close_scan(self) -> None:
        """Close the scan that is shown."""
        volumes = self.state("volumes")
        self.click("#close-volume")
        self.click("#close-volume-sure")
        self.wait(f"volumes.length < {len(volumes)}")

    def close_all(self) -> None:
        """Begin anew: nothing is open, nothing is said, and the quality is best."""
        self.wait("!running")
        while self.state("volumes"):
            self.close_scan()
        self.page.evaluate("trame.state.update({PanelState__message: '', PanelState__quality: 'best'})")
        self.wait("!message")

    def forget_message(self) -> None:
        self.page.evaluate("trame.state.set('PanelState__message', '')")
        self.wait("message === ''")

    def segment(self) -> None:
        """Click Segment all and wait for the result."""
        self.page.evaluate(
            """() => {
              window.ran = false;
              trame.state.watch(["PanelState__running"], (running) => { window.ran ||= running; });
            }"""
        )
        self.click("#segment-all")
        self.wait("window.ran && !running && has_result")

    def go(self, frame: int) -> None:
        """Show a frame of the clip."""
        self.page.evaluate(f"trame.state.set('PlayerState__frame', {frame})")
        self.wait(f"player.frame === {frame} && !player.playing")

    def message(self) -> str:
        """The sentence that is shown; waits for one."""
        self.page.wait_for_selector("#message:not(:empty)")
        return self.page.inner_text("#message")

    def milliliters(self) -> float:
        return float(re.search(r"([\d.]+) ml", self.page.inner_text("#totals"))[1])

    def offsets(self) -> list[float]:
        """Where the three slice views are."""
        names = ("Red", "Green", "Yellow")
        return [self.page.evaluate(f"trame.state.state.{name}__SliderState__value") for name in names]

    def view(self, name: str = "Axial"):
        """Middle and size of a view on the page."""
        corner = self.page.locator(".layout-grid-item", has=self.page.get_by_text(name, exact=True))
        box = corner.bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["width"], box["height"]

    def view_box(self) -> tuple[float, float, float, float]:
        """Middle and size of the view of a clip."""
        box = self.page.locator(".sa-stage").bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["width"], box["height"]

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        (x0, y0), (x1, y1) = start, end
        mouse = self.page.mouse
        mouse.move(x0, y0)
        mouse.down()
        for part in range(1, 7):
            mouse.move(x0 + (x1 - x0) * part / 6, y0 + (y1 - y0) * part / 6)
        mouse.up()

    def download(self, kind: str) -> Download:
        with self.page.expect_download() as started:
            self.click(f"#export-{kind.replace('.', '-')}")
        return started.value

    def save(self, kind: str, folder: Path) -> Path:
        download = self.download(kind)
        path = folder / download.suggested_filename
        download.save_as(path)
        return path
