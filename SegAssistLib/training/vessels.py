"""Vessels: the recipe for single ultrasound frames, real ones with partial labels and simulated ones."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from SegAssistLib.cases import split_folds
from SegAssistLib.errors import InputError
from SegAssistLib.inference.segment import predict
from SegAssistLib.inference.torch_backend import NetworkBackend
from SegAssistLib.networks import exclusive_definition
from SegAssistLib.partial_frames import Frame, read_frames
from SegAssistLib.prepare import FrameSettings, prepare
from SegAssistLib.task import Task
from SegAssistLib.training.frame_augmentation import ultrasound_augmentation
from SegAssistLib.training.frame_scores import HeldOutFrame, judge
from SegAssistLib.training.frames import FrameExamples
from SegAssistLib.training.losses import LogDiceBCELoss, union_logits
from SegAssistLib.training.parts import usual_jobs
from SegAssistLib.training.recipe import Outcome, Recipe, Report
from SegAssistLib.training.simulated_frames import Simulation, simulated_frames
from SegAssistLib.translation import tr as _

SMALL = "SlimUNet"  # what ships; other networks see frames as large as their publications state
SMALL_SIZE, PUBLISHED_SIZE = 256, 512  # pixels of the longer side
# leaves 30 frames a second even at 512 x 512 on two cores, with all else that a frame costs
SMALL_WIDTH = {"channels": [16, 32, 64, 128, 192], "blocks": [0, 0, 1, 2, 2]}


class VesselLoss(nn.Module):
    """BCE and log-Dice of artery, vein, and "any vessel", each where it is known."""

    def __init__(self) -> None:
        super().__init__()
        self.loss = LogDiceBCELoss()

    def forward(self, logits: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
        """Mean loss of ``(batch, 2, rows, columns)`` logits against three reference channels."""
        return self.loss(torch.cat([logits, union_logits(logits)], dim=1), reference)


class VesselRecipe(Recipe):
    """Real frames with partial labels and simulated ones with all; judged by recording.

    Attributes:
        cases: the real frames.
    """

    cases: list[Frame]

    def __init__(
        self,
        task: Task,
        data: Path,
        network: str,
        simulated: int = 4000,
        share: float = 0.45,
        judged: int = 40,
    ) -> None:
        """Read the annotated frames in ``data``.

        Args:
            task: finds artery and vein, in this order.
            data: see :func:`~SegAssistLib.partial_frames.read_frames`.
            network: name.
            simulated: number of simulated frames to learn from.
            share: of simulated examples.
            judged: simulated frames that each fold is judged with.

        Raises:
            InputError: unusable data, or a task that looks for something else.
        """
        if [label.name for label in task.labels] != ["artery", "vein"] or not isinstance(
            task.planes, FrameSettings
        ):
            raise InputError(
                _("The task {task} does not look for artery and vein in frames; choose another.").format(
                    task=task.name
                )
            )
        self.task, self.network = task, network
        self.cases = read_frames(data)
        self.loss: nn.Module = VesselLoss()
        self.simulated, self.share, self.judged = simulated, share, judged
        self._simulated: list[Frame] = []
        self.choose()

    def choose(self, size: int | None = None, **options: Any) -> None:
        """Take the pixels of a frame's longer side; by default what suits the network."""
        super().choose(**options)
        self.size = size or (SMALL_SIZE if self.network == SMALL else PUBLISHED_SIZE)
        self.task = replace(self.task, planes=replace(self.task.planes, size=self.size))

    @property
    def definition(self) -> dict[str, Any]:
        """The task's channels, the small network as wide as its time allows, and no pixel of two vessels."""
        width = SMALL_WIDTH if self.network == SMALL else {}
        network = {**super().definition, "in_channels": self.task.planes.channels, **width}
        return exclusive_definition(network)

    def load(self, folder: Path, seed: int, report: Report) -> None:
        """Simulate, or load what an earlier start simulated into ``folder/simulated``."""
        simulation = Simulation(self.simulated, self.size, seed=seed)
        self._simulated = simulated_frames(
            self.cases, simulation, folder / "simulated", usual_jobs("cpu"), report
        )

    def folds(self, number: int) -> list[list[Frame]]:
        """Whole recordings, and simulated frames with their looks."""
        folds = split_folds(self.cases, number)
        for fold in folds:
            hidden = {frame.patient for frame in fold}
            alike = [frame for frame in self._simulated if frame.patient in hidden]
            fold += alike[: self.judged]
        return folds

    def examples(self, hidden: Collection[Frame], seed: int) -> FrameExamples:
        """Frames, real and simulated, of which nothing comes from the patients of ``hidden``."""
        patients = {frame.patient for frame in hidden}
        frames = [frame for frame in (*self.cases, *self._simulated) if frame.patient not in patients]
        augment = ultrasound_augmentation(self.size)
        return FrameExamples(frames, self.task, augment, self.share, seed)

    def hold_out(self, case: Frame, network: nn.Module, device: str) -> HeldOutFrame:
        """Predict a frame that ``network`` was not trained on, once, as playback does."""
        prepared = prepare(case.image, self.task.preparation)
        probabilities = predict(prepared, self.task, NetworkBackend(network, device), "quick")
        return HeldOutFrame(case, np.ascontiguousarray(probabilities[..., 0]))

    def judge(self, held_out: list[list[HeldOutFrame]]) -> Outcome:
        """See :func:`~SegAssistLib.training.frame_scores.judge`."""
        return judge(held_out, self.task.labels, self.task.components)

    def record(self) -> dict[str, Any]:
        """How examples are drawn."""
        return {
            "planes": asdict(self.task.planes),
            "simulated_frames": self.simulated,
            "simulated_share": self.share,
        }
