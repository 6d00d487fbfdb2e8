from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest

from review_app.tables import Reject
from review_app.traces import readers
from review_app.traces.trace import Trace

from ..files import write

PYTHON: dict[str, Any] = {
    "name": "answer",
    "context": {"trace_id": "0x00ab", "span_id": "0x01", "trace_state": "[]"},
    "kind": "SpanKind.INTERNAL",
    "parent_id": None,
    "start_time": "2026-11-23T18:32:54.000000Z",
    "end_time": "2026-11-23T18:32:55.500000Z",
    "status": {"status_code": "ERROR", "description": "RateLimitError: 429"},
    "attributes": {"input.value": "Renew my card.", "openinference.span.kind": "CHAIN"},
    "events": [{"name": "note", "timestamp": "2026-11-23T18:32:54Z", "attributes": {"a": 1}}],
    "links": [],
    "resource": {"attributes": {"service.name": "helpdesk"}, "schema_url": ""},
}
CHILD = PYTHON | {
    "name": "chat",
    "context": {"trace_id": "0x00ab", "span_id": "0x02"},
    "parent_id": "0x01",
    "attributes": {"llm.model_name": "m", "openinference.span.kind": "LLM"},
}
JAVASCRIPT: dict[str, Any] = {
    "name": "ai.generateText",
    "spanContext": {"traceId": "00ab", "spanId": "01"},
    "attributes": {
        "ai.operationId": "ai.generateText",
        "ai.model.id": "m",
        "ai.prompt": '{"system":"Be kind.","prompt":"When?"}',
        "ai.response.text": "In two days.",
        "ai.usage.promptTokens": 14,
    },
    "status": {"code": 0},
    "startTime": [1795458774, 500000000],
    "endTime": [1795458776, 0],
    "events": [],
}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\n".join(map(orjson.dumps, (PYTHON, CHILD))), id="a line each"),
        pytest.param(orjson.dumps([PYTHON, CHILD]), id="a list"),
        # What ConsoleSpanExporter prints when nobody tells it otherwise.
        pytest.param(b"\n".join(orjson.dumps(s, option=orjson.OPT_INDENT_2) for s in (CHILD, PYTHON)), id="indented"),
    ],
)
def test_pythons_spans_lose_the_0x_and_join(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path, content)
    assert readers.detect(path) == "otel-sdk"
    (trace,) = readers.read(path)
    assert isinstance(trace, Trace)
    assert (trace.trace_id, trace.route, trace.model, trace.error) == ("00ab", "answer", "m", "RateLimitError: 429")
    assert trace.latency_s == 1.5
    assert {(span["id"], span["parent"]) for span in trace.metadata["spans"]} == {("01", None), ("02", "01")}
    assert trace.metadata["resource"] == {"service.name": "helpdesk"}
    assert any(span["events"][0]["a"] == 1 for span in trace.metadata["spans"])


def test_javascripts_times_are_seconds_and_nanoseconds(tmp_path: Path) -> None:
    path = write(tmp_path, orjson.dumps([JAVASCRIPT]))
    assert readers.detect(path) == "otel-sdk"
    (trace,) = readers.read(path)
    assert isinstance(trace, Trace)
    assert [(message.role, message.text) for message in trace.messages] == [("system", "Be kind."), ("user", "When?")]
    assert (trace.output, trace.model, trace.latency_s) == ("In two days.", "m", 1.5)
    assert trace.metadata["spans"][0]["attributes"]["ai.usage.promptTokens"] == 14


def test_calls_that_the_vercel_sdk_lists_are_read(tmp_path: Path) -> None:
    calls = '[{"toolCallId": "c1", "toolName": "find", "input": {"title": "x"}}]'
    span = JAVASCRIPT | {
        "attributes": {
            "ai.operationId": "ai.generateText.doGenerate",
            "ai.prompt.messages": '[{"role": "user", "content": [{"type": "text", "text": "Is it in?"}]}]',
            "ai.response.toolCalls": calls,
        }
    }
    (trace,) = readers.read(write(tmp_path, orjson.dumps([span])))
    assert isinstance(trace, Trace)
    assert [(call.name, call.id, call.arguments) for call in trace.tool_calls] == [("find", "c1", {"title": "x"})]
    assert trace.output is None


@pytest.mark.parametrize("broken", [{"context": {}}, {"context": None, "name": 1}, {}])
def test_a_span_without_ids_is_rejected_and_the_next_one_kept(tmp_path: Path, broken: dict[str, Any]) -> None:
    path = write(tmp_path, b"\n".join(map(orjson.dumps, (broken, PYTHON))))
    fault, trace = readers.read(path, format="otel-sdk")
    assert isinstance(fault, Reject)
    assert (fault.line, fault.field) == (1, "trace_id")
    assert isinstance(trace, Trace)
