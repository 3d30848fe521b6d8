"""Benchmark of the browser's player: frames per second of a clip in the real page, in Chromium.

    python scripts/benchmark_playback.py [--frames 240] [--seconds 8] [--quality quick]

A simulated compression clip of 512 x 512 pixels at 30 frames/s is opened and played as it is, played live
while it is segmented, and played with its stored masks. A frame counts when the page has loaded its picture
and drawn it. Everything runs on this machine: server, worker and browser.
"""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from benchmark_web import chromium, serving
from playwright.sync_api import Page
from rich.console import Console
from rich.table import Table

from SegAssistLib.io import video
from SegAssistLib.training.ultrasound.simulator import Settings, simulate_clip

SIZE, RATE = 512, 30.0
PROGRAM = [sys.executable, "-m", "SegAssistLib.cli"]
COUNT_FRAMES = """() => {
    window.painted = [];
    let last = null;
    document.addEventListener("load", (event) => {
        if (!event.target.closest?.(".sa-stage")) return;
        const frame = trame.state.state.PlayerState__frame;
        requestAnimationFrame((now) => {
            if (frame !== last) window.painted.push(now);
            last = frame;
        });
    }, true);
}"""
PAINTED = "() => window.painted.splice(0)"


def main(
    frames: Annotated[int, typer.Option(help="Of the clip.")] = 240,
    seconds: Annotated[
        float, typer.Option(help="That each playing takes; the live one takes its run.")
    ] = 8.0,
    quality: Annotated[str, typer.Option(help="Of the live run: quick or best.")] = "quick",
) -> None:
    """Measure and print."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        clip = write_clip(folder / "clip.mp4", frames)
        address = stack.enter_context(serving([*PROGRAM, "serve", clip, "--no-open", "--port"]))
        page = stack.enter_context(chromium()).new_page(viewport={"width": 1440, "height": 900})
        page.goto(address)
        wait(page, "state.PlayerState__count > 0 && !state.PanelState__missing", 120)
        page.evaluate(COUNT_FRAMES)
        shown = {"without masks": play(page, seconds)}
        shown["live, while it is segmented"], computed = segment(page, quality, frames)
        shown["with stored masks"] = play(page, seconds)
    table = Table(f"{SIZE} x {SIZE}, {RATE:g} frames/s", "frames/s shown", "frames/s computed")
    for what, rate in shown.items():
        table.add_row(what, f"{rate:.1f}", f"{computed:.1f}" if "live" in what else "")
    Console().print(table)


def write_clip(path: Path, frames: int) -> Path:
    """Simulate a clip and write it as a film."""
    simulated = simulate_clip(3, Settings(shape=(SIZE, SIZE), frames=frames, frame_rate=RATE))
    pictures = (np.repeat(frame.T[..., None], 3, axis=2) for frame in np.moveaxis(simulated.frames, 2, 0))
    video.write(path, pictures, np.arange(frames) / RATE)
    return path


def play(page: Page, seconds: float) -> float:
    """Play for a while; frames per second that were painted."""
    page.click("#play")
    wait(page, "state.PlayerState__playing")
    page.wait_for_timeout(1000)
    page.evaluate(PAINTED)
    page.wait_for_timeout(1000 * seconds)
    painted = page.evaluate(PAINTED)
    page.click("#play")
    wait(page, "!state.PlayerState__playing")
    return per_second(painted)


def segment(page: Page, quality: str, frames: int) -> tuple[float, float]:
    """Segment the clip, which plays meanwhile; frames per second that were painted, and computed."""
    page.click("#segment-slice")  # warms the worker up
    wait(page, "state.PanelState__has_result && !state.PanelState__running", 120)
    page.click(f"#{quality}")
    page.evaluate(PAINTED)
    started = time.perf_counter()
    page.click("#segment-all")
    wait(page, "state.PanelState__running")
    page.wait_for_function("() => trame.state.state.PanelState__percent > 99", timeout=600_000)
    computed = frames / (time.perf_counter() - started)
    painted = page.evaluate(PAINTED)
    wait(page, "!state.PanelState__running", 120)
    page.evaluate("trame.state.set('PanelState__message', '')")
    page.click("#play")
    wait(page, "!state.PlayerState__playing")
    return per_second(painted), computed


def wait(page: Page, condition: str, seconds: float = 60) -> None:
    """Wait for a condition on the page's state, whose names begin with ``state.``."""
    page.wait_for_function(
        f"() => {{ const state = window.trame?.state?.state; return state && {condition}; }}",
        timeout=1000 * seconds,
    )


def per_second(moments: list[float]) -> float:
    """Of moments in milliseconds."""
    return 1000 * (len(moments) - 1) / (moments[-1] - moments[0]) if len(moments) > 1 else 0.0


if __name__ == "__main__":
    typer.run(main)
