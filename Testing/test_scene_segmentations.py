"""Segmentation to segmentation nodes and back."""

from dataclasses import replace

import numpy as np
import pytest
import slicer
import vtk
from scene_parts import (
    SHAPE,
    add_foreign_segment,
    axis_orders,
    bend,
    mask_of,
    oblique,
    picture,
    put_under_transform,
    two_labels,
    voxels_of,
)

from SegAssistLib.errors import InputError
from SegAssistLib.io.segmentation_file import terminology_entry
from SegAssistLib.scene.segmentations import (
    find_segment,
    read_segmentation,
    segment_tag,
    segmented_volume,
    write_segmentation,
)
from SegAssistLib.scene.volumes import add_volume, read_volume

GEOMETRY = slicer.vtkSegmentationConverter.GetReferenceImageGeometryParameterName()


@pytest.fixture
def volume(slicer_scene):
    return add_volume(slicer_scene, picture(), ["1.2.3"])


@pytest.fixture
def mask(volume, task):
    return mask_of(read_volume(volume), task)


@pytest.fixture
def node(slicer_scene, volume, mask, task):
    return write_segmentation(slicer_scene, volume, mask, task)


@pytest.fixture
def update(slicer_scene, volume, node, task):
    """Segment again: another mask into the same node."""

    def write(seed=9, **changes):
        mask = mask_of(read_volume(volume), task, seed, **changes)
        assert write_segmentation(slicer_scene, volume, mask, task, node) is node
        return mask

    return write


def test_every_axis_order_comes_back_exactly(slicer_scene, task):
    for affine in axis_orders():
        volume = add_volume(slicer_scene, picture(affine))
        mask = mask_of(read_volume(volume), task)
        node = write_segmentation(slicer_scene, volume, mask, task)
        np.testing.assert_array_equal(read_segmentation(node, volume, task).array, mask.array)


@pytest.mark.parametrize("left_handed", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_two_labels_on_an_oblique_volume_come_back_exactly(slicer_scene, task, seed, left_handed):
    task = two_labels(task)
    volume = add_volume(slicer_scene, picture(oblique(seed, left_handed=left_handed)))
    put_under_transform(volume, oblique(seed + 50, left_handed=True), oblique(seed + 60))
    image = read_volume(volume)
    mask = mask_of(image, task)
    node = write_segmentation(slicer_scene, volume, mask, task)
    back = read_segmentation(node, volume, task)
    np.testing.assert_array_equal(back.array, mask.array)
    assert back.lies_on(image)
    assert back.labels == task.labels
    assert back.probabilities is None


def test_slicer_itself_finds_the_voxels_where_they_were_put(volume, node, mask):
    (segment_id,) = node.GetSegmentation().GetSegmentIDs()
    np.testing.assert_array_equal(voxels_of(node, volume, segment_id), mask.array == 1)


def test_the_labels_lie_and_move_with_the_volume(volume, node, mask, task):
    (segment_id,) = node.GetSegmentation().GetSegmentIDs()
    transform = put_under_transform(volume, oblique(4))
    volume.SetAndObserveTransformNodeID(None)
    write_segmentation(volume.GetScene(), volume, mask, task, node)
    before = np.array(node.GetSegmentCenterRAS(segment_id))
    volume.SetAndObserveTransformNodeID(transform.GetID())
    write_segmentation(volume.GetScene(), volume, mask, task, node)
    after = np.array(node.GetSegmentCenterRAS(segment_id))
    np.testing.assert_allclose(after, (oblique(4) @ [*before, 1])[:3], atol=1e-9)


def test_a_person_reads_name_colour_and_terms(node, task):
    (label,) = task.labels
    segment = find_segment(node, task, label)
    assert node.GetName() == "FLAIR - ms-lesion"
    assert segment.GetName() == "lesion"
    np.testing.assert_allclose(segment.GetColor(), np.array(label.color) / 255)
    assert segment_tag(segment, "TerminologyEntry") == terminology_entry(label)
    entry = slicer.vtkSlicerTerminologyEntry()
    terminologies = slicer.modules.terminologies.logic()
    assert terminologies.DeserializeTerminologyEntry(segment.GetTerminology(), entry)
    assert entry.GetTypeObject().GetCodeValue() == "24700007"
    assert node.GetDisplayNode() is not None


def test_the_node_knows_its_volume_and_its_dicom_images(node, volume):
    assert segmented_volume(node) is volume
    assert node.GetNodeReference(node.GetReferenceImageGeometryReferenceRole()) is volume
    assert node.GetAttribute("DICOM.instanceUIDs") == "1.2.3"
    assert node.GetAttribute("SegAssist.Task") == "ms-lesion"
    volume.GetScene().RemoveNode(volume)
    assert segmented_volume(node) is None


def test_the_result_stands_beside_its_volume(slicer_scene, volume, mask, task):
    tree = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer_scene)
    study = tree.CreateStudyItem(tree.GetSceneItemID(), "Head")
    tree.SetItemParent(tree.GetItemByDataNode(volume), study)
    node = write_segmentation(slicer_scene, volume, mask, task)
    item = tree.GetItemByDataNode(node)
    assert tree.GetItemParent(item) == study
    elsewhere = tree.CreateFolderItem(tree.GetSceneItemID(), "Done")
    tree.SetItemParent(item, elsewhere)
    write_segmentation(slicer_scene, volume, mask, task, node)
    assert tree.GetItemParent(item) == elsewhere


