"""Record: what results were made from. It lies beside them, so that no other image's results replace them."""

from __future__ import annotations

import contextlib
import filecmp
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from SegAssistLib.errors import InputError
from SegAssistLib.io.files import sha256, writing, writing_together
from SegAssistLib.translation import tr as _


class Occupied(InputError):
    """Where results would go lie those of another image, or of one that nothing is known of.

    Attributes:
        reason: the sentence without what to do, for a face that asks.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(
            _("{reason}; choose another output folder, or replace it with --overwrite").format(reason=reason)
        )
        self.reason = reason


def input_sha256(files: Sequence[Path]) -> str:
    """SHA-256 of the file, or of the sorted hashes of several files, in hexadecimal."""
    hashes = sorted(sha256(path) for path in files)
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("\n".join(hashes).encode()).hexdigest()


def record_path(folder: Path, name: str) -> Path:
    """Where the record of the results called ``name`` lies."""
    return folder / f"{name}_run.json"


def write_record(folder: Path, name: str, record: Mapping[str, Any]) -> None:
    """Write a record as JSON; its ``input`` (a file) and ``input_sha256`` say what results are made from."""
    with writing(record_path(folder, name)) as temporary:
        temporary.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


def read_record(folder: Path, name: str) -> dict[str, Any]:
    """The record of the results called ``name``; empty when there is none, or it cannot be understood."""
    try:
        record = json.loads(record_path(folder, name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def results_among(files: Iterable[Path]) -> set[Path]:
    """The records among files, and the results that they list."""
    results: set[Path] = set()
    for path in files:
        name = path.name.removesuffix("_run.json")
        record = read_record(path.parent, name) if name != path.name else {}
        if "input_sha256" in record:
            results |= {path, *(path.parent / each for each in record.get("files", ()))}
    return results


def made_from(record: Mapping[str, Any]) -> str:
    """What a record says of the image, for a message: its file, or else its hash."""
    return str(
        record.get("input")
        or _("the one with the SHA-256 {digest}").format(digest=record.get("input_sha256"))
    )


def check_free(
    folder: Path, name: str, digest: str | None, files: Iterable[str], new: Path | None = None
) -> None:
    """Refuse to replace results of another image. Those of the same one, and the same bytes, may be replaced.

    Args:
        folder: of the results.
        name: beginning of the results' names.
        digest: SHA-256 of the image, as :func:`input_sha256` gives it; None when it is not known.
        files: names of the results.
        new: where the new ones lie, when they are made already.

    Raises:
        Occupied: it is another image's, or no record says whose it is.
    """
    taken = next((folder / each for each in files if _differs(folder / each, new and new / each)), None)
    if taken is None:
        return
    record = read_record(folder, name)
    if "input_sha256" not in record:
        raise Occupied(
            _("{taken} is there already, and no record says which image it was made from").format(taken=taken)
        )
    if record["input_sha256"] != digest:
        raise Occupied(
            _("{taken} was made from another image, {made_from}").format(
                taken=taken, made_from=made_from(record)
            )
        )


@contextlib.contextmanager
def writing_results(
    folder: Path, name: str, digest: str | None, replaceable: Callable[[Path], bool]
) -> Iterator[Path]:
    """Like :func:`~SegAssistLib.io.writing_together`, and no results of another image are replaced.

    Args:
        folder: as for :func:`check_free`.
        name: the same.
        digest: the same.
        replaceable: whether a file may be replaced whatever it was made from.

    Raises:
        Occupied: as for :func:`check_free`.
        InputError: the files cannot be written.
    """

    def check(new: Path) -> None:
        files = sorted(path.name for path in new.iterdir() if not replaceable(folder / path.name))
        check_free(folder, name, digest, files, new)

    with writing_together(folder, check) as temporary:
        yield temporary


def _differs(old: Path, new: Path | None) -> bool:
    return old.is_file() and (new is None or not filecmp.cmp(old, new, shallow=False))
