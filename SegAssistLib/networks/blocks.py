"""Blocks: what several of our networks are built of."""

from __future__ import annotations

import torch
from torch import nn


def conv_norm(
    in_channels: int, out_channels: int, size: int = 3, stride: int = 1, dilation: int = 1
) -> nn.Sequential:
    """A convolution that keeps the picture's size (at stride 1), and batch norm instead of its bias."""
    padding = dilation * (size // 2)
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, size, stride, padding, dilation, bias=False),
        nn.BatchNorm2d(out_channels),
    )


def conv_norm_relu(in_channels: int, out_channels: int, size: int = 3, dilation: int = 1) -> nn.Sequential:
    """The same with a ReLU behind it."""
    return conv_norm(in_channels, out_channels, size, dilation=dilation).append(nn.ReLU(inplace=True))


def enlarge(x: torch.Tensor, times: int) -> torch.Tensor:
    """Enlarge ``(batch, channels, rows, columns)`` bilinearly to so many times its rows and columns."""
    return nn.functional.interpolate(x, scale_factor=float(times), mode="bilinear", align_corners=False)
