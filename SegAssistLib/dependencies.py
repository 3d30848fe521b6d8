"""Dependencies: which packages of a requirements file are not installed, and which may not change."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
from pathlib import Path

# Several packages bring this module, and two of them side by side break it: whichever is there is enough.
SHARED_MODULES = {"opencv-python-headless": "cv2"}
# What Slicer brings and has loaded: another version of it would break Slicer, or its other extensions.
BROUGHT = (
    "numpy",
    "scipy",
    "SimpleITK",
    "pydicom",
    "pillow",
    "requests",
    "packaging",
    "typing_extensions",
)


def missing_requirements(file: Path) -> list[str]:
    """The lines of the file whose package is missing or too old.

    Args:
        file: lines ``name>=version``, comments and empty lines.
    """
    lines = (line.strip() for line in file.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#") and not _is_met(line)]


def constraints() -> list[str]:
    """Lines of a constraints file for pip, by which what Slicer brings stays as it is."""
    return [f"{name}=={version}" for name in BROUGHT if (version := _installed(name)) is not None]


def _is_met(requirement: str) -> bool:
    name, least = requirement.split(">=")
    if name in SHARED_MODULES and importlib.util.find_spec(SHARED_MODULES[name]):
        return True
    version = _installed(name)
    return version is not None and _numbers(version) >= _numbers(least)


def _installed(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]