def test_a_program_without_subject_hierarchy_gets_none(task):
    import headless_slicer

    app = headless_slicer.start(subject_hierarchy=False)
    volume = add_volume(app.mrmlScene(), picture())
    node = write_segmentation(app.mrmlScene(), volume, mask_of(read_volume(volume), task), task)
    tree = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(app.mrmlScene())
    assert tree.GetItemByDataNode(node) == tree.GetItemByDataNode(volume) == 0
    app.close()


def test_a_second_result_has_another_name(slicer_scene, volume, node, mask, task):
    assert write_segmentation(slicer_scene, volume, mask, task).GetName() != node.GetName()


def test_a_second_click_updates_the_same_node(slicer_scene, volume, node, update, task):
    count = slicer_scene.GetNumberOfNodes()
    ids, node_id = node.GetSegmentation().GetSegmentIDs(), node.GetID()
    mask = update()
    assert slicer_scene.GetNumberOfNodes() == count
    assert (node.GetID(), node.GetSegmentation().GetSegmentIDs()) == (node_id, ids)
    np.testing.assert_array_equal(read_segmentation(node, volume, task).array, mask.array)


def test_what_a_person_chose_for_a_segment_stays(node, update, task):
    (label,) = task.labels
    segment = find_segment(node, task, label)
    (segment_id,) = node.GetSegmentation().GetSegmentIDs()
    segment.SetName("Läsionen")
    segment.SetColor(0, 1, 0)
    segment.SetTag("SegAssist.Threshold", "0.4")
    display = node.GetDisplayNode()
    display.SetSegmentVisibility(segment_id, False)
    display.SetSegmentOpacity2DFill(segment_id, 0.25)
    node.SetName("mine")
    update()
    assert find_segment(node, task, label) is segment
    assert (segment.GetName(), segment.GetColor(), node.GetName()) == ("Läsionen", (0, 1, 0), "mine")
    assert segment_tag(segment, "SegAssist.Threshold") == "0.4"
    assert not display.GetSegmentVisibility(segment_id)
    assert display.GetSegmentOpacity2DFill(segment_id) == 0.25


def test_segments_of_a_person_stay_voxel_for_voxel(volume, node, update, mask, task):
    """One beside our labels, which Slicer joins with them in one layer, and one over them."""
    contents = node.GetSegmentation()
    (own,) = contents.GetSegmentIDs()
    beside, over = mask.array == 0, np.random.default_rng(5).random(SHAPE) > 0.5
    ids = [add_foreign_segment(node, volume, drawn, n) for drawn, n in ((beside, "beside"), (over, "over"))]
    contents.CollapseBinaryLabelmaps()
    assert set(contents.GetSegmentIDsForLayer(contents.GetLayerIndex(own))) == {own, ids[0]}
    for density in (0.3, 0.9, 0.0):
        mask = update(seed=7, density=density)
        np.testing.assert_array_equal(read_segmentation(node, volume, task).array, mask.array)
        np.testing.assert_array_equal(voxels_of(node, volume, ids[0]), beside)
        np.testing.assert_array_equal(voxels_of(node, volume, ids[1]), over)
        contents.CollapseBinaryLabelmaps()


