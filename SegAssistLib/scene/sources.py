"""Sources: what can be segmented, as an image: a volume, a clip, or several volumes of a sequence."""

from __future__ import annotations

import numpy as np
from slicer import vtkMRMLNode, vtkMRMLVolumeNode

from SegAssistLib.image import Image
from SegAssistLib.scene.sequences import browser_of, is_clip, pixels_changed, read_frames, shown_volume
from SegAssistLib.scene.source_file import remember_file
from SegAssistLib.scene.volumes import read_volume, volume_affine


def whole(source: vtkMRMLNode) -> vtkMRMLNode:
    """The clip whose frame a volume node shows, or the source itself."""
    return (browser_of(source) or source) if isinstance(source, vtkMRMLVolumeNode) else source


class Images:
    """Reads sources; the clip that was read last is kept: a hundred frames take a tenth of a second."""

    def __init__(self) -> None:
        self._state: tuple[object, ...] = ()
        self._clip: Image | None = None

    def of(self, source: vtkMRMLNode) -> list[Image]:
        """One image, or several of a sequence of volumes.

        Args:
            source: a volume, a sequence or its browser; the volume that shows a clip stands for the clip.

        Raises:
            InputError: it cannot be read.
        """
        source = whole(source)
        if isinstance(source, vtkMRMLVolumeNode):
            remember_file(source)
            return [read_volume(source)]
        if not is_clip(source):
            return read_frames(source)
        state = (source.GetID(), _clip_state(source))
        if self._clip is None or state != self._state:
            (self._clip,), self._state = read_frames(source), state
        return [self._clip]


def pixels_key(source: vtkMRMLNode, image: Image) -> str | None:
    """Changes whenever the pixels or their place do; None for one volume of several.

    VTK counts every change of any object.
    """
    if isinstance(source, vtkMRMLVolumeNode):
        return f"{source.GetID()} {source.GetImageData().GetMTime()} {image.affine.tolist()}"
    return f"{source.GetID()} {_clip_state(source)}" if image.kind == "frames" else None


def _clip_state(source: vtkMRMLNode) -> str:
    shown = shown_volume(source)
    place = np.eye(4) if shown is None else volume_affine(shown)
    return f"{pixels_changed(source)} {place.tolist()}"
