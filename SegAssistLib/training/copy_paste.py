"""Copy-paste: a labelled object of one picture in another, where that has none (Ghiasi et al., CVPR 2021)."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from SegAssistLib.training.windows import free_window, is_dark

SOFT = 2.0  # pixels: the standard deviation of the blur across a pasted border
MARGIN = 8  # pixels round an object, so that its soft border ends inside
ATTEMPTS, SHRINK = 4, 0.75


@dataclass(frozen=True, eq=False)
class Cutout:
    """An object cut out of a picture.

    Attributes:
        image: float32 ``(channels, rows, columns)`` with surroundings.
        mask: float32 ``(rows, columns)``, 0 to 1.
        value: of its label.
    """

    image: np.ndarray
    mask: np.ndarray
    value: int

    def turned(self, angle: float, scale: float, mirrored: bool) -> Cutout:
        """Turn by degrees, scale and mirror it, about its middle."""
        rows, columns = self.mask.shape
        turn = cv2.getRotationMatrix2D(((columns - 1) / 2, (rows - 1) / 2), angle, scale)
        cosine, sine = np.abs(turn[0, :2])
        size = (int(np.ceil(columns * cosine + rows * sine)), int(np.ceil(columns * sine + rows * cosine)))
        turn[:, 2] += ((size[0] - columns) / 2, (size[1] - rows) / 2)
        image = cv2.warpAffine(
            np.ascontiguousarray(self.image.transpose(1, 2, 0)), turn, size, borderMode=cv2.BORDER_REFLECT
        )
        image = np.atleast_3d(image).transpose(2, 0, 1)
        mask = cv2.warpAffine(self.mask, turn, size)
        step = -1 if mirrored else 1
        return Cutout(image[..., ::step], np.ascontiguousarray(mask[:, ::step]), self.value)


def cut_out(image: np.ndarray, classes: np.ndarray, rng: np.random.Generator) -> Cutout | None:
    """Cut one of a picture's labelled objects out; None where it has none.

    Args:
        image: float32 ``(channels, rows, columns)``.
        classes: uint8 label values ``(rows, columns)``, 0 for nothing.
        rng: chooses the object.
    """
    count, objects, boxes, _ = cv2.connectedComponentsWithStats((classes > 0).astype(np.uint8))
    if count < 2:
        return None
    chosen = int(rng.integers(1, count))
    left, top, columns, rows = boxes[chosen, :4]
    window = (
        slice(max(0, top - MARGIN), top + rows + MARGIN),
        slice(max(0, left - MARGIN), left + columns + MARGIN),
    )
    inside = objects[window] == chosen
    value = int(np.bincount(classes[window][inside]).argmax())
    return Cutout(image[:, *window], inside.astype(np.float32), value)


def paste(
    image: np.ndarray, classes: np.ndarray, cutout: Cutout, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Blend an object, turned and scaled, into a picture; unchanged where there is no room for it.

    It lies on tissue and on nothing that is labelled. Its colour moves part of the way to that of its new
    surroundings, and its border is soft; where at least half of it is seen, the label is its own.

    Args:
        image: float32 ``(channels, rows, columns)``, 0 to 1.
        classes: uint8 label values ``(rows, columns)``.
        cutout: see :func:`cut_out`.
        rng: draws turn, size and place.

    Returns:
        New image and classes.
    """
    scale = rng.uniform(0.5, 1.3)
    taken, dark = classes > 0, is_dark(image)
    for _ in range(ATTEMPTS):
        turned = cutout.turned(rng.uniform(0, 360), scale, rng.random() < 0.5)
        window = free_window(taken, dark, turned.mask.shape, rng)
        if window is not None:
            break
        scale *= SHRINK
    else:
        return image, classes
    alpha = cv2.GaussianBlur(turned.mask, (0, 0), SOFT)
    around = turned.mask < 0.5
    there = image[:, *window]
    shift = there.mean(axis=(1, 2)) - turned.image[:, around].mean(axis=1)
    pasted = turned.image + (rng.uniform(0.3, 1.0) * shift)[:, None, None]
    image, classes = image.copy(), classes.copy()
    image[:, *window] = np.clip(there + alpha * (pasted - there), 0.0, 1.0)
    classes[window][alpha >= 0.5] = cutout.value
    return image, classes
