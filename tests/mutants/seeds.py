"""A sound file or two of each format, to be bent: small ones made here, and the real ones where they are."""

from __future__ import annotations

import io
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ..otlp import START, a_span, an_evaluation, logs_request, spans_request
from ..shared_data import shared

LARGEST = 120_000  # bytes of a real file: what a reader does with it is seen in a small one too

ASKED = [{"role": "user", "content": "Where is it? \N{PACKAGE}"}, {"role": "assistant", "content": "At number nine."}]
TRACE = {
    "trace_id": "t-1", "at": "2026-09-01T10:00:00Z", "session_id": "s-1", "route": "returns", "messages": ASKED,
    "documents": [{"id": "kb-1", "text": "Thirty days.", "score": 0.5, "metadata": {"page": 3}}],
    "tool_calls": [{"id": "c1", "name": "find", "arguments": {"order": 7}, "result": {"state": "sent"}}],
    "output": "It was sent.", "user_feedback": {"rating": -1, "comment": "no"}, "latency_s": 1.5, "tags": ["a"],
    "metadata": {"shop": 4},
}  # fmt: skip
RUN = {
    "id": "3a1", "trace_id": "3a1", "dotted_order": "20260901T100000000000Z3a1", "name": "answer", "run_type": "chain",
    "start_time": "2026-09-01T10:00:00", "end_time": "2026-09-01T10:00:02", "inputs": {"messages": ASKED[:1]},
    "outputs": {"output": "At nine."}, "extra": {"metadata": {"k": 1}},
}  # fmt: skip
LANGSMITH_SAID = {"id": "f1", "run_id": "3a1", "key": "good", "score": 1, "feedback_source": {"type": "model"}}
SPAN: dict[str, Any] = {
    "name": "chat", "span_kind": "LLM", "context": {"trace_id": "ab" * 16, "span_id": "cd" * 8}, "parent_id": None,
    "start_time": "2026-09-01T10:00:00Z", "end_time": "2026-09-01T10:00:01Z", "status_code": "OK", "events": [],
    "attributes": {"input.value": "Where?", "output.value": "There.", "openinference.span.kind": "LLM"},
}  # fmt: skip
PAYLOAD = {
    "id": "l1", "litellm_call_id": "l1", "call_type": "completion", "model": "aster-1", "startTime": 1790000000.0,
    "endTime": 1790000001.0, "messages": ASKED[:1], "response": {"choices": [{"message": ASKED[1]}]},
    "response_cost": 0.01, "metadata": {"user_api_key_alias": "shop"}, "status": "success",
}  # fmt: skip
SAMPLE = {
    "id": 1, "epoch": 1, "input": "Where?", "target": "There", "messages": ASKED, "uuid": "u1",
    "output": {"model": "aster-1", "choices": [{"message": ASKED[1]}]},
    "scores": {"match": {"value": "C", "answer": "nine", "explanation": "as it should be"}},
}  # fmt: skip
RUN_OF_EVAL = {"version": 2, "status": "success",
               "eval": {"task": "orders", "created": "2026-09-01T10:00:00+00:00", "model": "aster-1"}}  # fmt: skip
OBSERVED = {"id": "o1", "traceId": "l-1", "type": "GENERATION", "startTime": "2026-09-01T10:00:00Z", "input": ASKED[:1],
            "output": ASKED[1], "model": "aster-1", "parentObservationId": None}  # fmt: skip
