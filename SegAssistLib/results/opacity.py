"""Opacity: the opaque share of the lungs in an X-ray, its opacities, and the probability of pneumonia."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.labels import Segmentation
from SegAssistLib.measure.opacity import OpacityFindings, Region, measure_opacity
from SegAssistLib.report.opacity import opacity_rows, write_opacity
from SegAssistLib.results.shown import Shown, number
from SegAssistLib.task import Task
from SegAssistLib.translation import tr as _
from SegAssistLib.wording import counted

NAMES = ("opacity", "right lung", "left lung")  # of the labels that the measure needs, in the task's order


class OpacityMeasure:
    """See :class:`~SegAssistLib.results.Measure`."""

    def measure(
        self, segmentation: Segmentation, task: Task, _image: Image | None = None, **choices: Any
    ) -> OpacityFindings:
        """Measure a mask; one with the network's probabilities also has a probability of pneumonia."""
        if choices:
            raise InputError(
                _("{task} measures opacities: no {choices} can be chosen.").format(
                    task=task.name, choices=" or ".join(choices)
                )
            )
        if tuple(label.name for label in task.labels) != NAMES:
            raise InputError(
                _("{folder}: to measure opacities its labels must be {choices}.").format(
                    folder=task.folder, choices=", ".join(NAMES)
                )
            )
        found = None if segmentation.probabilities is None else segmentation.probabilities[0]
        spacing = [sum(axis**2) ** 0.5 for axis in segmentation.affine[:3, :2].T]
        return measure_opacity(
            segmentation.array,
            *(label.value for label in task.labels),
            pixel_area_mm2=spacing[0] * spacing[1] if segmentation.calibrated else None,
            opacity_probability=found,
            probability=None
            if found is None or task.image_level is None
            else task.image_level.probability(found),
        )

    def rows(self, findings: OpacityFindings, task: Task) -> list[dict[str, Any]]:
        """The picture, the regions of the lungs, and the opacities."""
        return opacity_rows(findings, task.name, task.warnings)

    def summary(self, findings: OpacityFindings) -> dict[str, Any]:
        """The probability, the opaque shares, and the number of opacities."""
        return {
            "pneumonia_probability": findings.probability,
            "opaque_percent": {region.name: _percent(region) for region in findings.regions},
            "opacities": len(findings.opacities),
        }

    def shown(self, findings: OpacityFindings, _task: Task) -> Shown:
        """The shares by region; the boxes stand below."""
        unit = "pixels" if findings.pixel_area_mm2 is None else "mm2"
        rows = tuple(
            (
                region.name,
                number(_percent(region), 1),
                _area(region.opaque_pixels, region.opaque_area_mm2),
                _area(region.lung_pixels, region.lung_area_mm2),
            )
            for region in findings.regions
        )
        boxes = tuple(
            _("Opacity {id}, {region}: x {x}, y {y}, {width} x {height} pixels").format(
                id=each.id, region=each.region, x=each.x, y=each.y, width=each.width, height=each.height
            )
            for each in findings.opacities
        )
        return Shown(
            _probability(findings),
            ("region", "opaque (%)", f"opaque ({unit})", f"lung ({unit})"),
            rows,
            (*findings.notes, *boxes),
        )

    def warnings(self, findings: OpacityFindings) -> list[str]:
        """What could not be measured."""
        return list(findings.notes)

    def write_tables(self, folder: Path, name: str, findings: OpacityFindings, task: Task) -> None:
        """Write ``NAME_findings.csv``."""
        write_opacity(folder / f"{name}_findings.csv", findings, task.name, task.warnings)

    def write_pictures(
        self, folder: Path, image: Image, segmentation: Segmentation, findings: OpacityFindings, task: Task
    ) -> None:
        """Write ``NAME_overlay.png`` with a box round each opacity; probability and cautions stand below."""
        from SegAssistLib.report.overlay import write_overlay

        boxes = [(each.x, each.y, each.width, each.height) for each in findings.opacities]
        notes = (_probability(findings), *findings.notes, *task.warnings)
        path = folder / f"{image.name}_overlay.png"
        write_overlay(path, image, segmentation, task.title, _amounts(findings), boxes=boxes, notes=notes)


def _amounts(findings: OpacityFindings) -> dict[str, str]:
    """How much of each label there is, for a legend; of a lung with what opacities hide of it."""
    scale = findings.pixel_area_mm2
    pixels = {
        NAMES[0]: sum(opacity.pixels for opacity in findings.opacities),
        **{name: findings.region(name).lung_pixels for name in NAMES[1:]},
    }
    return {
        name: "not found"
        if not count
        else counted(count, "pixel")
        if scale is None
        else f"{_area(count, count * scale)} mm2"
        for name, count in pixels.items()
    }


def _probability(findings: OpacityFindings) -> str:
    if findings.probability is None:
        return _("No probability of pneumonia: it is the network's, and this mask comes without one")
    return _("Probability of pneumonia {probability:.2f}").format(probability=findings.probability)


def _percent(region: Region) -> float | None:
    return None if region.share is None else round(100 * region.share, 2)


def _area(pixels: int, area_mm2: float | None) -> str:
    return str(pixels) if area_mm2 is None else f"{area_mm2:.0f}"
