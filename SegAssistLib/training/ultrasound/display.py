"""From the envelope to the picture on the screen: shadows, logarithm, smoothing, scan conversion, marks."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from SegAssistLib.training.ultrasound.noise import smooth_curve, smooth_noise
from SegAssistLib.training.ultrasound.outline import filled
from SegAssistLib.training.ultrasound.speckle import Probe

FLOOR = 1e-4  # amplitude below which an echo is nothing


@dataclass(frozen=True)
class Screen:
    """Settings of the machine, and where on the screen the picture lies.

    Attributes:
        shape: rows and columns of the frame.
        spacing: mm a pixel.
        corner: x and z in mm of the upper left pixel's centre.
        dynamic_range: dB from black to white.
        white: level in dB shown as white.
        gamma: exponent of the grey scale.
        smoothing: 0 to 1, share of an edge-preserving filter.
        sharpening: share of the difference to a blurred picture that is added.
        persistence: share of the previous frame.
        noise: level of the electronics' noise in dB at the bottom.
        clutter: level in dB of the haze that stray echoes lay over dark regions, below their surroundings.
        marks: whether text, a scale and a marker are burned in.
    """

    shape: tuple[int, int]
    spacing: float
    corner: tuple[float, float]
    dynamic_range: float
    white: float
    gamma: float
    smoothing: float
    sharpening: float
    persistence: float
    noise: float
    clutter: float
    marks: bool

    def to_pixels(self, points: np.ndarray) -> np.ndarray:
        """Column and row, as fractions, of points in mm."""
        return (points - np.array(self.corner)) / self.spacing

    def grid(self) -> np.ndarray:
        """Place in mm, x and z, of every pixel: float32 ``(rows, columns, 2)``."""
        rows, columns = self.shape
        x = self.corner[0] + self.spacing * np.arange(columns, dtype=np.float32)
        z = self.corner[1] + self.spacing * np.arange(rows, dtype=np.float32)
        return np.stack(np.broadcast_arrays(x, z[:, None]), axis=-1)

    def border(self) -> np.ndarray:
        """The frame's border as a polygon in mm, ``(4, 2)``."""
        rows, columns = self.shape
        corners = np.array(
            [[-0.5, -0.5], [columns - 0.5, -0.5], [columns - 0.5, rows - 0.5], [-0.5, rows - 0.5]]
        )
        return corners * self.spacing + np.array(self.corner)


@dataclass(frozen=True)
class Losses:
    """What the sound loses and gains on its way, in dB a mm (there and back).

    Attributes:
        tissue: left over after the machine's depth compensation.
        patches: ``(samples, lines)``, uneven loss in tissue.
        lumen: in a vessel, relative to tissue: negative, so what lies behind is brighter.
        edge: dB in the shadow of a vessel's side.
        coupling: dB ``(lines,)``, uneven contact.
    """

    tissue: float
    patches: np.ndarray
    lumen: float
    edge: float
    coupling: np.ndarray

    def transmission(self, probe: Probe, vessels: list[np.ndarray], bone: np.ndarray | None) -> np.ndarray:
        """The factor on amplitudes at each sample.

        Args:
            probe: whose beams.
            vessels: outlines now, in mm.
            bone: surface now in mm, ``(n, 2)``.

        Returns:
            float32 ``(samples, lines)``.
        """
        samples, lines = probe.grid
        step = probe.steps[0]
        loss = self.tissue + self.patches
        shade = np.tile(self.coupling, (samples, 1))
        for outline in vessels:
            at = probe.to_beams(outline)
            loss = loss + self.lumen * filled(at, probe.grid)
            height = step * float(np.ptp(at[:, 1]))
            for end in (at[:, 0].argmin(), at[:, 0].argmax()):
                line, sample = at[end]
                across = (np.arange(lines) - line) * probe.steps[1] / 0.45
                row = int(np.clip(sample, 0, samples))
                shade[row:] += self.edge * min(1.0, height / 3) * np.exp(-0.5 * across**2)
        if bone is not None:
            at = probe.to_beams(bone)
            order = np.argsort(at[:, 0])
            surface = np.interp(np.arange(lines), at[order, 0], at[order, 1], np.inf, np.inf)
            below = np.clip((np.arange(samples)[:, None] - surface) * step - 0.5, 0, 1)
            loss = loss + 12.0 * cv2.blur(below, (max(1, round(1.5 / probe.steps[1])), 1))
        total = shade + step * np.cumsum(loss, axis=0)
        return np.power(10, np.clip(-total, -120, 40) / 20, dtype=np.float32)


