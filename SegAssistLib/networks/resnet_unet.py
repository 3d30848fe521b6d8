"""ResNetUNet: a UNet whose encoder is a ResNet-34, as published for vessels in ultrasound."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from SegAssistLib.networks.blocks import conv_norm_relu
from SegAssistLib.networks.resnet34 import ResNet34Encoder


class _Up(nn.Module):
    """Twice the size, joined with the encoder's features of that size, and two 3x3 convolutions."""

    def __init__(self, lower: int, skip: int, out: int) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(conv_norm_relu(lower + skip, out), conv_norm_relu(out, out))

    def forward(self, x: torch.Tensor, skip: torch.Tensor | None) -> torch.Tensor:
        x = nn.functional.interpolate(x, scale_factor=2.0, mode="nearest")
        return self.convolutions(x if skip is None else torch.cat([x, skip], dim=1))


class ResNetUNet(nn.Module):
    """UNet decoder on a ResNet-34 encoder, 24 million weights.

    Shapes:
        input ``(batch, in_channels, rows, columns)``, rows and columns multiples of 32;
        output ``(batch, out_channels, rows, columns)``, logits (no sigmoid).
    """

    encoder_parts = ("encoder",)

    def __init__(
        self,
        in_channels: int = 3,
        out_channels: int = 1,
        channels: Sequence[int] = (256, 128, 64, 32, 16),
    ) -> None:
        """Build the network.

        Args:
            in_channels: 1 for grey pictures, 3 for colour.
            out_channels: one a label.
            channels: of each level on the way up, coarsest first.
        """
        super().__init__()
        self.encoder = ResNet34Encoder(in_channels)
        lower, *skips = reversed(ResNet34Encoder.channels)
        self.decoder = nn.ModuleList()
        for skip, out in zip([*skips, 0], channels, strict=True):
            self.decoder.append(_Up(lower, skip, out))
            lower = out
        self.head = nn.Conv2d(lower, out_channels, 3, padding=1)

    def encode(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Return the encoder's features, finest first."""
        return self.encoder(x)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the logits of ``(batch, in_channels, rows, columns)``."""
        x, *skips = reversed(self.encode(x))
        for up, skip in zip(self.decoder, [*skips, None], strict=True):
            x = up(x, skip)
        return self.head(x)
