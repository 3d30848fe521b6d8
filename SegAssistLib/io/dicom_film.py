"""DICOM pictures without a place in the body: X-rays, ultrasound, screen captures, still or as a film."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from SegAssistLib.errors import InputError
from SegAssistLib.image import LPS_TO_RAS, Image
from SegAssistLib.io.colour import has_colour, shows_flow
from SegAssistLib.io.dicom_header import Header, read_header
from SegAssistLib.io.dicom_padding import is_padding
from SegAssistLib.io.dicom_pixels import decode_frames, frame_count
from SegAssistLib.io.frames import stack_frames, timing
from SegAssistLib.io.ultrasound import image_region
from SegAssistLib.translation import tr as _

_X_RAYS = {"CR", "DX"}  # single projections; of others the window is left to the viewer


def read(path: Path, name: str) -> Image:
    """Read a picture or a film: ``(columns, rows, frames)``, or RGB with a fourth axis.

    Of an ultrasound screen the 2D image is cut out; the affine says where on the screen it lay. It is grey
    unless it shows flow in colour, and other pictures are grey when their channels are equal.

    Raises:
        InputError: damaged, fewer frames than announced, too large, or a compression that cannot be decoded.
    """
    header = read_header(path)
    modality = header.code("Modality")
    count = frame_count(header)
    region, remarks = image_region(header, name)
    part = (region.rows, region.columns) if region else (slice(None), slice(None))

    def frames() -> Iterator[np.ndarray]:
        return (_shown(pixels, header)[part] for pixels in decode_frames(header))

    array = stack_frames(frames, shows_flow if modality == "US" else has_colour, path, expected=count)
    if count and array.shape[2] != count:
        raise InputError(
            _("{path} is cut off: it announces {count} frames and holds {found}; export it again").format(
                path=path, count=count, found=array.shape[2]
            )
        )
    count = array.shape[2]
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
        body_part=header.code("BodyPartExamined"),
        view=header.code("ViewPosition"),
        remarks=(*remarks, *_other_remarks(header, count, name), *header.about(name)),
    )


def _other_remarks(header: Header, count: int, name: str) -> Iterator[str]:
    if header.code("PresentationIntentType") == "FOR PROCESSING":
        yield _("{name}: these are raw detector values (for processing), unlike an X-ray as read.").format(
            name=name
        )
    if count > 1 and not header.whole("NumberOfFrames"):
        yield _("{name}: the header does not say how many frames there are, and {count} were found.").format(
            name=name, count=count
        )


def _shown(pixels: np.ndarray, header: Header) -> np.ndarray:
    """Stored values as a person sees them: palette applied, bright for much, in real units.

    Of an X-ray, whose units mean nothing, also the curve (VOI LUT) or window that its file asks for: the
    curve gives the contrast that it is read with, and the window leaves out what would else be the darkest
    and brightest values, such as collimators and markers. Values inside a linear window stay as they are.
    """
    from pydicom.pixels import apply_color_lut, apply_voi_lut  # not in the old one, which the header refuses

    photometric = header.text("PhotometricInterpretation")
    inverse = photometric == "MONOCHROME1" or header.code("PresentationLUTShape") == "INVERSE"
    if pixels.ndim == 2 and photometric != "PALETTE COLOR":
        pixels = _without_padding(pixels, header, inverse)
    if header.code("Modality") in _X_RAYS:
        if "VOILUTSequence" in header or header.code("VOILUTFunction") == "SIGMOID":
            with _table(header, "VOI LUT"):
                values = apply_voi_lut(_in_real_units(pixels, header), header.dataset)
            values = values.max() - values if inverse else values
            return values.astype(np.float32) if values.dtype.kind == "f" else values
        pixels = _inside_window(pixels, header)
    if photometric == "PALETTE COLOR":
        with _table(header, "palette"):
            pixels = apply_color_lut(pixels, header.dataset)
        if pixels.dtype == np.uint16:
            pixels = (pixels >> 8).astype(np.uint8)
    elif inverse and pixels.ndim == 2:  # small values are bright: turn round within the stored range
        highest = (1 << header.needed_whole("BitsStored")) - 1
        lowest = -(highest + 1) // 2 if header.whole("PixelRepresentation") else 0
        pixels = 2 * lowest + highest - pixels
    pixels = _in_real_units(pixels, header)
    return pixels.astype(np.float32) if pixels.dtype.kind == "f" else pixels


def _without_padding(pixels: np.ndarray, header: Header, inverse: bool) -> np.ndarray:
    """Stored values, padding as dark as the darkest that was measured; what is black already stays."""
    padding = is_padding(pixels, header)
    measured = pixels[~padding].astype(np.int64)
    if measured.size in (0, pixels.size):
        return pixels
    darkest, brightest = (measured.max(), measured.min()) if inverse else (measured.min(), measured.max())
    beyond = (darkest - pixels[padding].astype(np.int64)) * (-1 if inverse else 1)
    if beyond.min() >= 0 and beyond.max() <= abs(brightest - darkest):
        return pixels
    return np.where(padding, darkest, pixels).astype(pixels.dtype)


def _in_real_units(pixels: np.ndarray, header: Header) -> np.ndarray:
    """Stored values after the file's table for it, or after slope and intercept (PS3.3, C.11.1)."""
    if "ModalityLUTSequence" in header:
        from pydicom.pixels import apply_modality_lut

        with _table(header, "modality LUT"):
            return apply_modality_lut(pixels, header.dataset)
    slope, intercept = _rescale(header)
    return pixels if (slope, intercept) == (1, 0) else pixels.astype(np.float64) * slope + intercept


