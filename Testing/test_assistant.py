"""What a person does in the panel, on a real scene with a real worker, without a panel."""

import contextlib
import shutil
import time
from dataclasses import replace
from pathlib import Path

import headless_slicer
import nibabel as nib
import numpy as np
import pytest
import slicer
from scene_parts import add_sequence, axis_orders, picture, shown_at
from scene_parts import mask_of as mask_on

from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.inference.segment import segment
from SegAssistLib.inference.worker import Failed, Progress, Stopped, Worker
from SegAssistLib.io import read_image
from SegAssistLib.io.nifti import bare_header
from SegAssistLib.phantom import flair_phantom
from SegAssistLib.results import write_results
from SegAssistLib.scene.assistant import Assistant, Done
from SegAssistLib.scene.preview import Preview
from SegAssistLib.scene.segmentations import read_segmentation, segmented_volume, write_segmentation
from SegAssistLib.scene.volumes import add_volume, fill_volume, read_volume
from SegAssistLib.study import measure


@pytest.fixture(scope="module")
def worker():
    worker = Worker()
    yield worker
    worker.close()


class UndoLog:
    """Stands for a face's undo: the nodes of its steps."""

    def __init__(self):
        self.steps = []

    @contextlib.contextmanager
    def __call__(self, node):
        self.steps.append(node)
        yield


@pytest.fixture
def undo():
    return UndoLog()


@pytest.fixture
def assistant(slicer_scene, worker, undo):
    assistant = Assistant(slicer_scene, worker, undo)
    yield assistant
    assistant.cancel()
    run_to_the_end(assistant)


@pytest.fixture
def volume(slicer_scene, phantom):
    return add_volume(slicer_scene, phantom)


def run_to_the_end(assistant):
    events = []
    while assistant.running:
        events += assistant.poll()
        time.sleep(0.005)
    return events


def segmented(assistant, volume, task, **settings):
    assistant.start(volume, task, quality="quick", **settings)
    done = run_to_the_end(assistant)[-1]
    assert isinstance(done, Done), done
    return done.segmentation


def mask_of(node, volume, task):
    return read_segmentation(node, volume, task).array


def test_a_run_ends_with_the_engines_own_mask_and_its_findings(assistant, volume, phantom, task):
    assert assistant.missing(volume, task) is None
    assistant.start(volume, task, quality="quick")
    assert "under way" in assistant.missing(volume, task)
    events = run_to_the_end(assistant)
    done = events[-1]
    assert isinstance(events[0], Progress)
    expected = segment(phantom, task, quality="quick").array
    assert np.array_equal(mask_of(done.segmentation, volume, task), expected)
    result = assistant.result(done.segmentation)
    assert result.findings == done.findings
    assert result.findings.total_voxels == np.count_nonzero(expected)
    assert (result.task, result.volume, result.stale) == (task, volume, False)


def test_a_second_click_updates_the_result_and_can_be_undone(assistant, volume, task, undo, slicer_scene):
    first = segmented(assistant, volume, task)
    nodes = slicer_scene.GetNumberOfNodes()
    assert segmented(assistant, volume, task) is first
    assert slicer_scene.GetNumberOfNodes() == nodes
    assert undo.steps == [first]


def test_the_visible_slice_is_shown_before_the_rest_and_leaves_nothing_behind(
    assistant, volume, task, slicer_scene
):
    assistant.start(volume, task, quality="quick")
    previews = set()
    while assistant.running:
        assistant.poll()
        nodes = slicer_scene.GetNodesByClass("vtkMRMLSegmentationNode")
        previews |= {nodes.GetItemAsObject(n).GetName() for n in range(nodes.GetNumberOfItems())}
    assert "Preview" in previews
    assert slicer_scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 1


def test_one_slice_alone_leaves_the_others_as_they_are(assistant, volume, task, phantom):
    node = segmented(assistant, volume, task, only_slice=True)
    slices = np.flatnonzero(mask_of(node, volume, task).any(axis=(0, 1)))
    assert len(slices) == 1
    whole = segment(phantom, task, quality="quick").array
    shown = slices[0]
    assert np.array_equal(mask_of(node, volume, task)[..., shown], whole[..., shown])
    segmented(assistant, volume, task)
    assert segmented(assistant, volume, task, only_slice=True) is node
    assert np.array_equal(mask_of(node, volume, task), whole)


