"""Momentum contrast: two views of one picture are alike, and unlike all others seen lately."""

from __future__ import annotations

import copy

import torch
from torch import nn


class MomentumContrast(nn.Module):
    """MoCo v2 (He et al., CVPR 2020; Chen et al., arXiv:2003.04297), with a small queue.

    A second encoder, the running average of the first, turns the other view into a key. The answer is how
    like its own key a view is, and how like each key in the queue: a class out of ``queue + 1``, of which the
    first is right.

    Shapes:
        input ``(batch, 2 x channels, rows, columns)``, the two views one behind the other;
        output ``(batch, 1 + queue)``, logits.
    """

    def __init__(
        self,
        encoder: nn.Module,
        outputs: int,
        queue: int = 1024,
        momentum: float = 0.99,
        temperature: float = 0.2,
    ) -> None:
        """Build on ``encoder``.

        Args:
            encoder: maps views to ``(batch, outputs)``.
            outputs: length of a key.
            queue: number of keys remembered.
            momentum: of the second encoder; the published 0.999 is for a hundred times as many steps.
            temperature: by which likeness is divided.
        """
        super().__init__()
        self.encoder = encoder
        self.average = copy.deepcopy(encoder).requires_grad_(False)
        self.momentum, self.temperature = momentum, temperature
        self.register_buffer("queue", nn.functional.normalize(torch.randn(queue, outputs), dim=1))

    def forward(self, views: torch.Tensor) -> torch.Tensor:
        """Return the logits, and remember the keys while it trains."""
        one, other = views.chunk(2, dim=1)
        query = nn.functional.normalize(self.encoder(one).float(), dim=1)
        with torch.no_grad():
            if self.training:
                for slow, quick in zip(self.average.parameters(), self.encoder.parameters(), strict=True):
                    slow.lerp_(quick, 1 - self.momentum)
            key = nn.functional.normalize(self.average(other).float(), dim=1)
        own = (query * key).sum(dim=1, keepdim=True)
        logits = torch.cat([own, query @ self.queue.T], dim=1) / self.temperature
        if self.training:
            self.queue = torch.cat([key, self.queue])[: len(self.queue)]
        return logits
