"""Questions are paid for once, caps hold, and a dead program loses nothing; on both engines."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from review_app.grading.judges.reply import Answer, TokenChoice
from review_app.store import judge_batches, judge_jobs
from review_app.store.engine import Store
from review_app.store.judge_jobs import Send

from ..builders import NOON, a_trace, keep

# Above the largest process id of Linux, so nobody's.
DEAD = f"{socket.gethostname()}:4194304"
ELSEWHERE = "another-machine:7"
PARENT = f"{socket.gethostname()}:{os.getppid()}"
OUTLIVED = f"{DEAD}/4194303/{os.getppid()}"
"""A program that is gone, of whose two calling processes one runs."""
ANSWER = Answer(text="yes", tokens=(TokenChoice(token="y", top={"y": -0.1}),), cost_usd=0.3, latency_s=1.5)


def send(store: Store, key: str, worker: str = DEAD, caps: Mapping[str, float] | None = None, **more: str) -> str:
    what = Send(
        key=key, estimate_usd=1.0, caps=caps or {"run:r": 10.0}, worker=worker, at=NOON,
        lease_until=NOON + timedelta(minutes=2), **more,
    )  # fmt: skip
    with store.write() as write:
        return judge_jobs.send(write, what)


def state(store: Store, key: str = "k") -> tuple[str, int, int]:
    found = judge_jobs.jobs(store, [key], NOON)[key]
    return found.state, found.attempts, found.lost


def test_a_reply_is_kept_whole(store: Store) -> None:
    judge_jobs.add(store, ["k"], [])
    assert send(store, "k") == "sent"
    with store.write() as write:
        judge_jobs.record(write, "k", ANSWER, NOON)
    found = judge_jobs.jobs(store, ["k", "unknown"], NOON)
    assert (found["k"].answer, found["k"].done_at, list(found)) == (ANSWER, NOON, ["k"])
    assert judge_jobs.spent(store, "run:r") == pytest.approx(0.3)


def test_nobody_sends_what_another_has_sent(store: Store) -> None:
    judge_jobs.add(store, ["k"], [])
    assert [send(store, "k"), send(store, "k"), send(store, "unknown")] == ["sent", "taken", "taken"]
    judge_jobs.add(store, ["k"], [])
    assert state(store) == ("sent", 1, 0)


def test_every_cap_holds_and_what_was_held_back_returns(store: Store) -> None:
    judge_jobs.add(store, ["a", "b", "c"], [])
    caps = {"run:r": 2.5, "day:d": 1.5}
    assert [send(store, "a", caps=caps), send(store, "b", caps=caps)] == ["sent", "capped"]
    assert state(store, "b") == ("waiting", 0, 0)
    with store.write() as write:
        judge_jobs.record(write, "a", ANSWER, NOON)
    # .3 spent and 1 to hold back are below 1.5; then no more
    assert [send(store, "b", caps=caps), send(store, "c", caps=caps)] == ["sent", "capped"]
    with store.write() as write:
        judge_jobs.give_back(write, "b", "429", again=True, paid=False)
    assert (judge_jobs.spent(store, "day:d"), state(store, "b")) == (pytest.approx(0.3), ("waiting", 1, 0))


def test_what_may_have_been_paid_stays_counted(store: Store) -> None:
    judge_jobs.add(store, ["k"], [])
    send(store, "k")
    with store.write() as write:
        judge_jobs.give_back(write, "k", "timed out", again=False, paid=True)
    assert judge_jobs.spent(store, "run:r") == 1.0
    assert state(store) == ("failed", 1, 0)


@pytest.mark.parametrize(
    ("worker", "after", "expected"),
    [
        pytest.param(DEAD, 1, ("waiting", 1, 1), id="its program is gone"),
        pytest.param(PARENT, 1, ("sent", 1, 0), id="its program runs"),
        pytest.param(PARENT, 180, ("waiting", 1, 1), id="its time is over"),
        pytest.param(OUTLIVED, 1, ("sent", 1, 0), id="its calling process runs"),
        pytest.param(OUTLIVED, 180, ("waiting", 1, 1), id="its calling process runs, too late"),
        pytest.param(f"{DEAD}/4194303", 1, ("waiting", 1, 1), id="its calling process is gone too"),
        pytest.param(ELSEWHERE, 1, ("sent", 1, 0), id="on another machine, in time"),
        pytest.param(ELSEWHERE, 180, ("waiting", 1, 1), id="on another machine, too late"),
    ],
)
def test_only_what_nobody_has_under_way_is_asked_again(
    store: Store, worker: str, after: int, expected: tuple[str, int, int]
) -> None:
    judge_jobs.add(store, ["k"], [])
    send(store, "k", worker=worker)
    judge_jobs.reclaim(store, ["k"], NOON + timedelta(seconds=after))
    assert state(store) == expected


@pytest.mark.parametrize(
    ("worker", "after", "expected"),
    [
        pytest.param(OUTLIVED, 1, ["k"], id="its program is gone"),
        pytest.param(OUTLIVED, 180, [], id="its time is over"),
        pytest.param(f"{PARENT}/{os.getppid()}", 1, [], id="its program runs"),
        pytest.param(DEAD, 1, [], id="nobody is left"),
        pytest.param(ELSEWHERE, 1, [], id="on another machine"),
    ],
)
def test_what_a_dead_program_still_waits_for_is_known(
    store: Store, worker: str, after: int, expected: list[str]
) -> None:
    judge_jobs.add(store, ["k", "l"], [])
    send(store, "k", worker=worker)
    assert judge_jobs.outliving(store, ["l", "k"], NOON + timedelta(seconds=after)) == expected


def test_a_process_that_ended_and_that_nobody_asked_how_is_gone(store: Store) -> None:
    ended = subprocess.Popen(["true"])
    until = time.monotonic() + 10
    while Path(f"/proc/{ended.pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
        assert time.monotonic() < until
    judge_jobs.add(store, ["k"], [])
    send(store, "k", worker=f"{socket.gethostname()}:{ended.pid}")
    assert judge_jobs.reclaim(store, ["k"], NOON) == 1
    ended.wait()


def test_a_question_is_asked_again_however_often_its_program_dies(store: Store) -> None:
    judge_jobs.add(store, ["k"], [])
    for lost in range(1, 9):
        send(store, "k")
        assert judge_jobs.reclaim(store, ["k"], NOON) == 1
        assert state(store) == ("waiting", lost, lost)
    assert judge_jobs.reclaim(store, ["k"], NOON) == 0


def test_which_question_answers_for_which_trace_is_known(store: Store) -> None:
    keep(store, [a_trace("t-1"), a_trace("t-2")])
    rows = [
        {"trace_id": trace_id, "judge": "j", "judge_version": "1", "sample": 0, "trace_version": 1, "text_hash": "h"}
        for trace_id in ("t-2", "t-1")
    ]
    judge_jobs.add(store, ["k"], [row | {"job_key": "k"} for row in rows])
    judge_jobs.add(store, ["l"], [rows[0] | {"job_key": "l", "trace_version": 2}])
    found = [(row["trace_id"], row["trace_version"], row["job_key"]) for row in judge_jobs.asked(store, "j", "1")]
    assert found == [("t-1", 1, "k"), ("t-2", 2, "l")]


def test_what_is_with_a_batch_is_left_alone_until_it_is_given_back(store: Store) -> None:
    judge_jobs.add(store, ["k", "l"], [])
    pending = judge_jobs.PENDING + "p"
    assert [send(store, "k", batch_id=pending), send(store, "l", batch_id=pending)] == ["sent", "sent"]
    judge_batches.submitted(store, pending, "batch-1", ("j", "1"), NOON)
    late = NOON + timedelta(days=2)
    assert judge_jobs.reclaim(store, ["k", "l"], late) == 0
    assert [(one.batch_id, one.jobs) for one in judge_batches.open_ones(store, "j")] == [("batch-1", 2)]
    with store.write() as write:
        assert judge_batches.keys(write, "batch-1") == ["k", "l"]
        judge_jobs.record(write, "k", ANSWER, NOON)
        judge_jobs.give_back(write, "l", "no line", again=True, paid=False)
        judge_batches.collected(write, "batch-1")
    assert (state(store, "k")[0], state(store, "l")[0]) == ("done", "waiting")
    assert judge_batches.open_ones(store, "j") == []


def test_a_batch_that_was_never_made_is_let_go(store: Store) -> None:
    judge_jobs.add(store, ["k"], [])
    send(store, "k", batch_id=judge_jobs.PENDING + "p")
    assert judge_jobs.reclaim(store, ["k"], NOON + timedelta(minutes=5)) == 1
    assert state(store) == ("waiting", 1, 1)
