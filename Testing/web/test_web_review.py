"""A person works on a scan, in real Chromium: open, segment, review, correct, export, open again."""

from __future__ import annotations

import csv

import nibabel as nib
import numpy as np
import pytest

from SegAssistLib.io import read_mask


def mask(path) -> np.ndarray:
    return read_mask(path).array


def test_the_downloaded_mask_is_that_of_the_command_line(segmented, segassist, scan, tmp_path):
    for quality in ("best", "quick"):
        output = tmp_path / quality
        assert (
            segassist("segment", scan, "--task", "ms-lesion", "--output", output, "--quality", quality).code
            == 0
        )
        segmented.click(f"#{quality}")
        segmented.segment()
        segmented.forget_message()
        downloaded = segmented.save("nii.gz", tmp_path)
        assert downloaded.name == "scan_seg.nii.gz"
        assert downloaded.read_bytes() == (output / "scan_seg.nii.gz").read_bytes()
        table = segmented.save("csv", tmp_path)
        assert table.read_bytes() == (output / "scan_findings.csv").read_bytes()


def test_a_scan_that_is_dragged_onto_the_page_is_segmented(desk, scan):
    assert "Choose a volume" in desk.page.inner_text("#missing")
    assert desk.page.is_disabled("#segment-all")
    desk.drop(scan)
    desk.wait("volumes.length === 1 && !missing")
    assert desk.page.inner_text("#scan-detail") == "256 x 256 x 20, 0.9 x 0.9 x 7 mm"
    assert desk.state("task") == "ms-lesion"
    desk.click("#segment-all")
    desk.page.wait_for_selector("#run")
    desk.wait("progress.startsWith('Slice ')")
    desk.wait("!running && lesions.length > 5")
    assert desk.milliliters() == pytest.approx(
        sum(float(row["size"]) for row in desk.state("lesions")) / 1000, abs=0.02
    )


def test_a_cancelled_run_changes_nothing_and_the_next_one_works(segmented, big_scan):
    segmented.open(big_scan)
    segmented.click("#segment-all")
    segmented.wait("percent > 2")
    segmented.click("#cancel")
    segmented.wait("!running")
    assert not segmented.state("has_result")
    assert segmented.page.is_enabled("#segment-all")
    segmented.page.evaluate(f"trame.state.set('PanelState__volume', {segmented.state('volumes')[0]['id']!r})")
    segmented.wait("has_result && lesions.length > 5")
    segmented.segment()


def test_a_single_slice_can_be_segmented(scanned, tmp_path):
    scanned.click("#segment-slice")
    scanned.wait("!running && has_result")
    scanned.forget_message()
    slices = np.flatnonzero(mask(scanned.save("nii.gz", tmp_path)).any(axis=(0, 1)))
    assert len(slices) == 1


def test_a_lesion_that_is_chosen_is_shown_in_every_view(segmented):
    before = segmented.offsets()
    segmented.page.click("#lesions tbody tr:nth-child(3)")
    segmented.wait("selected === 3")
    segmented.page.wait_for_function(f"() => trame.state.state.Red__SliderState__value !== {before[0]}")
    third = segmented.offsets()
    assert all(abs(a - b) > 0.5 for a, b in zip(before, third, strict=True))
    segmented.press("n")
    segmented.wait("selected === 4")
    assert segmented.offsets() != third
    segmented.press("p")
    segmented.wait("selected === 3")
    assert segmented.offsets() == third
    segmented.click("#previous")
    segmented.click("#previous")
    segmented.click("#previous")
    segmented.wait("selected === lesions.length")


def test_the_row_of_the_lesion_in_sight_is_in_sight(segmented):
    segmented.page.evaluate("document.querySelector('.sa-table').style.maxHeight = '104px'")
    for key, lesion in (("p", "lesions.length"), ("n", "1")):  # from the first to the last, and back
        segmented.press(key)
        segmented.wait(f"selected === {lesion}")
        segmented.page.wait_for_function(
            """() => {
              const box = (what) => document.querySelector(what).getBoundingClientRect();
              const row = box("tr.sa-selected");
              return row.top >= box("#lesions th").bottom - 1 && row.bottom <= box(".sa-table").bottom + 1;
            }"""
        )


