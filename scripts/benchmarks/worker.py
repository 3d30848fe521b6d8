"""Workers: one warm process for each library, of which only one computes at a time.

torch, ONNX Runtime and OpenVINO each keep a pool of threads, which may go on spinning for a while after the
work is done, in case more comes. In one process two pools would fight for the same cores and all figures
would be wrong (a network of 34 ms took 975 ms beside another library's pool). So each library has a process
of its own, which blocks on a pipe between its turns, and the spinning is kept short.
"""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

MATRIX = 1024  # side of the square matrices whose product gives the peak: short, to find a quiet moment
# the published systems that the shipped nets are compared with, by what a task measures
SOURCES = {"lesions": "DoubleConvUNet", "vessels": "ResNetUNet"}
CLIP_FRAMES = 8
PAUSE = 0.05  # seconds that a pool gets to go to sleep before the next library's turn


class Worker:
    """A library in a process of its own; calls go through a pipe and block until the answer is there."""

    def __init__(self, library: str, task: str, size: int, threads: int) -> None:
        # read by OpenMP when torch is first imported, and by the backends' pools
        os.environ.setdefault("GOMP_SPINCOUNT", "10000")
        context = multiprocessing.get_context("spawn")
        self._pipe, other = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(other, library, task, size, threads), daemon=True
        )
        self._process.start()
        other.close()

    def __enter__(self) -> Worker:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pipe.close()
        self._process.join()

    def call(self, what: str, *arguments: Any) -> Any:
        """Ask for one of ``_Library``'s methods and wait for its result."""
        self._pipe.send((what, arguments))
        result = self._pipe.recv()
        if isinstance(result, Exception):
            raise result
        return result


def _serve(pipe: Any, library: str, task: str, size: int, threads: int) -> None:
    if hasattr(os, "sched_setaffinity"):  # the one limit that every library's pool respects
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    served = None
    while True:
        try:
            what, arguments = pipe.recv()
        except EOFError:
            return
        try:
            if served is None:
                served = _Library(library, task, size, threads)
            pipe.send(getattr(served, what)(*arguments))
        except Exception as error:
            pipe.send(RuntimeError(f"{library}, {what}: {type(error).__name__}: {error}"))


