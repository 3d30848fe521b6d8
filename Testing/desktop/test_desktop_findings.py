"""Going through the findings: jumping, deleting, marking, measuring anew, the threshold, undo and export."""

from __future__ import annotations

import numpy as np
import pytest

NUMBER, VOLUME, REVIEWED = 0, 1, 5  # columns
VOXEL_MM3 = 0.9 * 0.9 * 7.0


def test_a_click_on_a_row_shows_that_lesion_in_every_view(with_result):
    lesions = with_result.widget._result.findings.lesions
    for row in (3, 0):
        with_result.click_row(row)
        place = crosshair(with_result)
        assert np.linalg.norm(place - lesions[row].centroid_ras) < 20
        assert label_at(with_result, place) == 1
        assert np.allclose(distances_of_views(with_result, place), 0, atol=0.01)


def test_the_arrow_keys_walk_through_the_lesions(with_result):
    from PySide6.QtCore import Qt

    with_result.click_row(0)
    first = crosshair(with_result)
    with_result.key(with_result.ui.findingsTable, Qt.Key_Down)
    assert with_result.ui.findingsTable.currentRow() == 1
    assert not np.allclose(crosshair(with_result), first)


def test_next_and_previous_go_round(with_result):
    ui, last = with_result.ui, len(with_result.table()) - 1
    rows = []
    for button in (ui.nextButton, ui.nextButton, ui.previousButton, ui.previousButton, ui.nextButton):
        with_result.click(button)
        rows.append(ui.findingsTable.currentRow())
        assert label_at(with_result, crosshair(with_result)) == 1
    assert rows == [0, 1, 0, last, 0]


def test_next_and_previous_have_keys(with_result):
    from PySide6.QtCore import Qt

    table = with_result.ui.findingsTable
    with_result.window.activateWindow()
    with_result.click_row(2)
    for key, row in ((Qt.Key_Down, 3), (Qt.Key_Up, 2)):
        with_result.key(table, key, Qt.AltModifier)
        with_result.wait_until(lambda row=row: table.currentRow() == row, "the button sprang back")


def test_delete_erases_the_selected_lesion_alone_and_undo_brings_it_back(with_result):
    before, mask = with_result.table(), labels(with_result)
    with_result.click_row(1)
    with_result.click(with_result.ui.deleteButton)
    assert volumes(with_result) == [float(row[VOLUME]) for row in before[:1] + before[2:]]
    assert (labels(with_result) <= mask).all()
    assert with_result.ui.findingsTable.currentRow() == 1
    assert label_at(with_result, crosshair(with_result)) == 1
    with_result.click(with_result.ui.undoButton)
    assert with_result.table() == before
    assert np.array_equal(labels(with_result), mask)


def test_after_a_deletion_the_next_lesion_is_shown_wherever_it_stands_by_then(with_result):
    following = with_result.table()[2]
    with_result.click_row(1)
    paint(with_result, np.s_[60:90, 60:90, 10], 1)  # a large one, which the table does not have yet
    with_result.click(with_result.ui.deleteButton)
    row = with_result.ui.findingsTable.currentRow()
    assert with_result.table()[row][VOLUME] == following[VOLUME]
    assert row != 1


def test_a_lesion_stays_reviewed_when_another_is_deleted(with_result):
    with_result.click_row(2)
    with_result.click(with_result.ui.reviewedButton)
    assert marks(with_result) == {2}
    assert "1 reviewed" in with_result.ui.totalsLabel.text
    with_result.click_row(0)
    assert not with_result.ui.reviewedButton.checked
    with_result.click(with_result.ui.deleteButton)
    assert marks(with_result) == {1}
    with_result.click_row(1)
    assert with_result.ui.reviewedButton.checked
    with_result.click(with_result.ui.reviewedButton)
    assert marks(with_result) == set()


def test_a_painted_stroke_is_measured_by_update(with_result):
    before = with_result.volume_shown()
    count = len(with_result.table())
    paint(with_result, np.s_[60:63, 60:63, 10], 1)
    with_result.wait_until(lambda: "click Update" in with_result.ui.totalsLabel.text, "the panel noticed")
    assert with_result.ui.updateButton.font.bold()
    assert with_result.volume_shown() == before
    with_result.click(with_result.ui.updateButton)
    assert len(with_result.table()) == count + 1
    assert with_result.volume_shown() == pytest.approx(before + 9 * VOXEL_MM3, abs=0.1)
    assert "click Update" not in with_result.ui.totalsLabel.text
    assert not with_result.ui.updateButton.font.bold()


