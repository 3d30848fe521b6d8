"""Training on pictures: what is pasted, what is hidden, what comes before, and what comes out."""

from __future__ import annotations

import copy
import csv
import itertools
import json
import shutil
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("monai")
pytest.importorskip("onnx")

from tiny_bundle import write_bundle  # noqa: E402
from torch import nn  # noqa: E402

from SegAssistLib.errors import InputError  # noqa: E402
from SegAssistLib.evaluation import evaluate  # noqa: E402
from SegAssistLib.image import Image  # noqa: E402
from SegAssistLib.inference import segment  # noqa: E402
from SegAssistLib.io import read_image  # noqa: E402
from SegAssistLib.networks import build_network, network_definition  # noqa: E402
from SegAssistLib.task import Task, find_task, read_task  # noqa: E402
from SegAssistLib.training.copy_paste import cut_out, paste  # noqa: E402
from SegAssistLib.training.fit import Schedule, fit  # noqa: E402
from SegAssistLib.training.losses import EveryStage, iou_loss  # noqa: E402
from SegAssistLib.training.picture_recipe import PictureRecipe, normal_part_of  # noqa: E402
from SegAssistLib.training.picture_scores import HeldOutPicture, choose, judge  # noqa: E402
from SegAssistLib.training.pictures import Mixture, Picture, cut_part, read_pictures  # noqa: E402
from SegAssistLib.training.pretraining.encoder import load_encoder  # noqa: E402
from SegAssistLib.training.pretraining.pretexts import PRETEXTS, PretextExamples  # noqa: E402
from SegAssistLib.training.pretraining.pretrain import Pretraining, pretrain  # noqa: E402
from SegAssistLib.training.run import run_training  # noqa: E402

SIZE = 64
HIDDEN = ("group0", "group1")  # their pictures are blue, and all others are red


def quiet(_line: str) -> None:
    pass


def picture_of(number: int, blue: bool) -> tuple[np.ndarray, np.ndarray]:
    """Tissue with a paler disc in a black frame: uint8 RGB ``(80, 96, 3)``, and the disc."""
    rng = np.random.default_rng(number)
    texture = cv2.resize(rng.uniform(0.3, 0.7, (9, 9)).astype(np.float32), (96, 80))[..., None]
    colour = np.array([0.05, 0.1, 1.0] if blue else [1.0, 0.4, 0.1], np.float32)
    mask = np.zeros((80, 96), np.uint8)
    centre = (int(rng.integers(24, 72)), int(rng.integers(24, 56)))
    cv2.circle(mask, centre, int(rng.integers(7, 12)), 1, -1)
    picture = (
        texture * colour + 0.25 * colour * cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1)[..., None]
    )
    picture[:6] = picture[-6:] = 0
    return (255 * np.clip(picture, 0, 1)).astype(np.uint8), mask


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    for kind in ("images", "masks"):
        (folder / kind).mkdir()
    rows = [("name", "group")]
    for number in range(12):
        group = f"group{number // 2}"
        picture, mask = picture_of(number, group in HIDDEN)
        name = f"picture{number:02d}"
        cv2.imwrite(
            str(folder / "images" / f"{name}.jpg"), picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 95]
        )
        cv2.imwrite(str(folder / "masks" / f"{name}.png"), mask)
        rows.append((name, group))
    with (folder / "manifest.csv").open("w", newline="") as table:
        csv.writer(table).writerows(rows)
    return folder


@pytest.fixture(scope="module")
def polyps() -> Task:
    """The task that ships, on small pictures."""
    task = find_task("polyp-endoscopy", trained=False)
    return replace(task, planes=replace(task.planes, size=SIZE))


@pytest.fixture(scope="module")
def recipe(polyps, data) -> PictureRecipe:
    return PictureRecipe(polyps, data, "SlimUNet")


