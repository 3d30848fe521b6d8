"""What can go wrong around a page, in real Chromium: each ends in a sentence, and what was open is kept."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import zipfile
from concurrent.futures import ThreadPoolExecutor

import cv2
import nibabel as nib
import numpy as np
import psutil
import pytest
from dicom_phantom import write_classic_series
from served import WINDOW, Desk, until
from trame_server.state import State
from translated import write_german

from SegAssistLib.web.messages import Messages
from SegAssistLib.web.state import PanelState

AFFINE = np.diag([-1.0, -1.0, 3.0, 1.0])


def test_everything_that_the_page_shows_comes_from_its_own_server(segmented, server):
    segmented.click("#help")
    segmented.page.wait_for_selector("#keys")
    own = (server.origin, server.origin.replace("http", "ws"), "blob:", "data:")
    assert [address for address in segmented.requests if not address.startswith(own)] == []
    icons = segmented.page.locator("link[rel=icon]").evaluate_all("icons => icons.map((icon) => icon.href)")
    assert icons == [f"{server.origin}/segassist/static/favicon.svg"]
    segmented.press("Escape")
    segmented.wait("!help")


def test_a_page_load_gives_no_error_in_the_console(scanned, context, server):
    again = Desk(context, server.address)
    again.wait(f"volume === {scanned.state('volume')!r} && volumes.length === 1")
    assert again.console == []
    again.page.close()


def test_the_empty_page_says_what_to_do_first(desk):
    assert "Drop a scan or a clip here to begin" in desk.page.inner_text("#invitation")
    assert desk.page.inner_text("#research-use") == "Research use only. Not for diagnosis."
    for button in ("#segment-all", "#segment-slice", "#undo", "#export-nii-gz", "#export-mrb"):
        assert desk.page.is_disabled(button), button


def test_the_page_speaks_the_language_of_the_environment(chromium, serve, tmp_path, monkeypatch):
    library = ("scene.assistant", "Choose a volume first.")
    page = ("web.panel", "Open a scan first.")
    german = {
        library: "Zuerst ein Volumen wählen.",
        page: """Erst "öffnen", dann 'sichern' & <fertig> {{ `""",
    }
    write_german(tmp_path, german)
    (tmp_path / "Bundles").mkdir()
    monkeypatch.setenv("LANGUAGE", "de")
    server = serve(bundles=tmp_path / "Bundles")
    with chromium.new_context(base_url=server.origin, **WINDOW) as context:
        shown = Desk(context, server.address).page
        assert shown.inner_text("#missing") == german[library]
        button = shown.locator("#export-mrb")
        assert shown.locator("span", has=button).get_attribute("title") == german[page]


def test_a_second_tab_takes_over_and_the_first_can_take_it_back(segmented, context, server):
    total = segmented.state("total")
    second = Desk(context, server.address)
    second.wait(f"total === '{total}'")
    segmented.page.wait_for_selector("text=Open in another tab")
    segmented.page.click("text=Use it here")
    second.page.wait_for_selector("text=Open in another tab")
    segmented.wait(f"total === '{total}'")
    segmented.press("n")
    segmented.wait("selected === 1")
    second.page.close()


def test_a_tab_that_crashed_is_opened_again_with_everything(segmented, context, server):
    total = segmented.state("total")
    crashing = Desk(context, server.address)
    crashing.wait(f"total === '{total}'")
    crashing.page.evaluate("setTimeout(() => trame.trigger('next'), 0)")
    crashing.wait("selected === 1")
    with pytest.raises(Exception, match="crash"):
        crashing.page.goto("chrome://crash")
    crashing.page.close()
    again = Desk(context, server.address)
    again.wait(f"total === '{total}' && selected === 1")
    again.segment()
    again.page.close()


def test_another_browser_never_sees_the_scene(scanned, chromium, server):
    assert scanned.state("volumes")
    stranger = chromium.new_context()
    page = stranger.new_page()
    page.goto(server.address)
    assert "open in another browser" in page.inner_text("body")
    assert "segassist serve --port" in page.inner_text("body")
    assert "scan" not in page.content()
    stranger.close()


def test_a_worker_that_was_killed_is_a_message_and_the_next_run_works(segmented, big_scan, server):
    segmented.open(big_scan)
    segmented.click("#segment-all")
    segmented.wait("percent > 2")
    (worker,) = server.workers()
    os.kill(worker, signal.SIGKILL)
    assert "ended unexpectedly" in segmented.message()
    segmented.wait("!running")
    assert len(segmented.state("volumes")) == 2
    segmented.forget_message()
    segmented.click("#segment-slice")
    segmented.wait("has_result && !running")


def test_a_scan_that_is_closed_during_its_run_is_a_message(scanned, big_scan):
    scanned.open(big_scan)
    scanned.click("#segment-all")
    scanned.wait("percent > 1")
    scanned.close_scan()
    assert "was removed during the run" in scanned.message()
    scanned.wait("!running && volumes.length === 1 && !missing")
    scanned.segment()


def test_another_scan_can_be_opened_during_a_run(scanned, big_scan, scan):
    scanned.open(big_scan)
    big = scanned.state("volume")
    scanned.click("#segment-all")
    scanned.wait("percent > 1")
    scanned.choose(scan)
    scanned.wait("volumes.length === 3")
    assert scanned.state("volume") != big
    assert "The mask of big is ready" in scanned.message()
    assert not scanned.state("has_result")
    scanned.page.evaluate(f"trame.state.set('PanelState__volume', {big!r})")
    scanned.wait("has_result && lesions.length")


def test_too_large_an_upload_is_refused_in_the_page(scanned, tmp_path):
    (tmp_path / "large.nii").write_bytes(bytes(2000))
    limit = scanned.page.evaluate("document.documentElement.dataset.maxUpload")
    assert limit == str(2**30)
    scanned.page.evaluate("document.documentElement.dataset.maxUpload = 1000")
    scanned.drop(tmp_path / "large.nii")
    assert "is more than" in scanned.message()
    scanned.forget_message()
    scanned.page.evaluate(f"document.documentElement.dataset.maxUpload = {limit}")
    scanned.segment()


@pytest.fixture
def study(tmp_path):
    """Two DICOM series in a zip, the second with a cut-off slice if asked for."""

    def pack(damaged: bool):
        voxels = np.arange(32 * 24 * 6, dtype=np.int16).reshape(32, 24, 6)
        write_classic_series(tmp_path / "a", voxels, AFFINE, number=1, description="FLAIR")
        slices = write_classic_series(tmp_path / "b", voxels, AFFINE, number=2, description="T1")
        if damaged:
            slices[3].write_bytes(slices[3].read_bytes()[:500])
        path = tmp_path / "study.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for file in (*(tmp_path / "a").iterdir(), *(tmp_path / "b").iterdir()):
                archive.write(file, f"study/{file.parent.name}/{file.name}")
        return path

    return pack


def test_of_several_series_one_is_chosen(desk, study):
    desk.choose(study(damaged=False))
    desk.page.wait_for_selector("#choices")
    assert [choice["title"] for choice in desk.state("choices")] == ["FLAIR", "T1"]
    desk.page.get_by_text("T1", exact=True).click()
    desk.wait("volumes.length === 1 && !opening")
    assert desk.page.inner_text("#scan-detail") == "32 x 24 x 6, 1 x 1 x 3 mm"


def test_what_was_uploaded_is_removed_once_it_was_read_or_is_not_wanted(desk, study, scan, server, tmp_path):
    def nothing_lies_there():
        until(lambda: list(server.temporary.glob("segassist-*/*")) == [], "the end of the files")

    (tmp_path / "letter.nii").write_bytes(b"hello")
    desk.choose(tmp_path / "letter.nii")
    assert desk.message()
    nothing_lies_there()
    for wanted in ("None of these", "T1"):
        desk.choose(study(damaged=False))
        desk.page.wait_for_selector("#choices")
        assert server.files()
        desk.page.get_by_text(wanted, exact=True).click()
        nothing_lies_there()
    desk.wait("volumes.length === 1 && !opening")
    desk.open(scan)
    nothing_lies_there()
    desk.segment()
    mask, scene = desk.save("nii.gz", tmp_path), desk.save("mrb", tmp_path)
    stated = nib.load(scan).header["sform_code"], nib.load(scan).header["qform_code"]
    assert (nib.load(mask).header["sform_code"], nib.load(mask).header["qform_code"]) == stated
    exported = mask.read_bytes()
    desk.close_all()
    desk.choose(scene)
    desk.wait("has_result && !opening")
    nothing_lies_there()
    again = desk.save("mrb", tmp_path)  # of what is open alone
    desk.close_all()
    desk.choose(again)
    desk.wait("volumes.length === 2 && has_result && !opening")
    assert desk.save("nii.gz", tmp_path).read_bytes() == exported
    nothing_lies_there()


def test_of_a_disc_everything_is_listed_and_what_is_left_out_is_said(desk, tmp_path):
    disc = tmp_path / "disc"
    write_classic_series(
        disc / "DICOM", np.arange(32 * 24 * 6).reshape(32, 24, 6), AFFINE, description="FLAIR"
    )
    for name in ("logo.png", "HELP/page1.png", "HELP/page2.png"):
        (disc / name).parent.mkdir(exist_ok=True)
        cv2.imwrite(str(disc / name), np.zeros((40, 50), np.uint8))
    (disc / "viewer.exe").write_bytes(b"MZ")
    with desk.page.expect_file_chooser() as dialog:
        desk.click("#open-folder")
    dialog.value.set_files(str(disc))
    desk.page.wait_for_selector("#choices")
    assert [(choice["title"], choice["detail"]) for choice in desk.state("choices")] == [
        ("FLAIR", "MR, 6 files"),
        ("HELP", "clip of 2 pictures"),
        ("logo", "picture"),
    ]
    assert desk.message() == "Left out: viewer.exe."
    desk.page.get_by_text("FLAIR", exact=True).click()
    desk.wait("volumes.length === 1 && volumes[0].name === 'disc'")


def test_a_damaged_study_is_a_message(scanned, study, server):
    scanned.choose(study(damaged=True))
    said = scanned.message()
    assert "damaged or cut-off DICOM file" in said
    assert str(server.temporary) not in said
    assert len(scanned.state("volumes")) == 1
    scanned.forget_message()
    scanned.segment()


def test_a_file_that_is_no_image_is_a_message(scanned, tmp_path):
    (tmp_path / "letter.txt").write_text("hello")
    scanned.choose(tmp_path / "letter.txt")
    assert scanned.message().startswith("letter.txt is of no known kind")


def test_an_unforeseen_error_is_a_message_without_names(scanned, server):
    scanned.page.evaluate("trame.trigger('say', []).catch(() => null)")  # its sentence is missing
    assert "Something went wrong in SegAssist (TypeError" in scanned.message()
    scanned.forget_message()
    scanned.segment()
    assert "Traceback" not in server.log.read_text()


def test_scans_and_their_masks_are_opened_from_the_command_line(serve, chromium, segassist, scan, tmp_path):
    assert segassist("segment", scan, "--task", "ms-lesion", "--output", tmp_path).code == 0
    server = serve(scan, "--results", tmp_path)
    context = chromium.new_context(accept_downloads=True)
    desk = Desk(context, server.address)
    desk.wait("has_result && lesions.length > 5")
    assert "came from a file" in desk.state("no_threshold")
    mask = desk.save("nii.gz", tmp_path / "downloaded")
    assert mask.read_bytes() == (tmp_path / "scan_seg.nii.gz").read_bytes()
    desk.segment()
    assert desk.state("no_threshold") == ""
    (worker,) = server.workers()
    assert server.stop(signal.SIGINT) == 0
    until(lambda: not psutil.pid_exists(worker), "the end of the worker")
    assert list(server.temporary.glob("segassist-*")) == []
    assert "scan" not in server.log.read_text()
    desk.page.wait_for_selector("text=Connection lost")
    serve(port=server.port)
    desk.page.wait_for_selector("text=Open the whole address")  # the page found the new one by itself
    context.close()


def test_the_mask_of_another_scan_of_the_same_name_is_not_shown(
    serve, chromium, segassist, scan, phantom, tmp_path
):
    assert segassist("segment", scan, "--task", "ms-lesion", "--output", tmp_path).code == 0
    other = tmp_path / "other patient" / scan.name
    other.parent.mkdir()
    nib.save(nib.Nifti1Image(phantom.array[:, :, ::-1], phantom.affine), other)
    desk = Desk(chromium.new_context(), serve(other, "--results", tmp_path).address)
    assert f"was made from another image, {scan}" in desk.message()
    assert not desk.state("has_result")


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP])
def test_the_server_takes_its_worker_and_files_with_it(serve, scan, how):
    server = serve(scan)
    (worker,) = until(server.workers, "the worker")
    server.stop(how)
    until(lambda: not psutil.pid_exists(worker), "the end of the worker")
    assert list(server.temporary.glob("segassist-*")) == []


@pytest.mark.parametrize(
    ("error", "logged"),
    [
        (RuntimeError("Doe^Jane"), "RuntimeError at test_web_page.py"),
        (ConnectionResetError("a closed tab"), ""),
    ],
)
def test_what_no_one_waited_for_is_logged_without_its_text(error, logged, caplog, tmp_path):
    async def fail() -> None:
        raise error

    async def start() -> None:
        asyncio.get_running_loop().set_exception_handler(messages.unhandled)
        task = asyncio.get_running_loop().create_task(fail())
        await asyncio.sleep(0.01)
        del task
        gc.collect()

    messages = Messages(State(), PanelState(), tmp_path)
    with ThreadPoolExecutor(1) as thread:  # the browser's own loop runs in this one
        thread.submit(asyncio.run, start()).result()
    assert caplog.text.count("ERROR") == bool(logged)
    assert logged in caplog.text
    assert str(error) not in caplog.text
