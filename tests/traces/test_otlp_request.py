"""A request as bytes: what it may cost, what one bad record costs, and the answer."""

from __future__ import annotations

import gzip
import random
import tracemalloc
import zlib
from typing import Any

import orjson
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from review_app.traces import otlp_request
from review_app.traces.otlp_request import JSON, PROTOBUF, Decoded, Refused, decoded, inflated, refusal, success

from ..otlp import SPAN, START, TRACE, a_span, an_evaluation, logs_request, spans_request

MB = 1024 * 1024


@pytest.mark.parametrize(
    ("wire", "encoding"),
    [
        pytest.param(b"abc", "", id="plain"),
        pytest.param(b"abc", "identity", id="identity"),
        pytest.param(gzip.compress(b"abc"), "gzip", id="gzip"),
        pytest.param(gzip.compress(b"a") + gzip.compress(b"bc"), "gzip", id="two members"),
        pytest.param(zlib.compress(b"abc"), "deflate", id="deflate"),
    ],
)
def test_a_body_is_unpacked(wire: bytes, encoding: str) -> None:
    assert inflated(wire, encoding) == b"abc"


@pytest.mark.parametrize(
    ("wire", "encoding", "status"),
    [
        pytest.param(b"abc", "zstd", 415, id="unknown encoding"),
        pytest.param(b"abc", "gzip", 400, id="no gzip"),
        pytest.param(gzip.compress(b"abc" * 999)[:-9], "gzip", 400, id="breaks off"),
        pytest.param(gzip.compress(b"abc") + b"more", "gzip", 400, id="something behind it"),
        pytest.param(gzip.compress(b"") * 101, "gzip", 400, id="too many members"),
        pytest.param(gzip.compress(bytes(MB + 1)), "gzip", 413, id="one byte too long"),
        pytest.param(gzip.compress(bytes(MB // 2)) * 3, "gzip", 413, id="too long in parts"),
        pytest.param(zlib.compress(bytes(MB + 1)), "deflate", 413, id="too long, deflate"),
    ],
)
def test_a_body_that_is_refused(wire: bytes, encoding: str, status: int) -> None:
    with pytest.raises(Refused) as refused:
        inflated(wire, encoding, most=MB)
    assert refused.value.status == status


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        pytest.param(b'{"resourceSpans":[' + b"{}," * 2_000_000 + b"{}]}", JSON, id="json"),
        # resource_spans { scope_spans { spans {} spans {} … } }; 2,000,000 is 80 89 7a as a varint
        pytest.param(b"\x0a\x84\x89\x7a\x12\x80\x89\x7a" + b"\x12\x00" * 1_000_000, PROTOBUF, id="protobuf"),
    ],
)
def test_a_request_of_too_many_parts_is_refused_before_it_is_read(body: bytes, content_type: str) -> None:
    with pytest.raises(Refused, match=r"more than [12]000000 parts") as refused:
        decoded(body, content_type, "traces")
    assert refused.value.status == 413


@pytest.mark.parametrize("parts", [1, 90])
def test_a_bomb_costs_less_than_twice_the_cap(parts: int) -> None:
    bomb = gzip.compress(bytes(256 * MB // parts)) * parts
    tracemalloc.start()
    with pytest.raises(Refused, match="unpacks to more"):
        inflated(bomb, "gzip", most=8 * MB)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2 * 8 * MB


def decode(body: bytes, signal: Any = "traces") -> Decoded:
    return decoded(body, JSON, signal)


GOOD = a_span(span_id="00000000000000aa")


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        pytest.param({"traceId": "zz"}, "trace id", id="no trace id"),
        pytest.param({"traceId": "0" * 32}, "trace id", id="trace id of zeros"),
        pytest.param({"traceId": 5}, "trace id", id="a number as trace id"),
        pytest.param({"spanId": "eee1"}, "span id", id="short span id"),
        pytest.param({"spanId": "0" * 16}, "span id", id="span id of zeros"),
        pytest.param({"startTimeUnixNano": str(2**64 - 1)}, "startTimeUnixNano", id="a time beyond 63 bits"),
        pytest.param({"endTimeUnixNano": "soon"}, "endTimeUnixNano", id="a time that is none"),
        pytest.param({"endTimeUnixNano": -1}, "endTimeUnixNano", id="a time before 1970"),
        pytest.param({"name": "\ud800"}, "surrogates", id="half a surrogate pair"),
        pytest.param({"attributes": [{"key": "n", "value": {"doubleValue": float("nan")}}]}, "nan", id="NaN"),
        pytest.param({"attributes": [{"key": "n", "value": {"intValue": 2**70}}]}, str(2**70), id="70 bits"),
    ],
)
def test_a_bad_record_costs_itself_alone(bad: dict[str, Any], why: str) -> None:
    # The standard library writes what orjson refuses to write: NaN, and half a pair.
    import json

    request = {"resourceSpans": [{"scopeSpans": [{"spans": [a_span() | bad, GOOD]}]}]}
    found = decode(json.dumps(request).encode())
    assert ([record.key for record in found.records], found.rejected) == ([GOOD["spanId"]], 1)
    assert why in found.reason


def test_ids_in_capitals_are_the_same_trace() -> None:
    child = a_span(TRACE.upper(), "AA" * 8) | {"parentSpanId": SPAN.upper()}
    found = decode(spans_request(a_span(), child)).records
    assert {record.trace_id for record in found} == {TRACE}
    assert orjson.loads(found[1].body)["fields"]["parentSpanId"] == SPAN


def test_a_log_record_needs_a_trace_or_a_response() -> None:
    stray = an_evaluation(trace_id="", response__id="r-1")
    found = decode(logs_request(an_evaluation(), stray, an_evaluation(trace_id="")), "logs")
    assert [(record.trace_id, record.response_id) for record in found.records] == [(TRACE, None), ("", "r-1")]
    assert found.rejected == 1


def test_each_address_takes_its_own_signal() -> None:
    assert decode(logs_request(an_evaluation()), "traces").reason == "/v1/traces takes spans only"
    assert decode(spans_request(a_span()), "logs").reason == "/v1/logs takes log records only"


def test_what_an_old_collector_calls_a_library_is_a_scope() -> None:
    library, judged = {"name": "old"}, orjson.loads(logs_request(an_evaluation()))
    (log,) = judged["resourceLogs"][0]["scopeLogs"][0]["logRecords"]
    old = "instrumentationLibrary"
    spans = {"resourceSpans": [{f"{old}Spans": [{old: library, "spans": [a_span()]}]}]}
    logs = {"resourceLogs": [{f"{old}Logs": [{old: library, "logs": [log]}]}]}
    (span,) = decode(orjson.dumps(spans)).records
    assert (span.key, orjson.loads(span.body)["scope"]) == (SPAN, library)
    assert len(decode(orjson.dumps(logs), "logs").records) == 1


def test_records_beyond_the_cap_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(otlp_request, "MOST_RECORDS", 2)
    found = decode(spans_request(*(a_span(span_id=f"{number:016x}") for number in range(1, 6))))
    assert (len(found.records), found.rejected) == (2, 3)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{", id="cut"),
        pytest.param(b"[1]", id="a list"),
        pytest.param(b'{"other": 1}', id="another object"),
        pytest.param(b'{"a":' * 100_000, id="100,000 deep"),
        pytest.param(b'{"resourceSpans": [5]}', id="a number as resource"),
    ],
)
def test_what_is_no_request_is_refused(body: bytes) -> None:
    with pytest.raises(Refused) as refused:
        decode(body)
    assert refused.value.status == 400
    assert len(refused.value.message) < 300


