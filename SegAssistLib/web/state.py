"""State: what the panel shows, as the page has it. Every field is sent to the browser when it changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from SegAssistLib.inference.worker import Progress
from SegAssistLib.measure.lesions import Lesion
from SegAssistLib.translation import tr as _


@dataclass
class PanelState:
    """One panel.

    Attributes:
        opening: what is being read or written, for the person; empty when nothing is.
        volumes: what is open: ``id``, ``name`` and ``detail`` of each.
        volume: id of the shown one.
        kind: of the shown image: ``volume``, ``frames`` or ``still``.
        flat: whether it has one plane alone: a clip or a still picture.
        choices: what was found in an upload and can be opened: ``title`` and ``detail`` of each.
        tasks: ``name``, ``title`` and ``intended_use`` of each.
        task, quality: chosen.
        missing: why a run cannot be started; empty when it can.
        terms: what the task may be used for, while a person is asked to accept that; else empty.
        running, percent, progress: the run under way; ``progress`` is a sentence.
        measure: what the shown result's task measures, a name in ``SegAssistLib.results``; empty without a
            result.
        cautions: sentences that its task puts beside every result.
        table: its findings for reading, where the panel has no table of its own for the measure: ``title``,
            ``columns``, ``rows`` and ``notes``; empty without.
        lesions: rows of the table, see :func:`lesion_row`; sizes are in ``size_unit``.
        total, reviewed: what the mask holds, and how many of its lesions were reviewed.
        selected: id of the lesion in sight; 0 when none is.
        exports: kinds of files that a result of the shown image gives.
        result: id of the shown result; empty without.
        has_result, stale: whether there is a mask, and whether it was edited since it was measured.
        no_threshold: why the threshold cannot be moved; empty when it can.
        labels: names of the task's labels; ``label`` is the one that ``threshold`` belongs to, in ``result``.
        moved: what the slider asked for last: a threshold, the ``result`` and ``label`` that it belonged to,
            and when that was, so that the same place again is a change.
        mask_visible: whether the mask is shown.
        message, message_kind: what there is to say: ``error``, ``warning`` or ``success``.
        help: whether the list of keys is shown.
    """

    opening: str = ""
    volumes: list = field(default_factory=list)
    volume: str = ""
    kind: str = "volume"
    flat: bool = False
    choices: list = field(default_factory=list)
    tasks: list = field(default_factory=list)
    task: str = ""
    quality: str = "best"
    missing: str = _("Open a scan first.")
    terms: str = ""
    running: bool = False
    percent: float = 0.0
    progress: str = ""
    measure: str = ""
    cautions: list = field(default_factory=list)
    table: dict = field(default_factory=dict)
    lesions: list = field(default_factory=list)
    size_unit: str = "mm³"
    total: str = ""
    reviewed: int = 0
    selected: int = 0
    exports: list = field(default_factory=list)
    result: str = ""
    has_result: bool = False
    stale: bool = False
    no_threshold: str = ""
    labels: list = field(default_factory=list)
    label: str = ""
    threshold: float = 0.5
    moved: list = field(default_factory=list)
    mask_visible: bool = True
    message: str = ""
    message_kind: str = "error"
    help: bool = False


def lesion_row(lesion: Lesion, reviewed: bool) -> dict[str, object]:
    """A row of the table."""
    size = lesion.voxels if lesion.volume_mm3 is None else round(lesion.volume_mm3)
    diameter = lesion.longest_axial_diameter_mm
    first, last = lesion.first_slice, lesion.last_slice  # from 0, as in the exported table
    return {
        "id": lesion.id,
        "size": str(size),
        "diameter": "" if diameter is None else f"{diameter:.1f}",
        "slices": str(first) if first == last else f"{first}-{last}",
        "reviewed": reviewed,
    }


def progress_sentence(progress: Progress, what: str = "Slice") -> str:
    """How far a run is."""
    left = progress.seconds_left
    if left is None:
        return f"{what} {progress.done} of {progress.total}"
    remaining = f"{left:.0f} s" if left < 90 else f"{left / 60:.0f} min"
    return f"{what} {progress.done} of {progress.total}, about {remaining} left"


def describe_volume(grid: tuple[int, int, int], spacing: Sequence[float] | None) -> str:
    """Size of a volume; ``spacing`` in mm, or None where it is unknown."""
    voxels = " x ".join(str(n) for n in grid)
    if spacing is None:
        return f"{voxels}, pixel size unknown"
    return f"{voxels}, {' x '.join(f'{mm:.2g}' for mm in spacing)} mm"


def describe_plane(grid: tuple[int, int], frames: int, spacing: Sequence[float] | None) -> str:
    """Size of a clip or a still picture; ``spacing`` in mm, or None where it is unknown."""
    pixels = " x ".join(str(n) for n in grid) + (f", {frames} frames" if frames > 1 else "")
    if spacing is None:
        return f"{pixels}, pixel size unknown"
    return f"{pixels}, {' x '.join(f'{mm:.2g}' for mm in spacing)} mm"
