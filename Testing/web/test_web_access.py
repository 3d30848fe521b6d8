from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest
from served import UPGRADE, Served, until

from SegAssistLib.web.access import is_loopback

ROUTES = [
    ("GET", "/"),
    ("GET", "/index.html"),
    ("GET", "/vue.global.js"),
    ("GET", "/segassist/static/page.js"),
    ("GET", "/segassist/download/x"),
    ("POST", "/segassist/upload"),
    ("GET", "/ws"),
    ("GET", "/nothing"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    server = Served(tmp_path_factory.mktemp("served"))
    yield server
    server.stop()


def test_the_cookie_cannot_be_read_by_scripts_or_sent_by_other_pages(serve):
    server = serve()
    cookie = server.request("GET", server.address.removeprefix(server.origin))[1]["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))


def test_only_the_first_browser_gets_in(server, mine):
    assert server.request("GET", "/", mine)[0] == 200
    status, _, text = server.request("GET", server.address.removeprefix(server.origin))
    assert status == 403
    assert "in another browser" in text
    assert "segassist serve --port" in text
    stranger = {"Cookie": f"segassist_{server.port}=guess", "Origin": server.origin}
    for method, path in ROUTES:
        assert server.request(method, path, stranger)[0] == 401, path
    assert server.request("GET", "/ws", stranger | UPGRADE)[0] == 401


def test_a_request_for_another_host_is_refused(server, mine):
    assert server.request("GET", "/", mine | {"Host": f"localhost:{server.port}"})[0] == 200
    for host in ("evil.example", f"evil.example:{server.port}", "127.0.0.1.evil.example", ""):
        assert server.request("GET", "/", mine | {"Host": host})[0] in (400, 403), host


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "", "http://127.0.0.1:1"])
def test_another_page_can_neither_connect_nor_upload(server, mine, origin):
    headers = mine | {"Origin": origin}
    assert server.request("GET", "/ws", headers | UPGRADE)[0] == 403
    assert server.request("POST", "/segassist/upload", headers, b"x")[0] == 403


def test_the_own_page_can_connect(server, mine):
    with server.begin("GET", "/ws", mine | UPGRADE) as connection:
        assert connection.recv(65536).startswith(b"HTTP/1.1 101")


def test_every_answer_keeps_the_browser_to_this_server(server, mine):
    for path in ("/", "/segassist/static/page.js", "/nothing"):
        headers = server.request("GET", path, mine)[1]
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


def test_a_port_that_is_taken_is_one_sentence(server, segassist):
    ended = segassist("serve", "--no-open", "--port", server.port)
    assert (ended.code, ended.out) == (2, "")
    assert re.fullmatch(rf"segassist: Cannot listen on 127.0.0.1 port {server.port} .*--port\.\n", ended.err)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_without_the_token_nothing_is_served(serve, host):
    server = serve("--host", host, token="secret of the ward&c.")
    assert server.address.endswith("/?token=secret+of+the+ward%26c.")
    assert ("unencrypted" in server.log.read_text()) is (host == "0.0.0.0")
    for method, path in ROUTES:
        for headers in ({}, UPGRADE if path == "/ws" else {}):
            assert server.request(method, path, headers | {"Origin": server.origin})[0] == 401, path
    for wrong in ("wrong", "", "%ff", "secret+of+the+ward"):
        assert server.request("GET", f"/?token={wrong}")[0] == 401
    mine = server.claim()
    assert server.request("GET", "/", mine)[0] == 200
    assert server.request("GET", "/", mine | {"Cookie": f"segassist_{server.port}=\xff"})[0] == 401
    assert server.request("GET", server.address.removeprefix(server.origin))[0] == 403  # another browser


def test_a_token_is_made_up(serve):
    server = serve()
    assert len(re.search(r"token=(\S+)", server.address)[1]) >= 32
    server.claim()


def test_a_token_that_can_be_guessed_is_one_sentence(segassist):
    ended = segassist("serve", "--no-open", "--token", "1234")
    assert (ended.code, ended.out) == (2, "")
    assert re.fullmatch("segassist: A token of less than 16 characters .*\n", ended.err)


def test_the_arguments_of_the_opened_browser_do_not_hold_the_token(serve, tmp_path, monkeypatch):
    noted = tmp_path / "noted"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\nprintf %s "$1" > {noted}.part && mv {noted}.part {noted}\n')
    browser.chmod(0o700)
    monkeypatch.setenv("BROWSER", f"{browser} %s")
    server = serve(opened=True)
    until(noted.exists, "the browser")
    page = Path(url2pathname(urlsplit(noted.read_text()).path))
    assert f"0;url={server.address}" in page.read_text()
    assert page.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("localhost", True),
        ("::1", True),
        ("[::1]", True),
        ("127.9.9.9", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.0.2", False),
        ("localhost.evil.example", False),
        ("", False),
    ],
)
def test_which_hosts_are_this_computer(host, local):
    assert is_loopback(host) is local
