"""What a person does with a clip, on a real scene with a real worker, without a panel."""

import contextlib
import operator
import time
from collections import Counter
from dataclasses import replace

import headless_slicer
import numpy as np
import pytest
import slicer
from scene_parts import add_sequence, curves_of

import SegAssistLib
from SegAssistLib.errors import InputError
from SegAssistLib.image import Image
from SegAssistLib.inference.segment import segment
from SegAssistLib.inference.worker import Stopped, Worker
from SegAssistLib.results import exports_for, measure_of, write_results
from SegAssistLib.scene.assistant import Assistant, Done, FrameDone
from SegAssistLib.scene.segmentation_sequences import clip_of, frame_nodes, snapshot
from SegAssistLib.scene.segmentations import read_segmentation, write_segmentation
from SegAssistLib.scene.sequences import (
    add_clip,
    browser_of,
    clip_state,
    remove_clip,
    show_frame,
    shown_volume,
)
from SegAssistLib.scene.vessel_tables import area_chart
from SegAssistLib.scene.volumes import add_volume
from SegAssistLib.task import list_tasks, read_task

pytest.importorskip("onnx", reason="onnx makes the network of these tests, and it is not installed")

from picture_bundles import spots, write_spots
from tiny_bundle import write_bundle

COUNT, LARGEST, SMALLEST, LOST = 12, 2, 7, 8
BESIDE_ARTERY = np.s_[13:18, 38:43]
ARTERY, VEIN = 130, 230  # grey levels, of which the network of these tests knows the vessels


@pytest.fixture(scope="module")
def vessels(tmp_path_factory):
    """The task ``vessels``, offered like those that ship."""
    task = read_task(
        write_bundle(tmp_path_factory.mktemp("bundles"), "vessels", {"artery": 0.4, "vein": 0.8})
    )
    list_tasks()[task.name] = task
    yield task
    del list_tasks()[task.name]


@pytest.fixture(scope="module")
def worker():
    worker = Worker()
    yield worker
    worker.close()


@pytest.fixture(scope="module")
def press():
    """A press of the probe: the artery stays, and the vein falls and is out of sight in one frame."""
    rows, columns = np.mgrid[:60, :80]
    array = np.random.default_rng(0).integers(20, 60, (80, 60, COUNT), np.uint8)
    for n, radius in enumerate((11, 12, 13, 12, 10, 8, 6, 5, 0, 6, 8, 10)):
        array[((rows - 30) ** 2 + (columns - 15) ** 2 < 64).T, n] = ARTERY
        array[((rows - 30) ** 2 + (columns - 55) ** 2 < radius**2).T, n] = VEIN
    affine = np.diag([-0.2, -0.2, 1, 1])
    return Image(array, affine, kind="frames", modality="US", frame_rate=20.0, name="press")


class UndoLog:
    """Stands for a face's undo: what there was before each step."""

    def __init__(self):
        self.steps = []

    @contextlib.contextmanager
    def __call__(self, node):
        self.steps.append(snapshot(node))
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
def browser(slicer_scene, press):
    return add_clip(slicer_scene, press)


@pytest.fixture
def node(assistant, browser, vessels):
    return segmented(assistant, browser, vessels)


def run_to_the_end(assistant):
    events = []
    while assistant.running:
        events += assistant.poll()
        time.sleep(0.002)
    return events


def segmented(assistant, source, task, **settings):
    assistant.start(source, task, quality="quick", **settings)
    done = run_to_the_end(assistant)[-1]
    assert isinstance(done, Done), done
    return done.segmentation


def masks_of(node, task):
    frames = [read_segmentation(mask, image, task).array for mask, image in frame_nodes(node)]
    return np.concatenate(frames, axis=2)


def vein_of(findings):
    return findings.vessels.vessels[1]


def names_of(scene):
    nodes = (scene.GetNthNode(n) for n in range(scene.GetNumberOfNodes()))
    return Counter(f"{node.GetClassName()} {node.GetName()}" for node in nodes)


def paint(node, task, n, value, where=BESIDE_ARTERY):
    """A stroke of 25 pixels in frame ``n``, which is shown for it."""
    browser = clip_of(node)
    show_frame(browser, n)
    mask = read_segmentation(node, shown_volume(browser), task)
    mask.array[(*where, 0)] = value
    write_segmentation(node.GetScene(), shown_volume(browser), mask, task, node)


