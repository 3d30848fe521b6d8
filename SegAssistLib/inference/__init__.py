"""Inference: from an Image and a Task to a Segmentation, on any backend."""

from __future__ import annotations

from SegAssistLib.inference.segment import segment

__all__ = ["segment"]
