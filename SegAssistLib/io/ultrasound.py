"""Where the ultrasound image lies on the screen, and how large its pixels are (DICOM PS3.3, C.8.5.5)."""

from __future__ import annotations

from dataclasses import dataclass

from SegAssistLib.io.dicom_header import Header
from SegAssistLib.translation import tr as _

_TWO_DIMENSIONAL, _TISSUE, _CENTIMETRES = 1, 1, 3
_OVERHANG = 2  # pixels: some systems state the first column that is outside


@dataclass(frozen=True)
class Region:
    """A part of the screen.

    Attributes:
        columns, rows: what it spans.
        spacing: distance between columns and between rows in mm, or None when the file does not say.
        tissue: whether it shows tissue, and not flow alone.
    """

    columns: slice
    rows: slice
    spacing: tuple[float, float] | None
    tissue: bool

    @property
    def size(self) -> int:
        """Number of pixels."""
        return (self.columns.stop - self.columns.start) * (self.rows.stop - self.rows.start)

    def meets(self, other: Region) -> bool:
        """Whether the two share a pixel."""
        pairs = ((self.columns, other.columns), (self.rows, other.rows))
        return all(a.start < b.stop and b.start < a.stop for a, b in pairs)


def image_region(header: Header, name: str) -> tuple[Region | None, tuple[str, ...]]:
    """The 2D image on the screen: of several the one of tissue, with a pixel size, and then the largest.

    Args:
        header: with Sequence of Ultrasound Regions, Rows and Columns.
        name: of the image, for the sentences.

    Returns:
        None when the whole screen has to be taken, and sentences about what was decided.
    """
    items = header.items("SequenceOfUltrasoundRegions")
    stated = [item for item in items if item.whole("RegionSpatialFormat") == _TWO_DIMENSIONAL]
    regions = [region for item in stated if (region := _region(item, header)) is not None]
    if not items:
        return None, ()
    if not regions:
        reason = _("lies outside the picture") if stated else _("is not stated")
        return None, (
            _(
                "{name}: the place of the 2D image on the screen {reason}, so the whole "
                "screen was read, without a pixel size."
            ).format(name=name, reason=reason),
        )
    chosen = max(regions, key=lambda region: (region.tissue, region.spacing is not None, region.size))
    others = sum(not region.meets(chosen) for region in regions)
    if others:
        return chosen, (
            _(
                "{name}: the screen shows {count} images, and the one of {columns} x {rows} "
                "pixels that begins in column {start} was read."
            ).format(
                name=name,
                count=others + 1,
                columns=_extent(chosen.columns),
                rows=_extent(chosen.rows),
                start=chosen.columns.start,
            ),
        )
    return chosen, ()


def _region(item: Header, header: Header) -> Region | None:
    """What an item of the sequence says, or None when that does not lie in the picture."""
    names = ("MinX0", "MinY0", "MaxX1", "MaxY1")
    corners = [item.whole(f"RegionLocation{name}") for name in names]
    if None in corners:
        return None
    left, top, right, bottom = corners
    columns, rows = header.needed_whole("Columns"), header.needed_whole("Rows")
    inside = 0 <= left < right < columns + _OVERHANG and 0 <= top < bottom < rows + _OVERHANG
    if not inside or left >= columns or top >= rows:
        return None
    units = [item.whole(f"PhysicalUnits{axis}Direction") for axis in "XY"]
    spacing = [abs(item.number(f"PhysicalDelta{axis}") or 0) * 10 for axis in "XY"]
    known = units == [_CENTIMETRES, _CENTIMETRES] and all(each > 0 for each in spacing)
    return Region(
        columns=slice(left, min(right + 1, columns)),
        rows=slice(top, min(bottom + 1, rows)),
        spacing=(spacing[0], spacing[1]) if known else None,
        tissue=item.whole("RegionDataType") == _TISSUE,
    )


def _extent(span: slice) -> int:
    return span.stop - span.start
