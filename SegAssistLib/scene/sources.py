"""Sources: what can be segmented, as an image: a volume, a clip, or several volumes of a sequence."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from slicer import vtkMRMLNode, vtkMRMLVolumeNode

from SegAssistLib.image import Image
from SegAssistLib.io.padding import without_padding
from SegAssistLib.scene.sequences import browser_of, is_clip, pixels_changed, read_frames, shown_volume
from SegAssistLib.scene.source_file import remember_file
from SegAssistLib.scene.volumes import read_volume, volume_affine


def whole(source: vtkMRMLNode) -> vtkMRMLNode:
    """The clip whose frame a volume node shows, or the source itself."""
    return (browser_of(source) or source) if isinstance(source, vtkMRMLVolumeNode) else source


class Images:
    """Reads sources as ``io`` reads their files; what takes long is kept of the one that was read last.

    A hundred frames of a clip take a tenth of a second, and so does the padding of a scan.
    """

    def __init__(self) -> None:
        self._looked_at: str | None = None
        self._filled: np.ndarray | None = None
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
            return [self._without_padding(source, read_volume(source))]
        if not is_clip(source):
            return read_frames(source)
        state = (source.GetID(), _clip_state(source))
        if self._clip is None or state != self._state:
            (self._clip,), self._state = read_frames(source), state
        return [self._clip]

    def _without_padding(self, source: vtkMRMLVolumeNode, image: Image) -> Image:
        """The image with air where nothing was measured, if it is a volume; the scene's voxels stay."""
        if image.kind != "volume":
            return image
        key = pixels_key(source, image)
        if key != self._looked_at:
            filled = without_padding(image.array)
            self._looked_at, self._filled = key, None if filled is image.array else filled
        return image if self._filled is None else replace(image, array=self._filled)


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
