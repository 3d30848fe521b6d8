"""DeepLab v3+: atrous convolutions of several rates side by side, and a short decoder."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from SegAssistLib.networks.blocks import AtrousPyramid, conv_norm_relu, enlarge
from SegAssistLib.networks.resnet34 import ResNet34Encoder


class DeepLabV3Plus(nn.Module):
    """DeepLab v3+ (Chen et al., ECCV 2018) on a ResNet-34 with a stride of 16.

    Shapes:
        input ``(batch, in_channels, rows, columns)``, rows and columns multiples of 32;
        output ``(batch, out_channels, rows, columns)``, logits (no sigmoid).
    """

    def __init__(
        self,
        in_channels: int = 3,
        out_channels: int = 1,
        channels: int = 256,
        rates: Sequence[int] = (6, 12, 18),
    ) -> None:
        """Build the network.

        Args:
            in_channels: 1 for grey pictures, 3 for colour.
            out_channels: one a label.
            channels: of the pyramid and the decoder.
            rates: of the atrous convolutions.
        """
        super().__init__()
        self.encoder = ResNet34Encoder(in_channels, dilated=True)
        self.pyramid = AtrousPyramid(ResNet34Encoder.channels[-1], channels, rates)
        self.fine = conv_norm_relu(ResNet34Encoder.channels[1], 48, 1)
        self.decoder = nn.Sequential(
            conv_norm_relu(channels + 48, channels, 3), conv_norm_relu(channels, channels, 3)
        )
        self.head = nn.Conv2d(channels, out_channels, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the logits of ``(batch, in_channels, rows, columns)``."""
        features = self.encoder(x)
        coarse = enlarge(self.pyramid(features[-1]), 4)
        joined = torch.cat([coarse, self.fine(features[1])], dim=1)
        return enlarge(self.head(self.decoder(joined)), 4)
