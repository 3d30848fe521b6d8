"""X-rays: the recipe for opacities and lungs from masks, boxes, negatives, and labels of whole pictures."""

from __future__ import annotations

import zlib
from collections.abc import Collection
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.inference.segment import derive_labels, predict
from SegAssistLib.inference.torch_backend import NetworkBackend
from SegAssistLib.io.files import check_writable, writing
from SegAssistLib.measure.pooling import ImageLevel
from SegAssistLib.prepare import FrameSettings, prepare
from SegAssistLib.results.opacity import NAMES
from SegAssistLib.task import Task
from SegAssistLib.training.losses import LogDiceBCELoss
from SegAssistLib.training.lung_outlines import find_lungs
from SegAssistLib.training.recipe import Outcome, Recipe, Report
from SegAssistLib.training.synthetic_opacities import SEVERE, add_opacities
from SegAssistLib.training.xray_augmentation import xray_augmentation
from SegAssistLib.training.xray_cases import MASKS, XRay, read_xrays
from SegAssistLib.training.xray_examples import XRayExamples, resized
from SegAssistLib.training.xray_scores import THRESHOLDS, HeldOutXRay, dice_of, judge
from SegAssistLib.translation import tr as _

SMALL = "SlimUNet"  # what ships
SMALL_WIDTH = {"channels": [16, 32, 64, 128, 192], "blocks": [0, 0, 1, 2, 2]}
PUBLISHED = "DoubleConvUNet"  # with these settings the network of the system that this task comes from
# Batch norm's momentum is in PyTorch's convention: running means are nine parts the last batch.
PUBLISHED_WIDTH = {"channels": [64, 128, 256, 512], "negative_slope": 0.03, "momentum": 0.9}
PUBLISHED_PLANES = {"percentiles": (0.0, 100.0), "border": 32, "tile": 192, "overlap": 64}
TAUGHT = 1000  # X-rays at most whose lungs are outlined: it takes a tenth of a second each


