"""Backends: what can run a task's network, behind one small protocol."""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from typing import Protocol

import numpy as np

from SegAssistLib.errors import InputError
from SegAssistLib.task import Task
from SegAssistLib.translation import tr as _

NAMES = ("onnxruntime", "openvino", "torch")


class Backend(Protocol):
    """A loaded network.

    Attributes:
        name: one of :data:`NAMES`.
        version: of the library that computes.
        sha256: of the weight file in use.
    """

    name: str
    version: str
    sha256: str

    def run(self, stack: np.ndarray) -> np.ndarray:
        """Map one float32 ``(channels, height, width)`` stack to logits ``(labels, height, width)``."""


@lru_cache(maxsize=4)
def open_backend(task: Task, name: str = "auto", device: str = "auto") -> Backend:
    """Load ``task``'s network, or give the one that is loaded already.

    Args:
        task: whose weights are verified and loaded.
        name: one of :data:`NAMES`; ``auto`` is ONNX Runtime, or torch where ``device`` is ``cuda``.
        device: ``cpu``, ``cuda`` (torch alone) or ``auto`` (the CPU).

    Raises:
        InputError: an unknown or missing backend, or a device that it cannot use.
    """
    if name == "auto":
        name = "torch" if device == "cuda" else "onnxruntime"
    if name not in NAMES:
        raise InputError(
            _("There is no backend {name!r}; choose one of: auto, {choices}.").format(
                name=name, choices=", ".join(NAMES)
            )
        )
    if importlib.util.find_spec(name) is None:
        extra = {"torch": "train", "openvino": "openvino"}.get(name)
        wanted = f"segassist[{extra}]" if extra else name
        raise InputError(
            _("The backend {name} is not installed; install it with: pip install '{wanted}'.").format(
                name=name, wanted=wanted
            )
        )
    if device == "cuda" and name != "torch":
        raise InputError(
            _(
                "The backend {name} runs on the CPU alone here; use --backend torch with --device cuda."
            ).format(name=name)
        )
    if name == "torch":
        from SegAssistLib.inference.torch_backend import TorchBackend

        return TorchBackend(task, device)
    if name == "openvino":
        from SegAssistLib.inference.openvino_backend import OpenVINOBackend

        return OpenVINOBackend(task)
    from SegAssistLib.inference.onnxruntime_backend import ONNXRuntimeBackend

    return ONNXRuntimeBackend(task)