@pytest.mark.parametrize("kind", [JSON, PROTOBUF])
def test_an_empty_request_is_one(kind: str) -> None:
    assert decoded(b"", kind, "traces") == Decoded(records=())


@pytest.mark.parametrize(("depth", "rejected"), [(20, 0), (90, 1), (300, 1)])
def test_deep_values_cost_their_record(depth: int, rejected: int) -> None:
    value = '{"stringValue": "deep"}'
    for _ in range(depth):
        value = '{"arrayValue": {"values": [' + value + "]}}"
    deep = orjson.Fragment('[{"key": "d", "value": ' + value + "}]")
    found = decode(spans_request(a_span() | {"attributes": deep}, GOOD))
    assert (len(found.records), found.rejected) == (2 - rejected, rejected)


def protobuf_request() -> bytes:
    message = ExportTraceServiceRequest()
    scope = message.resource_spans.add().scope_spans.add()
    for number in range(1, 4):
        span = scope.spans.add(trace_id=bytes.fromhex(TRACE), span_id=number.to_bytes(8, "big"), name="chat")
        span.start_time_unix_nano = span.end_time_unix_nano = START
        span.attributes.add(key="gen_ai.request.model").value.string_value = "aster-1"
    return message.SerializeToString()


def test_protobuf_and_json_say_the_same() -> None:
    found = decoded(protobuf_request(), PROTOBUF, "traces")
    assert [(record.trace_id, record.key) for record in found.records] == [(TRACE, f"{n:016x}") for n in (1, 2, 3)]


@pytest.mark.parametrize("kind", [JSON, PROTOBUF])
def test_mutated_requests_are_taken_or_refused(kind: str) -> None:
    rng = random.Random(20260901)
    sound = (
        protobuf_request() if kind == PROTOBUF else spans_request(a_span(), GOOD, a_span(span_id="00000000000000bb"))
    )
    outcomes = set()
    for _ in range(600):
        body = bytearray(sound)
        for _ in range(rng.randint(1, 6)):
            at = rng.randrange(len(body))
            body[at : at + rng.randint(0, 3)] = rng.randbytes(rng.randint(0, 3))
        try:
            found = decoded(bytes(body), kind, "traces")
            outcomes.add("rejected" if found.rejected else "kept")
        except Refused as refused:
            outcomes.add(str(refused.status))
    assert outcomes == {"kept", "rejected", "400"}


@pytest.mark.parametrize("rejected", [0, 1, 300])
def test_the_answer_counts_what_was_not_taken(rejected: int) -> None:
    said = ExportTraceServiceResponse.FromString(success(PROTOBUF, "traces", rejected, "ünfit"))
    assert said.partial_success.rejected_spans == rejected
    assert said.partial_success.error_message == ("ünfit" if rejected else "")
    logs = ExportLogsServiceResponse.FromString(success(PROTOBUF, "logs", rejected, "unfit"))
    assert logs.partial_success.rejected_log_records == rejected
    written = orjson.loads(success(JSON, "logs", rejected, "unfit"))
    count = {"rejectedLogRecords": str(rejected), "errorMessage": "unfit"}
    assert written == ({"partialSuccess": count} if rejected else {})


def test_a_refusal_is_a_status() -> None:
    assert orjson.loads(refusal(JSON, 413, "too long")) == {"code": 8, "message": "too long"}
    # field 1, varint: 0x08 0x0e; field 2, two bytes: 0x12 0x02
    assert refusal(PROTOBUF, 503, "no") == b"\x08\x0e\x12\x02no"