def test_after_a_lesion_is_deleted_the_one_that_followed_is_shown(segmented):
    count = len(segmented.state("lesions"))
    segmented.page.click("#lesions tbody tr:nth-child(4)")
    segmented.wait("selected === 4")
    fourth = segmented.offsets()
    segmented.press("p")
    segmented.wait("selected === 3")
    segmented.page.click("#lesions tbody tr:nth-child(3) .mdi-delete-outline")
    segmented.wait(f"lesions.length === {count - 1} && selected === 3")
    assert segmented.offsets() == fourth


def test_a_stroke_changes_the_volume_by_what_was_painted_and_undo_brings_it_back(segmented, tmp_path):
    before = mask(segmented.save("nii.gz", tmp_path))
    milliliters = segmented.milliliters()
    x, y, _, height = segmented.view()
    segmented.page.click("#tools .mdi-brush")
    segmented.drag((x - 30, y + height / 4), (x + 30, y + height / 4))
    segmented.wait("stale")
    segmented.click("#update")
    segmented.wait("!stale")
    after = mask(segmented.save("nii.gz", tmp_path))
    added = (after != 0) & (before == 0)
    assert added.sum() > 20
    assert np.array_equal(after[before != 0], before[before != 0])
    assert len(np.flatnonzero(added.any(axis=(0, 1)))) == 1  # the brush paints in one slice
    assert segmented.milliliters() == pytest.approx(
        milliliters + added.sum() * 0.9 * 0.9 * 7 / 1000, abs=0.011
    )
    segmented.press("Control+z")
    segmented.page.wait_for_function(
        f"() => document.querySelector('#totals').innerText.includes('{milliliters:.2f} ml')"
    )
    assert np.array_equal(mask(segmented.save("nii.gz", tmp_path)), before)
    segmented.press("Control+Shift+Z")
    segmented.wait("!stale")
    segmented.click("#undo")
    segmented.click("#redo")
    segmented.wait(f"lesions.length && total !== '{milliliters:.2f} ml'")
    assert np.array_equal(mask(segmented.save("nii.gz", tmp_path)), after)


def test_one_undo_covers_segment_threshold_and_delete(segmented):
    lesions = len(segmented.state("lesions"))
    total = segmented.state("total")
    segmented.page.click("#lesions tbody tr:nth-child(1) .mdi-delete-outline")
    segmented.wait(f"lesions.length === {lesions - 1}")
    segmented.page.focus(".sa-threshold [role=slider]")
    for _ in range(20):
        segmented.press("ArrowRight")
    segmented.wait("threshold > 0.8")
    segmented.page.wait_for_function(f"() => trame.state.state.PanelState__lesions.length < {lesions - 1}")
    segmented.page.locator("body").press("Control+z")
    segmented.wait(f"threshold < 0.7 && lesions.length === {lesions - 1}")
    segmented.segment()
    segmented.wait(f"lesions.length === {lesions}")
    segmented.click("#undo")
    segmented.wait(f"lesions.length === {lesions - 1}")
    segmented.click("#undo")
    segmented.wait(f"total === '{total}'")
    assert segmented.page.is_disabled("#undo")


def test_the_threshold_finds_more_or_less_and_goes_back(segmented):
    first = segmented.state("total")
    track = segmented.page.locator(".sa-threshold .v-slider").bounding_box()
    x, y = track["x"], track["y"] + track["height"] / 2
    segmented.drag((x + track["width"] * 0.66, y), (x + track["width"] * 0.2, y))
    segmented.wait("threshold < 0.35")
    segmented.wait(f"parseFloat(total) > {first.split()[0]}")
    segmented.press("Control+z")
    segmented.wait(f"total === '{first}' && threshold === 0.65")


def test_a_reviewed_lesion_stays_reviewed_when_others_change(segmented):
    segmented.page.click("#lesions tbody tr:nth-child(2) input")
    segmented.wait("reviewed === 1 && lesions[1].reviewed")
    size = segmented.state("lesions")[1]["size"]
    segmented.page.click("#lesions tbody tr:nth-child(1) .mdi-delete-outline")
    segmented.wait("lesions[0].reviewed")
    assert segmented.state("lesions")[0]["size"] == size
    segmented.page.click("#lesions tbody tr:nth-child(1) input")
    segmented.wait("reviewed === 0")


