"""Clips: how many frames a second each backend makes, beside the published system's network."""

from __future__ import annotations

from statistics import median
from typing import Any, NamedTuple

from benchmarks.worker import Worker

REAL_TIME, FASTER = 30, 15  # frames a second, and times the published system's


class Runner(NamedTuple):
    """What computes: its title, the worker and the name under which it is asked."""

    title: str
    package: str
    name: str


SOURCE = Runner("published system's network, torch eager", "torch", "source")
SHIPPED = (
    Runner("shipped net, torch", "torch", "torch"),
    Runner("shipped net, ONNX Runtime", "onnxruntime", "onnxruntime"),
    Runner("shipped net, OpenVINO", "openvino", "openvino f32"),
)
ALONE, WHOLE = "network alone", "from pixels to labels"


def measure_clips(workers: dict[str, Worker], size: int, rounds: int, budget: float) -> list[dict[str, Any]]:
    """Time frames of ``size`` x ``size`` pixels in interleaved rounds.

    The network alone is timed on as many pixels as the frame has and on those that its bundle states; the
    whole way has preparation, network, way back and labels. What is compared with the published system is
    the same part of the way for the same frame.

    Args:
        workers: see :func:`~benchmarks.networks.open_workers`.
        size: columns and rows of a frame.
        rounds: in each, everything has one turn.
        budget: seconds of a turn, at least one run.
    """
    sees = workers["torch"].call("sees")
    shipped = [runner for runner in SHIPPED if runner.package in workers]
    cells = [(SOURCE, ALONE, size), *((runner, ALONE, size) for runner in shipped)]
    cells += [(runner, ALONE, sees) for runner in shipped if sees != size]
    cells += [(SOURCE, WHOLE, size), *((runner, WHOLE, sees) for runner in shipped)]
    turns: dict[tuple[Runner, str, int], list[list[float]]] = {cell: [] for cell in cells}
    for _ in range(rounds):
        for (runner, part, pixels), taken in turns.items():
            worker = workers[runner.package]
            if part == ALONE:
                taken.append(worker.call("seconds_at", runner.name, pixels, budget))
            else:
                taken.append(worker.call("clip_seconds", runner.name, budget))
    in_rounds = {cell: [median(turn) for turn in taken] for cell, taken in turns.items()}
    return [
        {
            "network": runner.title,
            "name": runner.name,
            "timed": part,
            "frame": f"{size}x{size}",
            "network_sees": f"{pixels}x{pixels}",
            "best_ms": 1e3 * min(map(min, turns[runner, part, pixels])),
            "median_ms": 1e3 * median(own),
            "frames_per_second": 1 / median(own),
            "ratio_to_source": median(s / o for s, o in zip(in_rounds[SOURCE, part, size], own, strict=True)),
        }
        for (runner, part, pixels), own in in_rounds.items()
    ]
