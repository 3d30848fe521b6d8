"""Every shipped file is in a packaging list, and every listed file exists; otherwise fail and name the files.

    python scripts/check_packaging.py            # check
    python scripts/check_packaging.py --write    # write the lists anew

Slicer packages only what CMakeLists.txt names, pip only the packages that pyproject.toml names. A file
counts as shipped when git tracks it (``git add`` is enough) or, without git, when it lies there.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

FOLDERS = ("SegAssist", "SegAssistLib", "Resources")
PACKAGE = "SegAssistLib"
DATA_PACKAGE = f"{PACKAGE}.Resources"


def shipped_files(root: Path) -> list[PurePosixPath]:
    """The files below the shipped folders, relative to ``root``, without CMake's own."""
    if (root / ".git").exists():
        command = ["git", "-C", str(root), "ls-files", "-z", "--", *FOLDERS]
        output = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
        names = [name for name in output.split("\0") if name and (root / name).is_file()]
    else:
        found = (path for folder in FOLDERS for path in (root / folder).rglob("*") if path.is_file())
        names = [path.relative_to(root).as_posix() for path in found if path.parent.name != "__pycache__"]
    files = (PurePosixPath(name) for name in names)
    return sorted(file for file in files if file.name != "CMakeLists.txt")


def expected_lists(files: Iterable[PurePosixPath]) -> dict[tuple[str, str], list[str]]:
    """What belongs into each list: ``(file with the list, name of the list)`` to its entries."""
    lists: dict[tuple[str, str], list[str]] = {("pyproject.toml", "packages"): [DATA_PACKAGE]}
    for folder in FOLDERS:
        for name in ("SCRIPTS", "RESOURCES") if folder != "Resources" else ("RESOURCES",):
            lists[f"{folder}/CMakeLists.txt", name] = []
    for file in files:
        folder = file.parts[0]
        name = "SCRIPTS" if file.suffix == ".py" and folder != "Resources" else "RESOURCES"
        lists[f"{folder}/CMakeLists.txt", name].append(str(file.relative_to(folder)))
        if folder == PACKAGE and file.suffix == ".py":
            lists["pyproject.toml", "packages"].append(".".join(file.parent.parts))
    return {key: sorted(set(entries)) for key, entries in lists.items()}


def list_pattern(path: Path, name: str) -> re.Pattern[str]:
    """Matches a whole list in its file; group 1 holds the entries."""
    if path.suffix == ".toml":
        return re.compile(rf"^{name} = \[([^\]]*)\]", re.MULTILINE)
    return re.compile(rf"^set\({name}\b([^)]*)\)", re.MULTILINE)


def read_list(path: Path, name: str) -> list[str]:
    """The entries of one list as they stand in the file."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".toml":
        return tomllib.loads(text)["tool"]["setuptools"][name]
    match = list_pattern(path, name).search(text)
    if match is None:
        raise SystemExit(f"{path}: has no list `set({name} ...)`.")
    return re.sub(r"#.*", "", match[1]).split()


def write_list(path: Path, name: str, entries: Iterable[str]) -> None:
    """Replace one list in its file."""
    if path.suffix == ".toml":
        new = "".join([f"{name} = [\n", *(f'    "{entry}",\n' for entry in entries), "]"])
    else:
        new = "".join([f"set({name}\n", *(f"  {entry}\n" for entry in entries), "  )"])
    text = path.read_text(encoding="utf-8")
    path.write_text(
        list_pattern(path, name).sub(lambda _: new, text, count=1), encoding="utf-8", newline="\n"
    )


def problems(root: Path) -> list[str]:
    """One sentence for each entry that is missing from a list or has no file behind it."""
    found = []
    for (file, name), expected in expected_lists(shipped_files(root)).items():
        listed = read_list(root / file, name)
        found += [f"{file}: {entry} is not in {name}." for entry in expected if entry not in listed]
        found += [
            f"{file}: {entry} in {name} is no file of this repository."
            for entry in listed
            if entry not in expected
        ]
        found += [
            f"{file}: {entry} stands twice in {name}." for entry in set(listed) if listed.count(entry) > 1
        ]
    return found


def main() -> int:
    """Check or write the lists; the exit code is 1 when the check fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write the lists anew instead of checking them")
    parser.add_argument(
        "--root", type=Path, default=Path(__file__).resolve().parents[1], help="the repository"
    )
    arguments = parser.parse_args()
    if arguments.write:
        for (file, name), entries in expected_lists(shipped_files(arguments.root)).items():
            write_list(arguments.root / file, name, entries)
    found = problems(arguments.root)
    for problem in found:
        print(problem, file=sys.stderr)
    if found:
        print("`git add` what shall ship, then: python scripts/check_packaging.py --write", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
