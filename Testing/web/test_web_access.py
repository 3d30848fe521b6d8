from __future__ import annotations

import re

import pytest
from served import Served

from SegAssistLib.web.access import Access, is_loopback

UPGRADE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
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


@pytest.fixture(scope="module")
def mine(server) -> dict[str, str]:
    """The headers of the browser that came first."""
    return server.claim()


def test_a_link_on_another_page_does_not_take_the_session(serve):
    server = serve()
    for site in ("cross-site", "same-site"):
        status, headers, text = server.request("GET", "/", {"Sec-Fetch-Site": site})
        assert (status, headers["Set-Cookie"]) == (200, None)
        assert 'href="/"' in text
    server.claim()


def test_the_cookie_cannot_be_read_by_scripts_or_sent_by_other_pages(serve):
    cookie = serve().request("GET", "/")[1]["Set-Cookie"]
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))


def test_only_the_first_browser_gets_in(server, mine):
    assert server.request("GET", "/", mine)[0] == 200
    status, _, text = server.request("GET", "/")
    assert status == 403
    assert "in another browser" in text
    assert "segassist serve --port" in text
    stranger = {"Cookie": f"segassist_{server.port}=guess", "Origin": server.origin}
    for method, path in ROUTES:
        assert server.request(method, path, stranger)[0] == 403, path
    assert server.request("GET", "/ws", stranger | UPGRADE)[0] == 403


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


def test_without_the_token_nothing_is_served(serve):
    server = serve("--host", "0.0.0.0", token="secret-of-the-ward")
    assert "?token=secret-of-the-ward" in server.address
    assert "unencrypted" in server.log.read_text()
    for method, path in ROUTES:
        for headers in ({}, UPGRADE if path == "/ws" else {}):
            assert server.request(method, path, headers | {"Origin": server.origin})[0] in (401, 403), path
    assert server.request("GET", "/?token=wrong")[0] == 401
    mine = server.claim("/?token=secret-of-the-ward")
    assert server.request("GET", "/", mine)[0] == 200
    assert server.request("GET", "/?token=secret-of-the-ward")[0] == 403  # another browser


def test_a_token_is_made_up_for_other_computers(serve):
    server = serve("--host", "0.0.0.0")
    token = re.search(r"token=(\S+)", server.address)[1]
    assert len(token) >= 32
    assert server.request("GET", "/")[0] == 401
    server.claim(f"/?token={token}")


def test_a_server_for_others_is_not_made_without_a_token():
    with pytest.raises(ValueError, match="token"):
        Access("192.168.1.5", 8080, None)


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
