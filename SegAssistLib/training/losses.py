"""Losses on logits."""

from __future__ import annotations

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

    Where a reference is negative nobody has said what is there, and nothing is learned from it. Dice is
    taken over the whole batch, for each label by itself; its logarithm makes much of a label that is
    nearly missed (Wong et al., MICCAI 2018, with an exponent of 1).
    """

    def forward(self, logits: torch.Tensor, reference: torch.Tensor) -> torch.Tensor:
        """Mean loss of ``(batch, labels, rows, columns)`` logits against references from 0 to 1, or -1."""
        known = (reference >= 0).to(logits.dtype)
        wanted = reference.clamp(min=0)
        cross_entropy = nn.functional.binary_cross_entropy_with_logits(logits, wanted, known, reduction="sum")
        found = logits.sigmoid() * known
        over = (0, 2, 3)
        overlap = 2 * (found * wanted).sum(over) + 1
        dice = overlap / (found.sum(over) + (wanted * known).sum(over) + 1)
        return cross_entropy / known.sum().clamp(min=1) - dice.log().mean()


def union_logits(logits: torch.Tensor) -> torch.Tensor:
    """Logits of "any of these labels", as if each were there or not independently of the others.

    Args:
        logits: ``(batch, labels, rows, columns)``.

    Returns:
        ``(batch, 1, rows, columns)``: the logit of one minus the product of the labels' absences.
    """
    absent = nn.functional.logsigmoid(-logits).sum(dim=1, keepdim=True)  # the logarithm of the product
    absent = absent.clamp(max=-1e-6)
    return torch.log(-torch.expm1(absent)) - absent
