"""The RSNA Pneumonia Detection Challenge (2018): its tables, as published.

``stage_2_train_images/PATIENT.dcm`` holds the pictures, and ``stage_2_train_labels.csv`` one row a box with
``patientId``, ``x``, ``y``, ``width``, ``height`` and ``Target``; a picture without a box has one row with
``Target`` 0 and nothing else. A prediction is a table of ``patientId`` and ``PredictionString``: for each box
its confidence, x, y, width and height, all between spaces. Described by Shih et al., Radiology: Artificial
Intelligence 2019, and on the challenge's pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from SegAssistLib.errors import InputError
from SegAssistLib.io.table import read_rows, write_rows
from SegAssistLib.measure.opacity import Opacity
from SegAssistLib.translation import tr as _

IMAGES, LABELS = "stage_2_train_images", "stage_2_train_labels.csv"
COLUMNS = ("patientId", "x", "y", "width", "height", "Target")

Box = tuple[float, float, float, float]


def is_challenge(folder: Path) -> bool:
    """Whether ``folder`` is laid out as the challenge's."""
    return (folder / LABELS).exists() and (folder / IMAGES).is_dir()


def read_labels(table: Path) -> dict[str, tuple[Box, ...]]:
    """Boxes by patient (x, y, width, height in pixels); none for those without pneumonia.

    Raises:
        InputError: not the challenge's table.
    """
    rows = read_rows(table, COLUMNS, "pictures of the challenge")
    boxes: dict[str, list[Box]] = {}
    for number, row in enumerate(rows, 2):
        of_one = boxes.setdefault(row["patientId"], [])
        if row["Target"] == "1":
            try:
                of_one.append(tuple(float(row[side]) for side in COLUMNS[1:5]))
            except ValueError as error:
                raise InputError(
                    _("{table}: line {number} has no box, though its Target is 1.").format(
                        table=table, number=number
                    )
                ) from error
    return {patient: tuple(of_one) for patient, of_one in boxes.items()}


def prediction_string(opacities: Sequence[Opacity]) -> str:
    """What the challenge takes for one picture; empty for one without opacities.

    The confidence of a box is the mean probability over its opacity.
    """
    return " ".join(
        f"{each.mean_probability:.4f} {each.x} {each.y} {each.width} {each.height}" for each in opacities
    )


def write_predictions(path: Path, predictions: Mapping[str, Sequence[Opacity]]) -> None:
    """Write the challenge's table of predictions.

    Raises:
        InputError: the disk is full, or the folder cannot be written to.
    """
    write_rows(
        path,
        [
            {"patientId": patient, "PredictionString": prediction_string(found)}
            for patient, found in predictions.items()
        ],
    )
