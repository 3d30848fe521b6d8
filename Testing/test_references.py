"""Reference masks as the world saves them: what of them counts, for evaluation and training alike."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import cv2
import nibabel as nib
import numpy as np
import pytest
import SimpleITK as sitk  # noqa: N813

from SegAssistLib.cases import CaseFiles, find_cases
from SegAssistLib.errors import InputError
from SegAssistLib.evaluation import evaluate
from SegAssistLib.labels import Code, Label
from SegAssistLib.phantom import flair_phantom
from SegAssistLib.references import read_reference, survey
from SegAssistLib.task import find_task, read_task

pytest.importorskip("onnx", reason="onnx makes the networks of these tests, and it is not installed")

from picture_bundles import OPACITY, lungs, write_pneumonia
from tiny_bundle import write_bundle
from xray_files import write_xray

CODE = Code("SCT", "0", "Thing")
ONE = (Label(1, "lesion", (255, 0, 0), 0.5, CODE, CODE),)
TWO = (*ONE, Label(2, "other", (0, 255, 0), 0.5, CODE, CODE))


def quiet(_line: str) -> None:
    pass


def disc(*values: int) -> np.ndarray:
    """Discs of these values side by side."""
    mask = np.zeros((60, 60 * len(values)), np.uint8)
    for number, value in enumerate(values):
        cv2.circle(mask, (60 * number + 30, 30), 20, value, -1)
    return mask


def saved(path: Path, mask: np.ndarray) -> Path:
    if path.suffix == ".nrrd":
        sitk.WriteImage(sitk.GetImageFromArray(mask[np.newaxis]), str(path))
    else:
        cv2.imwrite(str(path), mask)
    return path


@pytest.mark.parametrize(
    ("name", "mask"),
    [
        ("map.png", disc(1, 0)),
        ("with_another.png", disc(1, 3)),
        ("with_void.png", disc(1, 255)),
        ("white.png", disc(255, 0)),
        ("white.nrrd", disc(255, 0)),
        ("smooth.png", cv2.GaussianBlur(disc(255, 0), (0, 0), 0.7)),
        ("lossy.jpg", disc(255, 0)),
        ("lossy_colour.jpg", cv2.cvtColor(disc(255, 0), cv2.COLOR_GRAY2BGR)),
    ],
)
def test_however_it_was_saved_a_reference_is_the_label_and_nothing_else(tmp_path, name, mask):
    found = read_reference(saved(tmp_path / name, mask), ONE).array[:, :, 0].T
    assert set(np.unique(found)) == {0, 1}
    wrong = np.count_nonzero((found == 1) != (disc(1, 0) == 1))
    assert wrong <= (40 if name.startswith("lossy") else 0)  # of 1257 pixels


def test_labels_that_jpeg_has_changed_are_refused(tmp_path):
    path = saved(tmp_path / "mask.jpg", disc(1, 2))
    with pytest.raises(InputError, match=r"mask\.jpg: JPEG changes the values"):
        read_reference(path, TWO)


def test_values_that_the_task_does_not_know_are_said_or_refused(tmp_path):
    known, unknown = saved(tmp_path / "a.png", disc(1, 3)), saved(tmp_path / "b.png", disc(3, 5))
    found = survey(tmp_path, [known, unknown], TWO)
    assert found.labels == ONE
    assert "(3, 5): 2 of 2" in found.remarks[0]
    assert found.remarks[1] == "No reference holds other, so that is not compared."
    with pytest.raises(InputError, match=r"none of the labels of the task .* but 3, 5"):
        survey(tmp_path, [unknown], TWO)
    empty = survey(tmp_path, [saved(tmp_path / "c.png", disc(0))], TWO)
    assert (empty.labels, empty.remarks) == (ONE, ())


def listed(folder: Path, pictures: dict[str, tuple[np.ndarray, np.ndarray]]) -> Path:
    """Annotated pictures, as a task has them that names no folders."""
    for kind in ("image", "mask"):
        (folder / kind).mkdir(parents=True)
    for name, (picture, mask) in pictures.items():
        cv2.imwrite(str(folder / "image" / f"{name}.png"), picture)
        cv2.imwrite(str(folder / "mask" / f"{name}.png"), mask)
        (folder / "image" / f"._{name}.png").write_bytes(b"\0\5\26\7")  # as macOS leaves them
    (folder / "manifest.csv").write_text("name,group\n" + "".join(f"{name},{name}\n" for name in pictures))
    return folder


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_each_label_is_compared_with_itself(tmp_path):
    """A perfect mask of artery and vein agrees perfectly."""
    bundle = write_bundle(tmp_path, "vessels", {"artery": 0.6, "vein": 0.85}, kinds=["still"])
    labels = disc(1, 2)
    data = listed(tmp_path / "data", {"neck": (np.choose(labels, (30, 180, 240)).astype(np.uint8), labels)})
    summary = evaluate(read_task(bundle), data, tmp_path / "out", report=quiet)
    rows = rows_of(tmp_path / "out" / "cases.csv")
    assert [(row["label"], float(row["dice"])) for row in rows] == [("artery", 1), ("vein", 1)]
    assert [line["mean"] for line in summary if (line["group"], line["metric"]) == ("all", "dice")] == [1, 1]


def test_a_picture_with_a_pixel_size_has_areas_and_no_load(tmp_path):
    task, marked = read_task(write_pneumonia(tmp_path)), (lungs() == OPACITY).astype(np.uint8)
    data = listed(tmp_path / "data", {"thorax": (lungs(), marked)})
    (data / "image" / "thorax.png").unlink()
    write_xray(data / "image" / "thorax.dcm", lungs(), PixelSpacing=[0.5, 0.5])
    summary = evaluate(task, data, tmp_path / "out", report=quiet)
    (row,) = rows_of(tmp_path / "out" / "cases.csv")
    assert (row["label"], float(row["reference_area_mm2"])) == ("opacity", 200 * 0.25)
    assert float(row["area_difference_percent"]) == 0
    assert not [column for column in row if "mm3" in column or "volume" in column]
    assert {line["group"] for line in summary} == {"all"}


def test_masks_of_x_rays_hold_kinds_of_opacity_and_no_lungs(tmp_path):
    """Their table says so; the task's own label 2 is a lung."""
    task, marked = read_task(write_pneumonia(tmp_path)), (lungs() == OPACITY) * np.uint8(2)
    data = listed(tmp_path / "data", {"thorax": (lungs(), marked)})
    (data / "manifest.csv").write_text("name,group,label\nthorax,thorax,pixel mask\n")
    evaluate(task, data, tmp_path / "out", report=quiet)
    (row,) = rows_of(tmp_path / "out" / "cases.csv")
    assert (row["label"], float(row["dice"])) == ("opacity", 1)


