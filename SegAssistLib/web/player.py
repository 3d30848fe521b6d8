"""Player: steps through a clip's frames at its own pace, and no further than they are computed."""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

import numpy as np
from trame_server import Server
from trame_server.utils.typed_state import TypedState

from SegAssistLib.report.film import USUAL_RATE
from SegAssistLib.translation import tr as _
from SegAssistLib.web.messages import Messages, shown

SHORTEST_WAIT = 0.004  # seconds; whatever else happens has its turn between two frames
RATE_SECONDS = 2.0  # over which frames a second are counted
SAID_SECONDS = 0.5  # after which it is said how many these are
MOST_UNSEEN = 3  # frames on their way to the page; more would only make it late
UNSEEN_SECONDS = 1.0  # after which a frame counts as lost


@dataclass
class PlayerState:
    """What the page knows of the clip that is shown.

    Attributes:
        count: number of frames; 0 when no clip is shown.
        frame: index of the one that is shown, from 0.
        times: of the frames, seconds from the first; empty when they are not known.
        rate: the clip's own frames per second, as text.
        playing, loop: whether it plays, and begins again at its end.
        pace: how many frames per second are shown, as text; empty while it does not play.
    """

    count: int = 0
    frame: int = 0
    times: list = field(default_factory=list)
    rate: str = ""
    playing: bool = False
    loop: bool = True
    pace: str = ""


class Rate:
    """How often something happens, in times per second."""

    def __init__(self) -> None:
        self._moments: deque[float] = deque()
        self._begun = monotonic()

    def note(self) -> None:
        """It happened."""
        self._moments.append(monotonic())

    def forget(self) -> None:
        """Begin anew."""
        self._moments.clear()
        self._begun = monotonic()

    @property
    def per_second(self) -> float:
        """Of the last seconds. What happens is counted by the time that it had, for it can come in bursts."""
        now = monotonic()
        while self._moments and self._moments[0] < now - RATE_SECONDS:
            self._moments.popleft()
        return len(self._moments) / min(max(now - self._begun, SAID_SECONDS), RATE_SECONDS)


class Schedule:
    """When each frame of a clip is due, in seconds from its beginning, and on through its repetitions.

    Steps are counted from the first frame on and go on rising when the clip begins again.

    Args:
        count: number of frames.
        times: of the frames, seconds from the first; empty when they are not known.
    """

    def __init__(self, count: int, times: Sequence[float]) -> None:
        self._times = list(times) or [n / USUAL_RATE for n in range(count)]
        gap = float(np.median(np.diff(self._times))) if count > 1 else 1 / USUAL_RATE
        self._length = self._times[-1] + gap

    def at(self, step: int) -> float:
        """When a step is due."""
        round_number, frame = divmod(step, len(self._times))
        return round_number * self._length + self._times[frame]

    def due(self, time: float) -> int:
        """The step that is to be seen at a time."""
        round_number, rest = divmod(time, self._length)
        return int(round_number) * len(self._times) + bisect_right(self._times, rest) - 1


