"""Scenes: saving everything that is open to one file (.mrb) and opening it again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote
from xml.etree import ElementTree

from SegAssistLib.errors import InputError
from SegAssistLib.io.archive import unpack

if TYPE_CHECKING:
    from slicer import vtkMRMLScene

FILES = ("fileName", "fileListMember", "uri")  # attributes of a node, or their beginnings


def save_scene(scene: vtkMRMLScene, path: Path) -> None:
    """Write the scene with all its data.

    Raises:
        InputError: it cannot be written.
    """
    url, root = scene.GetURL(), scene.GetRootDirectory()
    try:
        scene.SetURL(str(path))
        scene.SetRootDirectory(str(path.parent))
        if not scene.WriteToMRB(str(path)):
            raise InputError("The scene cannot be saved; is the server's disk full?")
    finally:
        scene.SetURL(url)
        scene.SetRootDirectory(root)


def open_scene(scene: vtkMRMLScene, path: Path, folder: Path, limit: int) -> None:
    """Add a saved scene to what is open.

    Args:
        scene: where to.
        path: ``.mrb``.
        folder: a new folder, which has to stay as long as the scene does.
        limit: bytes that it may unpack to.

    Raises:
        InputError: it is damaged, or wants files from elsewhere.
    """
    unpack(path, folder, limit)
    described = sorted(folder.rglob("*.mrml"), key=lambda file: len(file.parts))
    if not described:
        raise InputError(f"{path.name} holds no scene; choose a scene that Slicer or SegAssist saved.")
    _check_files(described[0], path.name)
    scene.SetURL(str(described[0]))
    scene.SetRootDirectory(str(described[0].parent))
    if not scene.Import():
        raise InputError(f"{path.name} cannot be read in full; save it again.")


def _check_files(described: Path, name: str) -> None:
    """A scene names its files. Only its own are read: no others of the server, and none from the web."""
    try:
        elements = list(ElementTree.parse(described).iter())
    except ElementTree.ParseError as error:
        raise InputError(f"{name} is damaged; save it again.") from error
    root = described.parent.resolve()
    for element in elements:
        for attribute, value in element.attrib.items():
            if not attribute.startswith(FILES) or not value:
                continue
            file = unquote(value)
            if "://" in file or not (root / file).resolve().is_relative_to(root):
                raise InputError(f"{name} refers to files that are not part of it; save it with its data.")
