"""Area curve: a clip's vessels over time as a drawing for the page, sent once for each measurement.

The page puts a cursor on it by itself: what moves while a clip plays is one number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from itertools import groupby

import numpy as np

from SegAssistLib.measure.vessels import Vessel, VesselFindings
from SegAssistLib.report.area_curve import ticks

WIDTH, HEIGHT = 1000, 100  # units of the drawing, which is stretched to the page
ROOM = 1.12  # above the largest area

Color = tuple[int, int, int]
Point = tuple[float, float] | None


@dataclass(frozen=True)
class AreaCurve:
    """A drawing and where the frames lie in it.

    Attributes:
        html: the drawing.
        places: of the frames, from left to right, in percent of the width.
    """

    html: str
    places: list[float]


def draw_area_curve(findings: VesselFindings, colors: Mapping[str, Color]) -> AreaCurve:
    """Draw the area of every vessel: as measured (faint dots) and smoothed (a line).

    Nothing is drawn where a vessel was not measured: a gap is not an area of zero. Frames that were screened
    out are shaded and say why, a frame without the vessel has a tick on the axis, and the frames of the
    largest and smallest area are marked.

    Args:
        findings: of a clip of two frames or more.
        colors: RGB for each vessel's name.
    """
    times = np.array(findings.times_s or range(findings.frame_count), np.float64)
    half = float(np.median(np.diff(times))) / 2  # the first and last frame are as wide as the others
    first, last = times[0] - half, times[-1] + half
    across = (times - first) / (last - first)
    scale = findings.pixel_area_mm2 or 1.0
    largest = max((frame.pixels or 0 for vessel in findings.vessels for frame in vessel.frames), default=0)
    highest = ROOM * (largest or 1) * scale
    areas = [float(area) for area in ticks(0, highest, 3)]

    def up(pixels: float) -> float:
        return 1 - pixels * scale / highest

    lines = "".join(_line(f"M0 {_y(1 - area / highest)}H{WIDTH}", "sa-grid") for area in areas)
    shades = "".join(
        f'<rect x="{WIDTH * (across[n] - half / (last - first)):.2f}" y="0" '
        f'width="{WIDTH * 2 * half / (last - first):.2f}" height="{HEIGHT}" class="sa-screened">'
        f"<title>Frame {n}: {escape(reason)}</title></rect>"
        for n, reason in findings.screened.items()
    )
    curves = "".join(_curves(vessel, across, up, _css(colors[vessel.name])) for vessel in findings.vessels)
    drawing = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none">{lines}{shades}{curves}</svg>'
    marks = "".join(_marks(vessel, across, up, _css(colors[vessel.name])) for vessel in findings.vessels)
    unit = "mm²" if findings.pixel_mm else "pixels"
    axis = "".join(
        f'<span class="sa-area" style="top: {_percent(1 - area / highest)}">{area:g}'
        f"{f' {unit}' if area == areas[-1] else ''}</span>"
        for area in areas
        if area
    )
    seconds = " s" if findings.times_s else ""
    for time in ticks(first, last, 8):
        place = _percent((time - first) / (last - first))
        axis += f'<span class="sa-time" style="left: {place}">{time:g}{seconds}</span>'
    return AreaCurve(drawing + marks + axis, [round(100 * float(place), 3) for place in across])


def _curves(vessel: Vessel, across: np.ndarray, up: Callable[[float], float], color: str) -> str:
    measured = [
        None if frame.pixels is None else (place, up(frame.pixels))
        for place, frame in zip(across, vessel.frames, strict=True)
    ]
    smoothed = [
        None if pixels is None else (place, up(pixels))
        for place, pixels in zip(across, vessel.smoothed_pixels, strict=True)
    ]
    missing = [
        place for place, frame in zip(across, vessel.frames, strict=True) if frame.status == "not found"
    ]
    return (
        _line("".join(f"M{_x(x)} {_y(y)}h0" for x, y in filter(None, measured)), "sa-dots", color)
        + _line(_path(smoothed), "sa-smoothed", color)
        + _line("".join(f"M{_x(x)} {HEIGHT}v-6" for x in missing), "sa-missing", color)
    )


def _path(points: list[Point]) -> str:
    """A line through the points, with gaps where there is none."""
    runs = (list(run) for there, run in groupby(points, key=lambda point: point is not None) if there)
    return "".join("M" + "L".join(f"{_x(x)} {_y(y)}" for x, y in run) for run in runs)


def _marks(vessel: Vessel, across: np.ndarray, up: Callable[[float], float], color: str) -> str:
    """Where the area is largest and smallest, or the two frames that a person chose."""
    change, marks = vessel.change, ""
    for n, what, kind in (
        (change.maximum_frame, "largest", "sa-largest"),
        (change.minimum_frame, "smallest", "sa-smallest"),
    ):
        pixels = None if n is None else vessel.frames[n].pixels
        if pixels is not None:
            place = f"left: {_percent(across[n])}; top: {_percent(up(pixels))}; color: {color}"
            title = f"{vessel.name}: {what} area, frame {n}"
            marks += f'<span class="sa-mark {kind}" style="{place}" title="{escape(title)}"></span>'
    return marks


def _line(path: str, kind: str, color: str | None = None) -> str:
    stroke = f' stroke="{color}"' if color else ""
    return f'<path d="{path}" class="{kind}"{stroke} vector-effect="non-scaling-stroke" />' if path else ""


def _x(share: float) -> str:
    return f"{WIDTH * share:.1f}"


def _y(share: float) -> str:
    return f"{HEIGHT * share:.2f}"


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"


def _css(color: Color) -> str:
    return "rgb({}, {}, {})".format(*color)