class Player:
    """Plays the clip that is shown.

    A frame for which there is no time is left out, be it that the view is drawn too slowly or that the page
    has not seen those before it: so a clip takes as long as it took to record. Where frames are still being
    computed, it waits for the next one.

    Args:
        server: whose page has the player.
        messages: of the page.
        show: shows a frame.
        ready: whether a frame can be shown by now.
        playing: called with True when it begins to play and False when it stops.
    """

    def __init__(
        self,
        server: Server,
        messages: Messages,
        show: Callable[[int], None],
        ready: Callable[[int], bool],
        playing: Callable[[bool], None],
    ) -> None:
        state = TypedState(server.state, PlayerState)
        self.state, self.names = state.data, state.name
        self.messages = messages
        self._server_state = server.state
        self._show = show
        self._ready = ready
        self._playing = playing
        self._schedule = Schedule(1, ())
        self._shown = 0
        self._unseen: deque[int] = deque()
        self._rate = Rate()
        self._task: asyncio.Task | None = None
        state.bind_changes({self.names.frame: self.go})

    @property
    def per_second(self) -> float:
        """Frames that the page has shown per second, while it plays."""
        return self._rate.per_second

    def open(
        self, count: int, frame: int = 0, times: Sequence[float] = (), rate: float | None = None
    ) -> None:
        """Take up a clip at the frame that is shown; a count of 0 takes it away."""
        self.pause()
        state = self.state
        state.count, state.frame, state.times = count, frame, [round(time, 4) for time in times]
        state.rate = (
            _("{rate:.3g} frames/s").format(rate=rate)
            if rate
            else _("time unknown, shown at {rate:.0f} frames/s").format(rate=USUAL_RATE)
        )
        self._schedule = Schedule(max(1, count), times)
        self._shown = frame

    @shown
    def go(self, frame: int) -> None:
        """Show a frame; a clip that plays goes on from there."""
        frame = min(max(int(frame), 0), self.state.count - 1)
        if self.state.count and frame != self._shown:
            self._step_to(frame)
            if self.state.playing:
                self._restart()

    @shown
    def step(self, by: int) -> None:
        """Show the next frame (1) or the one before (-1), and stand still there."""
        self.pause()
        self.go(self._shown + by)

    @shown
    def edge(self, last: bool) -> None:
        """Show the first frame or the last."""
        self.go(self.state.count - 1 if last else 0)

    @shown
    def toggle(self) -> None:
        """Play, or pause."""
        if self.state.playing:
            self.pause()
        else:
            self.play()

    def play(self) -> None:
        """Play on from the frame that is shown; from the first one when the last is shown."""
        if self.state.count < 2 or self.state.playing:
            return
        if self._shown == self.state.count - 1:
            self._step_to(0)
        self.state.playing = True
        self._rate.forget()
        self._unseen.clear()
        self._playing(True)
        self._restart()

    def pause(self) -> None:
        """Stand still."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if self.state.playing:
            self.state.playing, self.state.pace = False, ""
            self._playing(False)

    def seen(self, frame: int) -> None:
        """The page shows a frame, and what was sent before."""
        if frame in self._unseen:
            while self._unseen.popleft() != frame:
                pass
            self._rate.note()

    def _restart(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task = asyncio.get_running_loop().create_task(self._play())

    async def _play(self) -> None:
        step = self._shown
        begun = monotonic() - self._schedule.at(step)
        said = stepped = monotonic()
        while self.state.playing:
            if len(self._unseen) >= MOST_UNSEEN:
                if monotonic() - stepped > UNSEEN_SECONDS:
                    self._unseen.clear()
                await asyncio.sleep(SHORTEST_WAIT)
                continue
            due = max(step, self._schedule.due(monotonic() - begun))
            last = self.state.count - 1
            if not self.state.loop and due > last:
                due = max(step, last)
            reached = step
            while reached < due and self._ready((reached + 1) % self.state.count):
                reached += 1
            if reached < due:  # not computed yet: time stands still until it is
                begun = monotonic() - self._schedule.at(reached + 1)
            with self.messages.reporting():
                if reached != step:
                    step, stepped = reached, monotonic()
                    self._unseen.append(step % self.state.count)
                    self._step_to(step % self.state.count)
                if monotonic() - said > SAID_SECONDS:
                    said = monotonic()
                    self.state.pace = _("{rate:.0f} frames/s shown").format(rate=self.per_second)
                if not self.state.loop and step >= last:
                    self._task = None
                    self.pause()
                    return
            wait = self._schedule.at(step + 1) - (monotonic() - begun)
            await asyncio.sleep(max(SHORTEST_WAIT, wait))

    def _step_to(self, frame: int) -> None:
        self._shown = frame
        self.state.frame = frame
        self._show(frame)
