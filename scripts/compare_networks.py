"""Compare networks: the cross-validations of several training runs in one table.

    python scripts/compare_networks.py RUN... --output networks.csv

A run is the folder that ``segassist train`` writes. The networks must have been judged with the same frames.
Each figure is the mean over frames that the network had not seen, with a 95 % interval from drawing
recordings anew. Accuracy and mean IoU are of two classes, the channel and the background. A row of published
figures stands below; its protocol was another (other vessels, other frames, another split), so that it tells
the order of size and no more.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from tables import show

from SegAssistLib.errors import InputError
from SegAssistLib.io.table import read_rows, write_rows
from SegAssistLib.networks import build_network

CCA, USGRA, SIMULATED = "CCA (Momot 2022)", "usgra-seg", "simulated"
COLUMNS = {
    "carotid": (CCA, "artery", ("dice", "mean_iou", "accuracy")),
    "vessel": (USGRA, "vessel", ("dice", "mean_iou", "accuracy")),
    "simulated vein": (SIMULATED, "vein", ("dice",)),
}
NAMES = {"dice": "Dice", "mean_iou": "mIoU", "accuracy": "accuracy"}
PUBLISHED = "ResNet34-UNet as published (superficial veins, other protocol)"
Row = dict[str, Any]


def main(
    runs: Annotated[list[Path], typer.Argument(help="Folders of training runs.")],
    output: Annotated[
        Path | None, typer.Option(help="The same as a CSV, with means and limits apart.")
    ] = None,
) -> None:
    """Print one table of several networks."""
    records = [_read(run) for run in runs]
    if len({tuple(recipe["cases"]) for recipe, _ in records}) > 1:
        raise typer.BadParameter("the runs were judged with different frames; choose runs of the same data")
    figures = [_figures(recipe, summary) for recipe, summary in records]
    shown = [{name: _text(value) for name, value in row.items()} for row in figures]
    published = dict.fromkeys(shown[0], "") | {
        "network": PUBLISHED,
        "vessel mIoU": "0.873",
        "vessel accuracy": "0.963",
    }
    show(Console(width=200), "Cross-validated by recording", [*shown, published])
    if output is not None:
        write_rows(output, [_flat(row) for row in figures])


def _read(run: Path) -> tuple[Row, list[Row]]:
    """A run's recipe and the summary of its cross-validation.

    Raises:
        InputError: it has not finished.
    """
    try:
        recipe = json.loads((run / "recipe.json").read_text(encoding="utf-8"))
        return recipe, read_rows(run / "summary.csv")
    except FileNotFoundError as error:
        raise InputError(f"{error.filename}: not there; choose the folder of a finished training.") from error


def _figures(recipe: Row, summary: list[Row]) -> Row:
    """A row: tuples are a mean with the lower and upper limit of its interval."""
    schedule = recipe["schedule"]
    network = build_network(recipe["network"])
    # what makes labels exclude each other is around the network
    definition = recipe["network"].get("network", recipe["network"])
    row: Row = {
        "network": definition["_target_"].rpartition(".")[2],
        "parameters (million)": sum(each.numel() for each in network.parameters()) / 1e6,
        "pixels": recipe["planes"]["size"],
        "steps x batch": f"{schedule['steps']} x {schedule['batch']}",
    }
    found = {(line["source"], line["channel"], line["metric"]): line for line in summary}
    for title, (source, channel, metrics) in COLUMNS.items():
        for metric in metrics:
            line = found.get((source, channel, metric))
            row[f"{title} {NAMES[metric]}"] = line and tuple(
                float(line[name]) for name in ("mean", "mean_low", "mean_high")
            )
    return row


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return "{:.3f} ({:.3f} to {:.3f})".format(*value)
    if isinstance(value, float):
        return f"{value:.2f}"
    return "" if value is None else str(value)


def _flat(row: Row) -> Row:
    flat: Row = {}
    for name, value in row.items():
        if isinstance(value, tuple):
            flat |= dict(zip((name, f"{name} low", f"{name} high"), value, strict=True))
        else:
            flat[name] = value
    return flat


if __name__ == "__main__":
    typer.run(main)