def test_the_threshold_moves_the_mask_without_the_network_and_back(assistant, volume, task, undo):
    node = segmented(assistant, volume, task)
    original = mask_of(node, volume, task)
    before = assistant.result(node).findings.total_voxels
    more = assistant.set_threshold(node, "lesion", 0.2).total_voxels
    fewer = assistant.set_threshold(node, "lesion", 0.95).total_voxels
    assert fewer < before < more
    assistant.set_threshold(node, "lesion", task.labels[0].threshold)
    assert np.array_equal(mask_of(node, volume, task), original)
    assert undo.steps == [node], "one drag is one step of undo"
    assert assistant.result(node).thresholds == {"lesion": task.labels[0].threshold}


def test_one_slice_computed_anew_is_no_edit_at_a_moved_threshold(assistant, volume, task):
    node = segmented(assistant, volume, task)
    assistant.set_threshold(node, "lesion", 0.9)
    expected = mask_of(node, volume, task)
    assistant.set_threshold(node, "lesion", 0.4)
    before = mask_of(node, volume, task)
    segmented(assistant, volume, task, only_slice=True)
    assert assistant.result(node).thresholds == {"lesion": 0.4}
    assert np.array_equal(mask_of(node, volume, task), before)
    assistant.set_threshold(node, "lesion", 0.9)
    assert np.array_equal(mask_of(node, volume, task), expected)


def paint(slicer_scene, node, volume, task, voxels):
    """What a stroke of the Segment Editor does: the labelmap changes, and nobody is told of a measurement."""
    mask = read_segmentation(node, volume, task)
    mask.array[voxels] = 1
    write_segmentation(slicer_scene, volume, mask, task, node)


def test_a_stroke_is_stale_until_update_and_outlives_the_threshold(assistant, volume, task, slicer_scene):
    node = segmented(assistant, volume, task)
    before = assistant.result(node).findings
    corner = np.s_[2:6, 2:6, 3]
    paint(slicer_scene, node, volume, task, corner)
    assert assistant.result(node).stale
    after = assistant.update(node)
    assert after.total_voxels == before.total_voxels + 16
    assert not assistant.result(node).stale
    assistant.set_threshold(node, "lesion", 0.9)
    assert mask_of(node, volume, task)[corner].all()


def test_a_deleted_lesion_is_gone_and_the_reviewed_mark_follows_its_lesion(assistant, volume, task):
    node = segmented(assistant, volume, task)
    lesions = assistant.result(node).findings.lesions
    assistant.mark_reviewed(node, 3)
    assert assistant.delete_lesion(node, 1) == 1, "the second is the first now, and the next to look at"
    assert assistant.result(node).findings.lesion_count == len(lesions) - 1
    assert not mask_of(node, volume, task)[lesions[0].inside_ijk]
    assert assistant.result(node).reviewed == {2}, "the third is the second now"
    assistant.mark_reviewed(node, 2, reviewed=False)
    assert assistant.result(node).reviewed == set()
    with pytest.raises(InputError, match="no lesion 99"):
        assistant.delete_lesion(node, 99)
    *others, last = [lesion.id for lesion in assistant.result(node).findings.lesions]
    assert assistant.delete_lesion(node, last) == last - 1, "the one before it"
    assert [assistant.delete_lesion(node, 1) for _ in others] == [1] * (len(others) - 1) + [None]


def test_going_to_a_lesion_moves_the_crosshair_into_it(assistant, volume, task, slicer_scene, phantom):
    node = segmented(assistant, volume, task)
    assistant.go_to(node, 2)
    crosshair = slicer_scene.GetFirstNodeByClass("vtkMRMLCrosshairNode")
    position = np.append(crosshair.GetCrosshairRAS(), 1)
    voxel = np.rint(np.linalg.inv(phantom.affine) @ position)[:3].astype(int)
    assert tuple(voxel) == assistant.result(node).findings.lesions[1].inside_ijk


