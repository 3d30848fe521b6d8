"""Simulated frames in the look of real ones: made once and kept on disk, for making them takes long."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from SegAssistLib.io.files import check_writable, writing
from SegAssistLib.partial_frames import ARTERY, SIMULATED, VEIN, Frame
from SegAssistLib.training.recipe import Report
from SegAssistLib.training.ultrasound.simulator import Settings, simulate_frame
from SegAssistLib.training.ultrasound.style import Style, measure_style
from SegAssistLib.wording import counted

PLAIN = "no real frame"  # the patient of those that look like nobody's


@dataclass(frozen=True)
class Simulation:
    """What is simulated.

    Attributes:
        count: frames.
        size: rows and columns.
        styled: share of frames that get the look of a real one.
        seed: one seed gives the same frames.
    """

    count: int
    size: int
    styled: float = 0.7
    seed: int = 0


def simulated_frames(
    real: Sequence[Frame], simulation: Simulation, folder: Path, jobs: int, report: Report
) -> list[Frame]:
    """Return simulated frames, made now or by an earlier start; ``folder`` keeps them.

    A frame with the look of a real one belongs to that one's patient, so that a fold which does not see a
    patient does not see his or her looks either.

    Args:
        real: whose looks are copied, every source equally often.
        simulation: what to make.
        folder: of ``frames.npy``, ``masks.npy`` (uint8 ``(count, columns, rows)``) and ``simulation.json``.
        jobs: processes.
        report: gets a line.
    """
    looks = _looks(real, simulation)
    patients = [PLAIN if look is None else look.patient for look in looks]
    record = {**asdict(simulation), "names": [None if look is None else look.name for look in looks]}
    note = folder / "simulation.json"
    files = [folder / f"{kind}.npy" for kind in ("frames", "masks")]
    if not (note.exists() and json.loads(note.read_text(encoding="utf-8")) == record):
        check_writable(folder)
        note.unlink(missing_ok=True)
        report(f"simulating {counted(simulation.count, 'frame')}")
        with writing(files[0]) as pictures, writing(files[1]) as masks:
            _simulate(looks, simulation, [pictures, masks], jobs)
        with writing(note) as temporary:  # last, for it says that the others are complete
            temporary.write_text(json.dumps(record) + "\n", encoding="utf-8")
    pictures, masks = (np.load(file, mmap_mode="r") for file in files)
    annotated = frozenset((ARTERY, VEIN))
    return [
        Frame(f"simulated_{index:05d}", patient, SIMULATED, pictures[index], masks[index], annotated)
        for index, patient in enumerate(patients)
    ]


def _looks(real: Sequence[Frame], simulation: Simulation) -> list[Frame | None]:
    """The real frame that each simulated one shall look like."""
    sources: dict[str, list[Frame]] = {}
    for frame in real:
        sources.setdefault(frame.source, []).append(frame)
    by_source = list(sources.values())
    rng = np.random.default_rng(simulation.seed)
    looks: list[Frame | None] = []
    for _ in range(simulation.count):
        source = by_source[rng.integers(len(by_source))]
        look = source[rng.integers(len(source))]
        looks.append(look if rng.random() < simulation.styled else None)
    return looks


def _simulate(looks: list[Frame | None], simulation: Simulation, files: list[Path], jobs: int) -> None:
    unique = {look.name: look for look in looks if look is not None}
    pictures = [look.picture for look in unique.values()]
    shape = (simulation.count, simulation.size, simulation.size)
    stores = [np.lib.format.open_memmap(file, "w+", np.uint8, shape) for file in files]
    fork = "fork" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if fork else "spawn")
    with ProcessPoolExecutor(jobs, context, initializer=partial(cv2.setNumThreads, 0)) as pool:
        styles = dict(zip(unique, pool.map(measure_style, pictures, chunksize=8), strict=True))
        seeds = [[simulation.seed, index] for index in range(simulation.count)]
        wanted = [None if look is None else styles[look.name] for look in looks]
        made = pool.map(partial(_one, simulation.size), seeds, wanted, chunksize=16)
        for index, pair in enumerate(made):
            for store, array in zip(stores, pair, strict=True):
                store[index] = array
    for store in stores:
        store.flush()


def _one(size: int, seed: list[int], style: Style | None) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    made = simulate_frame(rng, Settings(shape=(size, size), style=style))
    return made.frame, made.mask
