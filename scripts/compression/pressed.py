"""Pressed frames: real ones of which one vessel is closed by a known amount, step by step and back."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel

from compression.judging import dice, judge_change
from SegAssistLib.cases import split_folds
from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.inference import segment
from SegAssistLib.inference.backends import Backend
from SegAssistLib.inference.segment import Quality
from SegAssistLib.inference.torch_backend import NetworkBackend
from SegAssistLib.io.table import read_rows
from SegAssistLib.measure.components import label_components
from SegAssistLib.measure.frame_quality import frame_quality, screen_frames
from SegAssistLib.measure.tracking import Tracking, track_vessels
from SegAssistLib.measure.vessels import measure_vessels
from SegAssistLib.networks import build_network
from SegAssistLib.partial_frames import ARTERY, VESSEL, Frame, read_frames
from SegAssistLib.prepare import read_settings
from SegAssistLib.task import Task, find_task
from SegAssistLib.training.ultrasound.closing import close_vessel

FRAME_RATE = 25.0
# parts of the clip, and of the press: rest, press, hold, release, rest
COURSE = ((0.0, 0.15, 0.45, 0.6, 0.9, 1.0), (0.0, 0.0, 1.0, 1.0, 0.0, 0.0))
NOISE = 2.0  # grey levels, new in every frame as a receiver's is: without it frames at rest would be copies


@dataclass(frozen=True)
class PressedRun:
    """Presses a vessel of a real frame, and follows it with a network that has not seen the recording.

    Attributes:
        run: folder of a training run that has finished.
        data: the annotated frames that it learned from.
        frames: of a clip.
        quality: as ``segment`` takes it.
        task: whose labels the run has.
    """

    run: Path
    data: Path
    frames: int
    quality: Quality
    task: str

    def names(self) -> list[str]:
        """The frames with an annotated vessel."""
        return [name for name, frame in _frames(self.data).items() if _vessel(frame).any()]

    def __call__(self, name: str) -> dict[str, Any] | None:
        """Return the row of a frame's clip; None where the vessel reaches the picture's edge.

        One half of the vessels, drawn by the frame's name, is closed by 90 % to 100 %, the other by 10 % to
        70 %. The vessel is pointed out: of all that is tracked, what overlaps it most is measured. Its
        label does not count, for under pressure even an artery yields here as only a vein does.
        """
        frame = _frames(self.data)[name]
        rng = np.random.default_rng(list(name.encode()))
        closed = float(rng.uniform(0.9, 1) if rng.random() < 0.5 else rng.uniform(0.1, 0.7))
        try:
            pictures, truth = _pressed(frame, closed, self.frames, rng)
        except ValueError:
            return None
        image = Image(pictures, np.eye(4), "frames", False, "US", FRAME_RATE, name)
        run = _read_run(self.run, self.data)
        task = run.task(self.task, name)
        network = _network(self.run, self.data, run.fold_of[name])
        found = segment(image, task, quality=self.quality, backend=network)
        labels = {label.name: label.value for label in task.labels}
        screened = screen_frames(frame_quality(image.array))
        tracking = track_vessels(found.array, labels, screened=screened, probabilities=found.probabilities)
        pointed_out = {"artery": _pointed_out(tracking, truth), "vein": None}
        mask = replace(tracking, chosen=pointed_out).proposed()
        artery = measure_vessels(mask, labels, None, times_s=image.times_s, screened=screened).vessels[0]
        readable = np.isin(np.arange(self.frames), list(screened), invert=True)
        return {
            "clip": name,
            "source": frame.source,
            "patient": frame.patient,
            **judge_change(artery.change, closed),
            "dice": dice(truth, mask > 0, readable),
            "screened_frames": len(screened),
        }


def _vessel(frame: Frame) -> np.ndarray:
    """The frame's largest vessel, bool ``(columns, rows)``; nowhere where none is annotated."""
    inside = np.isin(frame.mask, (ARTERY, VESSEL))
    components = label_components(inside[..., np.newaxis], connectivity=8)[0][..., 0]
    return inside & (components == np.bincount(components[inside], minlength=1).argmax())


