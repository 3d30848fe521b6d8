"""What lies under the probe: layers of tissue, and vessels, nerves, nodes and bone among them.

Lengths are in mm; x runs along the probe from its middle, z into the body from the skin. Sizes and depths
follow the ranges that textbooks of vascular ultrasound give for adults (e.g. Zwiebel & Pellerito,
Introduction to Vascular Ultrasonography); echo levels are in dB relative to an arbitrary tissue.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

Kind = Literal["artery", "vein", "node", "nerve", "lobe"]
LABELS: dict[str, int] = {"artery": 1, "vein": 2}
OUTLINE_CORNERS = 192
SHALLOWEST = 2.5  # mm from the skin to the nearest vessel
BORDER = 4.5  # mm from a vessel to the picture's side, so that it stays in view while the tissue slips


@dataclass(frozen=True)
class Shape:
    """A smooth closed shape around its centre, as seen from which every point of it is visible.

    Attributes:
        centre: x, z.
        radii: half of its width and height before it is tilted.
        tilt: radians, from x towards z.
        wobble: complex amplitudes of the second and following harmonics of its radius.
    """

    centre: tuple[float, float]
    radii: tuple[float, float]
    tilt: float = 0.0
    wobble: tuple[complex, ...] = ()

    def ratio(self, points: np.ndarray) -> np.ndarray:
        """Distance from the centre relative to the outline's in that direction: 1 on the outline.

        Args:
            points: ``(..., 2)``.
        """
        along, across = self._turned(points - np.asarray(self.centre, np.float32))
        along, across = along / self.radii[0], across / self.radii[1]
        distance = np.hypot(along, across)
        return distance / self._reach(np.arctan2(across, along)) if self.wobble else distance

    def outline(self, scale: float = 1.0) -> np.ndarray:
        """The outline, enlarged about the centre: float32 ``(OUTLINE_CORNERS, 2)``."""
        angle = np.linspace(0, 2 * np.pi, OUTLINE_CORNERS, endpoint=False, dtype=np.float32)
        reach = scale * self._reach(angle)
        along, across = self.radii[0] * reach * np.cos(angle), self.radii[1] * reach * np.sin(angle)
        cos, sin = np.float32(np.cos(self.tilt)), np.float32(np.sin(self.tilt))
        turned = np.stack([cos * along - sin * across, sin * along + cos * across], axis=1)
        return turned + np.asarray(self.centre, np.float32)

    def _turned(self, offset: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        cos, sin = np.float32(np.cos(self.tilt)), np.float32(np.sin(self.tilt))
        return cos * offset[..., 0] + sin * offset[..., 1], cos * offset[..., 1] - sin * offset[..., 0]

    def _reach(self, angle: np.ndarray) -> np.ndarray:
        reach = np.ones_like(angle)
        for order, amplitude in enumerate(self.wobble, start=2):
            reach += abs(amplitude) * np.cos(order * angle + np.float32(np.angle(amplitude)))
        return reach


@dataclass(frozen=True)
class Inclusion:
    """A structure that the layers bend around.

    Attributes:
        kind: what it is.
        shape: its outline at rest; a vessel's is the inner side of its wall.
        echo: level of its content in dB.
        wall: thickness of its wall in mm.
        clot: for a thrombosed vein, the part of the lumen that the thrombus fills (0 to 1) from below.
        clot_echo: level of the thrombus in dB.
        plaque: for an artery, the direction in radians of a calcification in its wall.
    """

    kind: Kind
    shape: Shape
    echo: float
    wall: float
    clot: float = 0.0
    clot_echo: float = 0.0
    plaque: float | None = None


@dataclass(frozen=True)
class Layer:
    """Tissue between two depths before the vessels bend it.

    Attributes:
        top: where it begins in mm.
        slope: of its upper border, in mm a mm.
        echo: level in dB.
        streaks: bright fibres per square mm.
        streak_length: of a fibre in mm.
        streak_level: of a fibre in dB above the layer.
        septa: level in dB of the net of thin sheets that runs through the layer.
        fascia: level in dB of the bright line that is its upper border.
        strands: how many lines that border has.
    """

    top: float
    slope: float
    echo: float
    streaks: float
    streak_length: float
    streak_level: float
    septa: float
    fascia: float
    strands: int


@dataclass(frozen=True)
class Anatomy:
    """Everything under the probe, at rest.

    Attributes:
        width: of the part that is described, in mm.
        depth: likewise.
        layers: from the skin down; the last one reaches the bottom.
        inclusions: vessels first.
        bone: a surface as x and z ``(n, 2)``, with nothing but shadow below it; None without bone.
        sheath: level in dB and reach in mm of the connective tissue around the vessels.
        unrest: how far layers bend, in mm.
    """

    width: float
    depth: float
    layers: tuple[Layer, ...]
    inclusions: tuple[Inclusion, ...]
    bone: np.ndarray | None
    sheath: tuple[float, float]
    unrest: float


@dataclass(frozen=True)
class Site:
    """Where the probe is put, and what is usual there (ranges in mm).

    Attributes:
        view: depth of the picture.
        depth: of the vessels' centres.
        artery: radius of the artery, or None where none belongs to the vein.
        vein: half of the vein's width.
        flatness: half height over half width of the vein at rest.
        place: direction from artery to vein in degrees, 0 is beside, 90 is below, -90 above.
        second: chance of a second vein.
        fat: thickness of the fat under the skin.
        bone: chance of bone.
        muscle: level of the muscle's echo in dB.
    """

    view: tuple[float, float]
    depth: tuple[float, float]
    artery: tuple[float, float] | None
    vein: tuple[float, float]
    flatness: tuple[float, float]
    place: tuple[float, float]
    second: float
    fat: tuple[float, float]
    bone: float
    muscle: tuple[float, float] = (-16, -6)


SITES: dict[str, Site] = {
    "femoral": Site((28, 60), (9, 26), (3, 5), (4, 7.5), (0.55, 1.0), (-25, 50), 0.35, (3, 14), 0.15),
    "popliteal": Site((28, 55), (11, 26), (2.5, 3.8), (3, 6), (0.55, 1.0), (-130, -50), 0.25, (4, 14), 0.35),
    "calf": Site((25, 50), (9, 24), (1.2, 2.2), (1.4, 3), (0.5, 1.0), (-20, 20), 0.8, (3, 10), 0.4),
    "arm": Site((20, 35), (6, 16), (1.5, 2.6), (1.6, 3.5), (0.45, 1.0), (-70, 50), 0.6, (2, 8), 0.35),
    "superficial": Site((20, 35), (4, 13), None, (1.2, 3.5), (0.45, 1.0), (0, 0), 0.2, (8, 18), 0.1),
    "neck": Site(
        (28, 50), (11, 22), (2.7, 4), (4, 8.5), (0.3, 0.85), (-70, -5), 0.1, (1.5, 5), 0.3, (-22, -9)
    ),
}


def random_anatomy(
    rng: np.random.Generator,
    site: Site,
    width: float,
    reach: float,
    depth: float,
    thrombosed: bool = False,
    kinds: tuple[str, ...] = ("artery", "vein"),
    inside: bool = True,
) -> Anatomy:
    """Draw an anatomy by chance.

    Args:
        rng: random numbers.
        site: what is usual there.
        width: that is seen at every depth, in mm.
        reach: that is seen at the bottom, in mm.
        depth: of the picture in mm.
        thrombosed: the first vein holds a thrombus.
        kinds: which kinds of vessel there are.
        inside: vessels lie wholly within the picture; otherwise some are cut by its border.
    """
    vessels = _vessels(rng, site, width, depth, thrombosed, kinds, inside)
    around = _bystanders(rng, site, vessels, width, depth)
    return Anatomy(
        width=reach,
        depth=depth,
        layers=_layers(rng, site, depth),
        inclusions=(*vessels, *around),
        bone=_bone(rng, vessels, reach, depth) if rng.random() < site.bone else None,
        sheath=(rng.uniform(-10, 2), rng.uniform(1.0, 5.0)),
        unrest=rng.uniform(0.1, 1.2),
    )


def _vessels(
    rng: np.random.Generator,
    site: Site,
    width: float,
    depth: float,
    thrombosed: bool,
    kinds: tuple[str, ...],
    inside: bool,
) -> list[Inclusion]:
    """An artery and its veins, side by side; taken out again are those that ``kinds`` does not ask for."""
    side = rng.choice([-1, 1])
    centre_z = rng.uniform(site.depth[0], min(site.depth[1], 0.75 * depth))
    spread = 0.28 if inside else 0.5
    centre = (rng.uniform(-spread, spread) * width, centre_z)
    oblique = 1 + max(0.0, rng.normal(0, 0.25))  # a cut not quite across the vessel widens it
    blood = rng.uniform(-50, -28)
    vessels: list[Inclusion] = []
    if site.artery is not None and ("artery" in kinds or rng.random() < 0.8):
        radius = rng.uniform(*site.artery)
        artery = Shape(centre, (radius * oblique, radius), rng.normal(0, 0.25), _wobble(rng, 0.015))
        plaque = rng.uniform(-np.pi, np.pi) if rng.random() < 0.08 else None
        wall = rng.uniform(0.1, 0.22) * radius
        vessels.append(Inclusion("artery", artery, blood + rng.normal(0, 2), wall, plaque=plaque))
    for number in range(1 + (rng.random() < site.second)):
        half = rng.uniform(*site.vein) * (1 if number == 0 else rng.uniform(0.4, 0.8))
        flatness = rng.uniform(*site.flatness) * (rng.uniform(0.3, 0.7) if rng.random() < 0.12 else 1)
        shape = Shape(centre, (half * oblique, half * flatness), rng.normal(0, 0.3), _wobble(rng, 0.05))
        vein = Inclusion("vein", shape, blood + rng.normal(0, 2), rng.uniform(0.1, 0.3))
        if thrombosed and number == 0:
            vein = _thrombosed(rng, vein)
        if vessels:
            direction = np.deg2rad(rng.uniform(*site.place) + 180 * number + rng.normal(0, 15))
            towards = np.array([side * np.cos(direction), np.sin(direction)])
            vein = _beside(vein, vessels, towards, gap=rng.uniform(0.1, 1.2))
        vessels.append(vein)
    wanted = [vessel for vessel in vessels if vessel.kind in kinds]
    return _within(wanted, width, depth) if inside else _below_skin(wanted)


def _thrombosed(rng: np.random.Generator, vein: Inclusion) -> Inclusion:
    """A vein that a clot fills or partly fills; an acute clot widens it and is nearly without echo."""
    acute = rng.random() < 0.4
    swelling = rng.uniform(1.0, 1.2) if acute else 1.0
    width, height = vein.shape.radii
    rounder = max(height, rng.uniform(0.65, 0.95) * width)
    return replace(
        vein,
        shape=replace(vein.shape, radii=(swelling * width, swelling * rounder)),
        clot=1.0 if rng.random() < 0.6 else rng.uniform(0.35, 0.85),
        clot_echo=rng.uniform(-32, -22) if acute else rng.uniform(-22, -6),
    )


def _bystanders(
    rng: np.random.Generator, site: Site, vessels: list[Inclusion], width: float, depth: float
) -> list[Inclusion]:
    """Lymph nodes and nerves, which are no vessels, and the lobe of a gland in the neck."""
    there = list(vessels)
    wanted: list[tuple[Kind, tuple[float, float], tuple[float, float], tuple[float, float]]] = []
    if rng.random() < 0.3:
        wanted.append(("node", (1.8, 5.5), (0.35, 0.7), (-17, -8)))
    wanted += int(rng.choice(3, p=[0.45, 0.35, 0.2])) * [("nerve", (1.0, 4.0), (0.4, 1.0), (-4, 4))]
    if site is SITES["neck"] and rng.random() < 0.5:
        wanted.append(("lobe", (5, 9), (0.6, 0.9), (-4, 3)))
    for kind, halves, flatness, levels in wanted:
        half = rng.uniform(*halves)
        found = None
        for _ in range(12):
            centre = (rng.uniform(-0.48, 0.48) * width, rng.uniform(0.2, 0.75) * depth)
            shape = Shape(
                centre, (half, half * rng.uniform(*flatness)), rng.normal(0, 0.25), _wobble(rng, 0.05)
            )
            if centre[1] > shape.radii[1] + 2.5 and all(_apart(shape, other.shape, 0.8) for other in there):
                found = Inclusion(kind, shape, rng.uniform(*levels), rng.uniform(0.1, 0.25))
                break
        if found is not None:
            there.append(found)
    return there[len(vessels) :]


def _layers(rng: np.random.Generator, site: Site, depth: float) -> tuple[Layer, ...]:
    """Skin, fat with septa, then muscles with fibres and the fascia between them."""
    skin = rng.uniform(0.8, 1.8)
    fascia = rng.uniform(8, 20)
    level = rng.uniform(*site.muscle)
    fibres, sheets = 10 ** rng.uniform(-1.6, -0.3), rng.uniform(-8, 10)
    top = skin + rng.uniform(*site.fat)
    layers = [
        Layer(0.0, 0.0, rng.uniform(-6, 4), 0.1, 4, 4, -20, fascia - 6, 1),
        Layer(
            skin,
            0.0,
            level + rng.uniform(-4, 6),
            rng.uniform(0.0, 0.15),
            rng.uniform(3, 12),
            rng.uniform(8, 18),
            sheets + rng.uniform(-4, 8),
            fascia - rng.uniform(0, 8),
            1,
        ),
    ]
    while top < 1.4 * depth:
        outermost = len(layers) == 2
        connective = rng.random() < 0.2  # a layer of loose connective tissue and fat
        layers.append(
            Layer(
                top,
                rng.normal(0, 0.06 if outermost else 0.16),
                level + rng.normal(0, 2.5) + (rng.uniform(4, 10) if connective else 0),
                fibres * rng.uniform(0.3, 1.2),
                rng.uniform(1.5, 6),
                rng.uniform(8, 20),
                sheets + rng.uniform(-8, 2) + (6 if connective else 0),
                fascia + rng.uniform(-3, 3) if outermost else fascia - rng.uniform(0, 10),
                int(rng.integers(2, 6 if outermost else 4)),
            )
        )
        top += rng.uniform(1.5, 5) if connective else rng.uniform(4, 16)
    return tuple(layers)


def _bone(
    rng: np.random.Generator, vessels: list[Inclusion], width: float, depth: float
) -> np.ndarray | None:
    """A rounded surface, below every vessel that lies over it."""
    half, centre = rng.uniform(0.25, 0.8) * width, rng.uniform(-0.6, 0.6) * width
    x = np.linspace(centre - half, centre + half, 60, dtype=np.float32)
    lowest = [v.shape.outline(1.3) for v in vessels]
    floor = max([0.35 * depth, *(o[:, 1].max() + 1.5 for o in lowest if _overlap(o[:, 0], x))])
    if floor > 0.95 * depth:
        return None
    top = rng.uniform(floor, 0.95 * depth)
    return np.stack([x, top + rng.uniform(0.1, 0.6) * half * ((x - centre) / half) ** 2], axis=1)


def _overlap(first: np.ndarray, second: np.ndarray) -> bool:
    return bool(first.min() < second.max() and second.min() < first.max())


def _wobble(rng: np.random.Generator, size: float) -> tuple[complex, ...]:
    """Harmonics 2 to 4 of an uneven outline, weaker the finer."""
    real, imaginary = rng.normal(0, size, (2, 3)) / np.array([1.0, 1.5, 2.2])
    return tuple(complex(a, b) for a, b in zip(real, imaginary, strict=True))


def _apart(first: Shape, second: Shape, gap: float) -> bool:
    """Whether two shapes do not touch, with about ``gap`` mm to spare."""
    larger = 1 + gap / min(first.radii)
    outline = first.outline(larger)
    return bool(second.ratio(outline).min() > 1 and first.ratio(second.outline()).min() > larger)


def _beside(vein: Inclusion, others: list[Inclusion], towards: np.ndarray, gap: float) -> Inclusion:
    """Move a vein away from the first of the others until it touches none."""
    start = np.array(others[0].shape.centre)
    nearest = 0.8 * (min(vein.shape.radii) + min(others[0].shape.radii))
    for distance in np.arange(nearest, 40, 0.35):
        shape = replace(vein.shape, centre=tuple((start + distance * towards).tolist()))
        walls = vein.wall + max(other.wall for other in others)
        if all(_apart(shape, other.shape, gap + walls) for other in others):
            break
    return replace(vein, shape=shape)


def _moved(vessels: list[Inclusion], x: float, z: float) -> list[Inclusion]:
    def moved(shape: Shape) -> Shape:
        return replace(shape, centre=(shape.centre[0] + x, shape.centre[1] + z))

    return [replace(vessel, shape=moved(vessel.shape)) for vessel in vessels]


def _below_skin(vessels: list[Inclusion]) -> list[Inclusion]:
    """Move all vessels down together where one would touch the skin."""
    top = min((vessel.shape.outline()[:, 1].min() for vessel in vessels), default=np.inf)
    return _moved(vessels, 0.0, max(0.0, SHALLOWEST - float(top)))


def _within(vessels: list[Inclusion], width: float, depth: float) -> list[Inclusion]:
    """Move all vessels together into the picture, as the examiner would; a vessel that does not fit goes."""
    half = 0.5 * width - BORDER
    while vessels:
        corners = np.concatenate([vessel.shape.outline() for vessel in vessels])
        (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
        if right - left < 2 * half and bottom - top < 0.92 * depth - SHALLOWEST:
            x = max(0.0, -half - float(left)) - max(0.0, float(right) - half)
            z = max(0.0, SHALLOWEST - float(top)) - max(0.0, float(bottom) - 0.92 * depth)
            return _moved(vessels, x, z)
        vessels = vessels[:-1]
    return vessels
