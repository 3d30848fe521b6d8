"""How tissue moves when the probe presses: the press over time, the veins that give way, the pulse.

Positions are material: a point of the body at rest is taken to where it is now, so scatterers, walls and true
areas all follow from one map. Each vessel deforms about its centre by an affine map inside its outline, which
fades outside it; pressure shortens the tissue between probe and depth; and a structure that is stiffer than
that moves as a whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from SegAssistLib.training.ultrasound.anatomy import Inclusion

FADING = 1.5  # power of the distance from the centre, in units of the outline
CLOSED = 0.3  # mm: walls that come nearer than this touch


@dataclass(frozen=True)
class Response:
    """How one vessel answers to pressure and heartbeat.

    Attributes:
        begins: pressure at which it starts to close.
        ends: pressure at which it has closed as far as it can.
        limit: how far that is, 0 to 1; above 0.9 in a healthy vein, less in a thrombosed one.
        widening: of the vein across the press when it is flat.
        pinch: how much the middle runs ahead of the sides.
        direction: unit vector along which it flattens.
        pulse: swing of the radius with the heartbeat.
        breath: swing of the radius with breathing.
    """

    begins: float
    ends: float
    limit: float
    widening: float
    pinch: float
    direction: tuple[float, float]
    pulse: float
    breath: float

    def closure(self, pressure: float) -> float:
        """How far it is closed, 0 to ``limit``."""
        x = np.clip((pressure - self.begins) / (self.ends - self.begins), 0, 1)
        return float(self.limit * x * x * (3 - 2 * x))

    def pressure(self, share: float) -> float:
        """The pressure at which it has closed by this share of ``limit``, 0 to 1: undoes :meth:`closure`."""
        x = 0.5 - np.sin(np.arcsin(1 - 2 * share) / 3)
        return float(self.begins + x * (self.ends - self.begins))


RIGID = Response(0, 1, 0, 0, 0, (0, 1), 0, 0)


@dataclass(frozen=True)
class Moment:
    """The state of the examination at one time.

    Attributes:
        pressure: 0 to 1.
        beat: artery's distension, 0 in diastole to 1 in systole.
        breath: -1 to 1.
        slip: of the tissue along the probe in mm.
        gel: gap between probe and skin in mm.
        plane: out-of-plane position in radians; scatterers a quarter turn apart are unrelated.
    """

    pressure: float = 0.0
    beat: float = 0.0
    breath: float = 0.0
    slip: float = 0.0
    gel: float = 0.0
    plane: float = 0.0


@dataclass(frozen=True)
class Mechanics:
    """What stays the same over one examination.

    Attributes:
        inclusions: at rest.
        responses: one for each inclusion.
        strain: share of its depth that tissue loses at full pressure.
        spreading: share of that by which it spreads sideways.
        surface: height of the probe's face at x in mm.
    """

    inclusions: tuple[Inclusion, ...]
    responses: tuple[Response, ...]
    strain: float
    spreading: float
    surface: Callable[[np.ndarray], np.ndarray]

    def settled(self, points: np.ndarray, moment: Moment) -> np.ndarray:
        """Where the tissue around the inclusions goes: ``(n, 2)`` to ``(n, 2)`` in mm."""
        loss = self.strain * moment.pressure
        x = points[:, 0] * (1 + self.spreading * loss) + moment.slip
        curve = self.surface(x) * np.exp(-points[:, 1] / 25)
        return np.stack([x, points[:, 1] * (1 - loss) + moment.gel + curve], axis=1)


def random_response(rng: np.random.Generator, inclusion: Inclusion) -> Response:
    """Draw a response that suits what the structure is."""
    if inclusion.kind not in ("artery", "vein"):
        return RIGID
    tilt = 0.5 * inclusion.shape.tilt if inclusion.kind == "vein" else 0.0
    direction = (-float(np.sin(tilt)), float(np.cos(tilt)))
    if inclusion.kind == "artery":
        swing = rng.uniform(0.01, 0.045)
        return Response(rng.uniform(0.6, 0.8), 1.05, rng.uniform(0, 0.1), 0.6, 0, direction, swing, 0)
    begins = rng.uniform(0.02, 0.3)
    ends = begins + rng.uniform(0.25, 0.55)
    breath = rng.uniform(0, 0.05)
    if inclusion.clot:
        limit = rng.uniform(0.02, 0.35) if inclusion.clot == 1 else (1 - inclusion.clot) * rng.uniform(0.5, 1)
        return Response(begins, ends, limit, 0.3, 0, direction, 0.005, 0.2 * breath)
    limit = min(1.0, rng.uniform(0.91, 1.25))
    return Response(begins, ends, limit, rng.uniform(0.05, 0.3), rng.uniform(0, 0.5), direction, 0.01, breath)


class Deformation:
    """The map from rest to now, for fixed points; what depends on the points alone is computed once."""

    def __init__(self, mechanics: Mechanics, points: np.ndarray) -> None:
        """Prepare the map.

        Args:
            mechanics: of the examination.
            points: at rest, ``(n, 2)`` in mm.
        """
        self.mechanics = mechanics
        inclusions = mechanics.inclusions
        self.centres = np.array([i.shape.centre for i in inclusions], np.float32).reshape(-1, 2)
        self.points = np.concatenate([np.asarray(points, np.float32), self.centres])
        ratios = [i.shape.ratio(self.points) for i in inclusions]
        beyond = [np.maximum(ratio, 1) - 1 for ratio in ratios]
        self.fading = [np.maximum(ratio, 1) ** -FADING for ratio in ratios]
        # How firmly a point belongs to an inclusion: without limit inside it, little at twice its radius.
        self.hold = [np.square(0.5 / (b + 1e-3)) for b in beyond]
        self.free = [np.square(b / 0.3) for b in beyond]
        self.movable = [k for k, response in enumerate(mechanics.responses) if response is not RIGID]

    def __call__(self, moment: Moment) -> np.ndarray:
        """Where the points are at a moment, ``(n, 2)`` in mm."""
        settled = self.mechanics.settled(self.points, moment)
        moved = self._held(settled - self.points, range(len(self.centres)), None)
        for k in self.movable:
            moved += self._held(self._yielding(k, moment), [j for j in range(len(self.centres)) if j != k], k)
        return (self.points + moved)[: len(self.points) - len(self.centres)]

    def _held(self, shift: np.ndarray, holders: range | list[int], inside: int | None) -> np.ndarray:
        """Give what lies in or near an inclusion the shift of its centre, except inside one of them."""
        total, weight = shift, np.ones((), np.float32)
        for j in holders:
            hold = self.hold[j] if inside is None else self.hold[j] * self.free[inside]
            total = total + hold[:, None] * shift[j - len(self.centres)]
            weight = weight + hold
        return total / weight[..., None]

    def _yielding(self, k: int, moment: Moment) -> np.ndarray:
        """The shift that one vessel's flattening and pulse bring about, ``(n, 2)``."""
        inclusion, response = self.mechanics.inclusions[k], self.mechanics.responses[k]
        offset = self.points - self.centres[k]
        press = np.array(response.direction, np.float32)
        along = np.array([press[1], -press[0]])
        high, wide = offset @ press, offset @ along
        swelling = response.pulse * moment.beat + response.breath * moment.breath
        closure = response.closure(moment.pressure)
        sideways = response.widening * closure
        if closure == 1 or 2 * min(inclusion.shape.radii) * (1 - closure) < CLOSED:
            flat = np.float32(1)
        else:
            reach = max(inclusion.shape.radii)
            ahead = np.clip(1 - np.square(wide / reach), 0, 1)
            flat = np.minimum(closure * (1 + response.pinch * (1 - closure) * ahead), 1)
        shift = ((1 + swelling) * (1 - flat) - 1)[..., None] * high[:, None] * press
        shift += ((1 + swelling) * (1 + sideways) - 1) * wide[:, None] * along
        return shift * self.fading[k][:, None]


