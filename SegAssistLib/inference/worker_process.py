"""The child process of :class:`~SegAssistLib.inference.worker.Worker`: keeps networks loaded, and segments.

    python -m SegAssistLib.inference.worker_process

It speaks the language of :mod:`~SegAssistLib.inference.messages` on its standard input and output, opens
nothing else, and ends at once when its input does, be it in the middle of a computation.
"""

from __future__ import annotations

import importlib
import os
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from typing import Any, BinaryIO

import numpy as np

from SegAssistLib.errors import Cancelled, InputError
from SegAssistLib.image import Image
from SegAssistLib.inference.backends import open_backend
from SegAssistLib.inference.messages import (
    OUT_OF_MEMORY,
    Message,
    described_image,
    read_message,
    to_box,
    write_message,
)
from SegAssistLib.inference.segment import segment, segment_slice
from SegAssistLib.inference.timing import Stopwatch
from SegAssistLib.inference.tracking_message import describe_tracking
from SegAssistLib.labels import Segmentation
from SegAssistLib.measure.frame_quality import FrameQuality, frame_quality, screen_frames
from SegAssistLib.measure.tracking import Tracking, track_vessels
from SegAssistLib.prepare import Prepared, prepare
from SegAssistLib.task import Task, read_task
from SegAssistLib.translation import tr as _

FEW = 3  # planes that say little about how long the others take
ASKED_AGAIN = 0.05  # seconds between two looks whether a job is still wanted, while it waits


def main() -> None:
    """Answer messages until the input ends."""
    requests, replies = _take_pipes()
    listener = Listener(requests)
    listener.start()
    process = WorkerProcess(replies, listener)
    process.send("ready")
    while True:
        process.answer(listener.jobs.get())


