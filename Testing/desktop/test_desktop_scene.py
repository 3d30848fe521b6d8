"""The panel and the scene: saved and reopened, closed, reloaded, several scans, sequences."""

from __future__ import annotations


def test_a_saved_scene_comes_back_with_everything_that_the_panel_showed(with_result, tmp_path):
    import slicer.util
    from PySide6.QtCore import Qt

    with_result.choose(with_result.ui.qualityComboBox, "Quick: one direction")
    with_result.key(with_result.ui.thresholdSlider.slider, Qt.Key_Left)
    with_result.click_row(1)
    with_result.click(with_result.ui.reviewedButton)
    before = panel(with_result)
    slicer.util.saveScene(str(tmp_path / "scene.mrb"))
    with_result.scene.Clear()
    with_result.settle()
    assert not with_result.table()
    slicer.util.loadScene(str(tmp_path / "scene.mrb"))
    with_result.settle()
    assert panel(with_result) == before
    volume = with_result.volume_shown()
    with_result.click(with_result.ui.resetButton)
    assert with_result.volume_shown() < volume
    with_result.segment_all()
    assert with_result.scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 1


def test_closing_the_scene_empties_the_panel_which_then_works_again(with_result, scan):
    import slicer.util

    with_result.scene.Clear()
    with_result.settle()
    assert not with_result.table()
    assert with_result.ui.totalsLabel.text == "No result yet."
    assert with_result.ui.segmentAllButton.toolTip == "Choose a volume first."
    volume = slicer.util.loadVolume(str(scan))
    with_result.choose(with_result.ui.inputSelector.box, volume.GetName())
    with_result.segment_all()
    assert with_result.table()


def test_closing_the_scene_during_a_run_ends_the_run_and_its_process(with_scan, scan):
    import psutil
    import slicer.util

    with_scan.click(with_scan.ui.segmentAllButton)
    assert psutil.Process().children()
    with_scan.do(with_scan.scene.Clear)
    assert not with_scan.ui.cancelButton.isVisible()
    assert "The scene was closed" in with_scan.ui.statusLabel.text
    assert not psutil.Process().children()
    volume = slicer.util.loadVolume(str(scan))
    with_scan.choose(with_scan.ui.inputSelector.box, volume.GetName())
    with_scan.segment_all()
    assert with_scan.table()


def test_a_scene_that_is_added_as_a_run_ends_does_not_keep_its_result_away(with_scan, monkeypatch):
    with_scan.click(with_scan.ui.segmentAllButton)
    worker = with_scan.widget._worker
    last = worker.wait()
    monkeypatch.setattr(worker, "poll", lambda: [last])
    with_scan.scene.StartState(with_scan.scene.ImportState)
    with_scan.settle()
    with_scan.scene.EndState(with_scan.scene.ImportState)
    with_scan.wait_for_run()
    assert with_scan.table()


def test_reload_ends_the_worker_and_shows_the_same_result(with_result):
    import psutil

    before, old = panel(with_result), psutil.Process().children()
    assert old
    with_result.do(with_result.widget.onReload)
    assert not any(process.is_running() for process in old)
    assert panel(with_result) == before
    with_result.segment_all()
    assert panel(with_result) == before


def test_reload_deletes_the_old_panel_with_its_editor(with_result):
    gone = []
    old = [with_result.widget._panel, with_result.widget._editor]
    for widget in old:
        widget.destroyed.connect(lambda *_: gone.append(True))
    with_result.do(with_result.widget.onReload)
    with_result.settle()
    assert len(gone) == len(old)


def test_an_effect_that_is_registered_after_the_start_is_offered_in_the_panel(desktop):
    import slicer

    slicer.qSlicerSegmentEditorEffectFactory.instance().register("Draw")
    assert "Draw" in desktop.widget._editor.effects


def test_the_worker_ends_with_the_program(with_result):
    import psutil

    with_result.place.close()
    assert not psutil.Process().children()


def test_the_editor_lets_go_of_the_views_while_another_module_is_shown(with_result):
    editor = with_result.widget._editor
    assert editor.switches["views"]
    assert editor.switches["shortcuts"]
    with_result.place.leave()
    assert not editor.switches["views"]
    assert not editor.switches["shortcuts"]


def test_a_scene_that_is_closed_while_another_module_is_shown_leaves_no_trace(with_result):
    with_result.place.leave()
    with_result.scene.Clear()
    with_result.settle()
    with_result.place.isEntered = True
    with_result.do(with_result.widget.enter)
    assert not with_result.table()
    assert with_result.ui.segmentAllButton.toolTip == "Choose a volume first."


def test_each_scan_shows_its_own_result_and_each_result_its_scan(with_result, scan):
    import slicer.util

    first, table = with_result.result, with_result.table()
    other = slicer.util.loadVolume(str(scan), {"name": "other"})
    with_result.choose(with_result.ui.inputSelector.box, "other")
    assert with_result.result is None
    assert not with_result.table()
    with_result.segment_all()
    assert with_result.result is not first
    with_result.choose(with_result.ui.inputSelector.box, "scan")
    assert with_result.result is first
    assert with_result.table() == table
    with_result.choose(with_result.ui.outputSelector.box, segmentation_of(with_result, other).GetName())
    assert with_result.ui.inputSelector.currentNode() is other


