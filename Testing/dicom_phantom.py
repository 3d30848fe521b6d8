"""Writes DICOM MR files from a NumPy volume, so that tests have real files with a known truth."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import EnhancedMRImageStorage, ExplicitVRLittleEndian, MRImageStorage, generate_uid


def write_classic_series(
    folder: Path,
    array: np.ndarray,
    affine: np.ndarray,
    *,
    rescale: tuple[float, float] = (1, 0),
    shuffle: bool = True,
    series_uid: str | None = None,
    description: str = "FLAIR",
    number: int = 1,
) -> list[Path]:
    """Write one file a slice; file names and instance numbers are shuffled unless told otherwise.

    Args:
        folder: made when missing.
        array: stored 16-bit values, shape ``(columns, rows, slices)``.
        affine: voxel index to RAS mm, with orthogonal axes. A reader orders slices along row x column
            direction, so it gives ``array`` back as it is when the determinant is positive.
        rescale: slope and intercept.

    Returns:
        The files in the order of ``array``'s slices.
    """
    folder.mkdir(parents=True, exist_ok=True)
    position, orientation, spacing, step = _geometry(affine)
    common = {"StudyInstanceUID": generate_uid(), "SeriesInstanceUID": series_uid or generate_uid()}
    frame_of_reference = generate_uid()
    places = list(range(array.shape[2]))
    if shuffle:
        random.Random(0).shuffle(places)
    files = []
    for k, place in enumerate(places):
        path = folder / f"IM{number:02d}{place:04d}.dcm"
        dataset = _dataset(path, MRImageStorage, array, number, description, common)
        dataset.FrameOfReferenceUID = frame_of_reference
        dataset.InstanceNumber = place + 1
        dataset.ImagePositionPatient = _decimals(position(k))
        dataset.ImageOrientationPatient = orientation
        dataset.PixelSpacing = spacing
        dataset.SliceThickness = _decimals([step])[0]
        if rescale != (1, 0):
            dataset.RescaleSlope, dataset.RescaleIntercept = rescale
        dataset.PixelData = np.ascontiguousarray(array[:, :, k].T).tobytes()
        dataset.save_as(path, enforce_file_format=True)
        files.append(path)
    return files


def write_enhanced(
    path: Path, array: np.ndarray, affine: np.ndarray, *, rescale: tuple[float, float] = (1, 0)
) -> Path:
    """Write one enhanced multi-frame MR file whose frames are in shuffled order.

    The arguments are those of ``write_classic_series``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    position, orientation, spacing, step = _geometry(affine)
    uids = {"StudyInstanceUID": generate_uid(), "SeriesInstanceUID": generate_uid()}
    dataset = _dataset(path, EnhancedMRImageStorage, array, 1, "FLAIR", uids)
    dataset.FrameOfReferenceUID = generate_uid()
    dataset.InstanceNumber = 1
    dataset.NumberOfFrames = array.shape[2]
    measures = _item(PixelSpacing=spacing, SliceThickness=_decimals([step])[0])
    shared = _item(
        PlaneOrientationSequence=Sequence([_item(ImageOrientationPatient=orientation)]),
        PixelMeasuresSequence=Sequence([measures]),
    )
    dataset.SharedFunctionalGroupsSequence = Sequence([shared])
    order = list(range(array.shape[2]))
    random.Random(1).shuffle(order)
    transform = _item(RescaleSlope=rescale[0], RescaleIntercept=rescale[1], RescaleType="US")
    dataset.PerFrameFunctionalGroupsSequence = Sequence(
        _item(
            FrameContentSequence=Sequence([_item(InStackPositionNumber=k + 1, StackID="1")]),
            PlanePositionSequence=Sequence([_item(ImagePositionPatient=_decimals(position(k)))]),
            PixelValueTransformationSequence=Sequence([transform]),
        )
        for k in order
    )
    dataset.PixelData = np.ascontiguousarray(array.T[order]).tobytes()
    dataset.save_as(path, enforce_file_format=True)
    return path


def _geometry(affine):
    lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine
    column, row, step = np.linalg.norm(lps[:3, :3], axis=0)
    orientation = _decimals([*(lps[:3, 0] / column), *(lps[:3, 1] / row)])
    return lambda k: (lps @ (0, 0, k, 1))[:3], orientation, _decimals([row, column]), step


def _dataset(path, sop_class, array, number, description, uids) -> FileDataset:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = sop_class
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset = FileDataset(path, {}, file_meta=meta, preamble=bytes(128))
    dataset.SOPClassUID = sop_class
    dataset.SOPInstanceUID = meta.MediaStorageSOPInstanceUID
    for keyword, uid in uids.items():
        setattr(dataset, keyword, uid)
    dataset.Modality = "MR"
    dataset.PatientName = "Phantom^Test"
    dataset.PatientID = "PHANTOM"
    dataset.PatientBirthDate = dataset.PatientSex = ""
    dataset.StudyDate = dataset.StudyTime = dataset.AccessionNumber = dataset.StudyID = ""
    dataset.ReferringPhysicianName = dataset.Manufacturer = ""
    dataset.SeriesNumber = number
    dataset.SeriesDescription = description
    dataset.Columns, dataset.Rows = array.shape[:2]
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = array.dtype.itemsize * 8
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(array.dtype.kind == "i")
    return dataset


def _item(**elements) -> Dataset:
    item = Dataset()
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return item


def _decimals(values) -> list[str]:
    """Decimal strings within DICOM's 16 characters (PS3.5, section 6.2)."""
    return [f"{value:.9g}" for value in values]