def _pressed(
    frame: Frame, closed: float, count: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """The clip, and where the vessel is in it: uint8 and bool ``(columns, rows, frames)``.

    Raises:
        ValueError: the vessel reaches the upper or lower edge of the picture.
    """
    vessel = _vessel(frame).astype(np.uint8)
    press = np.interp(np.linspace(0, 1, count), *COURSE)
    pictures, masks = [], []
    for amount in closed * press * press * (3 - 2 * press):  # it begins and ends smoothly
        picture, mask = close_vessel(np.ascontiguousarray(frame.picture), vessel, float(amount), 1)
        noisy = picture + rng.normal(0, NOISE, picture.shape)
        pictures.append(np.where(picture > 0, np.clip(np.rint(noisy), 1, 255), 0).astype(np.uint8))
        masks.append(mask > 0)
    return np.stack(pictures, axis=-1), np.stack(masks, axis=-1)


def _pointed_out(tracking: Tracking, truth: np.ndarray) -> int | None:
    """The id of the track that has most pixels in common with the vessel; None where none has any."""
    common = {
        track.id: sum(
            int(np.count_nonzero(truth[..., each.frame].ravel()[each.where])) for each in track.regions
        )
        for track in tracking.tracks
    }
    best = max(common, key=common.__getitem__, default=None)
    return best if best is not None and common[best] else None


@cache
def _frames(data: Path) -> dict[str, Frame]:
    return {frame.name: frame for frame in read_frames(data)}


@dataclass(frozen=True)
class _Run:
    """A training run as its files tell it.

    Attributes:
        recipe: what ``recipe.json`` says.
        fold_of: number of the fold that did not see a frame, from 1.
        thresholds: for artery and vein, those with which a frame was judged: the other folds chose them.
    """

    recipe: dict[str, Any]
    fold_of: dict[str, int]
    thresholds: dict[str, tuple[float, float]]

    def task(self, name: str, case: str) -> Task:
        """The task ``name`` with the run's settings, and the thresholds for a frame."""
        task = find_task(name, trained=False)
        labels = zip(task.labels, self.thresholds[case], strict=True)
        return replace(
            task,
            labels=tuple(replace(label, threshold=value) for label, value in labels),
            planes=read_settings(task.preparation, self.recipe["planes"]),
        )


@cache
def _read_run(run: Path, data: Path) -> _Run:
    """Read a run that has finished.

    Raises:
        InputError: it has not, or it is of other frames.
    """
    try:
        recipe = json.loads((run / "recipe.json").read_text(encoding="utf-8"))
        rows = read_rows(run / "cases.csv")
    except FileNotFoundError as error:
        raise InputError(
            f"{error.filename}: not there; choose the folder of a training that has finished its folds."
        ) from error
    frames = list(_frames(data).values())
    if recipe["cases"] != [frame.name for frame in frames]:
        raise InputError(
            f"{run}: trained on other frames than those in {data}; give the ones it learned from."
        )
    folds = split_folds(frames, recipe["folds"])
    return _Run(
        recipe,
        {frame.name: number for number, fold in enumerate(folds, 1) for frame in fold},
        {row["case"]: (float(row["threshold_artery"]), float(row["threshold_vein"])) for row in rows},
    )


@cache
def _network(run: Path, data: Path, fold: int) -> Backend:
    """The network of a fold: the running average of its weights."""
    torch.set_num_threads(1)
    average = AveragedModel(build_network(_read_run(run, data).recipe["network"]))
    state = torch.load(run / f"fold{fold}" / "checkpoint.pt", map_location="cpu", weights_only=True)
    average.load_state_dict(state["average"])
    return NetworkBackend(average.module)
