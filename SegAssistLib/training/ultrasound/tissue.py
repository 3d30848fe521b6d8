"""Scatterers of an anatomy at rest, on a lattice a little wider and deeper than the picture.

Each lattice point carries a diffuse scatterer of random phase, whose strength is the tissue's echo level,
and a specular one, whose phase varies slowly so that borders, walls and fibres stay unbroken lines.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from SegAssistLib.training.ultrasound.anatomy import Anatomy, Inclusion, Layer
from SegAssistLib.training.ultrasound.noise import smooth_curve, smooth_noise

MARGIN = 6.0  # mm on either side, from where tissue comes into view
COARSE = 4  # lattice points from one node of a displacement field to the next
SPECULAR_UNIT = 0.1  # specular amplitude of one grey level while drawing
SHIFT = 4  # fraction bits of drawn coordinates


@dataclass(frozen=True)
class Tissue:
    """The lattice.

    Attributes:
        nodes: float32 ``(rows, columns, 2)``, x and z in mm of every ``COARSE``-th lattice point.
        level: float32 ``(rows, columns)``: amplitude of the diffuse scatterers.
        grain: complex64 ``(rows, columns)``: what chance makes of it in this plane, of variance 2.
        specular: complex64 ``(rows, columns)``.
        blood: where scatterers flow, as indices into the flat lattice.
    """

    nodes: np.ndarray
    level: np.ndarray
    grain: np.ndarray
    specular: np.ndarray
    blood: np.ndarray


def scatterers(
    anatomy: Anatomy, depth: float, steps: tuple[float, float], rng: np.random.Generator
) -> Tissue:
    """Draw an anatomy onto a lattice.

    Args:
        anatomy: what to draw.
        depth: to which, in mm.
        steps: between lattice points along z and x in mm.
        rng: random numbers.
    """
    return _Drawing(anatomy, depth, steps, rng).tissue()


class _Drawing:
    """Echo levels in dB and specular amplitudes: flat layers first, which then bend around the vessels."""

    def __init__(
        self, anatomy: Anatomy, depth: float, steps: tuple[float, float], rng: np.random.Generator
    ) -> None:
        self.anatomy, self.rng = anatomy, rng
        self.steps = np.array(steps[::-1], np.float32)
        extent = (depth, anatomy.width + 2 * MARGIN)
        rows, columns = (
            COARSE * int(np.ceil(e / s / COARSE)) + 1 for e, s in zip(extent, steps, strict=True)
        )
        self.shape = rows, columns
        self.origin = np.array([-0.5 * anatomy.width - MARGIN, 0], np.float32)
        self.x = self.origin[0] + steps[1] * np.arange(columns, dtype=np.float32)
        self.z = (steps[0] * np.arange(rows, dtype=np.float32))[:, None]
        self.echo = np.zeros(self.shape, np.float32)
        self.specular = np.zeros(self.shape, np.uint8)

    def tissue(self) -> Tissue:
        tops = [self._top(layer) for layer in self.anatomy.layers]
        for layer, top in zip(self.anatomy.layers, tops, strict=True):
            self.echo[self.z >= top] = layer.echo
        self._texture()
        bottoms = [*tops[1:], np.full_like(tops[0], self.z[-1, 0])]
        for layer, top, bottom in zip(self.anatomy.layers, tops, bottoms, strict=True):
            self._streaks(layer, top, bottom)
        self._septa(tops)
        for layer, top in zip(self.anatomy.layers[1:], tops[1:], strict=True):
            self._fascia(layer, top)
        self._bend()
        self._fade_lines()
        blood = self._inclusions()
        if self.anatomy.bone is not None:
            self._surface(self.anatomy.bone)
        return self._with_phases(blood)

    def _noise(self, z: float, x: float) -> np.ndarray:
        """Smooth noise whose grain is ``z`` by ``x`` mm."""
        return smooth_noise(self.rng, self.shape, (z / self.steps[1], x / self.steps[0]))

    def _curve(self, x: float) -> np.ndarray:
        return smooth_curve(self.rng, self.shape[1], x / self.steps[0])

    def _top(self, layer: Layer) -> np.ndarray:
        uneven = min(0.35, 0.1 * layer.top) * self._curve(9) if layer.top else 0
        return (layer.top + layer.slope * self.x + uneven).astype(np.float32)

    def _texture(self) -> None:
        """Fibres and lobules, which a few octaves of flat noise resemble."""
        fibrous = self.rng.uniform(1, 4.5)
        self.echo += fibrous * self._noise(0.3, self.rng.uniform(1.5, 5))
        self.echo += self.rng.uniform(1, 3) * self._noise(1.4, self.rng.uniform(3, 8))
        self.echo += self.rng.uniform(0.5, 2) * self._noise(6, 9)

    def _streaks(self, layer: Layer, top: np.ndarray, bottom: np.ndarray) -> None:
        """Short bright fibres along a layer, in four strengths."""
        area = float(np.clip(bottom - top, 0, None).mean() * (self.x[-1] - self.x[0]))
        count = int(layer.streaks * area)
        slope = self.rng.normal(0, 0.1)
        for strength in (0.35, 0.6, 0.8, 1.0):
            number = self.rng.poisson(count / 4)
            column = self.rng.integers(0, self.shape[1], number)
            z = top[column] + self.rng.random(number) * (bottom - top)[column]
            length = layer.streak_length * self.rng.gamma(2.0, 0.5, number)
            tilt = slope + self.rng.normal(0, 0.07, number)
            sag = self.rng.normal(0, 0.03, number) * length
            along = np.linspace(-0.5, 0.5, 5)
            x = self.x[column][:, None] + length[:, None] * along
            z = z[:, None] + (tilt * length)[:, None] * along + sag[:, None] * (1 - 4 * along**2)
            level = int(_grey(strength * layer.streak_level + layer.echo))
            lines = list(self._drawn(np.stack([x, z], axis=-1)))
            cv2.polylines(self.specular, lines, False, level, 1, cv2.LINE_AA, SHIFT)

    def _septa(self, tops: list[np.ndarray]) -> None:
        """Thin sheets that branch and join: where smooth noise crosses zero, interrupted here and there."""
        strength = np.zeros(self.shape, np.float32)
        for layer, top in zip(self.anatomy.layers, tops, strict=True):
            strength[self.z >= top] = 10 ** (layer.septa / 20) / SPECULAR_UNIT
        for thickness, length, share in ((1.3, 9, 1.0), (0.6, 3.5, 0.55)):
            field = self._noise(thickness, length * self.rng.uniform(0.6, 1.5))
            slope = np.abs(np.diff(field, axis=0, append=0)) + 0.02
            across = np.abs(np.diff(field, axis=1, append=0)) * (self.steps[1] / self.steps[0])
            facing = 1 / (1 + np.square(across / (0.35 * slope)))  # steep parts send no echo back
            ridge = np.clip(1.2 - np.abs(field) / slope, 0, 1) * facing
            present = np.clip(0.5 + 0.8 * self._noise(1.5, 3), 0, 1.3)
            drawn = np.clip(ridge * present * (share * strength), 0, 255).astype(np.uint8)
            np.maximum(self.specular, drawn, out=self.specular)

    def _fascia(self, layer: Layer, top: np.ndarray) -> None:
        """The bright strands between two layers, which part and join along their course."""
        for strand in range(layer.strands):
            away = strand * self.rng.uniform(0.2, 0.7) + 0.15 * strand * self._curve(6)
            line = np.stack([self.x, top + away], axis=1)
            level = layer.fascia - 1.5 * strand + 3 * self._curve(6) + 2 * self._curve(1.2)
            self._line(line[::2], level[::2], 1)

    def _line(self, points: np.ndarray, level: np.ndarray, thickness: int) -> None:
        """Draw a line whose level in dB changes from point to point."""
        drawn = self._drawn(points)
        for start, end, value in zip(drawn[:-1], drawn[1:], _grey(level[:-1]).tolist(), strict=True):
            cv2.line(self.specular, start.tolist(), end.tolist(), value, thickness, cv2.LINE_AA, SHIFT)

    def _drawn(self, points: np.ndarray) -> np.ndarray:
        return np.rint((points - self.origin) / self.steps * (1 << SHIFT)).astype(np.int32)

    def _grid(self, every: int) -> np.ndarray:
        """Place, x and z, of every n-th lattice point, ``(rows, columns, 2)``."""
        return np.stack(np.broadcast_arrays(self.x[::every], self.z[::every]), axis=-1)

    def _bend(self) -> None:
        """Wave the layers, and let them make room for what lies between them.

        Room is made as if each inclusion had grown from its centre: what was at a distance ``r`` in units of
        its outline is now at the third root of ``r^3 + 0.97^3``, so layers pass around it and close behind.
        """
        nodes = self._grid(COARSE)
        calm = np.clip(nodes[..., 1] / 5, 0, 1)
        source = nodes.copy()
        waves = smooth_noise(self.rng, nodes.shape[:2], tuple(14 / COARSE / self.steps[::-1]))
        source[..., 1] += self.anatomy.unrest * calm * waves
        for inclusion in self.anatomy.inclusions:
            ratio = inclusion.shape.ratio(nodes)
            shrunk = np.cbrt(np.clip(ratio**3 - 0.97**3, 0, None)) / np.maximum(ratio, 0.1)
            source += (nodes - np.array(inclusion.shape.centre, np.float32)) * (shrunk - 1)[..., None]
        source = upsampled((source - self.origin) / self.steps, self.shape)
        self.echo, self.specular = (
            cv2.remap(drawn, source, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
            for drawn in (self.echo, self.specular)
        )

    def _fade_lines(self) -> None:
        """Lines brighten and fade along their course."""
        course = np.clip(0.8 + 0.45 * self._noise(0.8, 2.0), 0.1, 1.4)
        self.specular = np.clip(self.specular * course, 0, 255).astype(np.uint8)

    def _inclusions(self) -> np.ndarray:
        """Sheath first, then each inclusion with its wall; returns where blood flows."""
        grid = self._grid(1)
        vessels = [i for i in self.anatomy.inclusions if i.kind in ("artery", "vein")]
        level, reach = self.anatomy.sheath
        if vessels:
            nodes = self._grid(COARSE)
            away = np.min([(v.shape.ratio(nodes) - 1) * min(v.shape.radii) for v in vessels], axis=0)
            away += 0.5 * reach * smooth_noise(self.rng, away.shape, tuple(3 / COARSE / self.steps[::-1]))
            weight = upsampled(np.exp(-0.5 * (np.clip(away, 0, None) / reach) ** 2), self.shape)
            weight *= np.clip(0.4 + 0.7 * self._noise(1.5, 3), 0, 1)
            self.echo += weight * np.clip(level + 2 * self._noise(0.6, 2) - self.echo, 0, None)
        flowing = []
        for inclusion in self.anatomy.inclusions:
            box = self._box(inclusion)
            ratio = inclusion.shape.ratio(grid[box])
            if not ratio.size:  # out of sight
                continue
            inner = ratio < 1
            self.specular[box][ratio < 1.02] = 0
            self.echo[box][inner] = inclusion.echo
            if inclusion.kind in ("artery", "vein"):
                clotted = inner & self._clot(inclusion, grid[box])
                flowing.append(self._flat(box, inner & ~clotted))
                self._wall(inclusion)
            else:
                self._fill(inclusion, box, ratio)
        return np.concatenate([np.zeros(0, np.int64), *flowing])

    def _box(self, inclusion: Inclusion) -> tuple[slice, slice]:
        """The part of the lattice around an inclusion and its wall."""
        corners = (inclusion.shape.outline(1.4) - self.origin) / self.steps
        low, high = corners.min(axis=0).astype(int), corners.max(axis=0).astype(int) + 2
        (left, top), (right, bottom) = np.maximum(low, 0), np.maximum(high, 0)
        return slice(top, bottom), slice(left, right)

    def _flat(self, box: tuple[slice, slice], chosen: np.ndarray) -> np.ndarray:
        row, column = np.nonzero(chosen)
        return (row + box[0].start) * self.shape[1] + column + box[1].start

    def _clot(self, inclusion: Inclusion, points: np.ndarray) -> np.ndarray:
        """Draw the thrombus, and return where it is: below a slanting, uneven level in the lumen."""
        if not inclusion.clot:
            return np.zeros(points.shape[:2], bool)
        outline = inclusion.shape.outline()
        top, bottom = outline[:, 1].min(), outline[:, 1].max()
        x = points[..., 0] - inclusion.shape.centre[0]
        slant = self.rng.normal(0, 0.3) * (inclusion.clot < 1)
        surface = bottom - inclusion.clot * (bottom - top) + slant * x
        clotted = (points[..., 1] > surface) | (inclusion.clot == 1)
        patchy = smooth_noise(self.rng, points.shape[:2], tuple(1.0 / self.steps[::-1]))
        inner = clotted & (inclusion.shape.ratio(points) < 1)
        level = inclusion.clot_echo + self.rng.uniform(0.5, 3) * patchy
        self.echo[self._box(inclusion)][inner] = level[inner]
        return clotted

    def _wall(self, vessel: Inclusion) -> None:
        """A vein's is one thin line; an artery's has two bright layers with a dark one between.

        Around a thrombus it is stiffer and seen on more sides.
        """
        outline = vessel.shape.outline()
        outer = 1 + vessel.wall / min(vessel.shape.radii)
        level = self.rng.uniform(-4, 14)
        if vessel.kind == "artery":
            self._rim(vessel.shape.outline(outer), level)
            self._rim(outline, level - self.rng.uniform(2, 9))
        else:
            middle = vessel.shape.outline(0.5 + 0.5 * outer)
            if vessel.clot:
                self._rim(middle, max(level, 2), fading=(3, 18))
            else:
                self._rim(middle, level - 2)
        if vessel.plaque is not None:
            angle = np.arctan2(*(outline - vessel.shape.centre).T[::-1])
            near = np.abs(np.angle(np.exp(1j * (angle - vessel.plaque)))) < 0.5
            self._line(outline[near], np.full(near.sum(), 24.0), 3)

    def _surface(self, bone: np.ndarray) -> None:
        """A rough surface that fades where it falls away from the beam."""
        slope = np.arctan2(np.abs(np.gradient(bone[:, 1])), np.gradient(bone[:, 0]))
        level = self.rng.uniform(12, 22) - 22 * np.square(slope / 0.8)
        for layer in range(4):
            rough = 0.12 * smooth_curve(self.rng, len(bone), len(bone) / 20)
            uneven = 3 * smooth_curve(self.rng, len(bone), len(bone) / 15)
            deeper = np.stack([bone[:, 0], bone[:, 1] + 0.22 * layer + rough], axis=1)
            self._line(deeper, level + uneven - 3 * layer, 1)

    def _rim(self, outline: np.ndarray, level: float, fading: tuple[float, float] = (14, 30)) -> None:
        """A smooth surface: at ``level`` in dB where it faces the beam, by ``fading`` weaker where not."""
        edge = np.roll(outline, -1, axis=0) - np.roll(outline, 1, axis=0)
        steep = np.arctan2(np.abs(edge[:, 1]), np.abs(edge[:, 0]))
        facing = np.exp(-((steep / self.rng.uniform(0.4, 0.75)) ** 2))
        uneven = 4 * smooth_curve(self.rng, len(outline), len(outline) / 10)
        levels = level - self.rng.uniform(*fading) * (1 - facing) + uneven
        self._line(_closed(outline), _closed(levels), 1)

    def _fill(self, inclusion: Inclusion, box: tuple[slice, slice], ratio: np.ndarray) -> None:
        """What a node, a nerve and a gland look like inside."""
        echo, inner = self.echo[box], ratio < 1
        grain = smooth_noise(self.rng, echo.shape, tuple(0.7 / self.steps[::-1]))
        echo[inner] += 1.5 * grain[inner]
        if inclusion.kind == "node":
            hilum = np.exp(-((ratio / self.rng.uniform(0.25, 0.5)) ** 2))
            echo[inner] += self.rng.uniform(0, 14) * hilum[inner]
        elif inclusion.kind == "nerve":
            self._fascicles(inclusion, echo, inner)
        self._rim(inclusion.shape.outline(), self.rng.uniform(0, 10))

    def _fascicles(self, nerve: Inclusion, echo: np.ndarray, inner: np.ndarray) -> None:
        """Dark bundles in bright tissue, like a honeycomb."""
        row, column = np.nonzero(inner)
        pitch = self.rng.uniform(0.8, 1.3)
        for index in self.rng.permutation(len(row))[: int(np.pi * np.prod(nerve.shape.radii) / pitch**2)]:
            half = self.rng.uniform(0.25, 0.45) * pitch / self.steps
            top, left = row[index], column[index]
            dark = np.zeros(echo.shape, np.uint8)
            axes = (max(1, round(float(half[0]))), max(1, round(float(half[1]))))
            cv2.ellipse(dark, (int(left), int(top)), axes, 0, 0, 360, 1, -1)
            echo[(dark > 0) & inner] = nerve.echo - 13

    def _with_phases(self, blood: np.ndarray) -> Tissue:
        level = np.power(10, self.echo / 20, dtype=np.float32)
        grain = self.rng.standard_normal((*self.shape, 2), dtype=np.float32).view(np.complex64)[..., 0]
        turn = phasors(2 * self._noise(2.5, 2.5))
        return Tissue(self._grid(COARSE), level, grain, SPECULAR_UNIT * self.specular * turn, blood)


def phasors(angle: np.ndarray) -> np.ndarray:
    """Complex numbers of magnitude 1, complex64."""
    out = np.empty(angle.shape, np.complex64)
    out.real, out.imag = np.cos(angle), np.sin(angle)
    return out


def upsampled(nodes: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Values at every ``COARSE``-th lattice point, interpolated to all of them."""
    scale = np.array([[1 / COARSE, 0, 0], [0, 1 / COARSE, 0]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(nodes, scale, shape[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE)


def _closed(line: np.ndarray) -> np.ndarray:
    return np.concatenate([line, line[:1]])


def _grey(level: np.ndarray | float) -> np.ndarray:
    """The grey level in which an amplitude of so many dB is drawn."""
    return np.clip(np.rint(np.power(10.0, np.asarray(level) / 20) / SPECULAR_UNIT), 0, 255).astype(int)