@dataclass(frozen=True)
class Course:
    """Moments of a whole clip, and which frames are spoilt.

    Attributes:
        moments: one a frame.
        contact: float32 ``(frames, 2)``: the part of the probe's width that touches, from and to (0 to 1).
        sweeping: bool ``(frames,)``: the probe moves so fast that the picture blurs.
    """

    moments: tuple[Moment, ...]
    contact: np.ndarray
    sweeping: np.ndarray


def random_course(
    rng: np.random.Generator, frames: int, frame_rate: float, effort: float, mishaps: float
) -> Course:
    """A compression examination: rest, press, hold and release, once or several times, by a human hand.

    Args:
        rng: random numbers.
        frames: how many.
        frame_rate: in frames a second.
        effort: pressure of the strongest press.
        mishaps: expected number of blurred stretches, of lost contacts and of gel gaps, each.
    """
    time = np.arange(frames) / frame_rate
    pressure = _presses(rng, time)
    shake = _wandering(rng, frames, 0.9)
    pressure = np.clip(pressure * (1 + 0.03 * shake) + 0.015 * shake, 0, None)
    pressure *= effort / max(pressure.max(), 1e-6)
    rate, first = rng.uniform(1.0, 1.5), rng.random()
    drift = _wandering(rng, frames, 0.98)
    slip = rng.uniform(0.1, 0.9) * drift + rng.normal(0, 1.2) * pressure
    plane = 0.25 * np.abs(_wandering(rng, frames, 0.97)) + rng.uniform(0, 0.5) * pressure

    sweeping = np.zeros(frames, bool)
    for start, length in _stretches(rng, frames, mishaps, (3, 7)):
        sweep = slice(start, start + length)
        sweeping[sweep] = True
        slip[sweep] += rng.uniform(1.5, 3.5) * np.sin(np.linspace(0, 2 * np.pi, len(slip[sweep])))
        plane[sweep] += 0.7
    gel = np.zeros(frames)
    if rng.random() < mishaps / (1 + mishaps):
        gel = rng.uniform(1, 5) * np.clip(1 - pressure / rng.uniform(0.1, 0.35), 0, 1)
    contact = np.tile(np.array([0, 1], np.float32), (frames, 1))
    for start, length in _stretches(rng, frames, mishaps, (4, 14)):
        lift = np.sin(np.linspace(0, np.pi, length)) * rng.uniform(0.4, 1.2)
        lost = slice(start, start + length)
        side = int(rng.integers(2))
        contact[lost, side] += (1 - 2 * side) * lift[: len(contact[lost])]
    moments = tuple(
        Moment(*values)
        for values in zip(
            pressure.tolist(),
            heartbeat(time * rate + first).tolist(),
            np.sin(2 * np.pi * (0.25 * time + rng.random())).tolist(),
            slip.tolist(),
            gel.tolist(),
            plane.tolist(),
            strict=True,
        )
    )
    return Course(moments, contact, sweeping)


