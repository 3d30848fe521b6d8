"""A person works on an ultrasound clip, in real Chromium: open, play, segment, compare, correct, export."""

from __future__ import annotations

import csv
import io
import subprocess
import zipfile
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from bundled import context, server, tabs  # noqa: F401 - fixtures
from served import Desk, program, until

from SegAssistLib.io import read_image, read_mask, video
from SegAssistLib.web.player import Rate

pytest.importorskip("onnx", reason="onnx makes the networks of these tests, and it is not installed")

from tiny_bundle import write_bundle

COUNT, BLACK, RATE = 24, 9, 12.0
ARTERY, VEIN = 130, 230  # grey levels, of which the network of these tests knows the vessels
SHOWS_A_MASK = """() => {
    const img = document.querySelector(".sa-stage img");
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [256, 256];
    const context = canvas.getContext("2d");
    context.drawImage(img, 0, 0, 256, 256);
    const data = context.getImageData(0, 0, 256, 256).data;
    let count = 0;
    for (let n = 0; n < data.length; n += 4) count += data[n] > data[n + 1] + 30;
    return count > 20;
}"""


def film(count: int = COUNT) -> np.ndarray:
    """Frames ``(frame, row, column)``: an artery of one size, and a vein that is pressed and let go."""
    rng = np.random.default_rng(1)
    frames = rng.integers(20, 70, (count, 96, 128)).astype(np.uint8)
    for n, frame in enumerate(frames):
        pressed = np.sin(np.pi * n / (count - 1))
        cv2.circle(frame, (35, 50), 14, ARTERY, -1)
        cv2.ellipse(frame, (88, 50), (20, round(20 - 15 * pressed)), 0, 0, 360, VEIN, -1)
    if count == COUNT:
        frames[BLACK] = 0
    return frames


def write_pictures(folder: Path, frames: np.ndarray) -> Path:
    folder.mkdir(parents=True)
    for n, frame in enumerate(frames):
        cv2.imwrite(str(folder / f"{n}.png"), frame)
    return folder


