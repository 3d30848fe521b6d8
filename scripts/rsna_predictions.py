"""Segment the RSNA Pneumonia Detection Challenge's pictures and write its table of predictions.

    python scripts/rsna_predictions.py --images stage_2_test_images --output predictions.csv

Every DICOM file of the folder gives a row, ``patientId,PredictionString`` (``SegAssistLib.training.rsna``).
With ``--bundle`` the task is a folder, such as the one that a training has left, and not the one that ships.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track

from SegAssistLib.errors import InputError
from SegAssistLib.inference import segment
from SegAssistLib.inference.backends import open_backend
from SegAssistLib.io import check_writable, read_image
from SegAssistLib.study import measure
from SegAssistLib.task import find_task, read_task
from SegAssistLib.training.rsna import write_predictions


def main(
    images: Annotated[Path, typer.Option(help="Folder of DICOM files, named by patient.")],
    output: Annotated[Path, typer.Option(help="The table to write.")],
    bundle: Annotated[Path | None, typer.Option(help="A bundle instead of the shipped task.")] = None,
    backend: Annotated[str, typer.Option(help="See segassist segment.")] = "auto",
) -> None:
    """Segment every picture in ``images`` and write the challenge's table."""
    task = read_task(bundle) if bundle else find_task("pneumonia-xray")
    files = sorted(images.glob("*.dcm"))
    if not files:
        raise InputError(f"{images}: there are no .dcm files; choose the challenge's folder of pictures.")
    check_writable(output.parent)
    network = open_backend(task, backend, "auto")
    predictions = {}
    for file in track(files, description=task.name):
        image = read_image(file)
        predictions[file.stem] = measure(segment(image, task, backend=network), task).opacities
    write_predictions(output, predictions)
    print(output)


if __name__ == "__main__":
    typer.run(main)
