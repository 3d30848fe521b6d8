"""Sentences in another language, and the catalogues that hold them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from translated import write_german

from SegAssistLib import translation

ROOT = Path(__file__).resolve().parents[1]
MISSING = ("io.read", "{path} does not exist; check the name")


@pytest.fixture
def german(tmp_path, monkeypatch):
    """A person whose system speaks Austrian German: ``german(translation of MISSING)``."""

    def start(translated: str) -> None:
        write_german(tmp_path, {MISSING: translated})
        monkeypatch.setattr(translation, "bundles_folder", lambda: tmp_path / "Bundles")
        monkeypatch.setenv("LANGUAGE", "de_AT:en")
        translation._of_environment.cache_clear()

    yield start
    translation._of_environment.cache_clear()


def test_the_command_line_speaks_the_language_of_the_environment(segassist, german, tmp_path):
    german("{path} gibt es nicht; den Namen prüfen")
    ended = segassist("segment", "away.nii", "--task", "ms-lesion", "--output", tmp_path / "out")
    assert (ended.code, ended.err) == (2, "segassist: away.nii gibt es nicht; den Namen prüfen\n")


@pytest.mark.parametrize("wrong", ["{Pfad} gibt es nicht", "{path:d} gibt es nicht", "gibt es nicht}"])
def test_a_translation_that_cannot_be_filled_in_is_not_taken(segassist, german, tmp_path, wrong):
    german(wrong)
    ended = segassist("segment", "away.nii", "--task", "ms-lesion", "--output", tmp_path / "out")
    assert ended.err == "segassist: away.nii does not exist; check the name\n"


@pytest.fixture
def copied_code(tmp_path) -> Path:
    """The code and its catalogues, where a test may change them."""
    for name in ("SegAssist", "SegAssistLib", "Resources/Translations"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def check(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "scripts/translations.py", "--root", root, *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_new_sentence_fails_until_the_catalogues_are_written_anew_which_keeps_what_is_translated(
    copied_code,
):
    german = write_german(copied_code / "new", {MISSING: "{path} gibt es nicht"})
    german = german.rename(copied_code / "Resources/Translations" / german.name)
    assert check(copied_code, "--write").returncode == 0
    with (copied_code / "SegAssistLib/io/read.py").open("a") as file:
        file.write('_("something {new}")\n')
    ended = check(copied_code)
    assert ended.returncode == 1
    assert german.name in ended.stderr
    assert check(copied_code, "--write").returncode == 0
    assert check(copied_code).returncode == 0
    assert "<source>something {new}</source>" in german.read_text(encoding="utf-8")
    assert translation.read_catalogue(german) == {MISSING: "{path} gibt es nicht"}


@pytest.mark.parametrize("line", ['_(f"damaged: {path}")', 'InputError(f"damaged: {path}")'])
def test_a_sentence_that_cannot_be_translated_is_named(copied_code, line):
    with (copied_code / "SegAssistLib/errors.py").open("a") as file:
        file.write(line)
    ended = check(copied_code)
    assert ended.returncode == 1
    assert "errors.py:" in ended.stderr
