"""Slicer's segmentation file (``.seg.nrrd``): a segment for each label, in one layer or in several."""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk  # noqa: N813 - its documented short name

from SegAssistLib.errors import InputError
from SegAssistLib.image import LPS_TO_RAS
from SegAssistLib.io import itk
from SegAssistLib.io.files import writing
from SegAssistLib.io.quiet import quiet
from SegAssistLib.labels import Code, Label, Segmentation
from SegAssistLib.translation import tr as _

TERMINOLOGY = "Segmentation category and type - SegAssist"
ANATOMY = "Anatomic codes - DICOM master list"
_CALIBRATED = "SegAssist_Calibrated"  # 0 where sizes are in pixels, for which NRRD has no unit
_TAG = "SegAssist.Label"  # of a segment that was made in the scene: "task/label"


@dataclass(frozen=True)
class _Segment:
    """What the file says of a segment; its voxels are those of its layer that have its value."""

    name: str
    layer: int
    value: int
    tags: dict[str, str]

    def label(self, labels: Sequence[Label]) -> Label | None:
        """The label that it shows, by tag, name or code; None where that is none, or not one alone."""
        for found in (
            [label for label in labels if self.tags.get(_TAG, "").endswith(f"/{label.name}")],
            [label for label in labels if label.name.casefold() == self.name.strip().casefold()],
            [label for label in labels if self._code == (label.type.scheme, label.type.value)],
        ):
            if found:
                return found[0] if len(found) == 1 else None
        return None

    @property
    def _code(self) -> tuple[str, ...]:
        """Scheme and value of its type: the third part of a terminology entry."""
        parts = self.tags.get("TerminologyEntry", "").split("~")
        return tuple(parts[2].split("^")[:2]) if len(parts) > 2 else ()


def read(path: Path, labels: Sequence[Label]) -> Segmentation | None:
    """Read segments as labels, whatever numbers they have in the file; None where it names no segments.

    A segment is known by its tag, its name (in any case), or the code of its type. Where two overlap, the
    later label wins, as in the scene. Without ``labels`` the numbers in the file stay.

    Raises:
        InputError: unreadable, or a segment that shows none of the labels.
    """
    image, header = itk.load(path)
    fields = {key: image.GetMetaData(key) for key in image.GetMetaDataKeys()}
    segments = _segments(fields, path)
    if not segments:
        return None
    stored = sitk.GetArrayFromImage(image).T
    layers = stored if image.GetNumberOfComponentsPerPixel() > 1 else stored[np.newaxis]
    if image.GetDimension() != 3 or max(segment.layer for segment in segments) >= len(layers):
        raise InputError(
            _("{path} is damaged (it lacks a layer of segments); save the segmentation again").format(
                path=path
            )
        )
    array = np.zeros(layers.shape[1:], np.uint8, order="F")
    unclaimed = layers != 0
    found: list[tuple[int, np.ndarray]] = []
    for segment in segments:
        voxels = layers[segment.layer] == segment.value
        unclaimed[segment.layer] &= ~voxels
        label = segment.label(labels)
        if label is not None or not labels:
            found.append((label.value if label else segment.value, voxels))
        elif voxels.any():
            known = ", ".join(label.name for label in labels)
            raise InputError(
                _(
                    "{path}: the segment {name!r} is none of {known}; give it such a name, or remove it"
                ).format(path=path, name=segment.name, known=known)
            )
    if unclaimed.any():
        raise InputError(
            _("{path} holds voxels that belong to no segment; save the segmentation again").format(path=path)
        )
    order = [label.value for label in labels]
    for value, voxels in sorted(found, key=lambda each: order.index(each[0]) if order else 0):
        array[voxels] = value
    calibrated = header.calibrated and fields.get(_CALIBRATED) != "0"
    return Segmentation(array, itk.affine_of(image, header), tuple(labels), calibrated=calibrated)


def _segments(fields: dict[str, str], path: Path) -> list[_Segment]:
    """From the fields ``SegmentN_Name`` and so on; older files have a layer for every segment."""
    numbers = sorted({int(found[1]) for key in fields if (found := re.match(r"Segment(\d+)_", key))})
    segments = []
    for number in numbers:
        stated = {
            name: fields.get(f"Segment{number}_{name}", "")
            for name in ("Name", "Layer", "LabelValue", "Tags")
        }
        tags = (tag.partition(":") for tag in stated["Tags"].split("|"))
        try:
            layer, value = int(stated["Layer"] or number), int(stated["LabelValue"] or 1)
        except ValueError:
            layer, value = -1, 0
        if layer < 0 or not 0 < value <= 255:
            raise InputError(
                _("{path} is damaged (a segment has no usable number); save the segmentation again").format(
                    path=path
                )
            )
        segments.append(_Segment(stated["Name"], layer, value, {name: text for name, _, text in tags}))
    return segments


def write(path: Path, segmentation: Segmentation) -> None:
    """Write labels as one layer of Slicer's segmentation file (``.seg.nrrd``).

    The fields are those of Slicer's vtkMRMLSegmentationStorageNode; every label is a segment, even
    one that has no voxel.

    Raises:
        InputError: the disk is full, or the folder cannot be written to.
    """
    image = sitk.GetImageFromArray(segmentation.array.T)
    lps = LPS_TO_RAS @ segmentation.affine
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetDirection((lps[:3, :3] / spacing).ravel().tolist())
    image.SetOrigin(lps[:3, 3].tolist())
    fields = {
        "Segmentation_ContainedRepresentationNames": "Binary labelmap|",
        "Segmentation_MasterRepresentation": "Binary labelmap",
        "Segmentation_ReferenceImageExtentOffset": "0 0 0",
    }
    extent = " ".join(f"0 {voxels - 1}" for voxels in segmentation.array.shape)
    for index, label in enumerate(segmentation.labels):
        fields |= {
            f"Segment{index}_ID": f"Segment_{label.value}",
            f"Segment{index}_Name": label.name,
            f"Segment{index}_NameAutoGenerated": "0",
            f"Segment{index}_Color": " ".join(f"{channel / 255:.6g}" for channel in label.color),
            f"Segment{index}_ColorAutoGenerated": "0",
            f"Segment{index}_LabelValue": str(label.value),
            f"Segment{index}_Layer": "0",
            f"Segment{index}_Extent": extent,
            f"Segment{index}_Tags": f"TerminologyEntry:{terminology_entry(label)}|",
        }
    if not segmentation.calibrated:
        fields[_CALIBRATED] = "0"
    for key, value in fields.items():
        image.SetMetaData(key, value)
    with writing(path) as temporary, quiet():
        try:
            sitk.WriteImage(image, str(temporary), useCompression=True, compressionLevel=1)
        except RuntimeError as error:
            # SimpleITK does not hand on the system's reason, so ask whether there was room
            full = shutil.disk_usage(path.parent).free < segmentation.array.nbytes
            raise OSError(errno.ENOSPC if full else errno.EIO, "the file could not be made") from error


def terminology_entry(label: Label) -> str:
    """The label's codes as Slicer's terminology string.

    Context, category, type, type modifier, anatomic context, region and region modifier, joined by
    ``~``; each code is ``scheme^value^meaning`` (vtkSlicerTerminologiesModuleLogic).
    """
    none = "^^"
    return "~".join(
        [TERMINOLOGY, _code(label.category), _code(label.type), none, ANATOMY, none, none],
    )


def _code(code: Code) -> str:
    return f"{code.scheme}^{code.value}^{code.meaning}"
