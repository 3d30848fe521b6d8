"""Colour: whether a picture has any, and whether an ultrasound picture shows blood flow in colour."""

from __future__ import annotations

import numpy as np

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.translation import tr as _

CODEC_NOISE = 32  # of 255: by so much the channels of a grey recording differ after a lossy codec
FLOW_SHARE = 0.0015  # of the picture: a spot of 22 x 22 pixels in an ultrasound image of 680 x 460
_VIVID = 40  # difference between the channels (of 255) that an eye takes for colour and not for a grey
_BRIGHT = 60  # of 255: where a tint is seen
_OFF_TINT = 15  # distance in the plane of Cr and Cb
_SPOT_SHARE = 50  # this part of the longer side: letters, lines and traces are thinner


def has_colour(picture: np.ndarray, tolerance: int = 0) -> bool:
    """Whether any pixel's channels differ by more than the tolerance; picture ``(rows, columns, 3)``."""
    return bool(_spread(picture).max() > tolerance)


def shows_flow(picture: np.ndarray) -> bool:
    """Whether spots of an ultrasound picture are coloured, as colour Doppler is.

    Coloured letters and lines on the screen are no flow, and neither is a tint (chroma map), which colours
    most of the picture and gives every brightness one colour.

    Args:
        picture: RGB of 8 or 16 bit, shape ``(rows, columns, 3)``.
    """
    import cv2  # not in Slicer until the user agrees to install it; so in the others

    if picture.dtype == np.uint16:
        picture = (picture >> 8).astype(np.uint8)
    least = FLOW_SHARE * picture.shape[0] * picture.shape[1]
    spread = _spread(picture)
    coloured = spread > _VIVID
    if np.count_nonzero(coloured) < least:
        return False
    luma, *chroma = cv2.split(cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb))
    bright = spread[luma > _BRIGHT]
    if bright.size and np.median(bright) > _VIVID / 2:
        tints = [_by_level(luma, part)[luma] for part in chroma]
        coloured &= np.hypot(*(part - tint for part, tint in zip(chroma, tints, strict=True))) > _OFF_TINT
    spot = np.ones((max(3, max(luma.shape) // _SPOT_SHARE),) * 2, np.uint8)
    spots = cv2.morphologyEx(coloured.astype(np.uint8), cv2.MORPH_OPEN, spot)
    return bool(np.count_nonzero(spots) >= least)


def eight_bit(picture: np.ndarray) -> np.ndarray:
    """A colour picture of 16 bit as one of 8 bit, which films and networks hold; others as they are."""
    return np.rint(picture / 257).astype(np.uint8) if picture.dtype == np.uint16 else picture


def to_grey(picture: np.ndarray) -> np.ndarray:
    """Brightness of an RGB picture of 8 or 16 bit; equal channels keep their value exactly."""
    import cv2

    return cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2GRAY)


def b_mode_frame(image: Image, number: int) -> np.ndarray:
    """One frame in grey, ``(rows, columns)``, for tasks that work on B-mode ultrasound.

    Args:
        image: grey, or RGB of shape ``(columns, rows, frames, 3)``.
        number: of the frame.

    Raises:
        InputError: it shows colour Doppler.
    """
    picture = frame_of(image, number)
    if picture.ndim == 2:
        return picture
    if shows_flow(picture):
        place = _(" (frame {number})").format(number=number) if image.kind == "frames" else ""
        raise InputError(
            _(
                "{name} shows coloured blood flow{place}, so it is colour Doppler and not "
                "B-mode; choose a grey-scale recording"
            ).format(name=image.name, place=place)
        )
    return to_grey(picture)


def frame_of(image: Image, number: int) -> np.ndarray:
    """One frame as pictures lie in memory: ``(rows, columns)``, or RGB ``(rows, columns, 3)``."""
    return np.ascontiguousarray(image.array[:, :, number].swapaxes(0, 1))


def _spread(picture: np.ndarray) -> np.ndarray:
    """Difference between the largest and the smallest channel of each pixel."""
    import cv2

    red, green, blue = cv2.split(np.ascontiguousarray(picture))
    return cv2.max(cv2.max(red, green), blue) - cv2.min(cv2.min(red, green), blue)


def _by_level(luma: np.ndarray, chroma: np.ndarray) -> np.ndarray:
    """The mean chroma at each of 256 levels of brightness, smoothed so that a spot of flow counts little."""
    distance = np.subtract.outer(np.arange(256), np.arange(256))
    weight = 1 / (1 + (distance / 16) ** 2)
    counts = np.bincount(luma.ravel(), minlength=256)
    sums = np.bincount(luma.ravel(), chroma.ravel(), minlength=256)
    return (weight @ sums) / (weight @ counts)
