"""Dependencies: which packages of a requirements file are not installed."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
from pathlib import Path

# Several packages bring this module, and two of them side by side break it: whichever is there is enough.
SHARED_MODULES = {"opencv-python-headless": "cv2"}


def missing_requirements(file: Path) -> list[str]:
    """The lines of the file whose package is missing or too old.

    Args:
        file: lines ``name>=version``, comments and empty lines.
    """
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#") and not _is_met(line)]


def _is_met(requirement: str) -> bool:
    name, least = requirement.split(">=")
    if name in SHARED_MODULES and importlib.util.find_spec(SHARED_MODULES[name]):
        return True
    try:
        return _numbers(importlib.metadata.version(name)) >= _numbers(least)
    except importlib.metadata.PackageNotFoundError:
        return False


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]
