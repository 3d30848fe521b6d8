"""Files to Image and back. Each format's library is imported only when such a file is met."""

from __future__ import annotations

from SegAssistLib.io.checks import check_values
from SegAssistLib.io.files import check_writable, name_of, sha256, writing, writing_together
from SegAssistLib.io.masks import read_mask, write_mask
from SegAssistLib.io.read import read_image
from SegAssistLib.io.series import Series, list_series

__all__ = [
    "Series",
    "check_values",
    "check_writable",
    "list_series",
    "name_of",
    "read_image",
    "read_mask",
    "sha256",
    "write_mask",
    "writing",
    "writing_together",
]
