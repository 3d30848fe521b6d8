"""SlimUNet: the small residual UNet that ships, about 1 GFLOP for a 256x256 slice."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from SegAssistLib.networks.blocks import conv_norm


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions round a shortcut (He et al., CVPR 2016)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = conv_norm(channels, channels)
        self.second = conv_norm(channels, channels)
        self.activation = nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``(batch, channels, rows, columns)`` to the same shape."""
        return self.activation(x + self.second(self.activation(self.first(x))))


class SlimUNet(nn.Module):
    """A residual UNet that starts and ends at half resolution.

    The stem takes the picture to half resolution in one convolution and the head turns channels
    back into pixels (depth to space), so that the costly full-resolution layers of a UNet fall
    away and nothing is lost to pooling. Plain 3x3 convolutions and batch norm, because those run
    nearest to the peak of a CPU; batch norm is folded into the convolutions at export.

    Shapes:
        input ``(batch, in_channels, rows, columns)``, rows and columns multiples of 32;
        output ``(batch, out_channels, rows, columns)``, logits (no sigmoid).
    """

    encoder_parts = ("stem", "down", "encoders")

    def __init__(
        self,
        in_channels: int = 3,
        out_channels: int = 1,
        channels: Sequence[int] = (16, 32, 64, 96, 128),
        blocks: Sequence[int] = (0, 0, 1, 1, 2),
        dropout: float = 0.0,
    ) -> None:
        """Build the network.

        Args:
            in_channels: the slice and its neighbours.
            out_channels: one a label.
            channels: of each level, from half resolution downwards.
            blocks: residual blocks of each level on the way down; the way up has one a level.
            dropout: share of the deepest level's channels dropped in training.
        """
        super().__init__()
        # a 3x3 convolution on the space-to-depth image, written as one strided convolution because
        # runtimes spend more time on moving the pixels than on the arithmetic
        self.stem = nn.Sequential(
            nn.Conv2d(in_channels, channels[0], 6, stride=2, padding=2, bias=False),
            nn.BatchNorm2d(channels[0]),
            nn.ReLU(inplace=True),
        )
        self.down = nn.ModuleList()
        self.encoders = nn.ModuleList()
        for level, (width, depth) in enumerate(zip(channels, blocks, strict=True)):
            if level:
                self.down.append(
                    nn.Sequential(conv_norm(channels[level - 1], width, stride=2), nn.ReLU(inplace=True))
                )
            self.encoders.append(nn.Sequential(*(ResidualBlock(width) for _ in range(depth))))
        self.dropout = nn.Dropout2d(dropout)
        self.up = nn.ModuleList()
        self.decoders = nn.ModuleList()
        for lower, upper in zip(channels[:0:-1], channels[-2::-1], strict=True):
            self.up.append(nn.Sequential(nn.Conv2d(lower, upper, 1, bias=False), nn.BatchNorm2d(upper)))
            self.decoders.append(ResidualBlock(upper))
        self.head = nn.Sequential(nn.Conv2d(channels[0], 4 * out_channels, 1), nn.PixelShuffle(2))

    def encode(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Return the features of every level on the way down, finest first."""
        x = self.stem(x)
        features = []
        for level, encoder in enumerate(self.encoders):
            x = encoder(self.down[level - 1](x) if level else x)
            features.append(x)
        return features

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the logits of ``(batch, in_channels, rows, columns)``."""
        skips = self.encode(x)
        x = self.dropout(skips.pop())
        for project, decoder in zip(self.up, self.decoders, strict=True):
            x = nn.functional.interpolate(project(x), scale_factor=2.0, mode="nearest")
            x = decoder(nn.functional.relu(x + skips.pop()))
        return self.head(x)
