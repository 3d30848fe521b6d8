"""Packages that Slicer does not bring: asked for on the first use, installed when the person agrees."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest

NAME, VERSION = "segassist-made-up", "1.2"
ASKED_FOR = ("cc3d", "cv2", "isal", "nibabel", "onnxruntime")
NOT_FOR_SLICER = ("gdcm", "highdicom", "monai", "openvino", "rich", "safetensors", "torch", "trame", "typer")


@pytest.fixture
def lacking(with_scan, monkeypatch, tmp_path):
    """A package is asked for that is not installed, but lies as a wheel in ``wheels``."""
    import slicer.util

    import SegAssist

    requirements, target = tmp_path / "requirements.txt", tmp_path / "site"
    requirements.write_text(f"# a comment\n\n{NAME}>=1.1\nnumpy>=1.26\n")
    make_wheel(tmp_path / "wheels")
    monkeypatch.setattr(SegAssist, "REQUIREMENTS", requirements)
    monkeypatch.syspath_prepend(str(target))
    calls: list[list[str]] = []

    def pip_install(arguments):
        """As Slicer's, but into a folder of the test."""
        at = arguments.index("-c")
        calls.append([*arguments[:at], *arguments[at + 2 :]])
        with_scan.kept = Path(arguments[at + 1]).read_text().splitlines()
        command = [sys.executable, "-m", "pip", "install", "-q", "--target", str(target), *arguments]
        subprocess.run(command, check=True, capture_output=True)

    monkeypatch.setattr(slicer.util, "pip_install", pip_install)
    with_scan.widget.logic._ready = False
    with_scan.installed = calls
    with_scan.wheels = tmp_path / "wheels"
    return with_scan


def test_no_installs_nothing_and_says_how_to_go_on(lacking):
    with lacking.answering("No") as answers:
        lacking.click(lacking.ui.segmentAllButton)
    assert len(answers.texts) == 1
    assert lacking.installed == []
    assert lacking.ui.statusLabel.text.startswith("Nothing was installed.")
    assert not lacking.ui.cancelButton.isVisible()


def test_from_a_folder_installs_without_internet_and_segments(lacking, monkeypatch):
    choose_folder(monkeypatch, lacking.wheels)
    with lacking.answering("From a folder…"):
        lacking.click(lacking.ui.segmentAllButton)
    assert lacking.installed == [["--no-index", "--find-links", str(lacking.wheels), f"{NAME}>=1.1"]]
    lacking.wait_for_run()
    assert lacking.table()


@pytest.mark.parametrize("way", ["folder", "pip", "slicer"])
def test_what_slicer_brings_is_never_replaced(lacking, monkeypatch, way):
    from importlib.metadata import version

    make_wheel(lacking.wheels, needs="numpy!=" + version("numpy"))
    if way == "slicer":
        offer_packaging(monkeypatch)
    choose_folder(monkeypatch, lacking.wheels)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(lacking.wheels))
    button = "From a folder…" if way == "folder" else "From the internet"
    with lacking.answering(button), lacking.answering() as errors:
        lacking.click(lacking.ui.segmentAllButton)
    assert ["could not be installed" in text for text in errors.texts] == [True]
    assert f"numpy=={version('numpy')}" in lacking.kept
    assert f"pydicom=={version('pydicom')}" in lacking.kept


def test_a_folder_without_the_package_ends_in_one_sentence(lacking, monkeypatch, tmp_path):
    choose_folder(monkeypatch, tmp_path)
    with lacking.answering("From a folder…"), lacking.answering("OK") as errors:
        lacking.click(lacking.ui.segmentAllButton)
    assert len(errors.texts) == 1
    assert f"could not be installed from {tmp_path}" in errors.texts[0]
    assert lacking.ui.segmentAllButton.enabled


def test_no_folder_installs_nothing(lacking, monkeypatch):
    choose_folder(monkeypatch, "")
    with lacking.answering("From a folder…"):
        lacking.click(lacking.ui.segmentAllButton)
    assert lacking.installed == []