def _rescale(header: Header) -> tuple[float, float]:
    """Slope and intercept; some systems write a slope of 0 for none."""
    return header.number("RescaleSlope") or 1.0, header.number("RescaleIntercept") or 0.0


@contextlib.contextmanager
def _table(header: Header, name: str) -> Iterator[None]:
    """Say in one sentence that a table is none: pydicom fails on it in many ways."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except Exception as error:
            raise InputError(
                _("{path} has a damaged {name}; export it again").format(path=header.path, name=name)
            ) from error


def _inside_window(pixels: np.ndarray, header: Header) -> np.ndarray:
    """Stored values, those outside the file's first linear window drawn to its limits (PS3.3, C.11.2)."""
    center, width = header.number("WindowCenter"), header.number("WindowWidth")
    slope, intercept = _rescale(header)
    if "ModalityLUTSequence" in header or center is None or width is None or width <= 1 or slope <= 0:
        return pixels
    low, high = ((center + side * width / 2 - intercept) / slope for side in (-1, 1))
    if not low < high or high <= pixels.min() or low >= pixels.max():  # a window of some other picture
        return pixels
    limits = np.iinfo(pixels.dtype)
    return pixels.clip(max(round(low), limits.min), min(round(high), limits.max))


def _pixel_spacing(header: Header) -> tuple[float, float] | None:
    """Distance between columns and between rows in mm.

    Pixel Spacing alone is in the patient; Imager Pixel Spacing is at the detector, enlarged.
    """
    spacing = header.numbers("PixelSpacing", 2)
    if not spacing or min(spacing) <= 0:  # some systems write 0 for "unknown"
        return None
    return spacing[1], spacing[0]


def _timing(header: Header, count: int) -> tuple[float | None, tuple[float, ...] | None]:
    """Frame rate and uneven frame times of a film (PS3.3, C.7.6.5); what was measured comes first."""
    increments = header.numbers("FrameTimeVector", count)  # ms, the first is 0
    if increments:
        known = timing(np.cumsum(increments) / 1000)
        if known[0]:
            return known
    frame_time = header.number("FrameTime") or 0.0  # ms
    rates = (
        1000 / frame_time if frame_time > 0 else 0.0,
        header.number("CineRate") or 0.0,
        header.number("RecommendedDisplayFrameRate") or 0.0,
    )
    return next((rate for rate in rates if rate > 0), None), None
