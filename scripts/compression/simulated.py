"""Simulated clips: with seeds that no training uses, segmented and measured as the product does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from compression.judging import judge_clip
from SegAssistLib.image import Image
from SegAssistLib.inference import segment
from SegAssistLib.inference.segment import Quality
from SegAssistLib.io import read_image
from SegAssistLib.io.colour import frame_of, to_grey
from SegAssistLib.results import measure_of, write_results
from SegAssistLib.task import read_task
from SegAssistLib.training.ultrasound.simulator import Settings, SimulatedClip, simulate_clip
from SegAssistLib.training.ultrasound.style import Style, measure_style

SIMULATED = "simulated"  # the look of a clip that has no picture's
SEED = 1_000_003  # training simulates its frames with other seeds, of two numbers each; these have three


@dataclass(frozen=True)
class SimulatedRun:
    """How clips are simulated, and with what they are segmented.

    Attributes:
        bundle: folder of the task.
        size: columns and rows.
        frames: of a clip.
        quality: as ``segment`` takes it.
        looks: pictures whose look every second clip gets.
        seed: other seeds give other clips.
        keep: folder for tables, overlay and curve of every clip; None keeps nothing.
    """

    bundle: Path
    size: int
    frames: int
    quality: Quality
    looks: Sequence[Path] = ()
    seed: int = 0
    keep: Path | None = None

    def __call__(self, number: int) -> dict[str, Any]:
        """Simulate clip ``number``, segment and measure it, and return its row.

        Clips with even numbers are healthy, the others thrombosed. Of each kind every second has the look
        of a picture.
        """
        style, look = None, SIMULATED
        if number // 2 % 2 and self.looks:
            path = self.looks[number // 4 % len(self.looks)]
            style, look = _style_of(path), path.stem
        settings = Settings(
            shape=(self.size, self.size), frames=self.frames, thrombosed=bool(number % 2), style=style
        )
        clip = simulate_clip(np.random.default_rng([SEED, self.seed, number]), settings)
        image = _image_of(clip, f"clip{number:03d}")
        task = read_task(self.bundle)
        segmentation = segment(image, task, quality=self.quality)
        findings = measure_of(task).measure(segmentation, task, image)
        if self.keep is not None:
            write_results(self.keep, image, segmentation, findings, task, ("csv", "png"))
        return {"clip": image.name, "look": look, **judge_clip(clip, segmentation.array, findings)}


def _style_of(path: Path) -> Style:
    """The look of a picture file."""
    picture = frame_of(read_image(path), 0)
    grey = picture if picture.ndim == 2 else to_grey(picture)
    return measure_style(np.ascontiguousarray(grey.T))


def _image_of(clip: SimulatedClip, name: str) -> Image:
    """The clip as reading a file would give it."""
    return Image(
        clip.frames,
        np.diag([clip.spacing, clip.spacing, 1.0, 1.0]),
        kind="frames",
        modality="US",
        frame_rate=clip.frame_rate,
        name=name,
    )
