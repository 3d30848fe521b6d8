from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from SegAssistLib.errors import InputError
from SegAssistLib.io import writing, writing_together
from SegAssistLib.io.temporary import temporary_folder

pytest.importorskip("fcntl")  # elsewhere nothing is swept

HELD = """
import sys
from pathlib import Path
from SegAssistLib.io.temporary import temporary_folder
with temporary_folder(Path(sys.argv[1]), ".segassist-") as folder:
    (folder / "scan.nii.gz").touch()
    print(folder, flush=True)
    input()
"""


@pytest.fixture
def other(tmp_path):
    """Another process that has a temporary folder here, and that folder."""
    command = [sys.executable, "-c", HELD, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process, Path(process.stdout.readline().strip())
        process.kill()


def test_what_a_killed_process_left_is_swept_and_nothing_else(tmp_path, other):
    process, folder = other
    for name in (".segassist-results", ".segassist-" + 32 * "f" + "0"):  # a person's own
        (tmp_path / name).mkdir()
    (tmp_path / (".segassist-" + 32 * "a")).symlink_to(tmp_path / ".segassist-results")
    before = sorted(tmp_path.iterdir())
    with temporary_folder(tmp_path, ".segassist-"):
        assert (folder / "scan.nii.gz").exists()
    assert sorted(tmp_path.iterdir()) == before
    process.kill()
    process.wait()
    assert folder.exists()
    with writing_together(tmp_path):
        assert not folder.exists()
    assert sorted(tmp_path.iterdir()) == [path for path in before if path != folder]


def test_a_message_names_the_folder_that_the_person_knows(tmp_path):
    def full():
        with writing_together(tmp_path) as folder, writing(folder / "mask.nii.gz"):
            raise OSError(28, "No space left on device")

    with pytest.raises(InputError, match="the disk is full") as refusal:
        full()
    assert str(refusal.value).startswith(f"{tmp_path}: ")
    assert list(tmp_path.iterdir()) == []
