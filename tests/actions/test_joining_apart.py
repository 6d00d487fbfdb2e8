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
from review_app.traces.otlp_request import JSON, decoded

from ..otlp import a_span, spans_request

NOW = datetime.now(UTC)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(joining_apart, "FEW", 3)
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


def process(joiner: Joiner) -> int | None:
    return joiner._child.pid if joiner._child else None


def test_a_few_start_no_process(project: Path, joiner: Joiner) -> None:
    assert joiner.look(NOW) == 0
    send(project, range(1, 3))
    assert joiner.look(NOW) == 2
    assert (made(project), process(joiner)) == (2, None)


def test_many_are_joined_by_one_process_that_stays(project: Path, joiner: Joiner) -> None:
    send(project, range(1, 9))
    assert joiner.look(NOW) == 8
    first = process(joiner)
    send(project, range(20, 30))
    assert joiner.look(NOW) == 10
    assert (made(project), process(joiner)) == (18, first)


def test_another_is_started_where_it_died(project: Path, joiner: Joiner) -> None:
    send(project, range(1, 9))
    joiner.look(NOW)
    first = process(joiner)
    assert first
    os.kill(first, signal.SIGKILL)
    os.waitid(os.P_PID, first, os.WEXITED | os.WNOWAIT)
    send(project, range(20, 30))
    assert joiner.look(NOW) == 10
    assert process(joiner) != first


def test_a_failure_is_named_and_tells_nothing_of_a_span(project: Path, joiner: Joiner) -> None:
    send(project, range(1, 9))
    (project / "project.yaml").write_text("name: [")
    with pytest.raises(ReviewAppError):
        joiner.look(NOW)
    (project / "project.yaml").write_text("name: mended")
    assert joiner.look(NOW) == 8
