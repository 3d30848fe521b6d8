"""What goes wrong, shown to the person."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import slicer
from slicer.i18n import tr as _


@contextlib.contextmanager
def errors_shown(afterwards=None) -> Iterator[None]:  # noqa: ANN001 - a function without arguments, or None
    """Show what goes wrong inside: what the person has to change as one sentence, a fault with its details.

    ``afterwards`` is called when something went wrong, to bring the panel back to what is true.
    """
    from SegAssistLib.errors import InputError

    try:
        with slicer.util.tryWithErrorDisplay(_("SegAssist met an unexpected error.")):
            try:
                yield
            except InputError as error:
                if afterwards:
                    afterwards()
                slicer.util.errorDisplay(str(error))
    except Exception:
        if afterwards:
            afterwards()
        raise