def tissue(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Red tissue with one labelled disc: float32 ``(3, 96, 96)`` and uint8 ``(96, 96)``."""
    picture, mask = picture_of(seed, blue=False)
    image = cv2.resize(picture, (96, 96)).transpose(2, 0, 1).astype(np.float32) / 255
    return np.ascontiguousarray(image), cv2.resize(mask, (96, 96), interpolation=cv2.INTER_NEAREST)


def test_what_is_pasted_covers_nothing_and_brings_its_mask_along():
    pasted = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        image, classes = tissue(seed)
        donor = np.zeros_like(image)
        donor[2] = 0.9  # a blue disc on dark blue, so that its pixels are known again
        _, where = tissue(seed + 1000)
        donor[:, where == 0] *= 0.3
        cutout = cut_out(donor, 7 * where, rng)
        new_image, new_classes = paste(image, classes, cutout, rng)
        before = classes > 0
        assert np.array_equal(new_classes[before], classes[before])
        assert np.array_equal(new_image[:, before], image[:, before])
        added = (new_classes == 7) & ~before
        assert set(np.unique(new_classes)) <= {0, 1, 7}
        if not added.any():
            assert np.array_equal(new_image, image)
            continue
        pasted += 1
        near = cv2.dilate(added.astype(np.uint8), np.ones((23, 23))) > 0
        assert np.array_equal(new_image[:, ~near], image[:, ~near])
        inside = cv2.erode(added.astype(np.uint8), np.ones((5, 5))) > 0
        bluer = (new_image - image)[2] - (new_image - image)[0]
        assert (bluer[inside] > 0.2).all()
    assert pasted > 40


def test_where_there_is_no_room_nothing_is_pasted():
    image, classes = tissue(3)
    cutout = cut_out(image, classes, np.random.default_rng(0))
    full = np.ones_like(classes)
    new_image, new_classes = paste(image, full, cutout, np.random.default_rng(0))
    assert np.array_equal(new_image, image)
    assert np.array_equal(new_classes, full)
    assert cut_out(image, np.zeros_like(classes), np.random.default_rng(0)) is None


def test_a_normal_part_holds_nothing_that_is_labelled(recipe, polyps):
    for seed in range(20):
        image, classes = tissue(seed)
        marked = image.copy()
        marked[1, classes > 0] = 1.0  # green is nowhere else
        example, rng = {"image": marked, "classes": classes[None]}, np.random.default_rng(seed)
        part = cut_part(example, False, (48, 48), rng)
        assert part["image"].shape == (3, 48, 48)
        assert part["image"][1].max() < 0.9
        assert not part["classes"].any()
        labelled = cut_part(example, True, (48, 48), rng)
        assert labelled["classes"].any()
        assert ((labelled["image"][1] > 0.95) == (labelled["classes"][0] > 0)).mean() > 0.9
    for picture in recipe.cases:
        marked = picture.image.array.copy()
        marked[picture.mask > 0] = (0, 255, 0)
        part = normal_part_of(replace(picture, image=replace(picture.image, array=marked)), polyps)
        greens = np.all(part.array == (0, 255, 0), axis=-1)
        assert not greens.any()
        assert part.grid[0] == part.grid[1] >= 0.4 * 80 - 1
    everywhere = replace(recipe.cases[0], mask=np.ones_like(recipe.cases[0].mask))
    assert normal_part_of(everywhere, polyps) is None


def is_blue(image: torch.Tensor) -> bool:
    return bool(image[2].mean() > 2 * image[0].mean())


@pytest.mark.parametrize("pretext", PRETEXTS.values())
def test_pictures_that_show_nothing_end_a_pretraining_and_do_not_hold_it_up(
    recipe, polyps, monkeypatch, pretext
):
    monkeypatch.setattr("SegAssistLib.training.pretraining.pretexts.MOST", 20)
    picture = recipe.cases[0]
    black = replace(picture.image, array=np.zeros_like(picture.image.array))
    nothing = replace(picture, image=black, mask=np.zeros_like(picture.mask))
    with pytest.raises(InputError, match="leave --pretrain out"):
        list(itertools.islice(PretextExamples([nothing], polyps, pretext(), 0), 8))


@pytest.mark.parametrize("stream", ["segmentation", *PRETEXTS])
def test_nothing_of_a_hidden_patient_is_seen(recipe, polyps, stream):
    hidden = [picture for picture in recipe.cases if picture.patient in HIDDEN]

    def blues(test: list[Picture]) -> int:
        if stream == "segmentation":
            examples = recipe.examples(test, 0)
        else:
            examples = PretextExamples(recipe.visible(test), polyps, PRETEXTS[stream](), 0)
        return sum(is_blue(example["image"][:3]) for example in itertools.islice(examples, 60))

    assert blues([]) > 5
    assert blues(hidden) == 0


def test_a_pre_training_starts_without_the_pictures_of_its_test_set(recipe, tmp_path, monkeypatch):
    """From the recipe's own start: what its stream of questions is made of."""
    asked: list[set[str]] = []
    from SegAssistLib.training.pretraining import pretrain as room

    class Watched(PretextExamples):
        def __init__(self, pictures, *arguments):
            asked.append({picture.patient for picture in pictures})
            super().__init__(pictures, *arguments)

    monkeypatch.setattr(room, "PretextExamples", Watched)
    trained = copy.copy(recipe)
    trained.choose(pretraining=Pretraining("rotation", 1, 2))
    test = recipe.folds(3)[0]
    trained.start(build_network(trained.definition), test, tmp_path, 0, "cpu", quiet)
    assert asked
    assert not asked[0] & {picture.patient for picture in test}
    assert len(asked[0]) == 4


def test_an_encoder_keeps_what_it_learned_and_the_rest_of_the_network_stays(recipe, polyps, tmp_path):
    torch.manual_seed(0)
    network = build_network(recipe.definition)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    pretrain(network, recipe.cases, polyps, Pretraining("contrast", 3, 4), tmp_path, 0, "cpu", quiet)
    after = network.state_dict()
    moved = {name.split(".")[0] for name, value in after.items() if not torch.equal(value, before[name])}
    assert moved == {"stem", "down", "encoders"}
    file = tmp_path / "pretraining_contrast" / "encoder.safetensors"
    other = build_network(recipe.definition)
    load_encoder(other, file)
    for name in after:
        if name.split(".")[0] in moved:
            assert torch.equal(other.state_dict()[name], after[name])
    with pytest.raises(InputError, match="another encoder"):
        load_encoder(build_network(network_definition("SlimUNet")), file)
    with pytest.raises(InputError, match="no encoder that can be trained"):
        pretrain(nn.Conv2d(3, 1, 1), recipe.cases, polyps, Pretraining("patches"), tmp_path, 0, "cpu", quiet)


def test_the_second_unet_sees_the_picture_times_the_first_mask():
    torch.manual_seed(0)
    network = build_network({**network_definition("DoubleUNet"), "width": 8}).eval()
    picture = torch.rand(1, 3, 64, 64)
    seen = []
    network.second_encoder.register_forward_hook(lambda _module, inputs, _output: seen.append(inputs[0]))
    answers = {}
    with torch.inference_mode():
        for bias in (-40.0, 0.0, 40.0):
            network.head.bias.fill_(bias)
            answers[bias] = network(picture)
        assert seen[0].abs().max() < 1e-6
        assert torch.allclose(seen[2], picture)
        first = network.train()(picture)[:, 1:]
        assert not torch.allclose(answers[-40.0], answers[40.0], atol=1e-3)
    assert first.shape == answers[0.0].shape == (1, 1, 64, 64)


def test_both_answers_of_the_double_unet_are_learned_and_every_weight_with_them():
    torch.manual_seed(0)
    network = build_network({**network_definition("DoubleUNet"), "width": 8}).train()
    logits = network(torch.rand(2, 3, 64, 64))
    assert logits.shape == (2, 2, 64, 64)
    EveryStage(iou_loss())(logits, torch.ones(2, 1, 64, 64)).backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_the_double_unet_has_its_published_size():
    network = build_network(network_definition("DoubleUNet"))
    assert sum(parameter.numel() for parameter in network.parameters()) == pytest.approx(29.3e6, rel=0.005)


def test_the_iou_loss_is_as_by_hand():
    logits = torch.tensor([[[[0.0, 100.0], [-100.0, 100.0]]]])
    reference = torch.tensor([[[[1.0, 1.0], [0.0, 1.0]]]])
    by_hand = 1 - (2.5 + 0.5) / (3.0 + 0.5)  # soft intersection and union, both with half a pixel more
    assert iou_loss()(logits, reference).item() == pytest.approx(by_hand)
    twice = torch.cat([logits, -logits], dim=1)
    both = (iou_loss()(logits, reference) + iou_loss()(-logits, reference)) / 2
    assert EveryStage(iou_loss())(twice, reference).item() == pytest.approx(both.item())
    assert EveryStage(iou_loss())(logits, reference).item() == pytest.approx(by_hand)


def predicted(name: str, polyp: float, speck: float, elsewhere: float) -> HeldOutPicture:
    """A square of 400 pixels and a wrong speck of 30, with these probabilities; and a normal part with 30."""
    mask = np.zeros((200, 200), np.uint8)
    mask[5:25, 5:25] = 1
    probabilities, part = np.zeros((1, 200, 200), np.float16), np.zeros((1, 100, 100), np.float16)
    probabilities[0][mask == 1] = polyp
    probabilities[0, 130:135, 130:136] = speck
    part[0, 2:7, 2:8] = elsewhere
    image = Image(np.zeros((200, 200, 1, 3), np.uint8), np.eye(4), "still", False, name=name)
    return HeldOutPicture(Picture(name, name, "", image, mask), probabilities, part)


def test_a_fold_has_no_say_in_the_settings_that_it_is_judged_with(polyps):
    folds = [[predicted("a", 0.9, 0.52, 0.0)], [predicted("b", 0.44, 0.37, 0.37)]]
    outcome = judge(folds, polyps.labels, 8)
    rows = {row["case"]: row for row in outcome.rows}
    assert rows["b"]["threshold"] > 0.5  # what is right for a
    assert rows["b"]["dice"] == 0
    assert rows["b"]["normal_part_with_detection"] == 0
    assert rows["a"]["threshold"] == 0.4  # what is right for b
    assert rows["a"]["dice"] == pytest.approx(800 / 830)
    assert outcome.metrics["cross_validated_mean_dice"] == pytest.approx(400 / 830, abs=1e-4)


def test_the_smallest_component_is_what_leaves_normal_parts_empty_and_keeps_polyps(polyps):
    held_out = [predicted(name, 0.9, 0.9, 0.9) for name in "abc"]  # no threshold tells them apart
    labels, smallest = choose(held_out, polyps.labels, 8)
    assert 30 / 100**2 < smallest <= 400 / 200**2
    found = judge([held_out[:1], held_out[1:]], polyps.labels, 8).rows[0]
    assert found["dice"] == 1
    assert found["false_detections_in_normal_part"] == 0
    assert labels[0].value == 1


def test_a_short_training_writes_a_bundle_that_works_on_stills_and_clips(polyps, data, tmp_path):
    schedule = Schedule(steps=3, batch=4, learning_rate=1e-2, optimizer="sgd")
    choices = {"loss": "iou", "pretraining": Pretraining("patches", 2, 4), "mixture": Mixture(0.5, 0.2)}
    bundle = run_training(polyps, data, tmp_path, "SlimUNet", schedule, 2, 2, "cpu", 2, quiet, **choices)
    trained = read_task(bundle)
    assert (trained.recipe, trained.planes) == (polyps.recipe, polyps.planes)
    still = read_image(data / "images" / "picture05.jpg")
    clip = Image(np.repeat(still.array, 3, axis=2), np.eye(4), "frames", False, frame_rate=25.0)
    results = [segment(image, trained, quality="quick", device="cpu") for image in (still, clip)]
    assert results[0].array.shape == (96, 80, 1)
    assert results[1].array.shape == (96, 80, 3)
    assert np.array_equal(results[0].probabilities[..., 0], results[1].probabilities[..., 2])
    by_torch = segment(still, trained, quality="quick", backend="torch", device="cpu")
    one, other = (each.probabilities.astype(np.float32) for each in (results[0], by_torch))
    assert np.allclose(one, other, atol=2e-3)
    assert 0 < one.max() < 1

    with (tmp_path / "cases.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    assert len(rows) == 12
    assert {"dice", "iou", "threshold", "smallest_share", "normal_part_with_detection"} <= set(rows[0])
    stated = json.loads((tmp_path / "recipe.json").read_text())
    assert stated["choices"]["loss"] == "iou"
    assert stated["choices"]["pretraining"]["pretext"] == "patches"
    again: list[str] = []
    run_training(polyps, data, tmp_path, "SlimUNet", schedule, 2, 2, "cpu", 1, again.append, **choices)
    assert sum("resumed" in line for line in again) == 6  # each of three, and its pre-training
    assert not any("loss" in line for line in again)


def test_checkpoints_from_before_there_was_a_choice_of_optimizer_are_taken_up(tmp_path):
    schedule = Schedule(steps=2, batch=1)

    def examples(_step: int):
        return itertools.repeat({"image": torch.rand(1, 1, 8, 8), "reference": torch.zeros(1, 1, 8, 8)})

    loss = nn.BCEWithLogitsLoss()
    fit(nn.Conv2d(1, 1, 1), examples, loss, schedule, tmp_path, "cpu", quiet)
    state = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    del state["schedule"]["optimizer"]
    torch.save(state, tmp_path / "checkpoint.pt")
    for again, resumed in ((schedule, True), (replace(schedule, optimizer="sgd"), False)):
        lines: list[str] = []
        fit(nn.Conv2d(1, 1, 1), examples, loss, again, tmp_path, "cpu", lines.append)
        assert any("resumed" in line for line in lines) == resumed


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--optimizer", "adam"), "no optimizer 'adam'"),
        (("--loss", "hinge"), "no loss 'hinge'"),
        (("--pretrain", "jigsaw"), "no pre-training 'jigsaw'"),
    ],
)
def test_an_unknown_choice_is_refused_with_those_there_are(segassist, data, tmp_path, arguments, message):
    ended = segassist(
        "train", "--task", "polyp-endoscopy", "--data", data, "--output", tmp_path / "run", *arguments
    )
    assert ended.code == 2
    assert message in ended.err
    assert ended.err.count("\n") == 1
    assert not (tmp_path / "run").exists()


