"""Worker: a warm process beside the application that segments, so that the application never waits.

The process is started when it is first needed, keeps the networks and the last image, and ends with the
application. It is reached through its own input and output alone; nothing listens on the network.
"""

from __future__ import annotations

import time
import weakref
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

import numpy as np

from SegAssistLib import interpreter
from SegAssistLib.image import Image
from SegAssistLib.inference.child import Child, Ended
from SegAssistLib.inference.messages import OUT_OF_MEMORY, Message, describe, from_box
from SegAssistLib.inference.segment import Quality
from SegAssistLib.inference.tracking_message import described_tracking
from SegAssistLib.labels import Segmentation
from SegAssistLib.measure.frame_quality import FrameQuality
from SegAssistLib.measure.tracking import Tracking
from SegAssistLib.task import Task
from SegAssistLib.translation import tr as _

PATIENCE = 0.005  # seconds that a poll gives the threads which read and write, see `Worker.poll`
GRACE = 0.7  # seconds that a cancelled job has to stop by itself


@dataclass(frozen=True)
class Progress:
    """Planes computed, planes in all, and the seconds that the others will take (None: not known yet)."""

    done: int
    total: int
    seconds_left: float | None


@dataclass(frozen=True)
class SliceDone:
    """Labels of one slice ahead of the result: uint8, on the array's two other axes.

    Of a volume it is a first look at the slice that was asked for first. Of a clip every frame comes, in
    playing order from that one on, as it will be in the result.
    """

    axis: int
    index: int
    array: np.ndarray


@dataclass(frozen=True)
class Finished:
    """The result, the seconds by stage, and what computed it.

    If it was asked for, also the quality of every frame, and the vessels as they were followed through those
    that can be read.
    """

    segmentation: Segmentation
    seconds: dict[str, float]
    backend: str
    model_sha256: str
    frame_quality: tuple[FrameQuality, ...] | None = None
    tracking: Tracking | None = None


@dataclass(frozen=True)
class Failed:
    """There is no result; one sentence for the person says why."""

    message: str


@dataclass(frozen=True)
class Stopped:
    """There is no result, because the job was cancelled."""


Event = Progress | SliceDone | Finished | Failed | Stopped
LAST = (Finished, Failed, Stopped)


@dataclass
class _Job:
    """What has to be known of a job until it ends.

    Attributes:
        number: rises from job to job.
        image: without its pixels' being looked at again; the result lies on its grid.
        task, quality: as submitted.
        deadline: when a cancelled job is stopped by force; None when it is not cancelled.
    """

    number: int
    image: Image
    task: Task
    quality: Quality
    deadline: float | None = None