def test_a_run_gives_the_engines_own_masks_in_playing_order_from_the_shown_frame(
    assistant, browser, vessels, press
):
    show_frame(browser, 9)
    assert assistant.propose_task(browser) is not None
    assistant.start(browser, vessels, quality="quick")
    events = run_to_the_end(assistant)
    order = [event.index for event in events if isinstance(event, FrameDone)]
    assert order == [(9 + n) % COUNT for n in range(COUNT)]
    done = events[-1]
    expected = segment(press, vessels, quality="quick")
    assert np.array_equal(masks_of(done.segmentation, vessels), expected.array)
    change = vein_of(done.findings).change
    assert (change.maximum_frame, change.minimum_frame) == (LARGEST, SMALLEST)
    assert change.at_least
    assert vein_of(done.findings).frames[LOST].status == "not found"
    result = assistant.result(done.segmentation)
    assert result.findings is done.findings
    assert (result.measure, result.source, result.volume) == ("vessels", browser, shown_volume(browser))
    assert not result.stale


def test_what_is_computed_is_shown_while_the_run_goes_on_and_leaves_nothing_behind(
    assistant, slicer_scene, vessels, press
):
    """A clip that is long enough to be interrupted."""
    expected = segment(press, vessels, quality="quick").array
    browser = add_clip(slicer_scene, replace(press, array=np.tile(press.array, (1, 1, 60))))
    volume, last = shown_volume(browser), 60 * COUNT - 1
    nodes = slicer_scene.GetNumberOfNodes()
    assistant.start(browser, vessels, quality="quick")
    seen = set()
    while len(seen) < COUNT:
        for event in assistant.poll():
            if isinstance(event, FrameDone):
                assert assistant.computed(event.index)
                assistant.show_frame(browser, event.index)
                shown = read_segmentation(assistant.preview, volume, vessels).array
                assert np.array_equal(shown[:, :, 0], expected[:, :, event.index % COUNT])
                seen.add(event.index)
        assert assistant.running
    assert not assistant.computed(last)
    assistant.show_frame(browser, last)
    assert not read_segmentation(assistant.preview, volume, vessels).array.any()
    show_frame(browser, 3)  # by something else, such as Slicer's own player
    assistant.follow_frame()
    assert read_segmentation(assistant.preview, volume, vessels).array.any()
    assistant.cancel()
    assert run_to_the_end(assistant)[-1] == Stopped()
    assert assistant.preview is None
    assert not assistant.computed(0)
    assert slicer_scene.GetNumberOfNodes() == nodes


@pytest.mark.parametrize("part", ["browser", "sequence"])
def test_a_clip_removed_during_the_run_ends_it_with_a_message(
    assistant, browser, vessels, slicer_scene, part
):
    assistant.start(browser, vessels)
    slicer_scene.RemoveNode(browser if part == "browser" else browser.GetMasterSequenceNode())
    assert "removed during the run" in run_to_the_end(assistant)[-1].message
    assert slicer_scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 0


def test_a_cancelled_run_leaves_the_result_as_it_was(assistant, node, browser, vessels, slicer_scene):
    paint(node, vessels, 4, 1)
    before, nodes = masks_of(node, vessels), slicer_scene.GetNumberOfNodes()
    assistant.start(browser, vessels)
    assistant.cancel()
    assert run_to_the_end(assistant)[-1] == Stopped()
    assert np.array_equal(masks_of(node, vessels), before)
    assert slicer_scene.GetNumberOfNodes() == nodes


def test_the_proxy_volume_stands_for_its_clip_and_a_second_run_updates_the_result_and_can_be_undone(
    assistant, node, browser, vessels, slicer_scene, undo
):
    engine = masks_of(node, vessels)
    paint(node, vessels, 4, 1)
    edited = masks_of(node, vessels)
    assert not np.array_equal(edited, engine)
    nodes = slicer_scene.GetNumberOfNodes()
    show_frame(browser, 6)
    assert segmented(assistant, shown_volume(browser), vessels) is node
    assert slicer_scene.GetNumberOfNodes() == nodes
    assert np.array_equal(masks_of(node, vessels), engine)
    show_frame(browser, 11)
    (step,) = undo.steps
    step.restore()
    assert clip_state(browser).shown == 6, "what is undone is seen"
    assert np.array_equal(masks_of(node, vessels), edited)
    assistant.update(node)
    assert assistant.result(node).findings.vessels.vessels[0].frames[4].pixels == np.sum(edited[..., 4] == 1)


