"""The legend of an overlay: it gives the sizes of the tables, for every measure and kind of image."""

from __future__ import annotations

import numpy as np
import pytest
from picture_bundles import LEFT, RIGHT, lungs, write_pneumonia, write_spots
from tiny_bundle import write_bundle

from SegAssistLib.image import Image
from SegAssistLib.labels import Segmentation
from SegAssistLib.report import overlay
from SegAssistLib.results import measure_of
from SegAssistLib.task import Task, read_task

pytest.importorskip("onnx", reason="onnx makes the networks of these tests, and it is not installed")


def legend(monkeypatch, folder, task: Task, kind: str, mask: np.ndarray, spacing: float | None) -> list[str]:
    """The texts beside the labels' colours."""
    affine = np.diag([spacing or 1, spacing or 1, 1, 1])
    image = Image(np.full(mask.shape, 90, np.uint8), affine, kind, spacing is not None, name="a")
    segmentation = Segmentation(mask, affine, task.labels, calibrated=image.calibrated)
    measure, texts = measure_of(task), []
    findings = measure.measure(segmentation, task)
    write = overlay.write_text
    monkeypatch.setattr(
        overlay, "write_text", lambda page, text, *rest: texts.append(text) or write(page, text, *rest)
    )
    measure.write_pictures(folder, image, segmentation, findings, task)
    names = tuple(label.name for label in task.labels)
    return [text for text in texts if text.startswith(names)][: len(names)]  # the curve's come after them


@pytest.mark.parametrize(
    ("spacing", "expected"),
    [
        (None, ["opacity 200 pixels", "right lung 2100 pixels", "left lung 2100 pixels"]),
        (0.5, ["opacity 50 mm2", "right lung 525 mm2", "left lung 525 mm2"]),
    ],
)
def test_a_lung_counts_with_what_an_opacity_hides_of_it(monkeypatch, tmp_path, spacing, expected):
    task = read_task(write_pneumonia(tmp_path))
    values = {0: 0, RIGHT: 2, LEFT: 3, 105: 1}
    mask = np.vectorize(lambda grey: values.get(grey, 0))(lungs()).astype(np.uint8).T[..., None]
    assert legend(monkeypatch, tmp_path, task, "still", mask, spacing) == expected


def test_areas_of_a_picture_are_in_the_unit_of_its_table(monkeypatch, tmp_path):
    task, mask = read_task(write_spots(tmp_path)), np.zeros((60, 60, 1), np.uint8)
    mask[10:20, 10:20] = mask[40, 40] = 1
    assert legend(monkeypatch, tmp_path, task, "still", mask, 0.2) == ["polyp 101 pixels"]


def test_a_vessel_counts_without_what_was_not_followed_as_it(monkeypatch, tmp_path):
    labels = {"artery": 0.6, "vein": 0.85}
    task = read_task(write_bundle(tmp_path, "vessel-ultrasound", labels, kinds=["frames", "still"]))
    mask = np.zeros((60, 60, 12), np.uint8)
    mask[10:30, 10:30, 2:] = 2
    mask[50:53, 50:53, 0] = 2  # a short false region
    assert legend(monkeypatch, tmp_path, task, "frames", mask, 0.2) == [
        "artery not found",
        "vein in 10 of 12 frames",
    ]
