"""Segmenting in the panel: before, during and after a run."""

from __future__ import annotations

import os
import signal
from dataclasses import replace

import pytest


def test_the_panel_says_what_is_missing_and_proposes_the_task_that_fits(desktop, scan):
    import slicer.util

    assert not desktop.ui.segmentAllButton.enabled
    assert desktop.ui.segmentAllButton.toolTip == "Choose a volume first."
    slicer.util.loadVolume(str(scan))
    desktop.settle()
    desktop.choose(desktop.ui.inputSelector.box, "scan")
    assert desktop.ui.taskComboBox.currentText == "MS lesions in FLAIR MRI"
    assert desktop.ui.segmentAllButton.enabled
    assert desktop.ui.segmentSliceButton.enabled


def test_a_scan_that_is_loaded_while_none_is_chosen_is_chosen(desktop, scan):
    import slicer.util

    volume = slicer.util.loadVolume(str(scan))
    desktop.settle()
    assert desktop.ui.inputSelector.currentNode() is volume
    slicer.util.loadVolume(str(scan))
    desktop.settle()
    assert desktop.ui.inputSelector.currentNode() is volume


@pytest.fixture
def film_task(monkeypatch):
    """A second task, which volumes do not fit."""
    from SegAssistLib.task import find_task, list_tasks

    films = replace(find_task("ms-lesion"), name="films", title="Films", kinds=("frames",))
    monkeypatch.setitem(list_tasks(), "films", films)


@pytest.mark.usefixtures("film_task")
def test_a_task_that_does_not_fit_stays_chosen_and_the_tooltip_says_why(with_scan, task):
    ui = with_scan.ui
    assert ui.taskComboBox.currentText == task.title
    with_scan.choose(ui.taskComboBox, "Films")
    assert ui.taskComboBox.currentText == "Films"
    assert not ui.segmentAllButton.enabled
    assert "needs a clip" in ui.segmentAllButton.toolTip
    with_scan.choose(ui.taskComboBox, task.title)
    assert ui.segmentAllButton.enabled


@pytest.mark.usefixtures("desktop")
def test_the_codes_of_the_labels_can_be_chosen_in_slicer():
    import slicer

    from SegAssistLib.io.segmentation_file import TERMINOLOGY

    assert slicer.modules.terminologies.logic().IsTerminologyContextLoaded(TERMINOLOGY)


def test_the_module_says_what_it_is_not(desktop):
    assert desktop.module.parent.title == "SegAssist"
    assert "not a medical device" in desktop.module.parent.helpText
    assert desktop.module.parent.acknowledgementText


def test_a_volume_of_another_modality_cannot_be_segmented_and_the_tooltip_says_why(with_scan):
    volume = with_scan.ui.inputSelector.currentNode()
    volume.SetAttribute("DICOM.Modality", "CT")
    with_scan.choose(with_scan.ui.inputSelector.box, "Choose a volume or sequence")
    with_scan.choose(with_scan.ui.inputSelector.box, "scan")
    assert not with_scan.ui.segmentAllButton.enabled
    assert "its modality is CT" in with_scan.ui.segmentAllButton.toolTip


def test_segment_all_shows_progress_and_then_the_findings(with_scan):
    ui, values = with_scan.ui, []
    with_scan.click(ui.segmentAllButton)
    assert ui.cancelButton.isVisible()
    assert not ui.segmentAllButton.enabled
    with_scan.wait_until(
        lambda: values.append(ui.progressBar.value) or not ui.cancelButton.isVisible(), "end"
    )
    assert max(values) > 0
    assert ui.segmentAllButton.enabled
    assert ui.outputSelector.currentNode().GetSegmentation().GetNumberOfSegments() == 1
    assert len(with_scan.table()) > 8
    assert f"{len(with_scan.table())} lesions" in ui.totalsLabel.text
    assert "Research use only" in ui.noticeLabel.text


