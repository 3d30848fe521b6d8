"""The findings table: read back by pandas or the csv module with nothing to skip."""

import csv

import nibabel as nib
import numpy as np
import pytest

from SegAssistLib.errors import InputError
from SegAssistLib.io.table import write_rows
from SegAssistLib.measure.agreement import agreement, summarise
from SegAssistLib.measure.lesions import find_lesions
from SegAssistLib.report import RESEARCH_USE
from SegAssistLib.report.table import COLUMNS, findings_rows, write_findings


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.shared_data
def test_the_table_of_a_real_mask_says_what_the_findings_say(ms_data, tmp_path):
    file = nib.load(ms_data / "patient03" / "lesions.nii.gz")
    mask = np.asarray(file.dataobj)
    findings = find_lesions(mask, file.affine, probability=mask * np.float16(0.75))
    write_findings(tmp_path / "scan_findings.csv", findings, "ms-lesion")

    *lesions, total = read(tmp_path / "scan_findings.csv")
    assert [int(row["id"]) for row in lesions] == list(range(1, findings.lesion_count + 1))
    assert total["id"] == "total"
    assert int(total["lesions"]) == findings.lesion_count
    assert total["note"] == RESEARCH_USE
    assert float(total["volume_mm3"]) == pytest.approx(
        np.count_nonzero(mask) * abs(np.linalg.det(file.affine)), abs=1e-3
    )
    assert sum(float(row["volume_mm3"]) for row in lesions) == pytest.approx(
        float(total["volume_mm3"]), abs=0.1
    )
    for row in lesions:
        voxel = [float(row[f"centroid_{axis}"]) for axis in "ijk"]
        place = [float(row[f"centroid_{axis}_mm"]) for axis in "ras"]
        assert nib.affines.apply_affine(file.affine, voxel) == pytest.approx(place, abs=0.06)
        assert (row["task"], row["slice_axis"], row["mean_probability"]) == ("ms-lesion", "k", "0.75")


def test_pandas_reads_numbers_and_empty_cells_without_help(tmp_path):
    pandas = pytest.importorskip("pandas")
    mask = np.zeros((5, 5, 1), np.uint8)
    mask[1:3, 1, 0] = 1
    write_findings(tmp_path / "a.csv", find_lesions(mask, np.eye(4), calibrated=False), "polyp-endoscopy")
    table = pandas.read_csv(tmp_path / "a.csv")
    assert tuple(table.columns) == COLUMNS
    assert table["voxels"].tolist() == [2, 2]
    assert table["volume_mm3"].isna().all()


def test_no_lesion_gives_a_total_of_zero_and_not_an_empty_file(tmp_path):
    findings = find_lesions(np.zeros((5, 5, 5)), np.eye(4))
    write_findings(tmp_path / "a.csv", findings, "ms-lesion")
    (total,) = read(tmp_path / "a.csv")
    assert (total["id"], total["lesions"], total["volume_mm3"]) == ("total", "0", "0.0")


def test_a_name_with_a_comma_and_letters_of_any_language_survives(tmp_path):
    write_rows(
        tmp_path / "größe.csv", [{"case": "Müller, 2", "dice": float("nan")}, {"case": "b", "hd95_mm": None}]
    )
    assert read(tmp_path / "größe.csv") == [
        {"case": "Müller, 2", "dice": "nan", "hd95_mm": ""},
        {"case": "b", "dice": "", "hd95_mm": ""},
    ]


def test_the_evaluation_summary_is_a_table_too(tmp_path):
    mask = np.ones((4, 4, 4))
    rows = [agreement(mask, mask, None).row(case=n, patient=n) for n in "ab"]
    write_rows(tmp_path / "summary.csv", summarise(rows))
    assert read(tmp_path / "summary.csv")[0]["metric"] == "dice"


def test_a_failed_write_leaves_the_older_file_as_it_was(tmp_path):
    class Unprintable:
        def __str__(self):
            raise OSError(28, "No space left on device")

    path = tmp_path / "a.csv"
    write_rows(path, [{"x": 1}])
    with pytest.raises(InputError, match="disk is full"):
        write_rows(path, [{"x": Unprintable()}])
    assert read(path) == [{"x": "1"}]
    assert list(tmp_path.iterdir()) == [path]


def test_every_row_has_every_column():
    mask = np.zeros((5, 5, 5))
    mask[0, 0, 0] = mask[4, 4, 4] = 1
    assert all(tuple(row) == COLUMNS for row in findings_rows(find_lesions(mask, np.eye(4))))
