"""Every file that ships is packaged, by pip and by Slicer's CMake alike."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import SegAssistLib
from SegAssistLib.resources import bundles_folder

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = ("SegAssist", "SegAssistLib", "Resources")


def check(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, ROOT / "scripts/check_packaging.py", "--root", root, *arguments]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture
def copied_tree(tmp_path) -> Path:
    """The shipped files and the lists, without git and without what git does not track."""
    root = tmp_path / "a copy"
    names = ["pyproject.toml", "README.md", "LICENSE.txt", "CMakeLists.txt", *SHIPPED]
    if (ROOT / ".git").exists():
        command = ["git", "-C", ROOT, "ls-files", "-z", "--", *names]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        files = [Path(name) for name in output.split("\0") if name and (ROOT / name).is_file()]
    else:
        files = [
            path.relative_to(ROOT) for name in names for path in [ROOT / name, *(ROOT / name).rglob("*")]
        ]
    for file in files:
        if (ROOT / file).is_file() and "__pycache__" not in file.parts:
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, root / file)
    return root


@pytest.fixture
def tree_with_a_new_bundle(copied_tree) -> Path:
    bundle = copied_tree / "Resources/Bundles/new_organ"
    for name in ("configs/metadata.json", "models/a.onnx", "models/a.safetensors", "docs/data_license.txt"):
        (bundle / name).parent.mkdir(parents=True, exist_ok=True)
        (bundle / name).write_text(name)
    assert check(copied_tree, "--write").returncode == 0
    return copied_tree


def shipped(root: Path) -> set[str]:
    files = (path for folder in SHIPPED for path in (root / folder).rglob("*"))
    return {str(path.relative_to(root)) for path in files if path.is_file() and path.name != "CMakeLists.txt"}


def test_every_shipped_file_is_listed():
    result = check(ROOT)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    "name",
    [
        "SegAssistLib/stray.py",
        "SegAssistLib/new_room/__init__.py",
        "SegAssist/stray.ui",
        "Resources/Bundles/new/a.onnx",
    ],
)
def test_an_unlisted_file_fails_by_name_until_the_lists_are_written_anew(copied_tree, name):
    assert check(copied_tree).returncode == 0
    (copied_tree / name).parent.mkdir(parents=True, exist_ok=True)
    (copied_tree / name).touch()
    result = check(copied_tree)
    assert result.returncode == 1
    assert name.split("/", 1)[1] in result.stderr
    assert check(copied_tree, "--write").returncode == 0


def test_a_listed_file_that_is_gone_fails_by_name(copied_tree):
    (copied_tree / "SegAssistLib/image.py").unlink()
    result = check(copied_tree)
    assert result.returncode == 1
    assert "image.py" in result.stderr


def test_a_wheel_holds_the_package_and_its_bundles(tree_with_a_new_bundle, tmp_path):
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "-q",
        "-w",
        tmp_path,
        tree_with_a_new_bundle,
    ]
    subprocess.run(command, check=True)
    (wheel,) = tmp_path.glob("segassist-*.whl")
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    library = {name for name in shipped(tree_with_a_new_bundle) if not name.startswith("SegAssist/")}
    expected = {f"SegAssistLib/{name}" if name.startswith("Resources/") else name for name in library}
    assert {name for name in shipped(tmp_path / "site") if name.startswith("SegAssistLib/")} == expected
    assert bundles_of(tmp_path / "site") == tmp_path / "site/SegAssistLib/Resources/Bundles"


# Stands in for the two pieces of Slicer that decide where a file goes: slicerMacroBuildScriptedModule
# copies into the build tree, with the source folder's name when WITH_SUBDIR, and installs that folder.
SLICER_CONFIG = """
set(Slicer_VERSION 5.10.0)
set(Slicer_QTSCRIPTEDMODULES_LIB_DIR lib/Slicer-5.10/qt-scripted-modules)
set(Slicer_INSTALL_QTSCRIPTEDMODULES_LIB_DIR ${Slicer_QTSCRIPTEDMODULES_LIB_DIR})
foreach(name Slicer_USE_FILE Slicer_EXTENSION_GENERATE_CONFIG Slicer_EXTENSION_CPACK)
  set(${name} ${CMAKE_CURRENT_LIST_DIR}/nothing.cmake)
