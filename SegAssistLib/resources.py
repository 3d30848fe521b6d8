"""Where the files lie that come with the code but are not code."""

from __future__ import annotations

from pathlib import Path


def bundles_folder() -> Path:
    """The folder that holds the task bundles, one subfolder each.

    ``Resources/`` lies inside the package when pip has installed it, and beside the package in a
    source tree and in a Slicer extension.

    Raises:
        FileNotFoundError: the installation has lost its ``Resources`` folder.
    """
    package = Path(__file__).resolve().parent
    for parent in (package, package.parent):
        folder = parent / "Resources" / "Bundles"
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"{package}: no Resources/Bundles inside or beside it; install SegAssist again.")
