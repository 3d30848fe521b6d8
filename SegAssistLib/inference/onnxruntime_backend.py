"""ONNX Runtime: the default backend, small and quick to start."""

from __future__ import annotations

import os

import numpy as np

from SegAssistLib.task import Task

# From 1.32 on it would else tell its maker of every session, and keep a number for this person's computer.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime


class ONNXRuntimeBackend:
    """The exported network on ONNX Runtime, float32 on the CPU."""

    name = "onnxruntime"
    version = onnxruntime.__version__

    def __init__(self, task: Task) -> None:
        weights = task.weights["onnx"]
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.use_deterministic_compute = True
        # A thread that waits by spinning is quick to go on, but starves whatever else runs. Spinning no
        # longer than an operator takes keeps the speed of an idle machine, and beside another job a slice
        # takes a tenth longer, where it took more than twice as long with the usual spinning.
        options.add_session_config_entry("session.intra_op.allow_spinning", "1")
        options.add_session_config_entry("session.intra_op.spin_duration_us", "50")
        self.sha256 = weights.sha256
        self._session = onnxruntime.InferenceSession(
            weights.verified(), options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name

    def run(self, stack: np.ndarray) -> np.ndarray:
        """See :class:`~SegAssistLib.inference.backends.Backend`."""
        return self._session.run(None, {self._input: stack[None]})[0][0]