def test_the_layer_that_our_labels_leave_keeps_nothing_of_them(volume, node, update, mask):
    contents = node.GetSegmentation()
    drawn = add_foreign_segment(node, volume, mask.array == 0, "beside")
    contents.CollapseBinaryLabelmaps()
    update()
    layer = slicer.util.arrayFromSegmentInternalBinaryLabelmap(node, drawn)
    assert set(np.unique(layer)) == {0, contents.GetSegment(drawn).GetLabelValue()}


def test_another_task_in_the_same_node_stays(slicer_scene, volume, node, mask, task):
    other = replace(task, name="other")
    write_segmentation(slicer_scene, volume, mask_of(read_volume(volume), other, 8), other, node)
    np.testing.assert_array_equal(read_segmentation(node, volume, task).array, mask.array)
    assert node.GetSegmentation().GetNumberOfSegments() == 2


def test_a_label_without_a_voxel_has_a_segment(slicer_scene, volume, task):
    task = two_labels(task)
    mask = mask_of(read_volume(volume), task)
    mask.array[mask.array == 7] = 0
    node = write_segmentation(slicer_scene, volume, mask, task)
    assert [find_segment(node, task, label).GetName() for label in task.labels] == ["lesion", "core"]
    np.testing.assert_array_equal(read_segmentation(node, volume, task).array, mask.array)


def test_nothing_found_is_a_result(volume, node, update, task):
    update(density=0.0)
    assert not read_segmentation(node, volume, task).array.any()
    update(density=0.4)
    assert read_segmentation(node, volume, task).array.any()


def test_a_person_can_paint_where_nothing_was_found(volume, node, update, task):
    update(density=0.0)
    (segment_id,) = node.GetSegmentation().GetSegmentIDs()
    painted = np.zeros(SHAPE, np.uint8)
    painted[2:4, 1:3, 2] = 1
    slicer.util.updateSegmentBinaryLabelmapFromArray(painted.T, node, segment_id, volume)
    np.testing.assert_array_equal(read_segmentation(node, volume, task).array, painted)


def test_labels_are_read_as_a_person_left_them(volume, node, mask, task):
    (segment_id,) = node.GetSegmentation().GetSegmentIDs()
    edited = mask.array.copy()
    edited[:3] = 1 - edited[:3]
    slicer.util.updateSegmentBinaryLabelmapFromArray(edited.T, node, segment_id, volume)
    node.GetSegmentation().GetSegment(segment_id).SetName("renamed")
    np.testing.assert_array_equal(read_segmentation(node, volume, task).array, edited)


def test_a_deleted_segment_has_no_voxels_and_comes_back_with_the_next_run(volume, node, update, task):
    node.GetSegmentation().RemoveSegment(node.GetSegmentation().GetNthSegmentID(0))
    assert not read_segmentation(node, volume, task).array.any()
    mask = update()
    np.testing.assert_array_equal(read_segmentation(node, volume, task).array, mask.array)


def test_where_labels_overlap_the_later_one_wins(slicer_scene, volume, task):
    task = two_labels(task)
    mask = mask_of(read_volume(volume), task, density=0.0)
    node = write_segmentation(slicer_scene, volume, mask, task)
    lesion, core = node.GetSegmentation().GetSegmentIDs()
    for segment_id in (core, lesion):
        slicer.vtkSlicerSegmentationsModuleLogic.ClearSegment(node, segment_id)
    node.GetSegmentation().SeparateSegmentLabelmap(core)
    everywhere = np.ones(SHAPE, np.uint8)
    half = everywhere.copy()
    half[3:] = 0
    for segment_id, drawn in ((lesion, everywhere), (core, half)):
        image = slicer.vtkOrientedImageData()
        image.DeepCopy(_oriented(volume, drawn))
        slicer.vtkSlicerSegmentationsModuleLogic.SetBinaryLabelmapToSegment(image, node, segment_id)
    np.testing.assert_array_equal(read_segmentation(node, volume, task).array, everywhere + 6 * half)


