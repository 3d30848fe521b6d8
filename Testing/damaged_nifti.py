"""Damage to NIfTI files that no library would write."""

from __future__ import annotations

from pathlib import Path

import nibabel as nib


def make_singular(path: Path) -> Path:
    """Make two rows of a plain NIfTI file's affine the same, so that it has no volume."""
    header = nib.load(path).header
    header["srow_y"] = header["srow_x"]
    block = header.binaryblock
    path.write_bytes(block + path.read_bytes()[len(block) :])
    return path
