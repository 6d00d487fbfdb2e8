"""The traps of OTLP/JSON as exporters and Phoenix really write it, on data small enough to read."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_app.tables import HumanOpinion, Verdict
from review_app.traces import readers
from review_app.traces.formats.otel_record import Pile, Record
from review_app.traces.formats.otel_traces import trace_of
from review_app.traces.trace import Trace, decode, encode

from ..files import write

# A combining diaeresis (o followed by U+0308), curly quotes and an emoji.
ODD_TEXT = "Is “The Overstory” in at Mo\u0308lln-Gasse? 📚"


def test_camel_case_with_times_as_text_and_snake_case_with_nulls_are_the_same(tmp_path: Path) -> None:
    camel = {
        "traceId": "d00a643b16f8ef606794ce2b83cef3e7",
        "spanId": "0c6ac5cd6c4c3f77",
        "name": "agent",
        "startTimeUnixNano": "1795458734079364096",
        "endTimeUnixNano": "1795458734105162000",
        "attributes": [
            {"key": "input.value", "value": {"stringValue": ODD_TEXT}},
            {"key": "n", "value": {"intValue": "3"}},
        ],
        "status": {"code": 2, "message": "RateLimitError: 429"},
    }
    empty = dict.fromkeys(("array_value", "bool_value", "bytes_value", "double_value", "kvlist_value"))
    snake = {
        "trace_id": camel["traceId"],
        "span_id": camel["spanId"],
        "parent_span_id": None,
        "trace_state": None,
        "events": None,
        "links": None,
        "name": "agent",
        "start_time_unix_nano": 1795458734079364096,
        "end_time_unix_nano": 1795458734105162000,
        "attributes": [
            {"key": "input.value", "value": {**empty, "int_value": None, "string_value": ODD_TEXT}},
            {"key": "n", "value": {**empty, "int_value": 3, "string_value": None}},
        ],
        "status": camel["status"],
    }
    request = {"resourceSpans": [{"scopeSpans": [{"spans": [camel]}]}]}
    (one,) = readers.read(write(tmp_path, orjson.dumps(request) + b"\n", "camel"))
    (other,) = readers.read(write(tmp_path, orjson.dumps({"data": [snake], "next_cursor": None}), "snake"))
    assert one == other
    assert isinstance(one, Trace)
    assert (one.trace_id, one.output, one.error) == (camel["traceId"], None, "RateLimitError: 429")  # no answer at all
    assert one.at is not None
    assert one.at.isoformat(timespec="seconds") == "2026-11-23T18:32:14+00:00"
    assert one.metadata["spans"][0]["attributes"] == {"n": 3}


def test_odd_text_survives_the_round_trip_unchanged(tmp_path: Path) -> None:
    (trace,) = readers.read(write(tmp_path, _request(_span("1", {"input.value": ODD_TEXT, "output.value": ODD_TEXT}))))
    assert isinstance(trace, Trace)
    kept = decode(encode(trace))
    assert kept.output == kept.messages[0].text == ODD_TEXT
    assert unicodedata.normalize("NFC", ODD_TEXT) != ODD_TEXT  # so a reader that normalised would be seen


def test_a_tool_that_fails_has_its_error_and_the_answer_stands(tmp_path: Path) -> None:
    asked = orjson.dumps(
        [{"role": "assistant", "parts": [{"type": "tool_call", "id": "c1", "name": "find", "arguments": {"a": 1}}]}]
    ).decode()
    spans = [
        _span("1", {"input.value": "Is it in?", "output.value": "I could not reach them."}),
        _span("2", {"gen_ai.operation.name": "chat", "gen_ai.output.messages": asked}, parent="1"),
        _span("3", {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "find", "gen_ai.tool.call.id": "c1"},
              parent="1") | {"status": {"code": 2}, "events": [
                  {"name": "exception", "attributes": {"exception.message": "no reply within 2 s"}}]},
    ]  # fmt: skip
    (trace,) = readers.read(write(tmp_path, _request(*spans)))
    assert isinstance(trace, Trace)
    assert (trace.output, trace.error) == ("I could not reach them.", None)
    assert [(c.id, c.arguments, c.result, c.error) for c in trace.tool_calls] == [
        ("c1", {"a": 1}, None, "no reply within 2 s")
    ]


def test_one_score_name_from_a_judge_and_two_people_are_three_answers(tmp_path: Path) -> None:
    rows = [
        {"span_id": "1", "name": "faithfulness", "annotator_kind": kind, "identifier": who, "result": {"label": label}}
        for kind, who, label in (("LLM", "judge-1", "bad"), ("HUMAN", "ana", "good"), ("HUMAN", "ben", "bad"))
    ]
    found = [
        (type(item), getattr(item, "judge", None) or getattr(item, "author", None), getattr(item, "label", None))
        for item in readers.read(write(tmp_path, orjson.dumps({"data": rows})))
    ]
    assert found == [(Verdict, "judge-1", "bad"), (HumanOpinion, "ana", "good"), (HumanOpinion, "ben", "bad")]


@pytest.mark.parametrize(
    "key",
    ["llm.input_messages.999999999.message.content", "gen_ai.prompt.00000000001.content", "retrieval.documents.1e9.x"],
)
def test_a_key_with_a_large_number_makes_no_large_list(tmp_path: Path, key: str) -> None:
    (trace,) = readers.read(write(tmp_path, _request(_span("1", {key: "hello", "gen_ai.operation.name": "chat"}))))
    assert isinstance(trace, Trace)
    assert len(trace.messages) + len(trace.documents) <= 1
    assert b"hello" in encode(trace)  # read or raw, it is kept


def test_what_two_services_and_a_time_that_is_none_say_is_kept(tmp_path: Path) -> None:
    own = {"attributes": [{"key": "service.name", "value": {"stringValue": "desk"}}]}
    other = {"attributes": [{"key": "service.name", "value": {"stringValue": "search"}}]}
    timed = {"startTimeUnixNano": str(10**18)}
    resources = [
        {"resource": own, "scopeSpans": [{"scope": {"name": "s"}, "spans": [_span("1", {}) | timed]}]},
        {"resource": other, "scopeSpans": [{"spans": [_span("2", {}, "1") | {"startTimeUnixNano": "soon"}]}]},
    ]
    (trace,) = readers.read(write(tmp_path, orjson.dumps({"resourceSpans": resources})))
    assert isinstance(trace, Trace)
    assert (trace.metadata["resource"], trace.metadata["scope"]) == ({"service.name": "desk"}, {"name": "s"})
    late = trace.metadata["spans"][1]
    assert (late["resource"], late["fields"]) == ({"service.name": "search"}, {"startTimeUnixNano": "soon"})


def test_what_stands_around_spans_and_how_they_ended_is_kept(tmp_path: Path) -> None:
    tool = _span("2", {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "find"}, "1")
    tool |= {
        "name": "execute_tool find",
        "status": {"code": 1},
        "events": [{"name": "slow", "droppedAttributesCount": 2}],
    }
    scope = {"name": "s", "attributes": [{"key": "k", "value": {"intValue": "3"}}]}
    resource = {
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "desk"}}], "entityRefs": ["e"]},
        "scopeSpans": [{"scope": scope, "schemaUrl": "https://s/2", "spans": [_span("1", {}), tool]}],
        "schemaUrl": "https://s/1",
    }
    (trace,) = readers.read(write(tmp_path, orjson.dumps({"resourceSpans": [resource]})))
    assert isinstance(trace, Trace)
    assert trace.metadata["resource"] == {"service.name": "desk", "entityRefs": ["e"], "schemaUrl": "https://s/1"}
    assert trace.metadata["scope"] == {"name": "s", "attributes": {"k": 3}, "schemaUrl": "https://s/2"}
    unset, sound = trace.metadata["spans"]
    assert "fields" not in unset
    assert (sound["name"], sound["fields"]) == ("find", {"name": "execute_tool find", "status": {"code": 1}})
    assert sound["events"] == [{"name": "slow", "at": None, "droppedAttributesCount": 2}]


@settings(max_examples=40, deadline=None)
@given(order=st.permutations(range(4)), again=st.lists(st.integers(0, 3), max_size=3))
def test_the_order_in_which_spans_arrive_and_arrive_again_changes_nothing(order: list[int], again: list[int]) -> None:
    spans = [_span(str(n), {"input.value": f"in {n}"}, parent=None if n == 0 else "0") for n in range(4)]
    for n in (0, 1, 2):  # the last has no time
        spans[n] |= {"startTimeUnixNano": str(10**18 + n // 2)}  # and two began at once
    plain = Pile(spans=[Record(fields=span) for span in spans])
    mixed = Pile(spans=[Record(fields=spans[n]) for n in (*order, *again)])
    assert encode(trace_of("a", mixed)) == encode(trace_of("a", plain))


def _span(span: str, attributes: dict[str, Any], parent: str | None = None) -> dict[str, Any]:
    return {"traceId": "a", "spanId": span, "parentSpanId": parent, "name": "step", "attributes": attributes}


def _request(*spans: dict[str, Any]) -> bytes:
    return orjson.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]})
