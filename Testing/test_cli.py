"""The command line: the files, names and numbers that other tools rely on."""

from __future__ import annotations

import csv
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813
from dicom_phantom import write_classic_series

NEVER_LOADED = {"torch", "monai", "matplotlib", "pandas"}
PEAK_MB = 500

# runs the command from cold and then says what was loaded and how much memory it took at most
WATCHED = """
import json, re, sys
from pathlib import Path
sys.argv[0] = "segassist"
from SegAssistLib.cli import main
try:
    main()
except SystemExit as end:
    status = Path("/proc/self/status")
    peak = int(re.search(r"VmHWM:\\s+(\\d+) kB", status.read_text())[1]) / 1024 if status.exists() else None
    print(json.dumps({"code": end.code, "peak_mb": peak, "modules": sorted(sys.modules)}))
"""


def command(*arguments: object) -> subprocess.CompletedProcess[str]:
    """The real command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "SegAssistLib.cli", *map(str, arguments)], capture_output=True, text=True
    )


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def segmented(scan, tmp_path_factory) -> Path:
    """The folder that one run of the real command wrote."""
    output = tmp_path_factory.mktemp("results") / "new folder"
    ended = command("segment", scan, "--task", "ms-lesion", "--output", output, "--quality", "quick")
    assert ended.returncode == 0, ended.stderr
    return output


def test_a_run_writes_the_three_files_of_the_contract_and_no_others(segmented):
    assert names(segmented) == {"scan_seg.nii.gz", "scan_findings.csv", "scan_run.json"}


def test_the_mask_lies_on_the_scans_own_grid(segmented, scan):
    mask, image = nib.load(segmented / "scan_seg.nii.gz"), nib.load(scan)
    assert mask.get_data_dtype() == np.uint8
    assert mask.shape == image.shape
    assert np.array_equal(mask.affine, image.affine)
    assert set(np.unique(np.asarray(mask.dataobj))) == {0, 1}


def test_the_findings_add_up_to_the_mask(segmented):
    mask = nib.load(segmented / "scan_seg.nii.gz")
    *lesions, total = table(segmented / "scan_findings.csv")
    assert total["id"] == "total"
    assert int(total["lesions"]) == len(lesions) > 0
    assert sum(int(row["voxels"]) for row in lesions) == np.count_nonzero(mask.dataobj)
    volume = np.count_nonzero(mask.dataobj) * abs(np.linalg.det(mask.affine[:3, :3]))
    assert float(total["volume_mm3"]) == pytest.approx(volume, abs=0.01)


def test_the_run_record_says_what_was_computed_from_what_by_what(segmented, scan, task):
    record = json.loads((segmented / "scan_run.json").read_text(encoding="utf-8"))
    assert record["input_sha256"] == hashlib.sha256(scan.read_bytes()).hexdigest()
    assert record["model_sha256"] == task.weights["onnx"].sha256
    assert (record["task"], record["model_version"]) == ("ms-lesion", task.version)
    assert record["backend"] == "onnxruntime"
    assert record["slices"] == nib.load(scan).shape[2]
    assert set(record["seconds"]) == {"read", "prepare", "network", "postprocess", "write"}
    assert min(record["seconds"].values()) > 0
    assert record["versions"]["numpy"] == np.__version__


def test_a_second_run_gives_the_same_bytes(segmented, scan, tmp_path):
    command("segment", scan, "--task", "ms-lesion", "--output", tmp_path, "--quality", "quick")
    for name in ("scan_seg.nii.gz", "scan_findings.csv"):
        assert (tmp_path / name).read_bytes() == (segmented / name).read_bytes()


def test_from_cold_neither_torch_nor_much_memory_is_needed(scan, tmp_path):
    arguments = ["segment", scan, "--task", "ms-lesion", "--output", tmp_path, "--json"]
    ended = subprocess.run([sys.executable, "-c", WATCHED, *arguments], capture_output=True, text=True)
    seen = json.loads(ended.stdout.splitlines()[-1])
    assert seen["code"] == 0
    assert "onnxruntime" in seen["modules"]  # the list is that of a run that did its work
    assert not NEVER_LOADED & set(seen["modules"])
    if seen["peak_mb"] is not None:
        assert 50 < seen["peak_mb"] < PEAK_MB


def test_tasks_are_listed_for_people_and_for_programs(segassist, task):
    listed = {entry["name"]: entry for entry in json.loads(segassist("tasks", "--json").out)}
    assert listed["ms-lesion"]["labels"][0]["name"] == "lesion"
    assert listed["ms-lesion"]["labels"][0]["value"] == 1
    assert listed["ms-lesion"]["model_sha256"]["onnx"] == task.weights["onnx"].sha256
    assert "1 lesion" in segassist("tasks").out


def test_json_on_stdout_states_files_and_findings(segassist, segmented, scan, tmp_path):
    ended = segassist(
        "segment", scan, "--task", "ms-lesion", "--output", tmp_path, "--quality", "quick", "--json"
    )
    (result,) = json.loads(ended.out)
    assert ended.code == 0
    assert {Path(file).name for file in result["files"]} == names(segmented)
    total = table(segmented / "scan_findings.csv")[-1]
    assert result["lesions"] == int(total["lesions"])
    assert result["volume_mm3"] == pytest.approx(float(total["volume_mm3"]), abs=0.01)


def test_a_slicer_segmentation_holds_the_same_mask_in_the_same_place(segassist, segmented, scan, tmp_path):
    arguments = ("--task", "ms-lesion", "--output", tmp_path, "--quality", "quick", "--format", "seg.nrrd")
    assert segassist("segment", scan, *arguments).code == 0
    assert names(tmp_path) == {"scan_seg.seg.nrrd", "scan_findings.csv", "scan_run.json"}
    nrrd, nifti = (
        sitk.ReadImage(folder / f"scan_seg.{kind}")
        for folder, kind in ((tmp_path, "seg.nrrd"), (segmented, "nii.gz"))
    )
    assert np.array_equal(sitk.GetArrayFromImage(nrrd), sitk.GetArrayFromImage(nifti))
    for corner in ((0, 0, 0), nrrd.GetSize()):
        assert nrrd.TransformIndexToPhysicalPoint(corner) == pytest.approx(
            nifti.TransformIndexToPhysicalPoint(corner), abs=1e-3
        )


def test_an_overlay_is_drawn_when_asked_for(segassist, scan, tmp_path):
    arguments = ("--task", "ms-lesion", "--output", tmp_path, "--quality", "quick", "--overlay")
    assert segassist("segment", scan, *arguments).code == 0
    assert "scan_overlay.png" in names(tmp_path)


def test_a_dicom_series_gives_the_mask_of_its_nifti_without_a_warning(
    segassist, phantom, segmented, tmp_path
):
    folder = tmp_path / "scan"
    files = write_classic_series(folder, phantom.array, phantom.affine)
    arguments = ("--task", "ms-lesion", "--quality", "quick", "--output")
    for number, source in enumerate(([folder], files)):
        output = tmp_path / f"results{number}"
        ended = segassist("segment", *source, *arguments, output)
        assert (ended.code, ended.err) == (0, "")
        (mask,) = output.glob("*_seg.nii.gz")
        assert np.array_equal(nib.load(mask).dataobj, nib.load(segmented / "scan_seg.nii.gz").dataobj)
        assert np.allclose(nib.load(mask).affine, phantom.affine, atol=1e-4)


def test_a_file_without_modality_is_segmented_with_one_warning(segassist, scan, tmp_path):
    ended = segassist("segment", scan, "--task", "ms-lesion", "--output", tmp_path, "--quality", "quick")
    assert ended.code == 0
    (line,) = ended.err.splitlines()
    assert line.startswith("segassist: warning: scan: ")
    assert "modality" in line


def test_measuring_an_edited_mask_changes_the_volume_by_what_was_edited(segassist, segmented, scan, tmp_path):
    mask = nib.load(segmented / "scan_seg.nii.gz")
    edited = np.asarray(mask.dataobj).copy()
    assert not edited[:5, :5, :5].any()
    edited[:3, :3, :3] = 1
    path = tmp_path / "scan_seg.nii.gz"
    nib.save(nib.Nifti1Image(edited, mask.affine), path)
    ended = segassist("measure", path, "--task", "ms-lesion", "--image", scan, "--output", tmp_path / "new")
    assert (ended.code, ended.err) == (0, "")
    assert names(tmp_path / "new") == {"scan_findings.csv", "scan_overlay.png"}
    old, new = (table(folder / "scan_findings.csv") for folder in (segmented, tmp_path / "new"))
    assert int(new[-1]["voxels"]) - int(old[-1]["voxels"]) == 27
    assert int(new[-1]["lesions"]) - int(old[-1]["lesions"]) == 1
    gained = float(new[-1]["volume_mm3"]) - float(old[-1]["volume_mm3"])
    assert gained == pytest.approx(27 * abs(np.linalg.det(mask.affine[:3, :3])), abs=0.01)
    sizes = [row["voxels"] for row in new[:-1]]
    sizes.remove("27")
    assert sizes == [row["voxels"] for row in old[:-1]]  # the others are as they were


def test_one_bad_scan_does_not_keep_the_others_from_being_done(segassist, scan, tmp_path):
    bad, other = tmp_path / "bad.nii.gz", tmp_path / "other.nii.gz"
    bad.write_text("a letter")
    other.write_bytes(scan.read_bytes())
    output = tmp_path / "results"
    ended = segassist(
        "segment", bad, scan, other, "--task", "ms-lesion", "--output", output, "--quality", "quick"
    )
    assert ended.code == 2
    (refusal,) = (line for line in ended.err.splitlines() if "warning" not in line)
    assert str(bad) in refusal
    assert {name for name in names(output) if name.endswith("_seg.nii.gz")} == {
        "scan_seg.nii.gz",
        "other_seg.nii.gz",
    }
    assert len(names(output)) == 6


def test_another_images_results_are_replaced_only_when_asked_to_and_the_own_always(
    segassist, scan, phantom, tmp_path
):
    other = tmp_path / "other patient" / scan.name
    other.parent.mkdir()
    nib.save(nib.Nifti1Image(phantom.array[:, :, ::-1], phantom.affine), other)
    output = tmp_path / "results"
    settings = ("--task", "ms-lesion", "--quality", "quick", "--output", output)
    for _ in range(2):
        assert segassist("segment", scan, *settings, "--overlay").code == 0
    before = {path.name: path.read_bytes() for path in output.iterdir()}

    refused = segassist("segment", other, *settings)
    assert refused.code == 2
    assert f"was made from another image, {scan}" in refused.err
    assert "--overwrite" in refused.err
    assert {path.name: path.read_bytes() for path in output.iterdir()} == before

    assert segassist("segment", other, *settings, "--overwrite").code == 0
    assert names(output) == {
        "scan_seg.nii.gz",
        "scan_findings.csv",
        "scan_run.json",
    }  # no overlay of the first
    assert (output / "scan_seg.nii.gz").read_bytes() != before["scan_seg.nii.gz"]


def test_tables_of_another_mask_are_replaced_only_when_asked_to(segassist, segmented, scan, tmp_path):
    mask = tmp_path / "scan_seg.nii.gz"
    stored = nib.load(segmented / "scan_seg.nii.gz")
    arguments = ("--task", "ms-lesion", "--output", tmp_path / "tables")
    for voxels, more, code in ((0, [], 0), (0, [], 0), (9, [], 2), (9, ["--overwrite"], 0)):
        edited = np.asarray(stored.dataobj).copy()
        edited[:voxels, 0, 0] = 1
        nib.save(nib.Nifti1Image(edited, stored.affine), mask)
        ended = segassist("measure", mask, *arguments, *more)
        assert ended.code == code
        assert ("no record says which image it was made from" in ended.err) == (code == 2)
    own = shutil.copytree(segmented, tmp_path / "own")
    assert segassist("measure", mask, "--image", scan, "--task", "ms-lesion", "--output", own).code == 0


def test_two_scans_of_one_name_are_refused_before_one_overwrites_the_other(segassist, scan, tmp_path):
    (tmp_path / "second").mkdir()
    twin = tmp_path / "second" / scan.name
    twin.write_bytes(scan.read_bytes())
    ended = segassist("segment", scan, twin, "--task", "ms-lesion", "--output", tmp_path / "results")
    assert ended.code == 2
    assert "overwrite" in ended.err
    assert not (tmp_path / "results").exists()
