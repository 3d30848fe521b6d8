"""Images: what the page says of the volumes, clips and still pictures of a scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from SegAssistLib.errors import InputError
from SegAssistLib.image import Kind
from SegAssistLib.scene.sequences import browser_of, clip_state
from SegAssistLib.scene.volumes import is_calibrated, read_volume, volume_affine
from SegAssistLib.web.state import describe_plane, describe_volume

if TYPE_CHECKING:
    from slicer import vtkMRMLVolumeNode


def name_of(volume: vtkMRMLVolumeNode) -> str:
    """What to call a volume, or the clip whose frames it shows."""
    clip = browser_of(volume)
    return clip.GetMasterSequenceNode().GetName() if clip else volume.GetName()


def kind_of(volume: vtkMRMLVolumeNode) -> Kind:
    """What it is; the volume that shows a clip stands for the clip."""
    if browser_of(volume) is not None:
        return "frames"
    try:
        return read_volume(volume).kind
    except InputError:  # a run says what is wrong with it
        return "volume"


def detail_of(volume: vtkMRMLVolumeNode) -> str:
    """Its size, in few words."""
    spacing = np.linalg.norm(volume_affine(volume)[:3, :3], axis=0) if is_calibrated(volume) else None
    grid, clip = volume.GetImageData().GetDimensions(), browser_of(volume)
    if kind_of(volume) == "volume":
        return describe_volume(grid, spacing)
    frames = clip_state(clip).count if clip else 1
    return describe_plane(grid[:2], frames, None if spacing is None else spacing[:2])
