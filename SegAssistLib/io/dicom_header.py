"""DICOM headers, read without trust: what a file claims is asked for in one guarded way.

A file may lack its preamble, its meta elements or its transfer syntax, and any of its values may be nonsense.
"""

from __future__ import annotations

import contextlib
import io
import math
import warnings
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from pydicom import Dataset, __version__, dcmread
from pydicom.datadict import dictionary_description, tag_for_keyword
from pydicom.filereader import read_file_meta_info
from pydicom.multival import MultiValue
from pydicom.sequence import Sequence as Items
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from SegAssistLib.errors import InputError
from SegAssistLib.translation import tr as _

if int(__version__.split(".")[0]) < 3:  # Slicer 5.10 brings 2.4, which decodes no single frames
    raise InputError(
        _(
            "DICOM files are read with pydicom 3.0 or newer, and {version} is installed; "
            "load the series with Slicer's DICOM module, or install a newer pydicom"
        ).format(version=__version__)
    )

_META = 1024  # bytes in which the transfer syntax stands
_HEADER = 16 << 20  # bytes: so much of a deflated file is inflated for its header
_PIXELS = {0x7FE00008: "FloatPixelData", 0x7FE00009: "DoubleFloatPixelData", 0x7FE00010: "PixelData"}
_UNDEFINED = 0xFFFFFFFF  # length of pixels that are stored in fragments, as compressed ones are


@dataclass(frozen=True)
class PixelElement:
    """Where a file's pixels are.

    Attributes:
        keyword: of the element.
        type: its value representation, where the file writes it down.
        start: of its value, in bytes from the beginning of what :func:`opened` gives.
        length: of its value in bytes, as far as the file goes.
        encapsulated: whether they are stored in fragments.
    """

    keyword: str
    type: str | None
    start: int
    length: int
    encapsulated: bool


