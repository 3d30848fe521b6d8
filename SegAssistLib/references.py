"""References: what the masks that people drew say of a task's labels, however they were saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from SegAssistLib.errors import InputError
from SegAssistLib.io import read_mask
from SegAssistLib.io.files import ending
from SegAssistLib.labels import Label, Segmentation
from SegAssistLib.translation import tr as _

LOSSY = (".jpg", ".jpeg")
DARK, BRIGHT = 32, 224  # black is up to the first of these greys, and white from the second
FEW = 8  # so many values at most are those of a label map, and more those of a blurred picture


@dataclass(frozen=True)
class Survey:
    """What all references of a data set say.

    Attributes:
        labels: those that at least one reference holds; of the others nobody said where they are. The task's
            first where all references are empty.
        remarks: sentences that a person should read.
    """

    labels: tuple[Label, ...]
    remarks: tuple[str, ...]


def read_reference(path: Path, labels: Sequence[Label], *, kinds: bool = False) -> Segmentation:
    """Read a reference mask: a task's label values, and 0 for everything else.

    A label map is read by its values. Of a task with one label, a black-and-white picture is one too, even if
    it was blurred by smoothing or by JPEG: what is nearer to white than to black is the label.

    Args:
        path: see :func:`~SegAssistLib.io.read_mask`.
        labels: of the task.
        kinds: whether all values but 0 are kinds of the first label, as consolidations are of opacity.

    Raises:
        InputError: unreadable, or a label map that JPEG has changed.
    """
    return _read(path, labels, kinds)[0]


def survey(folder: Path, paths: Sequence[Path], labels: Sequence[Label], *, kinds: bool = False) -> Survey:
    """Read all references of the data set ``folder`` for what they hold.

    Args:
        folder: of the data set.
        paths: of its references.
        labels: of the task.
        kinds: as for :func:`read_reference`.

    Raises:
        InputError: an unreadable reference, or none holds a label of the task but some hold others.
    """
    found: set[int] = set()
    unknown: set[int] = set()
    with_unknown = 0
    for path in paths:
        mask, others = _read(path, labels, kinds)
        found.update(np.flatnonzero(_counts(mask.array)).tolist())
        unknown.update(others)
        with_unknown += bool(others)
    values = ", ".join(map(str, sorted(unknown)))
    known = tuple(label for label in labels if label.value in found)
    if unknown and not known:
        names = ", ".join(f"{label.value} {label.name}" for label in labels)
        raise InputError(
            _(
                "{folder}: the references hold none of the labels of the task ({names}), but {values}; "
                "give them the task's values."
            ).format(folder=folder, names=names, values=values)
        )
    remarks = []
    if unknown:
        remarks.append(
            _(
                "References with values that the task does not know ({values}): {count} of {total}; "
                "these values count as background."
            ).format(values=values, count=with_unknown, total=len(paths))
        )
    missing = [label.name for label in labels if label not in known]
    if known and missing:
        remarks.append(
            _("No reference holds {labels}, so that is not compared.").format(labels=" or ".join(missing))
        )
    return Survey(known or tuple(labels[:1]), tuple(remarks))


def _read(path: Path, labels: Sequence[Label], kinds: bool) -> tuple[Segmentation, list[int]]:
    """The mask by the task's labels, and its values that are none of them."""
    mask = read_mask(path, tuple(labels))
    if kinds:
        return replace(mask, array=np.where(mask.array, np.uint8(labels[0].value), np.uint8(0))), []
    known, counts = [label.value for label in labels], _counts(mask.array)
    unknown = [value for value in np.flatnonzero(counts).tolist() if value and value not in known]
    if len(labels) == 1 and unknown and _is_black_and_white(counts, known[0]):
        white = mask.array >= (DARK + BRIGHT) // 2
        return replace(mask, array=np.where(white, np.uint8(known[0]), np.uint8(0))), []
    if ending(path) in LOSSY and counts[1:].any():
        raise InputError(
            _("{path}: JPEG changes the values of labels; save the mask as PNG.").format(path=path)
        )
    if unknown:
        mask = replace(mask, array=np.where(np.isin(mask.array, known), mask.array, np.uint8(0)))
    return mask, unknown


def _is_black_and_white(counts: np.ndarray, known: int) -> bool:
    """Whether greys, of which there are ``counts``, are those of a picture in black and white.

    A map that holds the label itself, and another value of 255, has few values.
    """
    if counts[known] and np.count_nonzero(counts) <= FEW:
        return False
    return counts[BRIGHT:].sum() > counts[DARK:BRIGHT].sum()


def _counts(array: np.ndarray) -> np.ndarray:
    """How many voxels have each value from 0 to 255."""
    return np.bincount(array.ravel(order="K"), minlength=256)
