"""Sample data: made-up images in Slicer's module of that name, for a first look without file or network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import slicer
from slicer.i18n import tr as _

from SegAssistPanels.shown_errors import errors_shown

if TYPE_CHECKING:
    from slicer import vtkMRMLVolumeNode

ICON = Path(__file__).resolve().parents[1] / "Resources" / "Icons" / "SegAssist.png"


def register_samples(ready: Callable[[], bool]) -> None:
    """Offer the images, which are made when they are asked for.

    Args:
        ready: whether the packages are there that the clip needs, after they have been asked for.
    """
    import SampleData

    def add(make: Callable[[], vtkMRMLVolumeNode]) -> None:
        with errors_shown():
            if make is add_head or ready():
                with slicer.util.WaitCursor():
                    slicer.util.setSliceViewerLayers(background=make(), fit=True)

    samples = {_("Made-up head (FLAIR)"): add_head, _("Made-up compression clip"): add_clip}
    for name, make in samples.items():
        SampleData.SampleDataLogic.registerCustomSampleDataSource(
            category="SegAssist",
            sampleName=name,
            uris="",  # nothing is downloaded
            fileNames="",
            nodeNames=name,
            thumbnailFileName=str(ICON),
            customDownloader=lambda _source, make=make: add(make),
        )


def add_head() -> vtkMRMLVolumeNode:
    """Add a head with twelve lesions to the scene."""
    from SegAssistLib.phantom import flair_phantom
    from SegAssistLib.scene.volumes import add_volume

    return add_volume(slicer.mrmlScene, flair_phantom()[0])


def add_clip() -> vtkMRMLVolumeNode:
    """Add an examination to the scene in which a vein is pressed beside its artery."""
    import numpy as np

    from SegAssistLib.image import Image
    from SegAssistLib.scene.sequences import add_clip, shown_volume
    from SegAssistLib.training.ultrasound.simulator import Settings, simulate_clip

    clip = simulate_clip(0, Settings(shape=(256, 256), thrombosed=False, marks=0.0))
    affine = np.diag([-clip.spacing, -clip.spacing, 1, 1])
    image = Image(
        clip.frames, affine, kind="frames", modality="US", frame_rate=clip.frame_rate, name="compression clip"
    )
    return shown_volume(add_clip(slicer.mrmlScene, image))
