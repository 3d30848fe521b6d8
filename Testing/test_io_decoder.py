"""The process beside, which decodes compressed DICOM pixels."""

from __future__ import annotations

import multiprocessing
import sys

import numpy as np
import pytest
from xray_files import write_xray

from SegAssistLib.io import read_image


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot fork")
def test_forked_processes_decode_beside_each_other(tmp_path):
    """As trainings side by side do, after the process that started them has read pictures too."""
    paths = [tmp_path / f"{level}.dcm" for level in (60, 180)]
    for path in paths:
        write_xray(
            path, np.full((400, 400), int(path.stem), np.uint8) + np.eye(400, dtype=np.uint8), jpeg=True
        )
    read_image(paths[0])
    with multiprocessing.get_context("fork").Pool(2) as pool:
        levels = pool.map_async(level, paths * 20, chunksize=1).get(timeout=120)
    assert levels == [60, 180] * 20


def level(path):
    return round(float(np.median(read_image(path).array)))
