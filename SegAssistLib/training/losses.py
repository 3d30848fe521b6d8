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