def test_a_second_click_updates_the_same_segmentation(with_result):
    before, count = with_result.result, segmentations(with_result)
    with_result.segment_all()
    assert with_result.result is before
    assert segmentations(with_result) == count


def test_segment_this_slice_finds_lesions_in_the_shown_slice_alone(with_scan):
    import numpy as np

    from SegAssistLib.scene.views import jump_to, visible_slice

    volume = with_scan.ui.inputSelector.currentNode()
    jump_to(with_scan.scene, (0, 0, 10))
    with_scan.click(with_scan.ui.segmentSliceButton)
    with_scan.wait_for_run()
    _, index = visible_slice(with_scan.scene, volume)
    assert set(np.nonzero(mask(with_scan))[2]) == {index}
    assert {row[3] for row in with_scan.table()} == {str(index)}


def test_cancel_leaves_the_scene_as_it_was_and_the_next_run_succeeds(with_scan):
    before = segmentations(with_scan)
    with_scan.click(with_scan.ui.segmentAllButton)
    with_scan.click(with_scan.ui.cancelButton)
    with_scan.wait_for_run()
    assert with_scan.ui.statusLabel.text == "Cancelled. Nothing was changed."
    assert segmentations(with_scan) == before
    with_scan.segment_all()
    assert with_scan.table()


def test_the_quality_that_was_chosen_is_used(with_scan):
    ui, totals = with_scan.ui, []
    with_scan.choose(ui.qualityComboBox, "Quick: one direction")
    with_scan.click(ui.segmentAllButton)
    with_scan.wait_until(
        lambda: totals.append(ui.progressBar.maximum) or not ui.cancelButton.isVisible(), "end"
    )
    assert max(totals) == with_scan.ui.inputSelector.currentNode().GetImageData().GetDimensions()[2]


def test_a_worker_that_is_killed_ends_in_a_message_and_the_next_run_succeeds(with_scan):
    import psutil

    before = segmentations(with_scan)
    with_scan.wait_until(lambda: psutil.Process().children(), "the worker was started")
    with_scan.click(with_scan.ui.segmentAllButton)
    with with_scan.answering() as answers:
        for child in psutil.Process().children():
            os.kill(child.pid, signal.SIGKILL)
        with_scan.wait_for_run()
    assert len(answers.texts) == 1
    assert segmentations(with_scan) == before
    with_scan.segment_all()
    assert with_scan.table()


def test_a_volume_that_is_removed_during_a_run_ends_in_a_message_and_a_usable_panel(with_scan, scan):
    import slicer.util

    with_scan.click(with_scan.ui.segmentAllButton)
    with with_scan.answering() as answers:
        with_scan.scene.RemoveNode(with_scan.ui.inputSelector.currentNode())
        with_scan.wait_for_run()
    assert answers.texts == ["The volume was removed during the run; nothing was written."]
    assert with_scan.ui.segmentAllButton.toolTip == "Choose a volume first."
    volume = slicer.util.loadVolume(str(scan))
    with_scan.choose(with_scan.ui.inputSelector.box, volume.GetName())
    with_scan.segment_all()
    assert with_scan.table()


def test_a_result_that_is_removed_during_a_run_is_made_anew(with_result):
    old = with_result.result
    with_result.click(with_result.ui.segmentAllButton)
    with_result.scene.RemoveNode(old)
    with_result.wait_for_run()
    assert with_result.result is not old
    assert with_result.table()


def test_an_unexpected_error_is_shown_and_the_panel_stays_usable(with_scan, monkeypatch):
    from SegAssistLib.scene.assistant import Assistant

    def fails(*_, **__):
        raise RuntimeError("a fault of ours")

    with_scan.expected = (RuntimeError,)
    with monkeypatch.context() as broken, with_scan.answering() as answers:
        broken.setattr(Assistant, "poll", fails)
        with_scan.click(with_scan.ui.segmentAllButton)
        with_scan.wait_for_run()
    assert ["a fault of ours" in text for text in answers.texts] == [True]
    with_scan.segment_all()
    assert with_scan.table()