def test_keys_work_on_the_page_and_not_while_typing(segmented):
    segmented.press("m")
    segmented.wait("!mask_visible")
    segmented.press("M")
    segmented.wait("mask_visible")
    segmented.press("?")
    segmented.page.wait_for_selector("#keys")
    segmented.press("Escape")
    segmented.wait("!help")
    segmented.page.get_by_text("Segments and display").click()
    field = segmented.page.locator("#tools .v-list-item input").first
    field.click()
    field.press("m")
    field.press("n")
    segmented.press("Escape")
    segmented.page.get_by_text("Segments and display").click()
    assert segmented.state("mask_visible")
    assert segmented.state("selected") == 0


def test_every_kind_of_export_is_a_file_of_that_kind(segmented, tmp_path):
    with segmented.save("csv", tmp_path).open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(segmented.state("lesions")) + 1
    assert segmented.save("png", tmp_path).read_bytes().startswith(b"\x89PNG")
    assert segmented.save("seg.nrrd", tmp_path).read_bytes().startswith(b"NRRD")
    image = nib.load(segmented.save("nii.gz", tmp_path))
    assert image.shape == (256, 256, 20)


def test_a_saved_scene_is_opened_as_it_was_left(segmented, tmp_path):
    segmented.page.click("#lesions tbody tr:nth-child(2) .mdi-delete-outline")
    segmented.page.click("#lesions tbody tr:nth-child(3) input")
    segmented.wait("reviewed === 1")
    left = {name: segmented.state(name) for name in ("lesions", "total", "threshold", "task", "volumes")}
    scene = segmented.save("mrb", tmp_path)
    assert scene.name == "scan.mrb"
    segmented.close_all()
    segmented.choose(scene)
    segmented.wait("has_result && !opening")
    for name in ("lesions", "total", "threshold", "task"):
        assert segmented.state(name) == left[name], name
    assert [volume["detail"] for volume in segmented.state("volumes")] == [left["volumes"][0]["detail"]]
    assert not segmented.state("no_threshold")
    segmented.page.focus(".sa-threshold [role=slider]")
    segmented.press("ArrowLeft")
    segmented.press("ArrowLeft")
    segmented.wait(f"threshold < {left['threshold']} - 0.015")


def test_a_left_handed_scan_has_the_slices_of_its_file_also_in_a_saved_scene(
    desk, left_handed_scan, tmp_path
):
    desk.open(left_handed_scan)
    desk.segment()
    desk.forget_message()
    lesions, exported = desk.state("lesions"), desk.save("nii.gz", tmp_path).read_bytes()
    scene = desk.save("mrb", tmp_path)
    desk.close_all()
    desk.choose(scene)
    desk.wait("has_result && !opening")
    assert desk.state("lesions") == lesions
    assert desk.save("nii.gz", tmp_path).read_bytes() == exported


def test_a_mask_can_be_drawn_by_hand(scanned, tmp_path):
    scanned.click("#start-empty")
    scanned.wait("has_result")
    x, y, _, height = scanned.view()
    scanned.page.click("#tools .mdi-brush")
    scanned.drag((x - 20, y + height / 4), (x + 20, y + height / 4))
    scanned.wait("stale")
    scanned.click("#update")
    scanned.wait("lesions.length === 1")
    assert mask(scanned.save("nii.gz", tmp_path)).sum() > 20


def test_a_scan_without_lesions_is_said_to_have_none(desk, tmp_path):
    places = np.meshgrid(*(np.linspace(-1, 1, n) for n in (128, 128, 20)), indexing="ij")
    inside = sum(place**2 for place in places) < 0.8
    array = np.where(inside, 300, 0) + np.random.default_rng(0).normal(0, 8, inside.shape)
    nib.save(
        nib.Nifti1Image(array.astype(np.int16), np.diag([-1.8, -1.8, 7, 1])), tmp_path / "healthy.nii.gz"
    )
    desk.open(tmp_path / "healthy.nii.gz")
    desk.segment()
    assert "Nothing was found." in desk.message()
    assert desk.page.inner_text("#totals").startswith("0 lesions, 0.00 ml")
    desk.forget_message()
    assert not mask(desk.save("nii.gz", tmp_path)).any()
    desk.press("n")
    assert desk.page.is_disabled("#next")
