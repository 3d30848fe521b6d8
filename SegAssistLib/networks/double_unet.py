"""DoubleUNet: two UNets one behind the other, as published for polyps in colonoscopy."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from SegAssistLib.networks.blocks import AtrousPyramid, conv_norm_relu, enlarge

DEPTHS = (2, 2, 4, 4, 4)  # convolutions of VGG-19's five levels (Simonyan & Zisserman, ICLR 2015, table 1)


class _SqueezeExcite(nn.Module):
    """Weighs every channel by what the whole picture says about it (Hu et al., CVPR 2018)."""

    def __init__(self, channels: int, reduction: int = 8) -> None:
        super().__init__()
        narrow = max(1, channels // reduction)
        self.weigh = nn.Sequential(
            nn.Conv2d(channels, narrow, 1, bias=False),
            nn.ReLU(inplace=True),
            nn.Conv2d(narrow, channels, 1, bias=False),
            nn.Sigmoid(),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x * self.weigh(x.mean(dim=(2, 3), keepdim=True))


def _block(in_channels: int, out_channels: int) -> nn.Sequential:
    return nn.Sequential(
        conv_norm_relu(in_channels, out_channels),
        conv_norm_relu(out_channels, out_channels),
        _SqueezeExcite(out_channels),
    )


class _Encoder(nn.Module):
    """Levels with max pooling between them; returns the features of all, finest first."""

    def __init__(self, levels: Sequence[nn.Module]) -> None:
        super().__init__()
        self.levels = nn.ModuleList(levels)
        self.pool = nn.MaxPool2d(2)

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        features = []
        for number, level in enumerate(self.levels):
            x = level(self.pool(x) if number else x)
            features.append(x)
        return features


class _Decoder(nn.Module):
    """From the deepest features up, at every level joined with the features of one or more encoders."""

    def __init__(self, lower: int, skips: Sequence[int], widths: Sequence[int]) -> None:
        super().__init__()
        self.blocks = nn.ModuleList()
        for skip, width in zip(skips, widths, strict=True):
            self.blocks.append(_block(lower + skip, width))
            lower = width

    def forward(self, x: torch.Tensor, *encoders: Sequence[torch.Tensor]) -> torch.Tensor:
        for block, *skips in zip(self.blocks, *(reversed(each) for each in encoders), strict=True):
            x = block(torch.cat([enlarge(x, 2), *skips], dim=1))
        return x


class DoubleUNet(nn.Module):
    """DoubleU-Net (Jha et al., CBMS 2020): the second UNet sees the picture times the first one's mask.

    The first encoder is a VGG-19, with batch norm because it starts without weights from elsewhere; the
    second decoder gets the features of both encoders. Atrous pyramids stand between encoders and decoders,
    squeeze-and-excitation in every block. Where there are several labels, the picture is multiplied by the
    most probable one.

    Shapes:
        input ``(batch, in_channels, rows, columns)``, rows and columns multiples of 16;
        output ``(batch, out_channels, rows, columns)``, the second UNet's logits (no sigmoid). While it
        trains it gives those of the first one too, behind them along the channels, for both are to be
        compared with the reference.
    """

    encoder_parts = ("encoder",)

    def __init__(self, in_channels: int = 3, out_channels: int = 1, width: int = 64) -> None:
        """Build the network.

        Args:
            in_channels: 3 for colour.
            out_channels: one a label.
            width: channels of the finest level; 64 is as published, and all others keep their proportion.
        """
        super().__init__()
        widths = [width, 2 * width, 4 * width, 8 * width, 8 * width]
        levels = []
        for before, channels, depth in zip((in_channels, *widths), widths, DEPTHS, strict=False):
            first = conv_norm_relu(before, channels)
            levels.append(
                nn.Sequential(first, *(conv_norm_relu(channels, channels) for _ in range(depth - 1)))
            )
        self.encoder = _Encoder(levels)
        second = [width // 2, width, 2 * width, 4 * width]
        self.second_encoder = _Encoder(
            [
                _block(before, channels)
                for before, channels in zip((in_channels, *second), second, strict=False)
            ]
        )
        up = second[::-1]
        skips = widths[3::-1]
        self.pyramid = AtrousPyramid(widths[-1], width, (6, 12, 18))
        self.decoder = _Decoder(width, skips, up)
        self.head = nn.Conv2d(up[-1], out_channels, 1)
        self.second_pyramid = AtrousPyramid(second[-1], width, (6, 12, 18))
        both = [one + other for one, other in zip(skips, up, strict=True)]
        self.second_decoder = _Decoder(width, both, up)
        self.second_head = nn.Conv2d(up[-1], out_channels, 1)

    def encode(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Return the first encoder's features, finest first."""
        return self.encoder(x)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the logits of ``(batch, in_channels, rows, columns)``."""
        *skips, deepest = self.encode(x)
        first = self.head(self.decoder(self.pyramid(deepest), skips))
        seen = x * first.sigmoid().amax(dim=1, keepdim=True)
        second_skips = self.second_encoder(seen)
        deepest = self.second_pyramid(nn.functional.max_pool2d(second_skips[-1], 2))
        second = self.second_head(self.second_decoder(deepest, skips, second_skips))
        return torch.cat([second, first], dim=1) if self.training else second
