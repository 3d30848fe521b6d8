"""The catalogues hold the sentences that stand in the code; otherwise fail and say so.

    python scripts/translations.py            # check
    python scripts/translations.py --write    # write the catalogues anew

The catalogues are Qt's ``.ts`` files in ``Resources/Translations``: ``SegAssist_en-US.ts`` is the template
that a new language begins with, as a copy named for it (``SegAssist_pt_BR.ts``). Qt's ``lupdate`` keeps what
is translated in them. Contexts are those of Slicer's own ``update_translations.py``, which is what makes the
catalogues fit for Slicer's translators.
"""

from __future__ import annotations

import argparse
import ast
import filecmp
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CATALOGUES = Path("Resources/Translations")
TEMPLATE = "SegAssist_en-US.ts"
FOLDERS = ("SegAssist", "SegAssistLib")


def sentences(path: Path) -> Iterator[str]:
    """The sentences that a Python file marks with ``_``, in their order.

    Raises:
        SystemExit: what is marked is not a plain string, which nobody can look up in a catalogue; or what an
            InputError says is not marked.
    """
    calls = [node for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        match call:
            case ast.Call(func=ast.Name(id="_"), args=[ast.Constant(value=str(sentence))]):
                yield sentence
            case ast.Call(func=ast.Name(id="_")):
                raise SystemExit(f"{path}:{call.lineno}: _ takes one plain string; format what it gives.")
            case ast.Call(func=ast.Name(id="InputError"), args=[said]) if _has_words(said):
                raise SystemExit(f"{path}:{call.lineno}: mark what the person reads with _.")


def _has_words(said: ast.expr) -> bool:
    """Whether a string, or one with values in it, says anything itself."""
    parts = said.values if isinstance(said, ast.JoinedStr) else [said]
    texts = [str(part.value) for part in parts if isinstance(part, ast.Constant)]
    return any(letter.isalpha() for text in texts for letter in text)


def collect(root: Path, catalogues: Path) -> None:
    """Bring the template and all other catalogues in a folder up to date with the code."""
    with tempfile.TemporaryDirectory() as folder:
        sources = []
        for path in sorted(path for name in FOLDERS for path in (root / name).rglob("*.py")):
            packaged = (path.parent / "__init__.py").exists()
            context = f"{path.parent.name}.{path.stem}" if packaged else path.stem
            calls = [f"translate({context!r}, {sentence!r})\n" for sentence in sentences(path)]
            sources.append(Path(folder, f"{len(sources):03}.py"))
            sources[-1].write_text("".join(calls), encoding="utf-8")
        forms = sorted((root / "SegAssist").rglob("*.ui"))
        files = sorted({catalogues / TEMPLATE, *catalogues.glob("*.ts")})
        lupdate = Path(sysconfig.get_path("scripts"), "pyside6-lupdate")
        command = [lupdate, "-silent", "-no-obsolete", "-locations", "none"]
        subprocess.run([*command, *sources, *forms, "-ts", *files], check=True)


def outdated(root: Path) -> list[str]:
    """The catalogues that are not what the code makes of them."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder, "fresh")
        shutil.copytree(root / CATALOGUES, fresh)
        collect(root, fresh)
        return filecmp.cmpfiles(
            root / CATALOGUES, fresh, [file.name for file in fresh.iterdir()], shallow=False
        )[1]


def main() -> int:
    """Check or write the catalogues; the exit code is 1 when the check fails."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--write", action="store_true", help="write the catalogues instead of checking them")
    parser.add_argument("--root", type=Path, default=ROOT, help="the repository")
    arguments = parser.parse_args()
    if arguments.write:
        collect(arguments.root, arguments.root / CATALOGUES)
    found = outdated(arguments.root)
    for name in found:
        print(
            f"{CATALOGUES / name} is not up to date: python scripts/translations.py --write", file=sys.stderr
        )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
