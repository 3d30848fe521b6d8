"""Discovery: which images and scenes lie where a person points. Every face looks here, and finds the same.

A place is a file, a folder with all below it, a zip archive, or DICOM slices that were named one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image, Kind
from SegAssistLib.io.archive import ZIP, Archives
from SegAssistLib.io.files import (
    DICOM,
    ITK,
    NIFTI,
    PICTURE,
    VIDEO,
    ending,
    files_below,
    name_of,
    picture_files,
)
from SegAssistLib.io.read import is_dicom, read_image
from SegAssistLib.io.record import input_sha256, results_among
from SegAssistLib.io.series import Series, group, matching, series_of, undecided
from SegAssistLib.translation import tr as _
from SegAssistLib.wording import counted

SCENE = ".mrb"
MOST_NAMED = 5
DEEPEST = 3  # archive in an archive in an archive
_INDEX = "DICOMDIR"  # lists the files of a study and is none of them
_DETACHED = (".mhd", ".nhdr")  # headers whose voxels lie in a file of the same name
_KINDS: dict[tuple[str, ...], frozenset[Kind]] = {
    NIFTI + ITK: frozenset({"volume"}),
    PICTURE: frozenset({"still"}),
    VIDEO: frozenset({"frames"}),
}
_NOUNS = {"volume": "volume", "still": "picture", "frames": "film"}


@dataclass(frozen=True)
class FoundImage:
    """An image: a file, a folder with the pictures of a clip, or the files of a DICOM series.

    Attributes:
        name: of the image and of its results.
        path: by which a person knows it; in an archive a path through the archive.
        source: what is read: a file or folder, or the files of a DICOM series.
        kinds: of which it can be.
        series: of DICOM.
    """

    name: str
    path: Path
    source: Path | tuple[Path, ...]
    kinds: frozenset[Kind] = frozenset(_NOUNS)
    series: Series | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that it is read from."""
        if isinstance(self.source, tuple):
            return self.source
        if self.source.is_dir():
            return tuple(picture_files(self.source))
        return (self.source, *_data_files(self.source))

    @property
    def is_stack(self) -> bool:
        """Whether it is slices of a body in DICOM, and not a picture or film."""
        return self.series is not None and "volume" in self.kinds

    @property
    def title(self) -> str:
        """What to call it on the screen."""
        if self.series is None or not self.is_stack:
            return self.name
        return self.series.description or f"Series {self.series.number or self.name}"

    @property
    def detail(self) -> str:
        """What it is, in few words."""
        count = len(self.files)
        if self.series is not None:
            return f"{self.series.modality or 'DICOM'}, {counted(count, 'file')}"
        if count > 1 and "frames" in self.kinds:
            return f"clip of {count} pictures"
        return _NOUNS[next(iter(self.kinds))] if len(self.kinds) == 1 else "image"

    def __str__(self) -> str:
        """What a message and a record call it."""
        number = self.series.number if self.series is not None and self.is_stack else None
        return str(self.path) if number is None else f"{self.path} (series {number})"

    def read(self) -> Image:
        """Read it; may run in a thread.

        Raises:
            InputError: it cannot be used.
        """
        source = self.source if isinstance(self.source, Path) else list(self.source)
        return replace(read_image(source), name=self.name)

    def sha256(self) -> str:
        """As the record of a run has it; may run in a thread."""
        return input_sha256(self.files)

    def instance_uids(self) -> list[str]:
        """SOP Instance UIDs of its files; empty when it is not DICOM."""
        if self.series is None:
            return []
        from pydicom import dcmread

        headers = (dcmread(path, specific_tags=["SOPInstanceUID"], force=True) for path in self.files)
        return [str(header.get("SOPInstanceUID", "")) for header in headers]


