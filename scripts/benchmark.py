"""Benchmark: networks, backends, the whole command and cold start, measured on this machine in one run.

    python scripts/benchmark.py --output DIR            # about ten minutes
    python scripts/benchmark.py --output DIR --part networks --rounds 3
    python scripts/benchmark.py --output DIR --task vessel-ultrasound --part clips --size 512 --threads 2

Prints tables and writes each of them as CSV, and all together as benchmark.json. Trust ratios more than
milliseconds: everything that is compared is measured in interleaved rounds.
"""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import tempfile
from collections.abc import Callable, Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from benchmarks.clips import FASTER, REAL_TIME, SOURCE, measure_clips
from benchmarks.command import (
    BACKENDS,
    STAGES,
    imported_packages,
    measure_cold_start,
    measure_command,
    write_3d,
    write_thick,
)
from benchmarks.networks import DEFAULT, measure_agreement, measure_networks, open_workers
from benchmarks.processes import in_process
from rich.console import Console
from tables import show

from SegAssistLib.io.table import write_rows

PARTS = ("networks", "agreement", "command", "cold", "clips")
CLIPS = "vessel-ultrasound"
HEAVY = {"torch", "monai", "matplotlib", "pandas"}
Row = dict[str, Any]


def main(
    output: Annotated[Path, typer.Option(help="Folder for the CSV and JSON files; made when missing.")],
    task: Annotated[str, typer.Option(help="Whose shipped net; or a bundle's folder.")] = "ms-lesion",
    part: Annotated[
        list[str] | None,
        typer.Option(help=f"Of {', '.join(PARTS)}; when not given, all that suits the task."),
    ] = None,
    rounds: Annotated[int, typer.Option(help="Interleaved rounds of the networks.")] = 10,
    turn: Annotated[
        float, typer.Option(help="Seconds of a network's turn in a round, at least one run.")
    ] = 0.2,
    runs: Annotated[int, typer.Option(help="Cold runs of each command.")] = 5,
    threads: Annotated[int | None, typer.Option(help="Cores for the networks; all when not given.")] = None,
    size: Annotated[int, typer.Option(help="Side of the slice in pixels.")] = 256,
    data: Annotated[
        list[Path] | None, typer.Option(help="A real scan to compare the backends on; may be repeated.")
    ] = None,
) -> None:
    """Measure on this machine what each network, backend and stage takes."""
    parts = part or [each for each in PARTS if (each == "clips") == (task == CLIPS)]
    if unknown := set(parts) - set(PARTS):
        raise typer.BadParameter(f"there is no part {', '.join(unknown)}; choose of {', '.join(PARTS)}")
    cores = _cores()
    threads = min(threads or cores, cores)
    output.mkdir(parents=True, exist_ok=True)
    console = Console(width=150)
    results: dict[str, Any] = {"machine": _machine(threads), "arguments": {"rounds": rounds, "runs": runs}}
    console.print(", ".join(f"{key} {value}" for key, value in results["machine"].items()))
    requirements: list[Row] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        thick = folder / "thick.nii.gz"
        in_process(write_thick, thick)
        with open_workers(task, size, threads) as workers:
            if "networks" in parts:
                results["networks"] = measure_networks(workers, rounds, turn)
                show(console, f"Networks, one {size}x{size} slice, {threads} threads", _network_rows(results))
                requirements += _judge_networks(results["networks"])
            if "agreement" in parts:
                results["agreement"] = measure_agreement(workers, [thick, *(data or [])])
                show(console, "Masks against torch's", results["agreement"])
            if "clips" in parts:
                results["clips"] = measure_clips(workers, size, rounds, turn)
                shown = [{key: row[key] for key in row if key != "name"} for row in results["clips"]]
                show(console, f"Frames of {size}x{size}, {threads} threads", shown)
                requirements += _judge_clips(results["clips"])
        if "command" in parts:
            results["command"] = _measure_commands(task, thick, folder, runs)
            packages = imported_packages(task, thick, folder)
            show(console, "segassist segment from cold, seconds", [_flat(row) for row in results["command"]])
            requirements += _judge_command(*results["command"], packages)
        if "cold" in parts:
            installed = [backend for backend in BACKENDS if importlib.util.find_spec(backend)]
            results["cold_start"] = measure_cold_start(task, installed, runs)
            show(console, "Process start to first slice", results["cold_start"])
    for row in requirements:
        console.print(f"{'met    ' if row['met'] else 'not met'}  {row['requirement']}: {row['measured']}")
    results["requirements"] = requirements
    for title, rows in results.items():
        if isinstance(rows, list) and rows:
            write_rows(output / f"{title}.csv", [_flat(row) for row in rows])
    (output / "benchmark.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


def _measure_commands(task: str, thick: Path, folder: Path, runs: int) -> list[Row]:
    """The rows of the 20-slice phantom and of the 3D phantom, in whichever axis order is slower."""
    rows = [measure_command(task, thick, "best", folder, runs)]
    orders = []
    for slices_last in (False, True):
        scan = folder / f"3d_{'512x512x192' if slices_last else '192x512x512'}.nii.gz"
        in_process(write_3d, scan, slices_last)
        orders.append(measure_command(task, scan, "quick", folder, runs))
        scan.unlink()
    slower = max(orders, key=lambda row: row["whole"] - row["network"])
    return [*rows, slower]


def _judge_networks(rows: list[Row]) -> list[Row]:
    ratio = next(row["ratio_to_source"] for row in rows if row["name"] == DEFAULT)
    return [
        _requirement(
            "shipped net, default backend, at least 100 x the source net", ratio >= 100, f"{ratio:.0f} x"
        )
    ]


def _judge_clips(rows: list[Row]) -> list[Row]:
    judged = []
    for row in rows:
        if row["name"] == DEFAULT:
            title = f"{row['timed']} on {row['network_sees']} for {row['frame']}, default backend"
            speed, ratio = row["frames_per_second"], row["ratio_to_source"]
            judged += [
                _requirement(f"{title}, at least {REAL_TIME} frames/s", speed >= REAL_TIME, f"{speed:.0f}"),
                _requirement(
                    f"{title}, at least {FASTER} x {SOURCE.title}", ratio >= FASTER, f"{ratio:.1f} x"
                ),
            ]
    return judged


def _judge_command(thick: Row, volume: Row, packages: set[str]) -> list[Row]:
    heavy = sorted(packages & HEAVY)
    stage = max(set(STAGES) - {"read", "network"}, key=lambda stage: thick[stage])
    share = thick[stage] / thick["whole"]
    judged = [
        _requirement("20 slices: neither torch nor monai imported", not heavy, ", ".join(heavy) or "none"),
        _requirement(
            "20 slices: peak memory under 500 MB", thick["peak_mb"] < 500, f"{thick['peak_mb']:.0f} MB"
        ),
        _requirement(
            "20 slices: no stage but network and read over a quarter",
            share <= 0.25,
            f"{stage} {100 * share:.0f} %",
        ),
    ]
    for library, alone in volume["alone"].items():
        ratio = (volume["whole"] - volume["network"]) / alone
        judged.append(
            _requirement(
                f"192x512x512 quick: without the network at most 4 x reading and writing with {library}",
                ratio <= 4,
                f"{ratio:.1f} x",
            )
        )
    return judged


def _requirement(text: str, met: bool, measured: str) -> Row:
    return {"requirement": text, "met": bool(met), "measured": measured}


def _network_rows(results: dict[str, Any]) -> Iterable[Row]:
    """The table on the screen: without what is in the files for machines."""
    for row in results["networks"]:
        shown = {key: value for key, value in row.items() if key not in ("name", "native")}
        if not row["native"]:
            shown["network"] += ", emulated"
        yield shown


def _flat(row: Row) -> Row:
    """Nested figures as columns of their own."""
    flat: Row = {}
    for key, value in row.items():
        flat |= (
            {f"{key}_{inner}": v for inner, v in value.items()} if isinstance(value, dict) else {key: value}
        )
    return flat


def _cores() -> int:
    """The cores that this process may use, which a container may limit."""
    affinity: Callable[[int], set[int]] | None = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def _machine(threads: int) -> dict[str, Any]:
    """What the figures hold for. The load says whether the machine was busy with something else."""
    processor = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text(encoding="utf-8").splitlines()
        processor = next(
            (line.partition(":")[2].strip() for line in lines if "model name" in line), processor
        )
    found = {"processor": processor, "threads": threads, "load": round(os.getloadavg()[0], 1)}
    for package in ("torch", "monai", "onnxruntime", "openvino"):
        if importlib.util.find_spec(package):
            found[package] = version(package)
    return found


if __name__ == "__main__":
    typer.run(main)
