"""The area of a clip's vessels over time as one PNG, drawn with OpenCV: matplotlib is no part of the core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from SegAssistLib.io.files import writing
from SegAssistLib.measure.vessels import Vessel, VesselFindings
from SegAssistLib.report import RESEARCH_USE
from SegAssistLib.report.overlay import FAINT, TEXT, ascii_only, write_text
from SegAssistLib.wording import counted

WIDTH, PLOT_HEIGHT = 1280, 460
LEFT, RIGHT, LINE = 86, 30, 26  # pixels
BELOW = 3 * LINE  # under the plot: ticks, title of the axis, note
SCREENED, GRID = (58, 58, 58), (44, 44, 44)  # RGB
SUB = 3  # fractional bits of OpenCV's coordinates: lines lie between pixels

Color = tuple[int, int, int]


@dataclass(frozen=True)
class _Axes:
    """From seconds (or frames) and areas to pixels of the picture."""

    top: int
    first: float
    last: float
    highest: float

    def at(self, time: float, area: float) -> tuple[float, float]:
        across = (time - self.first) / (self.last - self.first)
        return (
            LEFT + across * (WIDTH - LEFT - RIGHT),
            self.top + (1 - area / self.highest) * PLOT_HEIGHT,
        )


def write_area_curve(
    path: Path,
    findings: VesselFindings,
    title: str,
    colors: Mapping[str, Color],
    reference: str = "artery",
) -> None:
    """Write a PNG of every vessel's area: as measured (dots, thin) and smoothed (thick).

    Areas are in mm2, or in pixels when uncalibrated; time is in seconds, or in frames when unknown. The
    frames of the largest and smallest area are marked, screened frames are shaded, a frame without the
    vessel has a cross on the axis, and curves are not drawn across what was not measured. The reference
    vessel has no marks, unless it is the only one.

    Args:
        path: of the PNG.
        findings: measured on the clip.
        title: characters outside ASCII are left out: OpenCV's fonts do not have them.
        colors: RGB for each vessel's name.
        reference: name of the vessel that shows how strong the pressure was.

    Raises:
        InputError: the disk is full, or the folder cannot be written to.
    """
    headlines = [(_headline(vessel, findings), colors[vessel.name]) for vessel in findings.vessels]
    top = LINE * (len(headlines) + 2) + 12
    page = np.zeros((top + PLOT_HEIGHT + BELOW, WIDTH, 3), np.uint8)
    write_text(page, ascii_only(title), (10, LINE - 6), 0.62)
    for n, (text, color) in enumerate(headlines, start=1):
        cv2.rectangle(page, (10, (n + 1) * LINE - 17), (22, (n + 1) * LINE - 5), color, -1)
        write_text(page, ascii_only(text), (30, (n + 1) * LINE - 6), 0.5)

    times = np.array(findings.times_s or range(findings.frame_count), np.float64)
    scale = findings.pixel_area_mm2 or 1.0
    largest = max((frame.pixels or 0 for vessel in findings.vessels for frame in vessel.frames), default=0)
    # Half a frame more on either side: the first and last frame are shaded as wide as the others.
    half = float(np.median(np.diff(times))) / 2 if len(times) > 1 else 0.5
    axes = _Axes(top, times[0] - half, times[-1] + half, 1.12 * (largest or 1) * scale)
    _shade(page, axes, times, half, findings)
    _draw_axes(page, axes, findings)
    for row, vessel in enumerate(findings.vessels):
        _draw_curves(page, axes, times, scale, vessel, colors[vessel.name])
        _draw_missing(page, axes, times, vessel, colors[vessel.name], row)
    main = [vessel for vessel in findings.vessels if vessel.name != reference] or findings.vessels
    for vessel in main:
        _mark_extremes(page, axes, times, scale, vessel, findings, colors[vessel.name])
    _draw_legend(page, top - 12, bool(findings.screened))
    write_text(page, RESEARCH_USE, (10, page.shape[0] - 10), 0.5)
    _, encoded = cv2.imencode(".png", cv2.cvtColor(page, cv2.COLOR_RGB2BGR))
    with writing(path) as temporary:
        temporary.write_bytes(encoded.tobytes())


def _headline(vessel: Vessel, findings: VesselFindings) -> str:
    """The vessel's change in words, as short as it goes."""
    change = vessel.change
    if change.undefined:
        return change.undefined
    up_to = " to 100%" * change.at_least
    text = f"{vessel.name}: change of area {change.rate:.2%}{up_to}"
    if change.robust_rate is not None:
        text += f", robust {change.robust_rate:.2%}{up_to}"
    largest, smallest = (
        _area(vessel.frames[n].pixels, findings) for n in (change.maximum_frame, change.minimum_frame)
    )
    text += f"; {largest} in frame {change.maximum_frame}, {smallest} in frame {change.minimum_frame}"
    if change.chosen_by_person:
        text += " (chosen by a person)"
    if change.at_least:
        text += f"; not found in {counted(change.not_found_while_small, 'frame')} while it was small"
    return text


def _area(pixels: int, findings: VesselFindings) -> str:
    if findings.pixel_area_mm2 is None:
        return counted(pixels, "pixel")
    area = pixels * findings.pixel_area_mm2
    return f"{area:.1f} mm2" if area >= 10 else f"{area:.2g} mm2"


def _shade(page: np.ndarray, axes: _Axes, times: np.ndarray, half: float, findings: VesselFindings) -> None:
    for n in findings.screened:
        left, right = (round(axes.at(times[n] + side, 0)[0]) for side in (-half, half))
        page[axes.top : axes.top + PLOT_HEIGHT, left : right + 1] = SCREENED


