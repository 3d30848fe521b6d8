"""Clips in the panel: stepping, live masks, the two frames, the curve, undo over all frames, and export."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("onnx", reason="onnx makes the network of these tests, and it is not installed")

COUNT, LARGEST, SMALLEST, LOST = 12, 2, 7, 8
RADII = (11, 12, 13, 12, 10, 8, 6, 5, 0, 6, 8, 10)  # of the vein, pixels


@pytest.fixture
def vessels(tmp_path, monkeypatch):
    """The task ``vessels``, alone beside that of MS; its network knows vessels by their brightness."""
    from tiny_bundle import write_bundle

    from SegAssistLib.task import list_tasks, read_task

    task = read_task(write_bundle(tmp_path / "bundles", "vessels", {"artery": 0.4, "vein": 0.8}))
    monkeypatch.delitem(list_tasks(), "vessel-ultrasound")
    monkeypatch.setitem(list_tasks(), task.name, task)
    return task


@pytest.fixture
def press():
    """A press of the probe: the artery stays, and the vein falls and is out of sight in one frame."""
    from SegAssistLib.image import Image

    rows, columns = np.mgrid[:60, :80]
    array = np.random.default_rng(0).integers(20, 60, (80, 60, COUNT), np.uint8)
    for n, radius in enumerate(RADII):
        array[((rows - 30) ** 2 + (columns - 15) ** 2 < 64).T, n] = 130
        array[((rows - 30) ** 2 + (columns - 55) ** 2 < radius**2).T, n] = 230
    affine = np.diag([-0.2, -0.2, 1, 1])
    return Image(array, affine, kind="frames", modality="US", frame_rate=20.0, name="press")


@pytest.fixture
def with_task(vessels, desktop):  # in this order: the panel lists the tasks when it is opened
    assert desktop.ui.taskComboBox.findData(vessels.name) >= 0
    return desktop


@pytest.fixture
def with_clip(with_task, press):
    return opened(with_task, press)


@pytest.fixture
def with_vessels(with_clip):
    """The clip, segmented; its first frame is shown."""
    with_clip.segment_all()
    go_to(with_clip, 0)
    return with_clip


def opened(desktop, clip):
    """The clip as Slicer shows it when it is loaded."""
    from SegAssistLib.scene.sequences import add_clip

    browser = add_clip(desktop.scene, clip)
    desktop.settle()
    desktop.choose(desktop.ui.inputSelector.box, browser.GetName())
    return desktop


def go_to(desktop, n):
    desktop.do(lambda: desktop.ui.frameSlider.setValue(n))
    rest(desktop)


def rest(desktop):
    """Until the panel has seen that the frame stays."""
    desktop.wait_until(lambda: not desktop.widget._clip._rest_timer.isActive(), "the frame rested")


def cells(desktop):
    table = desktop.ui.vesselTable
    return [[table.item(row, n).text() for n in range(table.columnCount)] for row in range(table.rowCount)]


def masks(desktop):
    from SegAssistLib.scene.result_nodes import result_nodes

    return result_nodes(desktop.result).mask().array


def shown(desktop):
    return desktop.widget._clip.shown()


def test_a_clip_brings_its_own_row_task_and_words(with_clip):
    ui = with_clip.ui
    assert ui.taskComboBox.currentText == "Test of vessels"
    assert ui.clipPart.isVisible()
    assert ui.segmentSliceButton.text == "Segment this frame"
    assert ui.frameLabel.text == "Frame 0 / 11 · 0.00 s"
    go_to(with_clip, 5)
    assert ui.frameLabel.text == "Frame 5 / 11 · 0.25 s"
    with_clip.click(ui.playButton)
    assert with_clip.widget._clip.browser.GetPlaybackActive()
    with_clip.click(ui.playButton)
    assert not with_clip.widget._clip.browser.GetPlaybackActive()
    with_clip.widget._clip.browser.SetSelectedItemNumber(3)  # as Slicer's own player does
    assert ui.frameSlider.value == 3


def test_a_volume_has_none_of_it(with_scan):
    assert not with_scan.ui.clipPart.isVisible()
    assert not with_scan.ui.vesselPart.isVisible()
    assert with_scan.ui.segmentSliceButton.text == "Segment this slice"


def test_the_clip_plays_with_its_masks_while_they_are_computed(vessels, desktop, press):
    from SegAssistLib.scene.segmentations import read_segmentation
    from SegAssistLib.scene.sequences import shown_volume

    opened(desktop, replace(press, array=np.tile(press.array, (1, 1, 50)), frame_rate=200.0))
    browser, seen = desktop.widget._clip.browser, {}

    def look():
        preview = desktop.widget._assistant.preview
        if preview is not None and shown(desktop):
            seen[shown(desktop)] = read_segmentation(preview, shown_volume(browser), vessels).array.any()
        return len(seen) >= 3 or not desktop.ui.cancelButton.isVisible()

    desktop.click(desktop.ui.segmentAllButton)
    desktop.wait_until(look, "three frames were shown")
    assert len(seen) >= 3
    assert all(seen.values()), "every frame came with its mask"
    go_to(desktop, 0)
    desktop.click(desktop.ui.cancelButton)
    desktop.wait_for_run()
    assert shown(desktop) == 0, "who chooses a frame stays there"
    assert desktop.ui.statusLabel.text == "Cancelled. Nothing was changed."
    assert desktop.scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 0


def test_the_vessels_are_shown_and_one_that_was_not_found_is_never_zero(with_vessels, press):
    ui = with_vessels.ui
    assert ui.vesselPart.isVisible()
    assert not ui.lesionPart.isVisible()
    artery, vein = cells(with_vessels)
    assert (artery[0], vein[0]) == ("artery", "vein")
    largest, smallest = (0.2 * 0.2 * np.sum(press.array[:, :, n] == 230) for n in (LARGEST, SMALLEST))
    assert vein[1:3] == [f"{largest:.1f} mm²", f"{smallest:.1f} mm²"]
    assert vein[3].endswith(" to 100")
    assert not any("to 100" in text for text in artery)
    assert "Not found in 1 frame while it was small" in ui.vesselNotes.text
    assert "12 frames" in ui.totalsLabel.text
    with_vessels.do(lambda: ui.vesselTable.selectRow(1))
    assert ui.largestButton.text.startswith(f"Largest: frame {LARGEST}\n")
    assert ui.smallestButton.text.startswith(f"Smallest: frame {SMALLEST}\n")
    for picture in (ui.largestPicture, ui.smallestPicture):
        assert not picture.pixmap.isNull()
    with_vessels.click(ui.smallestButton)
    assert shown(with_vessels) == SMALLEST


def test_without_a_pixel_size_it_is_said(with_task, press):
    opened(with_task, replace(press, calibrated=False)).segment_all()
    assert "areas are in pixels" in with_task.ui.totalsLabel.text
    assert "size of a pixel is not known" in with_task.ui.noticeLabel.text
    assert " px" in with_task.ui.largestButton.text


def test_the_two_frames_are_chosen_from_the_shown_one_and_left_to_the_program_again(with_vessels):
    ui = with_vessels.ui
    with_vessels.do(lambda: ui.vesselTable.selectRow(1))
    automatic = cells(with_vessels)[1]
    assert not ui.automaticButton.enabled
    go_to(with_vessels, 5)
    with_vessels.click(ui.smallestHereButton)
    chosen = cells(with_vessels)[1]
    assert chosen[1] == automatic[1]
    assert ui.smallestButton.text.startswith("Smallest: frame 5\n")
    assert float(chosen[3].split()[0]) < float(automatic[3].split()[0])
    assert "A person chose the two frames." in ui.vesselNotes.text
    with with_vessels.answering() as answers:
        with_vessels.click(ui.largestHereButton)
    assert "chosen twice" in answers.texts[0]
    assert cells(with_vessels)[1] == chosen
    with_vessels.click(ui.automaticButton)
    assert cells(with_vessels)[1] == automatic


def test_another_vessel_is_chosen_for_a_label(with_vessels):
    ui, before = with_vessels.ui, cells(with_vessels)
    with_vessels.do(lambda: ui.vesselTable.selectRow(1))
    assert ui.vesselComboBox.isVisible()
    assert ui.vesselComboBox.currentText.startswith("2: vein, in 11 frames, ")
    (artery,) = (ui.vesselComboBox.itemText(n) for n in range(2) if "artery" in ui.vesselComboBox.itemText(n))
    assert artery.startswith("1: artery, in 12 frames, ")
    assert artery.endswith(" mm² on average")
    with_vessels.choose(ui.vesselComboBox, artery)
    assert [row[1:] for row in cells(with_vessels)] == [row[1:] for row in reversed(before)], "exchanged"
    assert ui.vesselComboBox.currentText == artery
    assert "vein: A person chose this vessel." in ui.vesselNotes.text


def test_a_threshold_of_ones_own_is_called_experimental(with_vessels):
    ui = with_vessels.ui
    assert "experimental" in ui.comparisonBox.text
    assert not ui.comparisonSpinBox.enabled
    with_vessels.do(ui.comparisonBox.click)
    assert "Experimental, threshold 50.0%" in ui.vesselNotes.text
    with_vessels.do(lambda: ui.comparisonSpinBox.setValue(99))
    assert "threshold 99.0%" in ui.vesselNotes.text
    with_vessels.do(ui.comparisonBox.click)
    assert "Experimental" not in ui.vesselNotes.text


def test_the_curve_is_shown_in_a_plot_and_a_point_leads_to_its_frame(with_vessels):
    import slicer
    import vtk

    from SegAssistLib.scene.vessel_tables import area_chart

    for _ in range(2):
        with_vessels.click(with_vessels.ui.curveButton)
    view = with_vessels.plot.node
    assert view.GetPlotChartNode() is area_chart(with_vessels.result)
    assert view.GetInteractionMode() == slicer.vtkMRMLPlotViewNode.InteractionModeSelectPoints
    empty, ids, collection = vtk.vtkIdTypeArray(), vtk.vtkIdTypeArray(), vtk.vtkCollection()
    ids.InsertNextValue(6)
    collection.AddItem(empty)
    collection.AddItem(ids)
    with_vessels.do(lambda: with_vessels.plot.view.dataSelected.emit(vtk.vtkStringArray(), collection))
    assert shown(with_vessels) == 6
    assert with_vessels.ui.frameSlider.value == 6


def test_a_moved_threshold_of_all_frames_can_be_undone_from_another_frame(with_vessels):
    ui, before = with_vessels.ui, masks(with_vessels)
    with_vessels.choose(ui.labelComboBox, "vein")
    with_vessels.do(lambda: setattr(ui.thresholdSlider, "value", 0.01))
    with_vessels.do(lambda: setattr(ui.thresholdSlider, "value", 0.99))
    moved = masks(with_vessels)
    go_to(with_vessels, 9)
    with_vessels.click(ui.undoButton)
    assert np.array_equal(masks(with_vessels), before)
    assert shown(with_vessels) == 0, "where the threshold was moved"
    assert ui.thresholdSlider.value == 0.5
    assert moved.shape == before.shape


def test_a_stroke_is_undone_in_its_own_frame_alone_and_before_the_run(with_vessels):
    first = masks(with_vessels)
    stroke(with_vessels, 4)
    with_vessels.wait_until(lambda: "click Update" in with_vessels.ui.totalsLabel.text, "the panel noticed")
    stroked = masks(with_vessels)
    display = with_vessels.result.GetDisplayNode()
    with_vessels.click(with_vessels.ui.segmentAllButton)
    assert not display.GetVisibility(), "it would lie over what is computed"
    with_vessels.wait_for_run()
    assert display.GetVisibility()
    assert np.array_equal(masks(with_vessels), first)
    go_to(with_vessels, 6)
    stroke(with_vessels, 6)
    with_vessels.click(with_vessels.ui.undoButton)
    assert np.array_equal(masks(with_vessels), first), "the stroke"
    stroke(with_vessels, 6)
    go_to(with_vessels, 9)
    with_vessels.click(with_vessels.ui.undoButton)
    assert np.array_equal(masks(with_vessels), stroked), "the run, for the stroke lies in another frame"
    with_vessels.click(with_vessels.ui.undoButton)
    assert np.array_equal(masks(with_vessels), stroked)


def test_a_clip_is_exported_with_film_and_tables(with_vessels, tmp_path):
    ui = with_vessels.ui
    with_vessels.open_section(ui.exportCollapsible)
    boxes = with_vessels.widget._export_boxes
    assert [kind for kind, box in boxes.items() if box.isVisible()] == [
        "nii.gz",
        "csv",
        "png",
        "mp4",
        "pair.mp4",
    ]
    ui.exportFolderButton.directory = str(tmp_path / "files")
    with_vessels.click(ui.exportButton)
    assert sorted(file.name for file in (tmp_path / "files").iterdir()) == [
        "press_curve.png",
        "press_frames.csv",
        "press_overlay.mp4",
        "press_overlay.png",
        "press_seg.nii.gz",
        "press_vessels.csv",
    ]


def test_one_frame_alone_is_segmented(with_clip):
    go_to(with_clip, 3)
    with_clip.click(with_clip.ui.segmentSliceButton)
    with_clip.wait_for_run()
    assert set(np.nonzero(masks(with_clip))[2]) == {3}
    assert "Only frame 3 was looked at" in with_clip.ui.noticeLabel.text


def test_a_closed_scene_leaves_a_usable_panel(with_vessels, press):
    with_vessels.scene.Clear(False)
    with_vessels.settle()
    assert not with_vessels.ui.clipPart.isVisible()
    opened(with_vessels, press).segment_all()
    assert len(cells(with_vessels)) == 2


def stroke(desktop, n):
    """What the editor's brush does in the shown frame."""
    from SegAssistLib.scene.result_nodes import result_nodes
    from SegAssistLib.scene.segmentations import write_segmentation

    if shown(desktop) != n:
        go_to(desktop, n)
    nodes = result_nodes(desktop.result)

    def paint():
        desktop.widget._editor.saveStateForUndo()
        mask = nodes.frame(n)
        mask.array[13:18, 38:43] = 1
        write_segmentation(desktop.scene, nodes.volume, mask, nodes.task, nodes.node)

    desktop.do(paint)