@dataclass(frozen=True)
class Place:
    """What lies at a place.

    Attributes:
        path: of the place.
        images: DICOM first.
        scenes: that Slicer or the browser application saved.
        skipped: the other files, and archives with the reason why they were not looked into.
    """

    path: Path
    images: tuple[FoundImage, ...] = ()
    scenes: tuple[Path, ...] = ()
    skipped: tuple[str, ...] = ()

    def choose(self, kinds: Collection[Kind], series: str | None = None) -> tuple[FoundImage, ...]:
        """The images that are meant when nobody can be asked.

        Those of the right kind, where there are any, and of these DICOM before files that lie beside it.

        Args:
            kinds: that are wanted.
            series: number, UID, or unique beginning of the UID of the DICOM series that is wanted.

        Raises:
            InputError: there is none, or there are several DICOM series.
        """
        dicom = [image for image in self.images if image.series is not None]
        if series is not None:
            if not dicom:
                raise InputError(
                    _("{path} is not DICOM, so no series can be chosen from it; leave the series out").format(
                        path=self.path
                    )
                )
            return self._only_series(dicom, series)
        if not self.images:
            raise InputError(
                _(
                    "{path} holds no DICOM images and nothing else that can be opened; choose an "
                    "image, or a folder with images"
                ).format(path=self.path)
            )
        fit = [image for image in self.images if image.kinds & set(kinds)] or list(self.images)
        chosen = [image for image in fit if image.series is not None] or fit
        if any(image.is_stack for image in chosen):
            return self._only_series(chosen, None)
        return tuple(chosen)

    def without(self, images: Collection[FoundImage]) -> str:
        """What lies there besides these images, in few words; empty when that is nothing."""
        names = [
            image.title if image.path == self.path else str(image.path.relative_to(self.path))
            for image in self.images
            if image not in images
        ]
        return in_few_words([*names, *(scene.name for scene in self.scenes), *self.skipped])

    def _only_series(self, images: Sequence[FoundImage], wanted: str | None) -> tuple[FoundImage, ...]:
        """The images of one series: a stack of slices, or several pictures and films."""
        known = [image.series for image in images if image.series is not None]
        found = matching(known, wanted)
        if len({series.uid for series in found}) != 1:
            raise undecided(self.path, known, found, wanted)
        return tuple(image for image in images if image.series in found)