def test_the_threshold_moves_the_mask_and_reset_brings_it_back(with_result):
    from PySide6.QtCore import Qt

    slider, before, mask = with_result.ui.thresholdSlider, with_result.table(), labels(with_result)
    assert slider.value == 0.65
    assert not with_result.ui.resetButton.enabled
    for _ in range(10):
        with_result.key(slider.slider, Qt.Key_Right)
    assert slider.value == pytest.approx(0.75)
    assert labels(with_result).sum() < mask.sum()
    assert with_result.ui.resetButton.text == "Reset to 0.65"
    with_result.click(with_result.ui.resetButton)
    assert slider.value == 0.65
    assert with_result.table() == before
    assert np.array_equal(labels(with_result), mask)


def test_moving_the_threshold_keeps_what_was_painted_and_is_one_step_of_undo(with_result):
    from PySide6.QtCore import Qt

    paint(with_result, np.s_[60:63, 60:63, 10], 1)
    with_result.click(with_result.ui.updateButton)
    before = labels(with_result)
    for _ in range(5):
        with_result.key(with_result.ui.thresholdSlider.slider, Qt.Key_Right)
    assert labels(with_result).sum() < before.sum()
    assert (labels(with_result)[60:63, 60:63, 10] == 1).all()
    with_result.click(with_result.ui.undoButton)
    assert np.array_equal(labels(with_result), before)
    assert with_result.ui.thresholdSlider.value == 0.65


def test_exported_files_are_those_of_the_command_line(with_result, segassist, scan, tmp_path, task):
    from SegAssistLib.io import read_mask

    ui = with_result.ui
    with_result.open_section(ui.exportCollapsible)
    ui.exportFolderButton.directory = str(tmp_path / "panel")
    boxes = with_result.widget._export_boxes
    with_result.click(boxes["seg.nrrd"])
    with_result.click(ui.exportButton)
    assert ui.statusLabel.text == f"4 files written to {tmp_path / 'panel'}."
    ended = segassist("segment", scan, "--task", "ms-lesion", "--output", tmp_path / "line", "--overlay")
    assert ended.code == 0
    for name in ("scan_seg.nii.gz", "scan_findings.csv", "scan_overlay.png"):
        assert (tmp_path / "panel" / name).read_bytes() == (tmp_path / "line" / name).read_bytes(), name
    segassist("segment", scan, "--task", "ms-lesion", "--output", tmp_path / "line", "--format", "seg.nrrd")
    panel, line = (
        read_mask(tmp_path / name / "scan_seg.seg.nrrd", task.labels) for name in ("panel", "line")
    )
    assert np.array_equal(panel.array, line.array)
    assert np.allclose(panel.affine, line.affine, rtol=0, atol=1e-9)


def test_a_left_handed_scan_has_the_slices_of_its_file(desktop, left_handed_scan, segassist, tmp_path):
    import slicer.util

    slicer.util.loadVolume(str(left_handed_scan))
    desktop.settle()
    desktop.segment_all()
    desktop.click_row(0)
    assert label_at(desktop, crosshair(desktop)) == 1
    desktop.open_section(desktop.ui.exportCollapsible)
    desktop.ui.exportFolderButton.directory = str(tmp_path / "panel")
    desktop.click(desktop.ui.exportButton)
    arguments = ("segment", left_handed_scan, "--task", "ms-lesion", "--overlay")
    assert segassist(*arguments, "--output", tmp_path / "line").code == 0
    for name in ("left_seg.nii.gz", "left_findings.csv", "left_overlay.png"):
        assert (tmp_path / "panel" / name).read_bytes() == (tmp_path / "line" / name).read_bytes(), name


def test_an_export_that_cannot_be_written_ends_in_one_sentence(with_result, tmp_path):
    with_result.open_section(with_result.ui.exportCollapsible)
    (tmp_path / "a file").touch()
    with_result.ui.exportFolderButton.directory = str(tmp_path / "a file")
    with with_result.answering() as answers:
        with_result.click(with_result.ui.exportButton)
    assert len(answers.texts) == 1
    assert "a file" in answers.texts[0]
    assert "Traceback" not in answers.texts[0]


