"""The tests of this folder run in one process of their own, and each is reported here as usual.

Qt, VTK's windows and Slicer's global names belong to a whole process and end with it; no other test shall
meet them. To run them in the process at hand, as a debugger or a measurement of coverage needs it:

    SEGASSIST_DESKTOP_REPORTS=/dev/null pytest Testing/desktop
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

REPORTS = "SEGASSIST_DESKTOP_REPORTS"  # names the file for the reports; set where these tests really run
HERE = Path(__file__).parent

found = pytest.StashKey[dict[str, list[dict]]]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item):
    """Report what the other process found, after running it at the first test."""
    if HERE not in item.path.parents or REPORTS in os.environ:
        return None
    stash, hook = item.session.stash, item.ihook
    if found not in stash:
        names = [other.nodeid for other in item.session.items if HERE in other.path.parents]
        stash[found] = run_elsewhere(names, item.config.rootpath)
    hook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in stash[found].get(item.nodeid, []):
        report = hook.pytest_report_from_serializable(config=item.config, data=report)
        hook.pytest_runtest_logreport(report=report)
    if item.nodeid not in stash[found]:
        message = "The process of the desktop tests ended before this test did; what it said is above."
        report = pytest.TestReport(item.nodeid, item.location, {}, "failed", message, "call")
        hook.pytest_runtest_logreport(report=report)
    hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def run_elsewhere(names: list[str], root: Path) -> dict[str, list[dict]]:
    """Run these tests; the reports of each that came to its end."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "reports"
        file.touch()
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *names]
        environment = os.environ | {REPORTS: str(file)}
        ended = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
        if ended.returncode not in (0, 1):  # 1: a test failed, which its report says
            print(f"\nThe desktop tests ended with {ended.returncode}.\n{ended.stdout}{ended.stderr}")
        reports: dict[str, list[dict]] = {}
        for line in file.read_text(encoding="utf-8").splitlines():
            report = json.loads(line)
            reports.setdefault(report["nodeid"], []).append(report)
    return {name: parts for name, parts in reports.items() if parts[-1]["when"] == "teardown"}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if REPORTS in os.environ:
        data = item.config.hook.pytest_report_to_serializable(config=item.config, report=report)
        with Path(os.environ[REPORTS]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(data) + "\n")
    return report


@pytest.fixture
def desktop(tmp_path):
    """Slicer's desktop with SegAssist's panel open and an empty scene."""
    from desktop_slicer import Desktop

    desktop = Desktop(tmp_path / "settings")
    desktop.open()
    yield desktop
    desktop.close()


@pytest.fixture
def with_scan(desktop, scan):
    """The phantom loaded from its file, as by File > Add data."""
    import slicer.util

    slicer.util.loadVolume(str(scan))
    desktop.settle()
    return desktop


@pytest.fixture
def with_result(with_scan):
    """The phantom, segmented."""
    with_scan.segment_all()
    return with_scan
