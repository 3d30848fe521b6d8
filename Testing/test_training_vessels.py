"""Training on frames: what is not annotated teaches nothing, folds stay apart, and what comes out runs."""

from __future__ import annotations

import csv
import itertools
import json
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("monai")
pytest.importorskip("onnx")

from safetensors.torch import load_file  # noqa: E402

from SegAssistLib.errors import InputError  # noqa: E402
from SegAssistLib.image import Image  # noqa: E402
from SegAssistLib.inference import segment  # noqa: E402
from SegAssistLib.partial_frames import SIMULATED, Frame, read_frames  # noqa: E402
from SegAssistLib.task import Components, Task, read_task  # noqa: E402
from SegAssistLib.training import run  # noqa: E402
from SegAssistLib.training.fit import Schedule  # noqa: E402
from SegAssistLib.training.frame_scores import THRESHOLDS, HeldOutFrame, choose_thresholds, judge  # noqa: E402
from SegAssistLib.training.frames import prepared_example  # noqa: E402
from SegAssistLib.training.ultrasound.simulator import Settings, simulate_frame  # noqa: E402
from SegAssistLib.training.vessels import VesselLoss, VesselRecipe  # noqa: E402

SMALL = {"simulated": 12, "judged": 3}
SIZE = 64
ARTERY, VEIN, VESSEL = range(3)  # channels
FIELDS = ("name", "source", "group", "annotated_classes")


