"""PyTorch: the reference that the other backends are held to, and the way to a GPU."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from SegAssistLib.errors import InputError
from SegAssistLib.task import Task
from SegAssistLib.translation import tr as _


class NetworkBackend:
    """A network in memory, e.g. one that was just trained."""

    name = "torch"
    version = torch.__version__
    sha256 = ""

    def __init__(self, network: nn.Module, device: str = "cpu") -> None:
        self._device = torch.device(device)
        self._network = network.to(self._device).eval()

    @torch.inference_mode()
    def run(self, stack: np.ndarray) -> np.ndarray:
        """See :class:`~SegAssistLib.inference.backends.Backend`."""
        batch = torch.from_numpy(np.ascontiguousarray(stack)[None]).to(self._device)
        return self._network(batch)[0].float().cpu().numpy()


class TorchBackend(NetworkBackend):
    """A task's network with its safetensors weights."""

    def __init__(self, task: Task, device: str = "auto") -> None:
        from safetensors.torch import load_file

        from SegAssistLib.networks import network_of

        if device == "cuda" and not torch.cuda.is_available():
            raise InputError(_("There is no CUDA device on this machine; use --device cpu."))
        if task.definition is None:
            raise InputError(
                _("{folder}: the bundle names no file that defines its network; export it again.").format(
                    folder=task.folder
                )
            )
        weights = task.weights["torch"]
        network = network_of(task)
        network.load_state_dict(load_file(weights.verified()))
        super().__init__(network, "cpu" if device == "auto" else device)
        self.sha256 = weights.sha256
