"""The spool: what a program logs is what ingest reads, and nothing of it reaches the program."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import review_app
from review_app.tables import Reject
from review_app.traces import readers, spool
from review_app.traces.trace import Trace


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(spool.FOLDER, str(tmp_path / "spool"))
    return tmp_path / "spool"


def logged_items(folder: Path) -> list[readers.Item]:
    return [item for path in readers.files([folder]) for item in readers.read(path, "jsonl")]


def test_a_logged_trace_is_read_by_its_id(folder: Path) -> None:
    name = review_app.log_trace(input="Où?", output="Là", route="faq", metadata={"n": 1})
    (found,) = logged_items(folder)
    assert isinstance(found, Trace)
    assert (found.trace_id, found.messages[0].text, found.output, found.route) == (name, "Où?", "Là", "faq")
    assert found.at is not None


def test_calls_become_traces_with_their_errors_and_their_time(folder: Path) -> None:
    @review_app.logged
    def twice(question: str) -> str:
        return question * 2

    @review_app.logged(route="chat", model="m")
    async def fails(messages: list[dict[str, str]]) -> str:
        raise LookupError("gone")

    assert twice("ab") == "abab"
    # In a thread of its own: a browser test before this one leaves a loop running in this one.
    with ThreadPoolExecutor() as threads, pytest.raises(LookupError):
        threads.submit(lambda: asyncio.run(fails([{"role": "user", "content": "hi"}]))).result()
    first, second = logged_items(folder)
    assert isinstance(first, Trace)
    assert isinstance(second, Trace)
    assert (first.messages[0].text, first.output, first.error) == ("ab", "abab", None)
    assert (second.output, second.error, second.route, second.model) == (None, "LookupError: gone", "chat", "m")
    assert second.latency_s is not None


def test_a_generator_is_refused_where_it_is_decorated() -> None:
    with pytest.raises(TypeError, match="log_trace"):

        @review_app.logged
        def words() -> object:
            yield "a"


class Unprintable:
    def __str__(self) -> str:
        raise RuntimeError("no text")


def test_what_cannot_be_written_is_counted_and_never_raised(folder: Path, tmp_path: Path) -> None:
    before = spool.lost()
    review_app.log_trace(output="x", metadata={"odd": Unprintable()})
    (tmp_path / "file").write_text("no folder")
    review_app.log_trace(output="x", spool=tmp_path / "file")
    assert spool.lost() == before + 2
    review_app.log_trace(output="half \ud800 a character", metadata={"big": 2**70})
    # It is there, and ingest says what it cannot take: 2 ** 70 is beyond 64 bits.
    assert [type(item) for item in logged_items(folder)] == [Reject]


def test_a_killed_program_loses_nothing_and_its_children_write_beside_it(folder: Path) -> None:
    program = """
import os, signal, review_app
for n in range(200): review_app.log_trace(trace_id=f"a{n}", output="x")
if os.fork() == 0:
    review_app.log_trace(trace_id="child", output="y"); os._exit(0)
os.wait()
os.kill(os.getpid(), signal.SIGKILL)
"""
    ran = subprocess.run([sys.executable, "-c", program], env=dict(os.environ), check=False)
    assert ran.returncode == -signal.SIGKILL
    found = {item.trace_id for item in logged_items(folder) if isinstance(item, Trace)}
    assert found == {f"a{n}" for n in range(200)} | {"child"}
    assert len(list(folder.iterdir())) == 2
