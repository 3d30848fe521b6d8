"""ONNX Runtime: the default backend, small and quick to start."""

from __future__ import annotations

import numpy as np
import onnxruntime

from SegAssistLib.task import Task


class ONNXRuntimeBackend:
    """The exported network on ONNX Runtime, float32 on the CPU."""

    name = "onnxruntime"
    version = onnxruntime.__version__

    def __init__(self, task: Task) -> None:
        weights = task.weights["onnx"]
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.use_deterministic_compute = True
        # Threads that wait by spinning starve whatever else runs, and one another: on two cores beside
        # another job a slice took twice as long with it, on idle cores it gained an eighth.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self.sha256 = weights.sha256
        self._session = onnxruntime.InferenceSession(
            weights.verified(), options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name

    def run(self, stack: np.ndarray) -> np.ndarray:
        """See :class:`~SegAssistLib.inference.backends.Backend`."""
        return self._session.run(None, {self._input: stack[None]})[0][0]
