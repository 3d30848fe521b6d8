"""Child: the parent's end of a :mod:`worker_process`: starts it, talks with it, ends it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass
from queue import SimpleQueue

from SegAssistLib.inference.messages import OUT_OF_MEMORY, Message, read_message, write_message
from SegAssistLib.interpreter import NO_WINDOW, environment
from SegAssistLib.translation import tr as _

MODULE = "SegAssistLib.inference.worker_process"
LAST_WORDS = 2000  # bytes of standard error that are kept
KILLED = -getattr(signal, "SIGKILL", 9)  # how Linux frees memory
# PythonSlicer is a launcher: of whatever signal ended the process it says this, and ends with 1.
LAUNCHER_OF_KILLED = "exit abnormally"


@dataclass(frozen=True)
class Ended:
    """The process is gone.

    Attributes:
        code: its exit code; below 0 the signal that ended it.
        ready: whether it had been ready for a job.
        last_line: of its standard error, for a process that was never ready and so has seen no image.
    """

    code: int
    ready: bool = True
    last_line: str = ""

    def sentence(self, quality: str) -> str:
        """Say to a person what happened and what to do."""
        less = _("close other programs") + (_(" or choose quick") if quality == "best" else "")
        if self.code == OUT_OF_MEMORY:
            return _("There was not enough memory for this image; {less}, and click again.").format(less=less)
        if self.code == KILLED:
            return _(
                "The segmentation process ended unexpectedly (out of memory?); {less}, and click again."
            ).format(less=less)
        if not self.ready:
            reason = self.last_line or _("exit code {code}").format(code=self.code)
            return _(
                "The segmentation process cannot be started ({reason}); install SegAssist again."
            ).format(reason=reason)
        return _("The segmentation process ended unexpectedly (exit code {code}); click again.").format(
            code=self.code
        )


class Child:
    """A running process.

    Attributes:
        inbox: what it says, and one :class:`Ended` after that.
        held: what the pixels that it holds are known by; None when they cannot be known again.
    """

    def __init__(self, python: str) -> None:
        """Start it.

        Args:
            python: the interpreter.

        Raises:
            OSError: it cannot be started.
        """
        self.inbox: SimpleQueue[Message | Ended] = SimpleQueue()
        self.held: Hashable | None = None
        self._outbox: SimpleQueue[Message | None] = SimpleQueue()
        self._last_words = b""
        self._process = subprocess.Popen(
            [python, "-m", MODULE],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            start_new_session=True,  # a group of its own, to end it with all that it has started
            creationflags=NO_WINDOW,
        )
        self._hearing = threading.Thread(target=self._hear, daemon=True)
        self._hearing.start()
        for work in (self._write, self._read):
            threading.Thread(target=work, daemon=True).start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def send(self, message: Message) -> None:
        """Send a message, without waiting until it is read."""
        self._outbox.put(message)
        time.sleep(0.001)  # lets the thread that writes begin, see `Worker.poll`

    def kill(self) -> None:
        """End it at once, whatever it does, with all processes that it has started."""
        self._outbox.put(None)
        if not self.alive:
            return
        if sys.platform == "win32":
            command = ["taskkill", "/PID", str(self._process.pid), "/T", "/F"]
            subprocess.run(command, capture_output=True, creationflags=NO_WINDOW, check=False)
        else:
            with suppress(OSError):  # gone in between
                os.killpg(self._process.pid, signal.SIGKILL)

    def join(self) -> None:
        """Wait until it is gone, after :meth:`kill`."""
        with suppress(subprocess.TimeoutExpired):  # held in the kernel: it goes when that lets it
            self._process.wait(5)

    def _write(self) -> None:
        with self._process.stdin, suppress(OSError):  # a broken pipe: `_read` reports the end
            while (message := self._outbox.get()) is not None:
                write_message(self._process.stdin, message)
                del message  # holds an image

    def _read(self) -> None:
        ready, code = False, None
        try:
            while True:
                message = read_message(self._process.stdout)
                ready = True
                self.inbox.put(message)
                del message  # holds a result
        except EOFError:
            with suppress(subprocess.TimeoutExpired):
                code = self._process.wait(1)
        except MemoryError:  # here, for a result
            code = OUT_OF_MEMORY
        finally:
            self.kill()
            ended = self._process.wait()
            self._hearing.join(1)
            lines = self._last_words.decode("utf-8", "replace").strip().splitlines() or [""]
            code = ended if code is None else code
            if code == 1 and any(LAUNCHER_OF_KILLED in line for line in lines):
                code = KILLED
            self.inbox.put(Ended(code, ready, "" if ready else lines[-1]))

    def _hear(self) -> None:
        """Empty standard error, so that the process is never held up by it."""
        with self._process.stderr:
            while heard := self._process.stderr.read(4096):
                self._last_words = (self._last_words + heard)[-LAST_WORDS:]
