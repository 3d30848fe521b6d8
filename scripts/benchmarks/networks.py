"""Networks: how many slices a second each makes, and whether the backends agree with torch."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from benchmarks.worker import MATRIX, Worker


class Entry(NamedTuple):
    """A row: the worker and the name under which it is asked, whose GFLOP count, and which peak counts."""

    title: str
    package: str
    name: str
    network: str
    precision: str = "float32"


ENTRIES = (
    Entry("source net, torch eager", "torch", "source", "source"),
    Entry("MONAI BasicUNet, torch eager", "torch", "basic", "basic"),
    Entry("shipped net, torch eager", "torch", "shipped", "shipped"),
    Entry("shipped net, ONNX Runtime", "onnxruntime", "onnxruntime", "shipped"),
    Entry("shipped net, OpenVINO f32", "openvino", "openvino f32", "shipped"),
    Entry("shipped net, OpenVINO bf16 (not used)", "openvino", "openvino bf16", "shipped", "bfloat16"),
)
# the peak of a precision is the best of these: no one library is the fastest on every processor
PEAKS = {"float32": ("torch", "onnxruntime"), "bfloat16": ("torch",)}
DEFAULT = "onnxruntime"  # the backend that a user gets


@contextmanager
def open_workers(task: str, size: int, threads: int) -> Iterator[dict[str, Worker]]:
    """One worker for each installed library; they load when they are first asked.

    Args:
        task: whose shipped net.
        size: side of the slice in pixels.
        threads: cores that each library may use.
    """
    with ExitStack() as stack:
        yield {
            library: stack.enter_context(Worker(library, task, size, threads))
            for library in dict.fromkeys(entry.package for entry in ENTRIES)
            if importlib.util.find_spec(library)
        }


def measure_networks(workers: dict[str, Worker], rounds: int, budget: float) -> list[dict[str, Any]]:
    """Time all networks in interleaved rounds, so that what else the machine does hits all alike.

    Args:
        workers: see :func:`open_workers`.
        rounds: in each, every network has one turn.
        budget: seconds of a turn, at least one run.
    """
    entries = [entry for entry in ENTRIES if entry.package in workers]
    places = [(entry.package, entry.name) for entry in entries]
    places += [(library, f"matmul {precision}") for precision, using in PEAKS.items() for library in using]
    gflop = workers["torch"].call("gflop")
    native = {"float32", "bfloat16"}
    if "openvino" in workers and "BF16" not in workers["openvino"].call("precisions"):
        native = {"float32"}
    turns: dict[tuple[str, str], list[list[float]]] = {place: [] for place in places}
    for _ in range(rounds):
        for library, name in places:
            turns[library, name].append(workers[library].call("seconds", name, budget))
    peak = {
        precision: max(2e-9 * MATRIX**3 / min(map(min, turns[name, f"matmul {precision}"])) for name in using)
        for precision, using in PEAKS.items()
    }
    source = [median(turn) for turn in turns["torch", "source"]]
    rows = []
    for entry in entries:
        in_rounds = [median(turn) for turn in turns[entry.package, entry.name]]
        best = min(map(min, turns[entry.package, entry.name]))
        achieved = gflop[entry.network] / best
        rows.append(
            {
                "network": entry.title,
                "name": entry.name,
                "best_ms": 1e3 * best,
                "median_ms": 1e3 * median(in_rounds),
                "slices_per_second": 1 / median(in_rounds),
                "ratio_to_source": median(s / own for s, own in zip(source, in_rounds, strict=True)),
                "gflop": gflop[entry.network],
                "gflop_per_second": achieved,
                "peak_gflop_per_second": peak[entry.precision],
                "share_of_peak": achieved / peak[entry.precision],
                "native": entry.precision in native,
            }
        )
    return rows


def measure_agreement(workers: dict[str, Worker], scans: Sequence[Path]) -> list[dict[str, Any]]:
    """Hold each backend's mask to torch's; the gate is Dice >= 0.999 and 0.5 % of volume on every scan."""
    from SegAssistLib.measure.agreement import agreement

    held = [e for e in ENTRIES if e.network == "shipped" and e.package in workers.keys() - {"torch"}]
    rows = []
    for scan in scans:
        reference = workers["torch"].call("mask", "torch", scan)
        voxels = int(np.count_nonzero(reference))
        for entry in held:
            mask = workers[entry.package].call("mask", entry.name, scan)
            dice = float(agreement(reference, mask, None).dice)
            change = 100 * (np.count_nonzero(mask) - voxels) / max(voxels, 1)
            rows.append(
                {
                    "scan": f"{scan.parent.name}/{scan.name}",
                    "backend": entry.name,
                    "reference_voxels": voxels,
                    "dice": dice,
                    "volume_change_percent": float(change),
                    "passes": bool(dice >= 0.999 and abs(change) <= 0.5),
                }
            )
    return sorted(rows, key=lambda row: row["backend"])