class Worker:
    """A warm child process that segments, one job at a time.

    Example::

        worker = Worker()
        worker.submit(image, task, quality="quick")
        while worker.busy:
            for event in worker.poll():
                ...
    """

    def __init__(self, python: str | None = None, backend: str = "auto", device: str = "auto") -> None:
        """Prepare; nothing is started yet.

        Args:
            python: the interpreter to run; Slicer's (``PythonSlicer`` on the path) or this one if not given.
            backend: see :func:`~SegAssistLib.inference.backends.open_backend`; so is the next.
            device: ``auto``, ``cpu`` or ``cuda``.
        """
        self._python = python or interpreter.python()
        self._backend = backend
        self._device = device
        self._child: Child | None = None
        self._end_with_me: weakref.finalize | None = None
        self._job: _Job | None = None
        self._jobs = 0

    @property
    def busy(self) -> bool:
        """Whether a job is under way whose last event has not been given out."""
        return self._job is not None

    @property
    def pid(self) -> int | None:
        """The process's id; None when none has been started."""
        return self._child.pid if self._child else None

    def warm(self, task: Task) -> None:
        """Start the process and load the network of ``task``, without waiting for either."""
        if self._ready_child():
            self._child.send(Message("warm", self._stated(task)))

    def submit(
        self,
        image: Image,
        task: Task,
        *,
        quality: Quality = "best",
        first_slice: tuple[int, int] | None = None,
        only_slice: bool = False,
        follow: bool = False,
        key: str | None = None,
    ) -> None:
        """Begin to segment ``image``; :meth:`poll` tells how it goes.

        Args:
            image: must not change before the job ends.
            task: from its bundle; the process reads the bundle by itself.
            quality: see :func:`~SegAssistLib.inference.segment.segment`.
            first_slice: array axis and index of the slice that a person looks at. It is computed first and
                reported as :class:`SliceDone`, if ``quality`` cuts along that axis. Of a clip every frame is
                reported.
            only_slice: compute nothing but ``first_slice``, see
                :func:`~SegAssistLib.inference.segment.segment_slice`.
            follow: also judge every frame of a clip and, unless ``only_slice``, follow its vessels, as their
                measure does.
            key: stands for the pixels: they are not sent again while the key stays the same.

        Raises:
            RuntimeError: a job is under way.
            ValueError: ``only_slice`` without ``first_slice``.
        """
        if self.busy:
            raise RuntimeError("The worker is busy: wait for the job's last event, or cancel it.")
        if only_slice and first_slice is None:
            raise ValueError("only_slice needs a first_slice.")
        fields = self._stated(task) | {
            "job": self._jobs + 1,
            "quality": quality,
            "slice": first_slice and [int(number) for number in first_slice],
            "only_slice": only_slice,
            "follow": follow,
            "image": describe(image),
        }
        self._jobs += 1
        self._job = _Job(self._jobs, image, task, quality)
        if not self._ready_child():
            return  # `_next` says so
        held = key and (key, image.array.shape, image.array.dtype)
        known = held is not None and held == self._child.held
        self._child.held = held
        self._child.send(Message("job", fields, () if known else (image.array,)))

    def poll(self) -> list[Event]:
        """What has happened since the last call; of several :class:`Progress` the newest alone.

        The last event of a job is :class:`Finished`, :class:`Failed` or :class:`Stopped`. Returns within a
        few milliseconds. They are spent waiting: in Slicer no Python thread runs while the application waits
        for the mouse, so that the threads which talk with the process get on in this time.
        """
        events: list[Event] = []
        until = time.monotonic() + PATIENCE
        while (event := self._next(until)) is not None:
            if isinstance(event, Progress):
                events = [earlier for earlier in events if not isinstance(earlier, Progress)]
            events.append(event)
        return events

    def wait(self) -> Event:
        """Wait for the job's last event, for scripts; the events before it are lost.

        Raises:
            RuntimeError: no job is under way.
        """
        if not self.busy:
            raise RuntimeError("The worker has nothing to do.")
        while True:
            event = self._next(time.monotonic() + 0.1)  # short, so that Ctrl+C is heard on every system
            if isinstance(event, LAST):
                return event

    def cancel(self) -> None:
        """Ask the job to stop: :class:`Stopped` follows within a second, if need be by ending the process."""
        if self._job and self._job.deadline is None:
            self._job.deadline = time.monotonic() + GRACE
            if self._child:
                self._child.send(Message("cancel", {"job": self._job.number}))

    def close(self) -> None:
        """End the process and forget the job; another job starts another process."""
        self._job = None
        if self._child:
            child = self._child
            self._forget_child()
            child.join()

    def _stated(self, task: Task) -> dict[str, Any]:
        return {"task": str(Path(task.folder).resolve()), "backend": self._backend, "device": self._device}

    def _ready_child(self) -> bool:
        """Start a process unless one is alive; False when it cannot be started."""
        if self._child and not self._child.alive:
            self._forget_child()
        if self._child is None:
            try:
                self._child = Child(self._python)
            except OSError:
                return False
            self._end_with_me = weakref.finalize(self, self._child.kill)  # also when Python exits
        return True

    def _forget_child(self) -> None:
        self._end_with_me()
        self._child = None

    def _next(self, until: float) -> Event | None:
        """The job's next event; None when it has none before ``until`` (by the monotonic clock)."""
        while self._job:
            if self._child is None:
                return self._last(
                    Failed(
                        _("{python} cannot be started; install SegAssist again.").format(python=self._python)
                    )
                )
            try:
                message = self._child.inbox.get(timeout=max(0.0, until - time.monotonic()))
            except Empty:
                if self._job.deadline is None or time.monotonic() < self._job.deadline:
                    return None
                self._forget_child()
                return self._last(Stopped())
            event = self._event(message)
            if event:
                return event
        return None

    def _event(self, message: Message | Ended) -> Event | None:
        """What a message means for the job; None when it means nothing."""
        job = self._job
        if isinstance(message, Ended):
            self._forget_child()
            return self._last(Stopped() if job.deadline else Failed(message.sentence(job.quality)))
        fields = message.fields
        if fields.get("job") != job.number:
            return None
        if job.deadline:
            return self._last(Stopped()) if message.kind in ("finished", "failed", "stopped") else None
        if message.kind == "progress":
            return Progress(fields["done"], fields["total"], fields["seconds_left"])
        if message.kind == "slice":
            return SliceDone(fields["axis"], fields["index"], *message.arrays)
        if message.kind == "failed":
            return self._last(Failed(fields["message"]))
        self._job = None  # whatever comes of the message, the job is over
        try:
            return _finished(job, message)
        except MemoryError:
            return Failed(Ended(OUT_OF_MEMORY).sentence(job.quality))

    def _last(self, event: Event) -> Event:
        self._job = None
        return event


def _finished(job: _Job, message: Message) -> Finished:
    fields, found = message.fields, _segmentation(job, message)
    judged, followed = fields["frame_quality"], fields["tracking"]
    return Finished(
        found,
        fields["seconds"],
        fields["backend"],
        fields["model_sha256"],
        judged and tuple(FrameQuality(*values) for values in judged),
        followed and described_tracking(followed, message.arrays[-1], found.values, found.array.shape),
    )


def _segmentation(job: _Job, message: Message) -> Segmentation:
    """Put the boxes of a finished job back where they belong."""
    image, labels = job.image, job.task.labels
    array = np.zeros(image.grid, np.uint8, order="F")
    probabilities = np.zeros((len(labels), *image.grid[::-1]), np.float16).transpose(0, 3, 2, 1)
    starts = message.fields["starts"]
    boxes = zip(starts, message.arrays[: len(starts)], (array, *probabilities), strict=True)
    for box in boxes:
        from_box(*box)
    return Segmentation(array, image.affine, labels, probabilities, image.calibrated)
