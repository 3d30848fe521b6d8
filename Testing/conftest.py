"""What the tests share: where the annotated images lie, and that they may be absent."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_collection_modifyitems(items):
    if SHARED_DATA.is_dir():
        return
    skip = pytest.mark.skip(reason="the annotated images (../shared/data) are not on this machine")
    for item in items:
        if "shared_data" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def ms_data() -> Path:
    return SHARED_DATA / "ms"


@pytest.fixture(scope="session")
def dicom_data() -> Path:
    return SHARED_DATA / "dicom"
