"""Task: what to look for and how, read from a bundle folder (MONAI Bundle format)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from SegAssistLib.cases import CaseFiles
from SegAssistLib.errors import InputError
from SegAssistLib.image import Image, Kind
from SegAssistLib.io.files import sha256
from SegAssistLib.labels import Code, Label
from SegAssistLib.prepare import PlaneSettings
from SegAssistLib.resources import bundles_folder


@dataclass(frozen=True)
class Weights:
    """A weight file and the SHA-256 that it must have."""

    path: Path
    sha256: str

    def verified(self) -> Path:
        """Return the path if the file is the one the bundle names.

        Raises:
            InputError: the file is missing or its content is another.
        """
        if not self.path.exists():
            raise InputError(f"{self.path}: the weight file is missing; install SegAssist again.")
        if sha256(self.path) != self.sha256:
            raise InputError(
                f"{self.path}: the weight file is not the one its bundle names (SHA-256 differs); "
                "install SegAssist again."
            )
        return self.path


@dataclass(frozen=True, eq=False)  # a task is itself alone, which makes it a key for the loaded networks
class Task:
    """A bundle's statements, checked.

    Attributes:
        name: e.g. ``ms-lesion``.
        version: of the bundle.
        title, description, intended_use: for people.
        folder: the bundle.
        kind, modalities: what it works on (DICOM modality codes).
        preparation: name of the preparation in ``SegAssistLib.prepare``.
        planes: how planes are cut.
        labels: what it finds, with their thresholds.
        smallest_mm3: smaller components are dropped; ``connectivity`` says what hangs together.
        weights: by backend family, ``onnx`` and ``torch``.
        case_files: how a training folder names image, reference and organ mask.
    """

    name: str
    version: str
    title: str
    description: str
    intended_use: str
    folder: Path
    kind: Kind
    modalities: tuple[str, ...]
    preparation: str
    planes: PlaneSettings
    labels: tuple[Label, ...]
    smallest_mm3: float
    connectivity: int
    weights: dict[str, Weights]
    case_files: CaseFiles

    def warnings_for(self, image: Image) -> list[str]:
        """Say what about ``image`` could make the result wrong.

        Raises:
            InputError: this task cannot work on ``image`` at all.
        """
        if image.kind != self.kind:
            raise InputError(
                f"{image.name}: the task {self.name} needs a {self.kind}, and this is a {image.kind}."
            )
        expected = " or ".join(self.modalities)
        if image.modality is None:
            return [
                f"{image.name}: the file does not state its modality; {self.name} is meant for {expected}."
            ]
        if image.modality not in self.modalities:
            raise InputError(
                f"{image.name}: its modality is {image.modality}, and the task {self.name} works on "
                f"{expected} alone; choose another task or file."
            )
        return []


@cache
def list_tasks() -> dict[str, Task]:
    """Every task that has a bundle, by name."""
    tasks = [read_task(file.parents[1]) for file in sorted(bundles_folder().glob("*/configs/metadata.json"))]
    return {task.name: task for task in tasks}


def find_task(name: str) -> Task:
    """Return the task called ``name``.

    Raises:
        InputError: there is none; the message lists those that exist.
    """
    tasks = list_tasks()
    if name not in tasks:
        raise InputError(f"There is no task {name!r}; choose one of: {', '.join(tasks) or 'none installed'}.")
    return tasks[name]


def read_task(folder: Path) -> Task:
    """Read the bundle in ``folder``.

    Raises:
        InputError: the bundle lacks something that a task needs.
    """
    file = folder / "configs" / "metadata.json"
    try:
        metadata = json.loads(file.read_text(encoding="utf-8"))
        stated = metadata["segassist"]
        components = stated["components"]
        return Task(
            name=stated["task"],
            version=metadata["version"],
            title=metadata["name"],
            description=metadata["description"],
            intended_use=metadata["intended_use"],
            folder=folder,
            kind=stated["kind"],
            modalities=tuple(stated["modalities"]),
            preparation=stated["preparation"],
            planes=PlaneSettings(**{**stated["planes"], "pixel_mm": tuple(stated["planes"]["pixel_mm"])}),
            labels=tuple(_label(entry) for entry in stated["labels"]),
            smallest_mm3=components["smallest_mm3"],
            connectivity=components["connectivity"],
            weights={
                family: Weights(folder / entry["file"], entry["sha256"])
                for family, entry in stated["weights"].items()
            },
            case_files=CaseFiles(**stated["case_files"]),
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"{file}: not a usable task bundle ({type(error).__name__}: {error}).") from error


def _label(entry: dict[str, Any]) -> Label:
    return Label(
        value=entry["value"],
        name=entry["name"],
        color=tuple(entry["color"]),
        threshold=entry["threshold"],
        category=Code(**entry["category"]),
        type=Code(**entry["type"]),
    )