def test_a_training_without_such_a_choice_says_so(task, tmp_path, phantom):
    import nibabel as nib

    (tmp_path / "patient").mkdir()
    for name in ("flair", "lesions"):
        nib.save(nib.Nifti1Image(phantom.array, phantom.affine), tmp_path / "patient" / f"{name}.nii.gz")
    with pytest.raises(InputError, match="no choice of loss"):
        run_training(
            task, tmp_path, tmp_path / "run", "SlimUNet", Schedule(1), 0, 1, "cpu", report=quiet, loss="iou"
        )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("no table", "no manifest.csv"),
        ("no columns", "columns name, group"),
        ("no masks", "no such folder"),
        ("no mask", "no file picture00"),
        ("another size", "not of the size of its picture"),
    ],
)
def test_unusable_data_are_refused_in_one_sentence(polyps, data, tmp_path, change, message):
    mask = cv2.imread(str(data / "masks" / "picture00.png"), cv2.IMREAD_UNCHANGED)
    for kind in ("images", "masks"):
        if change != f"no {kind}":
            (tmp_path / kind).mkdir()
    (tmp_path / "images" / "picture00.jpg").write_bytes((data / "images" / "picture00.jpg").read_bytes())
    if change not in ("no masks", "no mask"):
        cv2.imwrite(str(tmp_path / "masks" / "picture00.png"), mask[change == "another size" :])
    if change != "no table":
        header = "name" if change == "no columns" else "name,group"
        (tmp_path / "manifest.csv").write_text(f"{header}\npicture00,group0\n")
    with pytest.raises(InputError, match=message):
        read_pictures(tmp_path, polyps)


