"""An X-ray in a scene: what its file says of body part and view is still known when it is segmented."""

from __future__ import annotations

import numpy as np
import pytest
from xray_files import a_chest, write_xray

from SegAssistLib.errors import InputError
from SegAssistLib.io import read_image
from SegAssistLib.labels import Segmentation
from SegAssistLib.results import measure_of
from SegAssistLib.scene.shown_table import write_shown
from SegAssistLib.scene.volumes import add_volume, read_volume
from SegAssistLib.task import find_task


@pytest.mark.parametrize(("part", "message"), [("CHEST", None), ("HAND", "body part is HAND")])
def test_a_wrong_body_part_is_refused_from_the_scene_too(slicer_scene, tmp_path, part, message):
    path = write_xray(tmp_path / "thorax.dcm", a_chest()[0], BodyPartExamined=part, ViewPosition="AP")
    image = read_volume(add_volume(slicer_scene, read_image(path)))
    assert (image.kind, image.modality, image.body_part, image.view) == ("still", "CR", part, "AP")
    task = find_task("pneumonia-xray", trained=False)
    if message:
        with pytest.raises(InputError, match=message):
            task.warnings_for(image)
    else:
        assert "thorax: the view is AP." in task.warnings_for(image)


def test_the_findings_are_a_table_with_the_probability_and_the_caution(slicer_scene):
    mask = np.zeros((80, 100, 1), np.uint8)
    mask[10:30, 20:60], mask[50:70, 20:60], mask[12:22, 50:58] = 2, 3, 1
    node = slicer_scene.AddNewNodeByClass("vtkMRMLSegmentationNode", "thorax")
    task = find_task("pneumonia-xray", trained=False)
    measure = measure_of(task)
    for probabilities in (np.repeat((mask == 1)[None] * np.float16(0.8), 3, axis=0), None):
        segmentation = Segmentation(mask, np.eye(4), task.labels, probabilities, calibrated=False)
        table = write_shown(node, measure.shown(measure.measure(segmentation, task), task), task)
        cells = [table.GetCellText(row, 0) for row in range(table.GetNumberOfRows())]
        assert cells[:7] == [region.name for region in measure.measure(segmentation, task).regions]
        assert table.GetCellText(cells.index("right lung"), 1) == "10.0"
        assert task.warnings[0] in cells
        start = "No probability" if probabilities is None else "Probability of pneumonia 0."
        assert any(cell.startswith(start) for cell in cells)
    assert slicer_scene.GetNumberOfNodesByClass("vtkMRMLTableNode") == 1
