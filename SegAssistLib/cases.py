"""Cases: which files of a folder belong together, and to which patient."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.io import name_of, read_image
from SegAssistLib.io.files import is_junk
from SegAssistLib.io.table import read_rows
from SegAssistLib.labels import Label
from SegAssistLib.references import read_reference
from SegAssistLib.translation import tr as _

MANIFEST = "manifest.csv"
LISTED = ("name", "group")  # columns that it has at least
PARTIAL = "annotated_classes"  # the column of a table whose masks hold only some of what is there
KINDS = "label"  # the column of a table of X-rays, whose masks hold kinds of opacity and 0 for none


@dataclass(frozen=True)
class CaseFiles:
    """How the files of a case are called; a task states it.

    Attributes:
        image, reference: end of the file name before ``.nii.gz``, e.g. ``flair`` and ``lesions``; of listed
            pictures the folder that they lie in.
        region: a mask of the organ (brain) for switching its surroundings off, or None.
    """

    image: str
    reference: str
    region: str | None = None


@dataclass(frozen=True)
class Case:
    """One annotated study.

    Attributes:
        name: unique in its data set, e.g. ``patient03`` or ``patientL5_study2``.
        patient: cases of one patient stay on one side of every split.
        image, reference: the files.
        region: the organ's mask, where there is one.
        source: the data's origin, for results per origin; empty when unknown.
        kinds: whether the reference's values are kinds of the task's first label, and not label values.
    """

    name: str
    patient: str
    image: Path
    reference: Path
    region: Path | None
    source: str = ""
    kinds: bool = False


def find_cases(folder: Path, files: CaseFiles) -> list[Case]:
    """List the annotated studies below ``folder``, sorted by name.

    A study is an image with its reference beside it (``flair.nii.gz`` and ``lesions.nii.gz``, or
    with a common beginning, ``study2_flair.nii.gz`` and ``study2_lesions.nii.gz``); its folder is the
    patient. Two files with the same content are one study, and their folders one patient. The
    column ``source`` of a ``patients.csv`` in ``folder`` gives the origin of each patient.

    Where ``folder`` has a ``manifest.csv``, the cases are those that it lists, see :func:`listed_cases`.

    Raises:
        InputError: no annotated study was found.
    """
    if (folder / MANIFEST).exists():
        return listed_cases(folder, files)
    sources = _sources(folder / "patients.csv")
    found: dict[str, Case] = {}
    patient_of: dict[str, str] = {}
    for image in sorted(folder.rglob(f"*{files.image}.nii.gz")):
        if is_junk(image.relative_to(folder)):
            continue
        beginning = image.name.removesuffix(f"{files.image}.nii.gz")
        reference = image.with_name(f"{beginning}{files.reference}.nii.gz")
        if not reference.exists():
            continue
        content = hashlib.sha256(image.read_bytes()).hexdigest()
        patient = image.parent.name
        if content in found:  # the same study again: the two folders are one patient
            patient_of[max(patient, found[content].patient)] = min(patient, found[content].patient)
            continue
        region = None
        if files.region:
            named = (image.with_name(f"{prefix}{files.region}.nii.gz") for prefix in (beginning, ""))
            region = next((path for path in named if path.exists()), None)
        name = "_".join(part for part in (patient, beginning.strip("_-")) if part)
        found[content] = Case(name, patient, image, reference, region, sources.get(patient, ""))
    if not found:
        raise InputError(
            _(
                "{folder}: no annotated study found; expected files named *{image}.nii.gz "
                "with *{reference}.nii.gz beside them."
            ).format(folder=folder, image=files.image, reference=files.reference)
        )
    cases = []
    for case in found.values():
        patient = patient_of.get(case.patient, case.patient)
        source = case.source or sources.get(patient, "")
        cases.append(Case(case.name, patient, case.image, case.reference, case.region, source))
    return sorted(cases, key=lambda case: case.name)


def listed_cases(folder: Path, files: CaseFiles) -> list[Case]:
    """The annotated pictures that ``folder/manifest.csv`` lists, sorted by name.

    The table has the columns ``name`` and ``group`` (what is never split: a person, or a cluster of similar
    pictures), and perhaps ``source``; that of X-rays has ``label`` too. Beside it lie the folders that the
    task names for images and references, with a file for each name.

    Raises:
        InputError: no such table, a missing file, or masks that say only a part of what is there.
    """
    rows = read_manifest(folder, LISTED, "pictures")
    if PARTIAL in rows[0]:
        raise InputError(
            _(
                "{manifest}: its masks hold only some of what is there ({partial}); choose "
                "pictures in which everything is annotated."
            ).format(manifest=folder / MANIFEST, partial=PARTIAL)
        )
    images, masks = (_by_name(folder / part) for part in (files.image, files.reference))
    cases = []
    for row in rows:
        name = row["name"]
        for found, part in ((images, files.image), (masks, files.reference)):
            if name not in found:
                raise InputError(
                    _("{folder}: there is no file {name}, which {manifest} lists.").format(
                        folder=folder / part, name=name, manifest=MANIFEST
                    )
                )
        source = row.get("source") or ""
        cases.append(Case(name, row["group"], images[name], masks[name], None, source, KINDS in row))
    return cases


def read_manifest(folder: Path, columns: Sequence[str], what: str) -> list[dict[str, str]]:
    """The rows of ``folder/manifest.csv``, sorted by name.

    Args:
        folder: of a data set.
        columns: that the table has at least, ``name`` among them.
        what: is listed, for messages.

    Raises:
        InputError: no such table, or an unusable one.
    """
    table = folder / MANIFEST
    if not table.exists():
        raise InputError(
            _("{folder}: there is no {manifest} that lists the annotated {what}.").format(
                folder=folder, manifest=MANIFEST, what=what
            )
        )
    return sorted(read_rows(table, columns, what), key=lambda row: row["name"])


def partly_annotated(folder: Path) -> bool:
    """Whether ``folder/manifest.csv`` says of each mask which classes were looked for."""
    table = folder / MANIFEST
    return table.exists() and PARTIAL in (read_rows(table) or [{}])[0]


def _by_name(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise InputError(
            _("{folder}: there is no such folder beside {manifest}.").format(folder=folder, manifest=MANIFEST)
        )
    return {name_of(path): path for path in folder.iterdir() if not is_junk(path.relative_to(folder))}


def read_case(case: Case, labels: Sequence[Label]) -> tuple[Image, np.ndarray]:
    """Read a case's image, and its reference on the same grid: uint8 values of ``labels``, 0 elsewhere.

    Raises:
        InputError: an unreadable file, or a reference on another grid.
    """
    image = read_image(case.image)
    reference = read_reference(case.reference, labels, kinds=case.kinds).on_grid_of(image)
    if reference is None:
        raise InputError(
            _("{reference}: not on the grid of {name}; resample it to that grid.").format(
                reference=case.reference, name=case.image.name
            )
        )
    return image, reference.array


def _sources(table: Path) -> dict[str, str]:
    if not table.exists():
        return {}
    return {row["id"]: row.get("source", "") for row in read_rows(table)}


def split_folds(cases: list[Case], folds: int) -> list[list[Case]]:
    """Deal the cases into ``folds`` test sets, whole patients at a time, each source spread evenly.

    Deterministic: patients are sorted by source and name and dealt like cards.

    Raises:
        InputError: fewer than two folds, or more folds than patients.
    """
    patients = sorted({(case.source, case.patient) for case in cases})
    if folds < 2:
        raise InputError(
            _("Cross-validation needs at least 2 folds, and {folds} was asked for.").format(folds=folds)
        )
    if len(patients) < folds:
        raise InputError(
            _("{folds} folds need at least {folds} patients, and there are {count}.").format(
                folds=folds, count=len(patients)
            )
        )
    fold_of = {patient: index % folds for index, (_, patient) in enumerate(patients)}
    return [[case for case in cases if fold_of[case.patient] == fold] for fold in range(folds)]
