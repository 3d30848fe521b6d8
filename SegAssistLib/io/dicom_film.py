"""DICOM pictures without a place in the body: X-rays, ultrasound, screen captures, still or as a film."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from pydicom import Dataset
from pydicom.pixels import apply_color_lut, apply_modality_lut, apply_voi_lut

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.io.colour import has_colour, shows_flow
from SegAssistLib.io.dicom_pixels import decode_frames, read_header
from SegAssistLib.io.frames import stack_frames, timing
from SegAssistLib.io.ultrasound import image_region

LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_X_RAYS = {"CR", "DX"}  # single projections; of others the window is left to the viewer


def read(path: Path, name: str) -> Image:
    """Read a picture or a film: ``(columns, rows, frames)``, or RGB with a fourth axis.

    Of an ultrasound screen the 2D image is cut out; the affine says where on the screen it lay. It is grey
    unless it shows flow in colour, and other pictures are grey when their channels are equal.

    Raises:
        InputError: damaged, fewer frames than announced, too large, or a compression that cannot be decoded.
    """
    header = read_header(path)
    modality = _code(header, "Modality")
    count = int(header.get("NumberOfFrames") or 1)
    region, remarks = image_region(header, name)
    part = (region.rows, region.columns) if region else (slice(None), slice(None))

    def frames() -> Iterator[np.ndarray]:
        return (_shown(pixels, header)[part] for pixels in decode_frames(path, header))

    array = stack_frames(frames, shows_flow if modality == "US" else has_colour, path, expected=count)
    if array.shape[2] != count:
        raise InputError(
            f"{path} is cut off: it announces {count} frames and holds {array.shape[2]}; export it again"
        )
    spacing = region.spacing if region and region.spacing else _pixel_spacing(header)
    column_spacing, row_spacing = spacing or (1.0, 1.0)
    affine = np.diag([column_spacing, row_spacing, 1.0, 1.0])
    if region:
        affine[:2, 3] = region.columns.start * column_spacing, region.rows.start * row_spacing
    frame_rate, frame_times_s = _timing(header, count) if count > 1 else (None, None)
    return Image(
        array=array,
        affine=LPS_TO_RAS @ affine,
        kind="frames" if count > 1 else "still",
        calibrated=spacing is not None,
        modality=modality,
        frame_rate=frame_rate,
        name=name,
        frame_times_s=frame_times_s,
        remarks=(*remarks, *_x_ray_remarks(header, name)),
        body_part=_code(header, "BodyPartExamined"),
        view=_code(header, "ViewPosition"),
    )


def _code(header: Dataset, keyword: str) -> str | None:
    """A coded string in capitals, or None where the file has none."""
    return str(header.get(keyword) or "").strip().upper() or None


def _x_ray_remarks(header: Dataset, name: str) -> tuple[str, ...]:
    if header.get("PresentationIntentType") == "FOR PROCESSING":
        return (f"{name}: these are raw detector values (for processing), unlike an X-ray as read.",)
    return ()


def _shown(pixels: np.ndarray, header: Dataset) -> np.ndarray:
    """Stored values as a person sees them: palette applied, bright for much, in real units.

    Of an X-ray, whose units mean nothing, also the curve (VOI LUT) or window that its file asks for: the
    curve gives the contrast that it is read with, and the window leaves out what would else be the darkest
    and brightest values, such as collimators and markers. Values inside a linear window stay as they are.
    """
    photometric = header.PhotometricInterpretation
    if header.get("Modality") in _X_RAYS:
        curved = "VOILUTSequence" in header or header.get("VOILUTFunction") == "SIGMOID"
        if curved:
            try:
                values = apply_voi_lut(apply_modality_lut(pixels, header), header)
            except Exception as error:  # pydicom fails in many ways on a table that is not one
                raise InputError(f"{header.filename} has a damaged VOI LUT; export it again") from error
            values = values.max() - values if photometric == "MONOCHROME1" else values
            return values.astype(np.float32) if values.dtype.kind == "f" else values
        pixels = _inside_window(pixels, header)
    if photometric == "PALETTE COLOR":
        pixels = apply_color_lut(pixels, header)
        if pixels.dtype == np.uint16:
            pixels = (pixels >> 8).astype(np.uint8)
    elif photometric == "MONOCHROME1":  # small values are bright: turn round within the stored range
        highest = (1 << header.BitsStored) - 1
        lowest = -(highest + 1) // 2 if header.PixelRepresentation else 0
        pixels = 2 * lowest + highest - pixels
    rescaled = (header.get("RescaleSlope") or 1, header.get("RescaleIntercept") or 0) != (1, 0)
    if rescaled or "ModalityLUTSequence" in header:
        pixels = apply_modality_lut(pixels, header)
    return pixels.astype(np.float32) if pixels.dtype.kind == "f" else pixels


def _inside_window(pixels: np.ndarray, header: Dataset) -> np.ndarray:
    """Stored values, those outside the file's first linear window drawn to its limits (PS3.3, C.11.2)."""
    centers, widths = (
        np.atleast_1d(header.get(keyword) or []).astype(float) for keyword in ("WindowCenter", "WindowWidth")
    )
    slope = float(header.get("RescaleSlope") or 1)
    if "ModalityLUTSequence" in header or not (centers.size and widths.size and widths[0] > 1 and slope > 0):
        return pixels
    intercept = float(header.get("RescaleIntercept") or 0)
    low, high = ((centers[0] + side * widths[0] / 2 - intercept) / slope for side in (-1, 1))
    if not low < high or high <= pixels.min() or low >= pixels.max():  # a window of some other picture
        return pixels
    limits = np.iinfo(pixels.dtype)
    return pixels.clip(max(round(low), limits.min), min(round(high), limits.max))


def _pixel_spacing(header: Dataset) -> tuple[float, float] | None:
    """Distance between columns and between rows in mm.

    Pixel Spacing alone is in the patient; Imager Pixel Spacing is at the detector, enlarged.
    """
    spacing = [float(each) for each in header.get("PixelSpacing") or ()]
    if len(spacing) != 2 or min(spacing) <= 0:  # some systems write 0 for "unknown"
        return None
    return spacing[1], spacing[0]


def _timing(header: Dataset, count: int) -> tuple[float | None, tuple[float, ...] | None]:
    """Frame rate and uneven frame times of a film (PS3.3, C.7.6.5); what was measured comes first."""
    increments = [float(each) for each in header.get("FrameTimeVector") or ()]  # ms, the first is 0
    if len(increments) == count:
        known = timing(np.cumsum(increments) / 1000)
        if known[0]:
            return known
    frame_time = float(header.get("FrameTime") or 0)  # ms
    rates = (
        1000 / frame_time if frame_time > 0 else 0,
        float(header.get("CineRate") or 0),
        float(header.get("RecommendedDisplayFrameRate") or 0),
    )
    return next((rate for rate in rates if rate > 0), None), None
