"""SegAssist: segmentation for radiologists, inside 3D Slicer, on the command line and in a browser.

Nothing is imported here, so that ``import SegAssistLib`` costs nothing at Slicer's start-up.
"""

from __future__ import annotations

__version__ = "0.1.0"
