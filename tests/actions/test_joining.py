"""Traces out of spans that came in any order, twice, or late; verdicts beside them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from review_app import actions
from review_app.actions.workspace import opened
from review_app.store import spans, traces, verdicts
from review_app.store.engine import Store
from review_app.store.traces import Saved
from review_app.traces.otlp_request import JSON, decoded

from ..builders import NOON
from ..otlp import SPAN, TRACE, a_span, an_evaluation, logs_request, spans_request

LATER = NOON + timedelta(minutes=1)
CHILD = a_span(span_id="00000000000000aa", request__model="aster-2") | {"parentSpanId": SPAN}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    actions.init(tmp_path)
    return tmp_path


def send(project: Path, *records: dict[str, Any], signal: Any = "traces") -> Store:
    body = spans_request(*records) if signal == "traces" else logs_request(*records)
    store = opened(project).store
    spans.save(store, decoded(body, JSON, signal).records, NOON)
    return store


def judged(store: Store) -> list[tuple[str, str]]:
    frame = verdicts.frame(store)
    return list(zip(frame["trace_id"], frame["label"], strict=True))


def test_a_trace_is_made_when_it_has_settled(project: Path) -> None:
    store = send(project, a_span())
    assert actions.join_settled(project, NOON + timedelta(seconds=29)).saved == Saved()
    assert actions.join_settled(project, NOON + timedelta(seconds=30)).saved == Saved(new=1)
    assert traces.body(store, TRACE).output == "No."
    assert actions.join_settled(project, LATER).saved == Saved()


def test_the_delay_is_a_setting(project: Path) -> None:
    with (project / "project.yaml").open("a") as file:
        file.write("\nsettle_seconds: 5\n")
    send(project, a_span())
    assert actions.join_settled(project, NOON + timedelta(seconds=5)).saved == Saved(new=1)


def test_order_and_repeats_change_nothing(project: Path, tmp_path: Path) -> None:
    store = send(project, a_span(), CHILD)
    actions.join_settled(project, LATER)
    send(project, CHILD, CHILD)
    send(project, a_span())
    assert actions.join_settled(project, LATER).saved == Saved(same=1)
    other = tmp_path / "other"
    actions.init(other)
    send(other, CHILD)
    backwards = send(other, a_span())
    actions.join_settled(other, LATER)
    assert traces.body(backwards, TRACE) == traces.body(store, TRACE)


def test_a_late_span_makes_a_new_version(project: Path) -> None:
    store = send(project, a_span())
    actions.join_settled(project, LATER)
    send(project, CHILD)
    assert actions.join_settled(project, LATER).saved == Saved(changed=1)
    assert [len(traces.body(store, TRACE, version).metadata["spans"]) for version in (1, 2)] == [1, 2]


def test_stopped_before_it_was_noted_it_is_made_again_and_is_the_same(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(project, a_span())

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as then:
        then.setattr(spans, "joined", killed)
        with pytest.raises(KeyboardInterrupt):
            actions.join_settled(project, LATER)
    assert actions.join_settled(project, LATER).saved == Saved(same=1)


@pytest.mark.parametrize("first", ["traces", "logs"])
def test_a_verdict_may_come_before_or_after_its_trace(project: Path, first: str) -> None:
    sent = {"traces": a_span(), "logs": an_evaluation("fail")}
    for signal in sorted(sent, key=lambda name: name != first):
        store = send(project, sent[signal], signal=signal)
        actions.join_settled(project, LATER)
    assert judged(store) == [(TRACE, "fail")]


@pytest.mark.parametrize("first", ["traces", "logs"])
def test_a_verdict_may_name_only_the_response(project: Path, first: str) -> None:
    sent = {"traces": a_span(response__id="r-1"), "logs": an_evaluation(trace_id="", response__id="r-1")}
    for signal in sorted(sent, key=lambda name: name != first):
        store = send(project, sent[signal], signal=signal)
        actions.join_settled(project, LATER)
    assert judged(store) == [(TRACE, "pass")]


def test_a_verdict_without_a_trace_is_listed(project: Path) -> None:
    send(project, an_evaluation(), signal="logs")
    assert actions.join_settled(project, LATER).rejected == 1
    (listed,) = (project / "rejects").glob("receive-*.jsonl")
    said = orjson.loads(listed.read_bytes())
    assert (said["raw"], said["reason"]) == (TRACE, "a verdict on 'good_enough' came, and no span of its trace")


def test_a_judge_that_contradicts_itself_is_listed(project: Path) -> None:
    store = send(project, a_span())
    send(project, an_evaluation("pass"), an_evaluation("fail"), signal="logs")
    done = actions.join_settled(project, LATER)
    assert (done.verdicts, done.rejected, len(judged(store))) == (1, 1, 1)


def test_one_odd_trace_does_not_stop_the_others(project: Path) -> None:
    value: dict[str, Any] = {"stringValue": "deep"}
    for _ in range(60):
        value = {"arrayValue": {"values": [value]}}
    odd = a_span("a" * 32) | {"events": [{"name": "e", "attributes": [{"key": "d", "value": {"intValue": 2**63}}]}]}
    store = opened(project).store
    sound = decoded(spans_request(a_span(), a_span("b" * 32)), JSON, "traces").records
    spans.save(store, [*sound, sound[0]._replace(trace_id=odd["traceId"], body='{"fields": 5}')], NOON)
    done = actions.join_settled(project, LATER)
    assert (done.saved, done.rejected) == (Saved(new=2), 1)
    assert spans.settled(store, LATER, 10) == []


def test_many_traces_go_in_bounded_batches(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("review_app.actions.joining._BATCH", 3)
    monkeypatch.setattr("review_app.actions.joining._CHARACTERS", 1_000)
    store = send(project, *(a_span(f"{number:032x}") for number in range(1, 11)))
    assert actions.join_settled(project, LATER).saved == Saved(new=10)
    assert len(traces.frame(store)) == 10
