"""B-mode clips of a compression examination, with the exact truth of every frame.

Nothing in them comes from a patient. What they show is right in geometry and in the physics of speckle,
and simplified in everything else: a network's scores on them say nothing about patients.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from SegAssistLib.errors import InputError
from SegAssistLib.training.ultrasound.anatomy import SITES, random_anatomy
from SegAssistLib.training.ultrasound.compression import Moment, random_course
from SegAssistLib.training.ultrasound.display import Screen, burn_marks
from SegAssistLib.training.ultrasound.examination import WHOLE_FACE, Examination
from SegAssistLib.training.ultrasound.outline import area
from SegAssistLib.training.ultrasound.speckle import Probe
from SegAssistLib.training.ultrasound.style import Style, StyleTransfer
from SegAssistLib.training.ultrasound.visibility import visible
from SegAssistLib.translation import tr as _

VISIBLE = 6.0  # mean grey level around a vessel below which no one could outline it
LOST = 0.3  # share of the probe's width without contact from which a frame counts as lost
GAP = 0.5  # mm of gel from which a frame counts as having a gap
ATTEMPTS = 8  # to find a picture in which every vessel is seen
DRAWS = 500  # of an anatomy, to find one that has room: in a picture of 96 x 256 pixels every 25th has


@dataclass(frozen=True)
class Settings:
    """What to simulate; what is None is drawn by chance.

    Attributes:
        shape: columns and rows.
        frames: of a clip.
        frame_rate: in frames a second.
        thrombosed: whether the (first) vein holds a thrombus.
        site: a key of ``SITES``.
        effort: pressure of the strongest press, 0 to 1; a healthy vein closes below 0.9.
        mishaps: expected number of blurred stretches, of lost contacts and of gel gaps, each, in a clip.
        marks: chance that text and scales are burned in.
        style: the look of a real frame: its grain sets the point-spread function, and its levels and gain the
            greys.
    """

    shape: tuple[int, int] = (256, 256)
    frames: int = 96
    frame_rate: float = 25.0
    thrombosed: bool | None = None
    site: str | None = None
    effort: float = 1.0
    mishaps: float = 0.3
    marks: float = 0.3
    style: Style | None = None


@dataclass(frozen=True)
class VesselTruth:
    """What is true of one vessel in every frame.

    Attributes:
        kind: ``artery`` or ``vein``.
        thrombosed: whether it holds a thrombus.
        area_mm2: float64 ``(frames,)``, of the part within the picture, from its outline, not from pixels. A
            thrombus counts as part of its vein, as the outline is the inner side of the wall.
        centre: float32 ``(frames, 2)``, column and row; not a number while it is out of the picture.
    """

    kind: str
    thrombosed: bool
    area_mm2: np.ndarray
    centre: np.ndarray

    @property
    def change_rate(self) -> float:
        """``1 - smallest area / largest area`` over the clip."""
        return 1 - float(self.area_mm2.min() / self.area_mm2.max())


@dataclass(frozen=True)
class SimulatedClip:
    """A clip and its truth.

    Attributes:
        frames: uint8 grey ``(columns, rows, frames)``.
        mask: uint8 of the same shape, 1 is artery, 2 is vein; drawn also where contact is lost.
        vessels: artery first.
        pressure: float64 ``(frames,)``, 0 to 1.
        spacing: mm a pixel, the same along columns and rows.
        frame_rate: in frames a second.
        thrombosed: whether any vein holds a thrombus.
        blurred: bool ``(frames,)``, the probe was swept.
        contact_lost: bool ``(frames,)``, over a good part of the probe's width.
        gel_gap: bool ``(frames,)``, a layer of gel between probe and skin.
        screen: settings of the machine.
        probe: the probe.
        site: where it was put.
    """

    frames: np.ndarray
    mask: np.ndarray
    vessels: tuple[VesselTruth, ...]
    pressure: np.ndarray
    spacing: float
    frame_rate: float
    thrombosed: bool
    blurred: np.ndarray
    contact_lost: np.ndarray
    gel_gap: np.ndarray
    screen: Screen
    probe: Probe
    site: str


@dataclass(frozen=True)
class SimulatedFrame:
    """One frame and what can be seen in it.

    Attributes:
        frame: uint8 grey ``(columns, rows)``.
        mask: uint8 of the same shape, 1 is artery, 2 is vein; nothing where no one could see it.
        spacing: mm a pixel.
        site: where the probe was put.
    """

    frame: np.ndarray
    mask: np.ndarray
    spacing: float
    site: str


def simulate_clip(rng: np.random.Generator | int, settings: Settings | None = None) -> SimulatedClip:
    """Simulate a compression examination of a vein, healthy or thrombosed, mostly beside its artery.

    Args:
        rng: random numbers, or a seed: one seed gives one clip.
        settings: what to simulate.

    Raises:
        InputError: the picture is too narrow for a vein.
    """
    rng, settings = np.random.default_rng(rng), settings or Settings()
    thrombosed = rng.random() < 0.4 if settings.thrombosed is None else settings.thrombosed
    kinds = ("artery", "vein") if rng.random() < 0.9 else ("vein",)
    site, examination = _examination(rng, settings, kinds, thrombosed, inside=True)
    course = random_course(rng, settings.frames, settings.frame_rate, settings.effort, settings.mishaps)

    frames, masks, outlines = [], [], []
    previous: np.ndarray | None = None
    for moment, contact, sweeping in zip(course.moments, course.contact, course.sweeping, strict=True):
        frame = examination.frame(moment, contact, bool(sweeping))
        if previous is not None:
            frame += examination.screen.persistence * (previous - frame)
        previous = frame
        now = examination.outlines(moment)
        frames.append(_eight_bit(frame))
        masks.append(examination.mask(now))
        outlines.append(now)
    frames = _styled(frames, settings.style)
    if examination.screen.marks:
        _burn(frames, examination.screen.spacing, rng)
    contact = course.contact[:, 1] - course.contact[:, 0]
    return SimulatedClip(
        frames=np.stack(frames, axis=-1).swapaxes(0, 1),
        mask=np.stack(masks, axis=-1).swapaxes(0, 1),
        vessels=tuple(
            VesselTruth(
                vessel.kind,
                vessel.clot > 0,
                np.array([area(now[k]) for now in outlines]),
                np.array([_centre(now[k], examination.screen) for now in outlines], np.float32),
            )
            for k, vessel in enumerate(examination.vessels)
        ),
        pressure=np.array([moment.pressure for moment in course.moments]),
        spacing=examination.screen.spacing,
        frame_rate=settings.frame_rate,
        thrombosed=any(vessel.clot > 0 for vessel in examination.vessels),
        blurred=course.sweeping,
        contact_lost=contact < 1 - LOST,
        gel_gap=np.array([moment.gel > GAP for moment in course.moments]),
        screen=examination.screen,
        probe=examination.probe,
        site=site,
    )


def simulate_frame(rng: np.random.Generator | int, settings: Settings | None = None) -> SimulatedFrame:
    """Simulate one frame at a chance moment of an examination; some show one vessel, part of one, or none.

    Args:
        rng: random numbers, or a seed: one seed gives one frame.
        settings: what to simulate; a frame's mishaps come as often as in a clip.

    Raises:
        InputError: the picture is too narrow for a vein that it shall show.
    """
    rng, settings = np.random.default_rng(rng), settings or Settings()
    choices = (("artery", "vein"), ("artery",), ("vein",), ())
    kinds = choices[rng.choice(4, p=[0.72, 0.08, 0.14, 0.06])]
    thrombosed = rng.random() < 0.25 if settings.thrombosed is None else settings.thrombosed
    inside = rng.random() < 0.6
    site, examination = _examination(rng, settings, kinds, thrombosed, inside)
    pressure = _pressure(rng, examination, settings.effort)

    spoilt = settings.mishaps / 8
    moment = Moment(
        pressure=pressure,
        beat=rng.random(),
        breath=rng.uniform(-1, 1),
        gel=rng.uniform(0.3, 4) if rng.random() < spoilt else 0.0,
    )
    contact = WHOLE_FACE
    if rng.random() < spoilt:
        lift, side = rng.uniform(0.05, 0.9), rng.random() < 0.5
        contact = (lift, 1.0) if side else (0.0, 1 - lift)
    frame = _eight_bit(examination.frame(moment, contact, sweeping=rng.random() < spoilt))
    outlines = examination.outlines(moment)
    outlines = [o if _recognisable(frame, o, examination.screen) else o[:0] for o in outlines]
    mask = examination.mask(outlines) * examination.touched(contact)
    (frame,) = _styled([frame], settings.style)
    if examination.screen.marks:
        _burn([frame], examination.screen.spacing, rng)
    return SimulatedFrame(frame.T, mask.T, examination.screen.spacing, site)


def _pressure(rng: np.random.Generator, examination: Examination, effort: float) -> float:
    """Draw a pressure: none to speak of, any, or, half of the time, one at which a vein is half closed.

    A vein closes within a small part of the pressures, and how far it has closed is what has to be seen:
    every closure comes equally often.
    """
    kind = rng.choice(3, p=(0.35, 0.15, 0.5))
    veins = [
        response
        for inclusion, response in zip(
            examination.mechanics.inclusions, examination.mechanics.responses, strict=True
        )
        if inclusion.kind == "vein"
    ]
    if kind == 0:
        return effort * rng.uniform(0, 0.1)
    if kind == 1 or not veins:
        return effort * rng.uniform(0.1, 1)
    return min(veins[0].pressure(rng.uniform(0, 1)), effort)


def _examination(
    rng: np.random.Generator, settings: Settings, kinds: tuple[str, ...], thrombosed: bool, inside: bool
) -> tuple[str, Examination]:
    """Draw a site, a probe, a machine, and an anatomy in which every wanted kind of vessel has found room.

    An examiner seeks a picture in which the vessels are seen before pressing: what is not is drawn
    again, so often as ``ATTEMPTS`` allows.

    Raises:
        InputError: there was no room in ``DRAWS`` anatomies.
    """
    wanted = set(kinds) & {"vein"}
    attempts, found = 0, None
    for _draw in range(DRAWS):
        name = settings.site or str(rng.choice(list(SITES)))
        site = SITES[name]
        probe, screen = _machine(rng, settings, site.view)
        width = min(probe.width, screen.shape[1] * screen.spacing)
        clotted = thrombosed and bool(wanted)
        anatomy = random_anatomy(rng, site, width, probe.reach, probe.depth, clotted, kinds, inside)
        if not wanted <= {inclusion.kind for inclusion in anatomy.inclusions}:
            continue
        found = name, Examination(rng, anatomy, probe, screen, settings.effort)
        attempts += 1
        if _seen_at_rest(found[1], settings.style) or attempts == ATTEMPTS:
            break
    if found is None:
        raise InputError(
            _("A picture of {columns} x {rows} pixels has no room for a vein; ask for a wider one.").format(
                columns=settings.shape[0], rows=settings.shape[1]
            )
        )
    return found


def _seen_at_rest(examination: Examination, style: Style | None) -> bool:
    """Whether every vessel is visible at rest and in contact, where the machine's gain is set."""
    (frame,) = _styled([_eight_bit(examination.frame(Moment()))], style)
    masks = examination.lumens(examination.outlines(Moment()))
    every = np.any(masks, axis=0) if masks else np.zeros(frame.shape, bool)
    return all(visible(frame, mask, every) for mask in masks)


