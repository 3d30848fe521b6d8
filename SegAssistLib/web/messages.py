"""Messages: whatever goes wrong becomes a sentence in the page, and the session goes on."""

from __future__ import annotations

import asyncio
import functools
import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from trame_server.state import State

from SegAssistLib.errors import InputError
from SegAssistLib.translation import tr as _
from SegAssistLib.web.state import PanelState

logger = logging.getLogger(__name__)


class Messages:
    """What the page says to the person.

    Args:
        state: of the page; sent after every action.
        panel: has the message.
        folder: private; its name is left out of messages.
    """

    def __init__(self, state: State, panel: PanelState, folder: Path) -> None:
        self._state = state
        self._panel = panel
        self._private = re.compile(re.escape(str(folder)) + r"[\\/][^\\/\s]+[\\/]?")

    def say(self, text: str, kind: str = "error") -> None:
        """Show a sentence: ``error``, ``warning`` or ``success``."""
        # A person knows the names of the files, and not where the server keeps them.
        self._panel.message = self._private.sub("", text)
        self._panel.message_kind = kind

    def report(self, error: Exception) -> None:
        """Show what went wrong. The log quotes no text and names no file: these may name a patient."""
        if isinstance(error, InputError):
            self.say(str(error))
            return
        place = _logged(error)
        self.say(
            _(
                "Something went wrong in SegAssist ({kind} at {place}). Nothing that is open "
                "was lost; try again."
            ).format(kind=type(error).__name__, place=place)
        )

    def show(self, error: Exception) -> None:
        """Report an error from outside, and send the state."""
        with self.reporting():
            raise error

    def unhandled(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Log what no one waited for, as short as in :meth:`report`; an event loop's exception handler."""
        error = context.get("exception")
        if isinstance(error, ConnectionError):  # a page that was closed while something was sent to it
            return
        _logged(error)

    @contextmanager
    def reporting(self) -> Iterator[None]:
        """Report what goes wrong inside, and send the state."""
        try:
            yield
        except Exception as error:
            self.report(error)
        finally:
            self._state.flush()


def shown(action: Callable[..., Any]) -> Callable[..., Any]:
    """Make a method of an object with ``messages`` report its errors instead of raising them."""
    if asyncio.iscoroutinefunction(action):

        @functools.wraps(action)
        async def guarded(self: Any, *arguments: Any) -> None:
            with self.messages.reporting():
                await action(self, *arguments)
    else:

        @functools.wraps(action)
        def guarded(self: Any, *arguments: Any) -> None:
            with self.messages.reporting():
                action(self, *arguments)

    return guarded


def _logged(error: BaseException | None) -> str:
    """Log an error by type and place alone, and return the place."""
    trace = error.__traceback__ if error else None
    while trace and trace.tb_next:
        trace = trace.tb_next
    place = f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}" if trace else "unknown place"
    logger.error("%s at %s", type(error).__name__, place)
    return place
