"""Training on X-rays: what each kind of annotation teaches, folds that stay apart, and a bundle that runs."""

from __future__ import annotations

import csv
import itertools
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("monai")
pytest.importorskip("onnx")

from xray_files import a_chest, write_xray  # noqa: E402

from SegAssistLib.errors import InputError  # noqa: E402
from SegAssistLib.inference import segment  # noqa: E402
from SegAssistLib.io import read_image  # noqa: E402
from SegAssistLib.measure.pooling import ImageLevel  # noqa: E402
from SegAssistLib.networks import build_network, network_definition  # noqa: E402
from SegAssistLib.study import measure, segment_study  # noqa: E402
from SegAssistLib.task import Task, find_task, read_task  # noqa: E402
from SegAssistLib.training import run  # noqa: E402
from SegAssistLib.training.fit import Schedule  # noqa: E402
from SegAssistLib.training.lung_outlines import find_lungs  # noqa: E402
from SegAssistLib.training.synthetic_opacities import SEVERE, add_opacities  # noqa: E402
from SegAssistLib.training.xray import XRayLoss, XRayRecipe, pooled_logit  # noqa: E402
from SegAssistLib.training.xray_augmentation import RandElasticd  # noqa: E402
from SegAssistLib.training.xray_cases import BOXES, MASKS, NEGATIVES, REPORTS, XRay, read_xrays  # noqa: E402
from SegAssistLib.training.xray_examples import prepared_example  # noqa: E402
from SegAssistLib.training.xray_scores import (  # noqa: E402
    THRESHOLDS,
    HeldOutXRay,
    calibrate,
    choose_threshold,
    dice_of,
    judge,
)

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "rsna_predictions.py"
BOX = (60, 100, 40, 60)


def quiet(_line: str) -> None:
    pass


