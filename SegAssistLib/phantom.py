"""A head phantom that looks like FLAIR: for a first run without a file, and for tests.

It is drawn by our own formulas from shapes in millimetres; no patient's image went into it. It shows
what matters to a lesion task (bright lesions near dark ventricles, bright fat outside the skull, folded
grey matter, thick slices, shading and noise), and is no model of a real brain's anatomy.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from scipy import ndimage

from SegAssistLib.image import Image

# Brightness relative to white matter.
AIR, BONE, MARROW, FLUID, MUSCLE = 0.0, 0.07, 0.35, 0.16, 0.55
WHITE, GREY, DEEP_GREY, RIM, LESION, FAT = 1.0, 1.25, 1.12, 1.35, 1.8, 2.5
WHITE_MATTER_VALUE = 320  # in the int16 image
NOISE = 0.035

Point = tuple[float, float, float]


def flair_phantom(
    shape: tuple[int, int, int] = (256, 256, 20),
    spacing: tuple[float, float, float] = (0.9, 0.9, 7.0),
    lesions: int = 12,
    seed: int = 0,
) -> tuple[Image, np.ndarray]:
    """A FLAIR-like head with lesions, and the true lesion mask.

    Args:
        shape: columns, rows, slices.
        spacing: mm along these axes. A head needs about 175 x 220 x 135 mm.
        lesions: how many; each is one 26-connected component of the mask.
        seed: one seed gives one phantom.

    Returns:
        The image (int16, axes towards left, posterior and superior, as a scanner's axial series) and the
        mask (uint8, 1 is lesion).

    Raises:
        ValueError: so many lesions do not fit.
    """
    random = np.random.default_rng(seed)
    affine = np.diag([-spacing[0], -spacing[1], spacing[2], 1.0])
    affine[:3, 3] = -affine[:3, :3] @ ((np.array(shape) - 1) / 2) + (0, -6, 5)
    x, y, z = (
        (affine[axis, axis] * np.arange(n) + affine[axis, 3])
        .astype(np.float32)
        .reshape([-1 if a == axis else 1 for a in range(3)])
        for axis, n in enumerate(shape)
    )

    def texture(scale_mm: float) -> np.ndarray:
        """Smooth noise of unit variance whose blobs measure about scale_mm."""
        noise = random.standard_normal(shape, dtype=np.float32)
        noise = ndimage.gaussian_filter(noise, [scale_mm / step for step in spacing], truncate=3, mode="wrap")
        return noise / noise.std()

    wobble, grain = texture(14), texture(1.2)

    # Depth below the skin and inside each part in mm, positive inside. Below the skull's widest level the
    # head narrows slowly, as it runs on into the face and neck.
    z_skull = np.where(z > 5, z - 5, 0.35 * (z - 5))
    depth = _ellipsoid(x, y, z_skull, (0, 0, 0), (76, 97, 82)) + 0.5 * wobble
    bowl = depth - 11 - 1.5 * np.abs(wobble)  # the inside of the skull
    floor = -17 - 0.12 * np.clip(y - 20, 0, None) + 0.06 * np.abs(x)
    cerebrum = np.minimum(bowl, z - floor)
    temporal = _both_sides(x, lambda x: _ellipsoid(x, y, z, (42, 4, -22), (24, 38, 24)))
    cerebellum = _ellipsoid(x, y, z, (0, -50, -38), (54, 36, 32)) - 3 * _step(
        _ellipsoid(x, y, z, (0, -84, -42), (6, 14, 18)), 4
    )
    stem = _tube(x, y, z, [(0, -14, -8), (0, -20, -40), (0, -34, -90)], 14)
    brain = np.maximum(
        cerebrum, np.minimum(bowl, np.maximum.reduce([temporal, cerebellum, stem]) + 0.8 * wobble)
    )

    ventricles = _both_sides(x, lambda x: _lateral_ventricle(x, y, z)) + 0.6 * wobble
    third = _ellipsoid(x, y, z, (0, -6, 0), (3.5, 16, 9))
    fourth = _ellipsoid(x, y, z, (0, -36, -36), (8, 6, 9))
    fluid_spaces = np.maximum.reduce([ventricles, third, fourth])

    # Sulci run inwards from where a smooth field on the skull changes sign, and narrow on the way.
    folds = _along_rays(texture(5.5), x, y, z, affine)
    slope = np.hypot(np.gradient(folds, spacing[0], axis=0), np.gradient(folds, spacing[1], axis=1))
    reach = 20 + 5 * wobble
    sulcus = np.abs(folds) / (slope + 0.04) - 1.8 * _step(reach - bowl, 12) + 30 * _step(bowl - reach, 5)
    sylvian = _both_sides(x, lambda x: _tube(x, y, z, [(62, 4, 8), (38, 10, -2), (36, 22, -6)], 3.2))
    midline = np.abs(x + 0.6 * wobble) - 1.0 + 40 * _step(_ellipsoid(x, y, z, (0, -6, 8), (30, 48, 26)), 2)
    midline = midline + 40 * _step(-12 - z, 3)
    fissure = np.minimum.reduce([sulcus, midline, -sylvian + 0.8 * wobble])

    cortex = np.minimum(bowl, fissure)
    matter = GREY + (WHITE - GREY) * _step(cortex - 3.4, 0.9)
    for centre, radii in (
        ((14, -14, 5), (10, 15, 10)),
        ((27, 2, 2), (6, 17, 11)),
        ((13, 18, 8), (5, 10, 10)),
    ):
        nucleus = _both_sides(x, lambda x, c=centre, r=radii: _ellipsoid(x, y, z, c, r))
        matter = _blend(matter, DEEP_GREY, _step(nucleus + wobble, 1.5))
    matter = _blend(matter, RIM, 0.7 * np.exp(-((np.clip(ventricles + 0.5, None, 0)) ** 2) / 6))
    matter *= 1 + 0.025 * grain + 0.03 * wobble

    image = _head(x, y, z, depth, wobble, grain)
    image = _blend(image, FLUID, _step(brain + 2.5, 0.8) * _step(bowl + 1.5, 0.8))
    image = _blend(image, matter, _step(brain, 0.6) * _step(fissure, 0.5))
    image = _blend(image, FLUID, _step(fluid_spaces, 0.6) * _step(brain, 0.6))

    white = (np.minimum(cortex - 4.5, -fluid_spaces - 1.5) > 0) & (cerebrum > 6)
    strength, mask = _lesions(random, white, -ventricles, affine, lesions)
    image = _blend(image, LESION, strength)

    shading = (
        1 + 0.10 * x / 80 + 0.08 * y / 100 - 0.06 * z / 70 + 0.12 * ((x / 80) ** 2 + (y / 100) ** 2 - 0.7)
    )
    image *= shading
    image = ndimage.gaussian_filter(image, (0.45 / spacing[0], 0.45 / spacing[1], 0))
    real, imaginary = NOISE * random.standard_normal((2, *shape), dtype=np.float32)
    magnitude = np.hypot(image + real, imaginary)  # Rician: Gudbjartsson & Patz, Magn Reson Med 1995
    array = np.rint(WHITE_MATTER_VALUE * magnitude).astype(np.int16)
    return Image(array, affine, modality="MR", name="phantom"), mask


def _head(
    x: np.ndarray, y: np.ndarray, z: np.ndarray, depth: np.ndarray, wobble: np.ndarray, grain: np.ndarray
) -> np.ndarray:
    """Everything outside the brain: skin, fat, bone with marrow; muscle, eyes and air in the face."""
    scalp = 5.0 + 0.8 * wobble + 1.5 * _step(z - 45, 10)
    image = _blend(np.zeros_like(depth), MUSCLE, _step(depth, 0.6))
    image = _blend(image, FAT * (1 + 0.06 * grain + 0.08 * wobble), _step(depth - 1.4, 0.6))
    image = _blend(image, BONE, _step(depth - scalp, 0.6))
    image = _blend(image, MARROW, _step(depth - scalp - 2, 0.5) * _step(scalp + 4 - depth, 0.5))

    face = _step(-14 - z + 0.1 * y, 3) * _step(depth - scalp - 1, 1.5)
    strands = np.abs(wobble + 0.3 * grain)
    image = _blend(image, MUSCLE * (1 + 0.2 * grain) + (FAT - MUSCLE) * _step(0.35 - strands, 0.3), face)
    base = _ellipsoid(x, y, z, (0, -8, -40), (70, 80, 22))
    image = _blend(image, BONE + 0.25 * np.abs(wobble), 0.85 * face * _step(base, 6) * _step(20 - y, 8))
    orbit = _both_sides(x, lambda x: _ellipsoid(x, y, z, (32, 62, -28), (19, 26, 17)))
    image = _blend(image, FAT, face * _step(orbit, 1.5))
    muscle = _both_sides(x, lambda x: _tube(x, y, z, [(16, 35, -28), (30, 66, -28)], 2.5))
    image = _blend(image, MUSCLE, face * _step(muscle, 0.8))
    eye = _both_sides(x, lambda x: _ellipsoid(x, y, z, (33, 70, -28), (12.5, 12.5, 12.5)))
    image = _blend(image, WHITE, face * _step(eye + 1.2, 0.6))
    image = _blend(image, FLUID, face * _step(eye, 0.6))
    sinus = np.maximum(
        _ellipsoid(x, y, z, (0, 58, -40), (11, 34, 26)),
        _both_sides(x, lambda x: _ellipsoid(x, y, z, (32, 58, -58), (15, 17, 14))),
    )
    septa = np.abs(x + 1.5 * wobble) - 1.2
    return _blend(image, AIR, face * _step(np.minimum(sinus + wobble, septa), 0.8))


def _both_sides(x: np.ndarray, part: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """A part drawn on the right (x > 0) and mirrored to the left; it must not reach across the midline."""
    return part(np.abs(x))


def _lateral_ventricle(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """The right lateral ventricle: frontal horn, body, occipital and temporal horn."""
    front, body, trigone, back = (9, 32, 8), (10, 4, 21), (23, -30, 12), (26, -50, 4)
    return np.maximum.reduce(
        [
            _tube(x, y, z, [front, body], 7),
            _tube(x, y, z, [body, trigone], 7.5),
            _tube(x, y, z, [trigone, back], 5.5),
            _tube(x, y, z, [trigone, (34, -8, -16)], 3.5),
        ]
    )


def _along_rays(
    field: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    z: np.ndarray,
    affine: np.ndarray,
) -> np.ndarray:
    """The field read near where rays from the ventricles meet the skull: it changes little along a ray."""
    level = np.sqrt((x / 65) ** 2 + (y / 85) ** 2 + ((z - 5) / 70) ** 2) + np.float32(0.15)
    stretch = 0.3 + 0.7 / level
    places = []
    for axis, (position, middle) in enumerate(((x, 0), (y, 0), (z, 5))):
        places.append(((position - middle) * stretch + middle - affine[axis, 3]) / affine[axis, axis])
    return ndimage.map_coordinates(field, np.stack(places), order=1, mode="reflect")


def _lesions(
    random: np.random.Generator,
    white: np.ndarray,
    from_ventricles: np.ndarray,
    affine: np.ndarray,
    count: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Ellipsoids with smooth edges in white matter, none touching another: strength 0 to 1, and the mask.

    Two in three lie at the ventricles and point away from the midline, as demyelinating lesions do.
    """
    strength, mask = np.zeros(white.shape, np.float32), np.zeros(white.shape, np.uint8)
    spacing = np.abs(np.diag(affine)[:3])
    near = np.flatnonzero(white & (from_ventricles < 8))
    deep = np.flatnonzero(white & (from_ventricles > 8) & (from_ventricles < 32))
    placed = 0
    for _ in range(200 * count):
        if placed == count:
            break
        sites = near if random.random() < 2 / 3 else deep
        if not sites.size:
            continue
        centre = np.array(np.unravel_index(sites[random.integers(sites.size)], white.shape))
        long = random.uniform(2.5, 9 if sites is near else 6)
        radii = np.array([long, long * random.uniform(0.5, 0.9), random.uniform(3, 9)])
        reach = np.ceil((radii.max() + 2) / spacing).astype(int) + 1
        low, high = np.maximum(centre - reach, 0), np.minimum(centre + reach + 1, white.shape)
        box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))

        x, y, z = ((np.arange(low[a], high[a]) - centre[a]) * affine[a, a] for a in range(3))
        x, y, z = np.meshgrid(x, y, z, indexing="ij")
        angle = random.normal(0, 0.5)
        along, across = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
        inside = _ellipsoid(along, across, z, (0, 0, 0), radii)
        lesion = inside > 0
        touching = ndimage.binary_dilation(lesion, np.ones((3, 3, 3)))
        if mask[box][touching].any() or white[box][lesion].mean() < 0.85:
            continue
        mask[box][lesion] = 1
        strength[box] = np.maximum(strength[box], random.uniform(0.7, 1) * _step(inside, 0.9))
        placed += 1
    if placed < count:
        raise ValueError(f"{count} lesions do not fit into a phantom of this size: ask for at most {placed}.")
    return strength, mask


