"""Evaluate compression: the change of a vessel's area as measured, beside the true one.

    python scripts/evaluate_compression.py --output DIR --looks PICTURES
    python scripts/evaluate_compression.py --output DIR --run TRAINING --data FRAMES

The first simulates clips, healthy and thrombosed, segments them with the shipped task and measures them.
Their seeds are in no training. The simulator is the one that the training learned from, so the figures say
how well its own world was learned, and nothing about patients. ``--looks`` gives every second pair of clips
the look of a picture; take pictures that the training has not seen.

The second presses one vessel of every real, annotated frame together by a known amount, step by step and
back, and has it segmented by the fold's network, of a training run, that has not seen the recording.

Writes ``simulated.csv`` or ``pressed.csv``, one row a clip, and ``*_summary.csv``; prints the summary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from compression.processes import map_in_processes
from compression.simulated import SIMULATED, SimulatedRun
from compression.summary import NEAR, summarise_changes, summarise_vessels
from rich.console import Console
from rich.progress import track
from tables import show

from SegAssistLib.io.table import write_rows
from SegAssistLib.task import find_task

PICTURES = {".png", ".jpg", ".jpeg"}
Row = dict[str, Any]


def main(
    output: Annotated[Path, typer.Option(help="Folder for the CSV files; made when missing.")],
    task: Annotated[str, typer.Option(help="The shipped task.")] = "vessel-ultrasound",
    bundle: Annotated[Path | None, typer.Option(help="Another bundle instead.")] = None,
    clips: Annotated[int, typer.Option(help="Simulated clips, half of them healthy.")] = 80,
    frames: Annotated[int, typer.Option(help="Of a clip.")] = 96,
    size: Annotated[int, typer.Option(help="Columns and rows of a simulated clip.")] = 256,
    looks: Annotated[Path | None, typer.Option(help="Folder of pictures to take looks from.")] = None,
    seed: Annotated[int, typer.Option(help="Another one gives other clips.")] = 0,
    quality: Annotated[str, typer.Option(help="quick (as in playback) or best.")] = "quick",
    run: Annotated[Path | None, typer.Option(help="Training run: real frames instead.")] = None,
    data: Annotated[Path | None, typer.Option(help="The run's annotated frames.")] = None,
    every: Annotated[int, typer.Option(help="Of the real frames take every n-th.")] = 1,
    processes: Annotated[int, typer.Option(help="With one core each.")] = 2,
    keep: Annotated[bool, typer.Option(help="Keep tables and pictures of every clip.")] = False,
) -> None:
    """Measure clips whose truth is known."""
    console = Console(width=200)
    output.mkdir(parents=True, exist_ok=True)
    if run is None:
        kept = output / "clips" if keep else None
        if kept:
            kept.mkdir(exist_ok=True)
        pictures = sorted(path for path in looks.iterdir() if path.suffix in PICTURES) if looks else []
        folder = bundle or find_task(task).folder
        simulated = SimulatedRun(folder, size, frames, quality, tuple(pictures), seed, kept)
        rows = _measure(console, simulated, range(clips), processes)
        name, groups = "simulated", _simulated_groups(rows)
    else:
        if data is None:
            raise typer.BadParameter("--run needs --data, the frames that it learned from")
        from compression.pressed import PressedRun

        pressed = PressedRun(run, data, frames, quality, task)
        rows = _measure(console, pressed, pressed.names()[::every], processes)
        name, groups = "pressed", _pressed_groups(rows)
    summary = [{"group": group, **summarise_changes(members)} for group, members in groups.items()]
    show(
        console,
        f"Change of area ({name} clips): error in points, and percent of clips within {NEAR:g}",
        summary,
    )
    vessels = [{"group": group, **summarise_vessels(members)} for group, members in groups.items()]
    show(console, "Vessels", vessels)
    write_rows(output / f"{name}.csv", rows)
    write_rows(
        output / f"{name}_summary.csv",
        [{**changes, **rest} for changes, rest in zip(summary, vessels, strict=True)],
    )


def _measure(
    console: Console, work: Callable[[Any], Row | None], jobs: Sequence[Any], processes: int
) -> list[Row]:
    """The rows of all clips that could be made."""
    made = map_in_processes(work, jobs, processes)
    rows = [
        row for row in track(made, "clips", len(jobs), console=console, transient=True) if row is not None
    ]
    if len(rows) < len(jobs):
        console.print(f"{len(jobs) - len(rows)} of {len(jobs)} clips could not be made: vessel at the edge")
    return rows


def _simulated_groups(rows: list[Row]) -> dict[str, list[Row]]:
    groups = {
        "healthy": [row for row in rows if not row["thrombosed"]],
        "thrombosed": [row for row in rows if row["thrombosed"]],
        "look simulated": [row for row in rows if row["look"] == SIMULATED],
        "look of a picture": [row for row in rows if row["look"] != SIMULATED],
        "all": rows,
    }
    return {group: members for group, members in groups.items() if members}


def _pressed_groups(rows: list[Row]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        closed = "closed" if row["true_change"] >= 90 else "resisting"
        for group in (f"{row['source']}, {closed}", row["source"], "all"):
            groups.setdefault(group, []).append(row)
    return dict(sorted(groups.items(), key=lambda item: (item[0] == "all", item[0])))


if __name__ == "__main__":
    typer.run(main)