def test_a_result_that_is_removed_leaves_an_empty_table(with_result):
    with_result.scene.RemoveNode(with_result.result)
    with_result.settle()
    assert not with_result.table()
    assert not with_result.ui.deleteButton.enabled
    assert with_result.ui.segmentAllButton.enabled


def test_what_is_removed_leaves_nothing_chosen_and_not_its_neighbour(with_result, scan):
    import slicer.util

    ui, volume = with_result.ui, with_result.ui.inputSelector.currentNode()
    slicer.util.loadVolume(str(scan), {"name": "another patient"})
    with_result.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "mine")
    with_result.settle()
    with_result.scene.RemoveNode(with_result.result)
    with_result.settle()
    assert ui.outputSelector.currentNode() is None
    assert ui.inputSelector.currentNode() is volume
    with_result.scene.RemoveNode(volume)
    with_result.settle()
    assert ui.inputSelector.currentNode() is None


def test_the_editor_works_on_the_shown_result_and_never_on_another_segmentation(with_scan):
    scene, edited = with_scan.scene, with_scan.widget._editor.mrmlSegmentEditorNode().GetSegmentationNode
    mine = scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "mine")
    with_scan.settle()
    assert edited() is None
    scene.StartState(scene.BatchProcessState)
    scene.EndState(scene.BatchProcessState)
    with_scan.settle()
    assert edited() is None
    with_scan.segment_all()
    assert edited() is with_scan.result
    node, volume = with_scan.widget._editor.mrmlSegmentEditorNode(), with_scan.ui.inputSelector.currentNode()
    assert node.GetSourceVolumeNode() is volume
    node.SetAndObserveSourceVolumeNode(None)
    with_scan.do(with_scan.widget._show_result)
    assert node.GetSourceVolumeNode() is volume
    scene.RemoveNode(with_scan.result)
    with_scan.settle()
    assert edited() is None
    assert mine.GetSegmentation().GetNumberOfSegments() == 0


def test_a_result_that_is_removed_is_gone_from_memory(with_result, scan):
    import gc

    import slicer.util

    gone, first = [], with_result.result
    first.AddObserver("DeleteEvent", lambda *_: gone.append(True))
    slicer.util.loadVolume(str(scan), {"name": "other"})
    with_result.choose(with_result.ui.inputSelector.box, "other")
    with_result.segment_all()
    with_result.scene.RemoveNode(first)
    del first
    gc.collect()
    assert gone


def test_segments_of_a_person_stay_when_their_segmentation_receives_the_result(with_scan):
    import slicer

    mine = with_scan.scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "mine")
    mine.GetSegmentation().AddEmptySegment("tumour", "Tumour")
    with_scan.settle()
    with_scan.choose(with_scan.ui.outputSelector.box, "mine")
    assert with_scan.ui.inputSelector.currentNode().GetName() == "scan"
    with_scan.segment_all()
    assert with_scan.result is mine
    assert mine.GetSegmentation().GetSegment("tumour").GetName() == "Tumour"
    assert mine.GetSegmentation().GetNumberOfSegments() == 2
    assert isinstance(mine, slicer.vtkMRMLSegmentationNode)


def test_a_sequence_is_segmented_item_by_item(desktop):
    from SegAssistLib.phantom import flair_phantom
    from SegAssistLib.scene.volumes import add_volume

    scene = desktop.scene
    sequence = scene.AddNewNodeByClass("vtkMRMLSequenceNode", "visits")
    for time, lesions in (("0", 3), ("1", 6)):
        volume = add_volume(scene, flair_phantom((128, 128, 10), (1.8, 1.8, 14.0), lesions)[0])
        sequence.SetDataNodeAtValue(volume, time)
        scene.RemoveNode(volume)
    browser = scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "visits")
    browser.SetAndObserveMasterSequenceNodeID(sequence.GetID())
    import slicer

    slicer.modules.sequences.logic().UpdateProxyNodesFromSequences(browser)
    desktop.settle()
    desktop.choose(desktop.ui.inputSelector.box, "visits")
    assert not desktop.ui.segmentSliceButton.enabled or desktop.ui.segmentAllButton.enabled
    desktop.segment_all()
    assert desktop.ui.inputSelector.currentNode() is browser
    masks = browser.GetSequenceNode(desktop.result)
    assert masks.GetNumberOfDataNodes() == 2


def panel(desktop) -> tuple:
    """What a person sees."""
    ui = desktop.ui
    return (
        ui.inputSelector.box.currentText(),
        ui.taskComboBox.currentText,
        ui.qualityComboBox.currentText,
        ui.outputSelector.box.currentText(),
        ui.totalsLabel.text,
        round(ui.thresholdSlider.value, 2),
        tuple(tuple(row) for row in desktop.table()),
    )


def segmentation_of(desktop, volume):
    from SegAssistLib.scene.segmentations import segmented_volume

    nodes = desktop.scene.GetNodesByClass("vtkMRMLSegmentationNode")
    found = [nodes.GetItemAsObject(n) for n in range(nodes.GetNumberOfItems())]
    return next(node for node in found if segmented_volume(node) is volume)
