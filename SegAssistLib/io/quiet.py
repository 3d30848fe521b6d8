"""Quiet: what libraries in C print on a damaged file is kept off the terminal; an exception says it to us."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator

_STDERR = 2
_lock = threading.Lock()
_readers = 0
_terminal = -1


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Send the process's standard error nowhere while a library reads a file, in however many threads."""
    global _readers, _terminal
    with _lock:
        if _readers == 0:
            _terminal = _divert()
        _readers += 1
    try:
        yield
    finally:
        with _lock:
            _readers -= 1
            if _readers == 0 and _terminal >= 0:
                os.dup2(_terminal, _STDERR)
                os.close(_terminal)


def _divert() -> int:
    """A copy of standard error, which leads nowhere from now on; -1 where there is none, as in a window."""
    try:
        terminal = os.dup(_STDERR)
    except OSError:
        return -1
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, _STDERR)
    os.close(nowhere)
    return terminal
