"""Decoder: a process that decodes compressed DICOM pixels, because on some damaged ones its libraries crash.

It is started with the first such file and stays for the next. The parent writes lines of JSON to its input:
``{"path": ...}`` begins a file (null ends it), and each ``{}`` asks for its next frame. The answer is a line
too: ``{"shape": ..., "dtype": ...}``, behind which the pixels follow as bytes in C order; ``{"error": ...}``;
or ``{}`` behind the last frame. It ends with its input.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from SegAssistLib.errors import InputError, kind_and_place
from SegAssistLib.interpreter import NO_WINDOW, environment, python
from SegAssistLib.translation import tr as _

# By who started them, for a forked process has to leave its parent's alone. Each has one reader at a time.
_idle: dict[int, list[subprocess.Popen]] = defaultdict(list)


def decoded(path: Path) -> Iterator[np.ndarray]:
    """Decode a file's frames in another process, as :func:`~SegAssistLib.io.dicom_pixels.decode_frames`.

    Raises:
        InputError: they cannot be decoded, or crash that process.
    """
    process, whole = _process(), False  # whole: its last answer was read to the end
    try:
        _ask(process, {"path": str(path.absolute())})
        while answer := _ask(process, {}):
            if "error" in answer:
                raise InputError(answer["error"].replace(str(path.absolute()), str(path)))
            pixels = np.empty(answer["shape"], answer["dtype"])
            _fill(process.stdout, memoryview(pixels).cast("B"))
            yield pixels
        whole = True
    except (InputError, GeneratorExit):
        whole = True
        raise
    except (OSError, EOFError) as error:
        raise InputError(
            _(
                "{path} is damaged: its compressed pixels crash what decodes them; copy or export it again"
            ).format(path=path)
        ) from error
    finally:
        if whole:
            _put_back(process)
        else:
            _end(process)


def _process() -> subprocess.Popen:
    with contextlib.suppress(IndexError):  # none is idle
        return _idle[os.getpid()].pop()
    process = subprocess.Popen(
        [python(), "-m", __name__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # where the libraries complain
        env=environment(),
        creationflags=NO_WINDOW,
    )
    try:
        _ask(process, {"path": None})
    except (OSError, EOFError) as error:
        raise InputError(
            _("the program that decodes DICOM cannot be started; install SegAssist again")
        ) from error
    return process


def _put_back(process: subprocess.Popen) -> None:
    try:
        _ask(process, {"path": None})  # it closes the file
        _idle[os.getpid()].append(process)
    except (OSError, EOFError):  # it is gone
        _end(process)


def _end(process: subprocess.Popen) -> None:
    process.kill()
    with contextlib.suppress(OSError), process:  # closes the pipes
        pass


def _ask(process: subprocess.Popen, question: dict[str, str | None]) -> dict[str, Any]:
    process.stdin.write(json.dumps(question).encode() + b"\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line.endswith(b"\n"):
        raise EOFError
    return json.loads(line)


def _fill(stream: BinaryIO, memory: memoryview) -> None:
    done = 0
    while done < len(memory):
        count = stream.readinto(memory[done:])
        if not count:
            raise EOFError
        done += count


def _serve(questions: BinaryIO, answers: BinaryIO) -> None:
    from SegAssistLib.io.dicom_header import read_header
    from SegAssistLib.io.dicom_pixels import decode_frames_here

    pictures: Iterator[np.ndarray] = iter(())
    path = None
    for line in questions:
        question, picture, answer = json.loads(line), None, {}
        try:
            if "path" in question:
                path = question["path"]
                pictures = decode_frames_here(read_header(Path(path))) if path else iter(())
            elif (picture := next(pictures, None)) is not None:
                answer = {"shape": picture.shape, "dtype": picture.dtype.str}
        except InputError as error:
            answer = {"error": str(error)}
        except Exception as error:
            answer = {"error": f"{path} cannot be decoded ({kind_and_place(error)})"}
        answers.write(json.dumps(answer).encode() + b"\n")
        if picture is not None:
            answers.write(np.ascontiguousarray(picture).data)
        answers.flush()


if __name__ == "__main__":
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # what the libraries print is no answer
        _serve(sys.stdin.buffer, out)
