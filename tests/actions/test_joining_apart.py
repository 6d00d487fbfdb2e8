"""Joining in a process of its own, once there is much to join."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from review_app import actions
from review_app.actions import joining_apart
from review_app.actions.joining_apart import Joiner
from review_app.actions.workspace import opened
from review_app.errors import ReviewAppError
from review_app.store import spans
from review_app.store.spans import Share
from review_app.traces.otlp_request import JSON, decoded

from ..otlp import a_span, spans_request

NOW = datetime.now(UTC)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(joining_apart, "FEW", 3)
    monkeypatch.setattr(joining_apart, "PROCESSES", 2)
    actions.init(tmp_path)
    return tmp_path


@pytest.fixture
def joiner(project: Path) -> Iterator[Joiner]:
    made = Joiner(project)
    yield made
    made.stop()


def send(project: Path, numbers: range) -> None:
    sent: list[dict[str, Any]] = [a_span() | {"traceId": f"{number:032x}"} for number in numbers]
    spans.save(opened(project).store, decoded(spans_request(*sent), JSON, "traces").records, NOW - timedelta(minutes=2))


def made(project: Path) -> int:
    return int(opened(project).store.rows("SELECT count(*) AS n FROM trace")[0]["n"])


def processes(joiner: Joiner) -> list[int]:
    return [child.pid for child in joiner._children]


def test_a_few_start_no_process(project: Path, joiner: Joiner) -> None:
    assert joiner.look(NOW) == 0
    send(project, range(1, 3))
    assert joiner.look(NOW) == 2
    assert (made(project), processes(joiner)) == (2, [])


def test_many_are_joined_by_processes_that_stay(project: Path, joiner: Joiner) -> None:
    send(project, range(1, 9))
    assert joiner.look(NOW) == 8
    first = processes(joiner)
    send(project, range(20, 30))
    assert joiner.look(NOW) == 10
    assert (made(project), processes(joiner)) == (18, first)


def test_others_are_started_where_one_died(project: Path, joiner: Joiner) -> None:
    send(project, range(1, 9))
    joiner.look(NOW)
    first = processes(joiner)
    os.kill(first[0], signal.SIGKILL)
    os.waitid(os.P_PID, first[0], os.WEXITED | os.WNOWAIT)
    send(project, range(20, 30))
    assert joiner.look(NOW) == 10
    assert set(processes(joiner)).isdisjoint(first)


def test_a_failure_is_named_and_tells_nothing_of_a_span(project: Path, joiner: Joiner) -> None:
    send(project, range(1, 9))
    (project / "project.yaml").write_text("name: [")
    with pytest.raises(ReviewAppError):
        joiner.look(NOW)
    (project / "project.yaml").write_text("name: mended")
    assert joiner.look(NOW) == 8


def test_every_trace_is_in_one_share(project: Path) -> None:
    send(project, range(1, 40))
    store = opened(project).store
    for of in (1, 2, 3, 16):
        shares = [spans.settled(store, NOW, 100, Share(place, of)) for place in range(of)]
        assert sorted(one for share in shares for one in share) == sorted(spans.settled(store, NOW, 100))
        assert len(shares[0]) < 39 or of == 1