@dataclass(frozen=True)
class Header:
    """A file's header, or an item of a sequence in it.

    Attributes:
        path: the file.
        dataset: its elements.
        pixels: where its pixels are; None when it has none (an item, or no image).
        remarks: sentences without a subject, on elements that make no sense and were ignored.
    """

    path: Path
    dataset: Dataset
    pixels: PixelElement | None = None
    remarks: list[str] = field(default_factory=list)

    def __contains__(self, keyword: str) -> bool:
        return keyword in self.dataset

    def text(self, keyword: str) -> str:
        """The first value, without spaces around it; empty where there is none."""
        try:
            values = self._values(keyword)
        except ValueError:
            return self._ignore(keyword, "")
        return str(values[0]).strip() if values else ""

    def code(self, keyword: str) -> str | None:
        """A coded string in capitals, or None where the file has none."""
        return self.text(keyword).upper() or None

    def codes(self, keyword: str) -> tuple[str, ...]:
        """All values of a coded string, in capitals."""
        try:
            return tuple(str(value).strip().upper() for value in self._values(keyword))
        except ValueError:
            return self._ignore(keyword, ())

    def numbers(self, keyword: str, count: int | None = None) -> tuple[float, ...]:
        """All values of an element that is not needed; none where there is none or it makes no sense.

        Args:
            keyword: of the element.
            count: so many values have to be there.
        """
        try:
            return self._numbers(keyword, count)
        except ValueError:
            return self._ignore(keyword, ())

    def number(self, keyword: str) -> float | None:
        """The first of :meth:`numbers`, or None."""
        return next(iter(self.numbers(keyword)), None)

    def whole(self, keyword: str) -> int | None:
        """The first value of an element that is not needed, as a whole number, or None."""
        value = self.number(keyword)
        if value is not None and value % 1:
            return self._ignore(keyword, None)
        return None if value is None else int(value)

    def needed(self, keyword: str, count: int) -> tuple[float, ...]:
        """The values of an element that has to be there.

        Raises:
            InputError: it is missing, holds another number of values, or something that is no number.
        """
        if not self._has_value(keyword):
            raise self._lacking(keyword)
        return self.stated(keyword, count)

    def needed_text(self, keyword: str) -> str:
        """The text of an element that has to be there.

        Raises:
            InputError: it is missing, or cannot be read.
        """
        text = self.text(keyword)
        if not text:
            raise self._lacking(keyword)
        return text

    def needed_whole(self, keyword: str) -> int:
        """The one value of an element that has to be there, as a whole number from 0.

        Raises:
            InputError: as :meth:`needed`, or another number.
        """
        (value,) = self.needed(keyword, 1)
        if value % 1 or value < 0:
            raise self._unusable(keyword)
        return int(value)

    def needed_pixels(self) -> PixelElement:
        """Where the pixels are.

        Raises:
            InputError: there are none.
        """
        if self.pixels is None:
            raise InputError(
                _("{path} has no pixels, is damaged or cut off; copy or export it again").format(
                    path=self.path
                )
            )
        return self.pixels

    def stated(self, keyword: str, count: int) -> tuple[float, ...]:
        """The values of an element that may be missing, but has to make sense; none where it is missing.

        Raises:
            InputError: it holds another number of values, or something that is no number.
        """
        try:
            return self._numbers(keyword, count)
        except ValueError:
            raise self._unusable(keyword) from None

    def items(self, keyword: str) -> list[Header]:
        """The items of a sequence."""
        try:
            value = self._value(keyword)
        except ValueError:
            return self._ignore(keyword, [])
        if value is not None and not isinstance(value, Items):
            return self._ignore(keyword, [])
        return [Header(self.path, item, remarks=self.remarks) for item in value or ()]

    @property
    def sop_class(self) -> UID:
        """What kind of object it is; empty where the file does not say."""
        with contextlib.suppress(ValueError), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return UID(self.text("SOPClassUID") or str(self._meta("MediaStorageSOPClassUID") or ""))
        return UID("")

    @property
    def syntax(self) -> UID:
        """How the pixels are encoded; of a deflated file, what it is when inflated.

        Raises:
            InputError: compressed, and in which way is not said, or not known here.
        """
        stated = self._meta("TransferSyntaxUID")
        implicit, little = self.dataset.original_encoding
        if stated == DeflatedExplicitVRLittleEndian:
            return ExplicitVRLittleEndian
        if stated is None and self.pixels is not None and self.pixels.encapsulated:
            raise InputError(
                _("{path} does not say how its pixels are compressed; export it uncompressed").format(
                    path=self.path
                )
            )
        if stated is None:
            plain = ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
            return plain if little else ExplicitVRBigEndian
        if not (isinstance(stated, UID) and stated.is_transfer_syntax):
            raise InputError(
                _(
                    "{path} is encoded in a way that is not known here (its transfer syntax is "
                    "no standard one); export it uncompressed"
                ).format(path=self.path)
            )
        return stated

    def about(self, name: str) -> tuple[str, ...]:
        """The remarks as sentences on the image ``name``."""
        return tuple(f"{name}: {remark}" for remark in self.remarks)

    def _has_value(self, keyword: str) -> bool:
        try:
            return bool(self._values(keyword))
        except ValueError:
            return True

    def _numbers(self, keyword: str, count: int | None) -> tuple[float, ...]:
        """Raises ValueError where they make no sense."""
        try:
            values = tuple(float(value) for value in self._values(keyword))
        except TypeError as error:
            raise ValueError(keyword) from error
        if not all(map(math.isfinite, values)) or (values and count not in (None, len(values))):
            raise ValueError(keyword)
        return values

    def _values(self, keyword: str) -> list[Any]:
        value = self._value(keyword)
        if value is None or (isinstance(value, str | bytes) and not value):
            return []
        if isinstance(value, str):
            return value.split("\\")  # as a type without several values keeps them
        if isinstance(value, Items):
            raise ValueError(keyword)
        return [*value] if isinstance(value, MultiValue | list) else [value]

    def _value(self, keyword: str) -> Any:
        """What pydicom makes of an element when it is first asked for; ValueError where it cannot."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # they quote the value, which may be a patient's
                return self.dataset.get(keyword)
        except Exception as error:  # its converters fail in many ways
            raise ValueError(keyword) from error

    def _meta(self, keyword: str) -> Any:
        meta = getattr(self.dataset, "file_meta", None)
        return None if meta is None else Header(self.path, meta)._value(keyword)

    def _ignore(self, keyword: str, instead: Any) -> Any:
        remark = _("{element} in the header makes no sense and was ignored.").format(
            element=described(keyword)
        )
        if remark not in self.remarks:
            self.remarks.append(remark)
        return instead

    def _lacking(self, keyword: str) -> InputError:
        return InputError(
            _("{path} lacks its {element}; export it again").format(
                path=self.path, element=described(keyword)
            )
        )

    def _unusable(self, keyword: str) -> InputError:
        return InputError(
            _("{path} is damaged: its {element} makes no sense; copy or export it again").format(
                path=self.path, element=described(keyword)
            )
        )


def read_header(path: Path, tags: Sequence[str] | None = None) -> Header:
    """Everything but the pixels of a DICOM file, with or without preamble.

    Args:
        path: the file.
        tags: keywords of the elements that will be asked for; by default all.

    Raises:
        InputError: the file is no row of DICOM elements.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom's remarks on sloppy but readable values
        try:
            with opened(path) as file:
                dataset = dcmread(file, stop_before_pixels=True, force=True, specific_tags=tags and [*tags])
                return Header(path, dataset, _pixel_element(file))
        except (OSError, InputError):
            raise
        except Exception as error:  # whatever its parsers meet
            raise damaged(path) from error