def test_masks_in_another_programs_values_are_learned_from_or_refused(polyps, data, recipe, tmp_path):
    for kind in ("images", "masks"):
        shutil.copytree(data / kind, tmp_path / kind)
    shutil.copy(data / "manifest.csv", tmp_path)
    masks = [cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in sorted((data / "masks").iterdir())]
    for number, mask in enumerate(masks):  # published masks are often JPEG, of three channels
        (tmp_path / "masks" / f"picture{number:02d}.png").unlink()
        white = cv2.cvtColor(255 * mask, cv2.COLOR_GRAY2BGR)
        cv2.imwrite(str(tmp_path / "masks" / f"picture{number:02d}.jpg"), white)
    read = read_pictures(tmp_path, polyps)
    for picture, known in zip(read, recipe.cases, strict=True):
        assert set(np.unique(picture.mask)) == {0, 1}
        assert np.count_nonzero(picture.mask != known.mask) < 0.05 * known.mask.sum()
    for number, mask in enumerate(masks):
        (tmp_path / "masks" / f"picture{number:02d}.jpg").unlink()
        cv2.imwrite(str(tmp_path / "masks" / f"picture{number:02d}.png"), 3 * mask)
    with pytest.raises(InputError, match=r"none of the labels of the task \(1 polyp\), but 3"):
        PictureRecipe(polyps, tmp_path, "SlimUNet").load(tmp_path, 0, quiet)


