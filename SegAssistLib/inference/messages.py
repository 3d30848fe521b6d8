"""Messages: what :mod:`worker` and :mod:`worker_process` say to each other through two pipes.

A message is

======== ============ ======================================================================
size     holds
======== ============ ======================================================================
4 bytes  length       of the header, unsigned, least significant byte first
length   header       a JSON object in ASCII: ``kind``, ``fields`` and ``arrays``
the rest arrays       the bytes of the arrays that the header describes, one after another
======== ============ ======================================================================

``arrays`` gives for each array its NumPy ``dtype``, its ``shape``, and as ``order`` its axes from the one
that runs slowest in memory to the one that runs fastest: the bytes are those of ``array.transpose(order)``.
So an array goes as it lies in memory, and arrives lying in memory the same way.

To the process (its standard input; when that ends, the process ends):

========== ============================================================= =================================
kind       fields                                                        arrays
========== ============================================================= =================================
``warm``   ``task`` (folder of the bundle), ``backend``, ``device``      none
``job``    those, and ``job`` (a number, rising), ``quality``,           the pixels; none: those of the
           ``slice`` (array axis and index, or null), ``only_slice``,    job before
           ``follow`` (whether vessels are followed too),
           ``image`` (everything about the image but its pixels)
``cancel`` ``job``                                                       none
========== ============================================================= =================================

From the process (its standard output). A job ends with one of the last three:

============ =========================================================== =================================
kind         fields                                                      arrays
============ =========================================================== =================================
``ready``    none; the process has started                               none
``progress`` ``job``, ``done``, ``total``, ``seconds_left`` (or null)    none
``slice``    ``job``, ``axis``, ``index``; of a clip one for each frame  its labels, uint8, two axes
``finished`` ``job``, ``seconds`` (by stage), ``backend``,               the labels, uint8, and each
             ``model_sha256``, ``starts`` (for each of these arrays,     label's probabilities, float16:
             the voxel where its box starts), ``frame_quality`` (for     the boxes that are not zero;
             each frame the values of a ``FrameQuality``, or null),      with ``tracking`` the pixels of
             ``tracking`` (see :mod:`tracking_message`, or null)         its regions, int64
``failed``   ``job`` (null after ``warm``), ``message`` (a sentence)     none
``stopped``  ``job``                                                     none
============ =========================================================== =================================

Every message begins with :data:`START`; whatever comes before that is none. Libraries may have printed before
standard output was the messages' alone, and a write of theirs that was held up ends later.
When memory does not suffice, it says nothing more and ends with the code :data:`OUT_OF_MEMORY`.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any, BinaryIO

import numpy as np

from SegAssistLib.image import Image
from SegAssistLib.measure.components import Box, bounding_box

START = b"\nSegAssist message\n"
OUT_OF_MEMORY = 77
LENGTH = struct.Struct("<I")


@dataclass(frozen=True)
class Message:
    """One message; see the module for the kinds and their fields."""

    kind: str
    fields: dict[str, Any] = field(default_factory=dict)
    arrays: Sequence[np.ndarray] = ()


def write_message(stream: BinaryIO, message: Message) -> None:
    """Write a message to an unbuffered stream, the arrays without a copy where they have no gaps.

    Raises:
        OSError: nobody reads any more.
    """
    described, contents = [], []
    for array in message.arrays:
        order = sorted(range(array.ndim), key=lambda axis, array=array: -abs(array.strides[axis]))
        described.append({"dtype": array.dtype.str, "shape": array.shape, "order": order})
        contents.append(np.ascontiguousarray(array.transpose(order)).reshape(-1).view(np.uint8))
    header = json.dumps({"kind": message.kind, "fields": message.fields, "arrays": described}).encode()
    for content in (START + LENGTH.pack(len(header)) + header, *contents):
        left = memoryview(content)
        while left:
            left = left[stream.write(left) :]


def read_message(stream: BinaryIO) -> Message:
    """Read the next message from an unbuffered stream.

    Raises:
        EOFError: the stream has ended.
        MemoryError: there is no room for an array.
    """
    seen = _read(stream, len(START)).tobytes()
    while seen != START:
        seen = seen[1:] + _read(stream, 1).tobytes()
    (length,) = LENGTH.unpack(_read(stream, LENGTH.size))
    header = json.loads(_read(stream, length).tobytes())
    arrays = []
    for described in header["arrays"]:
        order = described["order"]
        shape = [described["shape"][axis] for axis in order]
        dtype = np.dtype(described["dtype"])
        content = _read(stream, math.prod(shape) * dtype.itemsize)
        arrays.append(content.view(dtype).reshape(shape).transpose(np.argsort(order)))
    return Message(header["kind"], header["fields"], arrays)


def _read(stream: BinaryIO, size: int) -> np.ndarray:
    content = np.empty(size, np.uint8)
    left = memoryview(content)
    while left:
        count = stream.readinto(left)
        if not count:
            raise EOFError
        left = left[count:]
    return content


def describe(image: Image) -> dict[str, Any]:
    """Everything about an image but its pixels, as JSON can hold it (numbers keep their last bit)."""
    rest = {each.name: getattr(image, each.name) for each in fields(image) if each.name != "array"}
    return {**rest, "affine": np.asarray(image.affine, float).tolist()}


def described_image(pixels: np.ndarray, described: dict[str, Any]) -> Image:
    """Undo :func:`describe`."""
    rest = {name: tuple(value) if isinstance(value, list) else value for name, value in described.items()}
    return Image(pixels, **{**rest, "affine": np.array(described["affine"])})


def to_box(volume: np.ndarray, part: Box) -> tuple[list[int], np.ndarray]:
    """Cut the part that is not zero out of a volume, which is mostly zeros.

    Args:
        volume: ``(i, j, k)``.
        part: where to look; the rest is known to be zero.

    Returns:
        Where the cut starts in the volume, and the cut, with its memory as the volume's.
    """
    inside = volume[part]
    bits = inside.view(f"u{inside.itemsize}")  # NumPy compares float16 ten times slower
    box = bounding_box(bits) or (slice(0, 0),) * 3
    starts = [(outer.start or 0) + inner.start for outer, inner in zip(part, box, strict=True)]
    return starts, inside[box].copy(order="K")


def from_box(starts: Sequence[int], cut: np.ndarray, volume: np.ndarray) -> None:
    """Undo :func:`to_box`: write the cut into ``volume``, which is zero elsewhere."""
    volume[tuple(slice(start, start + size) for start, size in zip(starts, cut.shape, strict=True))] = cut
