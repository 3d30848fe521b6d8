"""Frame quality: which frames of an ultrasound clip cannot be read, and why.

A frame is compared with the other frames of its own clip, because machines, depths and gains differ more
from clip to clip than a good frame differs from a poor one. The limits were set on real clips: 240 frames of
fourteen recordings with three machines, in many of which the operator moved the probe and changed the gain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from SegAssistLib.translation import tr as _

# Of the clip's median. Real frames: at least 0.66; the same frames blurred by 2 pixels: at most 0.29.
BLURRED = 0.5
# Of the clip's median. Real frames, with changes of gain and contact: at least 0.52.
TOO_DARK = 0.4
BLACK = 2.0  # grey levels of 255: nothing was recorded, however dark the clip is
# A column of the picture is lost where it varies less than this part of its own median over the clip from one
# column to the next. Without contact there is noise alone, and the bright near-field echoes are level lines.
# In one real frame half of the columns were lost, at the probe's ends; in the others it was up to 0.28.
FAINT_COLUMN, LOST_COLUMNS = 1 / 3, 1 / 3
# Grey levels of 255. Speckle and noise are new in every frame: real ones differ by 1.3 or more, copies by 0.
COPY = 0.25
FEWEST_FRAMES = 5  # of fewer frames none can be told to be the odd one

_SAMPLE = 32  # frames from which the tissue is found


@dataclass(frozen=True)
class FrameQuality:
    """How well one frame can be read. All measures look at the tissue, not at the writing around it.

    Attributes:
        brightness: mean grey level, 0 to 255.
        sharpness: variance of the Laplacian over the variance of the grey levels. The first is a classic
            focus measure (Pech-Pacheco et al., Diatom autofocusing in brightfield microscopy, ICPR 2000;
            Pertuz et al., Analysis of focus measure operators, Pattern Recognition 46, 2013); divided by the
            second it does not hang on the gain. The picture is smoothed by one pixel first, so that the noise
            on top of a blurred frame does not pass for sharpness.
        lost_columns: share of the columns in which the tissue's texture is gone, compared with the same
            columns in the other frames.
        difference: mean absolute difference of grey levels from the frame before; None for the first frame.
        reason: why the frame cannot be read; None when it can.
    """

    brightness: float
    sharpness: float
    lost_columns: float
    difference: float | None
    reason: str | None


def frame_quality(frames: np.ndarray) -> tuple[FrameQuality, ...]:
    """Judge every frame of a clip.

    The reasons are, in this order: too dark, probe contact lost, blurred, a copy of the frame before. With
    fewer than five frames only black frames and copies can be told.

    Args:
        frames: shape ``(columns, rows, frames)``, or with a fourth axis of 3 for RGB. Anything other than
            uint8 is scaled so that the brightest value of the clip is 255. The rows run along the depth.
    """
    count = frames.shape[2]
    full = None if frames.dtype == np.uint8 else float(frames.max())
    tissue, box = _tissue(frames, full)
    # Columns that just touch the tissue are too short to be judged.
    heights = tissue.sum(axis=1)
    tall = heights > heights.max() / 3
    brightness, sharpness, texture, differences = [], [], [], [None]
    before = None
    for n in range(count):
        grey = _grey(frames, n, full)[box]
        brightness.append(float(grey[tissue].mean()))
        sharpness.append(_sharpness(grey, tissue))
        texture.append(_texture(grey, tissue)[tall])
        if before is not None:
            differences.append(float(np.abs(grey - before)[tissue].mean()))
        before = grey
    lost = (np.array(texture) < FAINT_COLUMN * np.median(texture, axis=0)).mean(axis=1)
    medians = (float(np.median(brightness)), float(np.median(sharpness))) if count >= FEWEST_FRAMES else None
    measures = zip(brightness, sharpness, lost.tolist(), differences, strict=True)
    return tuple(FrameQuality(*each, _reason(*each, medians)) for each in measures)


def screen_frames(quality: tuple[FrameQuality, ...]) -> dict[int, str]:
    """The frames that cannot be read, by index, and why."""
    return {n: each.reason for n, each in enumerate(quality) if each.reason is not None}


def _reason(
    brightness: float,
    sharpness: float,
    lost_columns: float,
    difference: float | None,
    medians: tuple[float, float] | None,
) -> str | None:
    if brightness < BLACK:
        return _("black: nothing was recorded")
    if medians is not None:
        usual_brightness, usual_sharpness = medians
        if brightness < TOO_DARK * usual_brightness:
            return _("too dark: {share:.0%} of the clip's median brightness").format(
                share=brightness / usual_brightness
            )
        if lost_columns >= LOST_COLUMNS:
            return _("probe contact lost: in {share:.0%} of the width no tissue shows").format(
                share=lost_columns
            )
        if sharpness < BLURRED * usual_sharpness:
            return _("blurred: {share:.0%} of the clip's median sharpness").format(
                share=sharpness / usual_sharpness
            )
    if difference is not None and difference < COPY:
        return _("a copy of the frame before")
    return None


def _grey(frames: np.ndarray, n: int, full: float | None) -> np.ndarray:
    """Grey levels 0 to 255 of one frame as float32 ``(columns, rows)``."""
    import cv2

    frame = frames[:, :, n].astype(np.float32)
    if frame.ndim == 3:
        frame = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    return frame if not full else frame * np.float32(255 / full)


def _tissue(frames: np.ndarray, full: float | None) -> tuple[np.ndarray, tuple[slice, slice]]:
    """Where the ultrasound picture is, without the writing around it: a mask within a box of the frame."""
    import cv2

    chosen = np.unique(np.linspace(0, frames.shape[2] - 1, _SAMPLE).round().astype(int))
    mean = np.mean([_grey(frames, n, full) for n in chosen], axis=0, dtype=np.float32)
    width = max(3, round(0.03 * max(mean.shape)))
    mean = cv2.blur(mean, (width, width))
    bright = np.uint8(mean > 0.05 * np.percentile(mean, 99))
    _, parts, statistics, _ = cv2.connectedComponentsWithStats(bright)
    if len(statistics) == 1:
        return np.ones(mean.shape, bool), (slice(None), slice(None))
    largest = np.uint8(parts == 1 + np.argmax(statistics[1:, cv2.CC_STAT_AREA]))
    # Shadows and the dark depth belong to the picture as well.
    filled = cv2.fillConvexPoly(np.zeros_like(largest), cv2.convexHull(cv2.findNonZero(largest)), 1)
    row, column, rows, columns = cv2.boundingRect(filled)
    box = (slice(column, column + columns), slice(row, row + rows))
    return filled[box] > 0, box


def _sharpness(grey: np.ndarray, tissue: np.ndarray) -> float:
    import cv2

    smooth = cv2.GaussianBlur(grey, (0, 0), 1)
    variance = float(smooth[tissue].var())
    if variance == 0:
        return 0.0
    return float(cv2.Laplacian(smooth, cv2.CV_32F)[tissue].var()) / variance


def _texture(grey: np.ndarray, tissue: np.ndarray) -> np.ndarray:
    """How much each column differs from the next, in grey levels: at a scale that a blur leaves alone."""
    import cv2

    smooth = cv2.GaussianBlur(grey, (0, 0), max(1.0, 0.01 * max(grey.shape)))
    change = np.abs(np.gradient(smooth, axis=0))
    return (change * tissue).sum(axis=1) / tissue.sum(axis=1)
