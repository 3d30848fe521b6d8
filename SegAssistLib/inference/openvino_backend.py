"""OpenVINO: an optional backend for Intel and AMD processors."""

from __future__ import annotations

import numpy as np
import openvino

from SegAssistLib.task import Task


class OpenVINOBackend:
    """The exported network on OpenVINO, float32 on the CPU.

    Float32 is asked for by name: left alone, OpenVINO computes in bfloat16 where the processor can,
    and that would change the mask from one machine to the next.
    """

    name = "openvino"
    version = openvino.__version__

    def __init__(self, task: Task, precision: str = "f32") -> None:
        """Load the network.

        Args:
            task: whose network.
            precision: ``f32``; ``bf16`` is there to be measured, not used.
        """
        weights = task.weights["onnx"]
        self.sha256 = weights.sha256
        core = openvino.Core()
        settings = {"INFERENCE_PRECISION_HINT": precision, "PERFORMANCE_HINT": "LATENCY"}
        self._request = core.compile_model(
            core.read_model(weights.verified()), "CPU", settings
        ).create_infer_request()

    def run(self, stack: np.ndarray) -> np.ndarray:
        """See :class:`~SegAssistLib.inference.backends.Backend`."""
        self._request.infer([np.ascontiguousarray(stack[None])])
        return self._request.get_output_tensor().data[0].copy()
