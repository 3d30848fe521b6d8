"""Scenes: saving everything that is open to one file (.mrb) and opening it again."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote
from xml.etree import ElementTree

from SegAssistLib.errors import InputError
from SegAssistLib.io.archive import unpack
from SegAssistLib.io.discover import SCENE
from SegAssistLib.io.headers import is_header, read_header
from SegAssistLib.scene.nodes import nodes_of_class
from SegAssistLib.scene.source_file import remember_file, stored_file
from SegAssistLib.translation import tr as _

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
            raise InputError(_("The scene cannot be saved; is the server's disk full?"))
    finally:
        scene.SetURL(url)
        scene.SetRootDirectory(root)


def open_scene(scene: vtkMRMLScene, path: Path, folder: Path, limit: int) -> None:
    """Add a saved scene to what is open.

    Args:
        scene: where to.
        path: ``.mrb``.
        folder: a new folder, which nothing needs afterwards.
        limit: bytes that it may unpack to.

    Raises:
        InputError: it is damaged, or wants files from elsewhere.
    """
    unpack(path, folder, limit)
    described = _described(folder)
    if not described:
        raise InputError(
            _("{name} holds no scene; choose a scene that Slicer or SegAssist saved.").format(name=path.name)
        )
    try:
        _check_files(folder, limit)
    except (InputError, ElementTree.ParseError) as error:
        raise InputError(
            _(
                "{name} is damaged or refers to files that are not part of it; save it again with its data."
            ).format(name=path.name)
        ) from error
    scene.SetURL(str(described[0]))
    scene.SetRootDirectory(str(described[0].parent))
    if not scene.Import():
        raise InputError(_("{name} cannot be read in full; save it again.").format(name=path.name))
    for volume in nodes_of_class(scene, "vtkMRMLVolumeNode"):
        if stored_file(volume) is not None and volume.GetImageData() is not None:
            remember_file(volume)


def _described(folder: Path) -> list[Path]:
    """The descriptions of scenes in a folder, that of the whole first."""
    return sorted(folder.rglob("*.mrml"), key=lambda file: len(file.parts))


def _check_files(folder: Path, limit: int, *, inner: bool = False) -> None:
    """A scene names its files, and so do the headers of its volumes, and its sequences, which are scenes too.

    Only its own are read: no others of the server, and none from the web.

    Args:
        folder: the unpacked scene.
        limit: bytes that all may unpack to.
        inner: whether it is a scene in a scene, which holds no third.

    Raises:
        InputError: it refers to others, or a header is damaged.
        ElementTree.ParseError: its description is damaged.
    """
    for described in _described(folder):
        _check_description(described)
    files = [path for path in folder.rglob("*") if path.is_file()]
    room = limit - sum(path.stat().st_size for path in files)
    for path in files:
        if path.suffix.lower() == SCENE:
            if inner:
                raise InputError(_("{name} is a scene in a scene in a scene").format(name=path.name))
            with tempfile.TemporaryDirectory(dir=folder) as name:
                place = Path(name) / "scene"
                unpack(path, place, room)
                _check_files(place, room, inner=True)
                room -= sum(each.stat().st_size for each in place.rglob("*"))
        elif is_header(path):
            read_header(path)


def _check_description(described: Path) -> None:
    root = described.parent.resolve()
    for element in ElementTree.parse(described).iter():
        for attribute, value in element.attrib.items():
            if not attribute.startswith(FILES) or not value:
                continue
            file = unquote(value)
            if "://" in file or not (root / file).resolve().is_relative_to(root):
                raise InputError(
                    _("{name} refers to files that are not part of the scene").format(name=described.name)
                )