def test_a_bundle_is_evaluated_on_the_layout_that_it_is_trained_on(polyps, data, tmp_path):
    """A task that finds what is bright, and so the discs and some tissue."""
    folder = write_bundle(
        tmp_path,
        "bright",
        {"polyp": 0.5},
        (1.0, 0.0, 0.0),
        kinds=["still"],
        modalities=["ES"],
        planes={"size": None, "colour": "rgb"},
        measure="lesions",
        recipe="pictures",
        case_files={"image": "images", "reference": "masks"},
    )
    summary = evaluate(read_task(folder), data, tmp_path / "out", report=quiet)
    dice = next(line for line in summary if (line["group"], line["metric"]) == ("all", "dice"))
    assert (dice["cases"], dice["patients"]) == (12, 6)
    assert 0 < dice["mean"] < 1
    partly = (data / "manifest.csv").read_text().replace("group\n", "annotated_classes\n", 1)
    (tmp_path / "manifest.csv").write_text(partly.replace("name,", "name,group,", 1))
    with pytest.raises(InputError, match="annotated_classes"):
        read_pictures(tmp_path, polyps)


def test_the_rows_of_the_published_table_hold_the_same_pictures_out(data, monkeypatch):
    monkeypatch.syspath_prepend(Path(__file__).resolve().parents[1] / "scripts")
    from repeat_polyp_table import ROWS, plan

    parts = plan(data, 32, 8, 60, Pretraining("rotation", 1))
    assert [part.name for part in parts] == list(ROWS)
    assert len({part.test for part in parts}) == 1
    assert {part.schedule for part in parts} == {
        Schedule(60 * 1, 8, 1e-2, optimizer="sgd", checkpoint_every=200)
    }
    choices = [part.recipe.choices for part in parts]
    assert [each.augmented for each in choices] == [False, True] * 3
    assert [each.pretraining is not None for each in choices] == [False, False, True, True, False, False]
    assert {each.loss for each in choices} == {"iou"}
    assert [part.recipe.network for part in parts] == ["DoubleConvUNet"] * 4 + ["DoubleUNet"] * 2
    assert all(build_network(part.recipe.definition) for part in parts)


@pytest.mark.shared_data
def test_the_annotated_pictures_are_read_with_their_groups(polyp_data):
    pictures = read_pictures(polyp_data, find_task("polyp-endoscopy", trained=False))
    assert len(pictures) == 800
    assert len({picture.patient for picture in pictures}) == 779
    assert all(picture.mask.any() for picture in pictures)
