"""A person works on single pictures and on tasks that are nothing but a folder, in real Chromium."""

from __future__ import annotations

import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest
from bundled import context, server, tabs  # noqa: F401 - fixtures
from served import Desk, program
from xray_files import write_xray

from SegAssistLib.io import video

pytest.importorskip("onnx", reason="onnx makes the networks of these tests, and it is not installed")

from picture_bundles import CAUTION, lungs, spots, write_pneumonia, write_spots

SIXTH = "mole-photo"
RESTRICTED, TERMS = "spot-photo", "For research alone."


@pytest.fixture(scope="module")
def bundles(tmp_path_factory) -> Path:
    """X-rays, and tasks of which no line of the program knows."""
    folder = tmp_path_factory.mktemp("bundles")
    write_pneumonia(folder)
    write_spots(folder, SIXTH, "mole")
    write_spots(folder, RESTRICTED, "spot", terms=TERMS)
    return folder


def by_command(bundles: Path, path: Path, task: str, output: Path) -> Path:
    command = ["segment", path, "--task", task, "--overlay", "--output", output]
    subprocess.run([*program(bundles), *map(str, command)], check=True, capture_output=True)
    return output


def test_an_x_ray_shows_its_probability_the_shares_and_the_caution(desk, bundles, tmp_path):
    path = write_xray(tmp_path / "thorax.dcm", lungs())
    desk.open(path)
    assert desk.state("task") == "pneumonia-xray"
    desk.segment()
    assert desk.page.inner_text("#shown-title").startswith("Probability of pneumonia 0.")
    rows = [row.inner_text().split("\t") for row in desk.page.locator("#shown tbody tr").all()]
    shares = {row[0].strip(): float(row[1]) for row in rows}
    assert shares["right lung"] == pytest.approx(100 * 200 / 2100, abs=0.06)
    assert shares["left lung"] == 0
    assert "Opacity 1, right lung: x 20, y 60, 10 x 20 pixels" in desk.page.inner_text("#notes")
    assert desk.page.inner_text("#findings .sa-caution") == CAUTION
    output = by_command(bundles, path, "pneumonia-xray", tmp_path / "output")
    for kind, name in (("seg.png", "seg.png"), ("csv", "findings.csv"), ("png", "overlay.png")):
        assert desk.save(kind, tmp_path).read_bytes() == (output / f"thorax_{name}").read_bytes()


def test_a_moved_threshold_is_that_of_the_label_that_the_slider_showed(desk, tmp_path):
    desk.open(write_xray(tmp_path / "thorax.dcm", lungs()))
    desk.segment()
    assert desk.state("label") == "opacity"
    desk.page.evaluate(
        """() => {
            const slider = document.querySelector(".sa-threshold [role=slider]");
            slider.dispatchEvent(new KeyboardEvent("keydown", {key: "ArrowRight", bubbles: true}));
            trame.state.set("PanelState__label", "right lung");  // in the same moment
        }"""
    )
    desk.wait("label === 'right lung' && threshold === 0.5")
    desk.page.evaluate("trame.state.set('PanelState__label', 'opacity')")
    desk.wait("threshold === 0.51")


def test_an_x_ray_and_its_mask_are_opened_from_the_command_line(serve, chromium, bundles, tmp_path):
    path = write_xray(tmp_path / "thorax.dcm", lungs(), SeriesDescription="CHEST PA", SeriesNumber=4)
    output = by_command(bundles, path, "pneumonia-xray", tmp_path / "output")
    own = chromium.new_context()
    desk = Desk(own, serve(path, "--results", output, bundles=bundles).address)
    desk.wait("has_result && volumes[0].name === 'thorax'")
    assert "Opacity 1, right lung: x 20, y 60, 10 x 20 pixels" in desk.page.inner_text("#notes")
    own.close()


def test_a_sixth_task_is_a_folder_and_finds_its_own_things_in_a_picture(desk, bundles, tmp_path):
    picture, inside = spots()
    path = tmp_path / "arm.png"
    cv2.imwrite(str(path), picture[..., ::-1])
    desk.open(path)
    assert desk.state("task") == SIXTH
    desk.segment()
    assert desk.page.inner_text("#totals").startswith(f"2 moles, {inside.sum()} pixels")
    titles = [title.inner_text() for title in desk.page.locator("#lesions th").all()]
    assert [title for title in titles if title] == ["pixels", "reviewed"]
    assert desk.page.locator(".sa-caution").count() == 0
    output = by_command(bundles, path, SIXTH, tmp_path / "output")
    assert desk.save("seg.png", tmp_path).read_bytes() == (output / "arm_seg.png").read_bytes()


def test_the_terms_of_a_task_are_accepted_once_before_its_first_run(desk, tmp_path):
    cv2.imwrite(str(tmp_path / "arm.png"), spots()[0][..., ::-1])
    desk.open(tmp_path / "arm.png")
    desk.page.evaluate(f"trame.state.set('PanelState__task', '{RESTRICTED}')")
    desk.wait(f"task === '{RESTRICTED}' && !missing")
    desk.click("#segment-all")
    assert TERMS in desk.page.inner_text("#terms")
    desk.click("#terms-no")
    assert "were not accepted" in desk.message()
    desk.forget_message()
    assert not desk.state("running")
    desk.click("#segment-all")
    desk.click("#terms-accept")
    desk.wait("!running && has_result")
    desk.segment()  # and is not asked again


def test_a_sixth_task_plays_a_film_with_its_masks_and_goes_to_a_frame(desk, tmp_path):
    picture, _ = spots()
    clear = np.full_like(picture, (200, 140, 150))
    path = tmp_path / "walk.mp4"
    video.write(path, [clear, picture, clear, picture], np.arange(4) / 5)
    desk.open(path)
    assert desk.state("task") == SIXTH
    desk.segment()
    desk.forget_message()
    assert desk.page.inner_text("#totals").startswith("mole in 2 of 4 frames")
    rows = desk.state("lesions")
    assert sorted(row["slices"] for row in rows) == ["1", "1", "3", "3"]
    if desk.state("playing", "PlayerState"):
        desk.click("#play")
    last = next(row["id"] for row in rows if row["slices"] == "3")
    desk.page.locator("#lesions tbody tr").nth(last - 1).locator("td").first.click()
    desk.wait("player.frame === 3 && !player.playing")
