"""The worker: a real process gives what `segment` gives, stops when it is asked, and never stays behind."""

from __future__ import annotations

import gc
import io
import json
import os
import subprocess
import sys
import time
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from SegAssistLib.image import Image
from SegAssistLib.inference import segment
from SegAssistLib.inference.messages import Message, describe, described_image, read_message, write_message
from SegAssistLib.inference.segment import segment_slice
from SegAssistLib.inference.worker import Event, Failed, Finished, Progress, SliceDone, Stopped, Worker
from SegAssistLib.measure.tracking import Tracking
from SegAssistLib.phantom import flair_phantom
from SegAssistLib.results import measure_of
from SegAssistLib.task import read_task

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 60  # after which something that should happen counts as not happening


@pytest.fixture(scope="module")
def worker(task):
    shared = Worker(sys.executable)
    shared.warm(task)
    yield shared
    shared.close()


@pytest.fixture
def cold():
    """A worker whose process has not been started."""
    own = Worker(sys.executable)
    yield own
    own.close()


@pytest.fixture(scope="module")
def thin() -> Image:
    """A small head with cubic voxels, which ``best`` cuts three ways."""
    return flair_phantom((72, 88, 56), (2.5, 2.5, 2.5), lesions=4)[0]


@pytest.fixture(scope="module")
def long() -> Image:
    """A volume that takes long enough to be interrupted; what it shows does not matter."""
    array = np.random.default_rng(0).integers(0, 500, (160, 200, 160), np.int16)
    return Image(array, np.eye(4), modality="MR", name="long")


def events(worker: Worker, image: Image, task, **settings) -> list[Event]:
    """Everything that a face would be told about a job."""
    worker.submit(image, task, **settings)
    told: list[Event] = []
    end = time.monotonic() + SECONDS
    while worker.busy:
        told += worker.poll()
        assert time.monotonic() < end
    return told


def until_progress(worker: Worker) -> None:
    """Poll until the network is at work."""
    while not any(isinstance(event, Progress) for event in worker.poll()):
        assert worker.busy


def assert_same(found, expected) -> None:
    assert np.array_equal(found.array, expected.array)
    assert found.probabilities.dtype == np.float16
    assert np.array_equal(found.probabilities.view(np.uint16), expected.probabilities.view(np.uint16))