def test_stepping_is_no_edit_and_an_edit_of_any_frame_is(assistant, node, browser, vessels):
    for n in range(COUNT):
        assistant.show_frame(browser, n)
        assert np.array_equal(
            read_segmentation(node, shown_volume(browser), vessels).array, masks_of(node, vessels)[..., [n]]
        )
    assert not assistant.result(node).stale
    paint(node, vessels, 4, 1)
    assistant.show_frame(browser, 10)
    assert assistant.result(node).stale
    findings = assistant.update(node)
    assert not assistant.result(node).stale
    assert findings.vessels.vessels[0].frames[4].pixels - findings.vessels.vessels[0].frames[3].pixels == 25


def test_the_threshold_moves_all_frames_and_back_and_keeps_what_was_edited(
    assistant, node, browser, vessels, undo, press
):
    probabilities = segment(press, vessels, quality="quick").probabilities
    paint(node, vessels, 4, 2)
    edited = masks_of(node, vessels)
    show_frame(browser, 0)
    assistant.set_threshold(node, "vein", 0.2)
    assistant.set_threshold(node, "vein", 0.999999)
    assert (probabilities[1] <= np.float16(0.999999)).any()
    moved = masks_of(node, vessels)
    assert (moved[(*BESIDE_ARTERY, 4)] == 2).all()
    show_frame(browser, 5)
    assert assistant.result(node).thresholds["vein"] == 0.999999
    assert len(undo.steps) == 1, "one drag is one step"
    assistant.set_threshold(node, "vein", vessels.labels[1].threshold)
    assert np.array_equal(masks_of(node, vessels), edited)


def test_a_face_does_not_wait_for_what_the_worker_or_the_last_measurement_found_out(
    assistant, browser, vessels, monkeypatch
):
    slow = []
    for name in ("scene.clip_memory.frame_quality", "results.vessels.track_vessels"):
        function = operator.attrgetter(name)(SegAssistLib)

        def noted(*arguments, function=function, **settings):
            slow.append(function.__name__)
            return function(*arguments, **settings)

        monkeypatch.setattr(f"SegAssistLib.{name}", noted)
    node = segmented(assistant, browser, vessels)
    assistant.choose_frames(node, "vein", (None, 5))
    assert slow == []
    paint(node, vessels, 4, 1)
    assistant.update(node)
    assert slow == ["track_vessels"]
    frame = browser.GetMasterSequenceNode().GetNthDataNode(6)
    slicer.util.arrayFromVolume(frame)[...] = 0
    frame.GetImageData().Modified()
    findings = assistant.update(node)
    assert slow == ["track_vessels", "frame_quality", "track_vessels"]
    assert list(findings.vessels.screened) == [6], "the frame that is black now"


def test_the_two_frames_are_chosen_by_hand_one_by_one_and_left_to_the_program_again(assistant, node, browser):
    automatic = vein_of(assistant.result(node).findings).change
    chosen = vein_of(assistant.choose_frames(node, "vein", (None, 5))).change
    assert (chosen.maximum_frame, chosen.minimum_frame) == (LARGEST, 5)
    assert chosen.chosen_by_person
    assert chosen.rate < automatic.rate
    assistant.show_frame(browser, 1)
    assert vein_of(assistant.update(node)).change == chosen, "stepping does not forget it"
    for wrong, message in (
        ((5, None), "chosen twice"),
        ((None, COUNT), "no frame 12"),
        ((-1, 2), "no frame -1"),
    ):
        with pytest.raises(InputError, match=message):
            assistant.choose_frames(node, "vein", wrong)
    with pytest.raises(InputError, match="no vessel 'nerve'"):
        assistant.choose_frames(node, "nerve", (1, 2))
    assert vein_of(assistant.update(node)).change == chosen
    assert vein_of(assistant.choose_frames(node, "vein", None)).change == automatic


@pytest.fixture
def second():
    """Where a second region with the vein's label is, in the first eight frames: it does not yield."""
    columns, rows = np.mgrid[:80, :60]
    return (rows - 50) ** 2 + (columns - 30) ** 2 < 25


@pytest.fixture
def with_second(assistant, slicer_scene, vessels, press, second):
    array = press.array.copy()
    array[second, :8] = VEIN
    return segmented(assistant, add_clip(slicer_scene, replace(press, array=array)), vessels)


