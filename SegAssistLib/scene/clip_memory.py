"""Clip memory: what takes long to find out of a clip and its mask, kept until they change."""

from __future__ import annotations

from typing import Any

from SegAssistLib.image import Image
from SegAssistLib.measure.frame_quality import FrameQuality, frame_quality
from SegAssistLib.measure.tracking import Tracking
from SegAssistLib.scene.result_nodes import ResultNodes
from SegAssistLib.scene.sources import pixels_key


class ClipMemory:
    """Which frames of a clip can be read, and which regions of its mask are the same vessel.

    The worker finds both out during a run: a face would stand still for it, a second or two a hundred frames.
    """

    def __init__(self) -> None:
        self._key: str | None = None
        self._quality: tuple[FrameQuality, ...] = ()
        self._mask: tuple[object, ...] = ()
        self._tracking: Tracking | None = None

    def learn_frames(self, key: str | None, quality: tuple[FrameQuality, ...]) -> None:
        """Keep the quality of the frames; ``key`` stands for their pixels, see ``sources.pixels_key``."""
        self._key, self._quality = key, quality
        self._mask, self._tracking = (), None  # vessels are followed through the frames that can be read

    def learn_vessels(self, nodes: ResultNodes, tracking: Tracking) -> None:
        """Keep the vessels of a mask as it is now, followed through the frames whose quality is kept."""
        self._mask, self._tracking = (nodes.node, nodes.state()), tracking

    def known(self, nodes: ResultNodes, image: Image) -> dict[str, Any]:
        """What ``results.vessels`` takes as known already, of a result and what was segmented."""
        key = pixels_key(nodes.source, image)
        if key is None or key != self._key:
            self.learn_frames(key, frame_quality(image.array))
        unchanged = self._mask == (nodes.node, nodes.state())
        return {"quality": self._quality, "tracking": self._tracking if unchanged else None}
