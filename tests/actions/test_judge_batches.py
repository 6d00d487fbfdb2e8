"""Batches through litellm, on a server that answers them unordered and in part."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from review_app import actions
from review_app.actions.workspace import opened
from review_app.errors import ReviewAppError
from review_app.store import verdicts

from ..openai_server import Fault, Json, OpenAIServer
from .judge_projects import KEY, SECRET, by_number, judge_yaml, number, with_judge, write_judge


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[OpenAIServer]:
    monkeypatch.setenv(KEY, SECRET)
    with OpenAIServer(reply=by_number, polls=1) as found:
        yield found


def labels(project: Path, version: str = "") -> list[str | None]:
    store = opened(project).store
    found = [one for n in range(6) for one in verdicts.of_trace(store, f"t-{n:03d}")]
    return [one.label for one in found if version in ("", one.judge_version)]


def test_a_batch_is_submitted_polled_and_collected(tmp_path: Path, server: OpenAIServer) -> None:
    project = with_judge(tmp_path, server, traces=6)
    sent = actions.submit_batch(project)
    assert list(sent.batches.values()) == [6]
    assert actions.submit_batch(project).batches == {}
    assert actions.judge_run(project).asked == 0
    assert actions.collect_batches(project).open == 1
    assert next(iter(actions.poll_batches(project).values())).status == "completed"
    found = actions.collect_batches(project)
    assert (found.answered, found.unanswered, found.failed, found.open) == (6, 0, {}, 0)
    # every third is bad; the server wrote the lines in reverse order
    assert labels(project) == ["fail", "pass", "pass", "fail", "pass", "pass"]
    assert server.chats == []
    assert actions.collect_batches(project).answered == 0
    assert {request.headers["authorization"] for request in server.requests} == {f"Bearer {SECRET}"}


def test_what_a_batch_did_not_answer_waits_again(tmp_path: Path, server: OpenAIServer) -> None:
    def reply(request: Json) -> Json | Fault:
        if number(request) == 1:
            return Fault(status=400, message="too long")
        return Fault(drop=True) if number(request) == 2 else by_number(request)

    server.reply, server.polls = reply, 0
    project = with_judge(tmp_path, server, traces=6)
    actions.submit_batch(project)
    found = actions.collect_batches(project)
    assert (found.answered, found.unanswered, found.failed) == (4, 1, {"batch: 400: too long": 1})
    server.reply = by_number
    again = actions.submit_batch(project)
    assert list(again.batches.values()) == [2]
    actions.collect_batches(project)
    assert labels(project) == ["fail", "pass", "pass", "fail", "pass", "pass"]


def test_a_batch_that_is_not_taken_leaves_everything_waiting(tmp_path: Path, server: OpenAIServer) -> None:
    project = with_judge(tmp_path, server, traces=3)
    server._keep = lambda content: Fault(status=401, message=f"no {SECRET}")  # type: ignore[method-assign,assignment,return-value]
    with pytest.raises(ReviewAppError, match=r"no \[key\]") as raised:
        actions.submit_batch(project)
    assert SECRET not in str(raised.value)
    assert raised.value.__cause__ is None
    assert actions.judge_run(project).asked == 3


def test_a_batch_follows_no_redirect(tmp_path: Path, server: OpenAIServer) -> None:
    project = with_judge(tmp_path, server, traces=3)
    with OpenAIServer() as elsewhere:
        moved = Fault(status=307, location=f"{elsewhere.base_url}/files")
        server._keep = lambda content: moved  # type: ignore[method-assign,assignment,return-value]
        with pytest.raises(ReviewAppError):
            actions.submit_batch(project)
        assert elsewhere.requests == []


def test_a_cap_leaves_questions_out_of_a_batch(tmp_path: Path, server: OpenAIServer) -> None:
    project = with_judge(tmp_path, server, traces=6)
    sent = actions.submit_batch(project, terms=actions.Terms(budget=0.02))
    assert list(sent.batches.values()) == [6 - sent.capped]
    assert 0 < sent.capped < 6


def test_a_batch_of_a_judge_that_was_edited_meanwhile_is_collected(tmp_path: Path, server: OpenAIServer) -> None:
    server.polls = 0
    project = with_judge(tmp_path, server, traces=6)
    actions.submit_batch(project)
    changed = {"labels": {"good": "fail", "bad": "pass"}}
    write_judge(project, judge_yaml(server, **changed))
    assert len(actions.poll_batches(project)) == 1
    assert actions.collect_batches(project).answered == 6
    # the same words, read as the labels are declared now, and then as they were
    for declared, expected in ((changed, ["pass", "fail", "fail"]), ({}, ["fail", "pass", "pass"])):
        write_judge(project, judge_yaml(server, **declared))
        found = actions.judge_run(project)
        assert found.asked == 0
        assert labels(project, found.judge_version) == expected * 2


def test_a_filtered_question_of_a_batch_is_refused_and_not_sent_again(tmp_path: Path, server: OpenAIServer) -> None:
    server.polls = 0
    server.reply = lambda request: (
        Fault(status=400, message="content_filter") if number(request) else by_number(request)
    )
    project = with_judge(tmp_path, server, traces=2)
    actions.submit_batch(project)
    found = actions.collect_batches(project)
    assert (found.answered, found.failed) == (2, {})
    assert [one.status for one in verdicts.of_trace(opened(project).store, "t-001")] == ["refused"]
    assert actions.submit_batch(project).batches == {}
