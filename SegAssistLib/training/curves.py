"""Curves: the loss of every run in a training folder, as one picture."""

from __future__ import annotations

from pathlib import Path

from SegAssistLib.io.files import writing
from SegAssistLib.io.table import read_rows


def draw_curves(folder: Path) -> Path:
    """Draw ``*/curve.csv`` below ``folder`` into ``curves.png``."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.add_subplot(xlabel="step", ylabel="training loss", yscale="log")
    for file in sorted(folder.glob("*/curve.csv")):
        rows = read_rows(file)
        axes.plot(
            [int(row["step"]) for row in rows], [float(row["loss"]) for row in rows], label=file.parent.name
        )
    axes.grid(alpha=0.3)
    axes.legend()
    path = folder / "curves.png"
    with writing(path) as temporary:
        figure.savefig(temporary, dpi=120)
    return path