def _ellipsoid(x: np.ndarray, y: np.ndarray, z: np.ndarray, centre: Point, radii: Point) -> np.ndarray:
    """Depth below an ellipsoid's surface in mm, positive inside (exact at the surface, to first order)."""
    u, v, w = ((a - c) / r for a, c, r in zip((x, y, z), centre, radii, strict=True))
    level = np.sqrt(u * u + v * v + w * w)
    slope = np.sqrt((u / radii[0]) ** 2 + (v / radii[1]) ** 2 + (w / radii[2]) ** 2)
    return (1 - level) * (level + 1e-6) / (slope + 1e-6 / min(radii))


def _tube(x: np.ndarray, y: np.ndarray, z: np.ndarray, points: list[Point], radius: float) -> np.ndarray:
    """Depth below the surface of a round tube along a line of points in mm, positive inside."""
    nearest = np.inf
    for start, end in pairwise(points):
        step = np.subtract(end, start).astype(np.float32)
        dx, dy, dz = x - start[0], y - start[1], z - start[2]
        t = np.clip((dx * step[0] + dy * step[1] + dz * step[2]) / float(step @ step), 0, 1)
        squared = (dx - t * step[0]) ** 2 + (dy - t * step[1]) ** 2 + (dz - t * step[2]) ** 2
        nearest = np.minimum(nearest, squared)
    return radius - np.sqrt(nearest)


def _step(depth: np.ndarray, width: float) -> np.ndarray:
    """0 outside, 1 inside, and a linear edge from -width to width mm: what a voxel on a boundary shows."""
    return np.clip(depth / (2 * width) + 0.5, 0, 1)


def _blend(below: np.ndarray, above: np.ndarray | float, weight: np.ndarray) -> np.ndarray:
    return below + (above - below) * weight
