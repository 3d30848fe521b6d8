from __future__ import annotations

import json
import uuid
from contextlib import ExitStack

import pytest
from served import until

from SegAssistLib.web.transfer import MOST_UPLOADS

LIMIT = 3 << 20


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    from served import Served

    server = Served(tmp_path_factory.mktemp("served"), "--max-upload", LIMIT / 2**30)
    yield server
    server.stop()


def form(*files: tuple[str, bytes]) -> tuple[dict[str, str], bytes]:
    """A form as browsers send it: headers and body."""
    boundary = uuid.uuid4().hex
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="file"\r\n\r\n'.encode()
        + content
        + b"\r\n"
        for name, content in files
    ]
    return (
        {"Content-Type": f"multipart/form-data; boundary={boundary}"},
        b"".join(parts) + f"--{boundary}--\r\n".encode(),
    )


def upload(server, mine, *files):
    headers, body = form(*files)
    status, _, text = server.request("POST", "/segassist/upload", mine | headers, body)
    return status, json.loads(text)


def test_two_gigabytes_are_refused_before_they_are_sent(server, mine):
    headers = mine | form()[0] | {"Content-Length": 2 << 30}
    with server.begin("POST", "/segassist/upload", headers) as connection:
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"is more than the 0.00293 GiB" in answer
    assert server.files() == []


def test_a_stream_that_does_not_state_its_size_is_stopped_at_the_limit(server, mine):
    headers, body = form(("scan.nii", bytes(LIMIT + 1)))
    sent = (body[start : start + 65536] for start in range(0, len(body), 65536))
    status, _, text = server.request("POST", "/segassist/upload", mine | headers, sent)
    assert status == 413
    assert "GiB" in json.loads(text)["message"]
    assert server.files() == []


def test_an_upload_that_breaks_off_leaves_nothing(server, mine):
    headers, body = form(("scan.nii", bytes(1 << 20)))
    with server.begin(
        "POST", "/segassist/upload", mine | headers | {"Content-Length": len(body)}
    ) as connection:
        connection.sendall(body[: len(body) // 2])
        until(server.files, "the beginning of the file")
    until(lambda: not list(server.temporary.glob("segassist-*/upload-*")), "the end of the upload")


def test_more_uploads_at_once_than_the_disk_is_to_hold_are_refused_before_they_are_written(server, mine):
    headers, body = form(("scan.nii", bytes(LIMIT // 2)))
    stated = mine | headers | {"Content-Length": LIMIT}
    with ExitStack() as connections:
        for _ in range(MOST_UPLOADS):
            connections.enter_context(server.begin("POST", "/segassist/upload", stated)).sendall(body[:4096])
        until(lambda: len(server.files()) == MOST_UPLOADS, "the beginning of the files")
        status, answer = upload(server, mine, ("scan.nii", b"x"))
        assert (status, answer["message"]) == (
            400,
            "Files that were sent before are still being opened; send these again later.",
        )
        assert len(server.files()) == MOST_UPLOADS
    until(lambda: server.files() == [], "the end of the uploads")


@pytest.mark.parametrize("name", ["../scan.nii", "a/../../scan.nii", "..", "."])
def test_a_name_that_leads_elsewhere_is_refused(server, mine, name):
    status, answer = upload(server, mine, (name, b"x"))
    assert status == 400
    assert answer["message"]
    assert server.files() == []


def test_two_files_of_one_name_are_refused(server, mine):
    assert upload(server, mine, ("scan.nii", b"1"), ("scan.nii", b"2"))[0] == 400
    assert server.files() == []


def test_an_upload_without_files_is_refused(server, mine):
    status, answer = upload(server, mine)
    assert status == 400
    assert answer["message"]


@pytest.mark.parametrize(
    ("kind", "head"),
    [
        ("multipart/form-data; boundary=x", b'name="scan\x1b[31m.nii"'),
        ("multipart/form-data; boundary=x", b'name="scan.nii"\r\nX-Long: ' + bytes([65]) * 100_000),
        ("multipart/form-data", b'name="scan.nii"'),
        ("application/json", b""),
    ],
)
def test_a_damaged_form_is_one_sentence(server, mine, kind, head):
    body = b"--x\r\nContent-Disposition: form-data; " + head + b"\r\n\r\n1\r\n--x--\r\n"
    status, _, text = server.request("POST", "/segassist/upload", mine | {"Content-Type": kind}, body)
    assert (status, json.loads(text)["message"]) == (400, "The upload was not complete; try again.")
    assert server.files() == []


def test_an_address_for_a_download_cannot_be_guessed(server, mine):
    assert server.request("GET", "/segassist/download/..%2f..%2fetc%2fpasswd", mine)[0] == 404
    assert server.request("GET", "/segassist/static/..%2f..%2fapp.py", mine)[0] in (403, 404)