class XRayLoss(nn.Module):
    """BCE and log-Dice of opacity and lungs where they are known, and BCE of the whole picture's probability.

    That probability is pooled as :class:`~SegAssistLib.measure.pooling.ImageLevel` does it in use, so that a
    label of a whole picture teaches its pixels (multiple-instance learning). A doubtful label asks for a
    probability between 0 and 1.
    """

    def __init__(self, sharpness: float, dice: bool = True, weight: float = 0.3) -> None:
        """Set the sharpness of the pooling, whether Dice counts, and the weight of whole pictures."""
        super().__init__()
        self.sharpness, self.weight, self.dice = sharpness, weight, dice
        self.pixels = LogDiceBCELoss()

    def forward(self, logits: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
        """Mean loss of ``(batch, 3, rows, columns)`` logits against four reference channels."""
        located, whole = reference[:, :-1], reference[:, -1, 0, 0]
        pixels = self.pixels(logits, located) if self.dice else _cross_entropy(logits, located)
        picture = _cross_entropy(pooled_logit(logits[:, 0], self.sharpness), whole)
        return pixels + self.weight * picture


def pooled_logit(logits: torch.Tensor, sharpness: float) -> torch.Tensor:
    """:meth:`ImageLevel.pooled` of each picture, ``(batch,)``, from logits ``(batch, rows, columns)``.

    Without the bounds of that, at which what is surely wrong would learn nothing: the pooled value and what
    it lacks to 1 are computed each by itself, so that neither vanishes beside the other.
    """
    pixels = logits.flatten(1).double()
    value = _log_mean_exp(pixels.sigmoid(), sharpness)
    rest = _log_mean_exp((-pixels).sigmoid(), -sharpness)
    return (value.log() - rest.log()).to(logits.dtype)


def _log_mean_exp(values: torch.Tensor, sharpness: float) -> torch.Tensor:
    """Soft maximum of each row of ``(batch, pixels)``, a minimum for a negative sharpness; exact near 0."""
    return torch.expm1(sharpness * values).mean(dim=1).log1p() / sharpness


def _cross_entropy(logits: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
    """Mean binary cross-entropy where the reference is not negative."""
    known = (reference >= 0).to(logits.dtype)
    loss = nn.functional.binary_cross_entropy_with_logits(
        logits, reference.clamp(min=0), known, reduction="sum"
    )
    return loss / known.sum().clamp(min=1)


class XRayRecipe(Recipe):
    """X-rays of four kinds of annotation, and synthetic opacities in the lungs of the negatives.

    Nobody has outlined lungs here: :func:`~SegAssistLib.training.lung_outlines.find_lungs` does where it is
    plausible, and synthetic opacities then hide lungs whose outline is known.

    Attributes:
        cases: all X-rays.
    """

    cases: list[XRay]

    def __init__(self, task: Task, data: Path, network: str, synthetic: float = 0.5) -> None:
        """Read what is annotated in ``data``.

        Args:
            task: finds opacity, right and left lung, in this order.
            data: see :func:`~SegAssistLib.training.xray_cases.read_xrays`.
            network: name.
            synthetic: share of clear X-rays with known lungs that get synthetic opacities.

        Raises:
            InputError: unusable data, or a task that looks for something else.
        """
        if tuple(label.name for label in task.labels) != NAMES or not isinstance(task.planes, FrameSettings):
            raise InputError(
                _("The task {task} does not look for {choices}; choose another.").format(
                    task=task.name, choices=", ".join(NAMES)
                )
            )
        published = network == PUBLISHED
        planes = replace(task.planes, **PUBLISHED_PLANES) if published else task.planes
        self.task = replace(task, planes=planes)
        self.network = network
        self.cases = read_xrays(data)
        self.level = task.image_level or ImageLevel()
        self.loss: nn.Module = XRayLoss(self.level.sharpness, dice=not published)
        self.synthetic = synthetic
        self._lungs: dict[str, np.ndarray] = {}

    @property
    def definition(self) -> dict[str, Any]:
        """The task's channels, and the width of the network."""
        width = {SMALL: SMALL_WIDTH, PUBLISHED: PUBLISHED_WIDTH}.get(self.network, {})
        return {**super().definition, "in_channels": self.task.planes.channels, **width}

    def load(self, folder: Path, _seed: int, report: Report) -> None:
        """Outline the lungs of clear X-rays, or load what an earlier start kept in ``folder/lungs.npz``."""
        file = folder / "lungs.npz"
        clear = [xray for xray in self.cases if xray.clear][:TAUGHT]
        if not file.exists():
            report(f"outlining the lungs of {len(clear)} X-rays")
            found = {}
            for xray in clear:
                picture = self.task.planes.picture(xray.image(), 0)
                lungs = find_lungs(picture)
                if lungs is not None:
                    found[xray.name] = resized(lungs, self.task.planes.working_size(*picture.shape))
            report(f"{len(found)} of them have a plausible outline")
            check_writable(folder)
            with writing(file) as temporary, temporary.open("wb") as stream:
                np.savez_compressed(stream, **found)
        names = {xray.name for xray in self.cases}
        with np.load(file) as kept:
            self._lungs = {name: kept[name] for name in kept if name in names}

    def examples(self, hidden: Collection[XRay], seed: int) -> XRayExamples:
        """X-rays of all but the patients of ``hidden``."""
        patients = {xray.patient for xray in hidden}
        xrays = [xray for xray in self.cases if xray.patient not in patients]
        augment = xray_augmentation(self.task.planes.size)
        return XRayExamples(xrays, self._lungs, self.task, augment, self.synthetic, seed)

    def hold_out(self, case: XRay, network: nn.Module, device: str) -> HeldOutXRay:
        """Predict an X-ray that ``network`` was not trained on; a clear one also with severe opacities."""
        backend = NetworkBackend(network, device)
        image = case.image()
        probabilities = self._predict(image, backend)
        masks = self._opacities(probabilities)
        dice = None
        if case.located and not case.clear:
            shape = image.grid[:2]
            reference = case.reference(shape) == 1 if case.source == MASKS else case.box_mask(shape)
            dice = np.array([dice_of(mask, reference) for mask in masks])
        scores: dict[str, Any] = {}
        lungs = self._lungs.get(case.name) if case.clear else None
        if lungs is not None:
            rng = np.random.default_rng(zlib.crc32(case.name.encode()))
            picture = self.task.planes.picture(image, 0)
            lungs = resized(lungs, picture.shape)
            drawn, opacity = add_opacities(self.task.planes.scaled(picture)[0], lungs > 0, rng, SEVERE)
            severe = replace(image, array=np.ascontiguousarray(drawn.T)[:, :, None])
            hidden = self._predict(severe, backend)
            scores = {
                "lungs": dice_of((probabilities[1:] > 0.5).any(axis=0), lungs.T > 0),
                "hidden_lungs": dice_of((hidden[1:] > 0.5).any(axis=0), lungs.T > 0),
                "hidden_opacity": np.array(
                    [dice_of(mask & (opacity.T >= 0), opacity.T == 1) for mask in self._opacities(hidden)]
                ),
            }
        return HeldOutXRay(
            case,
            self.level.pooled(probabilities[0]),
            dice,
            np.array([mask.mean() for mask in masks]),
            **scores,
        )

    def judge(self, held_out: list[list[HeldOutXRay]]) -> Outcome:
        """See :func:`~SegAssistLib.training.xray_scores.judge`."""
        return judge(held_out, self.level.sharpness)

    def record(self) -> dict[str, Any]:
        """How examples are drawn."""
        return {
            "planes": asdict(self.task.planes),
            "synthetic_share": self.synthetic,
            "lungs_outlined": len(self._lungs),
            "sources": {
                name: sum(xray.source == name for xray in self.cases) for name in _sources(self.cases)
            },
        }

    def _predict(self, image: Image, backend: NetworkBackend) -> np.ndarray:
        """Probabilities ``(labels, columns, rows)``."""
        prepared = prepare(image, self.task.preparation)
        return predict(prepared, self.task, backend, "quick")[..., 0]

    def _opacities(self, probabilities: np.ndarray) -> list[np.ndarray]:
        """The opacity mask at each of ``THRESHOLDS``, bool ``(columns, rows)``, as inference gives it."""
        fewest = self.task.components.fewest(None, probabilities.shape[1:])
        found = probabilities[:1, ..., None].astype(np.float32)
        return [
            derive_labels(
                found, (replace(self.task.labels[0], threshold=threshold),), fewest, self.task.connectivity
            )[..., 0]
            > 0
            for threshold in THRESHOLDS
        ]


def _sources(xrays: Collection[XRay]) -> list[str]:
    return sorted({xray.source for xray in xrays})
