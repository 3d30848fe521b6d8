"""One frame of a clip with its outlines, for a face that shows frames side by side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from SegAssistLib.image import Image
from SegAssistLib.labels import Segmentation
from SegAssistLib.report.overlay import as_pictures, draw_outlines, draw_picture, grey_window

LONGEST = 640  # pixels of the picture's longer side
OUTLINE = 3  # pixels; two such pictures side by side are shown at a half or a third of their size


def frame_picture(image: Image, mask: Segmentation, n: int) -> np.ndarray:
    """Draw a frame with each label's outline, in its true proportions.

    Args:
        image: the clip.
        mask: of frame ``n`` alone, shape ``(columns, rows, 1)``.
        n: index of the frame, from 0.

    Returns:
        uint8 ``(rows, columns, 3)``, RGB.
    """
    frame = replace(image, array=image.array[:, :, n : n + 1])
    (pixels,), (labels,), _, (pixel_height, pixel_width) = as_pictures(frame, mask)
    height, width = labels.shape[0] * pixel_height, labels.shape[1] * pixel_width
    scale = LONGEST / max(height, width)
    sample = image.array[:, :, :: max(1, image.grid[2] // 10)]  # one window for all frames
    picture = draw_picture(pixels, (round(width * scale), round(height * scale)), grey_window(sample))
    draw_outlines(picture, labels, mask, OUTLINE)
    return picture
