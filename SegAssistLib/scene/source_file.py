"""Source file: the file that a volume was read from, and what the scene remembers of it when it is gone."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from slicer import vtkMRMLVolumeNode

from SegAssistLib.image import Image
from SegAssistLib.io.files import NIFTI, ending
from SegAssistLib.io.grid import file_grid
from SegAssistLib.scene.source_grid import is_recorded, lies_on, node_to_ras, record_grid
from SegAssistLib.scene.volumes import volume_grid

HEADER = "SegAssist.NiftiHeader"  # attribute of a volume node: the header of its NIfTI file, as base64


def stored_file(volume: vtkMRMLVolumeNode) -> Path | None:
    """The file that the volume was read from or saved to, where there is one."""
    storage = volume.GetStorageNode()
    name = storage.GetFileName() if storage else None
    return Path(name) if name and Path(name).is_file() else None


def remember_file(volume: vtkMRMLVolumeNode) -> None:
    """Record the grid of the file and, of NIfTI, its header, as long as the file is there.

    A file that has other voxels than the volume, because one of them was exchanged or moved since, is not its
    source. Without one the volume's own grid is recorded: what was counted on it once is counted so again.
    """
    file = stored_file(volume)
    wants_header = file is not None and ending(file) in NIFTI and not volume.GetAttribute(HEADER)
    if is_recorded(volume) and not wants_header:
        return
    stated = file_grid(file) if file is not None else None
    if stated is None or not lies_on(volume, *stated):
        stated, wants_header = (volume_grid(volume), node_to_ras(volume)), False
    if not is_recorded(volume):
        record_grid(volume, *stated)
    if wants_header:
        from SegAssistLib.io import nifti

        volume.SetAttribute(HEADER, base64.b64encode(nifti.bare_header(file)).decode())


@contextmanager
def header_file(volume: vtkMRMLVolumeNode, image: Image) -> Iterator[Path | None]:
    """A file with the header of the volume's NIfTI file, for masks that are written like it.

    Args:
        volume: whose file was remembered by :func:`remember_file`.
        image: what was read from it.

    Yields:
        A file that is there inside the ``with``; None where the volume comes from another kind of file, or
        was moved in the scene since.
    """
    from SegAssistLib.io import nifti

    header = volume.GetAttribute(HEADER)
    if not header:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "header.nii"
        path.write_bytes(base64.b64decode(header))
        yield path if nifti.has_grid(path, image.grid, image.affine) else None
