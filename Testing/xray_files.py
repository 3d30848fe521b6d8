"""Writes chest X-rays as DICOM files, so that tests have real files with a known truth."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    ExplicitVRLittleEndian,
    JPEGBaseline8Bit,
    generate_uid,
)


def write_xray(path: Path, pixels: np.ndarray, *, jpeg: bool = False, **elements) -> Path:
    """Write one X-ray.

    Args:
        path: of the file; its folder is made when missing.
        pixels: stored values, uint8 or uint16, shape ``(rows, columns)``.
        jpeg: compress 8-bit pixels as JPEG baseline, as the RSNA challenge's files are.
        elements: DICOM elements by keyword, instead of a CR of the chest, PA.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = ComputedRadiographyImageStorage
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = JPEGBaseline8Bit if jpeg else ExplicitVRLittleEndian
    dataset = FileDataset(path, {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID = (
        meta.MediaStorageSOPClassUID,
        meta.MediaStorageSOPInstanceUID,
    )
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = generate_uid(), generate_uid()
    dataset.PatientName = dataset.PatientID = "Nobody"
    dataset.Modality, dataset.BodyPartExamined, dataset.ViewPosition = "CR", "CHEST", "PA"
    dataset.PhotometricInterpretation, dataset.SamplesPerPixel = "MONOCHROME2", 1
    dataset.Rows, dataset.Columns = pixels.shape
    dataset.BitsAllocated = dataset.BitsStored = 8 * pixels.itemsize
    dataset.HighBit, dataset.PixelRepresentation = dataset.BitsStored - 1, 0
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    if jpeg:
        dataset.PixelData = encapsulate([cv2.imencode(".jpg", pixels)[1].tobytes()])
        dataset["PixelData"].VR = "OB"
    else:
        dataset.PixelData = np.ascontiguousarray(pixels).tobytes()
        dataset["PixelData"].VR = "OW"
    dataset.save_as(path, enforce_file_format=True)
    return path


def a_chest(
    size: int = 256, seed: int = 0, opacity: tuple[int, int, int, int] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """A drawn chest: black air, grey body with two dark lungs, a bright spine, ribs and noise.

    Args:
        size: rows and columns.
        seed: another one gives another chest.
        opacity: box x, y, width and height of a bright ellipse.

    Returns:
        The picture, uint8, and its lungs: 1 the right one, on the picture's left, and 2 the left one.
    """
    rng = np.random.default_rng(seed)
    unit = size / 256
    picture, lungs = np.full((size, size), 12, np.float32), np.zeros((size, size), np.uint8)

    def ellipse(array: np.ndarray, x: float, y: float, wide: float, high: float, value: float) -> None:
        middle, axes = (round(x * unit), round(y * unit)), (round(wide * unit), round(high * unit))
        cv2.ellipse(array, middle, axes, 0, 0, 360, value, cv2.FILLED)

    ellipse(picture, 128, 190, 112, 178, 170)
    right, down = rng.uniform(-5, 5, 2)
    for side, x in ((1, 80), (2, 176)):
        ellipse(lungs, x + right, 125 + down, 32, 70 + rng.uniform(-6, 6), side)
    picture[lungs > 0] = 70
    cv2.line(picture, (size // 2, 0), (size // 2, size), 215, round(26 * unit))
    for row in range(60, 200, 22):
        ends = ((round(30 * unit), round(row * unit)), (round(226 * unit), round((row - 12) * unit)))
        cv2.line(picture, *ends, 105, 2)
    if opacity:
        x, y, width, height = opacity
        cv2.ellipse(picture, (x + width // 2, y + height // 2), (width // 2, height // 2), 0, 0, 360, 150, -1)
    picture = cv2.GaussianBlur(picture, (0, 0), 1.5 * unit) + rng.normal(0, 3, picture.shape)
    return picture.clip(0, 255).astype(np.uint8), lungs
