"""The one exception that stands for 'the person has to change something'."""

from __future__ import annotations

import traceback
from pathlib import Path


class InputError(Exception):
    """Bad input or bad usage: the message is one sentence for the person.

    The message says which file, what is wrong with it and what to do. It never holds patient
    data. The command line prints it on stderr and ends with exit code 2; the other faces show it.
    """


class Cancelled(Exception):
    """A run was stopped because its caller asked for it; nothing was written."""


def kind_and_place(error: BaseException) -> str:
    """What an unforeseen error is and where it arose, without its text, which may name a patient.

    For example ``KeyError in io/video.py, line 80``.
    """
    package = Path(__file__).parent
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        file = Path(frame.filename)
        if package in file.parents:
            return f"{type(error).__name__} in {file.relative_to(package).as_posix()}, line {frame.lineno}"
    return type(error).__name__
