from __future__ import annotations

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from SegAssistLib.errors import InputError
from SegAssistLib.io.archive import Archives, inside, unpack


def packed(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def lying(path: Path) -> Path:
    """A zip whose directory says that its file is small."""
    packed(path, {"zeros.nii": bytes(1 << 20)})
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\x01\x02") + 24
    content[place : place + 4] = struct.pack("<I", 10)
    path.write_bytes(content)
    return path


def encrypted(path: Path) -> Path:
    packed(path, {"scan.nii": b"x"})
    content = bytearray(path.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + place] |= 1
    path.write_bytes(content)
    return path


def cut_off(path: Path) -> Path:
    packed(path, {"scan.nii": np.random.default_rng(0).bytes(5000)})
    content = bytearray(path.read_bytes())
    content[1000:1100] = bytes(100)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: packed(path, {"../evil.nii": b"x"}), "no name of a file"),
        (lambda path: packed(path, {"/etc/evil.nii": b"x"}), "no name of a file"),
        (lambda path: packed(path, {"a/../../evil.nii": b"x"}), "no name of a file"),
        (lambda path: packed(path, {"zeros.nii": bytes(1 << 20)}), "too large"),
        (lambda path: packed(path, {f"{n}.dcm": b"" for n in range(20_001)}), "more than 20000 files"),
        (lying, "damaged"),
        (encrypted, "encrypted"),
        (cut_off, "damaged"),
        (lambda path: path.write_bytes(b"PK\x03\x04 no zip") and path, "damaged"),
    ],
)
def test_a_bad_zip_is_one_sentence_and_leaves_nothing(tmp_path, make, said):
    archive = make(tmp_path / "bad.zip")
    with pytest.raises(InputError, match=said):
        unpack(archive, tmp_path / "place", limit=100_000)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.zip"]


def test_one_limit_holds_for_all_archives_together(tmp_path):
    archives = Archives(tmp_path, 250)
    for number in range(2):
        assert archives.unpack(packed(tmp_path / f"{number}.zip", {"scan.nii": bytes(100)})).is_dir()
    with pytest.raises(InputError, match="too large"):
        archives.unpack(packed(tmp_path / "third.zip", {"scan.nii": bytes(100)}))


def test_names_with_letters_of_any_language_are_kept(tmp_path):
    assert inside(tmp_path, "Patientin Müller/スキャン.nii") == tmp_path / "Patientin Müller" / "スキャン.nii"
    assert inside(tmp_path, "a\\b:c?.nii").name == "b_c_.nii"


@pytest.mark.parametrize(
    "name", ["", "/", "/etc/scan.nii", "\\scan.nii", "C:\\scan.nii", "..\\scan.nii", "a/.."]
)
def test_no_name_leads_out_of_the_folder(tmp_path, name):
    with pytest.raises(InputError):
        inside(tmp_path, name)
