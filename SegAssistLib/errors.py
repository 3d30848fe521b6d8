"""The one exception that stands for 'the person has to change something'."""

from __future__ import annotations


class InputError(Exception):
    """Bad input or bad usage: the message is one sentence for the person.

    The message says which file, what is wrong with it and what to do. It never holds patient
    data. The command line prints it on stderr and ends with exit code 2; the other faces show it.
    """


class Cancelled(Exception):
    """A run was stopped because its caller asked for it; nothing was written."""
