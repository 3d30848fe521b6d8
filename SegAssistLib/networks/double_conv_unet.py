"""DoubleConvUNet: the UNet of the MS-lesion source system, 31 M parameters at its full width."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn


def _double_conv(
    in_channels: int, out_channels: int, negative_slope: float, momentum: float
) -> nn.Sequential:
    layers: list[nn.Module] = []
    for width in (in_channels, out_channels):
        layers += [
            nn.Conv2d(width, out_channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels, momentum=momentum),
            nn.LeakyReLU(negative_slope, inplace=True),
        ]
    return nn.Sequential(*layers)


class DoubleConvUNet(nn.Module):
    """UNet of double convolutions (conv - batch norm - LeakyReLU), after Ronneberger et al., MICCAI 2015.

    Encoder 64-128-256-512-1024 with max pooling, decoder with transposed convolutions and skips
    by concatenation, one output a label and no softmax.

    Shapes:
        input ``(batch, in_channels, rows, columns)``, rows and columns multiples of
        ``2 ** (len(channels) - 1)``; output ``(batch, out_channels, rows, columns)``, logits.
    """

    encoder_parts = ("encoders",)

    def __init__(
        self,
        in_channels: int = 3,
        out_channels: int = 1,
        channels: Sequence[int] = (64, 128, 256, 512, 1024),
        negative_slope: float = 0.01,
        momentum: float = 0.1,
    ) -> None:
        """Build the network.

        Args:
            in_channels: of the picture.
            out_channels: one a label.
            channels: of each level, finest first.
            negative_slope: of the LeakyReLU.
            momentum: of batch norm as PyTorch counts it: the latest batch's part in the running mean.
        """
        super().__init__()
        self.encoders = nn.ModuleList(
            _double_conv(before, width, negative_slope, momentum)
            for before, width in zip((in_channels, *channels[:-1]), channels, strict=True)
        )
        self.pool = nn.MaxPool2d(2)
        pairs = list(zip(channels[:0:-1], channels[-2::-1], strict=True))
        self.up = nn.ModuleList(nn.ConvTranspose2d(lower, upper, 2, stride=2) for lower, upper in pairs)
        self.decoders = nn.ModuleList(
            _double_conv(lower, upper, negative_slope, momentum) for lower, upper in pairs
        )
        self.head = nn.Conv2d(channels[0], out_channels, 1)

    def encode(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Return the features of every level on the way down, finest first."""
        features = []
        for level, encoder in enumerate(self.encoders):
            x = encoder(self.pool(x) if level else x)
            features.append(x)
        return features

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the logits of ``(batch, in_channels, rows, columns)``."""
        skips = self.encode(x)
        x = skips.pop()
        for up, decoder in zip(self.up, self.decoders, strict=True):
            x = decoder(torch.cat((skips.pop(), up(x)), dim=1))
        return self.head(x)