def _machine(rng: np.random.Generator, settings: Settings, view: tuple[float, float]) -> tuple[Probe, Screen]:
    """Draw a probe and a machine that suit the depth that is to be seen."""
    columns, rows = settings.shape
    depth = rng.uniform(*view)
    filled_rows = rows if rng.random() < 0.8 else int(rows * rng.uniform(0.75, 1))
    spacing = depth / filled_rows
    curved = depth > 35 and rng.random() < 0.2
    pulse = rng.uniform(0.075, 0.135) * (depth / 35) ** 0.8
    beam = pulse * rng.uniform(1.7, 3.6)
    resolution = settings.style and settings.style.resolution(rows)
    if resolution is not None:
        pulse, beam = (spacing * sigma for sigma in resolution)
    radius = rng.uniform(40, 65) if curved else np.inf
    width = rng.uniform(38, 60) if curved else min(columns * spacing, rng.uniform(36, 52))
    probe = Probe(
        depth=depth,
        width=width,
        radius=radius,
        pulse=pulse,
        beam=beam,
        focus=rng.uniform(0.3, 0.9) * depth,
        focal_range=rng.uniform(0.3, 0.8) * depth,
        frequency=1 / (1.1 * pulse),
        looks=int(rng.choice([1, 2, 3], p=[0.2, 0.4, 0.4])),
        side_lobes=rng.uniform(0, 0.02),
    )
    # Greys that are to follow a style must not have been cut off before.
    plain = settings.style is not None
    top = float(probe.field()[:, 1].min())
    screen = Screen(
        shape=(rows, columns),
        spacing=spacing,
        corner=(-0.5 * (columns - 1) * spacing, top + 0.5 * spacing),
        dynamic_range=85.0 if plain else rng.uniform(45, 75),
        white=3.0 if plain else rng.uniform(0, 18),
        gamma=1.0 if plain else rng.uniform(1.0, 2.4),
        smoothing=rng.uniform(0, 1) if rng.random() < 0.6 else 0.0,
        sharpening=rng.uniform(0, 0.8) if rng.random() < 0.4 else 0.0,
        persistence=rng.uniform(0, 0.35),
        noise=rng.uniform(-45, -22),
        clutter=rng.uniform(-40, -14),
        marks=rng.random() < settings.marks,
    )
    return probe, screen