def _take_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Take standard input and output for the messages; what libraries print goes to standard error."""
    requests, replies = os.fdopen(os.dup(0), "rb", buffering=0), os.fdopen(os.dup(1), "wb", buffering=0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, replies


class Listener(threading.Thread):
    """Reads what comes in, so that a computation can be cancelled, and ends with its asker.

    Attributes:
        jobs: everything to be answered, in order.
        cancelled: number of the newest job that is not wanted any more.
    """

    def __init__(self, requests: BinaryIO) -> None:
        super().__init__(daemon=True)
        self.jobs: SimpleQueue[Message] = SimpleQueue()
        self.cancelled = 0
        self._requests = requests

    def run(self) -> None:
        """Read until the input ends, and end the process then."""
        code = 1
        try:
            while True:
                self._take(read_message(self._requests))
        except EOFError:
            code = 0
        except MemoryError:
            code = OUT_OF_MEMORY
        except Exception:
            traceback.print_exc()
        finally:
            os._exit(code)  # wherever the computation is

    def _take(self, message: Message) -> None:
        if message.kind == "cancel":
            self.cancelled = message.fields["job"]
        else:
            self.jobs.put(message)


@dataclass(frozen=True)
class Held:
    """The image of the last job, and what preparation made of it."""

    image: Image
    described: dict[str, Any]
    preparation: str
    prepared: Prepared


class WorkerProcess:
    """Answers messages one after another."""

    def __init__(self, replies: BinaryIO, listener: Listener) -> None:
        self._replies = replies
        self._listener = listener
        self._held: Held | None = None
        self._pixels: np.ndarray | None = None
        self._beside = ThreadPoolExecutor(1)  # while the network runs
        self._judging: Future[tuple[FrameQuality, ...]] | None = None

    def send(self, kind: str, *arrays: np.ndarray, **fields: Any) -> None:
        """Send one message."""
        write_message(self._replies, Message(kind, fields, arrays))

    def answer(self, message: Message) -> None:
        """Do what a message asks for, and send what comes of it."""
        job = message.fields.get("job")
        try:
            if message.kind == "warm":
                self._warm(message.fields)
            else:
                self._segment(message)
        except MemoryError:
            os._exit(OUT_OF_MEMORY)
        except Cancelled:
            self.send("stopped", job=job)
        except InputError as error:
            self.send("failed", job=job, message=str(error))
        except Exception as error:
            traceback.print_exc()
            reason = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
            if any(sign in reason.lower() for sign in ("bad_alloc", "memory")):  # as C++ libraries say it
                os._exit(OUT_OF_MEMORY)
            self.send(
                "failed",
                job=job,
                message=_("Segmenting failed ({reason}); please report this sentence.").format(reason=reason),
            )

    def _warm(self, fields: dict[str, Any]) -> None:
        """Do what makes a first job slower than the next. What fails here fails in the job too."""
        task = _task(fields["task"])
        multiple = task.planes.multiple
        network = open_backend(task, fields["backend"], fields["device"])
        network.run(np.zeros((task.planes.channels, multiple, multiple), np.float32))
        for late in ("cv2", "cc3d"):  # what preparing and labelling import when they need it
            importlib.import_module(late)

    def _segment(self, message: Message) -> None:
        self._take_pixels(message)  # before anything can fail: they are not sent again
        fields = message.fields
        job, wanted, watch = fields["job"], fields["slice"], Stopwatch()

        def cancelled() -> bool:
            return self._listener.cancelled >= job

        def slice_done(axis: int, index: int, labels: np.ndarray) -> None:
            self.send("slice", labels, job=job, axis=axis, index=index)

        task = _task(fields["task"])
        with watch.stage("prepare"):
            held = self._hold(fields["image"], task)
        judging = self._judge() if fields["follow"] else None
        with watch.stage("network"):
            network = open_backend(task, fields["backend"], fields["device"])
        settings = {
            "quality": fields["quality"],
            "backend": network,
            "prepared": held.prepared,
            "stopwatch": watch,
        }
        if cancelled():
            raise Cancelled
        part = [slice(None)] * 3
        if fields["only_slice"]:
            found = segment_slice(held.image, task, tuple(wanted), **settings)
            axis, index = wanted
            slice_done(axis, index, np.moveaxis(found.array, axis, 0)[index])
            part[axis] = slice(index, index + 1)
        else:
            found = segment(
                held.image,
                task,
                first_slice=wanted and tuple(wanted),
                slice_done=slice_done,
                progress=Speedometer(self, job).progress,
                cancelled=cancelled,
                **settings,
            )
        quality, tracking, where = None, None, ()
        if judging:
            with watch.stage("postprocess"):
                quality = _wait(judging, cancelled)
                if not fields["only_slice"]:
                    tracking, *where = describe_tracking(_follow(found, quality))
        boxes = [to_box(volume, tuple(part)) for volume in (found.array, *found.probabilities)]
        self.send(
            "finished",
            *(cut for _, cut in boxes),
            *where,
            job=job,
            starts=[starts for starts, _ in boxes],
            frame_quality=quality and [astuple(each) for each in quality],
            tracking=tracking,
            seconds=watch.seconds,
            backend=network.name,
            model_sha256=network.sha256,
        )

    def _take_pixels(self, message: Message) -> None:
        """Hold the pixels that a job brings; a job without any is on those of the one before."""
        if message.arrays:
            self._held = self._judging = None  # makes room
            (self._pixels,) = message.arrays

    def _hold(self, described: dict[str, Any], task: Task) -> Held:
        """The job's image, prepared; both from the job before where they are the same."""
        held = self._held
        if held and (held.described, held.preparation) == (described, task.preparation):
            return held
        image = described_image(self._pixels, described)
        task.warnings_for(image)
        self._held = Held(image, described, task.preparation, prepare(image, task.preparation))
        return self._held

    def _judge(self) -> Future[tuple[FrameQuality, ...]]:
        """Begin to judge the frames, unless it was done for these pixels in a job before."""
        failed = self._judging is not None and self._judging.done() and self._judging.exception()
        if self._judging is None or failed:
            self._judging = self._beside.submit(frame_quality, self._pixels)
        return self._judging


class Speedometer:
    """Sends a job's progress with the time left, from the speed so far."""

    def __init__(self, process: WorkerProcess, job: int) -> None:
        self._process = process
        self._job = job
        self._started = time.monotonic()

    def progress(self, done: int, total: int) -> None:
        """Report ``done`` planes of ``total``."""
        each = (time.monotonic() - self._started) / done
        left = None if done < FEW else each * (total - done)
        self._process.send("progress", job=self._job, done=done, total=total, seconds_left=left)


def _wait(
    judging: Future[tuple[FrameQuality, ...]], cancelled: Callable[[], bool]
) -> tuple[FrameQuality, ...]:
    """What comes of it, unless the job is not wanted any more."""
    while True:
        if cancelled():
            raise Cancelled
        with suppress(TimeoutError):
            return judging.result(ASKED_AGAIN)


def _follow(found: Segmentation, quality: tuple[FrameQuality, ...]) -> Tracking:
    return track_vessels(
        found.array, found.values, screened=screen_frames(quality), probabilities=found.probabilities
    )


@cache
def _task(folder: str) -> Task:
    return read_task(Path(folder))


if __name__ == "__main__":
    main()
