"""Processes: rows of many clips, made in processes with one core each."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from typing import Any, TypeVar

Job = TypeVar("Job")


def map_in_processes(work: Callable[[Job], Any], jobs: Iterable[Job], processes: int) -> Iterator[Any]:
    """Do ``work`` on every job, and give the results in the jobs' order.

    Every process has a core of its own, which is the one limit that all the libraries' pools of threads
    respect.
    """
    context = multiprocessing.get_context("spawn")
    cores = context.SimpleQueue()
    usable = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    for process in range(processes):
        cores.put(usable[process % len(usable)] if usable else None)
    with ProcessPoolExecutor(processes, context, initializer=_take_core, initargs=(cores,)) as pool:
        yield from pool.map(work, jobs)


def _take_core(cores: Any) -> None:
    core = cores.get()
    if core is not None:
        os.sched_setaffinity(0, {core})
