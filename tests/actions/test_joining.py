"""Traces out of spans that came in any order, twice, or late; verdicts beside them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from review_app import actions
from review_app.actions.redacting import Redacting
from review_app.actions.workspace import opened
from review_app.store import spans, traces, verdicts
from review_app.store.engine import Store
from review_app.store.spans import Settled
from review_app.store.traces import Saved
from review_app.traces.kept_raw import kept_raw
from review_app.traces.otlp_request import JSON, decoded

from ..builders import NOON
from ..otlp import SPAN, TRACE, a_span, an_evaluation, logs_request, pairs, spans_request

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


def said(project: Path) -> Any:
    stored = traces.body(opened(project).store, TRACE)
    return stored.user_feedback, stored.correction


def test_a_late_span_does_not_drop_what_a_user_said_in_between(project: Path) -> None:
    send(project, a_span())
    actions.join_settled(project, LATER)
    actions.attach_feedback(project, TRACE, rating=-1, comment="wrong city", correction="Paris")
    before = said(project)
    send(project, CHILD)
    assert actions.join_settled(project, LATER).saved == Saved(changed=1)
    assert said(project) == before
    # The same spans again, and what was said since, stay too.
    actions.attach_feedback(project, TRACE, rating=1)
    send(project, CHILD)
    assert actions.join_settled(project, LATER).saved == Saved(same=1)
    assert said(project)[0].rating == 1


def test_a_placeholder_of_a_user_does_not_become_somebody_else(project: Path) -> None:
    with (project / "project.yaml").open("a") as file:
        file.write("\nredaction: {personal: [email]}\n")
    store = opened(project).store

    def receive(span: dict[str, Any]) -> None:
        redacting = Redacting(opened(project).settings.project.redaction)
        records = decoded(spans_request(span), JSON, "traces").records
        spans.save(store, redacting.records(records, spans.placeholder_key(store)), NOON)
        actions.join_settled(project, LATER)

    receive(a_span(system="ana@example.org"))
    actions.attach_feedback(project, TRACE, comment="ask ben@example.org")
    assert said(project)[0].comment == "ask <EMAIL_2>"
    receive(a_span(span_id="00000000000000aa", system="cleo@example.org") | {"parentSpanId": SPAN})
    # Both spans of one time: <EMAIL_1> and <EMAIL_2> are now the trace's.
    assert said(project)[0].comment == "ask <EMAIL_3>"


def test_spans_are_deleted_when_their_time_is_over_and_a_late_one_leaves_the_trace_whole(project: Path) -> None:
    store = send(project, a_span(), CHILD)
    actions.join_settled(project, LATER)
    whole = traces.body(store, TRACE)
    assert actions.prune_spans(project, NOON + timedelta(days=14)) == 0
    assert actions.prune_spans(project, NOON + timedelta(days=15)) == 1
    assert list(spans.of_traces(store, [Settled(TRACE, 2)])) == [(Settled(TRACE, 2), [])]
    late = a_span(span_id="00000000000000bb")
    judged_late = {"name": "gen_ai.evaluation.result", "attributes": pairs({"evaluation__name": "good_enough",
                   "evaluation__score__label": "fail"})}  # fmt: skip
    send(project, late | {"events": [judged_late]})
    done = actions.join_settled(project, LATER)
    assert (done.saved, done.verdicts, done.rejected) == (Saved(), 1, 1)
    assert traces.body(store, TRACE) == whole
    assert list(spans.of_traces(store, [Settled(TRACE, 2)])) == [(Settled(TRACE, 2), [])]


def test_log_records_that_come_after_the_spans_were_deleted_are_listed(project: Path) -> None:
    send(project, a_span())
    actions.join_settled(project, LATER)
    actions.prune_spans(project, NOON + timedelta(days=15))
    note = {"traceId": TRACE, "body": {"stringValue": "cache miss"}, "severityText": "WARN"}
    store = send(project, note, an_evaluation(label="fail"), signal="logs")
    done = actions.join_settled(project, LATER)
    assert (done.saved, done.verdicts, done.rejected) == (Saved(), 1, 1)
    assert judged(store) == [(TRACE, "fail")]


def test_what_waited_too_long_is_listed(project: Path) -> None:
    send(project, an_evaluation(trace_id="", response__id="r-9"), signal="logs")
    actions.take_feedback(project, [{"trace_id": "nobody", "rating": 1}], NOON)
    actions.prune_spans(project, NOON + timedelta(days=15))
    listed = [orjson.loads(line) for path in (project / "rejects").iterdir() for line in path.read_bytes().splitlines()]
    assert [one["reason"] for one in listed] == [
        "a verdict on this response came, and no span that has it",
        "feedback on 'nobody', which never came",
    ]
    assert actions.prune_spans(project, NOON + timedelta(days=16)) == 0


def test_an_annotation_of_a_span_finds_the_trace_of_an_earlier_run(project: Path, tmp_path: Path) -> None:
    store = send(project, a_span())
    actions.join_settled(project, LATER)
    annotation = {"span_id": SPAN, "name": "good_enough", "annotator_kind": "LLM", "result": {"label": "fail"}}
    path = tmp_path / "annotations.json"
    path.write_bytes(orjson.dumps({"data": [annotation, annotation | {"span_id": "0" * 16}]}))
    done = actions.ingest(project, [path])
    assert (done.verdicts, done.orphans) == (1, 1)
    assert judged(store) == [(TRACE, "fail")]


def test_what_a_judge_says_besides_is_kept_with_its_span_and_counted(project: Path) -> None:
    said_besides = {"evaluation__name": "good_enough", "evaluation__score__label": "fail", "evaluation__tokens": "17"}
    event = {"name": "gen_ai.evaluation.result", "attributes": pairs(said_besides)}
    store = send(project, a_span() | {"events": [event]})
    actions.join_settled(project, LATER)
    trace = traces.body(store, TRACE)
    assert trace.metadata["spans"][0]["events"] == [
        {"name": "gen_ai.evaluation.result", "at": None, "gen_ai.evaluation.tokens": "17"}
    ]
    assert kept_raw(trace)["spans.events.gen_ai.evaluation.tokens"] == 1
    assert judged(store) == [(TRACE, "fail")]


@pytest.mark.parametrize("by", [{}, {"trace_id": "", "response__id": "r-9"}], ids=["its trace", "the response"])
def test_what_a_judges_log_record_says_besides_is_kept_and_counted(project: Path, by: dict[str, str]) -> None:
    send(project, a_span(response__id="r-9"))
    answer = an_evaluation(label="fail", evaluation__tokens="17", **by) | {"severityText": "WARN"}
    store = send(project, answer, signal="logs")
    actions.join_settled(project, LATER)
    counted = kept_raw(traces.body(store, TRACE))
    assert counted["logs.attributes.gen_ai.evaluation.tokens"] == counted["logs.severityText"] == 1
    assert judged(store) == [(TRACE, "fail")]
