"""Processes: run a command from cold, with its wall time and its peak memory."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple


class Finished(NamedTuple):
    """Seconds from start to exit, the peak of the resident memory in MB, and what it printed."""

    seconds: float
    peak_mb: float
    stdout: str
    stderr: str


def run_cold(arguments: Sequence[str]) -> Finished:
    """Run this interpreter with ``arguments``.

    The kernel counts the memory of the process that started a child as the child's own, so the caller must be
    small: whatever needs much memory is done in a process of its own (:func:`in_process`).

    Raises:
        RuntimeError: the command failed; the message has its last lines.
    """
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        # neither pipe is read before the end: what these commands print fits into a pipe's buffer
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        stdout, stderr = process.stdout.read(), process.stderr.read()
    if process.returncode != 0:
        raise RuntimeError(f"{' '.join(arguments)} failed: {stderr[-2000:]}")
    unit = 1e6 if sys.platform == "darwin" else 1e3  # bytes there, kilobytes elsewhere
    return Finished(seconds, usage.ru_maxrss / unit, stdout, stderr)


def in_process(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call ``function`` in a process of its own, which gives its memory back."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)