def assert_gone(pid: int) -> None:
    end = time.monotonic() + SECONDS
    while psutil.pid_exists(pid):
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("quality", ["quick", "best"])
@pytest.mark.parametrize("name", ["phantom", "thin"])
def test_the_worker_finds_bit_for_bit_what_segment_finds(worker, task, quality, name, request):
    image = request.getfixturevalue(name)
    told = events(worker, image, task, quality=quality, first_slice=(2, image.grid[2] // 2))
    expected = segment(image, task, quality=quality)
    result = told[-1].segmentation
    assert expected.array.any()
    assert_same(result, expected)
    assert result.affine is image.affine
    assert result.labels is task.labels
    assert (told[-1].backend, told[-1].model_sha256) == ("onnxruntime", task.weights["onnx"].sha256)
    assert told[-1].seconds["network"] > 0


def test_pixels_in_any_memory_order_and_number_type_arrive(worker, task, thin):
    for array in (
        np.asfortranarray(thin.array),
        np.flip(np.ascontiguousarray(np.flip(thin.array, 1)), 1),  # runs backwards
        thin.array.astype(">f4"),
        np.repeat(thin.array, 2, axis=0)[::2],  # has gaps
    ):
        image = replace(thin, array=array)
        done = events(worker, image, task, quality="quick")[-1]
        assert_same(done.segmentation, segment(image, task, quality="quick"))


def test_a_second_job_finds_the_network_loaded_and_sends_no_pixels_for_the_same_key(worker, task, phantom):
    first = events(worker, phantom, task, quality="quick", key="scan")[-1]
    process = psutil.Process(worker.pid)
    read = process.io_counters().read_chars
    second = events(worker, phantom, task, quality="quick", key="scan")[-1]
    assert worker.pid == process.pid
    assert process.io_counters().read_chars - read < phantom.array.nbytes / 100
    assert_same(second.segmentation, first.segmentation)


def test_a_key_stands_for_pixels_alone(worker, task, thin):
    """A volume may be moved in the scene between two clicks, and another one may be clicked."""
    events(worker, thin, task, quality="quick", key="clicked")
    turned = replace(thin, affine=thin.affine[[1, 0, 2, 3]])
    assert_same(
        events(worker, turned, task, quality="quick", key="clicked")[-1].segmentation,
        segment(turned, task, quality="quick"),
    )
    other = replace(thin, array=thin.array[::-1])
    assert_same(
        events(worker, other, task, quality="quick", key="other")[-1].segmentation,
        segment(other, task, quality="quick"),
    )


def test_a_job_that_fails_early_leaves_its_pixels_to_the_next(worker, task, thin, tmp_path):
    events(worker, thin, task, quality="quick", key="before")
    other = replace(thin, array=thin.array[::-1])
    (told,) = events(worker, other, replace(task, folder=tmp_path), quality="quick", key="clicked")
    assert isinstance(told, Failed)
    assert_same(
        events(worker, other, task, quality="quick", key="clicked")[-1].segmentation,
        segment(other, task, quality="quick"),
    )


def test_progress_counts_to_the_total_and_a_poll_tells_the_newest_alone(worker, task, thin):
    worker.submit(thin, task)
    steps = []
    while worker.busy:
        news = [event for event in worker.poll() if isinstance(event, Progress)]
        assert len(news) <= 1
        steps += news
    done = [step.done for step in steps]
    assert done == sorted(set(done))
    assert done[-1] == steps[-1].total
    assert steps[-1].seconds_left == 0
    assert all((step.seconds_left is None) == (step.done < 3) for step in steps)


@pytest.mark.parametrize(("quality", "visible"), [("quick", (2, 30)), ("best", (0, 40)), ("best", (1, 0))])
def test_the_visible_slice_comes_first(worker, task, thin, quality, visible):
    first, *_, last = events(worker, thin, task, quality=quality, first_slice=visible)
    axis, index = visible
    assert isinstance(first, SliceDone)
    assert (first.axis, first.index) == visible
    expected = segment_slice(thin, task, visible, quality=quality).array
    assert np.array_equal(first.array, np.moveaxis(expected, axis, 0)[index])
    assert first.array.any() == (index > 0)
    assert_same(last.segmentation, segment(thin, task, quality=quality))


def test_a_view_that_is_not_cut_has_no_first_look(worker, task, phantom):
    told = events(worker, phantom, task, quality="quick", first_slice=(0, 128))
    assert not any(isinstance(event, SliceDone) for event in told)
    assert isinstance(told[-1], Finished)


def test_a_single_slice_is_that_of_the_whole_run_and_nothing_else(worker, task, phantom):
    whole = segment(phantom, task, quality="quick")
    index = int(whole.array.sum(axis=(0, 1)).argmax())
    first, last = events(worker, phantom, task, quality="quick", first_slice=(2, index), only_slice=True)
    found = last.segmentation
    assert first.array.any()
    assert np.array_equal(first.array, found.array[:, :, index])
    for volume in (found.array, *found.probabilities):
        assert not np.delete(volume, index, axis=2).any()
    assert np.array_equal(found.probabilities[..., index], whole.probabilities[..., index])


def plain(tracking: Tracking) -> dict:
    """All of it, in types that can be compared."""
    tracks = [
        vars(track) | {"regions": [vars(each) | {"where": each.where.tolist()} for each in track.regions]}
        for track in tracking.tracks
    ]
    return vars(tracking) | {"tracks": tracks}


def test_the_frames_of_a_clip_are_judged_and_its_vessels_followed_as_their_measure_does(worker, tmp_path):
    pytest.importorskip("onnx", reason="onnx makes the network of this test, and it is not installed")
    from tiny_bundle import write_bundle

    vessels = read_task(write_bundle(tmp_path, "vessels", {"artery": 0.4, "vein": 0.8}))
    array = np.random.default_rng(0).integers(20, 60, (60, 50, 9), np.uint8)
    array[10:20, 10:20] = 130
    for n in range(9):
        array[30 : 50 - n, 20:40, n] = 230
    array[45:47, 5:7, 4] = 230  # a false region
    array[..., 6] = 0
    clip = Image(array, np.eye(4), kind="frames", modality="US")
    settings = {"quality": "quick", "key": "clip", "follow": True}
    done = events(worker, clip, vessels, **settings)[-1]
    expected = measure_of(vessels).measure(done.segmentation, vessels, clip)
    assert done.frame_quality == expected.quality
    assert [each.reason is None for each in done.frame_quality].count(False) == 1
    assert plain(done.tracking) == plain(expected.tracking)
    assert [track.kept for track in done.tracking.tracks] == [True, True, False]
    alone = events(worker, clip, vessels, first_slice=(2, 3), only_slice=True, **settings)[-1]
    assert (alone.frame_quality, alone.tracking) == (done.frame_quality, None)
    plainly = events(worker, clip, vessels, quality="quick", key="clip")[-1]
    assert (plainly.frame_quality, plainly.tracking) == (None, None)


def test_a_single_slice_of_another_view_is_refused_with_the_views_that_can_be_segmented(
    worker, task, phantom
):
    (told,) = events(worker, phantom, task, first_slice=(0, 100), only_slice=True)
    assert isinstance(told, Failed)
    assert "single sagittal slice" in told.message
    assert "choose the axial view" in told.message


def test_an_image_that_the_task_is_not_for_fails_with_its_sentence(worker, task, phantom):
    (told,) = events(worker, replace(phantom, modality="CT"), task)
    assert told == Failed(
        "phantom: its modality is CT, and the task ms-lesion works on MR alone; choose another task or file."
    )


def test_an_error_of_ours_is_named_in_one_sentence_and_the_process_goes_on(worker, task, phantom):
    pid = worker.pid
    (told,) = events(worker, replace(phantom, array=phantom.array[..., 0]), task)
    assert told.message.startswith("Segmenting failed (")
    assert "\n" not in told.message
    assert isinstance(events(worker, phantom, task, quality="quick")[-1], Finished)
    assert worker.pid == pid


def test_a_busy_worker_takes_no_second_job(worker, task, thin):
    worker.submit(thin, task)
    with pytest.raises(RuntimeError, match="busy"):
        worker.submit(thin, task)
    assert isinstance(worker.wait(), Finished)
    assert worker.poll() == []
    with pytest.raises(RuntimeError, match="nothing to do"):
        worker.wait()


def test_a_cancelled_job_stops_and_the_same_process_takes_the_next(worker, task, long, thin):
    worker.submit(long, task)
    until_progress(worker)
    pid = worker.pid
    worker.cancel()
    assert worker.wait() == Stopped()
    assert_same(
        events(worker, thin, task, quality="quick")[-1].segmentation, segment(thin, task, quality="quick")
    )
    assert worker.pid == pid


def test_a_job_is_cancelled_before_the_process_has_even_started(cold, task, long, thin):
    cold.submit(long, task)
    cold.cancel()
    assert cold.wait() == Stopped()
    assert isinstance(events(cold, thin, task, quality="quick")[-1], Finished)


def test_a_late_cancel_does_not_touch_the_next_job(worker, task, thin):
    events(worker, thin, task, quality="quick")
    worker.cancel()
    assert isinstance(events(worker, thin, task, quality="quick")[-1], Finished)


@pytest.mark.parametrize("sending", [True, False])
def test_a_process_that_does_not_listen_is_killed(cold, task, long, thin, sending):
    cold.warm(task)
    if sending:  # the pixels do not fit into the pipe
        events(cold, thin, task, quality="quick")
        psutil.Process(cold.pid).suspend()
        cold.submit(long, task)
    else:
        cold.submit(long, task)
        until_progress(cold)
        psutil.Process(cold.pid).suspend()
    pid = cold.pid
    cold.cancel()
    assert cold.wait() == Stopped()
    assert_gone(pid)
    assert isinstance(events(cold, thin, task, quality="quick")[-1], Finished)


def test_a_killed_process_is_a_sentence_and_the_next_job_works(cold, task, long, thin):
    cold.submit(long, task, key="long")
    until_progress(cold)
    psutil.Process(cold.pid).kill()
    told = cold.wait()
    assert told == Failed(
        "The segmentation process ended unexpectedly (out of memory?); close other programs or choose quick, "
        "and click again."
    )
    assert isinstance(events(cold, thin, task, quality="quick")[-1], Finished)


def test_a_process_that_is_killed_below_slicers_launcher_is_the_same_sentence(tmp_path, task, long):
    launcher = tmp_path / "PythonSlicer"  # which hides the signal
    launcher.write_text(
        f'#!/bin/sh\n"{sys.executable}" "$@" && exit 0\ncode=$?\n[ $code -lt 128 ] && exit $code\n'
        'echo "error: [/opt/Slicer/bin/python-real] exit abnormally - Report the problem." >&2\nexit 1\n'
    )
    launcher.chmod(0o700)
    worker = Worker(str(launcher))
    worker.submit(long, task)
    until_progress(worker)
    (process,) = psutil.Process(worker.pid).children()
    process.kill()
    assert "out of memory?" in worker.wait().message
    worker.close()


def test_a_process_that_dies_between_two_jobs_is_not_noticed(cold, task, thin):
    first = events(cold, thin, task, quality="quick", key="scan")[-1]
    process = psutil.Process(cold.pid)
    process.kill()
    assert_gone(process.pid)
    assert_same(events(cold, thin, task, quality="quick", key="scan")[-1].segmentation, first.segmentation)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux limits another process's memory")
@pytest.mark.parametrize(
    "spare", [4 << 20, 24 << 20]
)  # too little for the pixels, and for what comes of them
def test_too_little_memory_is_a_sentence_and_the_next_job_works(cold, task, long, thin, spare):
    events(cold, thin, task, quality="quick")
    process = psutil.Process(cold.pid)
    limit = process.memory_info().vms + spare
    process.rlimit(psutil.RLIMIT_AS, (limit, limit))
    (told,) = [event for event in events(cold, long, task, quality="quick") if isinstance(event, Failed)]
    assert (
        told.message == "There was not enough memory for this image; close other programs, and click again."
    )
    assert isinstance(events(cold, thin, task, quality="quick")[-1], Finished)


def test_an_interpreter_that_does_not_work_is_a_sentence(task, thin, tmp_path):
    missing = tmp_path / "python"
    assert events(Worker(str(missing)), thin, task) == [
        Failed(f"{missing} cannot be started; install SegAssist again.")
    ]


def test_an_installation_that_lacks_something_says_what(cold, task, thin, tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['numpy'] = None\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (told,) = events(cold, thin, task)
    assert told.message.startswith("The segmentation process cannot be started (ModuleNotFoundError: ")
    assert "numpy" in told.message


def test_what_libraries_print_does_not_disturb(cold, task, thin, tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(
        "import os, threading, time\n"
        "print('at the start', 'x' * 200_000, flush=True)\n"
        "os.write(2, b'x' * 200_000)\n"
        "def chatter():\n"
        "    while True:\n"
        "        print('a library', os.write(1, b'x' * 1000), flush=True)\n"
        "        time.sleep(0.001)\n"
        "threading.Thread(target=chatter, daemon=True).start()\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = events(cold, thin, task, quality="quick")[-1].segmentation
    assert_same(found, segment(thin, task, quality="quick"))


def test_closing_ends_the_process_and_its_job(cold, task, long):
    cold.submit(long, task)
    until_progress(cold)
    pid = cold.pid
    cold.close()
    assert not psutil.pid_exists(pid)
    assert not cold.busy
    assert cold.pid is None


def test_a_worker_that_nobody_holds_any_more_ends_its_process(task):
    forgotten = Worker(sys.executable)
    forgotten.warm(task)
    pid = forgotten.pid
    del forgotten
    gc.collect()
    assert_gone(pid)


@pytest.mark.parametrize("state", ["at work", "waiting"])
@pytest.mark.parametrize("end", ["killed", "finished"])
def test_an_application_that_ends_leaves_no_process_behind(end, state):
    program = (
        "import sys, numpy as np\n"
        "from SegAssistLib.image import Image\n"
        "from SegAssistLib.inference.worker import Progress, Worker\n"
        "from SegAssistLib.task import find_task\n"
        "worker = Worker(sys.executable)\n"
        "array = np.random.default_rng(0).integers(0, 500, (160, 200, 160), np.int16)\n"
        "worker.submit(Image(array, np.eye(4), modality='MR'), find_task('ms-lesion'))\n"
        "while not any(isinstance(event, Progress) for event in worker.poll()):\n"
        "    pass\n"
        "if sys.argv[1] == 'waiting':\n"
        "    worker.cancel()\n"
        "    worker.wait()\n"
        "print(worker.pid, flush=True)\n"
        "sys.stdin.read()\n"
    )
    application = subprocess.Popen(
        [sys.executable, "-c", program, state],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    pid = int(application.stdout.readline())
    assert psutil.pid_exists(pid)
    if end == "killed":
        application.kill()
    application.communicate()
    assert (application.returncode == 0) == (end == "finished")
    assert_gone(pid)


def test_the_process_opens_no_socket(worker, task, thin):
    events(worker, thin, task, quality="quick")
    assert psutil.Process(worker.pid).net_connections(kind="all") == []


def test_the_applications_own_environment_is_left_alone(cold, task):
    before = dict(os.environ)
    cold.warm(task)
    assert dict(os.environ) == before


def test_an_image_arrives_with_all_that_is_known_of_it():
    """Every field has a value of its own here, also one that is added to the class later."""
    affine = np.random.default_rng(0).normal(size=(4, 4))
    image = Image(
        np.zeros((2, 3, 4)),
        affine,
        "frames",
        False,
        "US",
        1 / 3,
        "größer",
        (0.0, 0.1, 0.3),
        ("Read.",),
        body_part="CHEST",
        view="PA",
    )
    assert all(getattr(image, each.name) != each.default for each in fields(image)[2:])
    arrived = described_image(image.array, json.loads(json.dumps(describe(image))))
    assert np.array_equal(arrived.affine, affine)
    for each in fields(image)[2:]:
        assert getattr(arrived, each.name) == getattr(image, each.name)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((0, 3, 2), np.uint8),
        np.float16(np.arange(24)).reshape(2, 3, 4).transpose(2, 0, 1),
        np.arange(24, dtype=">i2").reshape(4, 6)[::-2, ::3],
        np.broadcast_to(np.float64(7), (2, 5)),
    ],
)
def test_an_array_arrives_as_it_was_sent(array):
    pipe = io.BytesIO()
    write_message(pipe, Message("kind", {"text": "größer"}, (array, array)))
    pipe.seek(0)
    arrived = read_message(pipe)
    assert (arrived.kind, arrived.fields) == ("kind", {"text": "größer"})
    for each in arrived.arrays:
        assert each.dtype == array.dtype
        assert np.array_equal(each, array)
    with pytest.raises(EOFError):
        read_message(pipe)
