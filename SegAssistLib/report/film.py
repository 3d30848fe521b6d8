"""Overlay film: every frame with the labels' outlines, as an MP4 that browsers and slide programs play."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.io import video
from SegAssistLib.labels import Segmentation
from SegAssistLib.report import RESEARCH_USE
from SegAssistLib.report.overlay import (
    FAINT,
    GAP,
    LINE,
    as_pictures,
    ascii_only,
    draw_outlines,
    draw_picture,
    grey_window,
    write_text,
)
from SegAssistLib.translation import tr as _

# Pixels of a frame's longer side in the film. From 800 on outlines are two pixels wide, and keep their colour
# where H.264 stores colours at half the resolution.
SMALLEST, LARGEST = 800, 1280
NARROWEST = 480  # the research-use note needs so many
USUAL_RATE = 25.0  # frames per second of a film whose own rate is not known


def write_film(path: Path, image: Image, segmentation: Segmentation, *, side_by_side: bool = False) -> None:
    """Write an MP4 (H.264) in which each label is outlined in its colour, at the clip's own pace.

    Each frame carries its number (from 0), its time where the file states one, the labels' names, and the
    research-use note. Uneven frame times are kept. A clip without a frame rate plays at 25 a second.

    Args:
        path: of the film, ends in ``.mp4``.
        image: of kind ``frames``, grey or RGB.
        segmentation: on the image's grid.
        side_by_side: whether the frame as it was recorded stands to the left of the outlined one.

    Raises:
        InputError: no frames, the disk is full, or the folder cannot be written to.
    """
    if image.kind != "frames":
        raise InputError(
            _("{name} is a {kind}; a film is made of a clip's frames alone").format(
                name=image.name, kind=image.kind
            )
        )
    known = image.times_s
    times = np.arange(image.grid[2]) / USUAL_RATE if known is None else known
    video.write(path, _pages(image, segmentation, known, side_by_side), times)


def _pages(
    image: Image, segmentation: Segmentation, times_s: np.ndarray | None, side_by_side: bool
) -> Iterator[np.ndarray]:
    """The film's pictures, 8-bit RGB."""
    frames, masks, numbers, (pixel_height, pixel_width) = as_pictures(image, segmentation)
    window = grey_window(frames[:: max(1, len(frames) // 10)])
    height, width = masks.shape[1] * pixel_height, masks.shape[2] * pixel_width
    # as many pixels as the finer of the two directions has, within bounds
    natural = max(height, width) / min(pixel_height, pixel_width)
    scale = min(max(natural, SMALLEST), LARGEST) / max(height, width)
    shown = (round(width * scale), round(height * scale))
    views = 2 if side_by_side else 1
    page_width = max(views * (shown[0] + GAP) - GAP, NARROWEST)
    for pixels, mask, number in zip(frames, masks, numbers, strict=True):
        page = np.zeros((shown[1] + 2 * LINE, page_width, 3), np.uint8)
        tile = draw_picture(pixels, shown, window)
        if side_by_side:
            page[: shown[1], : shown[0]] = tile
        draw_outlines(tile, mask, segmentation)
        left = (views - 1) * (shown[0] + GAP)
        page[: shown[1], left : left + shown[0]] = tile
        time = "" if times_s is None else f"   {times_s[number]:.2f} s"
        after = write_text(page, f"frame {number}{time}", (GAP, shown[1] + LINE - 8), 0.5) + 4 * GAP
        for label in segmentation.labels:
            at = (after, shown[1] + LINE - 8)
            after += write_text(page, ascii_only(label.name), at, 0.5, label.color) + 3 * GAP
        write_text(page, RESEARCH_USE, (GAP, shown[1] + 2 * LINE - 10), 0.5, FAINT)
        yield page
