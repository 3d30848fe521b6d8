"""The page's web socket against whoever interrupts it, and against a page that says what it likes."""

from __future__ import annotations

import re
import signal
import socket
import struct
from collections.abc import Callable

import pytest
from served import UPGRADE, Served, Socket

from SegAssistLib.web.connection import FAILED, SETTABLE


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Served(tmp_path_factory.mktemp("served"))
    yield server
    server.stop()


@pytest.fixture
def page(server, mine):
    with Socket(server, mine) as page:
        page.hello()
        yield page


def plain(server: Served, headers: dict[str, str]) -> None:
    assert server.request("GET", "/ws", headers)[0] == 426


def reset(server: Served, headers: dict[str, str]) -> None:
    _leave(server, headers, struct.pack("ii", 1, 0))


def fin(server: Served, headers: dict[str, str]) -> None:
    _leave(server, headers, struct.pack("ii", 0, 0))


def _leave(server: Served, headers: dict[str, str], linger: bytes) -> None:
    """Ask for the web socket of a server that is busy, and be gone when it answers."""
    server.process.send_signal(signal.SIGSTOP)
    connection = server.begin("GET", "/ws", headers | UPGRADE)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    connection.close()
    server.process.send_signal(signal.SIGCONT)


@pytest.mark.parametrize("interrupt", [plain, reset, fin])
def test_an_interrupted_handshake_leaves_the_web_socket_as_it_was(
    server, mine, page, interrupt: Callable[[Served, dict[str, str]], None]
):
    interrupt(server, mine)
    assert "result" in page.call("trame.state.get")
    with Socket(server, mine) as other:
        assert b" 101 " in other.answer
        other.hello()


@pytest.mark.parametrize("announced", [1, 1 << 30])
def test_a_message_that_announces_more_than_it_brings_is_not_waited_for(page, announced):
    page.send(struct.pack("<III", 1, 0, announced))
    assert page.receive() is None


def test_a_text_is_not_taken_and_not_logged(server, page):
    page.send(b"Doe^Jane", text=True)
    assert page.receive() == 1003
    assert "Doe" not in server.log.read_text()


@pytest.mark.parametrize(
    ("method", "arguments"),
    [
        ("application.exit", ()),
        ("application.exit.later", (0,)),
        ("trame.force.push", ("trame__scripts",)),
        ("trame.rca.push", ("Red", {}, b"")),
    ],
)
def test_what_no_page_calls_cannot_be_called(page, method, arguments):
    assert page.call(method, *arguments)["error"]["message"] == "Unregistered method called"
    assert "result" in page.call("trame.state.get")


def test_a_view_of_absurd_size_does_not_end_the_server(page):
    for size in ({"w": 1e9, "h": 1e9, "p": 1}, {"w": 9000, "h": 10, "p": 10}):
        page.call("trame.rca.size", "Red", "", size)
        for place in range(20):  # it is drawn in between
            page.call("trame.rca.event", "Red", "", {"type": "MouseMove", "x": place, "y": 1})
    assert "result" in page.call("trame.state.get")


def test_a_page_does_not_announce_the_server(server, page):
    for event in ("server_ready", "server_bind", "server_exited"):
        page.call("trame.lifecycle.update", event)
    assert server.log.read_text().count("SegAssist is at") == 1


def test_a_page_sets_what_a_person_chooses_and_nothing_else(page):
    before = page.call("trame.state.get")["result"]["state"]
    keys = ("trame__scripts", "PanelState__missing", "made_up", "PanelState__message")
    page.call("trame.state.update", [{"key": key, "value": "x"} for key in keys])
    after = page.call("trame.state.get")["result"]["state"]
    assert after == before | {"PanelState__message": "x"}


def test_all_that_the_page_sets_can_be_set(page):
    state = page.call("trame.state.get")["result"]["state"]
    templates = "".join(text for key, text in state.items() if key.startswith("trame__template"))
    found = re.findall(r'v-model(?::\w+)?="(\w+__\w+)"', templates)
    found += re.findall(r"\b([A-Z]\w+__\w+) = ", templates)
    assert len(set(found)) > 20
    assert [key for key in found if not SETTABLE.fullmatch(key)] == []


def test_an_error_is_answered_with_a_sentence(server, page):
    answer = page.call("trame.trigger", "say", [], {"name": "Doe^Jane"})
    assert answer["error"] == {"code": -32001, "message": FAILED}
    answer = page.call("trame.rca.event", "Red", "Doe^Jane", None)
    assert answer["error"] == {"code": -32001, "message": FAILED}
    assert "result" in page.call("trame.rca.event", "Doe^Jane", "", {})
    assert "Doe" not in server.log.read_text()
    assert "Traceback" not in server.log.read_text()