def quiet(_line: str) -> None:
    pass


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Simulated frames whose labels are made partial: arteries alone, and vessels of unknown type."""
    folder = tmp_path_factory.mktemp("frames")
    rows = []
    for kind in ("images", "masks"):
        (folder / kind).mkdir()
    for number in range(16):
        made = simulate_frame(number, Settings(shape=(96, 80), mishaps=0, marks=0))
        artery = number % 2 == 0
        mask = (made.mask == 1).astype(np.uint8) if artery else 3 * (made.mask > 0).astype(np.uint8)
        name = f"frame{number:02d}"
        for kind, array in (("images", made.frame), ("masks", mask)):
            cv2.imwrite(str(folder / kind / f"{name}.png"), np.ascontiguousarray(array.T))
        source = "arteries" if artery else "vessels"
        rows.append((name, source, f"{source}{number // 4}", "1" if artery else "3;4"))
    with (folder / "manifest.csv").open("w", newline="") as table:
        csv.writer(table).writerows([FIELDS, *rows])
    return folder


@pytest.fixture(scope="module")
def vessels(task, tmp_path_factory) -> Task:
    """A bundle for vessels without weights."""
    folder = tmp_path_factory.mktemp("bundle")
    (folder / "configs").mkdir()
    for name in ("metadata", "inference"):
        stated = json.loads((task.folder / "configs" / f"{name}.json").read_text())
        if name == "metadata":
            label = stated["segassist"]["labels"][0]
            stated["segassist"].update(
                task="vessels",
                kinds=["frames", "still"],
                modalities=["US"],
                preparation="frames",
                planes={"size": 64, "colour": "b-mode"},
                measure="vessels",
                recipe="vessels",
                components={"connectivity": 8, "smallest_pixels": 4},
                labels=[
                    {**label, "value": value, "name": vessel, "threshold": 0.5}
                    for value, vessel in enumerate(("artery", "vein"), 1)
                ],
                weights={},
            )
        (folder / "configs" / f"{name}.json").write_text(json.dumps(stated))
    return read_task(folder)


@pytest.fixture(scope="module")
def recipe(vessels, data, tmp_path_factory) -> VesselRecipe:
    recipe = VesselRecipe(vessels, data, "SlimUNet", **SMALL)
    recipe.choose(size=SIZE)
    recipe.load(tmp_path_factory.mktemp("run"), 0, quiet)
    return recipe


def made_up(
    mask: np.ndarray, *annotated: int, name: str = "a", patient: str = "p", source: str = "s"
) -> Frame:
    return Frame(name, patient, source, np.full(mask.shape, 90, np.uint8), mask, frozenset(annotated))


@pytest.mark.parametrize(
    ("annotated", "background", "known"),
    [
        ((1,), (0, -1, -1), ("artery",)),
        ((3, 4), (0, 0, 0), ("vessel",)),
        ((1, 2), (0, 0, 0), ("artery", "vein", "vessel")),
    ],
)
def test_a_class_says_what_its_source_looked_for(annotated, background, known):
    frame = made_up(np.zeros((4, 4), np.uint8), *annotated)
    assert tuple(frame.meaning[0]) == background
    assert frame.known == known
    # artery, vein, vessel of unknown type, nerve
    assert frame.meaning[1:].tolist() == [[1, 0, 1], [0, 1, 1], [-1, -1, 1], [0, 0, 0]]


def test_what_is_not_annotated_teaches_nothing(recipe):
    """From the file to the gradient: zero to the last bit where nobody said what is there."""
    stream = iter(recipe.examples((), 0))
    seen = set()
    for example in itertools.islice(stream, 40):
        reference = example["reference"][None]
        logits = torch.full((1, 2, 64, 64), -1.0, requires_grad=True)
        VesselLoss()(logits, reference).backward()
        gradient = logits.grad
        anything = reference[:, VESSEL : VESSEL + 1] >= 0
        unknown = (reference[:, :2] < 0) & ~anything
        assert not gradient[unknown].any()
        assert gradient[reference[:, :2] >= 0].abs().min() > 0
        untyped = (reference[:, ARTERY] < 0) & (reference[:, VESSEL] == 1)
        if unknown.any():
            seen.add("unknown")
            assert not (reference[:, VEIN] == 1).any()
        if untyped.any():  # either would do, and both are asked for alike
            seen.add("untyped")
            pull = gradient.movedim(1, -1)[untyped]
            assert (pull < 0).all()
            assert torch.allclose(pull[:, 0], pull[:, 1])
    assert seen == {"unknown", "untyped"}


def test_a_seed_gives_the_same_examples_and_another_seed_others(recipe):
    def first(seed: int) -> list[dict[str, torch.Tensor]]:
        return list(itertools.islice(recipe.examples((), seed), 6))

    for one, again in zip(first(3), first(3), strict=True):
        assert torch.equal(one["image"], again["image"])
        assert torch.equal(one["reference"], again["reference"])
    assert not torch.equal(first(3)[0]["image"], first(4)[0]["image"])
    assert all(0 <= each["image"].min() <= each["image"].max() <= 1 for each in first(3))
    assert all(each["image"].shape == (1, 64, 64) for each in first(3))


def test_the_mask_lies_on_the_picture_through_preparation_and_augmentation(vessels):
    """A bright disc that is the mask itself stays that, wherever the two are moved."""
    picture = np.zeros((96, 80), np.uint8)
    cv2.circle(picture, (30, 50), 12, 255, -1)
    frame = Frame("disc", "p", "s", picture, (picture > 0).astype(np.uint8), frozenset((1,)))
    example = prepared_example(frame, vessels)
    assert example["image"].shape == (1, 64, 64)
    assert ((example["image"] > 0.5) != (example["classes"] > 0)).mean() < 0.005
    from SegAssistLib.training.frame_augmentation import RandProjectived

    move = RandProjectived(64).set_random_state(seed=2)
    places = []
    for _ in range(10):
        moved = move(example)
        assert ((moved["image"] > 0.5) != (moved["classes"] > 0)).mean() < 0.01
        places.append(np.argwhere(moved["classes"][0]).mean(axis=0))
    assert np.ptp(places, axis=0).min() > 5


def test_a_fold_sees_nothing_of_its_patients_and_none_of_their_looks(recipe):
    folds = recipe.folds(2)
    real = [frame.name for fold in folds for frame in fold if frame.source != SIMULATED]
    assert sorted(real) == [f"frame{number:02d}" for number in range(16)]
    for fold in folds:
        hidden = {frame.patient for frame in fold}
        assert 0 < sum(frame.source == SIMULATED for frame in fold) <= 3
        seen = recipe.examples(fold, 0).frames
        assert not hidden & {frame.patient for frame in seen}
        assert {frame.source for frame in seen} == {"arteries", "vessels", SIMULATED}
    with pytest.raises(InputError, match="patients"):
        recipe.folds(9)


def test_simulated_frames_are_made_once(vessels, data, tmp_path):
    lines: list[str] = []
    made = []
    for _ in range(2):
        recipe = VesselRecipe(vessels, data, "SlimUNet", **SMALL)
        recipe.choose(size=SIZE)
        recipe.load(tmp_path / "one", 0, lines.append)
        made.append([frame for frame in recipe.examples((), 0).frames if frame.source == SIMULATED])
    assert lines == ["simulating 12 frames"]
    assert len(made[0]) == 12
    for one, again in zip(*made, strict=True):
        assert np.array_equal(one.picture, again.picture)
    recipe.load(tmp_path / "other", 1, lines.append)
    other = [frame for frame in recipe.examples((), 0).frames if frame.source == SIMULATED]
    assert not np.array_equal(other[0].picture, made[0][0].picture)


def test_the_table_of_dice_is_what_thresholding_gives():
    rng = np.random.default_rng(0)
    probabilities = rng.random((2, 20, 30)).astype(np.float16)
    mask = rng.integers(0, 3, (20, 30)).astype(np.uint8)
    frame = made_up(mask, 1, 2)
    table = HeldOutFrame(frame, probabilities).dice()
    for (i, first), (j, second) in itertools.product(enumerate(THRESHOLDS), repeat=2):
        artery, vein = (p > np.float32(t) for p, t in zip(probabilities, (first, second), strict=True))
        pairs = ((artery, mask == 1), (vein, mask == 2), (artery | vein, mask > 0))
        dice = [2 * (found & true).sum() / (found.sum() + true.sum()) for found, true in pairs]
        assert table[i, j] == pytest.approx(np.mean(dice))
    empty = HeldOutFrame(made_up(np.zeros((4, 4), np.uint8), 1), np.zeros((2, 4, 4), np.float16))
    assert (empty.dice() == 1).all()


def predicted(name: str, patient: str, artery: float, around: float) -> HeldOutFrame:
    """A network that gives the artery one probability and a wrong patch of its size another."""
    mask = np.zeros((32, 32), np.uint8)
    mask[4:12, 4:12] = 1
    probabilities = np.zeros((2, 32, 32), np.float16)
    probabilities[0][mask == 1] = artery
    probabilities[0, 20:28, 20:28] = around
    return HeldOutFrame(made_up(mask, 1, name=name, patient=patient), probabilities)


def test_a_fold_has_no_say_in_the_thresholds_that_it_is_judged_with(vessels):
    folds = [[predicted("a", "p1", 0.75, 0.55)], [predicted("b", "p2", 0.25, 0.15)]]
    rows = {row["case"]: row for row in judge(folds, vessels.labels, Components(8)).rows}
    assert rows["a"]["threshold_artery"] == 0.2  # what is right for b
    assert rows["b"]["threshold_artery"] in (0.6, 0.7)
    assert rows["a"]["dice"] == pytest.approx(2 / 3)  # the patch is found too
    assert rows["a"]["accuracy"] == pytest.approx(1 - 64 / 1024)
    assert rows["a"]["mean_iou"] == pytest.approx((64 / 128 + 896 / 960) / 2)
    assert rows["b"]["dice"] == 0


def test_sources_count_alike_however_many_frames_they_have():
    held_out = [predicted(f"m{n}", f"m{n}", 0.75, 0.55) for n in range(5)]
    few = predicted("few", "q", 0.25, 0.15)
    held_out.append(HeldOutFrame(made_up(few.frame.mask, 1, name="few", source="other"), few.probabilities))
    tables = {each.frame.name: each.dice() for each in held_out}
    # below 0.15 everyone has 2/3, up to 0.25 the few have 1, from 0.6 the many have 1 and the few nothing
    assert choose_thresholds(held_out, tables)[0] == 0.2


def test_a_short_training_writes_a_bundle_that_runs(vessels, data, tmp_path, monkeypatch):
    monkeypatch.setitem(run.RECIPES, "vessels", partial(VesselRecipe, **SMALL))
    schedule = Schedule(steps=3, batch=4, learning_rate=1e-3)
    bundle = run.run_training(
        vessels, data, tmp_path, "SlimUNet", schedule, 2, 2, "cpu", jobs=2, report=quiet, size=SIZE
    )
    trained = read_task(bundle)
    assert trained.planes.size == 64
    assert trained.planes.channels == 1
    clip = Image(
        np.random.default_rng(0).integers(0, 255, (70, 90, 3), np.uint8), np.eye(4), "frames", False, "US"
    )
    results = [
        segment(clip, trained, quality="quick", backend=backend, device="cpu")
        for backend in ("onnxruntime", "torch")
    ]
    assert results[0].probabilities.shape == (2, 70, 90, 3)
    one, other = (result.probabilities.astype(np.float32) for result in results)
    assert np.allclose(one, other, atol=2e-3)
    assert one.max() > 0
    assert (one.sum(axis=0) <= 1.001).all()  # no pixel is an artery and a vein

    with (tmp_path / "cases.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    channels = {(row["source"], row["channel"]) for row in rows}
    assert channels == {
        ("arteries", "artery"),
        ("vessels", "vessel"),
        *((SIMULATED, channel) for channel in ("artery", "vein", "vessel")),
    }
    with (tmp_path / "summary.csv").open(newline="") as table:
        assert {row["metric"] for row in csv.DictReader(table)} >= {"dice", "mean_iou", "accuracy"}
    again: list[str] = []
    run.run_training(
        vessels, data, tmp_path, "SlimUNet", schedule, 2, 2, "cpu", jobs=1, report=again.append, size=SIZE
    )
    assert sum("resumed" in line for line in again) == 3
    assert not any("loss" in line or "simulating" in line for line in again)

    unchanged = replace(schedule, learning_rate=1e-12)
    shutil.copytree(tmp_path / "simulated", tmp_path / "more" / "simulated")
    more = partial(run.run_training, vessels, data, tmp_path / "more", "SlimUNet", unchanged)
    further = more(0, 1, "cpu", jobs=1, report=quiet, size=SIZE, start=trained)
    weights = [load_file(each / "models" / "model.safetensors") for each in (bundle, further)]
    assert all(
        torch.allclose(weights[0][name], value) for name, value in weights[1].items() if value.ndim == 4
    )
    with pytest.raises(InputError, match="may have seen everybody; train with 0 folds"):
        more(2, 1, "cpu", jobs=1, report=quiet, size=SIZE, start=trained)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("no table", "no manifest.csv"),
        ("no columns", "expected a table with the columns"),
        ("no numbers", "no numbers in annotated_classes"),
        ("other classes", "classes that the manifest does not state"),
    ],
)
def test_unusable_data_are_refused_in_one_sentence(data, tmp_path, change, message):
    for kind in ("images", "masks"):
        (tmp_path / kind).mkdir()
        name = f"{kind}/frame00.png"
        (tmp_path / name).write_bytes((data / name).read_bytes())
    classes = {"no numbers": "artery", "other classes": "3;4"}.get(change, "1")
    rows = [FIELDS[:3] if change == "no columns" else FIELDS, ("frame00", "s", "g", classes)]
    if change != "no table":
        with (tmp_path / "manifest.csv").open("w", newline="") as table:
            csv.writer(table).writerows(rows)
    with pytest.raises(InputError, match=message):
        read_frames(tmp_path)


@pytest.mark.shared_data
def test_the_annotated_frames_are_read_with_what_each_source_knows(ultrasound_data):

    frames = read_frames(ultrasound_data)
    assert {(frame.source, frame.known) for frame in frames} == {
        ("CCA (Momot 2022)", ("artery",)),
        ("usgra-seg", ("vessel",)),
    }
    assert len({frame.patient for frame in frames if frame.source == "CCA (Momot 2022)"}) == 12
