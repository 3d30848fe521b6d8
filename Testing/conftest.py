"""What the tests share: where the annotated images lie (they may be absent), a phantom, the command line."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

# Before torch is imported: its threads wait for each other at every layer of the small networks here.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import nibabel as nib
import numpy as np
import pytest

from SegAssistLib.image import Image
from SegAssistLib.phantom import flair_phantom
from SegAssistLib.task import Task, find_task

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


ON_SLICERS_CORE = ("test_scene_", "test_assistant", "test_desktop_")


@pytest.hookimpl(tryfirst=True)  # before -m chooses by the marks
def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.name.startswith(ON_SLICERS_CORE):
            item.add_marker("slicer_scene")
    if SHARED_DATA.is_dir():
        return
    skip = pytest.mark.skip(reason="the annotated images (../shared/data) are not on this machine")
    for item in items:
        if "shared_data" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def ms_data() -> Path:
    return SHARED_DATA / "ms"


@pytest.fixture(scope="session")
def ultrasound_data() -> Path:
    return SHARED_DATA / "ultrasound"


@pytest.fixture(scope="session")
def polyp_data() -> Path:
    return SHARED_DATA / "polyp"


@pytest.fixture(scope="session")
def dicom_data() -> Path:
    return SHARED_DATA / "dicom"


@pytest.fixture(scope="session")
def task() -> Task:
    return find_task("ms-lesion")


@pytest.fixture(scope="session")
def phantom() -> Image:
    """A FLAIR-like head of 256 x 256 x 20 voxels."""
    return flair_phantom()[0]


@pytest.fixture(scope="session")
def scan(phantom, tmp_path_factory) -> Path:
    """The phantom in a file, as a user would have it."""
    path = tmp_path_factory.mktemp("phantom") / "scan.nii.gz"
    nib.save(nib.Nifti1Image(phantom.array, phantom.affine), path)
    return path


@pytest.fixture(scope="session")
def left_handed_scan(phantom, tmp_path_factory) -> Path:
    """The phantom in a file whose rows run the other way (LAS), as most scanners' FLAIRs are stored."""
    path = tmp_path_factory.mktemp("left") / "left.nii.gz"
    affine = phantom.affine @ np.diag([1.0, -1.0, 1.0, 1.0])
    affine[:3, 3] += phantom.affine[:3, 1] * (phantom.grid[1] - 1)
    nib.save(nib.Nifti1Image(phantom.array[:, ::-1], affine), path)
    assert np.linalg.det(affine) < 0
    return path


@pytest.fixture
def slicer_scene():
    """An empty scene of real Slicer, which is ``slicer.mrmlScene`` meanwhile; VTK has to report no error."""
    import headless_slicer
    import vtk

    errors = []

    @vtk.calldata_type(vtk.VTK_STRING)
    def note(_window, _event, text):
        errors.append(text)

    window = vtk.vtkOutputWindow.GetInstance()
    tag = window.AddObserver("ErrorEvent", note)
    app = headless_slicer.start()
    yield app.mrmlScene()
    app.close()
    window.RemoveObserver(tag)
    assert errors == []


class Ended(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


@pytest.fixture
def segassist(monkeypatch, capfd) -> Callable[..., Ended]:
    """The command line in this process: ``segassist("tasks", "--json")``."""
    from SegAssistLib.cli import main

    def run(*arguments: object) -> Ended:
        monkeypatch.setattr(sys, "argv", ["segassist", *map(str, arguments)])
        capfd.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        return Ended(end.value.code, *capfd.readouterr())

    return run