def _oriented(volume, array):
    labelmap = slicer.modules.volumes.logic().CreateAndAddLabelVolume(volume, "drawn")
    slicer.util.updateVolumeFromArray(labelmap, array.T)
    image = slicer.vtkSlicerSegmentationsModuleLogic.CreateOrientedImageDataFromVolumeNode(labelmap)
    image.UnRegister(None)
    volume.GetScene().RemoveNode(labelmap)
    return image


def test_labels_on_finer_voxels_are_taken_from_the_nearest(slicer_scene, volume, node, mask, task):
    """A person asked the Segment Editor for a geometry with three voxels for each one along every axis."""
    (segment_id,) = node.GetSegmentation().GetSegmentIDs()
    image = read_volume(volume)
    finer = image.affine @ np.array(
        [[1 / 3, 0, 0, -1 / 3], [0, 1 / 3, 0, -1 / 3], [0, 0, 1 / 3, -1 / 3], [0, 0, 0, 1]]
    )
    upsampled = mask.array.repeat(3, 0).repeat(3, 1).repeat(3, 2)
    fine = add_volume(slicer_scene, replace(image, array=upsampled, affine=finer, name="fine"))
    node.SetReferenceImageGeometryParameterFromVolumeNode(fine)
    drawn = slicer.vtkSegment()
    drawn.DeepCopyMetadata(node.GetSegmentation().GetSegment(segment_id))
    drawn.AddRepresentation("Binary labelmap", _oriented(fine, upsampled))
    drawn.SetLabelValue(1)
    node.GetSegmentation().RemoveSegment(segment_id)
    node.GetSegmentation().AddSegment(drawn, segment_id)
    np.testing.assert_array_equal(read_segmentation(node, volume, task).array, mask.array)


def test_a_geometry_that_a_person_chose_stays(node, update):
    contents = node.GetSegmentation()
    chosen = contents.GetConversionParameter(GEOMETRY).replace("-", "")
    contents.SetConversionParameter(GEOMETRY, chosen)
    update()
    assert contents.GetConversionParameter(GEOMETRY) == chosen


def test_a_segmentation_of_a_coarser_volume_takes_the_labels_and_their_geometry(
    slicer_scene, volume, mask, task
):
    """Else saving would put our labels on the coarser voxels."""
    coarser = add_volume(slicer_scene, picture(np.diag([3.0, 3.0, 5.0, 1.0]), shape=(4, 4, 4), name="coarse"))
    drawn = slicer_scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "drawn")
    drawn.SetReferenceImageGeometryParameterFromVolumeNode(coarser)
    segment_id = add_foreign_segment(drawn, coarser, np.ones((4, 4, 4)), "box")
    before = drawn.GetSegmentation().GetConversionParameter(GEOMETRY)
    write_segmentation(slicer_scene, volume, mask, task, drawn)
    assert drawn.GetSegmentation().GetConversionParameter(GEOMETRY) != before
    np.testing.assert_array_equal(read_segmentation(drawn, volume, task).array, mask.array)
    np.testing.assert_array_equal(voxels_of(drawn, coarser, segment_id), True)


def test_surfaces_follow_the_labels(volume, node, update):
    (segment_id,) = node.GetSegmentation().GetSegmentIDs()
    drawn = add_foreign_segment(node, volume, np.ones(SHAPE), "drawn")
    assert not node.GetSegmentation().ContainsRepresentation("Closed surface")
    node.CreateClosedSurfaceRepresentation()
    before = node.GetClosedSurfaceInternalRepresentation(segment_id).GetNumberOfPoints()
    other = node.GetClosedSurfaceInternalRepresentation(drawn).GetNumberOfPoints()
    update(density=0.05)
    after = node.GetClosedSurfaceInternalRepresentation(segment_id)
    assert 0 < after.GetNumberOfPoints() < before
    assert node.GetClosedSurfaceInternalRepresentation(drawn).GetNumberOfPoints() == other
    update(density=0.0)
    assert node.GetClosedSurfaceInternalRepresentation(segment_id).GetNumberOfPoints() == 0


