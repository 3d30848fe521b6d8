"""Backends: none may change the numbers. Each is held to torch, on light lesion loads too."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.inference import segment
from SegAssistLib.inference.backends import open_backend
from SegAssistLib.io import read_image

pytest.importorskip("torch", reason="torch is the reference, and it is not installed")

NAMES = ("onnxruntime", "openvino")
# 1.3 ml in 37 lesions, 0.8 ml in 3 (both skull-stripped, 1 mm), and a raw full head of thick slices
CASES = ("patient05", "patient15", "patient09")
RAW = "sample1"


def open_or_skip(task, name: str):
    pytest.importorskip(name, reason=f"the backend {name} is not installed")
    return open_backend(task, name)


def assert_same(image: Image, task, name: str) -> None:
    """Compare the task's own masks, and some that are never empty: at half the highest probability."""
    tested = segment(image, task, quality="quick", backend=open_or_skip(task, name))
    torch = segment(image, task, quality="quick", backend=open_backend(task, "torch", "cpu"))
    half = torch.probabilities.max() / 2
    assert_gate(tested.array > 0, torch.array > 0)
    assert_gate(tested.probabilities > half, torch.probabilities > half)


def assert_gate(tested: np.ndarray, torch: np.ndarray) -> None:
    volumes = np.count_nonzero(tested), np.count_nonzero(torch)
    assert volumes[0] == pytest.approx(volumes[1], rel=0.005)
    assert 2 * np.count_nonzero(tested & torch) >= 0.999 * sum(volumes)  # Dice; two empty masks are the same


@pytest.mark.parametrize("name", NAMES)
def test_a_backend_finds_what_torch_finds_in_the_phantom(phantom, task, name):
    assert_same(phantom, task, name)


@pytest.mark.shared_data
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("case", CASES)
def test_a_backend_finds_what_torch_finds_in_a_patient(ms_data, task, name, case):
    assert_same(read_image(ms_data / case / "flair.nii.gz"), task, name)


@pytest.mark.shared_data
@pytest.mark.parametrize("name", NAMES)
def test_a_backend_finds_what_torch_finds_in_a_scan_of_another_scanner(ms_data, task, name):
    assert_same(read_image(ms_data / "raw_samples" / f"{RAW}_flair.nii.gz"), task, name)


@pytest.mark.parametrize("name", NAMES)
def test_a_backend_gives_torchs_logits_at_any_size(task, name):
    backend, reference = open_or_skip(task, name), open_backend(task, "torch", "cpu")
    random = np.random.default_rng(0)
    for size in ((32, 64), (256, 160), (480, 512)):
        stack = random.uniform(0, 2, (3, *size)).astype(np.float32)
        logits = backend.run(stack)
        assert logits.shape == (1, *size)
        assert np.allclose(logits, reference.run(stack), atol=1e-3)
        before = logits.copy()
        backend.run(stack[::-1])
        assert np.array_equal(logits, before)  # its answer is not overwritten by the next


@pytest.mark.parametrize(
    ("name", "family"), [("onnxruntime", "onnx"), ("openvino", "onnx"), ("torch", "torch")]
)
def test_a_backend_says_which_weights_it_uses(task, name, family):
    backend = open_or_skip(task, name)
    assert (backend.name, backend.sha256) == (name, task.weights[family].sha256)
    assert backend.version
    assert open_backend(task, name) is backend  # loaded once


def test_a_backend_that_is_not_installed_is_named_with_the_way_to_get_it(task, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    open_backend.cache_clear()
    with pytest.raises(InputError, match=r"pip install 'segassist\[openvino\]'"):
        open_backend(task, "openvino")


def test_a_gpu_is_asked_for_by_those_who_have_one(task):
    import torch

    if torch.cuda.is_available():
        assert open_backend(task, "auto", "cuda").name == "torch"
    else:
        with pytest.raises(InputError, match="no CUDA device"):
            open_backend(task, "auto", "cuda")


def test_nothing_is_kept_or_told_of_the_person_at_the_computer(tmp_path):
    """As ONNX Runtime does from 1.32 on, which leaves these files on its way."""
    pytest.importorskip("onnxruntime", reason="the backend onnxruntime is not installed")
    program = (
        "from SegAssistLib.inference.backends import open_backend; from SegAssistLib.task import find_task; "
        "open_backend(find_task('ms-lesion'), 'onnxruntime')"
    )
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", program], env=os.environ | home, check=True)
    assert list(tmp_path.rglob("*")) == []
