"""From scatterers to the envelope of the echo: a convolution model of B-mode imaging.

The echo is the sum of the echoes of many scatterers, each spread by the point-spread function: a short
pulse along the beam, and the width of the beam across it, which is least at the focus (the linear model of
Field II; Jensen, Med Biol Eng Comput 34 S1:351, 1996). With many scatterers of random phase in a
resolution cell the envelope is Rayleigh distributed, mean over deviation 1.91 (Burckhardt, IEEE Trans Sonics
Ultrason 25:1, 1978; Goodman, J Opt Soc Am 66:1145, 1976). Signals are complex: the carrier is taken out, and
comes back only as the phase by which a scatterer turns when it moves along the beam.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from scipy import fft

SAMPLES_PER_SIGMA = 1.3  # of the pulse, along the beam
LINES_PER_SIGMA = 1.1  # of the beam at its focus, across


@dataclass(frozen=True)
class Probe:
    """A probe and its beams; lengths in mm.

    Attributes:
        depth: to which it looks.
        width: of its face, along the face.
        radius: of its face; infinite for a linear array.
        pulse: standard deviation of the pulse along the beam (amplitude).
        beam: standard deviation of the beam at its focus (amplitude).
        focus: depth of the focus.
        focal_range: distance from the focus over which the beam widens by the square root of 2.
        frequency: carrier, in periods a mm of depth (twice the frequency over the speed of sound).
        looks: directions whose envelopes are averaged (spatial compounding).
        side_lobes: amplitude of a beam six times as wide that lies below the main one.
    """

    depth: float
    width: float
    radius: float = np.inf
    pulse: float = 0.13
    beam: float = 0.35
    focus: float = 20.0
    focal_range: float = 12.0
    frequency: float = 9.7
    looks: int = 1
    side_lobes: float = 0.0

    @cached_property
    def grid(self) -> tuple[int, int]:
        """Samples along a beam, and beams."""
        return (
            int(np.ceil(self.depth / self.pulse * SAMPLES_PER_SIGMA)),
            int(np.ceil(self.width / self.beam * LINES_PER_SIGMA)),
        )

    @property
    def steps(self) -> tuple[float, float]:
        """From sample to sample, and from beam to beam at the face, in mm."""
        samples, lines = self.grid
        return self.depth / samples, self.width / lines

    @property
    def reach(self) -> float:
        """Width of what it sees, where that is widest."""
        return 2 * (self.radius + self.depth) * float(np.sin(self.half_angle)) if self.curved else self.width

    @property
    def curved(self) -> bool:
        """Whether the beams fan out."""
        return bool(np.isfinite(self.radius))

    @property
    def half_angle(self) -> float:
        """Angle between the middle beam and the outermost in radians."""
        return 0.5 * self.width / self.radius

    def surface(self, x: np.ndarray) -> np.ndarray:
        """Height z of the face at x, 0 in its middle."""
        if not self.curved:
            return np.zeros_like(x)
        reach = self.radius * np.sin(self.half_angle)
        return np.sqrt(self.radius**2 - np.clip(x, -reach, reach) ** 2) - np.float32(self.radius)

    def to_beams(self, points: np.ndarray) -> np.ndarray:
        """Beam and sample, as fractions, of points in mm: ``(..., 2)`` to ``(..., 2)``."""
        sample_step, line_step = self.steps
        x, z = points[..., 0], points[..., 1]
        if self.curved:
            across = np.arctan2(x, z + np.float32(self.radius)) * np.float32(self.radius)
            z = np.hypot(x, z + np.float32(self.radius)) - np.float32(self.radius)
        else:
            across = x
        middle = 0.5 * (self.grid[1] - 1)
        return np.stack(
            [across / np.float32(line_step) + np.float32(middle), z / np.float32(sample_step)], -1
        )

    def field(self) -> np.ndarray:
        """A convex polygon in mm around what the probe sees, ``(corners, 2)``, cut straight at the face."""
        if not self.curved:
            half = 0.5 * self.width
            return np.array([[-half, 0], [half, 0], [half, self.depth], [-half, self.depth]])
        angle = np.linspace(self.half_angle, -self.half_angle, 40)
        far = self.radius + self.depth
        bottom = np.stack([far * np.sin(angle), far * np.cos(angle) - self.radius], axis=1)
        left, right = (self.radius * np.sin(self.half_angle) * side for side in (-1, 1))
        top = self.radius * (np.cos(self.half_angle) - 1)
        return np.concatenate([[[left, top], [right, top]], bottom])

    @cached_property
    def _spectra(self) -> np.ndarray:
        """Lateral transfer functions, float32 ``(looks, samples, padded lines)``, of unit noise gain."""
        samples, _ = self.grid
        sample_step, line_step = self.steps
        depth = (np.arange(samples) + 0.5) * sample_step
        width = self.beam * np.sqrt(1 + ((depth - self.focus) / self.focal_range) ** 2)
        step = line_step * (1 + depth / self.radius)
        frequency = fft.fftfreq(self._padded_lines) / step[:, None]
        reach = (2 * np.sqrt(np.pi) * width / step)[:, None] ** 0.5
        spectra = []
        for look in range(self.looks):
            centre = (look - 0.5 * (self.looks - 1)) * 1.2 / (2 * np.pi * width)[:, None]
            phase = 2 * np.pi * width[:, None] * (frequency - centre)
            wide = np.exp(-0.5 * (6 * phase) ** 2)
            spectra.append(reach * (np.exp(-0.5 * phase**2) + self.side_lobes * wide))
        return np.array(spectra, np.float32)

    @cached_property
    def _padded_lines(self) -> int:
        return fft.next_fast_len(self.grid[1] + int(4 * LINES_PER_SIGMA) + 4)

    @cached_property
    def _pulse(self) -> np.ndarray:
        """The pulse along the beam, of unit energy, ``(taps, 1)``."""
        sigma = self.pulse / self.steps[0]
        taps = cv2.getGaussianKernel(2 * int(3.5 * sigma) + 1, sigma, cv2.CV_32F)
        return taps / np.sqrt(np.sum(taps**2))

    def gather(self, points: np.ndarray, amplitude: np.ndarray) -> np.ndarray:
        """Add scatterers up where they lie, shared between the four nearest samples.

        Args:
            points: ``(n, 2)`` in mm.
            amplitude: complex ``(n,)``.

        Returns:
            complex64 ``(samples, lines)``.
        """
        samples, lines = self.grid
        at = self.to_beams(points)
        seen = np.flatnonzero((at > 0).all(axis=1) & (at[:, 0] < lines - 1) & (at[:, 1] < samples - 1))
        at, amplitude = at[seen], amplitude[seen]
        corner = at.astype(np.int32)
        right, down = (at - corner).T
        first = corner[:, 1] * lines + corner[:, 0]
        out = np.zeros(samples * lines, np.complex64)
        for offset, weight in (
            (0, (1 - right) * (1 - down)),
            (1, right * (1 - down)),
            (lines, (1 - right) * down),
            (lines + 1, right * down),
        ):
            index = first + offset
            out.real += np.bincount(index, weight * amplitude.real, samples * lines)
            out.imag += np.bincount(index, weight * amplitude.imag, samples * lines)
        return out.reshape(samples, lines)

    def pulsed(self, echo: np.ndarray) -> np.ndarray:
        """Spread echoes along the beam: complex64 ``(samples, lines)`` to the same."""
        parts = echo.view(np.float32).reshape(*echo.shape, 2)
        spread = cv2.sepFilter2D(parts, -1, np.ones((1, 1), np.float32), self._pulse)
        return spread.reshape(echo.shape[0], -1).view(np.complex64)

    def envelope(self, echo: np.ndarray) -> np.ndarray:
        """Spread echoes across the beam, and take the envelope, averaged over the looks.

        Args:
            echo: complex64 ``(samples, lines)``.

        Returns:
            float32 ``(samples, lines)``.
        """
        spectrum = fft.fft(echo, self._padded_lines, axis=1)
        looks = [np.abs(fft.ifft(spectrum * transfer, axis=1)) for transfer in self._spectra]
        return np.mean(looks, axis=0)[:, : echo.shape[1]]