def in_few_words(names: Sequence[str]) -> str:
    """The first of the names, and how many more there are."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def divide(paths: Sequence[Path]) -> list[tuple[Path, ...]]:
    """Which of the paths that a person named are one place: DICOM slices together, anything else alone.

    They come in the order of their first paths.
    """
    parts = [(path,) for path in paths]
    dicom = [path for path in paths if path.is_file() and is_dicom(path)]
    if len(dicom) > 1:
        from SegAssistLib.io import dicom as reader

        parts = [(path,) for path in paths if path not in dicom] + reader.divide(dicom)
    return sorted(parts, key=lambda part: min(paths.index(path) for path in part))


def look(paths: Sequence[Path], archives: Archives | None = None) -> Place:
    """What lies at a place; may run in a thread.

    Args:
        paths: one of :func:`divide`.
        archives: unpacks; without, nothing is unpacked.

    Raises:
        InputError: an archive or a DICOM file is damaged.
    """
    (path, *others) = paths
    if others:
        return Place(path.parent, tuple(_dicom(paths, path.parent)))
    if archives is not None and path.suffix.lower() == ZIP and path.is_file():
        return replace(_below(archives.unpack(path), path, archives, DEEPEST), path=path)
    if path.is_dir():
        return _below(path, path, archives, DEEPEST)
    if path.suffix.lower() == SCENE:
        return Place(path, scenes=(path,))
    if path.is_file() and is_dicom(path):
        return Place(path, tuple(_dicom(paths, path)))
    return Place(path, (_file(path, path),))  # reading says what is wrong with it


def the_image(source: Path | Sequence[Path], series: str | None = None) -> FoundImage:
    """The one image at a place, or the DICOM series that is meant.

    Raises:
        InputError: there is none, or several.
    """
    place = look([source] if isinstance(source, Path) else list(source))
    images = place.choose(tuple(_NOUNS), series)
    if len(images) > 1:
        raise InputError(
            _("{path} holds {count} images; choose one of them").format(path=place.path, count=len(images))
        )
    return images[0]


def _below(folder: Path, path: Path, archives: Archives | None, depth: int) -> Place:
    """What lies in a folder and below it, whose own name is that of ``path``. Several pictures are a clip."""
    files = files_below(folder)
    results = results_among(files)
    files = [file for file in files if file not in results]
    shown = {file: path / file.relative_to(folder) for file in files}
    clips = [each for each in sorted({file.parent for file in files}) if len(picture_files(each)) > 1]
    frames = {picture for clip in clips for picture in picture_files(clip)}
    images = [_clip(clip, path / clip.relative_to(folder)) for clip in clips]
    scenes: list[Path] = []
    inner: list[Place] = []
    skipped = [counted(len(results), "result") + " of earlier runs"] if results else []
    others: list[Path] = []
    for file in files:
        if file in frames:
            continue
        if file.suffix.lower() == SCENE:
            scenes.append(file)
        elif file.suffix.lower() == ZIP and archives is not None and depth:
            try:
                inner.append(_below(archives.unpack(file), shown[file], archives, depth - 1))
            except InputError as error:
                skipped.append(str(error).rstrip("."))
        elif ending(file) not in ("", *DICOM):
            images.append(_file(file, shown[file]))
        elif file.name != _INDEX:
            others.append(file)
    dicom = _dicom(others, path, shown)
    used = {file for image in (*dicom, *images) for file in image.files}
    skipped += [str(file.relative_to(folder)) for file in others if file not in used]
    return Place(
        path,
        _distinct([*dicom, *(image for place in inner for image in place.images), *images], path),
        (*scenes, *(scene for place in inner for scene in place.scenes)),
        (*skipped, *(name for place in inner for name in place.skipped)),
    )


def _dicom(files: Sequence[Path], path: Path, shown: Mapping[Path, Path] = {}) -> list[FoundImage]:
    """The images among DICOM files: each picture or film, and each series of slices.

    A single one is called like its place; of several, pictures and films like their files, and series like
    the place and their number.
    """
    found: list[tuple[Series, bool]] = []
    for headers in group(files):
        from SegAssistLib.io.dicom import is_whole

        wholes = [header for header in headers if is_whole(header)]
        slices = [header for header in headers if not is_whole(header)]
        found += [(series_of(slices), False)] if slices else []
        found += [(series_of([header]), True) for header in wholes]
    images = []
    found.sort(key=lambda pair: (pair[0].number is None, pair[0].number or 0, pair[0].files))
    for index, (series, whole) in enumerate(found, 1):
        named = shown.get(series.files[0], series.files[0]) if whole and len(found) > 1 else path
        number = "" if whole or len(found) == 1 else f"_{series.number or index}"
        kinds = frozenset({"still", "frames"} if whole else {"volume"})
        images.append(FoundImage(_name(named) + number, named, series.files, kinds, series))
    return images


def _file(file: Path, path: Path) -> FoundImage:
    kinds = next((kinds for endings, kinds in _KINDS.items() if ending(file) in endings), frozenset(_NOUNS))
    return FoundImage(name_of(path), path, file, kinds)


def _clip(folder: Path, path: Path) -> FoundImage:
    return FoundImage(_name(path), path, folder, frozenset({"frames"}))


def _name(path: Path) -> str:
    """The name of a file or folder, or of what was packed into an archive."""
    return name_of(path.with_suffix("") if path.suffix.lower() == ZIP else path)


def _data_files(header: Path) -> list[Path]:
    """The files that hold the voxels of a header in a file of its own: those of the same name."""
    if ending(header) not in _DETACHED:
        return []
    name = name_of(header)
    beside = (path for path in header.parent.iterdir() if path.name.startswith(f"{name}."))
    return sorted(path for path in beside if path.is_file() and not ending(path))


def _distinct(images: Sequence[FoundImage], path: Path) -> tuple[FoundImage, ...]:
    """The images with a name each: of several of one name, the folders below the place come first in it."""
    many = Counter(image.name for image in images)
    distinct: dict[str, FoundImage] = {}
    for image in images:
        name = image.name
        if many[name] > 1 and image.path != path:
            name = "_".join([*image.path.relative_to(path).parent.parts, name])
        same = sum(other == name or other.startswith(f"{name} (") for other in distinct)
        name = f"{name} ({same + 1})" if name in distinct else name
        distinct[name] = replace(image, name=name)
    return tuple(distinct.values())
