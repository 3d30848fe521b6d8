"""Findings as a table in the scene."""

import numpy as np
import pytest
import slicer
from scene_parts import picture, read_reviewed

from SegAssistLib.labels import Segmentation
from SegAssistLib.measure.lesions import find_lesions
from SegAssistLib.scene.findings import write_findings
from SegAssistLib.scene.segmentations import write_segmentation
from SegAssistLib.scene.volumes import add_volume


@pytest.fixture
def found():
    """Two lesions, of 4 and 2 voxels of 2 x 2 x 3 mm."""
    array = np.zeros((7, 6, 5), np.uint8)
    array[1:3, 1:3, 1] = 1
    array[5, 4, 2:4] = 1
    return array


@pytest.fixture
def node(slicer_scene, found, task):
    image = picture(np.diag([2.0, 2.0, 3.0, 1.0]))
    mask = Segmentation(found, image.affine, task.labels)
    return write_segmentation(slicer_scene, add_volume(slicer_scene, image), mask, task)


def rows_of(table):
    columns = range(table.GetNumberOfColumns())
    names = [table.GetColumnName(column) for column in columns]
    return [
        dict(zip(names, (table.GetCellText(row, column) for column in columns), strict=True))
        for row in range(table.GetNumberOfRows())
    ]


def test_a_radiologist_reads_each_lesion_and_the_total(node, found, task):
    probability = np.where(found, 0.755, 0).astype(np.float16)
    findings = find_lesions(found, np.diag([2.0, 2.0, 3.0, 1.0]), probability=probability)
    table = write_findings(node, findings, task, {2})
    assert rows_of(table) == [
        {
            "Lesion": "1",
            "Volume (mm3)": "48",
            "Diameter (mm)": "5.7",
            "Size": "10 to 50 mm3",
            "Voxels": "4",
            "Slices (k)": "1",
            "Centre R, A, S (mm)": "3.0, 3.0, 3.0",
            "Probability": "0.75",
            "Reviewed": "",
        },
        {
            "Lesion": "2",
            "Volume (mm3)": "24",
            "Diameter (mm)": "2.0",
            "Size": "10 to 50 mm3",
            "Voxels": "2",
            "Slices (k)": "2 to 3",
            "Centre R, A, S (mm)": "10.0, 8.0, 7.5",
            "Probability": "0.75",
            "Reviewed": "yes",
        },
        {
            "Lesion": "Total",
            "Volume (mm3)": "72",
            "Diameter (mm)": "",
            "Size": "",
            "Voxels": "6",
            "Slices (k)": "",
            "Centre R, A, S (mm)": "",
            "Probability": "",
            "Reviewed": "",
        },
    ]
    assert "Not for diagnosis" in table.GetDescription()
    assert table.GetLocked()


def test_without_a_pixel_size_nothing_is_in_mm(node, found, task):
    findings = find_lesions(found, np.eye(4), calibrated=False)
    table = write_findings(node, findings, task)
    assert list(rows_of(table)[0]) == ["Lesion", "Voxels", "Slices (k)", "Reviewed"]


def test_measuring_again_updates_the_same_table(slicer_scene, node, found, task):
    affine = np.eye(4)
    table = write_findings(node, find_lesions(found, affine), task, {1, 2})
    assert read_reviewed(node) == {1, 2}
    found[5] = 0
    assert write_findings(node, find_lesions(found, affine), task) is table
    assert [row["Lesion"] for row in rows_of(table)] == ["1", "Total"]
    assert read_reviewed(node) == set()
    assert slicer_scene.GetNumberOfNodesByClass("vtkMRMLTableNode") == 1


def test_nothing_found_is_a_total_of_zero(node, found, task):
    table = write_findings(node, find_lesions(found * 0, np.eye(4)), task)
    (total,) = rows_of(table)
    assert (total["Lesion"], total["Volume (mm3)"], total["Voxels"]) == ("Total", "0", "0")


def test_what_was_never_measured_has_nothing_reviewed(node):
    assert read_reviewed(node) == set()


def test_a_table_that_was_deleted_is_made_again(slicer_scene, node, found, task):
    findings = find_lesions(found, np.eye(4))
    slicer_scene.RemoveNode(write_findings(node, findings, task))
    write_findings(node, findings, task, {1})
    assert read_reviewed(node) == {1}


def test_volumes_and_voxels_are_numbers_for_plots(node, found, task):
    table = write_findings(node, find_lesions(found, np.diag([2.0, 2.0, 3.0, 1.0])), task)
    np.testing.assert_array_equal(slicer.util.arrayFromTableColumn(table, "Volume (mm3)"), [48, 24, 72])
    np.testing.assert_array_equal(slicer.util.arrayFromTableColumn(table, "Voxels"), [4, 2, 6])


def test_the_table_stands_beside_its_segmentation(slicer_scene, node, found, task):
    tree = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer_scene)
    study = tree.CreateStudyItem(tree.GetSceneItemID(), "Head")
    tree.SetItemParent(tree.GetItemByDataNode(node), study)
    table = write_findings(node, find_lesions(found, np.eye(4)), task)
    assert tree.GetItemParent(tree.GetItemByDataNode(table)) == study
