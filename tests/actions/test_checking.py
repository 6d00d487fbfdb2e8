"""Checks over a project: only what changed, what broke, and what a killed run leaves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from review_app import actions
from review_app.errors import WrongUsage
from review_app.traces.trace import encode

from ..builders import a_trace

# Writes down each call, so that a test can count them, and sleeps where it is told to.
COUNTING = """
import time
from pathlib import Path
CALLS = Path(__file__).with_name("calls.txt")
VERSION = 1

def short(trace, most=9, sleep=0.0):
    time.sleep(sleep)
    with CALLS.open("a") as file:
        file.write(trace.trace_id + "\\n")
    return len(trace.output) <= most

def fragile(trace):
    if not Path(__file__).with_name("key.txt").exists():
        raise OSError("no key")
    return True
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    actions.init(folder)
    (folder / "mine.py").write_text(COUNTING)
    declared(folder, "{name: short, type: mine.short}", "{name: words, type: required_pattern, pattern: Answer}")
    ingested(folder, *range(40))
    return folder


def declared(project: Path, *entries: str) -> None:
    path = project / "checks.yaml"
    before = path.stat().st_mtime_ns
    path.write_text("checks:\n" + "".join(f"  - {entry}\n" for entry in entries))
    os.utime(path, ns=(before + 10**9,) * 2)


def ingested(project: Path, *numbers: int, end: str = "") -> None:
    lines = [encode(a_trace(f"t-{n:02d}", output=f"Answer {n}{end}")) for n in numbers]
    (project.parent / "traces.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    actions.ingest(project, [project.parent / "traces.jsonl"])


def calls(project: Path) -> list[str]:
    """The traces the function was called with since the last time this was asked."""
    path = project / "calls.txt"
    found = path.read_text().split() if path.exists() else []
    path.unlink(missing_ok=True)
    return found


def test_only_what_changed_runs_again(project: Path) -> None:
    first = actions.run_checks(project)
    assert (first.ran, first.traces) == (80, 40)
    assert calls(project) == [f"t-{n:02d}" for n in range(40)]
    assert actions.run_checks(project).ran == 0
    assert calls(project) == []
    # three traces changed, one is new
    ingested(project, 3, 4, 5, 40, end="!")
    assert actions.run_checks(project).ran == 8
    assert calls(project) == ["t-03", "t-04", "t-05", "t-40"]
    # another parameter of one check
    declared(project, "{name: short, type: mine.short}", "{name: words, type: required_pattern, pattern: An}")
    assert actions.run_checks(project).ran == 41
    assert calls(project) == []
    # other code
    (project / "mine.py").write_text(COUNTING.replace("VERSION = 1", "VERSION = 2"))
    os.utime(project / "mine.py", (2_000_000_000,) * 2)
    assert actions.run_checks(project).ran == 41
    assert len(calls(project)) == 41


def test_what_is_counted(project: Path) -> None:
    declared(
        project,
        "{name: short, type: mine.short, most: 8}",
        "{name: broken, type: mine.fragile, layer: safety}",
        "{name: elsewhere, type: valid_json, only: {route: nowhere}}",
    )
    short, broken, elsewhere = actions.run_checks(project).counts
    # "Answer 0" ... "Answer 9" have 8 letters: 10 of 40 pass.
    assert (short.passed, short.failed, short.errors, short.not_applicable) == (10, 30, 0, 0)
    share = short.failed_share
    # Wilson: middle (.75 + 1.9207 / 40) / 1.09604 = .72811, reach 1.95996 / 1.09604 * sqrt(.1875 / 40 + .0006002)
    assert (share.value, share.n) == (0.75, 40)
    assert (share.low, share.high) == pytest.approx((0.59806, 0.85814), abs=2e-5)
    assert (broken.layer, broken.errors, broken.failed_share.value) == ("safety", 40, None)
    assert broken.failed_share.reason == "no trace passed or failed"
    assert (elsewhere.not_applicable, elsewhere.failed_share.n) == (40, 0)


def test_the_traces_that_fail_are_listed_with_the_reason(project: Path) -> None:
    declared(project, "{name: no_nine, type: forbidden_pattern, pattern: '9$'}")
    actions.run_checks(project)
    found = actions.check_findings(project, "no_nine")
    assert [one.trace_id for one in found] == ["t-09", "t-19", "t-29", "t-39"]
    assert {one.detail for one in found} == {"line 1: '9'"}
    with pytest.raises(WrongUsage, match="no check called 'nine'"):
        actions.check_findings(project, "nine")
    with pytest.raises(WrongUsage, match="no check called 'nine'"):
        actions.run_checks(project, check="nine")


def test_one_check_alone(project: Path) -> None:
    done = actions.run_checks(project, check="words")
    assert (done.ran, [one.check for one in done.counts]) == (40, ["words"])
    assert calls(project) == []


def test_what_broke_is_run_again_on_request(project: Path) -> None:
    declared(project, "{name: broken, type: mine.fragile}", "{name: words, type: required_pattern, pattern: Answer}")
    actions.run_checks(project)
    assert actions.check_findings(project, "broken", "error")[0].detail == "OSError: no key"
    (project / "key.txt").touch()
    assert actions.run_checks(project).ran == 0
    done = actions.run_checks(project, retry_errors=True)
    assert (done.ran, done.counts[0].passed, done.counts[0].errors) == (40, 40, 0)


def test_progress_reaches_the_number_of_traces(project: Path) -> None:
    told: list[tuple[int, int]] = []
    actions.run_checks(project, progress=lambda seen, total: told.append((seen, total)))
    assert told == [(40, 40)]


def test_a_killed_run_goes_on_where_it_stopped(project: Path) -> None:
    # 0.2 s each: what was done is saved every two seconds.
    declared(project, "{name: short, type: mine.short, sleep: 0.2}")
    command = [sys.executable, "-c", "from review_app.cli import main; main()", "check", "--project", str(project)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    made = project / "calls.txt"
    until = time.monotonic() + 60
    while (len(made.read_text().split()) if made.exists() else 0) < 20 and time.monotonic() < until:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.wait()
    before = calls(project)
    again = actions.run_checks(project)
    # At least one save of about ten was on disk, and no trace is missing.
    assert 0 < again.ran < 40
    assert again.counts[0].passed + again.counts[0].failed == 40
    assert set(before) | set(calls(project)) == {f"t-{n:02d}" for n in range(40)}
