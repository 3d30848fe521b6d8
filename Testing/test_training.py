"""Training: patients are never split, runs resume and repeat, and what comes out runs."""

from __future__ import annotations

import csv
import shutil
from dataclasses import replace
from itertools import repeat
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("monai")
pytest.importorskip("onnx")

from torch import nn  # noqa: E402

from SegAssistLib.cases import Case, CaseFiles, find_cases, split_folds  # noqa: E402
from SegAssistLib.errors import InputError  # noqa: E402
from SegAssistLib.inference import segment  # noqa: E402
from SegAssistLib.phantom import flair_phantom  # noqa: E402
from SegAssistLib.task import read_task  # noqa: E402
from SegAssistLib.training.fit import Schedule, fit, halve  # noqa: E402
from SegAssistLib.training.lesions import LesionRecipe, judge  # noqa: E402
from SegAssistLib.training.parts import Part  # noqa: E402
from SegAssistLib.training.run import run_training  # noqa: E402
from SegAssistLib.training.slices import Sampling, draw, load_studies  # noqa: E402
from SegAssistLib.training.thresholds import HeldOut, choose, score_table  # noqa: E402

FILES = CaseFiles("flair", "lesions", "brainmask")
SHORT = Schedule(steps=4, batch=2, learning_rate=1e-3, checkpoint_every=2)


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Annotated phantoms: three patients, one of whom has a second study; and a copy under another name."""
    folder = tmp_path_factory.mktemp("data")
    studies = (("patient01", ""), ("patient02", ""), ("patient03", "study1_"), ("patient03", "study2_"))
    for seed, (patient, beginning) in enumerate(studies):
        image, mask = flair_phantom((112, 132, 12), (1.8, 1.8, 12.0), lesions=5, seed=seed)
        (folder / patient).mkdir(exist_ok=True)
        brain = (image.array > 100).astype(np.uint8)
        for kind, array in (("flair", image.array), ("lesions", mask), ("brainmask", brain)):
            nib.save(nib.Nifti1Image(array, image.affine), folder / patient / f"{beginning}{kind}.nii.gz")
    shutil.copytree(folder / "patient02", folder / "patient09")
    (folder / "patient04").mkdir()  # an image without a reference is no case
    shutil.copy(folder / "patient01" / "flair.nii.gz", folder / "patient04" / "flair.nii.gz")
    (folder / "patients.csv").write_text("id,source\npatient01,A\npatient02,B\npatient03,A\npatient09,B\n")
    return folder


@pytest.fixture(scope="module")
def cases(data) -> list[Case]:
    return find_cases(data, FILES)


def test_the_studies_of_a_patient_belong_together_and_a_copy_counts_once(cases):
    assert [(case.name, case.patient, case.source) for case in cases] == [
        ("patient01", "patient01", "A"),
        ("patient02", "patient02", "B"),
        ("patient03_study1", "patient03", "A"),
        ("patient03_study2", "patient03", "A"),
    ]
    assert all(case.region is not None for case in cases)
    assert cases[3].reference.name == "study2_lesions.nii.gz"


def test_a_study_that_is_in_two_folders_makes_them_one_patient(data, tmp_path):
    folder = shutil.copytree(data, tmp_path / "data")
    for kind in ("flair", "lesions"):  # patient01 came again
        shutil.copy(folder / "patient01" / f"{kind}.nii.gz", folder / "patient03" / f"study0_{kind}.nii.gz")
    patients = {case.name: case.patient for case in find_cases(folder, FILES)}
    assert patients["patient03_study1"] == patients["patient03_study2"] == patients["patient01"]
    assert patients["patient02"] != patients["patient01"]


def made_up(patient: str, source: str, study: int) -> Case:
    return Case(f"{patient}_{study}", patient, Path(), Path(), None, source)


def test_folds_split_sources_evenly_and_patients_never():
    made = [
        made_up(f"{source}{number}", source, study)
        for source, patients in (("A", 8), ("B", 4))
        for number in range(patients)
        for study in range(1 + number % 3)
    ]
    folds = split_folds(made, 4)
    assert sorted(case.name for fold in folds for case in fold) == sorted(case.name for case in made)
    for fold in folds:
        patients = {case.patient for case in fold}
        assert not patients & {case.patient for other in folds if other is not fold for case in other}
        assert sum(patient.startswith("A") for patient in patients) == 2
        assert sum(patient.startswith("B") for patient in patients) == 1
    with pytest.raises(InputError, match="at least 13 patients"):
        split_folds(made, 13)
    with pytest.raises(InputError, match="at least 2 folds"):
        split_folds(made, 1)


def test_an_example_shows_a_slice_its_neighbours_and_its_lesions(cases, task):
    (study,) = load_studies(cases[0], task)
    plain = Sampling(with_lesion=1.0, synthetic=0.0, without_surroundings=0.0, crop=(256, 256))
    for seed in range(5):
        example = draw(study, plain, np.random.default_rng(seed))
        image, reference = example["image"], example["reference"]
        assert image.shape == (3, 256, 256)
        assert reference.shape == (1, 256, 256)
        assert image.dtype == reference.dtype == np.float32
        assert 0 < reference.max() <= 1
        lesion = reference[0] > 0.5
        assert image[1][lesion].mean() > 1.3 * np.median(image[1][image[1] > 0.5])  # FLAIR lesions are bright
    again = draw(study, plain, np.random.default_rng(4))
    assert np.array_equal(again["image"], example["image"])
    stripped = draw(study, replace(plain, without_surroundings=1.0), np.random.default_rng(4))
    assert 0 < (stripped["image"] > 0).sum() < (example["image"] > 0).sum()


def pixel_network() -> nn.Module:
    torch.manual_seed(3)
    return nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.Conv2d(4, 1, 1))


def batches(start: int):
    """Batch number n is always the same one."""
    step = start
    while True:
        generator = torch.Generator().manual_seed(step)
        image = torch.rand(2, 3, 16, 16, generator=generator)
        yield {"image": image, "reference": (image[:, 1:2] > 0.7).float()}
        step += 1


def weights(network: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def test_an_interrupted_run_goes_on_at_its_checkpoint_and_ends_where_it_would_have(tmp_path):
    schedule = replace(SHORT, steps=8, checkpoint_every=3, average=0.5)
    loss = nn.BCEWithLogitsLoss()

    def run(folder, examples, lines):
        return fit(pixel_network(), examples, loss, schedule, folder, "cpu", lines.append)

    straight = run(tmp_path / "straight", batches, [])

    def interrupted(start):
        for number, batch in enumerate(batches(start), start):
            if number == 5:
                raise KeyboardInterrupt
            yield batch

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "broken", interrupted, [])
    starts, lines = [], []

    def resumed(start):
        starts.append(start)
        return batches(start)

    assert same(weights(run(tmp_path / "broken", resumed, lines)), weights(straight))
    assert starts == [3]
    assert "resumed at step 3 of 8" in lines[0]
    assert "min left" in lines[-1]

    # a finished run is loaded: no example is asked for
    assert same(weights(run(tmp_path / "broken", resumed, [])), weights(straight))
    assert starts == [3]
    with (tmp_path / "broken" / "curve.csv").open(newline="") as table:
        assert [row["step"] for row in csv.DictReader(table)] == ["8"]
    # another schedule is another run
    fit(pixel_network(), resumed, loss, replace(schedule, steps=9), tmp_path / "broken", "cpu", lines.append)
    assert starts == [3, 0]


def test_the_first_steps_see_pictures_of_half_the_size_and_the_others_all_of_them(tmp_path):
    sizes = []

    class Looking(nn.Conv2d):
        def forward(self, image):
            if torch.is_grad_enabled():
                sizes.append(tuple(image.shape[2:]))
            return super().forward(image)

    batch = {"image": torch.rand(2, 1, 8, 12), "reference": torch.ones(2, 1, 8, 12)}
    schedule = Schedule(steps=4, halved=0.5)
    fit(Looking(1, 1, 1), lambda _: repeat(batch), nn.BCEWithLogitsLoss(), schedule, tmp_path, "cpu", print)
    assert sizes == [(4, 6), (4, 6), (8, 12), (8, 12)]


def test_of_a_halved_picture_nothing_is_known_where_a_part_was_unknown():
    reference = torch.tensor([[[[1.0, 0, -1, 0], [1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 0, 0]]]])
    halved = halve({"image": torch.arange(16.0).reshape(1, 1, 4, 4), "reference": reference})
    assert halved["image"].tolist() == [[[[2.5, 4.5], [10.5, 12.5]]]]
    assert halved["reference"].tolist() == [[[[0.5, -1.0], [1.0, 0.0]]]]


def test_what_is_kept_is_the_running_average(tmp_path):
    """With the average of weights w1..wn: a = d a + (1 - d) w from a = w1, where d grows to the decay."""
    seen = []

    class Watched(nn.Module):
        def forward(self, logits, reference):
            seen.append(network[0].weight.detach().clone())
            return nn.functional.binary_cross_entropy_with_logits(logits, reference)

    network = pixel_network()
    kept = fit(network, batches, Watched(), replace(SHORT, average=0.3), tmp_path, "cpu", lambda _: None)
    seen.append(network[0].weight.detach())
    after_each_step = seen[1:]
    expected = after_each_step[0]
    for number, weight in enumerate(after_each_step[1:], start=1):
        decay = min(0.3, (1 + number) / (10 + number))
        expected = decay * expected + (1 - decay) * weight
    assert torch.allclose(kept[0].weight, expected, atol=1e-6)
    assert not torch.allclose(kept[0].weight, after_each_step[-1], atol=1e-6)
    assert not kept.training


def test_a_seed_makes_training_repeatable(data, task, tmp_path):
    recipe = LesionRecipe(task, data, "SlimUNet", Sampling(crop=(64, 64)))
    recipe.load(tmp_path, 0, lambda _: None)

    def run(seed: int, name: str) -> dict[str, torch.Tensor]:
        part = Part(name, recipe, replace(SHORT, steps=2, seed=seed), workers=0)
        return weights(part.train(tmp_path, "cpu", lambda _: None))

    first = run(0, "first")
    assert same(run(0, "again"), first)
    assert not same(run(1, "other"), first)


def test_a_short_training_writes_a_bundle_that_runs(data, task, phantom, tmp_path):
    # two trainings at a time, in processes of their own
    bundle = run_training(task, data, tmp_path / "run", "SlimUNet", SHORT, 2, 2, "cpu", jobs=2)
    trained = read_task(bundle)
    assert {weights.sha256 for weights in trained.weights.values()}.isdisjoint(
        weights.sha256 for weights in task.weights.values()
    )
    masks = []
    for backend in ("onnxruntime", "torch"):
        result = segment(phantom, trained, quality="quick", backend=backend, device="cpu")
        assert result.array.shape == phantom.grid
        masks.append(result.probabilities.astype(np.float32))
    assert np.allclose(*masks, atol=2e-3)
    assert 0 < masks[0].max() < 1

    output = tmp_path / "run"
    with (output / "cases.csv").open(newline="") as table:
        rows = list(csv.DictReader(table))
    assert {row["case"] for row in rows} == {
        "patient01",
        "patient02",
        "patient03_study1",
        "patient03_study2",
    }
    assert {(row["case"], row["source"]) for row in rows} >= {("patient01", "A"), ("patient02", "B")}
    for name in ("summary.csv", "recipe.json", "curves.png", "fold1/curve.csv", "final/checkpoint.pt"):
        assert (output / name).stat().st_size > 0
    again = []
    run_training(task, data, output, "SlimUNet", SHORT, 2, 2, "cpu", jobs=1, report=again.append)
    assert sum("resumed" in line for line in again) == 3  # both folds and the final model
    assert not any("loss" in line for line in again)  # and nothing was trained again
    assert read_task(bundle).weights["torch"].sha256 == trained.weights["torch"].sha256


def held_out(name: str, patient: str, lesion: float, noise: float, noise_voxels: int) -> HeldOut:
    """A lesion of 27 mm3 that the network gives one probability, and wrong specks that it gives another."""
    probability = np.full((24, 24, 24), 0.02, np.float16)
    reference = np.zeros(probability.shape, bool)
    reference[4:7, 4:7, 4:7] = True
    probability[reference] = lesion
    for row in (10, 14, 18):
        probability[:noise_voxels, row, 15] = noise
    return HeldOut(name, patient, "", probability, reference, (1.0, 1.0, 1.0), probability.size)


def test_the_threshold_search_finds_what_separates_lesions_from_specks(task):
    label = replace(task.labels[0], threshold=0.99)
    # the lesion is at 0.62 and specks of 3 voxels at 0.53: a threshold from 0.55 to 0.6 keeps just the lesion
    faint = [held_out("a", "p1", 0.62, 0.53, 3), held_out("b", "p2", 0.62, 0.53, 3)]
    table = score_table(faint, label, 26)
    assert table[0.55, 0.0] == table[0.6, 0.0] == {"a": 2.0, "b": 2.0}  # Dice 1, F1 1, volume error 0
    assert table[0.5, 0.0]["a"] < 2
    assert table[0.65, 0.0]["a"] == -1  # nothing found: Dice 0, F1 0, volume error 1
    assert table[choose(table, faint)]["a"] == 2
    # specks as bright as the lesion: only their size tells them from it
    bright = [held_out("a", "p1", 0.9, 0.9, 4), held_out("b", "p2", 0.9, 0.9, 4)]
    table = score_table(bright, label, 26)
    threshold, smallest = choose(table, bright)
    assert 4 < smallest <= 27
    assert table[threshold, smallest]["a"] == 2
    assert table[threshold, 0.0]["a"] < 2


def test_patients_count_alike_however_many_studies_they_have():
    cases = [held_out(name, name[0], 0.6, 0.5, 1) for name in ("p1", "p2", "p3", "q1")]
    table = {
        (0.3, 0.0): {"p1": 1.0, "p2": 1.0, "p3": 1.0, "q1": 0.0},  # mean over studies 0.75, over patients 0.5
        (0.7, 0.0): {"p1": 0.4, "p2": 0.4, "p3": 0.4, "q1": 0.8},  # mean over studies 0.5, over patients 0.6
    }
    assert choose(table, cases) == (0.7, 0.0)


def test_a_fold_has_no_say_in_the_settings_that_it_is_judged_with(task):
    # what is wrong is as large as the lesion, so that the threshold alone tells them apart
    folds = [[held_out("a", "p1", 0.62, 0.53, 24)], [held_out("b", "p2", 0.42, 0.33, 24)]]
    rows = judge(folds, task.labels[0], 26).rows
    settings = {row["case"]: (row["threshold"], row["smallest_mm3"]) for row in rows}
    assert 0.33 <= settings["a"][0] < 0.42  # what is right for b
    assert 0.53 <= settings["b"][0] < 0.62
    changed = [[held_out("a", "p1", 0.8, 0.72, 24)], folds[1]]
    again = {
        row["case"]: (row["threshold"], row["smallest_mm3"])
        for row in judge(changed, task.labels[0], 26).rows
    }
    assert again["a"] == settings["a"]
    assert again["b"] != settings["b"]