def test_a_cancelled_run_leaves_the_scene_as_it_was(assistant, volume, task, slicer_scene):
    node = segmented(assistant, volume, task)
    before, nodes = mask_of(node, volume, task), slicer_scene.GetNumberOfNodes()
    assistant.start(volume, task)
    assistant.cancel()
    assert isinstance(run_to_the_end(assistant)[-1], Stopped)
    assert np.array_equal(mask_of(node, volume, task), before)
    assert slicer_scene.GetNumberOfNodes() == nodes


def test_a_volume_removed_during_the_run_ends_it_with_a_message(assistant, volume, task, slicer_scene):
    assistant.start(volume, task)
    slicer_scene.RemoveNode(volume)
    (event,) = [e for e in run_to_the_end(assistant) if not isinstance(e, Progress)]
    assert isinstance(event, Failed)
    assert "removed" in event.message
    assert slicer_scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 0
    again = add_volume(slicer_scene, flair_phantom(lesions=3)[0])
    assert segmented(assistant, again, task) is not None


def test_an_error_while_results_are_shown_ends_the_run(assistant, volume, task, monkeypatch):
    original, smaller = read_volume(volume), flair_phantom(shape=(64, 64, 8), lesions=0)[0]
    assistant.start(volume, task, quality="quick")
    fill_volume(volume, smaller)
    assert "has other voxels" in run_to_the_end(assistant)[-1].message
    fill_volume(volume, original)

    def fail(*_arguments):
        raise TypeError

    with monkeypatch.context() as patched:
        patched.setattr(Preview, "add", fail)
        assistant.start(volume, task, quality="quick")
        with pytest.raises(TypeError):
            run_to_the_end(assistant)
        assert isinstance(run_to_the_end(assistant)[-1], Failed)
    assert segmented(assistant, volume, task) is not None


def test_a_volume_without_lesions_has_findings_that_say_so(assistant, slicer_scene, task):
    image, _ = flair_phantom(lesions=0, seed=2)
    node = segmented(assistant, add_volume(slicer_scene, image), task)
    assert assistant.result(node).findings.lesion_count == 0
    assert assistant.set_threshold(node, "lesion", 0.9).lesion_count == 0


def test_the_task_is_proposed_by_modality_and_what_is_missing_is_said(assistant, volume, task, slicer_scene):
    assert assistant.propose_task(volume) is task
    image, _ = flair_phantom(shape=(64, 64, 8), lesions=0)
    ultrasound = add_volume(slicer_scene, Image(image.array, image.affine, modality="US", name="clip"))
    assert assistant.propose_task(ultrasound) is None
    assert "US" in assistant.missing(ultrasound, task)
    assert assistant.missing(None, task) == "Choose a volume first."
    assert assistant.missing(volume, None) == "Choose what to look for."
    with pytest.raises(InputError, match="US"):
        assistant.start(ultrasound, task)


def test_exported_files_are_those_of_the_command_line(assistant, task, scan, segassist, tmp_path):
    assert (
        segassist("segment", scan, "--task", task.name, "--output", tmp_path / "cli", "--overlay").code == 0
    )
    volume = slicer.util.loadVolume(str(scan))
    node = assistant.segment(volume, task)
    files = assistant.export(node, tmp_path / "scene")
    assert sorted(file.name for file in files) == ["scan_findings.csv", "scan_overlay.png", "scan_seg.nii.gz"]
    for file in files:
        assert file.read_bytes() == (tmp_path / "cli" / file.name).read_bytes(), file.name
    with pytest.raises(InputError, match="docx"):
        assistant.export(node, tmp_path / "other", ["docx"])
    assert not list((tmp_path / "other").iterdir())


