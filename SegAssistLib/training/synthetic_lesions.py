"""Synthetic lesions: real lesion shapes, drawn where they were, into other people's brains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from scipy.ndimage import zoom

from SegAssistLib.io import read_mask
from SegAssistLib.io.files import is_junk
from SegAssistLib.labels import Label
from SegAssistLib.measure.components import Box, bounding_box
from SegAssistLib.prepare import Orientation
from SegAssistLib.references import read_reference


@dataclass(frozen=True)
class LesionShapes:
    """Lesion masks of people of whom there is no image, cropped to the brain.

    Attributes:
        masks: bool arrays on canonical axes ``(right, anterior, superior)``, any size.
    """

    masks: tuple[np.ndarray, ...] = ()

    @classmethod
    def find(cls, folder: Path, reference: str, region: str | None, labels: Sequence[Label]) -> LesionShapes:
        """Read every ``*reference.nii.gz`` below ``folder`` that has an organ mask but no image beside it."""
        masks = []
        for path in sorted(folder.rglob(f"*_{reference}.nii.gz")) if region else ():
            if is_junk(path.relative_to(folder)):
                continue
            beginning = path.name.removesuffix(f"{reference}.nii.gz")
            organ = path.with_name(f"{beginning}{region}.nii.gz")
            if len(list(path.parent.glob(f"{beginning}*"))) == 2 and organ.exists():
                lesions = read_reference(path, labels)
                canonical = Orientation.of(lesions.affine).forward
                brain = bounding_box(canonical(read_mask(organ).array > 0))
                if brain is not None:
                    masks.append(np.ascontiguousarray(canonical(lesions.array > 0)[brain]))
        return cls(tuple(masks))

    def unlike(self, references: Iterable[np.ndarray], dropped: int = 3) -> LesionShapes:
        """Leave out the shapes that could be a held-out person's own.

        A collection of masks without names may hold the masks of people who are in the test set
        under another name. For each reference the ``dropped`` most similar shapes go.

        Args:
            references: bool, on canonical axes, cropped to the brain.
            dropped: shapes for each reference.
        """
        shrunk = [_shrunk(mask) for mask in self.masks]
        out: set[int] = set()
        for reference in map(_shrunk, references):
            overlap = [np.minimum(reference, mask).sum() / (reference.sum() + mask.sum()) for mask in shrunk]
            out |= set(np.argsort(overlap)[::-1][:dropped].tolist())
        return LesionShapes(tuple(mask for index, mask in enumerate(self.masks) if index not in out))

    def insert(
        self,
        image: np.ndarray,
        reference: np.ndarray,
        brain: Box,
        axis: int,
        spans: list[tuple[int, int]],
        rng: np.random.Generator,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw one person's lesions into a stack of slices.

        The mask is stretched from its own brain's bounding box to this one. Lesions are brighter
        than the tissue they replace by a random, slowly varying amount, have soft borders, and leave
        fluid and air alone.

        Args:
            image: normalised ``(3, height, width)``.
            reference: ``(height, width)``, 0 to 1.
            brain: slices, rows and columns of the study's planes that hold the brain.
            axis: canonical axis along which the slices lie.
            spans: first and last+1 slice of the study in each of the three channels.
            rng: random numbers.

        Returns:
            New image and reference.
        """
        mask = np.moveaxis(self.masks[rng.integers(len(self.masks))], axis, 0)
        first, last = brain[0].start, brain[0].stop
        size = (brain[2].stop - brain[2].start, brain[1].stop - brain[1].start)
        field = cv2.resize(
            rng.uniform(0.6, 1.2, (6, 6)).astype(np.float32), size, interpolation=cv2.INTER_CUBIC
        )
        contrast = rng.uniform(0.25, 0.9)
        blur = rng.uniform(0.4, 1.0)
        image, reference = image.copy(), reference.copy()
        for channel, (start, stop) in enumerate(spans):
            low = int((start - first) / (last - first) * len(mask))
            high = max(low + 1, int((stop - first) / (last - first) * len(mask)))
            if low < 0 or high > len(mask):
                continue
            drawn = cv2.resize(
                mask[low:high].mean(axis=0, dtype=np.float32), size, interpolation=cv2.INTER_AREA
            )
            window = (channel, *brain[1:])
            tissue = np.clip((cv2.GaussianBlur(image[window], (0, 0), 1.0) - 0.6) / 0.25, 0, 1)
            drawn *= tissue
            soft = cv2.GaussianBlur(drawn, (0, 0), blur)
            image[window] += contrast * field * soft
            if channel == 1:
                target = reference[brain[1:]]
                np.maximum(target, drawn, out=target)
        return image, reference


def _shrunk(mask: np.ndarray) -> np.ndarray:
    """Stretch a mask to 64 x 64 x 64, fractions of voxels kept."""
    return zoom(mask.astype(np.float32), [64 / length for length in mask.shape], order=1)
