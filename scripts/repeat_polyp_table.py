"""Repeat the polyp table: six ways to train a UNet on Kvasir-SEG, as published and as they come out here.

    python scripts/repeat_polyp_table.py --data DATA --output RUN

The recipe is the published one: IoU loss, SGD at 1e-2, batches of 8. What differs: pictures of ``--size``
pixels and networks of ``--width``, which is what a computer without a GPU can bear; every row takes the same
number of steps (``--epochs`` of the pictures without augmentation), where the published rows with
augmentation saw more pictures; the rate falls to zero as a cosine, and the momentum is 0.9, for neither is
published; no weights come from elsewhere. A fifth of the clusters of similar pictures is held out, from
training and from pre-training; Dice and IoU are means over these pictures at a threshold of 0.5. Of the
published figures those of the first and the last row are known here; their split was another.

Stopped and started again with the same arguments, it goes on. Writes ``table.csv`` and ``cases.csv``.
"""

from __future__ import annotations

import copy
import math
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer
from rich.console import Console
from tables import show

from SegAssistLib.io.files import check_writable
from SegAssistLib.io.table import write_rows
from SegAssistLib.measure.agreement import summarise
from SegAssistLib.task import find_task
from SegAssistLib.training.fit import Schedule
from SegAssistLib.training.machine import tune_memory
from SegAssistLib.training.parts import Part, train_side_by_side, usual_jobs
from SegAssistLib.training.picture_recipe import PictureRecipe
from SegAssistLib.training.picture_scores import Judging, agreement_rows
from SegAssistLib.training.pictures import Mixture
from SegAssistLib.training.pretraining.pretrain import Pretraining

BATCH, RATE = 8, 1e-2
HELD_OUT = 5  # one part of so many
# to 2700 pictures by moving and recolouring them, and to 3000 by pasting
AUGMENTED, PLAIN = Mixture(pasted=0.1, parts=0.0), Mixture(pasted=0.0, parts=0.0)


class Row(NamedTuple):
    """One way to train, and its published figures where they are known."""

    network: str
    augmented: bool = False
    pretrained: bool = False
    iou: float | None = None
    dice: float | None = None


ROWS = {
    "UNet": Row("DoubleConvUNet", iou=0.592, dice=0.744),
    "UNet + augmentation": Row("DoubleConvUNet", augmented=True),
    "UNet, pre-trained encoder": Row("DoubleConvUNet", pretrained=True),
    "UNet, pre-trained encoder + augmentation": Row("DoubleConvUNet", augmented=True, pretrained=True),
    "Double-UNet": Row("DoubleUNet"),
    "Double-UNet + augmentation": Row("DoubleUNet", augmented=True, iou=0.710, dice=0.830),
}


def main(
    data: Annotated[Path, typer.Option(help="Folder with manifest.csv, images and masks.")],
    output: Annotated[Path, typer.Option(help="Folder for checkpoints and tables.")],
    size: Annotated[int, typer.Option(help="Pixels of a picture's longer side.")] = 96,
    width: Annotated[int, typer.Option(help="Channels of the finest level; published: 64.")] = 16,
    epochs: Annotated[int, typer.Option(help="Published: 60.")] = 40,
    pretext: Annotated[str, typer.Option(help="patches, rotation or contrast.")] = "patches",
    pretext_steps: Annotated[int, typer.Option(help="Of 32 examples.")] = 600,
    jobs: Annotated[int | None, typer.Option(help="Trainings side by side; by default one a core.")] = None,
) -> None:
    """Train the six, and print them beside what is published."""
    check_writable(output)
    tune_memory()
    parts = plan(data, size, width, epochs, Pretraining(pretext, pretext_steps))
    train_side_by_side(parts, output, jobs or usual_jobs("cpu"), print)
    table, cases = [], []
    for part, row in zip(parts, ROWS.values(), strict=True):
        judged = judge(part, output)
        cases += [{"row": part.name, **case} for case in judged]
        table.append(_figures(part.name, row, judged))
    write_rows(output / "cases.csv", cases)
    write_rows(output / "table.csv", table)
    show(Console(width=160), f"Held out: {len(parts[0].test)} pictures", table)


def plan(data: Path, size: int, width: int, epochs: int, pretraining: Pretraining) -> list[Part]:
    """One part for each of ``ROWS``, all with the same pictures held out."""
    read = PictureRecipe(find_task("polyp-endoscopy", trained=False), data, "DoubleConvUNet")
    test = tuple(read.folds(HELD_OUT)[0])
    steps = epochs * math.ceil(len(read.visible(test)) / BATCH)
    schedule = Schedule(steps, BATCH, RATE, optimizer="sgd", checkpoint_every=200)
    widths = {
        "DoubleConvUNet": {"channels": [width * 2**level for level in range(5)]},
        "DoubleUNet": {"width": width},
    }
    parts = []
    for name, row in ROWS.items():
        recipe = copy.copy(read)  # the pictures are shared
        recipe.network = row.network
        recipe.choose(
            loss="iou",
            augmented=row.augmented,
            mixture=AUGMENTED if row.augmented else PLAIN,
            pretraining=pretraining if row.pretrained else None,
            size=size,
            network=widths[row.network],
        )
        parts.append(Part(name, recipe, schedule, test))
    return parts


def judge(part: Part, folder: Path) -> list[dict[str, Any]]:
    """Agreement of every held-out picture, at a threshold of 0.5 and with nothing dropped."""
    network = part.train(folder, "cpu", print)
    labels = part.recipe.task.labels
    judging = Judging(labels, 0.0, part.recipe.task.connectivity)
    held_out = (part.recipe.hold_out(picture, network, "cpu") for picture in part.test)
    return [row for each in held_out for row in agreement_rows(each, judging)]


def _figures(name: str, row: Row, judged: list[dict[str, Any]]) -> dict[str, Any]:
    lines = {line["metric"]: line for line in summarise(judged)}
    figures: dict[str, Any] = {"network": name}
    for metric, published in (("iou", row.iou), ("dice", row.dice)):
        figures |= {
            f"{metric} published": published,
            metric: lines[metric]["mean"],
            f"{metric} low": lines[metric]["mean_low"],
            f"{metric} high": lines[metric]["mean_high"],
        }
    return figures | {"normal parts with detection": lines["normal_part_with_detection"]["mean"]}


if __name__ == "__main__":
    typer.run(main)