def other_track(findings):
    """The id of the vessel that is measured under no label."""
    (track,) = {track.id for track in findings.candidates} - set(findings.tracking.chosen.values())
    return track


def test_another_vessel_is_chosen_for_a_label_and_stays_chosen_when_the_mask_is_edited(
    assistant, with_second, second, vessels, undo
):
    node = with_second
    findings = assistant.result(node).findings
    assert vein_of(findings).change.rate > 0.8
    other = other_track(findings)
    assistant.choose_frames(node, "vein", (1, 5))
    chosen = assistant.choose_vessel(node, "vein", other)
    assert [frame.pixels for frame in vein_of(chosen).frames] == [second.sum()] * 8 + [None] * 4
    assert not vein_of(chosen).change.chosen_by_person, "the frames were those of the other one"
    assert "A person chose this vessel." in vein_of(chosen).notes
    assert f"track {other} was measured" in chosen.tracking.flags[0].text
    assert np.nanmax(curves_of(area_chart(node))["vein"][1]) == pytest.approx(second.sum() * 0.04)
    for n in range(8, COUNT):
        paint(node, vessels, n, 2, np.s_[28:33, 48:53])  # now it is found in more frames than the vein
    longer = assistant.update(node)
    assert longer.tracking.chosen["vein"] != other, "its number has changed"
    assert vein_of(longer).count("measured") == COUNT
    exchanged = assistant.choose_vessel(node, "artery", longer.tracking.chosen["vein"])
    assert exchanged.vessels.vessels[0].smoothed_pixels == vein_of(longer).smoothed_pixels
    assert vein_of(exchanged).smoothed_pixels == longer.vessels.vessels[0].smoothed_pixels
    for name, track in longer.proposal.chosen.items():
        proposed = assistant.choose_vessel(node, name, track)
    assert vein_of(proposed).change == vein_of(findings).change
    assert not any("A person" in note for vessel in proposed.vessels.vessels for note in vessel.notes)
    with pytest.raises(InputError, match="no track 9"):
        assistant.choose_vessel(node, "vein", 9)
    assert len(undo.steps) == 0


def test_a_chosen_vessel_that_was_erased_gives_way_to_the_proposed_one(assistant, with_second, vessels):
    assistant.choose_vessel(with_second, "vein", other_track(assistant.result(with_second).findings))
    for n in range(8):
        paint(with_second, vessels, n, 0, np.s_[20:40, 40:])
    vein = vein_of(assistant.update(with_second))
    assert (vein.change.maximum_frame, vein.change.minimum_frame) == (LARGEST, SMALLEST)
    assert "The vessel that a person chose is not there any more." in vein.notes


def test_a_comparison_is_noted_as_experimental(assistant, node):
    (note,) = [each for each in vein_of(assistant.compare_with(node, 50)).notes if "50.0%" in each]
    assert note.startswith("Experimental")
    assert assistant.result(node).comparison == 50
    with pytest.raises(InputError, match="0 to 100"):
        assistant.compare_with(node, 120)
    assert not any("Experimental" in each for each in vein_of(assistant.compare_with(node, None)).notes)


def test_tables_and_chart_show_a_vessel_that_was_not_found_as_a_gap(assistant, node, slicer_scene):
    tables = [
        each
        for each in slicer.util.getNodesByClass("vtkMRMLTableNode")
        if each.GetName().endswith((" vessels", " frames"))
    ]
    by_name = {each.GetName().rsplit(" ", 1)[1]: each for each in tables}
    frames, vessels = by_name["frames"], by_name["vessels"]
    status, area = (frames.GetColumnIndex(f"vein_{name}") for name in ("status", "area_mm2"))
    assert frames.GetCellText(LOST, status) == "not found"
    assert frames.GetCellText(LOST, area) == ""
    assert float(frames.GetCellText(LARGEST, area)) > 0
    assert vessels.GetNumberOfRows() == 2
    chart = area_chart(node)
    assert chart.GetYAxisTitle() == "area (mm2)"
    curves = curves_of(chart)
    times, areas = curves["vein"]
    assert times == pytest.approx(np.arange(COUNT) / 20)
    assert np.isnan(areas[LOST])
    marked = np.flatnonzero(~np.isnan(curves["vein, two frames"][1])).tolist()
    assert marked == [LARGEST, SMALLEST]
    nodes = slicer_scene.GetNumberOfNodes()
    assistant.update(node)
    assert slicer_scene.GetNumberOfNodes() == nodes