def random_losses(rng: np.random.Generator, probe: Probe) -> Losses:
    """Draw losses: from well penetrated tissue to one whose lower third is black."""
    patches = smooth_noise(rng, probe.grid, (6 / probe.steps[0], 5 / probe.steps[1]))
    coupling = smooth_curve(rng, probe.grid[1], 5 / probe.steps[1])
    fine = smooth_curve(rng, probe.grid[1], 1.0 / probe.steps[1])
    depth_loss = rng.uniform(-0.1, 0.3) if rng.random() < 0.5 else rng.uniform(0.3, 1.1)
    return Losses(
        tissue=depth_loss,
        patches=rng.uniform(0, 0.45) * patches,
        lumen=-rng.uniform(0.4, 1.3),
        edge=rng.uniform(0, 9),
        coupling=rng.uniform(0, 2.5) * coupling + rng.uniform(0, 1.0) * fine,
    )


def near_field(rng: np.random.Generator, probe: Probe, grain: np.ndarray) -> np.ndarray:
    """Echoes between probe and skin: a bright band, fainter repetitions, and haze that is lost with depth.

    Args:
        rng: random numbers.
        probe: the probe.
        grain: complex noise of the haze, ``(samples, lines)``.

    Returns:
        complex64 ``(samples, lines)``, to be added to the echo.
    """
    samples, lines = probe.grid
    z = np.arange(samples) * probe.steps[0]
    level = 10 ** (rng.uniform(10, 24) / 20) * np.exp(-z / rng.uniform(0.08, 0.3))
    pitch, strength = rng.uniform(0.3, 1.2), 10 ** (rng.uniform(-8, 12) / 20)
    for order in range(1, 6):
        level += strength * 0.55**order * np.exp(-0.5 * ((z - order * pitch) / 0.12) ** 2)
    haze = 10 ** (rng.uniform(-40, -20) / 20) * np.exp(-z / rng.uniform(3, 12))
    uneven = 1 + 0.15 * smooth_curve(rng, lines, lines / 12)
    return (level[:, None] * uneven + haze[:, None] * grain).astype(np.complex64)


def shown(envelope: np.ndarray, screen: Screen) -> np.ndarray:
    """Logarithm, grey scale and filters, still along the beams: float32 ``(samples, lines)``, 0 to 1."""
    level = 20 * np.log10(np.maximum(envelope, FLOOR))
    grey = np.clip(1 + (level - screen.white) / screen.dynamic_range, 0, 1).astype(np.float32)
    if screen.smoothing:
        grey += screen.smoothing * (cv2.bilateralFilter(grey, 5, 0.2, 1.5) - grey)
    if screen.sharpening:
        grey += screen.sharpening * (grey - cv2.GaussianBlur(grey, (0, 0), 2.0))
    return np.power(np.clip(grey, 0, 1), screen.gamma)


class ScanConversion:
    """From beams to pixels; outside the probe's field the frame is black."""

    def __init__(self, probe: Probe, screen: Screen) -> None:
        at = probe.to_beams(screen.grid())
        samples, lines = probe.grid
        self.seen = (at >= -0.5).all(axis=-1) & (at[..., 0] <= lines - 0.5) & (at[..., 1] <= samples - 0.5)
        self.column, self.row = cv2.convertMaps(at, None, cv2.CV_16SC2)
        self.line = np.clip(np.rint(at[..., 0]), 0, lines - 1).astype(np.int32)

    def __call__(self, grey: np.ndarray) -> np.ndarray:
        """``(samples, lines)`` to ``(rows, columns)``, float32."""
        frame = cv2.remap(grey, self.column, self.row, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        return np.clip(frame, 0, 1) * self.seen


def burn_marks(frame: np.ndarray, spacing: float, rng: np.random.Generator) -> None:
    """Draw what machines burn into a frame ``(rows, columns)``: text, a scale, a marker of the side."""
    rows, columns = frame.shape
    grey = int(rng.integers(120, 256))
    if rng.random() < 0.6:
        words = (
            "MSK 10.0 MHz",
            "D 4.0 G 62",
            "VASC",
            "L14-6",
            "MI 0.9 TIS 0.4",
            "DR 65",
            "RT CFV",
            "LT",
            "12:04:31",
        )
        place = (int(rng.uniform(0.02, 0.7) * columns), int(rng.choice([0.05, 0.1, 0.93, 0.97]) * rows))
        size = rng.uniform(0.25, 0.45) * columns / 256
        cv2.putText(
            frame, str(rng.choice(words)), place, cv2.FONT_HERSHEY_SIMPLEX, size, grey, 1, cv2.LINE_AA
        )
    if rng.random() < 0.5:
        side = int(rng.choice([0, columns - 3]))
        for depth in np.arange(0, rows * spacing, 5):
            row = int(depth / spacing)
            length = 6 if round(float(depth)) % 10 == 0 else 3
            cv2.line(frame, (side, row), (side + length * (1 if side == 0 else -1), row), grey, 1)
    if rng.random() < 0.5:
        radius = max(2, columns // 80)
        cv2.circle(
            frame, (int(rng.uniform(2, 20)) * radius // 2 + radius, 2 * radius), radius, grey, cv2.FILLED
        )