endforeach()
function(slicerMacroBuildScriptedModule)
  cmake_parse_arguments(MY "WITH_SUBDIR;WITH_GENERIC_TESTS" "NAME" "SCRIPTS;RESOURCES" ${ARGN})
  set(folder ${Slicer_QTSCRIPTEDMODULES_LIB_DIR})
  if(MY_WITH_SUBDIR)
    get_filename_component(name ${CMAKE_CURRENT_SOURCE_DIR} NAME)
    set(folder ${folder}/${name})
  endif()
  foreach(file IN LISTS MY_SCRIPTS MY_RESOURCES)
    configure_file(${file} ${CMAKE_BINARY_DIR}/${folder}/${file} COPYONLY)
  endforeach()
  install(DIRECTORY ${CMAKE_BINARY_DIR}/${folder}/ DESTINATION ${folder})
  if(MY_WITH_GENERIC_TESTS AND BUILD_TESTING)
    add_test(NAME qSlicer${MY_NAME}ModuleGenericTest COMMAND true)
  endif()
endfunction()
function(slicer_add_python_unittest)
  cmake_parse_arguments(MY "" "SCRIPT" "" ${ARGN})
  if(NOT EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${MY_SCRIPT})
    message(FATAL_ERROR "${MY_SCRIPT} is not there.")
  endif()
  add_test(NAME py_${MY_SCRIPT} COMMAND true)
endfunction()
"""


@pytest.fixture
def slicer(tmp_path):
    """What stands in for a build of Slicer."""
    if not (shutil.which("cmake") and shutil.which("cc")):
        pytest.skip("needs cmake and a C compiler")
    folder = tmp_path / "slicer"
    folder.mkdir()
    (folder / "SlicerConfig.cmake").write_text(SLICER_CONFIG)
    (folder / "nothing.cmake").write_text("enable_testing()\n")
    return folder


def test_cmake_installs_every_file_beside_the_module(slicer, tree_with_a_new_bundle, tmp_path):
    build, installed = tmp_path / "build", tmp_path / "installed"
    subprocess.run(["cmake", "-S", tree_with_a_new_bundle, "-B", build, f"-DSlicer_DIR={slicer}"], check=True)
    subprocess.run(["cmake", "--install", build, "--prefix", installed], check=True)
    modules = installed / "lib/Slicer-5.10/qt-scripted-modules"
    found = {str(path.relative_to(modules)) for path in modules.rglob("*") if path.is_file()}
    assert found == {name.removeprefix("SegAssist/") for name in shipped(tree_with_a_new_bundle)}
    assert bundles_of(modules) == modules / "Resources/Bundles"


def test_slicer_tests_the_module_where_it_is_built_with_tests(slicer, copied_tree, tmp_path):
    options = [f"-DSlicer_DIR={slicer}", "-DBUILD_TESTING=ON"]
    subprocess.run(["cmake", "-S", copied_tree, "-B", tmp_path / "build", *options], check=True)
    command = ["ctest", "--test-dir", tmp_path / "build", "-N"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "qSlicerSegAssistModuleGenericTest" in listed
    assert "py_SegAssist.py" in listed


def test_slicers_index_reads_what_cmake_says_of_the_extension_as_text():
    stated = re.findall(r"^set\(EXTENSION_\w+ (.*)\)$", (ROOT / "CMakeLists.txt").read_text(), re.MULTILINE)
    assert stated
    assert not [text for text in stated if "$" in text]


def bundles_of(site: Path) -> Path:
    """What ``bundles_folder()`` says when the package is imported from ``site``."""
    code = "from SegAssistLib.resources import bundles_folder; print(bundles_folder())"
    command = [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {str(site)!r}); {code}"]
    return Path(subprocess.run(command, check=True, capture_output=True, text=True, cwd=site).stdout.strip())


def test_the_source_tree_finds_its_bundles():
    assert bundles_folder() == ROOT / "Resources/Bundles"


def test_what_is_cited_has_the_version_of_the_package():
    stated = re.findall(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE)
    assert stated == [SegAssistLib.__version__]


def test_what_is_required_is_locked_in_a_version_that_is_allowed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = [
        Requirement(line) for line in re.findall(r"^([^\s#].*?) \\\n    --hash=sha256:", lock, re.MULTILINE)
    ]
    assert len(locked) == len(re.findall(r"^[^\s#]", lock, re.MULTILINE))
    for text in project["dependencies"] + project["optional-dependencies"]["web"]:
        wanted = Requirement(text)
        versions = [
            specifier.version
            for each in locked
            if each.name == wanted.name.lower()
            for specifier in each.specifier
        ]
        assert versions, f"{wanted.name} is not locked: scripts/lock"
        assert [version for version in versions if version not in wanted.specifier] == []
