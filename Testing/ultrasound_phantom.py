"""Writes DICOM ultrasound from frames, in the ways in which devices store them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels import convert_color_space
from pydicom.sequence import Sequence
from pydicom.uid import (
    ExplicitVRLittleEndian,
    JPEGBaseline8Bit,
    UltrasoundImageStorage,
    UltrasoundMultiFrameImageStorage,
    generate_uid,
)

COLUMNS, ROWS = 96, 64


def moving_disc(count: int = 5) -> np.ndarray:
    """A smooth disc that moves to the right over a ramp: uint8 ``(frames, rows, columns)``."""
    ramp = np.tile(np.linspace(10, 90, COLUMNS), (ROWS, 1)).astype(np.uint8)
    frames = np.stack([ramp] * count)
    for number, frame in enumerate(frames):
        cv2.circle(frame, (16 + 10 * number, 24), 8, 200, -1)
    return frames


def region(box=(0, 0, COLUMNS - 1, ROWS - 1), delta_cm=(0.01, 0.02), *, form=1, data=1, units=3) -> Dataset:
    """An item of Sequence of Ultrasound Regions; the box is left, top, right, bottom, the last two inside."""
    item = Dataset()
    item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = form, data, 0
    item.RegionLocationMinX0, item.RegionLocationMinY0 = box[:2]
    item.RegionLocationMaxX1, item.RegionLocationMaxY1 = box[2:]
    item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = units
    item.PhysicalDeltaX, item.PhysicalDeltaY = delta_cm
    return item


def write_ultrasound(path: Path, frames: np.ndarray, stored: str = "MONOCHROME2", **elements) -> Path:
    """Write one file.

    Args:
        path: where to.
        frames: uint8, ``(frames, rows, columns)`` or RGB with a fourth axis of 3.
        stored: ``MONOCHROME2``, ``PALETTE COLOR`` (the palette turns values round), ``RGB``, ``YBR_FULL``,
            ``YBR_FULL_422`` or ``JPEG``.
        elements: further elements, by keyword.
    """
    rgb = frames if frames.ndim == 4 else np.repeat(frames[..., None], 3, axis=3)
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = (
        UltrasoundMultiFrameImageStorage if len(frames) > 1 else UltrasoundImageStorage
    )
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset(path, {}, file_meta=meta, preamble=bytes(128))
    dataset.SOPClassUID, dataset.SOPInstanceUID = (
        meta.MediaStorageSOPClassUID,
        meta.MediaStorageSOPInstanceUID,
    )
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = generate_uid(), generate_uid()
    dataset.Modality, dataset.PatientName = "US", "Phantom^Test"
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = frames.shape[:3]
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation, dataset.PlanarConfiguration = 7, 0, 0
    dataset.SamplesPerPixel = 3
    dataset.PhotometricInterpretation = "YBR_FULL_422" if stored == "JPEG" else stored
    if stored in ("MONOCHROME2", "PALETTE COLOR"):
        dataset.SamplesPerPixel = 1
        del dataset.PlanarConfiguration
    if stored == "MONOCHROME2":
        dataset.PixelData = frames.tobytes()
    elif stored == "PALETTE COLOR":
        table = (np.arange(255, -1, -1).astype("<u2") * 257).tobytes()
        for colour in ("Red", "Green", "Blue"):
            setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
            setattr(dataset, f"{colour}PaletteColorLookupTableData", table)
        dataset.PixelData = (255 - frames).tobytes()
    elif stored == "RGB":
        dataset.PixelData = rgb.tobytes()
    elif stored == "YBR_FULL":
        dataset.PixelData = convert_color_space(rgb, "RGB", "YBR_FULL").tobytes()
    elif stored == "YBR_FULL_422":  # two brightnesses share their colour: Y1 Y2 Cb Cr (PS3.3, C.7.6.3.1.2)
        ybr = convert_color_space(rgb, "RGB", "YBR_FULL")
        pairs = np.stack([ybr[..., ::2, 0], ybr[..., 1::2, 0], ybr[..., ::2, 1], ybr[..., ::2, 2]], axis=-1)
        dataset.PixelData = pairs.tobytes()
    else:
        jpegs = [cv2.imencode(".jpg", frame[..., ::-1])[1].tobytes() for frame in rgb]
        dataset.PixelData = encapsulate(jpegs)
        meta.TransferSyntaxUID = JPEGBaseline8Bit
    for keyword, value in elements.items():
        setattr(dataset, keyword, Sequence(value) if keyword.endswith("Regions") else value)
    dataset["PixelData"].VR = "OB"
    dataset.save_as(path, enforce_file_format=True)
    return path