class _Library:
    """What a worker can be asked."""

    def __init__(self, library: str, task: str, size: int, threads: int) -> None:
        from SegAssistLib.task import find_task, read_task

        self._task = read_task(Path(task)) if Path(task).is_dir() else find_task(task)
        self._size = size
        self._networks: dict[str, Callable[[], Any]] = {}
        self._gflop: dict[str, float] = {}
        self._backends: dict[str, Any] = {}
        getattr(self, f"_load_{library}")(threads)

    def gflop(self) -> dict[str, float]:
        """GFLOP of one run (2 x multiply-accumulate), for what this library knows it of."""
        return self._gflop

    def precisions(self) -> list[str]:
        """The precisions in which this processor computes natively, as OpenVINO names them."""
        import openvino

        return list(openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"))

    def seconds(self, name: str, budget: float) -> list[float]:
        """Run ``name`` once unmeasured, then measure single runs until ``budget`` seconds are over."""
        run = self._networks[name]
        time.sleep(PAUSE)
        run()
        measured: list[float] = []
        while not measured or sum(measured) < budget:
            started = time.perf_counter()
            run()
            measured.append(time.perf_counter() - started)
        return measured

    def mask(self, name: str, path: Path) -> np.ndarray:
        """The mask of the scan at ``path`` in ``quick`` with the shipped network ``name``, bool."""
        from SegAssistLib.inference import segment
        from SegAssistLib.io import read_image

        segmentation = segment(read_image(path), self._task, quality="quick", backend=self._backends[name])
        return segmentation.array == self._task.labels[0].value

    def sees(self) -> int:
        """Pixels of the longer side that a picture of the benchmark's size has for the shipped net."""
        return self._task.planes.size or self._size

    def seconds_at(self, name: str, size: int, budget: float) -> list[float]:
        """As :meth:`seconds`, for a backend's network alone on ``size`` x ``size`` pixels."""
        stack = np.random.default_rng(0).random((self._task.planes.channels, size, size), np.float32)
        self._networks[f"{name} {size}"] = lambda: self._backends[name].run(stack)
        return self.seconds(f"{name} {size}", budget)

    def clip_seconds(self, name: str, budget: float) -> list[float]:
        """As :meth:`seconds`, for one frame of a simulated clip on its whole way from pixels to labels.

        ``source`` sees the frames as they are, the shipped net as its bundle states.
        """
        if f"clip {name}" not in self._networks:
            from SegAssistLib.inference import segment

            planes = replace(self._task.planes, size=self._size) if name == "source" else self._task.planes
            task, backend, clip = replace(self._task, planes=planes), self._backends[name], self._clip
            self._networks[f"clip {name}"] = lambda: segment(clip, task, quality="quick", backend=backend)
        return [seconds / CLIP_FRAMES for seconds in self.seconds(f"clip {name}", budget)]

    @cached_property
    def _clip(self) -> Any:
        from SegAssistLib.image import Image
        from SegAssistLib.training.ultrasound.simulator import Settings, simulate_clip

        settings = Settings(shape=(self._size, self._size), frames=CLIP_FRAMES, mishaps=0)
        frames, modality = simulate_clip(0, settings).frames, self._task.modalities[0]
        if self._task.planes.colour == "rgb":
            frames = np.repeat(frames[..., None], 3, axis=3)
        return Image(frames, np.eye(4), "frames", calibrated=False, modality=modality)

    def _load_torch(self, threads: int) -> None:
        import torch
        from torch.utils.flop_counter import FlopCounterMode

        from SegAssistLib.inference.backends import open_backend
        from SegAssistLib.networks import build_network, network_definition, network_of

        torch.set_num_threads(threads)
        channels, labels = self._task.planes.channels, len(self._task.labels)
        stack = torch.rand(1, channels, self._size, self._size, generator=torch.Generator().manual_seed(0))
        networks = {
            "source": build_network(network_definition(SOURCES[self._task.measure], channels, labels)),
            "basic": build_network(network_definition("BasicUNet", channels, labels)),
            "shipped": network_of(self._task),
        }
        for name, network in networks.items():
            network.eval()
            with torch.inference_mode(), FlopCounterMode(display=False) as counter:
                network(stack)
            self._gflop[name] = counter.get_total_flops() / 1e9
            self._networks[name] = torch.inference_mode()(lambda network=network: network(stack))
        for precision in ("float32", "bfloat16"):
            matrix = torch.rand(MATRIX, MATRIX).to(getattr(torch, precision))
            self._networks[f"matmul {precision}"] = lambda matrix=matrix: torch.matmul(matrix, matrix)
        self._add("torch", open_backend(self._task, "torch"))
        self._backends["source"] = _FindsNothing(networks["source"])

    def _load_onnxruntime(self, threads: int) -> None:
        from SegAssistLib.inference.backends import open_backend

        self._add("onnxruntime", open_backend(self._task, "onnxruntime"))
        self._networks["matmul float32"] = _onnx_matmul(threads)

    def _load_openvino(self, _threads: int) -> None:
        from SegAssistLib.inference.openvino_backend import OpenVINOBackend

        self._add("openvino f32", OpenVINOBackend(self._task))
        self._add("openvino bf16", OpenVINOBackend(self._task, "bf16"))

    def _add(self, name: str, backend: Any) -> None:
        shape = (self._task.planes.channels, self._size, self._size)
        stack = np.random.default_rng(0).random(shape, np.float32)
        self._backends[name] = backend
        self._networks[name] = lambda: backend.run(stack)


class _FindsNothing:
    """A backend with an untrained network that computes all and finds nothing.

    What chance would find in every frame is thus not held against it on the way back.
    """

    def __init__(self, network: Any) -> None:
        from SegAssistLib.inference.torch_backend import NetworkBackend

        self._backend = NetworkBackend(network)

    def run(self, stack: np.ndarray) -> np.ndarray:
        """See :class:`~SegAssistLib.inference.backends.Backend`."""
        return self._backend.run(stack) * 0 - 100


def _onnx_matmul(threads: int) -> Callable[[], Any]:
    """A matrix product in ONNX Runtime, whose kernels suit some processors better than torch's."""
    import onnx
    from onnx import TensorProto, helper

    from SegAssistLib.inference.onnxruntime_backend import onnxruntime

    names = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [MATRIX, MATRIX]) for name in "abc"]
    graph = helper.make_graph([helper.make_node("MatMul", ["a", "b"], ["c"])], "matmul", names[:2], names[2:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.force_spinning_stop", "1")
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    matrix = np.random.default_rng(0).random((MATRIX, MATRIX), np.float32)
    return lambda: session.run(None, {"a": matrix, "b": matrix})
