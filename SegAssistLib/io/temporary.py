"""Temporary folders: what a process that was killed left in one is swept at the next start."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: nothing is known of other processes, so nothing of theirs is swept
    fcntl = None


@contextlib.contextmanager
def temporary_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """Give a new folder that nobody else can look into, and remove it afterwards with all that is in it.

    Its process holds a lock on it, which ends with the process however that ends. Folders of the same kind
    without a lock are removed first.

    Args:
        parent: exists.
        prefix: of the names of such folders; 32 hexadecimal digits follow, as no person calls a folder.

    Raises:
        OSError: it cannot be made.
    """
    _sweep(parent, prefix)
    while True:
        folder = parent / f"{prefix}{uuid.uuid4().hex}"
        folder.mkdir(mode=0o700)
        lock = _lock(folder)
        if fcntl is None or folder.exists():
            break
        _close(lock)  # another start swept it before it was locked
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _close(lock)


def _sweep(parent: Path, prefix: str) -> None:
    """Remove this user's folders whose process is gone."""
    if fcntl is None:
        return
    with contextlib.suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            if not re.fullmatch(re.escape(prefix) + "[0-9a-f]{32}", entry.name):
                continue
            with contextlib.suppress(OSError):
                if not entry.is_dir(follow_symlinks=False) or entry.stat().st_uid != os.geteuid():
                    continue
                lock = _lock(Path(entry.path))
                if lock is not None:
                    shutil.rmtree(entry.path, ignore_errors=True)
                    _close(lock)


def _lock(folder: Path) -> int | None:
    """Lock a folder until the descriptor that is returned is closed; None when it is locked, or cannot be."""
    if fcntl is None:
        return None
    descriptor = None
    try:
        descriptor = os.open(folder, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        _close(descriptor)
        return None
    return descriptor


def _close(lock: int | None) -> None:
    if lock is not None:
        os.close(lock)
