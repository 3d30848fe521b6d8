"""One examination: an anatomy, how it yields, a probe and a machine; asked for a moment, it gives a frame."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from SegAssistLib.training.ultrasound.anatomy import LABELS, Anatomy
from SegAssistLib.training.ultrasound.compression import (
    Deformation,
    Mechanics,
    Moment,
    random_response,
)
from SegAssistLib.training.ultrasound.display import (
    ScanConversion,
    Screen,
    near_field,
    random_losses,
    shown,
)
from SegAssistLib.training.ultrasound.outline import area, clipped, filled
from SegAssistLib.training.ultrasound.speckle import Probe
from SegAssistLib.training.ultrasound.tissue import phasors, scatterers, upsampled

WHOLE_FACE = (0.0, 1.0)


class Examination:
    """Makes frames and their truth from moments.

    Attributes:
        vessels: arteries and veins of the anatomy.
        mechanics: how the tissue yields.
        probe: as given.
        screen: as given; its white level is set by the first frame.
    """

    def __init__(
        self, rng: np.random.Generator, anatomy: Anatomy, probe: Probe, screen: Screen, effort: float
    ) -> None:
        """Draw the tissue, its mechanics and its losses by chance.

        Args:
            rng: random numbers.
            anatomy: what lies under the probe.
            probe: the probe.
            screen: the machine; its white level is relative to the first frame's brightest echoes.
            effort: the strongest pressure that will be asked for: it brings deeper tissue into view.
        """
        self.rng, self.probe, self.screen = rng, probe, screen
        self.mechanics = mechanics = Mechanics(
            inclusions=anatomy.inclusions,
            responses=tuple(random_response(rng, inclusion) for inclusion in anatomy.inclusions),
            strain=rng.uniform(0.04, 0.25),
            spreading=rng.uniform(0, 0.4),
            surface=probe.surface,
        )
        depth = 1.03 * anatomy.depth / (1 - mechanics.strain * effort)
        self.tissue = scatterers(anatomy, depth, probe.steps, rng)
        self.vessels = [inclusion for inclusion in anatomy.inclusions if inclusion.kind in LABELS]
        self._lattice = Deformation(mechanics, self.tissue.nodes.reshape(-1, 2))
        self._walls = [Deformation(mechanics, vessel.shape.outline()) for vessel in self.vessels]
        self._bone = None if anatomy.bone is None else Deformation(mechanics, anatomy.bone)
        self._depth_at_rest = self._depth(self._lattice(Moment()))
        self._losses = random_losses(rng, probe)
        self._haze = self._grain()
        self._near_field = near_field(rng, probe, self._haze)
        self._conversion = ScanConversion(probe, screen)
        self._exposed = False

    def frame(
        self, moment: Moment, contact: tuple[float, float] = WHOLE_FACE, sweeping: bool = False
    ) -> np.ndarray:
        """The picture at a moment.

        Args:
            moment: of the examination.
            contact: part of the probe's face that touches, from and to, 0 to 1.
            sweeping: whether the probe moves so fast that the picture blurs.

        Returns:
            float32 ``(rows, columns)``, 0 to 1.
        """
        envelope = self.probe.envelope(self._echo(moment, self._coupled(contact)))
        if not self._exposed:
            level = 20 * np.log10(max(float(np.percentile(envelope, 99.5)), 1e-3))
            self.screen = replace(self.screen, white=level + self.screen.white)
            self._exposed = True
        grey = shown(envelope, self.screen)
        if sweeping:
            grey = cv2.blur(cv2.GaussianBlur(grey, (0, 0), 1.2), (2 * int(self.rng.integers(2, 6)) + 1, 1))
        return self._conversion(grey)

    def outlines(self, moment: Moment) -> list[np.ndarray]:
        """The part of each vessel's outline that is in the picture, ``(corners, 2)`` in mm; may be empty."""
        field, border = self.probe.field(), self.screen.border()
        return [clipped(clipped(wall(moment), field), border) for wall in self._walls]

    def mask(self, outlines: list[np.ndarray]) -> np.ndarray:
        """The label of every pixel whose centre lies in a vessel: uint8 ``(rows, columns)``."""
        mask = np.zeros(self.screen.shape, np.uint8)
        for vessel, lumen in zip(self.vessels, self.lumens(outlines), strict=True):
            mask[lumen] = LABELS[vessel.kind]
        return mask

    def lumens(self, outlines: list[np.ndarray]) -> list[np.ndarray]:
        """The pixels whose centres lie in each vessel: bool ``(rows, columns)`` each."""
        shape = self.screen.shape
        return [
            filled(self.screen.to_pixels(outline), shape) if area(outline) > 0 else np.zeros(shape, bool)
            for outline in outlines
        ]

    def touched(self, contact: tuple[float, float]) -> np.ndarray:
        """Which pixels lie below the part of the face that touches: bool ``(rows, columns)``."""
        return (self._coupled(contact) > 0.5)[self._conversion.line]

    def _echo(self, moment: Moment, coupled: np.ndarray) -> np.ndarray:
        """The sum of all echoes at a moment, spread along the beam: complex64 ``(samples, lines)``."""
        tissue = self.tissue
        nodes = self._lattice(moment).astype(np.float32)
        turn = (self._depth(nodes) - self._depth_at_rest) * np.float32(2 * np.pi * self.probe.frequency)
        moved = np.concatenate([nodes, turn[:, None]], axis=1).reshape(*tissue.nodes.shape[:2], 3)
        moved = upsampled(moved, tissue.specular.shape).reshape(-1, 3)
        # Far enough away on the lattice, grain is as unrelated as that of another plane.
        beside = np.roll(tissue.grain, tissue.grain.shape[0] // 3, axis=0)
        here, there = np.cos(moment.plane) * np.sqrt(0.5), np.sin(moment.plane) * np.sqrt(0.5)
        diffuse = tissue.level * (np.float32(here) * tissue.grain + np.float32(there) * beside)
        diffuse.ravel()[tissue.blood] *= phasors(
            self.rng.random(len(tissue.blood), np.float32) * np.float32(2 * np.pi)
        )
        amplitude = diffuse.ravel() * phasors(moved[:, 2]) + tissue.specular.ravel()
        echo = self.probe.pulsed(self.probe.gather(moved[:, :2], amplitude))

        vessels = [wall(moment) for wall in self._walls]
        bone = None if self._bone is None else self._bone(moment)
        echo *= self._losses.transmission(self.probe, vessels, bone) * coupled
        echo += self._near_field * (2 - coupled)
        stray = cv2.blur(np.abs(echo), tuple(round(4 / step) for step in self.probe.steps[::-1]))
        echo += self._haze * stray * np.float32(10 ** (self.screen.clutter / 20))
        rise = np.linspace(-12, 0, len(echo), dtype=np.float32)[:, None]
        return echo + self._grain() * np.power(10, (self.screen.noise + rise) / 20, dtype=np.float32)

    def _grain(self) -> np.ndarray:
        """Noise behind the receiver's filter, which is made for the pulse: complex64 ``(samples, lines)``."""
        white = self.rng.standard_normal((*self.probe.grid, 2), dtype=np.float32).view(np.complex64)[..., 0]
        return self.probe.pulsed(white)

    def _depth(self, points: np.ndarray) -> np.ndarray:
        return self.probe.to_beams(points)[:, 1] * np.float32(self.probe.steps[0])

    def _coupled(self, contact: tuple[float, float]) -> np.ndarray:
        """Share of the sound that passes from the probe, for every beam: 1 in contact, nearly 0 beside."""
        place = np.linspace(0, 1, self.probe.grid[1], dtype=np.float32)
        inside = np.minimum(place - contact[0], contact[1] - place)
        return np.clip(1 + inside / 0.04, 0.004, 1)