def test_labels_are_read_when_surfaces_are_the_source(volume, node, mask, task):
    node.CreateClosedSurfaceRepresentation()
    node.SetSourceRepresentationToClosedSurface()
    node.RemoveBinaryLabelmapRepresentation()
    read = read_segmentation(node, volume, task).array
    assert (read == mask.array).mean() > 0.7  # a smoothed surface is not exact


def test_a_node_of_surfaces_is_refused_and_stays(slicer_scene, volume, node, mask, task):
    node.CreateClosedSurfaceRepresentation()
    node.SetSourceRepresentationToClosedSurface()
    with pytest.raises(InputError, match=r"^FLAIR - ms-lesion holds surfaces and no voxels"):
        write_segmentation(slicer_scene, volume, mask, task, node)
    assert node.GetSegmentation().GetSourceRepresentationName() == "Closed surface"


def test_a_node_under_another_transform_is_refused_when_it_holds_more(slicer_scene, volume, node, mask, task):
    drawn = add_foreign_segment(node, volume, mask.array == 0, "drawn")
    put_under_transform(volume, oblique(4))
    with pytest.raises(InputError, match=r"does not lie under the same transform as FLAIR"):
        write_segmentation(slicer_scene, volume, mask, task, node)
    node.SetAndObserveTransformNodeID(volume.GetTransformNodeID())
    write_segmentation(slicer_scene, volume, mask, task, node)
    np.testing.assert_array_equal(voxels_of(node, volume, drawn), mask.array == 0)


def test_a_volume_that_changed_since_is_refused(slicer_scene, volume, node, mask, task):
    slicer.util.updateVolumeFromArray(volume, np.zeros((2, 2, 2), np.uint8))
    with pytest.raises(InputError, match=r"^FLAIR has other voxels than when it was segmented"):
        write_segmentation(slicer_scene, volume, mask, task, node)
    volume.SetAndObserveImageData(None)
    with pytest.raises(InputError, match=r"^FLAIR holds no voxels"):
        read_segmentation(node, volume, task)


def test_a_volume_that_was_bent_since_cannot_be_read_on(volume, node, task):
    bend(volume)
    with pytest.raises(InputError, match="non-linear"):
        read_segmentation(node, volume, task)


def test_an_uncalibrated_volume_gives_an_uncalibrated_mask(slicer_scene, task):
    volume = add_volume(slicer_scene, picture(calibrated=False))
    node = write_segmentation(slicer_scene, volume, mask_of(read_volume(volume), task), task)
    assert not read_segmentation(node, volume, task).calibrated


def test_one_write_is_one_event_of_a_kind_for_the_views(slicer_scene, volume, task):
    """Though two labels, a drawn segment in their layer and surfaces change or are left."""
    task = two_labels(task)
    mask = mask_of(read_volume(volume), task)
    node = write_segmentation(slicer_scene, volume, mask, task)
    add_foreign_segment(node, volume, mask.array == 0, "drawn")
    node.GetSegmentation().CollapseBinaryLabelmaps()
    node.CreateClosedSurfaceRepresentation()
    seen = []
    for name in ("SourceRepresentationModified", "RepresentationModified", "SegmentModified"):
        event = getattr(slicer.vtkSegmentation, name)
        node.AddObserver(event, lambda *_, name=name: seen.append(name))
    node.AddObserver(vtk.vtkCommand.ModifiedEvent, lambda *_: seen.append("Modified"))
    write_segmentation(slicer_scene, volume, mask_of(read_volume(volume), task, 9), task, node)
    assert {"SourceRepresentationModified", "Modified"} <= set(seen)
    assert len(seen) == len(set(seen)), seen


def test_undo_brings_the_labels_back(volume, node, update, mask, task):
    """With the history that the Segment Editor's undo keeps."""
    history = slicer.vtkSegmentationHistory()
    history.SetSegmentation(node.GetSegmentation())
    drawn = add_foreign_segment(node, volume, mask.array == 0, "drawn")
    history.SaveState()
    second = update()
    history.RestorePreviousState()
    np.testing.assert_array_equal(read_segmentation(node, volume, task).array, mask.array)
    np.testing.assert_array_equal(voxels_of(node, volume, drawn), mask.array == 0)
    history.RestoreNextState()
    np.testing.assert_array_equal(read_segmentation(node, volume, task).array, second.array)
