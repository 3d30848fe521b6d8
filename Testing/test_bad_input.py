"""Bad input: exit code 2, one line on stderr that names the cause, nothing written, never a traceback."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
import pytest
from damaged_nifti import make_singular
from dicom_phantom import write_classic_series
from xray_files import write_xray

from SegAssistLib.errors import InputError
from SegAssistLib.study import segment_study
from SegAssistLib.task import read_task

GREY = np.random.default_rng(0).integers(0, 200, (24, 26, 7)).astype(np.uint16)
AFFINE = np.diag((-0.7, -0.9, 3.3, 1))


def nifti(path: Path, array: np.ndarray = GREY, affine: np.ndarray = AFFINE) -> Path:
    nib.save(nib.Nifti1Image(array, affine), path)
    return path


def volume(array):
    return lambda folder: nifti(folder / "scan.nii.gz", array)


def with_value(value):
    array = GREY.astype(np.float32)
    array[3, 3, 3] = value
    return volume(array)


def text(folder):
    (folder / "scan.nii.gz").write_text("Dear colleague, thank you for sending this patient. " * 20)
    return folder / "scan.nii.gz"


def cut_off(folder):
    path = nifti(folder / "scan.nii.gz")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def singular(folder):
    return make_singular(nifti(folder / "scan.nii"))


def colour():
    array = np.zeros(GREY.shape, dtype=[("R", "u1"), ("G", "u1"), ("B", "u1")])
    array["G"] = GREY
    return volume(array)


def series(*, drop=(), **changes):
    def make(folder):
        files = write_classic_series(folder / "scan", GREY, AFFINE)
        for file in files:
            dataset = pydicom.dcmread(file)
            for keyword, value in changes.items():
                setattr(dataset, keyword, value)
            dataset.save_as(file)
        for index in drop:
            files[index].unlink()
        return folder / "scan"

    return make


def two_series(folder):
    write_classic_series(folder / "scan", GREY, AFFINE, number=1)
    write_classic_series(folder / "scan", GREY + 1, AFFINE, number=2)
    return folder / "scan"


def turned_slice(folder):
    files = write_classic_series(folder / "scan", GREY, AFFINE)
    dataset = pydicom.dcmread(files[2])
    dataset.ImageOrientationPatient = [1, 0, 0, 0, 0, -1]
    dataset.save_as(files[2])
    return folder / "scan"


def empty_folder(folder):
    (folder / "scan").mkdir()
    return folder / "scan"


BAD_SCANS = {
    "missing": (lambda folder: folder / "scan.nii.gz", "does not exist"),
    "text as .nii.gz": (text, "not a NIfTI"),
    "cut off .nii.gz": (cut_off, "cut off"),
    "many volumes": (volume(np.stack([GREY] * 4, axis=3)), "4 volumes"),
    "all zero": (volume(0 * GREY), "blank"),
    "constant": (volume(0 * GREY + 7), "blank"),
    "NaN": (with_value(np.nan), "NaN"),
    "infinity": (with_value(np.inf), "infinity"),
    "singular affine": (singular, "affine"),
    "colour": (colour(), "colour"),
    "CT": (series(Modality="CT"), "modality is CT"),
    "missing slice": (series(drop=[3]), "slice is missing"),
    "two series": (two_series, "2 series"),
    "mixed orientations": (turned_slice, "orientations"),
    "folder without images": (empty_folder, "no DICOM images"),
}


@pytest.mark.parametrize("case", BAD_SCANS)
@pytest.mark.filterwarnings("ignore")
def test_a_bad_scan_is_refused_in_one_line_and_nothing_is_written(segassist, tmp_path, case):
    make, cause = BAD_SCANS[case]
    path, output = make(tmp_path), tmp_path / "results"
    ended = segassist("segment", path, "--task", "ms-lesion", "--output", output)
    assert ended.code == 2
    assert ended.out == ""
    assert_one_line(ended.err, path.name.split(".")[0], cause)
    assert not output.exists()


def assert_one_line(err: str, *holds: str) -> None:
    (line,) = err.splitlines()
    assert line.startswith("segassist: ")
    for each in holds:
        assert each in line
    assert "Phantom" not in err  # the patient's name


WRONG_USAGE = {
    "unknown task": (["--task", "fracture"], "ms-lesion"),
    "no task": ([], "--task"),
    "unknown backend": (["--task", "ms-lesion", "--backend", "abacus"], "onnxruntime"),
    "unknown quality": (["--task", "ms-lesion", "--quality", "perfect"], "quick"),
    "unknown device": (["--task", "ms-lesion", "--device", "gpu"], "cuda"),
    "unknown format": (["--task", "ms-lesion", "--format", "docx"], "seg.nrrd"),
    "unknown option": (["--task", "ms-lesion", "--kwality", "best"], "--kwality"),
    "a device that the backend cannot use": (
        ["--task", "ms-lesion", "--backend", "onnxruntime", "--device", "cuda"],
        "torch",
    ),
}


@pytest.mark.parametrize("case", WRONG_USAGE)
def test_wrong_usage_is_refused_in_one_line_that_says_what_is_right(segassist, scan, tmp_path, case):
    arguments, right = WRONG_USAGE[case]
    ended = segassist("segment", scan, "--output", tmp_path / "results", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert_one_line(ended.err, right)
    assert not list(tmp_path.glob("results/*"))


def test_an_unknown_command_is_refused_in_one_line(segassist):
    ended = segassist("diagnose")
    assert ended.code == 2
    assert_one_line(ended.err, "diagnose")


def below_a_file(folder):
    (folder / "letter.txt").touch()
    return folder / "letter.txt" / "results"


def a_file(folder):
    (folder / "results").touch()
    return folder / "results"


def read_only_system(_folder):
    if not Path("/proc/self").exists():
        pytest.skip("there is no /proc here, which not even root can write to")
    return Path("/proc/self/results")


@pytest.mark.parametrize("place", [below_a_file, a_file, read_only_system])
def test_a_folder_that_cannot_be_written_to_is_refused(segassist, scan, tmp_path, place):
    output = place(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    ended = segassist("segment", scan, "--task", "ms-lesion", "--output", output, "--quality", "quick")
    assert (ended.code, ended.out) == (2, "")
    assert_one_line(ended.err, str(output), "cannot be written to")
    assert sorted(tmp_path.rglob("*")) == before


# no file may grow beyond so many bytes: what a full disk is to a program, with EFBIG
FULL_DISK = """
import resource, sys
from SegAssistLib.cli import main
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), resource.RLIM_INFINITY))
main()
"""


@pytest.mark.parametrize(
    ("limit", "options"),
    [
        (100, []),  # the mask does not fit
        (100, ["--format", "seg.nrrd"]),
        (20_000, ["--overlay"]),  # mask and findings fit, the picture does not
    ],
)
def test_a_full_disk_leaves_nothing_behind_not_even_what_would_fit(scan, tmp_path, limit, options):
    pytest.importorskip("resource")  # POSIX only
    arguments = ["segment", scan, "--task", "ms-lesion", "--output", tmp_path, "--quality", "quick", *options]
    ended = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(limit), *map(str, arguments)], capture_output=True, text=True
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert_one_line(ended.stderr, str(tmp_path))
    assert "disk is full" in ended.stderr or "cannot be written" in ended.stderr
    assert list(tmp_path.iterdir()) == []  # iterdir sees hidden files too


def test_a_full_disk_leaves_the_older_results_as_they_were(segassist, scan, tmp_path, monkeypatch):
    arguments = ("segment", scan, "--task", "ms-lesion", "--output", tmp_path, "--quality", "quick")
    assert segassist(*arguments).code == 0
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(*_arguments):
        raise InputError(f"{tmp_path}: the disk is full")

    monkeypatch.setattr("SegAssistLib.results.lesions.write_findings", full)  # the mask is written by then
    assert segassist(*arguments).code == 2
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.fixture
def copied_bundle(task, tmp_path) -> Path:
    return shutil.copytree(task.folder, tmp_path / "bundle")


@pytest.mark.parametrize(
    ("file", "backend"),
    [
        ("models/model.onnx", "onnxruntime"),
        ("models/model.safetensors", "onnxruntime"),
        ("models/model.safetensors", "torch"),
        ("configs/inference.json", "torch"),
    ],
)
def test_a_network_whose_file_has_another_hash_is_never_loaded(copied_bundle, scan, tmp_path, file, backend):
    pytest.importorskip(backend)
    weights = copied_bundle / file
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    with pytest.raises(InputError, match="SHA-256") as refusal:
        segment_study(scan, read_task(copied_bundle), tmp_path / "results", backend=backend)
    assert str(weights) in str(refusal.value)
    assert not list(tmp_path.glob("results/*"))


def test_a_missing_weight_file_is_named(copied_bundle, scan, tmp_path):
    weights = read_task(copied_bundle).weights["onnx"].path
    weights.unlink()
    with pytest.raises(InputError, match="file of the task is missing") as refusal:
        segment_study(scan, read_task(copied_bundle), tmp_path / "results")
    assert str(weights) in str(refusal.value)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"segassist": {"task": "x"}}'])
def test_a_bundle_that_lacks_something_is_refused(copied_bundle, content):
    file = copied_bundle / "configs" / "metadata.json"
    file.write_text(content)
    with pytest.raises(InputError, match="not a usable task bundle") as refusal:
        read_task(copied_bundle)
    assert str(file) in str(refusal.value)


def labels_4(folder, phantom):
    return nifti(folder / "mask.nii.gz", np.full(phantom.grid, 4, np.uint8), phantom.affine)


def another_grid(folder, phantom):
    return nifti(folder / "mask.nii.gz", np.zeros(phantom.grid, np.uint8)[1:], phantom.affine)


def moved_aside(folder, phantom):
    affine = phantom.affine.copy()
    affine[0, 3] += 5
    return nifti(folder / "mask.nii.gz", np.zeros(phantom.grid, np.uint8), affine)


@pytest.mark.parametrize(
    ("make", "cause"), [(labels_4, "[4]"), (another_grid, "grid"), (moved_aside, "grid")]
)
def test_a_mask_that_does_not_fit_is_not_measured(segassist, scan, phantom, tmp_path, make, cause):
    mask = make(tmp_path, phantom)
    arguments = ("--task", "ms-lesion", "--image", scan, "--output", tmp_path / "results")
    ended = segassist("measure", mask, *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert_one_line(ended.err, str(mask), cause)
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("command", ["evaluate", "train"])
def test_a_folder_without_annotated_studies_is_refused(segassist, scan, tmp_path, command):
    (tmp_path / "data").mkdir()
    shutil.copy(scan, tmp_path / "data" / "flair.nii.gz")
    output = tmp_path / "results"
    ended = segassist(command, "--task", "ms-lesion", "--data", tmp_path / "data", "--output", output)
    assert (ended.code, ended.out) == (2, "")
    assert_one_line(ended.err, str(tmp_path / "data"), "no annotated study")
    assert not list(tmp_path.glob("results/*"))


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        (["--folds", 3], "at least 3 patients"),
        (["--folds", 1], "at least 2 folds"),
        (["--folds", -1], "--folds"),
        (["--network", "HugeNet"], "SlimUNet"),
        (["--steps", 0], "--steps"),
        (["--batch", 0], "--batch"),
    ],
)
def test_a_training_that_cannot_work_is_refused_at_once(segassist, scan, tmp_path, arguments, cause):
    pytest.importorskip("monai")
    for patient in ("data/patient1", "data/patient2"):
        (tmp_path / patient).mkdir(parents=True)
        content = scan.read_bytes() + patient.encode()  # two different files
        for kind in ("flair", "lesions"):
            (tmp_path / patient / f"{kind}.nii.gz").write_bytes(content)
    output = tmp_path / "results"
    ended = segassist(
        "train", "--task", "ms-lesion", "--data", tmp_path / "data", "--output", output, *arguments
    )
    assert (ended.code, ended.out) == (2, "")
    assert_one_line(ended.err, cause)
    assert not output.exists()


def test_a_folder_with_the_name_of_a_result_is_not_written_over(segassist, scan, tmp_path):
    (tmp_path / "scan_seg.nii.gz").mkdir()
    ended = segassist("segment", scan, "--task", "ms-lesion", "--output", tmp_path, "--quality", "quick")
    assert (ended.code, ended.out) == (2, "")
    assert_one_line(ended.err, str(tmp_path / "scan_seg.nii.gz"))
    assert [path.name for path in tmp_path.iterdir()] == ["scan_seg.nii.gz"]


def test_a_reference_on_another_grid_is_not_compared(segassist, scan, phantom, tmp_path):
    shutil.copy(scan, tmp_path / "flair.nii.gz")
    reference = nifti(tmp_path / "lesions.nii.gz", np.zeros(phantom.grid, np.uint8)[:, 1:], phantom.affine)
    output = tmp_path / "results"
    ended = segassist("evaluate", "--task", "ms-lesion", "--data", tmp_path, "--output", output)
    assert (ended.code, ended.out) == (2, "")
    assert_one_line(ended.err, str(reference), "grid")
    assert not list(output.iterdir())


def test_a_real_process_ends_as_the_tests_above_say(tmp_path):
    path = text(tmp_path)
    arguments = ["segment", path, "--task", "ms-lesion", "--output", tmp_path / "results", "--json"]
    ended = subprocess.run(
        [sys.executable, "-m", "SegAssistLib.cli", *map(str, arguments)], capture_output=True, text=True
    )
    assert ended.returncode == 2
    assert json.loads(ended.stdout) == []  # a program that reads JSON gets JSON
    assert_one_line(ended.stderr, str(path))
    assert not (tmp_path / "results").exists()


def test_a_batch_is_done_to_its_end_and_names_each_bad_file_once(segassist, scan, tmp_path):
    bad = []
    for name, content in {
        "text.nii.gz": b"Dear colleague",
        "half.dcm": bytes(128) + b"DICM" + bytes(40),
        "empty.png": b"",
        "clip.mp4": bytes(500),
    }.items():
        bad.append(tmp_path / name)
        bad[-1].write_bytes(content)
    output = tmp_path / "results"
    good = shutil.copy(scan, tmp_path / "last.nii.gz")
    ended = segassist("segment", *bad, good, "--task", "ms-lesion", "--output", output, "--quality", "quick")
    assert ended.code == 2
    assert (output / "last_seg.nii.gz").exists()
    refusals = [line for line in ended.err.splitlines() if "warning" not in line]
    assert [path.name in line for path, line in zip(bad, refusals, strict=True)] == [True] * len(bad)


def test_damaged_x_rays_do_not_keep_the_others_from_being_done(segassist, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 200, (64, 64)).astype(np.uint8)
    first, bad, last = (write_xray(tmp_path / f"{name}.dcm", pixels) for name in ("first", "bad", "last"))
    bad.write_bytes(bad.read_bytes()[:400])
    output = tmp_path / "results"
    ended = segassist("segment", first, bad, last, "--task", "pneumonia-xray", "--output", output)
    assert ended.code == 2
    assert {path.name for path in output.glob("*_seg.png")} == {"first_seg.png", "last_seg.png"}
    assert sum("bad.dcm" in line for line in ended.err.splitlines()) == 1


def test_a_fault_of_ours_ends_one_study_and_not_the_batch_and_tells_no_patient_data(
    segassist, scan, tmp_path, monkeypatch
):
    def fails_once(source, *arguments, **options):
        if source.name.startswith("fault"):
            raise KeyError("Phantom^Test")
        return segment_study(source, *arguments, **options)

    monkeypatch.setattr("SegAssistLib.study.segment_study", fails_once)
    fault = shutil.copy(scan, tmp_path / "fault.nii.gz")
    output = tmp_path / "results"
    ended = segassist("segment", fault, scan, "--task", "ms-lesion", "--output", output, "--quality", "quick")
    assert ended.code == 1
    assert (output / "scan_seg.nii.gz").exists()
    assert_one_line(
        "\n".join(line for line in ended.err.splitlines() if "warning" not in line),
        "fault.nii.gz",
        "KeyError",
    )