def test_a_picture_of_a_frame_has_its_outlines(assistant, node, vessels, press):
    picture = assistant.frame_picture(node, LARGEST)
    columns, rows, _ = press.grid
    assert picture.dtype == np.uint8
    assert picture.shape[1] / picture.shape[0] == pytest.approx(columns / rows, rel=0.02)
    vein = (picture == vessels.labels[1].color).all(axis=2)
    assert vein.any()
    lost = assistant.frame_picture(node, LOST)
    assert not (lost == vessels.labels[1].color).all(axis=2).any()
    with pytest.raises(InputError, match="no frame 12"):
        assistant.frame_picture(node, COUNT)


def test_exported_files_are_those_of_the_command_line(assistant, node, vessels, press, tmp_path):
    kinds = exports_for("frames")
    files = assistant.export(node, tmp_path / "scene", kinds)
    found = segment(press, vessels, quality="quick")
    (tmp_path / "cli").mkdir()
    findings = measure_of(vessels).measure(found, vessels, press)
    write_results(tmp_path / "cli", press, found, findings, vessels, kinds)
    expected = sorted(file.name for file in (tmp_path / "cli").iterdir())
    assert [file.name for file in files] == expected
    assert {"press_overlay.mp4", "press_side_by_side.mp4"} <= set(expected)
    for file in files:
        if file.suffix != ".mp4":  # a film states when it was made
            assert file.read_bytes() == (tmp_path / "cli" / file.name).read_bytes(), file.name


def test_a_saved_scene_is_taken_up_where_it_was_left(assistant, node, vessels, worker, tmp_path):
    original = masks_of(node, vessels)
    paint(node, vessels, 4, 1)
    assistant.set_threshold(node, "vein", 0.3)
    artery, vein = assistant.result(node).findings.tracking.chosen.values()
    assistant.choose_vessel(node, "artery", vein)
    assistant.choose_frames(node, "vein", (LARGEST, 5))
    assistant.compare_with(node, 60)
    before, masks = assistant.result(node), masks_of(node, vessels)
    path = tmp_path / "saved.mrb"
    assert slicer.util.saveScene(str(path))
    fresh = headless_slicer.start()
    slicer.util.loadScene(str(path))
    reopened = Assistant(fresh.mrmlScene(), worker)
    node = fresh.mrmlScene().GetFirstNodeByClass("vtkMRMLSegmentationNode")
    after = reopened.result(node)
    assert np.array_equal(masks_of(node, vessels), masks)
    assert after.findings.vessels == before.findings.vessels
    assert (after.thresholds, after.comparison) == (before.thresholds, 60)
    assert vein_of(after.findings).change.chosen_by_person
    assert dict(after.findings.tracking.chosen) == {"artery": vein, "vein": artery}
    nodes = fresh.mrmlScene().GetNumberOfNodes()
    reopened.show_frame(after.source, 9)
    reopened.set_threshold(node, "vein", vessels.labels[1].threshold)
    original[(*BESIDE_ARTERY, 4)] = 1
    assert np.array_equal(masks_of(node, vessels), original)
    assert fresh.mrmlScene().GetNumberOfNodes() == nodes
    assert segmented(reopened, after.source, vessels) is node
    fresh.close()


def test_one_frame_alone_leaves_the_others_as_they_are(assistant, browser, vessels, press):
    engine = segment(press, vessels, quality="quick").array
    show_frame(browser, 3)
    assistant.start(browser, vessels, quality="quick", only_slice=True)
    done = run_to_the_end(assistant)[-1]
    node = done.segmentation
    masks = masks_of(node, vessels)
    assert np.array_equal(masks[..., 3], engine[..., 3])
    assert not np.delete(masks, 3, axis=2).any()
    assert any("Only frame 3" in warning for warning in done.warnings)
    segmented(assistant, browser, vessels)
    for n in (3, 4):
        paint(node, vessels, n, 1)
    segmented(assistant, browser, vessels, only_slice=True)
    masks = masks_of(node, vessels)
    assert np.array_equal(masks[..., 4], engine[..., 4])
    assert (masks[(*BESIDE_ARTERY, 3)] == 1).all()
    assistant.set_threshold(node, "vein", 0.2)
    assert assistant.result(node).has_probabilities


