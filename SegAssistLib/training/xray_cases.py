"""X-rays that somebody annotated: pixel masks, boxes, negatives, and labels of whole pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from SegAssistLib.cases import MANIFEST, read_manifest
from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.io import read_image, read_mask
from SegAssistLib.io.table import read_rows
from SegAssistLib.training import rsna
from SegAssistLib.translation import tr as _

MASKS, BOXES, NEGATIVES, REPORTS = "pixel masks", "boxes", "negatives", "report labels"  # by what is known
# Text-mined report labels: of 21 pictures labelled "Pneumonia" that experts read again, 10 showed no airspace
# opacity, so that the label says little; "No Finding" is mostly right.
REPORTED_PNEUMONIA, REPORTED_NOTHING = 0.6, 0.05
EXPERT = {"YES": 1.0, "NO": 0.0}

Box = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class XRay:
    """One X-ray, and what is known of it.

    Attributes:
        name: unique in its data set.
        patient: never split.
        source: one of ``MASKS``, ``BOXES``, ``NEGATIVES`` and ``REPORTS``.
        path: of the picture.
        pneumonia: probability that it shows pneumonia: 1 or 0 where that is sure.
        boxes: round opacities: column, row, width and height in pixels.
        mask: of a picture of classes, 0 for no opacity; None without one.
        view: ``PA`` or ``AP``; empty where the tables do not say.
    """

    name: str
    patient: str
    source: str
    path: Path
    pneumonia: float
    boxes: tuple[Box, ...] = ()
    mask: Path | None = None
    view: str = ""

    @property
    def sure(self) -> bool:
        """Whether pneumonia is known to be there or not, and not by a report alone."""
        return self.pneumonia in (0.0, 1.0)

    @property
    def clear(self) -> bool:
        """Whether it shows no opacity, surely or by a report that says "No Finding"."""
        return self.pneumonia <= REPORTED_NOTHING

    @property
    def located(self) -> bool:
        """Whether it is known where opacities are."""
        return self.clear or self.mask is not None or bool(self.boxes)

    def image(self) -> Image:
        """Read the picture.

        Raises:
            InputError: it cannot be read.
        """
        return read_image(self.path)

    def box_mask(self, shape: tuple[int, int]) -> np.ndarray:
        """All pixels in boxes, bool ``(columns, rows)``: the reference that the challenge's masks are."""
        mask = np.zeros(shape, bool)
        for window in self._windows():
            mask[window] = True
        return mask

    def reference(self, shape: tuple[int, int]) -> np.ndarray:
        """Where opacities are: 1 there, 0 elsewhere, -1 where it is not known; int8 ``(columns, rows)``.

        Of a box, the ellipse that it encloses is opacity, and its corners are unknown: an opacity touches all
        four sides of its box, and hardly ever fills it.

        Args:
            shape: of the picture.
        """
        if not self.located:
            return np.full(shape, -1, np.int8)
        if self.mask is not None:
            marked = read_mask(self.mask).array[:, :, 0]
            if marked.shape != tuple(shape):
                raise InputError(
                    _("{mask}: not of the size of its picture; annotate the picture again.").format(
                        mask=self.mask
                    )
                )
            return (marked > 0).astype(np.int8)
        found = np.zeros(shape, np.int8)
        for columns, rows in self._windows():
            across, down = (
                (np.arange(side.start, side.stop) + 0.5 - (side.start + side.stop) / 2)
                / (side.stop - side.start)
                for side in (columns, rows)
            )
            ellipse = np.add.outer(across**2, down**2) <= 0.25
            part = found[columns, rows]
            part[...] = np.where(ellipse | (part == 1), 1, -1)[: part.shape[0], : part.shape[1]]
        return found

    def _windows(self) -> Iterator[tuple[slice, slice]]:
        for x, y, width, height in self.boxes:
            yield (
                slice(max(0, round(x)), max(1, round(x + width))),
                slice(max(0, round(y)), max(1, round(y + height))),
            )


