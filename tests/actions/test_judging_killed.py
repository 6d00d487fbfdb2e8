"""A run that is killed or interrupted goes on: nothing that was answered is lost or asked again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from review_app.actions.judging import Terms, judge_run
from review_app.actions.workspace import opened
from review_app.store import judge_jobs
from review_app.store.judge_jobs import Answer, jobs

from ..builders import NOON
from ..openai_server import OpenAIServer
from .judge_projects import KEY, SECRET, by_number, judge_yaml, with_judge

TRACES = 40
_CODE = """
import sys
from pathlib import Path
from review_app.cli import main
sys.argv = ["review-app", "judge", "run", "--project", sys.argv[1]]
main()
"""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    monkeypatch.setenv(KEY, SECRET)
    with OpenAIServer(reply=by_number, latency=0.1) as found:
        yield found


@pytest.fixture
def project(tmp_path: Path, server: OpenAIServer) -> Path:
    model = judge_yaml(server)["models"][0] | {"concurrency": 4}
    return with_judge(tmp_path, server, traces=TRACES, models=[model])


def stopped_at(
    server: OpenAIServer, project: Path, answers: int, how: signal.Signals, *, with_callers: bool = False
) -> subprocess.CompletedProcess[str]:
    """Start a run and send it a signal once the server has given so many answers. with_callers: its calling processes
    first."""
    run = subprocess.Popen([sys.executable, "-c", _CODE, str(project)], stderr=subprocess.PIPE, text=True)
    while sum(request.answered for request in server.chats) < answers:
        assert run.poll() is None, run.communicate()[1]
        time.sleep(0.01)
    for child in children(run.pid) if with_callers else ():
        os.kill(child, how)
    run.send_signal(how)
    _, said = run.communicate()
    return subprocess.CompletedProcess([], run.returncode, "", said)


def children(pid: int) -> list[int]:
    found = [path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    return [int(one) for line in found for one in line]


def known(project: Path) -> dict[str, Answer]:
    store = opened(project).store
    keys = [row["job_key"] for row in store.rows("SELECT job_key FROM judge_job")]
    return {key: job.answer for key, job in jobs(store, keys, NOON).items() if job.answer is not None}


def asked(server: OpenAIServer) -> Counter[str]:
    return Counter(request.headers["idempotency-key"] for request in server.chats)


def test_kill_loses_no_answer_and_asks_none_again(server: OpenAIServer, project: Path) -> None:
    stopped_at(server, project, 10, signal.SIGKILL)
    assert [run["planned"] for run in judge_jobs.runs(opened(project).store, "sendable")] == [TRACES]
    waited: list[int] = []
    found = judge_run(project, terms=Terms(waiting=waited.append))
    # the four that were under way were answered for nobody, kept, and waited for
    assert waited == [] or 0 < max(waited) <= 4
    assert (found.statuses, found.possibly_paid_twice) == ({"ok": TRACES}, 0)
    assert 10 <= found.known < TRACES
    assert found.asked == TRACES - found.known
    assert set(asked(server).values()) == {1}
    assert len(asked(server)) == len(known(project)) == TRACES


def test_where_the_calling_process_is_killed_too_only_its_calls_are_asked_again(
    server: OpenAIServer, project: Path
) -> None:
    stopped_at(server, project, 10, signal.SIGKILL, with_callers=True)
    kept, sent = known(project), asked(server)
    assert 0 < len(kept) < TRACES
    found = judge_run(project)
    assert found.statuses == {"ok": TRACES}
    # at most the four that were under way
    assert 0 < found.possibly_paid_twice <= 4
    assert all(asked(server)[key] == 1 for key in kept)
    assert {key: known(project)[key] for key in kept} == kept
    assert len(asked(server)) == TRACES
    assert asked(server).total() == TRACES + len(sent) - len(kept)


def test_ctrl_c_lets_what_is_under_way_come_in(server: OpenAIServer, project: Path) -> None:
    ended = stopped_at(server, project, 10, signal.SIGINT)
    assert (ended.returncode, "the same command goes on" in ended.stderr) == (130, True)
    before = len(known(project))
    assert before == len(server.chats) < TRACES
    found = judge_run(project)
    assert (found.asked, found.possibly_paid_twice) == (TRACES - before, 0)
    assert set(asked(server).values()) == {1}


def test_ctrl_c_waits_for_no_pace(server: OpenAIServer, tmp_path: Path) -> None:
    # one request an hour: waiting for the next one would outlast every patience
    model = judge_yaml(server)["models"][0] | {"rpm": 1 / 60}
    project = with_judge(tmp_path, server, traces=3, models=[model])
    assert stopped_at(server, project, 1, signal.SIGINT).returncode == 130
    assert len(server.chats) == len(known(project)) == 1
