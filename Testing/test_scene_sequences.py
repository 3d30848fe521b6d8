"""Sequences of frames and of volumes, and their segmentations in step."""

from dataclasses import replace

import headless_slicer
import numpy as np
import pytest
import slicer
from scene_parts import (
    add_foreign_segment,
    add_sequence,
    mask_of,
    oblique,
    picture,
    put_under_transform,
    shown_at,
    voxels_of,
)

from SegAssistLib.errors import InputError
from SegAssistLib.scene.segmentation_sequences import snapshot, write_segmentation_sequence
from SegAssistLib.scene.segmentations import read_segmentation, segmented_volume, write_segmentation
from SegAssistLib.scene.sequences import add_clip, clip_state, read_frames, show_frame, shown_volume
from SegAssistLib.scene.volumes import add_volume, fill_volume, read_volume


@pytest.fixture
def frames():
    return [
        replace(picture(shape=(7, 6, 1), kind="still", calibrated=False, modality="US"), array=array)
        for array in np.random.default_rng(4).integers(0, 255, (5, 7, 6, 1)).astype(np.uint8)
    ]


@pytest.fixture
def volumes():
    """Each lies elsewhere and has its own size."""
    return [picture(oblique(seed), shape=(7, 6, 3 + seed)) for seed in range(3)]


@pytest.fixture
def film(slicer_scene, frames):
    return add_sequence(slicer_scene, frames)


@pytest.fixture
def masks(film, task):
    (image,) = read_frames(film[0])
    return mask_of(image, task)


def test_frames_of_one_size_are_one_film(film, frames):
    sequence, browser = film
    for source in (sequence, browser):
        (image,) = read_frames(source)
        np.testing.assert_array_equal(image.array, np.concatenate([frame.array for frame in frames], axis=2))
        assert (image.kind, image.name, image.modality, image.calibrated) == ("frames", "cine", "US", False)
        assert image.frame_rate == pytest.approx(25)
        np.testing.assert_allclose(image.affine, frames[0].affine, atol=1e-12)


def test_colour_frames_are_a_colour_film(slicer_scene):
    frames = [picture(dtype="uint8", shape=(7, 6, 1, 3), kind="still") for _ in range(3)]
    (image,) = read_frames(add_sequence(slicer_scene, frames)[0])
    assert image.array.shape == (7, 6, 3, 3)
    np.testing.assert_array_equal(image.array[:, :, 2], frames[2].array[:, :, 0])


@pytest.mark.parametrize(
    ("values", "unit", "rate"),
    [
        (["0", "40", "80"], "ms", 25),
        (["0", "1", "2"], "", None),
        (["0", "0.5", "1"], "mm", None),
    ],
)
def test_the_frame_rate_is_known_where_the_index_is_a_time(slicer_scene, frames, values, unit, rate):
    (image,) = read_frames(add_sequence(slicer_scene, frames[:3], values, unit)[0])
    assert image.frame_rate == (pytest.approx(rate) if rate else None)


CLIPS = {
    "even": {"frame_rate": 29.97},
    "uneven": {"frame_rate": 4 / 1.7, "frame_times_s": (0.0, 0.1, 0.4, 1.2, 1.7)},
    "fast": {"frame_rate": 2000.0},
    "timeless": {"calibrated": False},
    "colour": {"frame_rate": 10.0, "modality": None},
}


@pytest.mark.parametrize("name", CLIPS)
def test_a_clip_comes_back_as_it_was_also_from_a_saved_scene(slicer_scene, tmp_path, name):
    clip = picture(
        dtype="uint8",
        shape=(7, 6, 5, 3) if name == "colour" else (7, 6, 5),
        kind="frames",
        name="press",
        remarks=("The region of the picture is a guess.",),
        **{"modality": "US", **CLIPS[name]},
    )
    browser = add_clip(slicer_scene, clip, ["1.2.3"])
    assert shown_volume(browser).GetName() == "press"
    show_frame(browser, 3)
    path = str(tmp_path / "saved.mrb")
    assert slicer.util.saveScene(path)
    fresh = headless_slicer.start()
    slicer.util.loadScene(path)
    reopened = fresh.mrmlScene().GetFirstNodeByClass("vtkMRMLSequenceBrowserNode")
    for each in (browser, reopened):
        (back,) = read_frames(each)
        np.testing.assert_array_equal(back.array, clip.array)
        np.testing.assert_allclose(back.affine, clip.affine, atol=1e-6)
        for field in ("kind", "modality", "calibrated", "remarks", "name"):
            assert getattr(back, field) == getattr(clip, field), field
        assert back.frame_rate == pytest.approx(clip.frame_rate)
        assert back.frame_times_s == pytest.approx(clip.frame_times_s)
        state = clip_state(each)
        assert (state.count, state.shown) == (5, 3)
        assert (state.times_s is None) == (clip.times_s is None)
        assert shown_volume(each).GetAttribute("DICOM.instanceUIDs") == "1.2.3"
    fresh.close()


