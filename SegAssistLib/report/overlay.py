"""Overlay pictures: the slices that matter, with the labels' outlines, as one PNG."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from SegAssistLib.image import Image
from SegAssistLib.io.files import writing
from SegAssistLib.labels import Segmentation
from SegAssistLib.measure.components import axial_axis
from SegAssistLib.report import RESEARCH_USE

MOST_SLICES = 12
APART_MM = 4.0  # slices closer than this show the same thing twice
TILE_WIDTH = 400  # pixels of the PNG
PICTURE_SIZE = 1000  # longest side of a single picture
GAP, LINE = 6, 26  # pixels between tiles; height of a line of text
TEXT, FAINT = (235, 235, 235), (160, 160, 160)  # RGB
FONT = cv2.FONT_HERSHEY_SIMPLEX


def write_overlay(
    path: Path,
    image: Image,
    segmentation: Segmentation,
    title: str,
    amounts: Mapping[str, str],
    chosen: Collection[int] | None = None,
    boxes: Sequence[tuple[int, int, int, int]] = (),
    notes: Sequence[str] = (),
) -> None:
    """Write a PNG of the image with each label outlined in its colour.

    A volume gives up to 12 axial slices, those with the largest labelled area and at least 4 mm apart
    (evenly spaced ones when nothing is labelled), from the feet upwards, as radiologists look at them:
    anterior up, the patient's right on the left, pixels in their true proportions, cropped to the head.
    Slice numbers are array indices from 0, as in the findings. ``frames`` are shown as they are stored, in
    order of time, and a ``still`` stands beside itself as it was taken. Outlines run just outside the label
    and cover none of it.

    Args:
        path: of the PNG.
        image: grey or RGB.
        segmentation: on the image's grid.
        title: stands above; characters outside ASCII are left out, as OpenCV's fonts do not have them.
        amounts: how much of a label was found, by its name, for the legend: as the tables say it.
        chosen: numbers of the slices or frames to show, instead of those with the largest labelled area.
        boxes: drawn in the first label's colour on a ``still``: column, row, width and height in pixels.
        notes: sentences that stand below.

    Raises:
        InputError: the disk is full, or the folder cannot be written to.
    """
    slices, masks, numbers, size = as_pictures(image, segmentation)
    apart = 1
    if image.kind == "volume" and image.spacing:
        apart = round(APART_MM / image.spacing[axial_axis(image.affine, image.grid)])
    picked = _largest(masks, apart) if chosen is None else np.flatnonzero(np.isin(numbers, list(chosen)))
    if image.kind == "volume":
        box = _crop(slices[picked], masks[picked])
        slices, masks = slices[(slice(None), *box)], masks[(slice(None), *box)]
    window = grey_window(slices[picked])
    single = len(picked) == 1
    height, width = masks.shape[1] * size[0], masks.shape[2] * size[1]
    scale = PICTURE_SIZE / max(height, width) if single else TILE_WIDTH / width
    shown = (max(1, round(width * scale)), max(1, round(height * scale)))

    tiles = []
    for n in picked:
        tile = draw_picture(slices[n], shown, window)
        if image.kind == "still":
            tiles.append(tile.copy())
        draw_outlines(tile, masks[n], segmentation)
        if boxes:
            _draw_boxes(tile, boxes, masks[n].shape, segmentation.labels[0].color)
        _annotate(tile, image, "" if image.kind == "still" else str(numbers[n]))
        tiles.append(tile)
    if image.calibrated and image.kind == "volume":
        _scale_bar(tiles[0], scale)
    page = _page(tiles, title, _legend(segmentation, amounts), (*notes, RESEARCH_USE))
    _, encoded = cv2.imencode(".png", cv2.cvtColor(page, cv2.COLOR_RGB2BGR))
    with writing(path) as temporary:
        temporary.write_bytes(encoded.tobytes())


def as_pictures(
    image: Image, segmentation: Segmentation
) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[float, float]]:
    """Slices and masks as ``(slice, row, column)``, the slices' indices, and a pixel's height and width."""
    directions = image.affine[:3, :3] / np.linalg.norm(image.affine[:3, :3], axis=0)
    axis = axial_axis(image.affine, image.grid) if image.kind == "volume" else 2
    across, down = (a for a in range(3) if a != axis)
    r, a = np.abs(directions[:2])
    if image.kind == "volume" and r[down] + a[across] > r[across] + a[down]:
        across, down = down, across
    order = (axis, down, across)
    array = image.array.transpose(*order, *range(3, image.array.ndim))
    mask, numbers = segmentation.array.transpose(order), np.arange(image.grid[axis])
    if image.kind == "volume":
        # Upwards through the head; rows from anterior to posterior, columns from the right to the left.
        flips = (directions[2, axis] < 0, directions[1, down] > 0, directions[0, across] > 0)
        turn = tuple(slice(None, None, -1) if flip else slice(None) for flip in flips)
        array, mask, numbers = array[turn], mask[turn], numbers[turn[0]]
    size = image.spacing or tuple(np.linalg.norm(image.affine[:3, :3], axis=0))
    return array, mask, numbers, (float(size[down]), float(size[across]))


def _largest(masks: np.ndarray, apart: int) -> np.ndarray:
    """The slices with the most label, at least so many apart, in order; evenly spaced when there is none."""
    areas = np.count_nonzero(masks, axis=(1, 2))
    if not areas.any():
        count = min(MOST_SLICES, len(masks))
        # The outermost slices of a stack show little.
        return np.unique(np.linspace(0, len(masks) - 1, count + 2).round().astype(int)[1:-1])
    chosen: list[int] = []
    for n in np.argsort(-areas, kind="stable"):
        if areas[n] and len(chosen) < MOST_SLICES and all(abs(n - other) >= apart for other in chosen):
            chosen.append(int(n))
    return np.sort(chosen)


def _crop(slices: np.ndarray, masks: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns that hold the head and every label, with a small margin."""
    values = slices.reshape(-1)[:: max(1, slices.size // 500_000)]
    level = 0.12 * np.percentile(values, 99.5) + 0.88 * np.percentile(values, 2)
    inside = slices > level
    box = []
    for axis in (1, 2):
        others = tuple(a for a in range(3) if a != axis)
        # Over the noise outside the head, a row counts when 4 % of a slice's width in it is bright.
        share = inside.mean(axis=3 - axis).max(axis=0) > 0.04
        hits = np.flatnonzero(share | (masks > 0).any(axis=others))
        first, last = (hits[0], hits[-1]) if hits.size else (0, slices.shape[axis] - 1)
        margin = max(2, (last - first) // 40)
        box.append(slice(max(0, first - margin), last + margin + 1))
    return box[0], box[1]


def grey_window(slices: np.ndarray) -> tuple[float, float]:
    """Values to show as black and as white: the range itself for 8 bit, percentiles for measured values."""
    if slices.dtype == np.uint8:
        return 0.0, 255.0
    values = slices.reshape(-1)[:: max(1, slices.size // 500_000)].astype(np.float32)
    low, high = np.percentile(values, (1, 99.7))
    return float(low), float(high) if high > low else float(low) + 1


def draw_picture(pixels: np.ndarray, shown: tuple[int, int], window: tuple[float, float]) -> np.ndarray:
    """One slice as 8-bit RGB.

    Args:
        pixels: shape ``(rows, columns)`` or ``(rows, columns, 3)``.
        shown: width and height of the result.
        window: values that become black and white.
    """
    low, high = window
    grey = np.clip((pixels.astype(np.float32) - low) * (255 / (high - low)), 0, 255).astype(np.uint8)
    method = cv2.INTER_AREA if shown[0] < pixels.shape[1] else cv2.INTER_CUBIC
    tile = cv2.resize(grey, shown, interpolation=method)
    return tile if tile.ndim == 3 else cv2.cvtColor(tile, cv2.COLOR_GRAY2RGB)


def draw_outlines(
    tile: np.ndarray, mask: np.ndarray, segmentation: Segmentation, width: int | None = None
) -> None:
    """Draw each label's outline on the pixels around it; even one labelled pixel keeps its outline.

    An outline covers no label but those of a lower priority: an opacity's is seen on the lung round it.

    Args:
        tile: the picture, 8-bit RGB; it is drawn on.
        mask: of what the picture shows, at any size.
        segmentation: whose labels they are.
        width: of the outline in pixels; by default what suits the picture's size.
    """
    shown = tile.shape[1::-1]
    method = cv2.INTER_AREA if shown[0] < mask.shape[1] else cv2.INTER_NEAREST_EXACT
    parts = [
        cv2.resize(np.uint8(mask == label.value) * 255, shown, interpolation=method) > 0
        for label in segmentation.labels
    ]
    width = width or max(1, round(max(shown) / 500))
    brush = cv2.getStructuringElement(
        cv2.MORPH_ELLIPSE if width > 1 else cv2.MORPH_CROSS, (2 * width + 1,) * 2
    )
    labels = segmentation.labels
    for n in sorted(range(len(labels)), key=lambda n: labels[n].priority):
        covered = [
            part for part, each in zip(parts, labels, strict=True) if each.priority >= labels[n].priority
        ]
        around = cv2.dilate(parts[n].astype(np.uint8), brush) > 0
        tile[around & ~np.any(covered, axis=0)] = labels[n].color


def _draw_boxes(
    tile: np.ndarray,
    boxes: Sequence[tuple[int, int, int, int]],
    shape: tuple[int, int],
    color: tuple[int, int, int],
) -> None:
    """Draw boxes just around their pixels, with their numbers from 1; the picture has ``shape`` pixels."""
    down, across = (shown / pixels for shown, pixels in zip(tile.shape[:2], shape, strict=True))
    for number, (x, y, width, height) in enumerate(boxes, 1):
        corner = (round(x * across) - 2, round(y * down) - 2)
        opposite = (round((x + width) * across) + 1, round((y + height) * down) + 1)
        cv2.rectangle(tile, corner, opposite, color, 1, cv2.LINE_AA)
        write_text(tile, str(number), (corner[0] + 4, corner[1] + 16), 0.5, color)


def _annotate(tile: np.ndarray, image: Image, number: str) -> None:
    height, width = tile.shape[:2]
    write_text(tile, number, (8, 20), 0.55)
    if image.kind == "volume" and image.calibrated:
        write_text(tile, "R", (8, height - 10), 0.5, FAINT)
        write_text(tile, "L", (width - 18, height - 10), 0.5, FAINT)


def _scale_bar(tile: np.ndarray, scale: float) -> None:
    """A bar of 50 mm at the lower left; scale in pixels per mm."""
    bottom, length = tile.shape[0] - 10, round(50 * scale)
    cv2.line(tile, (30, bottom), (30 + length, bottom), TEXT, 2)
    write_text(tile, "50 mm", (30, bottom - 7), 0.42)


def _legend(segmentation: Segmentation, amounts: Mapping[str, str]) -> list[tuple[str, tuple[int, int, int]]]:
    """Each label's name, how much of it there is, and its colour."""
    return [
        (f"{label.name} {amounts.get(label.name, '')}".rstrip(), label.color) for label in segmentation.labels
    ]


def _page(
    tiles: list[np.ndarray],
    title: str,
    legend: list[tuple[str, tuple[int, int, int]]],
    notes: Sequence[str],
) -> np.ndarray:
    """Tiles in rows of up to four on black, the title and legend above, the notes below."""
    columns = min(len(tiles), 3 if len(tiles) in (3, 5, 6, 9) else 4)
    rows = -(-len(tiles) // columns)
    height, width = tiles[0].shape[:2]
    page = np.zeros(
        (
            rows * (height + GAP) + (2 + len(notes)) * LINE + 2 * GAP,
            max(columns * (width + GAP) + GAP, 560),
            3,
        ),
        np.uint8,
    )
    write_text(page, ascii_only(title), (GAP + 4, LINE - 6), 0.62)
    left = GAP + 4
    for text, color in legend:
        cv2.rectangle(page, (left, 2 * LINE - 17), (left + 12, 2 * LINE - 5), color, -1)
        left += 20 + write_text(page, ascii_only(text), (left + 20, 2 * LINE - 6), 0.5) + 20
    for n, tile in enumerate(tiles):
        top = 2 * LINE + GAP + (n // columns) * (height + GAP)
        start = GAP + (n % columns) * (width + GAP)
        page[top : top + height, start : start + width] = tile
    for n, note in enumerate(reversed(notes)):
        write_text(page, ascii_only(note), (GAP + 4, page.shape[0] - 10 - n * LINE), 0.5)
    return page


def write_text(
    picture: np.ndarray, text: str, at: tuple[int, int], size: float, color: tuple[int, int, int] = TEXT
) -> int:
    """Write text on a dark edge that keeps it readable on any ground; returns its width in pixels."""
    cv2.putText(picture, text, at, FONT, size, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.putText(picture, text, at, FONT, size, color, 1, cv2.LINE_AA)
    return cv2.getTextSize(text, FONT, size, 1)[0][0]


def ascii_only(text: str) -> str:
    """The text without the characters that OpenCV's fonts do not have; accents are dropped, letters stay."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
