"""Reading in a process of its own: the same batches, the same errors, and nothing that outlives the reader."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest

from review_app import actions
from review_app.actions import reading_ahead
from review_app.actions.reading import Reading
from review_app.actions.reading_ahead import read_ahead
from review_app.actions.workspace import opened
from review_app.errors import BadInput, ReviewAppError

GOOD = [
    {"trace_id": f"t-{number}", "messages": [{"role": "user", "content": "Why? " * 200}], "output": "So."}
    for number in range(5_000)
]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_ahead, "WORTH_IT", 0)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """5,000 traces of 1 kB, and a line that is none."""
    path = tmp_path / "traces.jsonl"
    path.write_bytes(b"\n".join([*map(orjson.dumps, GOOD), b"{"]) + b"\n")
    return path


def children() -> set[int]:
    """The processes that this one started and that have not ended."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        found |= {int(pid) for pid in (task / "children").read_text().split()}
    return found


def test_the_batches_are_those_of_one_process(file: Path) -> None:
    reading = Reading(sources=[(file,)], named=(file,))
    assert list(read_ahead(reading)) == list(reading.batches())


def test_an_ingest_is_the_same(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, int]] = []
    actions.init(tmp_path / "apart")
    found = actions.ingest(tmp_path / "apart", [file], progress=lambda name, read: seen.append((name, read)))
    assert (found.saved.new, found.rejected) == (5_000, 1)
    assert seen == [("traces.jsonl", 2_000), ("traces.jsonl", 4_000), ("traces.jsonl", 5_001)]
    monkeypatch.setattr(reading_ahead, "WORTH_IT", 1 << 40)
    actions.init(tmp_path / "here")
    actions.ingest(tmp_path / "here", [file])
    asked = "SELECT trace_id, content_hash, body FROM trace_body ORDER BY trace_id"
    bodies = [opened(tmp_path / name).store.rows(asked) for name in ("apart", "here")]
    assert bodies[0] == bodies[1]


def test_what_is_before_a_file_that_is_no_format_is_kept(file: Path, tmp_path: Path) -> None:
    odd = tmp_path / "zodd.txt"
    odd.write_text("nothing that anybody knows")
    actions.init(tmp_path / "project")
    with pytest.raises(BadInput, match="No known format") as caught:
        actions.ingest(tmp_path / "project", [file, odd])
    assert (caught.value.where, "--format" in caught.value.do) == (str(odd), True)
    assert opened(tmp_path / "project").store.rows("SELECT count(*) AS n FROM trace") == [{"n": 5_000}]


def test_nothing_goes_on_where_nobody_reads_on(file: Path) -> None:
    before = children()
    batches = read_ahead(Reading(sources=[(file,)], named=(file,)))
    next(iter(batches))
    assert len(children() - before) == 1
    batches.close()  # type: ignore[attr-defined]  # it is a generator
    assert children() == before


def test_a_process_that_was_killed_is_said(file: Path) -> None:
    before = children()
    batches = iter(read_ahead(Reading(sources=[(file,)] * 40, named=(file,))))
    next(batches)
    (child,) = children() - before
    os.kill(child, signal.SIGKILL)
    with pytest.raises(ReviewAppError, match=r"ended early, with code -9"):
        list(batches)


def test_what_lies_in_the_current_folder_is_not_run(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "orjson.py").write_text("raise SystemExit('run')")
    monkeypatch.chdir(tmp_path)
    assert sum(len(batch.items) for batch in read_ahead(Reading(sources=[(file,)], named=(file,)))) == 5_001


def test_a_reader_that_dies_takes_the_process_with_it(file: Path, tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib\n"
        "from review_app.actions import reading_ahead\nfrom review_app.actions.reading import Reading\n"
        "reading_ahead.WORTH_IT, os.cpu_count = 0, lambda: 2\n"
        f"path = pathlib.Path({str(file)!r})\n"
        "found = reading_ahead.read_ahead(Reading(sources=[(path,)] * 40, named=(path,)))\n"
        "next(found)\n"
        "tasks = pathlib.Path('/proc/self/task').iterdir()\n"
        "print(*(pid for task in tasks for pid in (task / 'children').read_text().split()), flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert said.returncode == -9, said.stderr
    (child,) = map(int, said.stdout.split())
    until = time.monotonic() + 20
    while Path(f"/proc/{child}").exists() and "Z" not in Path(f"/proc/{child}/stat").read_text().split()[2]:
        assert time.monotonic() < until, "it goes on with nobody to read it"
        time.sleep(0.05)