def heartbeat(phase: np.ndarray) -> np.ndarray:
    """An artery's distension over heartbeats: a steep rise, a slow fall with a second small wave; 0 to 1."""
    phase = phase % 1
    rise = np.clip(phase / 0.12, 0, 1)
    wave = 0.12 * np.exp(-(((phase - 0.42) / 0.06) ** 2))
    return np.clip(np.sin(0.5 * np.pi * rise) * np.exp(-2.6 * np.clip(phase - 0.12, 0, None)) + wave, 0, 1)


def _presses(rng: np.random.Generator, time: np.ndarray) -> np.ndarray:
    """Pressure over time before the hand's tremor; the strongest press reaches about 1."""
    lengths, levels = [rng.uniform(0.2, 0.8)], [rng.uniform(0, 0.06)]
    count = int(rng.integers(1, 4))
    strongest = rng.integers(count)
    for press in range(count):
        peak = 1.0 if press == strongest else rng.uniform(0.3, 1)
        lengths += [*rng.uniform([0.25, 0.1, 0.2, 0.15], [1.2, 0.8, 0.9, 0.8])]
        levels += [peak, peak * rng.uniform(0.92, 1), *rng.uniform(0, 0.08, 2)]
    ends = np.concatenate([[0], np.cumsum(lengths)])
    knots = ends / ends[-1] * time[-1] if len(time) > 1 else ends
    curve = np.interp(time, knots, [levels[0], *levels])
    width = max(1, len(time) // 40)
    return np.convolve(np.pad(curve, width, "edge"), np.full(2 * width + 1, 1 / (2 * width + 1)), "valid")


def _wandering(rng: np.random.Generator, count: int, memory: float) -> np.ndarray:
    """First-order autoregression of unit variance."""
    value, values = rng.normal(), np.empty(count)
    for index, step in enumerate(rng.normal(0, np.sqrt(1 - memory**2), count)):
        value = memory * value + step
        values[index] = value
    return values


def _stretches(
    rng: np.random.Generator, frames: int, expected: float, lengths: tuple[int, int]
) -> list[tuple[int, int]]:
    """First frames and lengths of a random number of stretches."""
    return [(int(rng.integers(frames)), int(rng.integers(*lengths))) for _ in range(rng.poisson(expected))]
