"""ResNet-34 as an encoder: MONAI's, with the features of every level."""

from __future__ import annotations

import torch
from monai.networks.nets import resnet34
from torch import nn


class ResNet34Encoder(nn.Module):
    """The features of a ResNet-34 (He et al., CVPR 2016, table 1) at five resolutions.

    Shapes:
        input ``(batch, in_channels, rows, columns)``, rows and columns multiples of 32;
        output five tensors at a half, 1/4, 1/8, 1/16 and 1/32 of the size, with :attr:`channels`. With
        ``dilated`` the last one keeps 1/16.
    """

    channels = (64, 64, 128, 256, 512)

    def __init__(self, in_channels: int = 3, dilated: bool = False) -> None:
        """Build the encoder.

        Args:
            in_channels: 1 for grey pictures, 3 for colour.
            dilated: let the last level look further instead of shrinking the picture (atrous convolution).
        """
        super().__init__()
        # shortcut "B" is a 1x1 convolution, as published for networks that are wider than deep; MONAI's "A"
        # is cut out of the gradient and out of an export
        self.network = resnet34(
            spatial_dims=2,
            n_input_channels=in_channels,
            conv1_t_stride=2,
            shortcut_type="B",
            bias_downsample=False,
            feed_forward=False,
        )
        if dilated:
            for module in self.network.layer4.modules():
                if isinstance(module, nn.Conv2d):
                    module.stride = (1, 1)
                    if module.kernel_size == (3, 3):
                        module.dilation = module.padding = (2, 2)

    def forward(self, x: torch.Tensor) -> list[torch.Tensor]:
        """Return the features, finest first."""
        network = self.network
        x = network.act(network.bn1(network.conv1(x)))
        features = [x]
        x = network.maxpool(x)
        for level in (network.layer1, network.layer2, network.layer3, network.layer4):
            x = level(x)
            features.append(x)
        return features