@pytest.fixture(scope="module")
def bundles(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("bundles")
    labels = {"artery": 0.35, "vein": 0.75}
    write_bundle(folder, "vessels", labels, kinds=["frames", "still"])
    return folder


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("clip") / "leg.mp4"
    pictures = (np.repeat(frame[..., None], 3, axis=2) for frame in film())
    video.write(path, pictures, np.arange(COUNT) / RATE)
    return path


@pytest.fixture
def opened(desk, clip) -> Desk:
    """The page, with the clip open."""
    desk.open(clip)
    return desk


@pytest.fixture
def segmented(opened) -> Desk:
    """The page, with the clip segmented and standing at its first frame."""
    opened.segment()
    opened.forget_message()
    opened.press("Home")
    if opened.state("playing", "PlayerState"):
        opened.click("#play")
    opened.wait("!player.playing && vessels.rows.length === 2")
    opened.go(0)
    opened.wait("!stale")
    return opened


def select_vein(desk: Desk) -> None:
    """Show the vein's two frames; by way of the artery, so that it is seen when the page has the answer."""
    for name in ("artery", "vein"):
        desk.page.click(f"#vessels span:text-is('{name}')")
        desk.wait(f"vessels.selected === '{name}'")


def vessel(desk: Desk, name: str) -> dict[str, str]:
    return next(row for row in desk.state("rows", "VesselsState") if row["name"] == name)


def areas(table: bytes, name: str) -> list[int | None]:
    """A vessel's area in every frame, of the table of frames."""
    rows = csv.DictReader(io.StringIO(table.decode("utf-8-sig")))
    return [int(row[f"{name}_area_pixels"] or 0) for row in rows]


def tables(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_frames_that_come_in_a_burst_are_counted_by_the_time_that_they_had(monkeypatch):
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr("SegAssistLib.web.player.monotonic", lambda: clock.now)
    rate = Rate()
    for clock.now in (100.6, 100.6001):
        rate.note()
    assert rate.per_second == pytest.approx(2 / 0.6, rel=0.01)
    for clock.now in 101 + np.arange(100) / 25:
        rate.note()
    assert rate.per_second == pytest.approx(25, rel=0.03)


def test_a_clip_plays_at_its_own_pace_and_begins_again(opened):
    assert opened.page.inner_text("#scan-detail") == "128 x 96, 24 frames, pixel size unknown"
    assert "12 frames/s" in opened.page.inner_text("#pace")
    opened.press(" ")
    opened.wait("player.playing && player.frame > 3")
    opened.wait("player.frame > 20")
    opened.wait("player.frame < 5")
    opened.press(" ")
    opened.wait("!player.playing")


def test_a_clip_that_shall_not_begin_again_stops_at_its_last_frame(opened):
    opened.click("#loop")
    opened.press("End")
    opened.press("ArrowLeft")
    opened.wait(f"player.frame === {COUNT - 2}")
    opened.click("#play")
    opened.wait(f"!player.playing && player.frame === {COUNT - 1}")
    opened.click("#loop")


def test_keys_and_wheel_step_through_the_frames(opened):
    for key, frame in (("ArrowRight", 1), ("ArrowRight", 2), ("ArrowLeft", 1), ("End", 23), ("Home", 0)):
        opened.press(key)
        opened.wait(f"player.frame === {frame}")
    box = opened.page.locator(".sa-stage").bounding_box()
    opened.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    opened.page.mouse.wheel(0, 100)
    opened.wait("player.frame === 1")


def test_one_view_shows_a_clip_and_four_show_a_volume(opened, scan):
    assert opened.page.locator(".layout-grid-item").count() == 1
    opened.choose(scan)
    opened.page.wait_for_function("() => document.querySelectorAll('.layout-grid-item').length === 4")
    assert opened.page.locator("#player").count() == 0


def test_a_run_plays_and_shows_each_mask_as_it_is_computed(desk, tmp_path):
    desk.open_folder(write_pictures(tmp_path / "long", np.repeat(np.repeat(film(240), 5, axis=1), 5, axis=2)))
    desk.click("#segment-all")
    desk.wait("running && player.playing && player.frame > 1")
    desk.page.wait_for_function(SHOWS_A_MASK)
    assert desk.state("running")
    assert not desk.state("has_result")
    desk.wait("progress.includes('frames/s computed')")
    desk.click("#cancel")
    desk.wait("!running")
    assert not desk.state("has_result")
    desk.page.wait_for_function(f"() => !({SHOWS_A_MASK})()")


def test_files_are_those_of_the_command_line(segmented, clip, bundles, tmp_path):
    output = tmp_path / "output"
    command = ["segment", clip, "--task", "vessels", "--overlay", "--output", output]
    subprocess.run([*program(bundles), *map(str, command)], check=True, capture_output=True)
    assert segmented.save("nii.gz", tmp_path).read_bytes() == (output / "leg_seg.nii.gz").read_bytes()
    film, expected = (
        read_image(path).array.astype(int)
        for path in (segmented.save("mp4", tmp_path), output / "leg_overlay.mp4")
    )
    assert np.abs(film - expected).mean() < 1  # the encoder's threads do not always share the work alike
    packed = tables(segmented.save("csv", tmp_path)) | tables(segmented.save("png", tmp_path))
    assert packed == {name: (output / name).read_bytes() for name in packed}
    assert sorted(packed) == ["leg_curve.png", "leg_frames.csv", "leg_overlay.png", "leg_vessels.csv"]


def test_the_table_says_how_far_the_vein_falls_and_which_frames_were_left_out(segmented):
    vein = vessel(segmented, "vein")
    fall = 100 * (1 - int(vein["smallest"]) / int(vein["largest"]))
    assert float(vein["change"]) == pytest.approx(fall, abs=0.06)
    assert 60 < fall < 80
    assert float(vessel(segmented, "artery")["change"]) < 10
    assert vein["status"] == "measured in 23 of 24 frames, 1 screened out"
    assert segmented.page.inner_text("#vessel-summary").endswith("24 frames, 1 screened out")
    segmented.go(BLACK)
    assert segmented.page.inner_text("#screened") == "Left out: black: nothing was recorded"
    assert segmented.page.locator("#curve .sa-screened title").text_content().startswith(f"Frame {BLACK}: ")


def test_a_click_on_the_curve_shows_that_frame_and_a_drag_takes_it_along(segmented):
    box = segmented.page.locator("#curve").bounding_box()

    def at(frame: int) -> tuple[float, float]:
        return box["x"] + box["width"] * (frame + 0.5) / COUNT, box["y"] + box["height"] / 2

    segmented.page.mouse.click(*at(17))
    segmented.wait("player.frame === 17")
    segmented.drag(at(3), at(12))
    segmented.wait("player.frame === 12")
    cursor = segmented.page.locator(".sa-cursor").bounding_box()
    assert cursor["x"] == pytest.approx(at(12)[0], abs=2)


def test_the_two_frames_are_chosen_by_hand_and_by_the_program_again(segmented):
    select_vein(segmented)
    first = vessel(segmented, "vein")
    segmented.go(6)
    segmented.click("#smallest-here")
    segmented.wait("vessels.by_hand && vessels.pictures[1].frame === 6")
    assert vessel(segmented, "vein")["smallest"] != first["smallest"]
    segmented.page.click("#pictures button:first-child")
    largest = segmented.state("pictures", "VesselsState")[0]["frame"]
    segmented.wait(f"player.frame === {largest}")
    segmented.click("#smallest-here")  # the same frame twice
    assert "chosen twice" in segmented.message()
    segmented.forget_message()
    segmented.click("#automatic")
    segmented.wait("!vessels.by_hand")
    assert vessel(segmented, "vein") == first


def test_another_vessel_is_chosen_for_a_label(segmented):
    artery, vein = segmented.state("rows", "VesselsState")
    title = next(
        each["title"]
        for each in segmented.state("candidates", "VesselsState")
        if each["track"] == artery["track"]
    )
    assert title.startswith(f"{artery['track']}: artery, 23 frames, ")
    select_vein(segmented)
    select = segmented.page.locator("#vessels select")
    assert select.input_value() == str(vein["track"])
    select.select_option(label=title)
    segmented.wait("vessels.notes.includes('vein: A person chose this vessel.')")
    assert vessel(segmented, "vein")["largest"] == artery["largest"]
    assert vessel(segmented, "artery")["largest"] == vein["largest"], "exchanged"
    assert select.input_value() == str(artery["track"])
    select.select_option(value=str(vein["track"]))
    segmented.wait("!vessels.notes.some((note) => note.includes('A person chose'))")
    assert segmented.state("rows", "VesselsState") == [artery, vein]


def test_a_threshold_of_the_users_own_is_called_experimental(segmented):
    segmented.page.fill("#compared", "50 %")
    segmented.press("Enter")
    segmented.wait("vessels.notes.some((note) => note.includes('Experimental, threshold 50.0%'))")
    segmented.page.fill("#compared", "much")
    segmented.press("Enter")
    assert "'much' is no percentage" in segmented.message()


def paint_at_the_artery(page):
    """One stroke from within the artery to below it: what lies apart from a vessel does not count for it."""
    x, y, width, height = page.view_box()
    page.page.click("#tools .mdi-brush")
    left = x - 0.22 * width
    page.drag((left, y), (left, y + 0.2 * height))
    page.wait("stale")
    here = page.state("frame", "PlayerState")
    page.go(here + 1)  # comes after the whole stroke
    page.go(here)


def test_a_stroke_changes_its_own_frame_alone_and_is_taken_back_there(segmented, tmp_path):
    before = tables(segmented.save("csv", tmp_path))["leg_frames.csv"]
    segmented.go(5)
    paint_at_the_artery(segmented)
    segmented.go(14)
    assert segmented.state("stale")
    segmented.click("#update")
    segmented.wait("!stale")
    after = tables(segmented.save("csv", tmp_path))["leg_frames.csv"]
    changed = np.array(areas(after, "artery")) - areas(before, "artery")
    assert list(np.flatnonzero(changed)) == [5]
    assert changed[5] > 5
    assert areas(after, "vein") == areas(before, "vein")
    segmented.click("#undo")
    segmented.wait("player.frame === 5 && !stale")
    assert tables(segmented.save("csv", tmp_path))["leg_frames.csv"] == before
    segmented.click("#redo")
    segmented.wait("!stale")
    assert tables(segmented.save("csv", tmp_path))["leg_frames.csv"] == after


def test_a_second_run_is_one_step_of_undo_for_all_frames(segmented, tmp_path):
    segmented.go(5)
    paint_at_the_artery(segmented)
    painted = read_mask(segmented.save("nii.gz", tmp_path)).array
    segmented.segment()
    segmented.forget_message()
    segmented.click("#play")
    segmented.wait("!player.playing")
    assert not np.array_equal(read_mask(segmented.save("nii.gz", tmp_path)).array, painted)
    segmented.click("#undo")
    until(
        lambda: np.array_equal(read_mask(segmented.save("nii.gz", tmp_path)).array, painted),
        "what was painted",
    )


def test_a_single_frame_can_be_segmented(opened, tmp_path):
    opened.go(7)
    opened.click("#segment-slice")
    opened.wait("!running && has_result")
    opened.forget_message()
    found = read_mask(opened.save("nii.gz", tmp_path)).array.any(axis=(0, 1))
    assert list(np.flatnonzero(found)) == [7]


def test_a_saved_scene_is_taken_up_where_it_was_left(segmented, tmp_path):
    select_vein(segmented)
    segmented.go(6)
    segmented.click("#smallest-here")
    segmented.wait("vessels.by_hand")
    rows = segmented.state("rows", "VesselsState")
    scene = segmented.save("mrb", tmp_path)
    segmented.close_scan()
    segmented.wait("!has_result && !volumes.length")
    segmented.choose(scene)
    segmented.wait("has_result && !opening && vessels.rows.length === 2")
    assert segmented.state("rows", "VesselsState") == rows
    assert segmented.state("count", "PlayerState") == COUNT
    segmented.press(" ")
    segmented.wait("player.playing && player.frame > 8")
    segmented.press(" ")
    segmented.wait("!player.playing")


def test_a_still_picture_has_areas_and_no_curve(desk, tmp_path):
    cv2.imwrite(str(tmp_path / "still.png"), film()[0])
    desk.open(tmp_path / "still.png")
    assert desk.page.inner_text("#scan-detail") == "128 x 96, pixel size unknown"
    desk.segment()
    assert vessel(desk, "artery")["status"] == "measured"
    assert int(vessel(desk, "vein")["largest"]) == pytest.approx(np.pi * 20 * 20, rel=0.1)
    for absent in ("#curve", "#player", "#pictures", "#segment-slice"):
        assert desk.page.locator(absent).count() == 0, absent


def test_pictures_that_are_chosen_together_are_no_clip(desk, tmp_path):
    folder = write_pictures(tmp_path / "pictures", film()[:2])
    desk.open(*sorted(folder.iterdir()))
    desk.wait("volumes.length === 2 && kind === 'still'")


def test_a_damaged_clip_is_a_sentence(opened, clip, tmp_path):
    (tmp_path / "cut.mp4").write_bytes(clip.read_bytes()[:-3000])
    opened.choose(tmp_path / "cut.mp4")
    assert opened.message().startswith("cut.mp4 is no video, cut off or damaged")
    assert len(opened.state("volumes")) == 1


def test_a_clip_and_its_mask_are_opened_from_the_command_line(serve, chromium, bundles, tmp_path):
    folder = write_pictures(tmp_path / "leg", film())
    output = tmp_path / "output"
    command = ["segment", folder, "--task", "vessels", "--output", output]
    subprocess.run([*program(bundles), *map(str, command)], check=True, capture_output=True)
    other = serve(folder, "--results", output, bundles=bundles)
    own = chromium.new_context(accept_downloads=True)
    desk = Desk(own, other.address)
    desk.wait("has_result && vessels.rows.length === 2 && player.count === 24")
    assert "came from a file" in desk.state("no_threshold")
    assert desk.save("nii.gz", tmp_path).read_bytes() == (output / "leg_seg.nii.gz").read_bytes()
    desk.press(" ")
    desk.wait("player.playing && player.frame > 2")
    own.close()
    other.stop()
    assert "Traceback" not in other.log.read_text()