LANGFUSE = {
    "trace": {"id": "l-1", "timestamp": "2026-09-01T10:00:00Z", "input": ASKED[:1], "output": "At nine.",
              "scores": [{"id": "sc1", "name": "good", "value": 1, "source": "EVAL", "traceId": "l-1"}]},
    "observations": [OBSERVED],
}  # fmt: skip
MLFLOW = {
    "info": {"trace_id": "tr-1", "request_time": "2026-09-01T10:00:00Z", "execution_duration_ms": 20, "state": "OK",
             "trace_metadata": {"mlflow.trace.session": "s"}, "tags": {}, "assessments": [
                 {"assessment_name": "good", "source": {"source_type": "LLM_JUDGE", "source_id": "j"},
                  "feedback": {"value": True}, "trace_id": "tr-1"}]},
    "data": {"spans": [{"trace_id": "q83v", "span_id": "q80=", "parent_span_id": None, "name": "answer",
                        "start_time_unix_nano": START, "end_time_unix_nano": START + 10**9,
                        "attributes": {"mlflow.spanType": '"CHAT_MODEL"', "mlflow.spanInputs": '{"messages": []}'}}]},
}  # fmt: skip
ATIF = {
    "schema_version": "ATIF-v1.4", "session_id": "a-1", "agent": {"name": "helper", "version": "1"},
    "steps": [{"step_id": 1, "timestamp": "2026-09-01T10:00:00Z", "source": "user", "message": "Where?"},
              {"step_id": 2, "source": "agent", "message": "There.", "tool_calls": [
                  {"tool_call_id": "c1", "function_name": "find", "arguments": {"order": 7}}],
               "observation": {"results": [{"source_call_id": "c1", "content": "sent"}]}}],
    "final_metrics": {"total_cost_usd": 0.1},
}  # fmt: skip
DEEPEVAL = {"testCases": [
    {"name": "t1", "input": "Where?", "actualOutput": "There.", "retrievalContext": ["Nine."], "success": True,
     "metricsData": [{"name": "Faithfulness", "score": 0.9, "threshold": 0.5, "success": True, "reason": "ok"}]}
]}  # fmt: skip
TAU = {"task_id": 3, "reward": 1.0, "traj": [{"role": "system", "content": "Help."}, *ASKED], "trial": 0, "info": {}}
BATCH = {"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": {"model": "m", "messages": ASKED}}
ANSWERED = {"custom_id": "a", "response": {"body": {"choices": [{"message": ASKED[1]}]}}}
_TWO_SPANS = spans_request(a_span(), a_span(span_id="ab" * 8))
SDK: dict[str, Any] = {
    "name": "chat", "context": {"trace_id": "0x" + "ab" * 16, "span_id": "0x" + "cd" * 8}, "kind": "SpanKind.CLIENT",
    "parent_id": None, "start_time": "2026-09-01T10:00:00Z", "end_time": "2026-09-01T10:00:01Z", "events": [],
    "status": {"status_code": "OK"}, "attributes": {"gen_ai.operation.name": "chat"}, "resource": {},
}  # fmt: skip
ANNOTATION = {"id": "n1", "span_id": "cd" * 8, "name": "good", "annotator_kind": "LLM",
              "result": {"label": "pass", "score": 1}, "created_at": "2026-09-01T10:00:00Z"}  # fmt: skip

# Format -> the real files in it, below native-traces.
REAL = {
    "atif": "phoenix-client-atif/*.json",
    "deepeval": "deepeval/*.json",
    "inspect": "*/inspect_ai/*.*",
    "langfuse": "langfuse/*.json",
    "langsmith": "*/langsmith/*.jsonl",
    "litellm": "*/litellm/*.jsonl",
    "mlflow": "*/mlflow/*.json*",
    "otel-sdk": "*/opentelemetry/console*.jsonl",
    "otlp-json": "*/opentelemetry/otlp_json*",
    "otlp-protobuf": "*/opentelemetry/*.pb",
    "phoenix": "*/phoenix/*spans*",
    "phoenix-annotations": "*/phoenix/*annotations*",
}


@lru_cache
def seeds() -> dict[str, tuple[bytes, ...]]:
    """Format -> sound files in it, at least one of each."""
    return {name: (*made, *_real(REAL.get(name))) for name, made in _made().items()}


