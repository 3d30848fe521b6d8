"""The tasks on pictures that tests have as folders, whose networks look at brightness or redness alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from tiny_bundle import write_bundle

AIR, OPACITY, RIGHT, LEFT = 10, 105, 150, 220  # grey levels by which the network tells them apart
CAUTION = "Demonstration only."


def write_pneumonia(folder: Path) -> Path:
    """Write a bundle for X-rays in grey levels from 0 to 255."""
    return write_bundle(
        folder,
        "pneumonia-xray",
        {"opacity": 0.3, "right lung": 0.48, "left lung": 0.7},
        kinds=["still"],
        modalities=["DX", "CR"],
        body_parts=["CHEST", "THORAX"],
        views=["PA", "AP"],
        planes={
            "size": None,
            "percentiles": [0.0, 100.0],
            "sided": True,
            "tile": 96,
            "overlap": 32,
            "border": 16,
        },
        components={"connectivity": 8, "smallest_mm2": 1.0, "smallest_pixels": 4},
        measure="opacity",
        image_level={"sharpness": 10.0, "slope": 2.0, "intercept": 1.0},
        warnings=[CAUTION],
    )


def write_spots(folder: Path, task: str = "polyp-endoscopy", label: str = "polyp", **stated: object) -> Path:
    """Write a bundle for red spots in pictures and films; ``stated`` is what else its metadata says."""
    return write_bundle(
        folder,
        task,
        {label: 0.5},
        weights=(1.0, -0.5, -0.5),  # red against green and blue
        kinds=["still", "frames"],
        modalities=["ES"],
        planes={"size": None, "colour": "rgb", "tile": 96, "overlap": 32, "border": 16},
        measure="lesions",
        **stated,
    )


def lungs() -> np.ndarray:
    """Two lungs of 30 x 70 pixels, and an opacity of 10 x 20 in the lower half of the right one."""
    picture = np.full((120, 100), AIR, np.uint8)
    picture[20:90, 12:42], picture[20:90, 58:88] = RIGHT, LEFT
    picture[60:80, 20:30] = OPACITY
    picture[0, 0], picture[0, 1] = 0, 255
    return picture


def spots() -> tuple[np.ndarray, np.ndarray]:
    """Two red spots on pink ground, RGB, and where they are: larger than a tile."""
    y, x = np.mgrid[:150, :230]
    inside = ((y - 60) ** 2 + (x - 97) ** 2 < 30**2) | ((y - 130) ** 2 + (x - 200) ** 2 < 12**2)
    return np.where(inside[..., None], (220, 20, 20), (200, 140, 150)).astype(np.uint8), inside
