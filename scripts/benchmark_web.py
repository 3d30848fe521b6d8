"""Benchmark of the browser application: against trame-slicer's own viewer, in one Chromium and one run.

    python scripts/benchmark_web.py [--rounds 5] [--steps 10]

Both show the same phantom. In interleaved rounds it measures, from the click or the wheel to the changed
picture in the page: opening the page, scrolling by a slice, and the mask of the slice in sight with a
warm worker. Trust ratios more than milliseconds.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer
from playwright.sync_api import Browser, Page, sync_playwright
from rich.console import Console
from rich.table import Table

CHROMIUM = (
    "--no-sandbox",  # for the root of a container
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
TOKEN = secrets.token_urlsafe()
STOCK = Path(__file__).parent / "benchmarks" / "stock_viewer.py"
# The largest picture in the page is the axial slice in both. It is sent as a whole whenever it changes.
LARGEST = """() => [...document.querySelectorAll("img")]
    .filter(img => img.naturalWidth > 200)
    .sort((a, b) => b.width * b.height - a.width * a.height)[0]"""
PIXELS = f"""(test) => {{
    const img = ({LARGEST})();
    if (!img) return 0;
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [256, 256];
    const context = canvas.getContext("2d");
    context.drawImage(img, 0, 0, 256, 256);
    const data = context.getImageData(0, 0, 256, 256).data;
    let count = 0;
    for (let n = 0; n < data.length; n += 4) count += test(data[n], data[n + 1]);
    return count;
}}"""
SHOWS_AN_IMAGE = f"() => ({PIXELS})((red, green) => red > 40) > 3000"
SHOWS_A_MASK = f"() => ({PIXELS})((red, green) => red > green + 30) > 20"
SHOWS_NO_MASK = f"() => ({PIXELS})((red, green) => red > green + 30) == 0"
NOTE_PICTURE = f"() => {{ window.before = ({LARGEST})().src; }}"
PICTURE_CHANGED = f"() => ({LARGEST})()?.src != window.before"


def main(
    rounds: Annotated[int, typer.Option(help="Interleaved rounds.")] = 5,
    steps: Annotated[int, typer.Option(help="Slices scrolled by in a round.")] = 10,
) -> None:
    """Measure and print."""
    seconds: dict[tuple[str, str], list[float]] = {}
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        scan = folder / "phantom.nii.gz"
        subprocess.run([sys.executable, "-m", "SegAssistLib.cli", "phantom", scan], check=True)
        ours = [sys.executable, "-m", "SegAssistLib.cli", "serve", scan, "--no-open", "--port"]
        viewers = {
            "SegAssist": stack.enter_context(serving(ours)),
            "trame-slicer's viewer": stack.enter_context(serving([sys.executable, STOCK, scan])),
        }
        browser = stack.enter_context(chromium())
        for _ in range(rounds):
            for name, address in viewers.items():
                measured = measure(browser, address, steps, segment=name == "SegAssist")
                for what, values in measured.items():
                    seconds.setdefault((what, name), []).extend(values)
    show(seconds, list(viewers))


@contextmanager
def serving(command: list[str | Path]) -> Iterator[str]:
    """Run a server on a free port, which is added to the command, until it answers."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        port = trial.getsockname()[1]
    environment = {**os.environ, "SEGASSIST_TOKEN": TOKEN}
    process = subprocess.Popen([*map(str, command), str(port)], env=environment, stdout=subprocess.DEVNULL)
    try:
        while process.poll() is None:
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        else:
            raise SystemExit(f"{command[1]} ended before it served anything.")
        yield f"http://127.0.0.1:{port}/?token={TOKEN}"
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, without a window."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        raise SystemExit("There is no Chromium; install it (on Debian: sudo apt install chromium).")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(CHROMIUM))
        yield browser
        browser.close()


def measure(browser: Browser, address: str, steps: int, segment: bool) -> dict[str, list[float]]:
    """One visit: seconds by what was done."""
    page = visit(browser, address)
    opening = timed(lambda: page.goto(address), page, SHOWS_AN_IMAGE)
    page.wait_for_timeout(1000)  # the other views are still drawn
    masks = slice_masks(page) if segment else []
    point_at_slice(page)
    scrolling = []
    for step in range(steps):
        page.wait_for_timeout(150)
        page.evaluate(NOTE_PICTURE)
        notch = 100 if step < steps // 2 else -100  # back to where it began
        scrolling.append(timed(lambda notch=notch: page.mouse.wheel(0, notch), page, PICTURE_CHANGED))
    found = {"page to first image": [opening], "one slice further": scrolling}
    return {**found, "click to the slice's mask": masks} if segment else found


def point_at_slice(page: Page) -> None:
    """Put the mouse on the axial slice, where the wheel scrolls."""
    box = page.evaluate_handle(LARGEST).as_element().bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


_contexts: dict[str, object] = {}


def visit(browser: Browser, address: str) -> Page:
    """A new page for each visit, with the same cookies: SegAssist serves one browser."""
    if address not in _contexts:
        _contexts[address] = browser.new_context(viewport={"width": 1400, "height": 900})
        _contexts[address].new_page().goto(address)
    for page in _contexts[address].pages:
        page.close()
    return _contexts[address].new_page()


def slice_masks(page: Page) -> list[float]:
    """Click "This slice" where a lesion is, until it is red, and take it back; a first click warms up."""
    page.click("#segment-slice")
    page.wait_for_function(SHOWS_A_MASK)
    point_at_slice(page)
    page.mouse.wheel(0, 100)  # what the first click of all made cannot be taken back
    page.wait_for_function(SHOWS_NO_MASK)
    values = []
    for _ in range(3):
        page.wait_for_timeout(700)
        values.append(timed(lambda: page.click("#segment-slice"), page, SHOWS_A_MASK))
        page.keyboard.press("Control+z")
        page.wait_for_function(SHOWS_NO_MASK)
    point_at_slice(page)
    page.mouse.wheel(0, -100)
    page.wait_for_timeout(700)
    return values


def timed(act: Callable[[], object], page: Page, until: str) -> float:
    """Seconds from before ``act`` until the condition holds in the page."""
    started = time.perf_counter()
    act()
    page.wait_for_function(until, polling=4, timeout=60_000)
    return time.perf_counter() - started


def show(seconds: dict[tuple[str, str], list[float]], names: list[str]) -> None:
    """Print medians and the ratio of ours to the other's."""
    table = Table("median, ms", *names, "ours / theirs")
    for what in dict.fromkeys(what for what, _ in seconds):
        medians = [
            statistics.median(seconds[what, name]) if (what, name) in seconds else None for name in names
        ]
        cells = [f"{1000 * value:.0f}" if value is not None else "" for value in medians]
        ratio = f"{medians[0] / medians[1]:.2f}" if None not in medians else ""
        table.add_row(what, *cells, ratio)
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