def test_a_frame_is_shown_at_once_in_one_grey_window(slicer_scene, frames):
    clip = replace(frames[0], array=np.concatenate([f.array for f in frames], axis=2), kind="frames")
    browser = add_clip(slicer_scene, clip)
    shown = shown_volume(browser)
    for n in (4, 1):
        show_frame(browser, n)
        assert clip_state(browser).shown == n
        np.testing.assert_array_equal(read_volume(shown).array, clip.array[:, :, n : n + 1])
        display = shown.GetDisplayNode()
        assert (display.GetWindowLevelMin(), display.GetWindowLevelMax()) == (0, 255)
    for wrong in (-1, 5):
        with pytest.raises(InputError, match=f"there is no frame {wrong}; choose one from 0 to 4"):
            show_frame(browser, wrong)


def test_a_text_index_has_no_frame_rate(slicer_scene, frames):
    sequence, _ = add_sequence(slicer_scene, [])
    sequence.SetIndexType(slicer.vtkMRMLSequenceNode.TextIndex)
    for frame, value in zip(frames, "abcde", strict=True):
        node = slicer.vtkMRMLScalarVolumeNode()
        fill_volume(node, frame)
        sequence.SetDataNodeAtValue(node, value)
    assert read_frames(sequence)[0].frame_rate is None


def test_volumes_are_an_image_each(slicer_scene, volumes):
    sequence, _ = add_sequence(slicer_scene, volumes, ["0", "3", "7"])
    images = read_frames(sequence)
    assert [image.name for image in images] == ["cine 0", "cine 3", "cine 7"]
    for image, volume in zip(images, volumes, strict=True):
        np.testing.assert_array_equal(image.array, volume.array)
        np.testing.assert_allclose(image.affine, volume.affine, atol=1e-12)
        assert image.kind == "volume"


def test_the_transform_of_what_is_shown_holds_for_every_item(slicer_scene, volumes):
    sequence, browser = add_sequence(slicer_scene, volumes)
    put_under_transform(browser.GetProxyNode(sequence), oblique(9))
    for image, volume in zip(read_frames(browser), volumes, strict=True):
        np.testing.assert_allclose(image.affine, oblique(9) @ volume.affine, atol=1e-9)


def test_what_is_no_sequence_of_images_is_refused(slicer_scene):
    sequence, browser = add_sequence(slicer_scene, [])
    for source in (sequence, browser):
        with pytest.raises(InputError, match=r"^cine holds no frames"):
            read_frames(source)
    sequence.SetDataNodeAtValue(slicer.vtkMRMLTableNode(), "0")
    with pytest.raises(InputError, match=r"^cine is not a sequence of images"):
        read_frames(sequence)
    with pytest.raises(InputError, match="steps through nothing"):
        read_frames(slicer_scene.AddNewNodeByClass("vtkMRMLSequenceBrowserNode", "empty"))


def test_every_frame_shows_its_own_mask(slicer_scene, film, masks, task):
    sequence, browser = film
    browser.SetSelectedItemNumber(2)
    node = write_segmentation_sequence(slicer_scene, browser, [masks], task)
    for number in (2, 0, 4, 1, 3):
        image = shown_at(browser, number)
        np.testing.assert_array_equal(
            read_segmentation(node, image, task).array[:, :, 0], masks.array[:, :, number]
        )
        assert segmented_volume(node) is image
        geometry = node.GetSegmentation().GetConversionParameter("Reference image geometry")
        assert geometry.endswith("0;6;0;5;0;0;"), "a brush reaches the whole frame"
    target = browser.GetSequenceNode(node)
    assert (target.GetIndexName(), target.GetIndexUnit()) == ("time", "s")
    assert [target.GetNthIndexValue(n) for n in range(5)] == [sequence.GetNthIndexValue(n) for n in range(5)]
    assert slicer_scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 1


def test_every_volume_shows_its_own_mask(slicer_scene, volumes, task):
    sequence, browser = add_sequence(slicer_scene, volumes)
    put_under_transform(browser.GetProxyNode(sequence), oblique(9))
    masks = [mask_of(image, task, seed) for seed, image in enumerate(read_frames(sequence))]
    node = write_segmentation_sequence(slicer_scene, sequence, masks, task)
    for number, mask in enumerate(masks):
        back = read_segmentation(node, shown_at(browser, number), task)
        np.testing.assert_array_equal(back.array, mask.array)
        np.testing.assert_allclose(back.affine, mask.affine, atol=1e-9)