def read_xrays(folder: Path) -> list[XRay]:
    """List the annotated X-rays in ``folder``, sorted by name, in either of two layouts.

    The RSNA Pneumonia Detection Challenge's, as published (see :mod:`~SegAssistLib.training.rsna`), or: a
    ``manifest.csv`` with ``name``, ``group`` (the patient) and ``label`` (``pixel mask`` or ``negative...``)
    for ``images/NAME.png`` and ``masks/NAME.png``; perhaps ``boxes/boxes.csv`` with ``name``, ``group``,
    ``x``, ``y``, ``w``, ``h`` for ``boxes/images``; and ``weak/labels.csv`` with ``name``, ``group``,
    ``label`` (``Pneumonia`` or ``No Finding``) and ``expert_airspace_opacity`` (``YES``, ``NO`` or nothing)
    for ``weak/images``. Each may have a column ``view``.

    Raises:
        InputError: neither layout, a table without a column that is needed, or a missing picture.
    """
    if rsna.is_challenge(folder):
        xrays = _challenge(folder)
    elif (folder / MANIFEST).exists():
        xrays = [*_manifest(folder), *_boxes(folder / "boxes"), *_reports(folder / "weak")]
    else:
        raise InputError(
            _("{folder}: no annotated X-rays; expected {manifest}, or {images} and {labels}.").format(
                folder=folder, manifest=MANIFEST, images=rsna.IMAGES, labels=rsna.LABELS
            )
        )
    missing = next((xray.path for xray in xrays if not xray.path.exists()), None)
    if missing:
        raise InputError(
            _("{missing}: named in a table but not there; copy the data again.").format(missing=missing)
        )
    return sorted(xrays, key=lambda xray: xray.name)


def _challenge(folder: Path) -> list[XRay]:
    """Every picture with its boxes; without one it shows none. One picture a patient."""
    return [
        XRay(
            name,
            name,
            BOXES if boxes else NEGATIVES,
            folder / rsna.IMAGES / f"{name}.dcm",
            float(bool(boxes)),
            boxes,
        )
        for name, boxes in rsna.read_labels(folder / rsna.LABELS).items()
    ]


def _manifest(folder: Path) -> Iterator[XRay]:
    for row in read_manifest(folder, ("name", "group", "label"), "X-rays"):
        name, negative = row["name"], row["label"].startswith("negative")
        adjudicated = negative and "adjudicated" in row["label"]
        yield XRay(
            name,
            row["group"],
            NEGATIVES if negative else MASKS,
            folder / "images" / f"{name}.png",
            1.0 if not negative else 0.0 if adjudicated else REPORTED_NOTHING,
            mask=None if negative else folder / "masks" / f"{name}.png",
            view=row.get("view", ""),
        )


def _boxes(folder: Path) -> Iterator[XRay]:
    if not folder.is_dir():
        return
    pictures: dict[str, list[dict[str, str]]] = {}
    for row in _rows(folder / "boxes.csv", "name", "group", "x", "y", "w", "h"):
        pictures.setdefault(row["name"], []).append(row)
    for name, rows in pictures.items():
        boxes = tuple(tuple(float(row[side]) for side in "xywh") for row in rows)
        path, view = folder / "images" / f"{name}.png", rows[0].get("view", "")
        yield XRay(name, rows[0]["group"], BOXES, path, 1.0, boxes, view=view)


def _reports(folder: Path) -> Iterator[XRay]:
    if not folder.is_dir():
        return
    for row in _rows(folder / "labels.csv", "name", "group", "label", "expert_airspace_opacity"):
        reported = REPORTED_NOTHING if row["label"] == "No Finding" else REPORTED_PNEUMONIA
        path = folder / "images" / f"{row['name']}.jpg"
        pneumonia = EXPERT.get(row["expert_airspace_opacity"], reported)
        yield XRay(row["name"], row["group"], REPORTS, path, pneumonia, view=row.get("view", ""))


def _rows(table: Path, *columns: str) -> list[dict[str, str]]:
    if not table.exists():
        raise InputError(_("{table}: this table is missing; copy the data again.").format(table=table))
    return read_rows(table, columns, "X-rays")
