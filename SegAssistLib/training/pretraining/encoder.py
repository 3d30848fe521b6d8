"""Encoder: the part of a network that can be trained by itself, and its weights by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from SegAssistLib.errors import InputError
from SegAssistLib.io.files import writing
from SegAssistLib.translation import tr as _


class PooledEncoder(nn.Module):
    """A network's encoder, the mean of its deepest features, and a head on them.

    Shapes:
        input as the network takes it; output ``(batch, outputs)``.
    """

    def __init__(self, network: nn.Module, head: Callable[[int], nn.Module], channels: int) -> None:
        """Build on ``network``.

        Args:
            network: has ``encode`` and ``encoder_parts``, as those in ``SegAssistLib.networks`` do.
            head: given the number of deepest features, what follows them.
            channels: of a picture.
        """
        super().__init__()
        self.network = network
        training = network.training
        with torch.no_grad():
            width = network.eval().encode(torch.zeros(1, channels, 64, 64))[-1].shape[1]
        network.train(training)
        self.head = head(width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return what the head says of ``(batch, channels, rows, columns)``."""
        return self.head(self.network.encode(x)[-1].mean(dim=(2, 3)))


def check_encoder(network: nn.Module) -> None:
    """Refuse a network of which no part can be trained by itself.

    Raises:
        InputError: it is one.
    """
    if not hasattr(network, "encoder_parts"):
        raise InputError(
            _(
                "The network {network} has no encoder that can be trained by itself; choose "
                "SlimUNet, DoubleConvUNet, DoubleUNet or ResNetUNet, or leave the "
                "pre-training out."
            ).format(network=type(network).__name__)
        )


def save_encoder(network: nn.Module, path: Path) -> None:
    """Write the weights of the network's encoder, by their names in the network, as safetensors."""
    weights = {
        name: value.cpu().contiguous()
        for name, value in network.state_dict().items()
        if name.split(".")[0] in network.encoder_parts
    }
    with writing(path) as temporary:
        save_file(weights, temporary)


def load_encoder(network: nn.Module, path: Path) -> None:
    """Give the network's encoder the weights that another network of its kind left in ``path``.

    Raises:
        InputError: the names or the sizes are not those of this encoder.
    """
    weights = load_file(path)
    own = network.state_dict()
    wanted = {name for name in own if name.split(".")[0] in network.encoder_parts}
    if set(weights) != wanted or any(own[name].shape != value.shape for name, value in weights.items()):
        raise InputError(
            _("{path}: the weights of another encoder; choose another output folder.").format(path=path)
        )
    network.load_state_dict(weights, strict=False)
