"""The terminology that we ship, in Slicer's own reader."""

import pytest
import slicer

from SegAssistLib.io.segmentation_file import TERMINOLOGY, terminology_entry
from SegAssistLib.labels import Code
from SegAssistLib.scene.terminology import load_terminology
from SegAssistLib.task import list_tasks


@pytest.fixture
def terminologies(slicer_scene):  # noqa: ARG001 - it starts Slicer
    logic = slicer.modules.terminologies.logic()
    load_terminology(logic)
    return logic


def test_slicer_offers_our_terminology(terminologies):
    assert terminologies.IsTerminologyContextLoaded(TERMINOLOGY)


@pytest.mark.parametrize("name", list_tasks())
def test_every_label_of_a_bundle_is_in_it(terminologies, name):
    offered = {}
    for n in range(terminologies.GetNumberOfCategoriesInTerminology(TERMINOLOGY)):
        category, kind = slicer.vtkSlicerTerminologyCategory(), slicer.vtkSlicerTerminologyType()
        assert terminologies.GetNthCategoryInTerminology(TERMINOLOGY, n, category)
        for m in range(terminologies.GetNumberOfTypesInTerminologyCategory(TERMINOLOGY, category)):
            assert terminologies.GetNthTypeInTerminologyCategory(TERMINOLOGY, category, m, kind)
            offered[code(category), code(kind)] = tuple(kind.GetRecommendedDisplayRGBValue())
    for label in list_tasks()[name].labels:
        assert offered[label.category, label.type] == label.color


def code(term) -> Code:
    return Code(term.GetCodingSchemeDesignator(), term.GetCodeValue(), term.GetCodeMeaning())


def test_what_we_tag_a_segment_with_is_found_in_it(terminologies, task):
    """Slicer's selector then shows the chosen type, and not an unknown one."""
    entry = slicer.vtkSlicerTerminologyEntry()
    assert terminologies.DeserializeTerminologyEntry(terminology_entry(task.labels[0]), entry)
    assert terminologies.UpdateEntryFromLoadedTerminologies(entry, [], [])
    assert entry.GetTypeObject().GetSlicerLabel() == "lesion"