@lru_cache
def requests() -> tuple[bytes, ...]:
    """OTLP requests as JSON: spans, and judges' answers."""
    return (_TWO_SPANS, logs_request(an_evaluation()), *_real(REAL["otlp-json"]))


def _made() -> dict[str, tuple[bytes, ...]]:
    again = TRACE | {"trace_id": "t-2", "output": None}
    table = pa.Table.from_pylist([{**one, "messages": orjson.dumps(ASKED).decode()} for one in (TRACE, again)])
    file = io.BytesIO()
    pq.write_table(table, file)
    return {
        "atif": (orjson.dumps(ATIF),),
        "deepeval": (orjson.dumps(DEEPEVAL),),
        "inspect": (orjson.dumps(RUN_OF_EVAL | {"samples": [SAMPLE]}), _archive()),
        "langfuse": (orjson.dumps(LANGFUSE),),
        "langsmith": (_lines(RUN, RUN | {"id": "3a2", "parent_run_id": "3a1"}, LANGSMITH_SAID),),
        "litellm": (_lines(PAYLOAD, PAYLOAD | {"id": "l2", "litellm_call_id": "l2"}),),
        "mlflow": (orjson.dumps(MLFLOW),),
        "openai-batch": (_lines(BATCH, ANSWERED),),
        "otel-sdk": (_lines(SDK),),
        "otlp-json": (_TWO_SPANS, _lines(a_span()), logs_request(an_evaluation())),
        "otlp-protobuf": (protobuf(spans_request(a_span())),),
        "phoenix": (orjson.dumps({"data": [SPAN]}), _lines(SPAN)),
        "phoenix-annotations": (orjson.dumps({"data": [ANNOTATION]}),),
        "tau-bench": (orjson.dumps([TAU, TAU | {"trial": 1}]),),
        "openai-chat": (_lines({"messages": ASKED}, {"messages": ASKED[:1]}),),
        "jsonl": (_lines(TRACE, again, TRACE | {"trace_id": "t-3"}),),
        "csv": (b'trace_id,input,output,metadata,n\r\nt-1,"Where, now?",There,"{""a"": 1}",1\nt-2,"a\nb",,,2\n',),
        "parquet": (file.getvalue(),),
        "json": (orjson.dumps([TRACE, again]),),
    }  # fmt: skip


def protobuf(request: bytes) -> bytes:
    """A JSON request to /v1/traces as protobuf."""
    service = pytest.importorskip("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
    message = service.ExportTraceServiceRequest()
    for resource in orjson.loads(request)["resourceSpans"]:
        into = message.resource_spans.add().scope_spans.add()
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                _fill(into.spans.add(), span)
    return bytes(message.SerializeToString())


def _fill(into: Any, span: dict[str, Any]) -> None:
    into.trace_id, into.span_id, into.name = bytes.fromhex(span["traceId"]), bytes.fromhex(span["spanId"]), span["name"]
    into.start_time_unix_nano, into.end_time_unix_nano = int(span["startTimeUnixNano"]), int(span["endTimeUnixNano"])
    for pair in span["attributes"]:
        into.attributes.add(key=pair["key"]).value.string_value = pair["value"]["stringValue"]


def _archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, record in (("header.json", RUN_OF_EVAL), ("samples/1_epoch_1.json", SAMPLE)):
            # Not by name: then it would hold the time of day.
            archive.writestr(zipfile.ZipInfo(name), orjson.dumps(record), zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _lines(*records: object) -> bytes:
    return b"".join(orjson.dumps(record) + b"\n" for record in records)


def _real(pattern: str | None) -> list[bytes]:
    try:
        folder: Path | None = shared("native-traces")
    except pytest.skip.Exception:
        folder = None
    found = sorted(folder.rglob(pattern.removeprefix("*/"))) if folder and pattern else []
    return [path.read_bytes() for path in found if path.is_file() and path.suffix and path.stat().st_size <= LARGEST]