def test_a_scan_without_lesions_ends_in_an_empty_table_and_a_sentence(desktop):
    from SegAssistLib.phantom import flair_phantom
    from SegAssistLib.scene.volumes import add_volume

    add_volume(desktop.scene, flair_phantom((128, 128, 10), (1.8, 1.8, 14.0), lesions=0)[0])
    desktop.settle()
    desktop.segment_all()
    assert desktop.table() == []
    assert "Nothing was found" in desktop.ui.statusLabel.text
    assert desktop.ui.totalsLabel.text.startswith("0 lesions")
    assert not desktop.ui.nextButton.enabled


@pytest.mark.usefixtures("desktop")
def test_a_script_segments_without_the_panel(scan):
    import slicer.util

    import SegAssist

    volume = slicer.util.loadVolume(str(scan))
    segmentation = SegAssist.SegAssistLogic().segment(volume, task="ms-lesion", quality="quick")
    assert segmentation.GetAttribute("SegAssist.Task") == "ms-lesion"


def test_the_sample_data_are_made_up_images_that_the_panel_takes(desktop):
    import slicer

    for slot in desktop.started:
        slot()
    head, clip = slicer.modules.sampleDataSources["SegAssist"].values()
    desktop.do(head)
    desktop.settle()
    assert desktop.ui.segmentAllButton.enabled
    desktop.segment_all()
    assert len(desktop.table()) > 8
    desktop.do(clip)
    desktop.settle()
    desktop.choose(desktop.ui.inputSelector.box, "compression clip")
    assert desktop.ui.clipPart.isVisible()
    assert desktop.ui.segmentAllButton.enabled


def test_the_terms_of_a_task_are_accepted_once_and_before_anything_else(with_scan, task, monkeypatch):
    from SegAssistLib.task import list_tasks

    ui = with_scan.ui
    monkeypatch.setitem(list_tasks(), task.name, replace(task, terms="For research alone."))
    with with_scan.answering("No") as refused:
        with_scan.click(ui.segmentAllButton)
    assert len(refused.texts) == 1
    assert "were not accepted" in ui.statusLabel.text
    assert not ui.cancelButton.isVisible()
    with with_scan.answering("I accept") as accepted:
        with_scan.segment_all()
        with_scan.segment_all()
    assert len(accepted.texts) == 1
    assert with_scan.table()
    with with_scan.answering("I accept") as again:
        monkeypatch.setitem(list_tasks(), task.name, replace(task, terms="For research and teaching alone."))
        with_scan.segment_all()
    assert len(again.texts) == 1


def test_the_self_test_passes(desktop):
    import SegAssist

    test = SegAssist.SegAssistTest()
    test.runTest()
    assert desktop.scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 1


def segmentations(desktop) -> int:
    return desktop.scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode")


def mask(desktop):
    from SegAssistLib.scene.segmentations import read_segmentation
    from SegAssistLib.task import find_task

    volume = desktop.ui.inputSelector.currentNode()
    return read_segmentation(desktop.result, volume, find_task("ms-lesion")).array


def test_the_library_speaks_slicers_language(desktop, tmp_path):
    import subprocess
    import sysconfig

    from PySide6.QtCore import QCoreApplication, QTranslator
    from translated import write_german

    sentence, german = "Choose a volume first.", "Zuerst ein Volumen wählen."
    source = write_german(tmp_path, {("scene.assistant", sentence): german})
    compiled = tmp_path / "german.qm"
    lrelease = f"{sysconfig.get_path('scripts')}/pyside6-lrelease"
    subprocess.run([lrelease, "-silent", source, "-qm", compiled], check=True)
    translator = QTranslator()
    assert translator.load(str(compiled))
    QCoreApplication.installTranslator(translator)
    try:
        desktop.open()
        assert desktop.ui.segmentAllButton.toolTip == german
    finally:
        QCoreApplication.removeTranslator(translator)
