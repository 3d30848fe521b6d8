"""Fixtures of test files that bring their own tasks: a server with their ``bundles``, and its browser."""

from __future__ import annotations

import pytest
from served import WINDOW, Desk, Served


@pytest.fixture(scope="module")
def server(tmp_path_factory, bundles):
    server = Served(tmp_path_factory.mktemp("served"), bundles=bundles)
    yield server
    server.stop()


@pytest.fixture(scope="module")
def context(chromium, server):
    context = chromium.new_context(base_url=server.origin, **WINDOW)
    yield context
    context.close()


@pytest.fixture(scope="module")
def tabs() -> list[Desk]:
    return []
