"""FCN: the fully convolutional network that others are compared with."""

from __future__ import annotations

import torch
from torch import nn

from SegAssistLib.networks.blocks import enlarge
from SegAssistLib.networks.resnet34 import ResNet34Encoder


class FCN(nn.Module):
    """FCN-8s (Long, Shelhamer, Darrell, CVPR 2015) on a ResNet-34 instead of a VGG-16.

    Scores at 1/32, 1/16 and 1/8 of the size are summed from the coarsest up and enlarged eight times.

    Shapes:
        input ``(batch, in_channels, rows, columns)``, rows and columns multiples of 32;
        output ``(batch, out_channels, rows, columns)``, logits (no sigmoid).
    """

    def __init__(self, in_channels: int = 3, out_channels: int = 1) -> None:
        """Build the network for so many input channels and labels."""
        super().__init__()
        self.encoder = ResNet34Encoder(in_channels)
        self.scores = nn.ModuleList(
            nn.Conv2d(channels, out_channels, 1) for channels in ResNet34Encoder.channels[:1:-1]
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the logits of ``(batch, in_channels, rows, columns)``."""
        total = None
        for features, score in zip(self.encoder(x)[:1:-1], self.scores, strict=True):
            scored = score(features)
            total = scored if total is None else scored + enlarge(total, 2)
        return enlarge(total, 8)