def _draw_axes(page: np.ndarray, axes: _Axes, findings: VesselFindings) -> None:
    bottom = axes.top + PLOT_HEIGHT
    for area in ticks(0, axes.highest, 6):
        y = round(axes.at(axes.first, area)[1])
        cv2.line(page, (LEFT, y), (WIDTH - RIGHT, y), GRID, 1)
        _write_right(page, f"{area:g}", (LEFT - 8, y + 5))
    for time in ticks(axes.first, axes.last, 10):
        x = round(axes.at(time, 0)[0])
        cv2.line(page, (x, bottom), (x, bottom + 5), FAINT, 1)
        text = f"{time:g}"
        write_text(page, text, (x - 4 * len(text), bottom + 20), 0.45, FAINT)
    cv2.rectangle(page, (LEFT, axes.top), (WIDTH - RIGHT, bottom), FAINT, 1)
    write_text(page, "mm2" if findings.pixel_mm else "pixels", (10, axes.top - 8), 0.5)
    write_text(page, "seconds" if findings.times_s else "frame", (WIDTH // 2, bottom + 42), 0.5)


def ticks(low: float, high: float, most: int) -> np.ndarray:
    """Round values from low to high, at most so many, 1, 2 or 5 times a power of ten apart."""
    least = (high - low) / most
    power = 10.0 ** np.floor(np.log10(least))
    step = power * next(factor for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))
    return np.arange(int(np.ceil(low / step)), int(np.floor(high / step)) + 1) * step


def _draw_curves(
    page: np.ndarray, axes: _Axes, times: np.ndarray, scale: float, vessel: Vessel, color: Color
) -> None:
    dim = tuple(int(0.6 * channel) for channel in color)
    raw = [
        None if frame.pixels is None else axes.at(t, frame.pixels * scale)
        for t, frame in zip(times, vessel.frames, strict=True)
    ]
    smoothed = [
        None if area is None else axes.at(t, area * scale)
        for t, area in zip(times, vessel.smoothed_pixels, strict=True)
    ]
    _draw_line(page, raw, dim, 1)
    _draw_line(page, smoothed, color, 2)
    for point in raw:
        if point:
            cv2.circle(page, _sub(point), 3 << SUB, dim, -1, cv2.LINE_AA, SUB)


def _draw_missing(
    page: np.ndarray, axes: _Axes, times: np.ndarray, vessel: Vessel, color: Color, row: int
) -> None:
    """A cross for each frame without the vessel; the vessels' crosses lie above one another."""
    for time, frame in zip(times, vessel.frames, strict=True):
        if frame.status == "not found":
            x, y = (round(each) for each in axes.at(time, 0))
            cv2.drawMarker(page, (x, y - 10 * row), color, cv2.MARKER_TILTED_CROSS, 8, 1, cv2.LINE_AA)


def _draw_line(page: np.ndarray, points: list[tuple[float, float] | None], color: Color, width: int) -> None:
    for start, stop in pairwise(points):
        if start and stop:
            cv2.line(page, _sub(start), _sub(stop), color, width, cv2.LINE_AA, SUB)


def _mark_extremes(
    page: np.ndarray,
    axes: _Axes,
    times: np.ndarray,
    scale: float,
    vessel: Vessel,
    findings: VesselFindings,
    color: Color,
) -> None:
    """A triangle at the largest and the smallest area, its point on the value, with the area beside it."""
    change = vessel.change
    for n, name, up in ((change.maximum_frame, "max", -1), (change.minimum_frame, "min", 1)):
        if n is None:
            continue
        pixels = vessel.frames[n].pixels
        x, y = axes.at(times[n], pixels * scale)
        # Under the lowest value there may be no room for a mark.
        up = -1 if y + 40 > axes.top + PLOT_HEIGHT else up
        tip = y + 5 * up
        corners = np.array([(x, tip), (x - 7, tip + 12 * up), (x + 7, tip + 12 * up)])
        cv2.fillConvexPoly(page, np.int32(corners.round()), color, cv2.LINE_AA)
        text = f"{name} {_area(pixels, findings)}, frame {n}"
        width = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.45, 1)[0][0]
        left = int(np.clip(x - width / 2, LEFT + 4, WIDTH - RIGHT - width - 4))
        write_text(page, text, (left, round(tip + (30 if up > 0 else -18))), 0.45)


def _draw_legend(page: np.ndarray, y: int, screened: bool) -> None:
    x = LEFT + 60
    for text in (
        "as measured",
        "smoothed",
        "not found",
        "largest and smallest",
        *(("screened out",) * screened),
    ):
        middle = (x + 14, y - 5)
        if text == "as measured":
            cv2.line(page, (x, y - 5), (x + 28, y - 5), FAINT, 1)
            cv2.circle(page, middle, 2, FAINT, -1, cv2.LINE_AA)
        elif text == "smoothed":
            cv2.line(page, (x, y - 5), (x + 28, y - 5), TEXT, 2)
        elif text == "not found":
            cv2.drawMarker(page, middle, TEXT, cv2.MARKER_TILTED_CROSS, 9, 1, cv2.LINE_AA)
        elif text == "screened out":
            cv2.rectangle(page, (x + 4, y - 12), (x + 24, y + 2), SCREENED, -1)
        else:
            cv2.fillConvexPoly(
                page, np.int32([(x + 14, y), (x + 7, y - 11), (x + 21, y - 11)]), TEXT, cv2.LINE_AA
            )
        x += 36 + write_text(page, text, (x + 36, y), 0.45, FAINT) + 28


def _sub(point: tuple[float, float]) -> tuple[int, int]:
    return round(point[0] * (1 << SUB)), round(point[1] * (1 << SUB))


def _write_right(page: np.ndarray, text: str, end: tuple[int, int]) -> None:
    width = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 0.45, 1)[0][0]
    write_text(page, text, (end[0] - width, end[1]), 0.45, FAINT)