@pytest.fixture(scope="module")
def task() -> Task:
    """The task that ships, on pictures of 64 pixels."""
    stated = find_task("pneumonia-xray", trained=False)
    return replace(stated, planes=replace(stated.planes, size=64))


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Six drawn chests of each kind of annotation."""
    folder = tmp_path_factory.mktemp("xrays")
    tables = {"manifest.csv": [], "boxes/boxes.csv": [], "weak/labels.csv": []}
    for number in range(24):
        kind, name, patient = (
            (MASKS, NEGATIVES, BOXES, REPORTS)[number % 4],
            f"x{number:02d}",
            f"p{number // 2}",
        )
        pneumonia = kind in (MASKS, BOXES) or number % 8 == 3
        picture, _ = a_chest(seed=number, opacity=BOX if pneumonia else None)
        place = {BOXES: "boxes/images", REPORTS: "weak/images"}.get(kind, "images")
        path = folder / place / f"{name}.{'jpg' if kind == REPORTS else 'png'}"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), picture)
        if kind == MASKS:
            mask = np.zeros_like(picture)
            mask[BOX[1] : BOX[1] + BOX[3], BOX[0] : BOX[0] + BOX[2]] = 2
            (folder / "masks").mkdir(exist_ok=True)
            cv2.imwrite(str(folder / "masks" / f"{name}.png"), mask)
        if kind == BOXES:
            tables["boxes/boxes.csv"].append((name, patient, *BOX))
        elif kind == REPORTS:
            label = "Pneumonia" if pneumonia else "No Finding"
            expert = {3: "NO", 11: "YES"}.get(number, "")
            tables["weak/labels.csv"].append((name, patient, label, expert))
        else:
            label = "pixel mask" if kind == MASKS else "negative, adjudicated: nothing"
            tables["manifest.csv"].append((name, patient, label))
    fields = {
        "manifest.csv": ("name", "group", "label"),
        "boxes/boxes.csv": ("name", "group", *"xywh"),
        "weak/labels.csv": ("name", "group", "label", "expert_airspace_opacity"),
    }
    for table, rows in tables.items():
        write_table(folder / table, fields[table], rows)
    return folder


@pytest.fixture(scope="module")
def challenge(tmp_path_factory) -> Path:
    """Four pictures in the layout of the RSNA challenge: 1024 x 1024, JPEG, two of them with two boxes."""
    folder = tmp_path_factory.mktemp("rsna")
    rows = []
    for number in range(4):
        patient = f"{number:08x}-aaaa"
        boxes = [(240, 400, 160, 240), (660, 440, 120, 200)] if number % 2 else []
        picture, _ = a_chest(1024, seed=number, opacity=boxes[0] if boxes else None)
        path = folder / "stage_2_train_images" / f"{patient}.dcm"
        write_xray(path, picture, jpeg=True, PixelSpacing=[0.14, 0.14])
        rows += [(patient, *map(float, box), 1) for box in boxes] or [(patient, "", "", "", "", 0)]
    write_table(
        folder / "stage_2_train_labels.csv", ("patientId", "x", "y", "width", "height", "Target"), rows
    )
    return folder


def write_table(path: Path, fields: tuple[str, ...], rows: list[tuple]) -> None:
    with path.open("w", newline="") as table:
        csv.writer(table).writerows([fields, *rows])


@pytest.fixture(scope="module")
def recipe(task, data, tmp_path_factory) -> XRayRecipe:
    recipe = XRayRecipe(task, data, "SlimUNet")
    recipe.load(tmp_path_factory.mktemp("run"), 0, quiet)
    return recipe


def test_each_kind_of_annotation_says_where_and_whether(data):
    xrays = {xray.name: xray for xray in read_xrays(data)}
    assert len(xrays) == 24
    shape = (256, 256)
    mask, negative, boxed, report = (xrays[name] for name in ("x00", "x01", "x02", "x07"))
    inside = np.s_[BOX[0] : BOX[0] + BOX[2], BOX[1] : BOX[1] + BOX[3]]
    assert (mask.pneumonia, negative.pneumonia, boxed.pneumonia) == (1, 0, 1)
    assert np.argwhere(mask.reference(shape) == 1).shape[0] == mask.reference(shape)[inside].sum() == 2400
    assert not negative.reference(shape).any()
    reference = boxed.reference(shape)
    assert reference[inside].min() == -1
    assert np.count_nonzero(reference[inside] == 1) == pytest.approx(2400 * np.pi / 4, rel=0.02)
    assert np.count_nonzero(reference) == 2400 == boxed.box_mask(shape).sum()
    assert (report.reference(shape) == 0).all()
    assert 0 < report.pneumonia < 0.5 < xrays["x19"].pneumonia < 1
    assert (xrays["x19"].reference(shape) == -1).all()
    assert (xrays["x03"].pneumonia, xrays["x11"].pneumonia) == (0, 1)  # an expert's word against the report


def test_the_challenges_layout_is_read_as_published(challenge):
    xrays = read_xrays(challenge)
    assert [xray.pneumonia for xray in xrays] == [0, 1] * 2
    assert xrays[1].boxes == ((240, 400, 160, 240), (660, 440, 120, 200))
    assert {xray.source for xray in xrays} == {NEGATIVES, BOXES}
    image = xrays[1].image()
    assert (image.grid, image.modality, image.calibrated) == ((1024, 1024, 1), "CR", True)
    assert xrays[1].box_mask((1024, 1024)).sum() == 160 * 240 + 120 * 200


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("nothing", "no annotated X-rays"),
        ("no columns", "expected a table with the columns name, group, label"),
        ("no picture", "named in a table but not there"),
        ("no box", "line 3 has no box, though its Target is 1"),
    ],
)
def test_unusable_data_are_refused_in_one_sentence(tmp_path, change, message):
    fields, rows = ("name", "group", "label"), [("a", "p", "pixel mask")]
    if change == "no columns":
        fields = fields[:2]
    if change == "no box":
        (tmp_path / "stage_2_train_images").mkdir()
        fields = ("patientId", "x", "y", "width", "height", "Target")
        write_table(
            tmp_path / "stage_2_train_labels.csv", fields, [("a", 1, 2, 3, 4, 1), ("b", "", "", "", "", 1)]
        )
    elif change != "nothing":
        write_table(tmp_path / "manifest.csv", fields, rows)
    with pytest.raises(InputError, match=message):
        read_xrays(tmp_path)


def test_lungs_are_outlined_where_they_lie_and_not_where_there_are_none():
    for seed in range(4):
        picture, lungs = a_chest(seed=seed)
        found = find_lungs(picture)
        for side in (1, 2):
            assert dice_of(found == side, lungs == side) > 0.95
    assert find_lungs(np.random.default_rng(0).integers(0, 255, (200, 220), np.uint8)) is None
    hidden = picture.copy()
    hidden[lungs == 1] = 170
    assert find_lungs(hidden) is None


@pytest.mark.parametrize("severity", [None, SEVERE])
def test_synthetic_opacities_brighten_lungs_alone(severity):
    picture, lungs = a_chest(seed=1)
    before = picture.astype(np.float32) / 255
    for seed in range(5):
        after, opacity = add_opacities(before, lungs > 0, np.random.default_rng(seed), severity)
        assert set(np.unique(opacity)) <= {-1, 0, 1}
        assert dice_of(opacity == 1, (opacity == 1) & (cv2.dilate(lungs, np.ones((5, 5))) > 0)) == 1
        assert (after - before)[opacity == 1].mean() > 0.03
        far = cv2.dilate(lungs, np.ones((15, 15))) == 0
        assert np.abs(after - before)[far].max() < 0.02
        again, _ = add_opacities(before, lungs > 0, np.random.default_rng(seed), severity)
        assert np.array_equal(after, again)
        if severity is SEVERE:
            assert (opacity == 1).sum() > 0.3 * (lungs > 0).sum()


def test_an_elastic_deformation_moves_picture_and_classes_alike_by_what_it_says():
    disc = cv2.circle(np.zeros((256, 256), np.float32), (128, 128), 60, 1, -1)[None]
    change = RandElasticd(prob=1.0, sigma=16, scale=600).set_random_state(seed=0)
    ramp = np.tile(np.arange(256, dtype=np.float32), (256, 1))[None]
    moves = []
    for _ in range(4):
        moved = change({"image": disc, "classes": disc.astype(np.uint8)})
        assert ((moved["image"] > 0.5) != (moved["classes"] > 0)).mean() < 0.005
        assert (moved["classes"][0] != disc[0]).any()
        across = change({"image": ramp, "classes": disc.astype(np.uint8)})["image"] - ramp
        moves.append(np.abs(across[0, 40:-40, 40:-40]).mean())
    # uniform on -1 to 1 has a deviation of 0.577; the Gaussian leaves 1 / (2 sigma root pi) of it
    assert np.mean(moves) == pytest.approx(
        600 * 0.577 / (2 * 16 * np.sqrt(np.pi)) * np.sqrt(2 / np.pi), rel=0.25
    )


def test_a_picture_is_pooled_in_training_as_in_use():
    logits = torch.randn(3, 40, 50, generator=torch.Generator().manual_seed(0)) * 3 - 3
    expected = [ImageLevel(sharpness=8).pooled(each.sigmoid().numpy()) for each in logits]
    assert torch.allclose(pooled_logit(logits, 8), torch.tensor(expected), atol=1e-4)


@pytest.mark.parametrize(("surely", "truth"), [(-40.0, 1.0), (40.0, 0.0)])
def test_a_picture_that_is_surely_wrong_learns_from_every_pixel(surely, truth):
    logits = torch.full((1, 16, 16), surely, requires_grad=True)
    torch.nn.functional.binary_cross_entropy_with_logits(
        pooled_logit(logits, 10), torch.tensor([truth])
    ).backward()
    assert logits.grad.abs().sum() == pytest.approx(1, rel=1e-3)
    assert logits.grad.abs().min() > 0


def test_what_is_not_known_teaches_nothing_and_a_label_teaches_the_pixels_that_are_nearest_to_it():
    reference = torch.full((1, 4, 16, 16), -1.0)
    reference[:, 0, :8] = 0
    logits = torch.full((1, 3, 16, 16), -2.0)
    logits[0, 0, 12, 12] = 1.0
    logits.requires_grad_()
    XRayLoss(10)(logits, reference).backward()
    assert (logits.grad[0, 0, :8] > 0).all()
    assert not logits.grad[0, 0, 8:].any()
    assert not logits.grad[0, 1:].any()
    logits.grad = None
    reference[:, 0], reference[:, 3] = -1, 1
    XRayLoss(10)(logits, reference).backward()
    assert (logits.grad[0, 0] < 0).all()
    assert logits.grad[0, 0].argmin() == 12 * 16 + 12
    assert not logits.grad[0, 1:].any()


def test_examples_carry_what_is_known(recipe):
    assert {xray.name for xray in recipe.cases if xray.clear} >= set(recipe._lungs) != set()
    stream = list(itertools.islice(recipe.examples((), 0), 60))
    again = list(itertools.islice(recipe.examples((), 0), 60))
    assert all(torch.equal(one["image"], other["image"]) for one, other in zip(stream, again, strict=True))
    seen = set()
    for example in stream:
        image, (opacity, right, left, whole) = example["image"], example["reference"]
        assert image.shape == (1, 64, 64)
        assert 0 <= image.min() <= image.max() <= 1
        assert whole.unique().numel() == 1
        if (right >= 0).all():
            seen.add("outlined")
            columns = torch.arange(64.0)
            places = [(each.sum(0) * columns).sum() / each.sum() for each in (right, left)]
            assert places[0] < places[1]  # never mirrored
            if (opacity == 1).any():
                seen.add("synthetic")
                assert whole[0, 0] in (1, -1)
                assert ((right + left)[opacity == 1] == 1).float().mean() > 0.7  # the lung below stays known
        elif (opacity == 1).any():
            seen.add("box or mask")
        elif (opacity == -1).float().mean() > 0.5:
            seen.add("label alone")
            assert 0.5 < whole[0, 0] <= 1
    assert seen == {"outlined", "synthetic", "box or mask", "label alone"}


def test_the_published_networks_mirrored_border_teaches_nothing(task, data):
    recipe = XRayRecipe(task, data, "DoubleConvUNet")
    assert recipe.task.planes.border == 32
    negative = next(xray for xray in recipe.cases if xray.source == NEGATIVES)
    example = prepared_example(negative, recipe.task, np.zeros((64, 64), np.uint8))
    assert example["image"].shape == example["classes"].shape == (1, 128, 128)
    assert (example["classes"][0, 32:96, 32:96] == 0).all()
    assert (example["classes"] == 11).sum() == 128**2 - 64**2
    assert np.array_equal(example["image"][0, 31, 32:96], example["image"][0, 32, 32:96])


def test_the_published_network_is_built_as_it_was_printed(task, data):
    network = build_network(XRayRecipe(task, data, "DoubleConvUNet").definition)
    norms = [each for each in network.modules() if isinstance(each, torch.nn.BatchNorm2d)]
    slopes = {each.negative_slope for each in network.modules() if isinstance(each, torch.nn.LeakyReLU)}
    ups = [each for each in network.modules() if isinstance(each, torch.nn.ConvTranspose2d)]
    assert {each.momentum for each in norms} == {0.9}
    assert [each.num_features for each in norms[:8:2]] == [64, 128, 256, 512]
    assert slopes == {0.03}
    assert len(ups) == 3
    usual = build_network(network_definition("DoubleConvUNet"))
    assert {each.momentum for each in usual.modules() if isinstance(each, torch.nn.BatchNorm2d)} == {0.1}


def test_a_fold_sees_nothing_of_its_patients(recipe):
    folds = recipe.folds(3)
    assert sorted(xray.name for fold in folds for xray in fold) == sorted(xray.name for xray in recipe.cases)
    for fold in folds:
        hidden = {xray.patient for xray in fold}
        seen = recipe.examples(fold, 0).xrays
        assert seen
        assert not hidden & {xray.patient for xray in seen}


def held_out(
    name: str, source: str, pneumonia: float, level: float, logit: float, view: str = ""
) -> HeldOutXRay:
    """A network that finds an opacity up to a threshold of ``level``, well where there is one."""
    xray = XRay(name, name, source, Path(name), pneumonia, view=view)
    found = np.array(THRESHOLDS) < level
    return HeldOutXRay(xray, logit, np.where(found, 0.8, 0.0) if source == BOXES else None, 0.1 * found)


def test_the_threshold_finds_opacities_and_leaves_negatives_alone():
    some = [held_out("a", BOXES, 1, 0.62, 1), held_out("b", NEGATIVES, 0, 0.38, -1)]
    assert choose_threshold(some) == 0.5


def test_a_fold_has_no_say_in_what_it_is_judged_with():
    folds = [
        [
            held_out(f"{fold}{n}", source, known, level + fold / 4, logit + 5 * fold)
            for n, (source, known, level, logit) in enumerate(
                [(BOXES, 1, 0.5, 1), (NEGATIVES, 0, 0.2, -1), (BOXES, 1, 0.5, 0.5), (REPORTS, 0.6, 0.3, 9)]
            )
        ]
        for fold in range(2)
    ]
    outcome = judge(folds, 10)
    rows = {row["case"]: row for row in outcome.rows}
    assert rows["00"]["threshold"] == choose_threshold(folds[1])
    assert rows["10"]["threshold"] == choose_threshold(folds[0]) != rows["00"]["threshold"]
    assert rows["00"]["intercept"] == calibrate(folds[1], 10).intercept != rows["10"]["intercept"]
    assert rows["01"]["found_nothing"] == 1
    assert set(outcome.stated) == {"image_level"}
    assert outcome.thresholds[1:] == (0.5, 0.5)


def test_the_area_under_the_curve_is_that_of_pairs_in_the_right_order():
    rng = np.random.default_rng(0)
    fold = [
        held_out(f"{known}{n}", BOXES if known else NEGATIVES, known, 0.5, rng.normal(known))
        for known in (0, 1)
        for n in range(12)
    ]
    outcome = judge([fold, fold[::2] + fold[1::2]], 10)
    (line,) = [
        line
        for line in outcome.summary
        if (line["metric"], line["group"]) == ("auc", "boxes against negatives")
    ]
    positive, negative = (
        [each.logit for each in fold if each.xray.source == kind] for kind in (BOXES, NEGATIVES)
    )
    pairs = np.mean([one > other for one in positive for other in negative])
    assert line["mean"] == pytest.approx(pairs)
    assert line["mean_low"] < pairs < line["mean_high"]


def test_a_network_that_knows_nothing_but_the_view_is_found_out():
    """The sick are mostly seen AP: a network that tells AP from PA looks good until views are compared."""
    fold = [
        held_out(f"{view}{kind}{n}", kind, float(kind == BOXES), 0.5, 2.0 * (view == "AP"), view)
        for view, kind, count in (
            ("AP", BOXES, 9),
            ("PA", BOXES, 3),
            ("AP", NEGATIVES, 3),
            ("PA", NEGATIVES, 9),
        )
        for n in range(count)
    ]
    areas = {
        line["group"]: line["mean"] for line in judge([fold, fold], 10).summary if line["metric"] == "auc"
    }
    assert areas["boxes against negatives"] == pytest.approx(0.75)
    assert areas["boxes against clear pictures, AP"] == 0.5
    assert areas["boxes against clear pictures, PA"] == 0.5


def test_a_calibrated_probability_is_the_frequency_that_was_seen():
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 2, 400)
    truth = rng.random(400) < 1 / (1 + np.exp(-(0.7 * logits - 1)))
    known = [
        held_out(str(n), BOXES if yes else NEGATIVES, float(yes), 0.5, logit)
        for n, (logit, yes) in enumerate(zip(logits, truth, strict=True))
    ]
    level = calibrate(known, 10)
    assert level.slope == pytest.approx(0.7, abs=0.2)
    assert level.intercept == pytest.approx(-1, abs=0.3)
    assert calibrate([each for each in known if each.xray.pneumonia], 10) == ImageLevel(10)


def test_one_command_trains_on_the_challenges_files_and_its_bundle_predicts_in_the_challenges_form(
    task, challenge, tmp_path
):
    schedule = Schedule(steps=2, batch=4, learning_rate=1e-3)
    bundle = run.run_training(
        task, challenge, tmp_path / "run", "SlimUNet", schedule, 2, 3, "cpu", jobs=2, report=quiet
    )
    trained = read_task(bundle)
    assert trained.planes.size == 64
    assert trained.image_level != task.image_level
    assert trained.image_level.sharpness == task.image_level.sharpness
    picture = next((challenge / "stage_2_train_images").glob("*.dcm"))
    result = segment_study(picture, trained, tmp_path / "out", device="cpu")
    assert 0 < result.findings.probability < 1
    assert task.warnings[0] in result.warnings
    with (tmp_path / "run" / "summary.csv").open(newline="") as table:
        groups = {(row["group"], row["metric"]) for row in csv.DictReader(table)}
    assert {("boxes", "dice"), ("negatives", "lungs_dice"), ("boxes against negatives", "auc")} <= groups

    # the threshold of a network that has learned nothing yet is put where there is something to write
    image = read_image(picture)
    probability = segment(image, trained, device="cpu").probabilities[0]
    metadata = bundle / "configs" / "metadata.json"
    stated = json.loads(metadata.read_text())
    stated["segassist"]["labels"][0]["threshold"] = float(np.percentile(probability, 60))
    metadata.write_text(json.dumps(stated))
    output = tmp_path / "predictions.csv"
    command = ["--images", picture.parent, "--output", output, "--bundle", bundle]
    subprocess.run([sys.executable, SCRIPT, *command], check=True, capture_output=True)
    with output.open(newline="") as table:
        rows = {row["patientId"]: row["PredictionString"] for row in csv.DictReader(table)}
    assert set(rows) == {path.stem for path in picture.parent.iterdir()}
    changed = read_task(bundle)
    found = measure(segment(image, changed, backend="onnxruntime"), changed).opacities
    assert found
    numbers = [float(number) for number in rows[picture.stem].split()]
    for n, opacity in enumerate(found):
        confidence, *box = numbers[5 * n : 5 * n + 5]
        assert box == [opacity.x, opacity.y, opacity.width, opacity.height]
        assert 0 < confidence <= 1
    assert len(numbers) == 5 * len(found)


@pytest.mark.shared_data
def test_the_annotated_x_rays_are_read_with_what_is_known_of_each(dicom_data):
    xrays = read_xrays(dicom_data.parent / "cxr")
    counts = {kind: sum(xray.source == kind for xray in xrays) for kind in (MASKS, BOXES, NEGATIVES, REPORTS)}
    assert counts == {MASKS: 4, BOXES: 32, NEGATIVES: 42, REPORTS: 240}
    assert sum(xray.sure and xray.source == REPORTS for xray in xrays) == 4
    assert sum(xray.sure and xray.source == NEGATIVES for xray in xrays) == 7
    assert {xray.view for xray in xrays} == {"PA", "AP"}
    patients = [{xray.patient for xray in xrays if xray.source == kind} for kind in counts]
    assert sum(map(len, patients)) == len(set.union(*patients))