def test_a_third_label_and_what_macos_leaves_do_not_change_the_figures(tmp_path):
    image, lesions = flair_phantom()
    for place, mask in (("one", lesions), ("three", np.where(lesions > 0, lesions, 0))):
        if place == "three":
            mask[100:150, 100:150, 8:12][lesions[100:150, 100:150, 8:12] == 0] = 3
        (tmp_path / place / "patient1").mkdir(parents=True)
        for name, array in (("flair", image.array), ("lesions", mask.astype(np.uint8))):
            nib.save(nib.Nifti1Image(array, image.affine), tmp_path / place / "patient1" / f"{name}.nii.gz")
    for name in ("flair", "lesions"):
        (tmp_path / "three" / "patient1" / f"._{name}.nii.gz").write_bytes(b"\0\5\26\7junk")
    shutil.copytree(tmp_path / "one", tmp_path / "three" / "__MACOSX")
    (case,) = find_cases(tmp_path / "three", CaseFiles("flair", "lesions"))
    assert case.patient == "patient1"
    lines = []
    for place, report in (("one", quiet), ("three", lines.append)):
        evaluate(
            find_task("ms-lesion"),
            tmp_path / place,
            tmp_path / f"{place}_out",
            quality="quick",
            report=report,
        )
    one, three = (rows_of(tmp_path / f"{place}_out" / "cases.csv") for place in ("one", "three"))
    assert one == three
    assert "the task does not know (3): 1 of 1" in lines[0]