def damaged(path: Path) -> InputError:
    """What is said of a DICOM file that cannot be read."""
    return InputError(
        _("{path} is a damaged or cut-off DICOM file; copy or export it again").format(path=path)
    )


@contextlib.contextmanager
def opened(path: Path, pixels: int = 0) -> Iterator[BinaryIO]:
    """Open a DICOM file; a deflated one is inflated to a data set without preamble.

    Args:
        path: the file.
        pixels: bytes of pixels that are wanted; no more than these and a header are inflated.
    """
    with path.open("rb") as file:
        deflated = DeflatedExplicitVRLittleEndian.encode() in file.read(_META)
        if deflated:
            meta = read_file_meta_info(path)
            file.seek(144 + int(meta.FileMetaInformationGroupLength))  # counted from behind that element
            stream = zlib.decompressobj(-zlib.MAX_WBITS)
            yield io.BytesIO(stream.decompress(file.read(), _HEADER + pixels))
        else:
            file.seek(0)
            yield file


def described(keyword: str) -> str:
    """An element's name and tag, for messages."""
    tag = tag_for_keyword(keyword)
    return keyword if tag is None else f"{dictionary_description(tag)} ({tag >> 16:04X},{tag & 0xFFFF:04X})"


def _pixel_element(file: BinaryIO) -> PixelElement | None:
    """What comes next in the file, where that is an element of pixels."""
    start = file.read(12)
    for order in ("little", "big"):
        tag = int.from_bytes(start[:2], order) << 16 | int.from_bytes(start[2:4], order)
        if tag in _PIXELS and len(start) >= 8:
            typed = start[4:6] in (b"OB", b"OW", b"OF", b"OD", b"UN")
            begin = file.tell() - len(start) + (12 if typed else 8)
            length = int.from_bytes(start[8:12] if typed else start[4:8], order)
            there = max(0, file.seek(0, io.SEEK_END) - begin)
            encapsulated = length == _UNDEFINED
            if encapsulated or not isinstance(file, io.BytesIO):  # which is inflated for its header alone
                length = min(length, there)
            vr = start[4:6].decode() if typed else None
            return PixelElement(_PIXELS[tag], vr, begin, length, encapsulated)
    return None
