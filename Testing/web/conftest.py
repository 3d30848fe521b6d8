"""One Chromium for all of these tests, and one server for each file of them."""

from __future__ import annotations

from collections.abc import Iterator

import nibabel as nib
import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright
from served import CHROMIUM, FLAGS, WINDOW, Desk, Served


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def serve(tmp_path_factory):
    """Start servers that end with the test: ``serve("scan.nii.gz")``."""
    servers = []

    def start(*arguments, **settings) -> Served:
        servers.append(Served(tmp_path_factory.mktemp("served"), *arguments, **settings))
        return servers[-1]

    yield start
    for server in servers:
        if server.process.poll() is None:
            server.stop()


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[Served]:
    """A server with nothing open at first."""
    server = Served(tmp_path_factory.mktemp("served"))
    yield server
    server.stop()


@pytest.fixture(scope="module")
def mine(server) -> dict[str, str]:
    """The headers of the browser that came first, for a file of tests with a server of its own."""
    return server.claim()


@pytest.fixture(scope="session")
def context(chromium, server) -> Iterator[BrowserContext]:
    """The browser that has the server's session."""
    context = chromium.new_context(base_url=server.origin, **WINDOW)
    yield context
    context.close()


@pytest.fixture(scope="session")
def tabs() -> list[Desk]:
    """The page that one test leaves to the next."""
    return []


@pytest.fixture
def desk(context, server, tabs) -> Iterator[Desk]:
    """The page, with nothing open."""
    if not tabs or not tabs[-1].connected():
        tabs.append(Desk(context, server.address))
    desk = tabs[-1]
    desk.close_all()
    yield desk
    print(server.log.read_text())  # pytest shows it when the test failed
    errors, desk.errors = desk.errors, []
    assert errors == []


@pytest.fixture
def scanned(desk, scan) -> Desk:
    """The page, with the phantom open."""
    desk.open(scan)
    return desk


@pytest.fixture
def segmented(scanned) -> Desk:
    """The page, with the phantom segmented."""
    scanned.segment()
    scanned.forget_message()
    return scanned


@pytest.fixture
def big_scan(phantom, tmp_path):
    """A scan that takes some seconds."""
    array = np.repeat(np.repeat(phantom.array, 8, axis=2), 2, axis=0)
    affine = phantom.affine @ np.diag([0.5, 1, 1 / 8, 1])
    path = tmp_path / "big.nii"
    nib.save(nib.Nifti1Image(array, affine), path)
    return path