def test_a_second_run_updates_the_same_nodes_and_leaves_what_a_person_drew(slicer_scene, film, masks, task):
    _, browser = film
    node = write_segmentation_sequence(slicer_scene, browser, [masks], task)
    browser.SetSelectedItemNumber(3)
    drawn = np.zeros((7, 6, 1))
    drawn[:4] = 1
    segment_id = add_foreign_segment(node, shown_at(browser, 3), drawn, "drawn")
    count = slicer_scene.GetNumberOfNodes()
    second = mask_of(read_frames(browser)[0], task, seed=11)
    assert write_segmentation_sequence(slicer_scene, browser, [second], task, node) is node
    assert slicer_scene.GetNumberOfNodes() == count
    for number in range(5):
        image = shown_at(browser, number)
        np.testing.assert_array_equal(
            read_segmentation(node, image, task).array[:, :, 0], second.array[:, :, number]
        )
    np.testing.assert_array_equal(voxels_of(node, shown_at(browser, 3), segment_id), drawn == 1)


def test_a_persons_edit_of_one_frame_is_kept(slicer_scene, film, masks, task):
    _, browser = film
    node = write_segmentation_sequence(slicer_scene, browser, [masks], task)
    (segment_id,) = node.GetSegmentation().GetSegmentIDs()
    image = shown_at(browser, 1)
    edited = 1 - masks.array[:, :, 1:2]
    slicer.util.updateSegmentBinaryLabelmapFromArray(edited.T, node, segment_id, image)
    shown_at(browser, 4)
    np.testing.assert_array_equal(read_segmentation(node, shown_at(browser, 1), task).array, edited)
    np.testing.assert_array_equal(
        read_segmentation(node, shown_at(browser, 4), task).array, masks.array[:, :, 4:5]
    )


def test_how_a_segment_is_shown_holds_for_every_frame(slicer_scene, film, masks, task):
    _, browser = film
    node = write_segmentation_sequence(slicer_scene, browser, [masks], task)
    (segment_id,) = node.GetSegmentation().GetSegmentIDs()
    node.GetDisplayNode().SetSegmentOpacity2DFill(segment_id, 0.25)
    shown_at(browser, 4)
    assert node.GetSegmentation().GetSegmentIDs() == (segment_id,)
    assert node.GetDisplayNode().GetSegmentOpacity2DFill(segment_id) == 0.25


def test_a_sequence_without_a_browser_gets_one(slicer_scene, film, masks, task):
    sequence, browser = film
    slicer_scene.RemoveNode(browser)
    node = write_segmentation_sequence(slicer_scene, sequence, [masks], task)
    browser = slicer_scene.GetFirstNodeByClass("vtkMRMLSequenceBrowserNode")
    np.testing.assert_array_equal(
        read_segmentation(node, shown_at(browser, 2), task).array, masks.array[:, :, 2:3]
    )


def test_a_film_that_changed_since_is_refused(slicer_scene, film, masks, task):
    sequence, browser = film
    sequence.RemoveDataNodeAtValue(sequence.GetNthIndexValue(0))
    with pytest.raises(InputError, match=r"^cine has other frames than when it was segmented"):
        write_segmentation_sequence(slicer_scene, browser, [masks], task)
    assert slicer_scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 0


def test_one_volume_that_changed_is_enough_and_nothing_is_written(slicer_scene, volumes, task):
    sequence, browser = add_sequence(slicer_scene, volumes)
    masks = [mask_of(image, task) for image in read_frames(sequence)]
    fill_volume(sequence.GetNthDataNode(2), picture(shape=(2, 2, 2)))
    with pytest.raises(InputError, match="has other frames than when it was segmented"):
        write_segmentation_sequence(slicer_scene, browser, masks, task)
    assert slicer_scene.GetNumberOfNodesByClass("vtkMRMLSegmentationNode") == 0


def test_reading_leaves_nothing_in_the_sequence(film):
    sequence, browser = film
    scene = sequence.GetSequenceScene()
    before = scene.GetNumberOfNodes()
    read_frames(browser)
    assert scene.GetNumberOfNodes() == before
    assert read_volume(browser.GetProxyNode(sequence)).kind == "still"


def test_a_snapshot_brings_back_a_volumes_segmentation(slicer_scene, task):
    volume = add_volume(slicer_scene, picture())
    first, second = (mask_of(read_volume(volume), task, seed) for seed in (1, 2))
    node = write_segmentation(slicer_scene, volume, first, task)
    before = snapshot(node)
    write_segmentation(slicer_scene, volume, second, task, node)
    before.restore()
    np.testing.assert_array_equal(read_segmentation(node, volume, task).array, first.array)
