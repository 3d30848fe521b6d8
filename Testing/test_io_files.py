"""Writing: all or nothing."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path

import numpy as np
import pytest

from SegAssistLib.errors import Cancelled, InputError
from SegAssistLib.io import check_writable, name_of, sha256, write_mask, writing
from SegAssistLib.labels import Segmentation

resource = pytest.importorskip("resource")  # POSIX only


@contextlib.contextmanager
def small_disk(size):
    """No file can grow beyond ``size`` bytes: what a full disk is to a program, with EFBIG."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def noise(slices):
    array = np.random.default_rng(0).integers(0, 255, (64, 64, slices)).astype(np.uint8)
    return Segmentation(array, np.eye(4), ())


@pytest.mark.parametrize("ending", [".nii.gz", ".nii", ".seg.nrrd", ".png"])
def test_a_disk_that_fills_up_leaves_nothing_behind_and_the_older_file_whole(tmp_path, ending):
    mask = noise(1 if ending == ".png" else 20)
    path = tmp_path / f"scan_seg{ending}"
    path.write_bytes(b"older result")
    with small_disk(1000), pytest.raises(InputError, match=r"disk is full|cannot be written") as refusal:
        write_mask(path, mask)
    assert str(tmp_path) in str(refusal.value)
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == b"older result"


@pytest.mark.parametrize("error", [Cancelled, KeyboardInterrupt, ValueError])
def test_a_stopped_run_leaves_nothing_behind(tmp_path, error):
    def stopped():
        with writing(tmp_path / "result.csv") as temporary:
            temporary.write_text("half of it")
            assert temporary.suffix == ".csv"
            assert temporary.parent == tmp_path
            raise error

    with pytest.raises(error):
        stopped()
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_called_full(tmp_path):
    with (
        pytest.raises(InputError, match="disk is full"),
        small_disk(1000),
        writing(tmp_path / "result.csv") as temporary,
    ):
        temporary.write_bytes(bytes(5000))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("ending", [".nii.gz", ".seg.nrrd", ".png"])
def test_a_folder_that_cannot_be_written_to_is_named(tmp_path, ending):
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / "results"  # below a file there can be no folder, even for root
    with pytest.raises(InputError, match="cannot be written to") as refusal:
        check_writable(folder)
    assert str(folder) in str(refusal.value)
    with pytest.raises(InputError, match="cannot be written to"):
        write_mask(folder / f"mask{ending}", noise(1))


def test_a_missing_output_folder_is_made(tmp_path):
    check_writable(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    assert list((tmp_path / "a" / "b").iterdir()) == []


def test_an_ending_that_no_mask_can_have_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"\.nii\.gz"):
        write_mask(tmp_path / "mask.docx", noise(1))
    with pytest.raises(InputError, match="one slice"):
        write_mask(tmp_path / "mask.png", noise(2))
    assert list(tmp_path.iterdir()) == []


def test_a_name_keeps_its_own_dots():
    names = ("a/scan.nii.gz", "scan.v2.NII", "study.1.2.840", "mask.seg.nrrd", "x.dcm")
    assert [name_of(Path(name)) for name in names] == ["scan", "scan.v2", "study.1.2.840", "mask", "x"]


def test_a_hash_is_that_of_the_whole_file(tmp_path):
    content = bytes(range(256)) * 10_000
    (tmp_path / "file").write_bytes(content)
    assert sha256(tmp_path / "file") == hashlib.sha256(content).hexdigest()
