"""Single pictures in the panel: an X-ray with its table, probability and caution."""

from __future__ import annotations

import pytest

pytest.importorskip("onnx", reason="onnx makes the network of these tests, and it is not installed")


@pytest.fixture
def with_xray(tmp_path, monkeypatch, request):
    """The panel with an X-ray chosen, and a task for it whose network looks at brightness alone."""
    from picture_bundles import lungs, write_pneumonia
    from xray_files import write_xray

    from SegAssistLib.io import read_image
    from SegAssistLib.scene.volumes import add_volume
    from SegAssistLib.task import list_tasks, read_task

    task = read_task(write_pneumonia(tmp_path / "bundles"))
    monkeypatch.setitem(list_tasks(), task.name, task)
    desktop = request.getfixturevalue("desktop")  # the panel lists the tasks when it is opened
    volume = add_volume(desktop.scene, read_image(write_xray(tmp_path / "thorax.dcm", lungs())))
    desktop.settle()
    desktop.choose(desktop.ui.inputSelector.box, volume.GetName())
    return desktop


def test_an_x_ray_shows_its_probability_the_shares_and_the_caution(with_xray):
    from picture_bundles import CAUTION

    ui = with_xray.ui
    assert ui.taskComboBox.currentText == "Test of pneumonia-xray"
    assert f"⚠ {CAUTION}" in ui.noticeLabel.text
    with_xray.segment_all()
    assert ui.shownPart.isVisible()
    assert not ui.lesionPart.isVisible()
    table = ui.shownTable
    shares = {table.item(row, 0).text(): table.item(row, 1).text() for row in range(table.rowCount)}
    assert shares["right lung"] == f"{100 * 200 / 2100:.1f}"
    assert shares["left lung"] == "0.0"
    assert "Opacity 1, right lung: x 20, y 60, 10 x 20 pixels" in ui.shownNotes.text
    assert ui.totalsLabel.text.startswith("Probability of pneumonia 0.")
    assert f"⚠ {CAUTION}" in ui.noticeLabel.text


def test_an_x_ray_is_exported_as_mask_table_and_picture(with_xray, tmp_path):
    with_xray.segment_all()
    with_xray.do(lambda: setattr(with_xray.ui.exportFolderButton, "directory", str(tmp_path / "out")))
    with_xray.click(with_xray.ui.exportButton)
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"thorax_seg.png", "thorax_findings.csv", "thorax_overlay.png"} <= names