def test_files_of_another_scan_are_replaced_only_after_a_question(with_result, tmp_path):
    with_result.open_section(with_result.ui.exportCollapsible)
    with_result.ui.exportFolderButton.directory = str(tmp_path)
    table = tmp_path / "scan_findings.csv"
    for content, button, asked in (
        (None, "OK", 0),
        (b"own", "OK", 0),
        (b"other", "Cancel", 1),
        (b"other", "OK", 1),
    ):
        if content == b"other":
            with_result.do(with_result.widget.onReload)  # what this session wrote is not known any more
        if content is not None:
            table.write_bytes(content)
        with with_result.answering(button) as answers:
            with_result.click(with_result.ui.exportButton)
        assert len(answers.texts) == asked
        assert all(f"{table} is there already" in text for text in answers.texts)
        assert (table.read_bytes() == content) == (button == "Cancel")


def test_the_export_folder_is_asked_for_again_next_time(with_result, tmp_path):
    with_result.open_section(with_result.ui.exportCollapsible)
    with_result.ui.exportFolderButton.directory = str(tmp_path / "mine")
    with_result.click(with_result.ui.exportButton)
    with_result.do(with_result.widget.onReload)
    assert with_result.ui.exportFolderButton.directory == str(tmp_path / "mine")


def test_a_result_without_probabilities_says_why_its_threshold_cannot_be_moved(with_result):
    from SegAssistLib.scene.probabilities import PROBABILITIES

    node = with_result.result
    roles = [node.GetNthNodeReferenceRole(n) for n in range(node.GetNumberOfNodeReferenceRoles())]
    for role in (role for role in roles if role.startswith(PROBABILITIES)):
        with_result.scene.RemoveNode(node.GetNodeReference(role))
    with_result.do(with_result.widget.onReload)
    assert with_result.table()
    assert not with_result.ui.thresholdSlider.enabled
    assert "click Segment all" in with_result.ui.thresholdSlider.toolTip


def labels(desktop) -> np.ndarray:
    from SegAssistLib.scene.segmentations import read_segmentation
    from SegAssistLib.task import find_task

    volume = desktop.ui.inputSelector.currentNode()
    return read_segmentation(desktop.result, volume, find_task("ms-lesion")).array


def label_at(desktop, ras) -> int:
    from SegAssistLib.scene.volumes import volume_affine

    voxel = np.linalg.solve(volume_affine(desktop.ui.inputSelector.currentNode()), [*ras, 1])[:3]
    return int(labels(desktop)[tuple(np.rint(voxel).astype(int))])


def paint(desktop, where, value: int) -> None:
    """What a brush of the Segment Editor does: write into the segment's labelmap and say so."""
    import slicer.util

    node, volume = desktop.result, desktop.ui.inputSelector.currentNode()
    segment = node.GetSegmentation().GetNthSegmentID(0)
    array = slicer.util.arrayFromSegmentBinaryLabelmap(node, segment, volume).transpose(2, 1, 0).copy()
    array[where] = value
    slicer.util.updateSegmentBinaryLabelmapFromArray(array.transpose(2, 1, 0), node, segment, volume)
    desktop.settle()


def volumes(desktop) -> list[float]:
    return [float(row[VOLUME]) for row in desktop.table()]


def marks(desktop) -> set[int]:
    return {number for number, row in enumerate(desktop.table()) if row[REVIEWED]}


def crosshair(desktop) -> np.ndarray:
    return np.array(desktop.scene.GetFirstNodeByClass("vtkMRMLCrosshairNode").GetCrosshairRAS())


def distances_of_views(desktop, ras) -> list[float]:
    """How far from a point the red, green and yellow slices are, mm."""
    from slicer.util import arrayFromVTKMatrix

    distances = []
    for name in ("Red", "Green", "Yellow"):
        plane = arrayFromVTKMatrix(desktop.scene.GetSingletonNode(name, "vtkMRMLSliceNode").GetSliceToRAS())
        distances.append(float(plane[:3, 2] @ (ras - plane[:3, 3])))
    return distances