def test_from_the_internet_asks_pip_where_slicer_has_no_packaging(lacking, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")  # the wheel stands in for the internet
    monkeypatch.setenv("PIP_FIND_LINKS", str(lacking.wheels))
    with lacking.answering("From the internet"):
        lacking.click(lacking.ui.segmentAllButton)
    assert lacking.installed == [[f"{NAME}>=1.1"]]
    lacking.wait_for_run()
    assert lacking.table()


def test_from_the_internet_leaves_it_to_slicers_packaging_where_there_is_one(lacking, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(lacking.wheels))
    packaging = offer_packaging(monkeypatch)
    with lacking.answering("From the internet"):
        lacking.click(lacking.ui.segmentAllButton)
    assert packaging.asked == [{"requester": "SegAssist", "prompt_install": False}]
    assert lacking.installed == [[f"{NAME}>=1.1"]]


def test_an_installation_that_changes_nothing_is_said(lacking, monkeypatch):
    import slicer.util

    monkeypatch.setattr(slicer.util, "pip_install", lambda _: None)
    with lacking.answering("From the internet"), lacking.answering() as errors:
        lacking.click(lacking.ui.segmentAllButton)
    assert ["still missing" in text for text in errors.texts] == [True]


def test_a_script_is_told_what_is_missing(lacking):
    import SegAssist
    from SegAssistLib.errors import InputError

    logic = SegAssist.SegAssistLogic()
    with pytest.raises(InputError, match=f"{NAME}>=1.1: call SegAssistLogic"):
        logic.segment(lacking.ui.inputSelector.currentNode())


def test_the_self_test_is_skipped_and_not_failed_where_packages_are_missing(lacking, capsys):
    import unittest

    import slicer.util

    import SegAssist

    with (
        lacking.answering() as errors,
        contextlib.suppress(unittest.SkipTest),
        slicer.util.tryWithErrorDisplay("Test failed."),  # as Slicer's button does
    ):
        SegAssist.SegAssistTest().runTest()
    assert errors.texts == []
    assert f"Skipped: {NAME}" in capsys.readouterr().out


def test_nothing_is_asked_or_installed_while_slicer_tests_itself(lacking, monkeypatch):
    monkeypatch.setattr(lacking.app, "testingEnabled", lambda: True)
    lacking.click(lacking.ui.segmentAllButton)
    assert lacking.installed == []


def test_the_panel_opens_without_any_package_that_slicer_does_not_bring(tmp_path):
    run_where_missing(
        [*ASKED_FOR, *NOT_FOR_SLICER],
        tmp_path,
        """
        import SegAssist
        SegAssist.REQUIREMENTS = here / "requirements.txt"
        SegAssist.REQUIREMENTS.write_text("segassist-made-up>=1.1")
        desktop.open()
        desktop.choose(desktop.ui.inputSelector.box, "phantom")
        assert desktop.ui.segmentAllButton.enabled, desktop.ui.segmentAllButton.toolTip
        """,
    )


def test_the_packages_that_are_asked_for_are_enough(tmp_path):
    run_where_missing(
        NOT_FOR_SLICER,
        tmp_path,
        """
        desktop.open()
        desktop.choose(desktop.ui.inputSelector.box, "phantom")
        desktop.segment_all()
        assert desktop.table()
        desktop.open_section(desktop.ui.exportCollapsible)
        desktop.ui.exportFolderButton.directory = str(here / "files")
        desktop.click(desktop.widget._export_boxes["seg.nrrd"])
        desktop.click(desktop.ui.exportButton)
        assert len(list((here / "files").iterdir())) == 4
        """,
    )


def test_a_checkout_finds_its_library(tmp_path):
    run_where_missing(
        (),
        tmp_path,
        """
        import SegAssistLib
        assert Path(SegAssistLib.__file__).parents[1] == Path(desktop.module.parent.path).parents[1]
        """,
        before="sys.meta_path[:] = [each for each in sys.meta_path if 'editable' not in each.__module__]",
    )


def test_the_requirements_are_those_of_the_package(request):
    """Nothing is asked for that the command line does not need, and in no other version."""
    import tomllib

    root = request.config.rootpath
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = (root / "SegAssist/Resources/requirements.txt").read_text(encoding="utf-8").splitlines()
    asked = {line for line in lines if line and not line.startswith("#")}
    assert asked
    assert asked <= set(project["dependencies"])


def run_where_missing(modules, folder, steps: str, before: str = "") -> None:
    """Do something with a phantom in a desktop, and its worker, in which these modules cannot be imported."""
    (folder / "sitecustomize.py").write_text(f"import sys\nsys.modules.update(dict.fromkeys({modules!r}))\n")
    code = f"""
        import sys
        from pathlib import Path
        here = Path({str(folder)!r})
        sys.path[:0] = {[path for path in sys.path if "desktop" in path or path.endswith("Testing")]!r}
        {before}
        from desktop_slicer import Desktop
        desktop = Desktop(here)
        from SegAssistLib.phantom import flair_phantom
        from SegAssistLib.scene.volumes import add_volume
        add_volume(desktop.scene, flair_phantom((128, 128, 10), (1.8, 1.8, 14.0), 4)[0])
    """
    program = textwrap.dedent(code) + textwrap.dedent(steps) + "desktop.close()\n"
    path = os.pathsep.join([str(folder), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    environment = os.environ | {"PYTHONPATH": path}
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def offer_packaging(monkeypatch):
    """Give Slicer its own way to install packages."""
    import scripted_module
    import slicer
    import slicer.util

    packaging = scripted_module.packaging_module(slicer.util.pip_install)
    monkeypatch.setitem(sys.modules, "slicer.packaging", packaging)
    monkeypatch.setattr(slicer, "packaging", packaging, raising=False)
    return packaging


def choose_folder(monkeypatch, folder) -> None:
    """Answer the folder dialog, which is the system's own and not Qt's."""
    import qt

    monkeypatch.setattr(qt.QFileDialog, "getExistingDirectory", lambda *_: str(folder))


def make_wheel(folder, needs: str = "") -> None:
    """An empty package as pip installs it, which may need another."""
    folder.mkdir(exist_ok=True)
    module = NAME.replace("-", "_")
    info = f"{module}-{VERSION}.dist-info"
    with zipfile.ZipFile(folder / f"{module}-{VERSION}-py3-none-any.whl", "w") as wheel:
        wheel.writestr(f"{module}.py", "")
        requires = f"Requires-Dist: {needs}\n" if needs else ""
        head = f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {VERSION}\n"
        wheel.writestr(f"{info}/METADATA", head + requires)
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
