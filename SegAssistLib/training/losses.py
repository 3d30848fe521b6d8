"""Losses on logits."""

from __future__ import annotations

from collections.abc import Callable

import torch
from monai.losses import DiceLoss
from torch import nn


class DiceBCELoss(nn.Module):
    """Binary cross-entropy plus soft Dice over the whole batch, both on logits.

    Dice over the batch rather than each picture, so that pictures without a lesion do not jump
    between loss 0 and 1 for a single voxel.
    """

    def __init__(self, dice_weight: float = 1.0) -> None:
        super().__init__()
        self.dice = DiceLoss(sigmoid=True, batch=True, smooth_nr=1.0, smooth_dr=1.0)
        self.dice_weight = dice_weight

    def forward(self, logits: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
        """Mean loss of ``(batch, labels, rows, columns)`` logits against references from 0 to 1."""
        cross_entropy = nn.functional.binary_cross_entropy_with_logits(logits, reference)
        return cross_entropy + self.dice_weight * self.dice(logits, reference)


class LogDiceBCELoss(nn.Module):
    """Binary cross-entropy minus the logarithm of soft Dice, for labels of which only some are annotated.

    Where a reference is negative nobody has said what is there, and nothing is learned from it. The
    logarithm makes much of a label that is nearly missed (Wong et al., MICCAI 2018, with an exponent of 1).
    Dice is taken, for each label by itself, over the whole batch, where what is found for nothing counts, and
    over each picture that holds the label, where a small thing counts as much as a large one; half each.
    """

    def forward(self, logits: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
        """Mean loss of ``(batch, labels, rows, columns)`` logits against references from 0 to 1, or -1."""
        known = (reference >= 0).to(logits.dtype)
        wanted = reference.clamp(min=0)
        cross_entropy = nn.functional.binary_cross_entropy_with_logits(logits, wanted, known, reduction="sum")
        found = logits.sigmoid() * known
        held = (wanted.sum((2, 3)) > 0).to(logits.dtype)
        of_pictures = (_log_dice(found, wanted, (2, 3)) * held).sum() / held.sum().clamp(min=1)
        of_batch = _log_dice(found, wanted, (0, 2, 3)).mean()
        return cross_entropy / known.sum().clamp(min=1) - 0.5 * (of_batch + of_pictures)


def _log_dice(found: torch.Tensor, wanted: torch.Tensor, over: tuple[int, ...]) -> torch.Tensor:
    overlap = 2 * (found * wanted).sum(over) + 1
    return (overlap / (found.sum(over) + wanted.sum(over) + 1)).log()


def union_logits(logits: torch.Tensor) -> torch.Tensor:
    """Logits of "any of these labels", of which a pixel has at most one.

    Args:
        logits: ``(batch, labels, rows, columns)``, as :class:`~SegAssistLib.networks.exclusive.Exclusive`
            gives them: their probabilities add up to no more than 1.

    Returns:
        ``(batch, 1, rows, columns)``: the logit of the sum of the labels' probabilities.
    """
    any_of_them = torch.logsumexp(nn.functional.logsigmoid(logits), dim=1, keepdim=True).clamp(max=-1e-6)
    return any_of_them - torch.log(-torch.expm1(any_of_them))


class EveryStage(nn.Module):
    """A loss for networks that answer several times, each answer behind the last along the channels.

    Every answer is compared with the one reference; of a network that answers once it is the loss itself.
    """

    def __init__(self, loss: nn.Module) -> None:
        super().__init__()
        self.loss = loss

    def forward(self, logits: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
        """Mean loss of ``(batch, answers x labels, ...)`` logits against ``(batch, labels, ...)``."""
        return self.loss(logits, reference.repeat(1, logits.shape[1] // reference.shape[1], 1, 1))


def iou_loss() -> nn.Module:
    """One minus soft IoU (Jaccard) over the whole batch, on logits, by MONAI."""
    return DiceLoss(sigmoid=True, jaccard=True, batch=True, smooth_nr=1.0, smooth_dr=1.0)


# for labels that are annotated everywhere, by name
LOSSES: dict[str, Callable[[], nn.Module]] = {
    "dice-bce": DiceBCELoss,
    "log-dice-bce": LogDiceBCELoss,
    "iou": iou_loss,
}