def test_every_axis_order_is_exported_as_its_file_has_it_also_from_a_saved_scene(
    assistant, worker, task, tmp_path
):
    """Slicer turns every other one round, when it reads the file and when it opens the scene."""
    kinds, scans = ("nii.gz", "seg.nrrd", "csv"), tmp_path / "scans"
    scans.mkdir()
    for n, affine in enumerate(axis_orders()):
        path = scans / f"scan{n}.nii.gz"
        file = nib.Nifti1Image(picture().array, affine)
        file.set_sform(affine, code=2)
        file.header["descrip"] = b"Doe^Jane"
        nib.save(file, path)
        image = read_image(path)
        mask = mask_on(image, task, n, density=0.1)
        expected = tmp_path / "expected" / image.name
        expected.mkdir(parents=True)
        write_results(expected, image, mask, measure(mask, task, image), task, kinds, path)
        node = assistant.add_result(slicer.util.loadVolume(str(path)), mask, task)
        assistant.mark_reviewed(node, 1)
        assert contents(assistant.export(node, tmp_path / "scene" / image.name, kinds)) == contents(expected)
        assert b"Doe^Jane" not in bare_header(path), "which is all that the scene has of the file's"
    assert slicer.util.saveScene(str(tmp_path / "saved.mrb"))
    shutil.rmtree(scans)
    fresh = headless_slicer.start()
    slicer.util.loadScene(str(tmp_path / "saved.mrb"))
    reopened = Assistant(fresh.mrmlScene(), worker)
    nodes = slicer.util.getNodesByClass("vtkMRMLSegmentationNode")
    assert len(nodes) == 48
    for node in nodes:
        result, name = reopened.result(node), segmented_volume(node).GetName()
        assert result.reviewed == {1}
        files = reopened.export(node, tmp_path / "reopened" / name, kinds)
        assert contents(files) == contents(tmp_path / "expected" / name)
    fresh.close()


def contents(files):
    """Of the files in a folder, or of a list of them, by name."""
    return {file.name: file.read_bytes() for file in (files.iterdir() if isinstance(files, Path) else files)}


def test_a_sequence_of_scans_is_segmented_one_by_one_and_again_in_place(assistant, slicer_scene, task):
    scans = [flair_phantom(lesions=lesions, seed=lesions)[0] for lesions in (4, 9)]
    _, browser = add_sequence(slicer_scene, scans)
    node = segmented(assistant, browser, task)
    assert segmented(assistant, browser, task) is node
    for number, scan in enumerate(scans):
        shown = shown_at(browser, number)
        expected = segment(scan, task, quality="quick").array
        assert np.array_equal(mask_of(node, shown, task), expected)


def test_a_saved_scene_is_taken_up_where_it_was_left(assistant, volume, task, worker, tmp_path):
    node = segmented(assistant, volume, task)
    original = assistant.result(node).findings
    assistant.set_threshold(node, "lesion", 0.4)
    assistant.mark_reviewed(node, 2)
    before = assistant.result(node)
    path = tmp_path / "saved.mrb"
    assert slicer.util.saveScene(str(path))
    fresh = headless_slicer.start()
    slicer.util.loadScene(str(path))
    reopened = Assistant(fresh.mrmlScene(), worker)
    node = fresh.mrmlScene().GetFirstNodeByClass("vtkMRMLSegmentationNode")
    after = reopened.result(node)
    assert [(lesion.voxels, lesion.inside_ijk) for lesion in after.findings.lesions] == [
        (lesion.voxels, lesion.inside_ijk) for lesion in before.findings.lesions
    ]
    assert (after.reviewed, after.thresholds) == (before.reviewed, {"lesion": 0.4})
    at_default = reopened.set_threshold(node, "lesion", task.labels[0].threshold)
    assert at_default.total_voxels == original.total_voxels
    fresh.close()


def test_a_mask_from_a_file_becomes_a_result_without_probabilities(
    assistant, volume, task, phantom, slicer_scene
):
    found = replace(segment(phantom, task, quality="quick"), probabilities=None)
    node = assistant.add_result(volume, found, task)
    assert assistant.result(node).findings.total_voxels == np.count_nonzero(found.array)
    assert not assistant.result(node).has_probabilities
    with pytest.raises(InputError, match="Segment all"):
        assistant.set_threshold(node, "lesion", 0.5)
    other = add_volume(slicer_scene, flair_phantom(shape=(128, 128, 10), lesions=0)[0])
    with pytest.raises(InputError, match="grid"):
        assistant.add_result(other, found, task)


def test_a_mask_from_a_file_replaces_a_result_and_its_probabilities(assistant, volume, task):
    node = segmented(assistant, volume, task)
    mask = read_segmentation(node, volume, task)
    assert assistant.add_result(volume, mask, task) is node
    assert not assistant.result(node).has_probabilities
