"""Task: what to look for and how, read from a bundle folder (MONAI Bundle format)."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from SegAssistLib.cases import CaseFiles
from SegAssistLib.errors import InputError
from SegAssistLib.image import Image, Kind
from SegAssistLib.io.files import sha256
from SegAssistLib.labels import Code, Label
from SegAssistLib.measure.components import PLANAR
from SegAssistLib.measure.pooling import ImageLevel
from SegAssistLib.prepare import Settings, read_settings
from SegAssistLib.resources import bundles_folder
from SegAssistLib.translation import tr as _


@dataclass(frozen=True)
class BundleFile:
    """A file of a bundle and the SHA-256 that it must have.

    Attributes:
        path: the file.
        sha256: as the bundle states it.
        tensors: the file that holds the numbers, where this one only refers to them.
    """

    path: Path
    sha256: str
    tensors: BundleFile | None = None

    def verified(self) -> Path:
        """Return the path if the file, and what it refers to, is what the bundle names.

        Raises:
            InputError: the file is missing or its content is another.
        """
        if not self.path.exists():
            raise InputError(
                _("{path}: a file of the task is missing; install SegAssist again.").format(path=self.path)
            )
        if sha256(self.path) != self.sha256:
            raise InputError(
                _(
                    "{path}: the file is not the one its bundle names (SHA-256 differs); install "
                    "SegAssist again."
                ).format(path=self.path)
            )
        if self.tensors is not None:
            self.tensors.verified()
        return self.path


_FROM_THE_SIDE = {"LAT", "LATERAL", "LL", "RL"}
KIND_NAMES: dict[Kind, str] = {"volume": "volume", "frames": "clip", "still": "still picture"}


@dataclass(frozen=True)
class Components:
    """What hangs together in a mask, and what is too small to be kept.

    Attributes:
        connectivity: how many neighbours join two voxels: 6, 18 or 26 in a volume; 4 or 8 in pictures,
            where nothing hangs together across frames.
        smallest_mm3: smaller components of a volume are dropped.
        smallest_mm2: smaller components of a picture are dropped.
        smallest_pixels: the same where the size of a pixel (or voxel) is not known.
        smallest_share: components of a picture that are a smaller part of it are dropped, of whatever size.
    """

    connectivity: int
    smallest_mm3: float = 0.0
    smallest_mm2: float = 0.0
    smallest_pixels: int = 0
    smallest_share: float = 0.0

    def fewest(self, spacing: Sequence[float] | None, grid: Sequence[int]) -> int:
        """Number of voxels that a component has at least.

        Args:
            spacing: mm between voxels along the array's axes; None when uncalibrated.
            grid: number of voxels along these axes.
        """
        planar = self.connectivity in PLANAR
        share = math.ceil(self.smallest_share * math.prod(grid[:2]) - 1e-6) if planar else 0
        if spacing is None:
            return max(share, self.smallest_pixels)
        smallest, axes = (self.smallest_mm2, 2) if planar else (self.smallest_mm3, 3)
        return max(share, math.ceil(smallest / math.prod(spacing[:axes]) - 1e-6))


@dataclass(frozen=True, eq=False)  # a task is itself alone, which makes it a key for the loaded networks
class Task:
    """A bundle's statements, checked.

    Attributes:
        name: e.g. ``ms-lesion``.
        version: of the bundle.
        title, description, intended_use: for people.
        folder: the bundle.
        kinds, modalities: what it works on (DICOM modality codes).
        preparation: name of the preparation in ``SegAssistLib.prepare``.
        planes: its settings.
        labels: what it finds, with their thresholds.
        components: what of that is kept.
        measure: what is measured in its masks, a name in ``SegAssistLib.results``.
        recipe: how its network is trained, a name in ``SegAssistLib.training.run``.
        weights: by backend family, ``onnx`` and ``torch``.
        definition: the MONAI config that defines the network; None where a bundle names none.
        case_files: how a training folder names image, reference and organ mask.
        body_parts, views: of what it works on, where files say so (DICOM codes); empty where all will do.
        image_level: how the first label's probabilities become one of the whole picture, where they do.
        warnings: what a person has to know beside every result.
        terms: what it may be used for, where the licences of its training data restrict that.
    """

    name: str
    version: str
    title: str
    description: str
    intended_use: str
    folder: Path
    kinds: tuple[Kind, ...]
    modalities: tuple[str, ...]
    preparation: str
    planes: Settings
    labels: tuple[Label, ...]
    components: Components
    measure: str
    recipe: str
    weights: dict[str, BundleFile]
    case_files: CaseFiles
    body_parts: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    image_level: ImageLevel | None = None
    definition: BundleFile | None = None
    warnings: tuple[str, ...] = ()
    terms: str = ""

    @property
    def connectivity(self) -> int:
        """See :class:`Components`."""
        return self.components.connectivity

    @property
    def smallest_mm3(self) -> float:
        """See :class:`Components`."""
        return self.components.smallest_mm3

    def warnings_for(self, image: Image) -> list[str]:
        """Say what about ``image`` could make the result wrong, or what the result will lack.

        Raises:
            InputError: this task cannot work on ``image`` at all.
        """
        if image.kind not in self.kinds:
            wanted = " or a ".join(KIND_NAMES[kind] for kind in self.kinds)
            raise InputError(
                _(
                    "{name}: the task {task} needs a {wanted}, and this is a {kind}; choose "
                    "another task or file."
                ).format(name=image.name, task=self.name, wanted=wanted, kind=KIND_NAMES[image.kind])
            )
        for contradiction in self._contradictions(image).values():
            raise InputError(
                _("{name}: {contradiction}; choose another task or file.").format(
                    name=image.name, contradiction=contradiction
                )
            )
        warnings = [*self.warnings, *image.remarks]
        if self.views and image.view:
            warnings.append(_("{name}: the view is {view}.").format(name=image.name, view=image.view))
        if image.modality is None:
            warnings.append(
                _("{name}: the file does not state its modality; {task} is meant for {choices}.").format(
                    name=image.name, task=self.name, choices=" or ".join(self.modalities)
                )
            )
        warnings += self.planes.warnings_for(image)
        if not image.calibrated:
            warnings.append(
                _("{name}: the size of a pixel is not known, so sizes are in pixels.").format(name=image.name)
            )
        return warnings

    def insisted(self, image: Image) -> Image:
        """The image as a person says it is: what its header states against this task is only remarked."""
        contradictions = self._contradictions(image)
        remarks = tuple(
            _("{name}: {contradiction}; it was taken all the same, because a person insisted.").format(
                name=image.name, contradiction=contradiction
            )
            for contradiction in contradictions.values()
        )
        believed = {"modality": self.modalities[0], "body_part": None, "view": None}
        changes = {name: believed[name] for name in contradictions}
        return replace(image, **changes, remarks=image.remarks + remarks)

    def _contradictions(self, image: Image) -> dict[str, str]:
        """What the image's header states against this task, by the attribute of the image.

        A code may have more words: CHEST PA is a chest, and CHEST LAT one from the side.
        """
        found = {}
        side = next((word for word in (image.body_part or "").split() if word in _FROM_THE_SIDE), None)
        for attribute, stated, wanted, what in (
            ("body_part", image.body_part, self.body_parts, _("body part")),
            ("view", image.view or side, self.views, _("view")),
            ("modality", image.modality, self.modalities, _("modality")),
        ):
            if stated and wanted and not any(word in wanted for word in stated.split()):
                found[attribute] = _(
                    "its {what} is {stated}, and the task {task} works on {choices} alone"
                ).format(what=what, stated=stated, task=self.name, choices=" or ".join(wanted))
        return found


@cache
def list_tasks() -> dict[str, Task]:
    """Every task that can be used, by name: those whose bundle has a trained network."""
    return {task.name: task for task in _read_bundles() if task.weights}


def find_task(name: str, *, trained: bool = True) -> Task:
    """Return the task called ``name``.

    Args:
        name: e.g. ``ms-lesion``.
        trained: whether it has to have a network; training asks for what a bundle states and no more.

    Raises:
        InputError: there is none; the message lists those that exist.
    """
    tasks = list_tasks() if trained else {task.name: task for task in _read_bundles()}
    if name not in tasks:
        raise InputError(
            _("There is no task {name!r}; choose one of: {choices}.").format(
                name=name, choices=", ".join(tasks) or "none installed"
            )
        )
    return tasks[name]


def _read_bundles() -> list[Task]:
    return [read_task(file.parents[1]) for file in sorted(bundles_folder().glob("*/configs/metadata.json"))]


def read_task(folder: Path) -> Task:
    """Read the bundle in ``folder``.

    Raises:
        InputError: the bundle lacks something that a task needs.
    """
    file = folder / "configs" / "metadata.json"
    try:
        metadata = json.loads(file.read_text(encoding="utf-8"))
        stated = metadata["segassist"]
        return Task(
            name=stated["task"],
            version=metadata["version"],
            title=metadata["name"],
            description=metadata["description"],
            intended_use=metadata["intended_use"],
            folder=folder,
            kinds=tuple(stated["kinds"]),
            modalities=tuple(stated["modalities"]),
            preparation=stated["preparation"],
            planes=read_settings(stated["preparation"], stated["planes"]),
            labels=tuple(_label(entry) for entry in stated["labels"]),
            components=Components(**stated["components"]),
            measure=stated["measure"],
            recipe=stated["recipe"],
            weights=_weights(folder, stated["weights"]),
            definition=_file(folder, stated["definition"]) if "definition" in stated else None,
            case_files=CaseFiles(**stated["case_files"]),
            body_parts=tuple(stated.get("body_parts", ())),
            views=tuple(stated.get("views", ())),
            image_level=ImageLevel(**stated["image_level"]) if "image_level" in stated else None,
            warnings=tuple(stated.get("warnings", ())),
            terms=stated.get("terms", ""),
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            _("{file}: not a usable task bundle ({kind}: {error}).").format(
                file=file, kind=type(error).__name__, error=error
            )
        ) from error


def _weights(folder: Path, stated: dict[str, dict[str, str]]) -> dict[str, BundleFile]:
    files = {family: _file(folder, entry) for family, entry in stated.items()}
    return {
        family: replace(file, tensors=files[stated[family]["tensors"]])
        if "tensors" in stated[family]
        else file
        for family, file in files.items()
    }


def _file(folder: Path, entry: dict[str, str]) -> BundleFile:
    return BundleFile(folder / entry["file"], entry["sha256"])


def _label(entry: dict[str, Any]) -> Label:
    return Label(
        value=entry["value"],
        name=entry["name"],
        color=tuple(entry["color"]),
        threshold=entry["threshold"],
        category=Code(**entry["category"]),
        type=Code(**entry["type"]),
        priority=entry.get("priority", 0),
    )
