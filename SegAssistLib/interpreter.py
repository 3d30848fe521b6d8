"""The Python interpreter, and the environment, in which a part of SegAssist runs in a process of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)  # Windows alone has it


def python() -> str:
    """The interpreter: Slicer's where there is one, for there this process is no interpreter."""
    return shutil.which("PythonSlicer") or sys.executable


def environment() -> dict[str, str]:
    """This process's environment, in which SegAssistLib is found where it was loaded from."""
    package = Path(__file__).resolve().parents[1]
    paths = [str(package), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONSAFEPATH": "1",  # nothing is imported from the current folder
        "PYTHONUTF8": "1",
    }