def test_an_uncalibrated_colour_clip_is_measured_in_pixels(assistant, slicer_scene, vessels, press):
    colour = replace(
        press,
        array=np.repeat(press.array[..., None], 3, axis=3),
        calibrated=False,
        frame_rate=None,
        remarks=("The picture was cut out by guess.",),
    )
    browser = add_clip(slicer_scene, colour)
    assistant.start(browser, vessels, quality="quick")
    done = run_to_the_end(assistant)[-1]
    assert any("size of a pixel is not known" in warning for warning in done.warnings)
    assert "The picture was cut out by guess." in done.warnings
    assert done.findings.vessels.pixel_mm is None
    assert area_chart(done.segmentation).GetYAxisTitle() == "area (pixels)"
    assert area_chart(done.segmentation).GetXAxisTitle() == "frame"


def test_a_still_has_areas_and_no_change(assistant, slicer_scene, press, tmp_path):
    task = read_task(write_bundle(tmp_path, "stills", {"artery": 0.4, "vein": 0.8}, kinds=["still"]))
    list_tasks()["stills"] = task
    try:
        still = replace(press, array=press.array[:, :, :1], kind="still", frame_rate=None)
        node = segmented(assistant, add_volume(slicer_scene, still), task)
        vein = vein_of(assistant.result(node).findings)
        assert vein.frames[0].area_mm2 > 0
        assert vein.change.rate is None
        assert area_chart(node) is None
        assert assistant.frame_picture(node, 0).ndim == 3
    finally:
        del list_tasks()["stills"]


def test_a_removed_result_leaves_nothing_but_its_clip_and_a_removed_clip_nothing(
    assistant, slicer_scene, press, vessels
):
    empty = names_of(slicer_scene)
    browser = add_clip(slicer_scene, press)
    before = names_of(slicer_scene)
    assistant.remove_result(segmented(assistant, browser, vessels))
    assert names_of(slicer_scene) == before
    segmented(assistant, browser, vessels)
    assistant.remove_result(assistant.last_result(browser, vessels))
    remove_clip(browser)
    assert names_of(slicer_scene) == empty


def test_a_mask_from_a_file_becomes_the_result_of_a_clip(assistant, browser, vessels, press):
    found = replace(segment(press, vessels, quality="quick"), probabilities=None)
    node = assistant.add_result(shown_volume(browser), found, vessels)
    assert np.array_equal(masks_of(node, vessels), found.array)
    assert browser_of(shown_volume(browser)) is browser
    with pytest.raises(InputError, match="Segment all"):
        assistant.set_threshold(node, "vein", 0.4)
    with pytest.raises(InputError, match="grid"):
        assistant.add_result(shown_volume(browser), replace(found, array=found.array[:, :, :3]), vessels)


def test_a_clip_that_slicer_loaded_itself_works_too(assistant, slicer_scene, vessels, press):
    frames = [
        replace(press, array=press.array[:, :, n : n + 1], kind="still", modality=None) for n in range(COUNT)
    ]
    _, browser = add_sequence(slicer_scene, frames)
    node = segmented(assistant, browser, vessels)
    assert vein_of(assistant.result(node).findings).change.maximum_frame == LARGEST
    assert np.array_equal(masks_of(node, vessels), segment(press, vessels, quality="quick").array)


def test_going_to_a_finding_shows_its_frame_and_the_place_in_it(
    assistant, slicer_scene, tmp_path, monkeypatch
):
    task = read_task(write_spots(tmp_path, "moles", "mole"))
    monkeypatch.setitem(list_tasks(), task.name, task)
    picture, inside = spots()
    frames = np.full((4, *picture.shape), (200, 140, 150), np.uint8)
    frames[2] = picture
    film = Image(
        frames.transpose(2, 1, 0, 3), np.diag([0.5, 0.5, 1, 1]), "frames", modality="ES", name="film"
    )
    browser = add_clip(slicer_scene, film)
    node = assistant.segment(browser, task)
    assistant.go_to(node, 1)
    assert clip_state(browser).shown == 2
    crosshair = slicer_scene.GetFirstNodeByClass("vtkMRMLCrosshairNode")
    column, row, place = np.linalg.inv(film.affine)[:3] @ (*crosshair.GetCrosshairRAS(), 1)
    assert inside[round(row), round(column)]
    assert place == 0, "every frame lies where the first one does"