def _eight_bit(frame: np.ndarray) -> np.ndarray:
    return np.rint(255 * frame).astype(np.uint8)


def _styled(frames: list[np.ndarray], style: Style | None) -> list[np.ndarray]:
    """Give frames ``(rows, columns)`` the greys of a style, by the change that the first one needs."""
    if style is None:
        return frames
    transfer = StyleTransfer(frames[0].T, style)
    return [np.ascontiguousarray(transfer(frame.T).T) for frame in frames]


def _centre(outline: np.ndarray, screen: Screen) -> np.ndarray:
    """Middle of an outline in pixels."""
    return screen.to_pixels(outline.mean(axis=0)) if len(outline) else np.full(2, np.nan)


def _recognisable(frame: np.ndarray, outline: np.ndarray, screen: Screen) -> bool:
    """Whether the picture shows something around a vessel, and not only blackness."""
    if not len(outline):
        return False
    (left, top), (right, bottom) = (
        np.rint(screen.to_pixels(corner)).astype(int) for corner in (outline.min(axis=0), outline.max(axis=0))
    )
    margin = max(4, (right - left) // 4)
    around = frame[max(0, top - margin) : bottom + margin + 1, max(0, left - margin) : right + margin + 1]
    return bool(around.mean() > VISIBLE)


def _burn(frames: list[np.ndarray], spacing: float, rng: np.random.Generator) -> None:
    """Burn the same marks into all frames."""
    marks = np.zeros_like(frames[0])
    burn_marks(marks, spacing, rng)
    for frame in frames:
        np.copyto(frame, marks, where=marks > 0)
