"""OpenTelemetry's GenAI conventions: what was said and what a judge said of it, wherever an exporter wrote it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest

from review_app.tables import Reject, Verdict
from review_app.traces import readers
from review_app.traces.formats import otel_leftovers
from review_app.traces.kept_raw import kept_raw
from review_app.traces.trace import Trace

from ..files import write

SCORE = "gen_ai.evaluation.score."
CHAT = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}
# A combining diaeresis, a curly quote and an emoji.
ASKED, ANSWERED = "Is “The Overstory” in at Mölln?", "Yes 📚"
PARTS_IN = orjson.dumps([{"role": "user", "parts": [{"type": "text", "content": ASKED}]}]).decode()
PARTS_OUT = orjson.dumps(
    [{"role": "assistant", "parts": [{"type": "text", "content": ANSWERED}], "finish_reason": "stop"}]
).decode()


@pytest.mark.parametrize(
    ("attributes", "events"),
    [
        pytest.param({"gen_ai.input.messages": PARTS_IN, "gen_ai.output.messages": PARTS_OUT}, [], id="json in text"),
        pytest.param({"gen_ai.prompt": PARTS_IN, "gen_ai.completion": f'{{"text": "{ANSWERED}"}}'}, [], id="prompt"),
        pytest.param(
            {"gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": ASKED,
             "gen_ai.completion.0.role": "assistant", "gen_ai.completion.0.content": ANSWERED},
            [],
            id="numbered",
        ),
        pytest.param(
            {},
            [{"name": "gen_ai.user.message", "attributes": {"content": ASKED}},
             {"name": "gen_ai.choice", "attributes": {"message": f'{{"content": "{ANSWERED}"}}', "index": 0}}],
            id="an event for each message",
        ),
        pytest.param(
            {},
            [{"name": "gen_ai.user.message", "attributes": {"content": ASKED}},
             {"name": "gen_ai.choice", "attributes": {"message": ANSWERED, "finish_reason": "stop"}}],
            id="a choice of plain text",
        ),
        pytest.param(
            {},
            [{"name": "gen_ai.client.inference.operation.details",
              "attributes": {"gen_ai.input.messages": PARTS_IN, "gen_ai.output.messages": PARTS_OUT}}],
            id="one event",
        ),
    ],
)  # fmt: skip
def test_what_was_said_is_the_same_in_every_form(
    tmp_path: Path, attributes: dict[str, Any], events: list[dict[str, Any]]
) -> None:
    (trace,) = _read(tmp_path, _span(CHAT | attributes) | {"events": events})
    assert isinstance(trace, Trace)
    assert ([message.text for message in trace.messages], trace.output) == ([ASKED], ANSWERED)


def test_log_records_say_it_in_their_body_or_attributes(tmp_path: Path) -> None:
    body = {"kvlistValue": {"values": [{"key": "content", "value": {"stringValue": ASKED}}]}}
    logs = [
        {"eventName": "gen_ai.user.message", "body": body},
        {"eventName": "gen_ai.choice", "attributes": [_pair("message", orjson.dumps({"content": ANSWERED}).decode())]},
        {"body": {"stringValue": "cache miss"}, "severityText": "INFO"},
    ]
    (trace,) = _read(tmp_path, _span(CHAT), [log | {"traceId": "a", "spanId": "1"} for log in logs])
    assert isinstance(trace, Trace)
    assert ([message.text for message in trace.messages], trace.output) == ([ASKED], ANSWERED)
    # A log of another kind is kept as it is.
    assert [log["severityText"] for log in trace.metadata["logs"]] == ["INFO"]


def test_a_judges_answer_may_name_the_response_instead_of_the_trace(tmp_path: Path) -> None:
    about = [_answer({"gen_ai.response.id": response}) for response in ("r-1", "r-2")]
    found = _read(tmp_path, _span(CHAT | {"gen_ai.response.id": "r-1"}), [*about, {"spanId": "1"}])
    trace, verdict = (one for one in found if not isinstance(one, Reject))
    faults = [one for one in found if isinstance(one, Reject)]
    assert isinstance(trace, Trace)
    assert len(faults) == 2  # of a response that nobody gave, and of neither a response nor a trace
    assert all(fault.field == "traceId" for fault in faults)
    assert isinstance(verdict, Verdict)
    assert (verdict.trace_id, verdict.label, verdict.judge, verdict.judge_version) == (
        "a",
        "kind",
        "otel:tone",
        "unknown",
    )


@pytest.mark.parametrize("ids", [{"traceId": "a", "spanId": "1"}, {}], ids=["by its trace", "by the response"])
def test_what_a_judges_log_record_says_besides_is_kept_and_counted(tmp_path: Path, ids: dict[str, str]) -> None:
    more = {"gen_ai.response.id": "r-1", "gen_ai.evaluation.cost": "0.02"}
    log = _answer(more) | ids | {"timeUnixNano": "1767225600000000000", "severityText": "WARN", "flags": 1}
    log["body"] = {"stringValue": "the judge was slow"}
    trace, verdict = _read(tmp_path, _span(CHAT | {"gen_ai.response.id": "r-1"}), [log])
    assert isinstance(trace, Trace)
    assert isinstance(verdict, Verdict)
    assert (verdict.label, verdict.at) == ("kind", datetime(2026, 1, 1, tzinfo=UTC))
    counted = {name: count for name, count in kept_raw(trace).items() if name.startswith("logs.")}
    assert counted == dict.fromkeys(
        [
            "logs.eventName",
            "logs.severityText",
            "logs.flags",
            "logs.body.stringValue",
            "logs.attributes.gen_ai.evaluation.cost",
            *(["logs.spanId"] if ids else []),  # a verdict is on a trace: which of its spans was judged stands here
        ],
        1,
    )


def test_the_service_that_judged_is_kept(tmp_path: Path) -> None:
    request = orjson.loads(_request(_span(CHAT), logs=[_answer({}) | {"traceId": "a"}]))
    request["resourceLogs"][0] |= {"resource": {"attributes": [_pair("service.name", "evaluator")]}}
    trace, _ = readers.read(write(tmp_path, orjson.dumps(request)))
    assert isinstance(trace, Trace)
    assert trace.metadata["logs"] == [
        {"eventName": "gen_ai.evaluation.result", "resource": {"service.name": "evaluator"}}
    ]


def test_a_judges_log_record_that_was_read_to_the_end_is_not_kept_twice(tmp_path: Path) -> None:
    log = _answer({}) | {"traceId": "a", "timeUnixNano": "1767225600000000000"}
    log["body"] = {"stringValue": "gen_ai.evaluation.result"}  # as older exporters name the event
    trace, _ = _read(tmp_path, _span(CHAT), [log])
    assert isinstance(trace, Trace)
    assert "logs" not in trace.metadata


@pytest.mark.parametrize(
    ("said", "lost"),
    [
        pytest.param({"error.type": "timeout", SCORE + "label": "kind"}, SCORE + "label", id="label of a failure"),
        pytest.param({SCORE + "value": "rather good", SCORE + "label": "kind"}, SCORE + "value", id="score in words"),
    ],
)
def test_an_answer_that_no_verdict_can_hold_stays_in_the_metadata(
    tmp_path: Path, said: dict[str, str], lost: str
) -> None:
    trace, verdict = _read(tmp_path, _span(CHAT), [_answer(said) | {"traceId": "a"}])
    assert isinstance(trace, Trace)
    assert isinstance(verdict, Verdict)
    assert verdict.score is None
    assert trace.metadata["logs"][0]["attributes"][lost] == said[lost]


def test_what_was_said_in_a_span_that_is_not_here_is_kept_as_it_came(tmp_path: Path) -> None:
    log = {"traceId": "a", "spanId": "gone", "eventName": "gen_ai.user.message", "body": {"stringValue": "And now?"}}
    (trace,) = _read(tmp_path, _span(CHAT), [log])
    assert isinstance(trace, Trace)
    assert trace.metadata["logs"] == [log]


@pytest.mark.parametrize(
    ("attributes", "status", "label", "score"),
    [
        pytest.param({"gen_ai.evaluation.score.label": "kind"}, "ok", "kind", None, id="label"),
        pytest.param({"gen_ai.evaluation.score.value": 0}, "ok", None, 0.0, id="number"),
        pytest.param({}, "missing", None, None, id="neither"),
        pytest.param({"gen_ai.evaluation.explanation": "Grade not found"}, "missing", None, None, id="not parsed"),
        pytest.param(
            {"error.type": "timeout", "gen_ai.evaluation.score.label": "kind"}, "error", None, None, id="failed"
        ),
    ],
)
def test_a_judges_failure_stays_one(
    tmp_path: Path, attributes: dict[str, Any], status: str, label: str | None, score: float | None
) -> None:
    event = {"name": "gen_ai.evaluation.result", "attributes": {"gen_ai.evaluation.name": "tone", **attributes}}
    _, verdict = _read(tmp_path, _span(CHAT) | {"events": [event]})
    assert isinstance(verdict, Verdict)
    assert (verdict.status, verdict.label, verdict.score) == (status, label, score)


def test_a_span_that_was_sent_twice_counts_once(tmp_path: Path) -> None:
    event = {"name": "gen_ai.evaluation.result", "attributes": {"gen_ai.evaluation.name": "tone"}}
    span = _span(CHAT) | {"events": [event]}
    lines = b"\n".join([_request(span), _request(span)])
    trace, _ = readers.read(write(tmp_path, lines))
    assert isinstance(trace, Trace)
    assert len(trace.metadata["spans"]) == 1


def test_nothing_is_lost_and_nothing_kept_twice(tmp_path: Path) -> None:
    said = {
        "gen_ai.input.messages": PARTS_IN,
        "gen_ai.output.messages": PARTS_OUT,  # says "stop", which only finish_reasons says besides
        "gen_ai.response.finish_reasons": ["stop"],
        "input.value": orjson.dumps({"question": ASKED, "temperature": 0.2}).decode(),
        "output.value": ANSWERED,
        "enduser.id": "reader-77",
    }
    (trace,) = _read(tmp_path, _span(CHAT | said) | {"kind": 3, "links": [{"traceId": "b"}]})
    assert isinstance(trace, Trace)
    (span,) = trace.metadata["spans"]
    assert set(span["attributes"]) == {*CHAT, "gen_ai.response.finish_reasons", "input.value", "enduser.id"}
    assert span["fields"] == {"kind": 3, "links": [{"traceId": "b"}]}
    counted = kept_raw(trace)
    assert counted["spans.attributes.enduser.id"] == 1
    assert counted["spans.fields.kind"] == 1


@pytest.mark.parametrize(("most", "kept"), [(10**6, False), (-1, True)], ids=["looked for", "too much to look for"])
def test_looking_for_what_is_said_twice_has_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, kept: bool
) -> None:
    monkeypatch.setattr(otel_leftovers, "_MOST_SEARCHED", most)
    parts = [
        {"type": "text", "content": text} for text in ("The first half of a question", "and the second half of it")
    ]
    said = orjson.dumps([{"role": "user", "parts": parts}]).decode()  # in the trace it is one text
    (trace,) = _read(tmp_path, _span(CHAT | {"gen_ai.input.messages": said}))
    assert isinstance(trace, Trace)
    assert ("gen_ai.input.messages" in trace.metadata["spans"][0]["attributes"]) is kept


def test_the_finish_reason_stays_where_nothing_else_says_it(tmp_path: Path) -> None:
    (trace,) = _read(tmp_path, _span(CHAT | {"gen_ai.output.messages": PARTS_OUT}))
    assert isinstance(trace, Trace)
    assert trace.metadata["spans"][0]["attributes"]["gen_ai.output.messages"] == PARTS_OUT


def test_json_in_json_in_json_is_kept_and_breaks_nothing(tmp_path: Path) -> None:
    text = "x"
    for _ in range(6):  # each within the 200 levels that a parser takes, all of them far beyond Python's 1000
        text = orjson.dumps(text).decode()
        text = "[" * 190 + text + "]" * 190
    (trace,) = _read(tmp_path, _span(CHAT | {"gen_ai.input.messages": text, "gen_ai.tool.call.result": text}))
    assert isinstance(trace, Trace)
    assert trace.metadata["spans"][0]["attributes"]["gen_ai.tool.call.result"] == text


def test_logs_without_their_span_are_said(tmp_path: Path) -> None:
    log = {"traceId": "z", "body": {"stringValue": "hello"}}
    _, fault = _read(tmp_path, _span(CHAT), [log])
    assert isinstance(fault, Reject)
    assert "no span" in fault.reason


def _span(attributes: dict[str, Any]) -> dict[str, Any]:
    return {"traceId": "a", "spanId": "1", "name": "chat", "attributes": attributes}


def _answer(attributes: dict[str, Any]) -> dict[str, Any]:
    own = {"gen_ai.evaluation.name": "tone", "gen_ai.evaluation.score.label": "kind"} | attributes
    return {"eventName": "gen_ai.evaluation.result", "attributes": [_pair(*item) for item in own.items()]}


def _pair(key: str, value: str) -> dict[str, Any]:
    return {"key": key, "value": {"stringValue": value}}


def _request(*spans: dict[str, Any], logs: list[dict[str, Any]] | None = None) -> bytes:
    held = {"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}
    return orjson.dumps(held | {"resourceLogs": [{"scopeLogs": [{"logRecords": logs or []}]}]})


def _read(folder: Path, span: dict[str, Any], logs: list[dict[str, Any]] | None = None) -> list[readers.Item]:
    items = list(readers.read(write(folder, _request(span, logs=logs))))
    # In an order that tests can name: traces, rejects of the reading, verdicts.
    return sorted(items, key=lambda item: (Trace, Reject, Verdict).index(type(item)))  # type: ignore[arg-type]
