from __future__ import annotations

import gzip
import sys
from pathlib import Path

import pytest

from review_app.errors import BadInput
from review_app.tables import Reject, Verdict
from review_app.traces import readers
from review_app.traces.formats import otlp_protobuf
from review_app.traces.glimpse import glimpse
from review_app.traces.trace import Trace

from ..files import write

traces_pb2 = pytest.importorskip(
    "opentelemetry.proto.collector.trace.v1.trace_service_pb2", reason="needs the extra otlp"
)
logs_pb2 = pytest.importorskip("opentelemetry.proto.collector.logs.v1.logs_service_pb2", reason="needs the extra otlp")

IDS = {"trace_id": bytes.fromhex("0a" * 16), "span_id": bytes.fromhex("0b" * 8)}


def test_a_request_is_found_by_its_content_and_ids_are_hex(tmp_path: Path) -> None:
    path = write(tmp_path, _spans())
    assert readers.detect(path) == "otlp-protobuf"
    (trace,) = readers.read(path)
    assert isinstance(trace, Trace)
    assert (trace.trace_id, trace.output, trace.error) == ("0a" * 16, "It’s here 📚", "BranchOffline")
    assert trace.metadata["spans"][0]["id"] == "0b" * 8
    assert trace.metadata["spans"][0]["attributes"] == {
        "n": 3,
        "half": 0.5,
        "all": ["a", True],
        "odd": "nan",
        "raw": "ff",
    }
    assert trace.metadata["resource"] == {"service.name": "helpdesk"}
    assert trace.at is not None
    assert (trace.at.isoformat(), trace.latency_s) == ("2026-11-23T18:32:54+00:00", 2.0)


def test_what_stands_around_a_span_and_was_dropped_is_kept(tmp_path: Path) -> None:
    request = traces_pb2.ExportTraceServiceRequest()
    resource = request.resource_spans.add(schema_url="https://s/1")
    resource.resource.dropped_attributes_count = 1
    scope = resource.scope_spans.add(schema_url="https://s/2")
    scope.scope.name = "s"
    scope.scope.attributes.add(key="k").value.int_value = 3
    span = scope.spans.add(name="answer", dropped_links_count=4, **IDS)
    span.links.add(trace_id=b"\x01" * 16, span_id=b"\x02" * 8, trace_state="a=b")
    span.events.add(name="slow", dropped_attributes_count=2)
    (trace,) = readers.read(write(tmp_path, request.SerializeToString()))
    assert isinstance(trace, Trace)
    assert trace.metadata["resource"] == {"schemaUrl": "https://s/1", "droppedAttributesCount": 1}
    assert trace.metadata["scope"] == {"name": "s", "attributes": {"k": 3}, "schemaUrl": "https://s/2"}
    (kept,) = trace.metadata["spans"]
    assert kept["fields"]["droppedLinksCount"] == 4
    assert kept["fields"]["links"][0]["traceState"] == "a=b"
    assert kept["events"][0]["droppedAttributesCount"] == 2


def test_a_gzipped_request_is_the_same(tmp_path: Path) -> None:
    plain = list(readers.read(write(tmp_path, _spans(), "a")))
    assert list(readers.read(write(tmp_path, gzip.compress(_spans()), "b"))) == plain


def test_a_request_of_logs_is_told_from_one_of_spans(tmp_path: Path) -> None:
    path = write(tmp_path, _logs())
    assert readers.detect(path) == "otlp-protobuf"
    (verdict,) = readers.read(path)
    assert isinstance(verdict, Verdict)
    assert (verdict.trace_id, verdict.criterion, verdict.label) == ("0a" * 16, "tone", "kind")


@pytest.mark.parametrize("signal", ["spans", "logs"])
def test_what_an_exporter_from_before_2022_sends_is_the_same(tmp_path: Path, signal: str) -> None:
    today = _spans() if signal == "spans" else _logs()
    old = write(tmp_path, _as_in_2021(today, signal), "old")
    assert readers.detect(old) == "otlp-protobuf"
    found = list(readers.read(old))
    assert found == list(readers.read(write(tmp_path, today, "today")))
    assert found


def _as_in_2021(body: bytes, signal: str) -> bytes:
    """Each resource's scopes in field 1000, where they were before they were named scopes."""
    kind = traces_pb2.ExportTraceServiceRequest if signal == "spans" else logs_pb2.ExportLogsServiceRequest
    found = b""
    for resource in getattr(kind.FromString(body), f"resource_{signal}"):
        inside = b"\x0a" + _sized(resource.resource.SerializeToString())
        for scope in getattr(resource, f"scope_{signal}"):
            inside += b"\xc2\x3e" + _sized(scope.SerializeToString())
        found += b"\x0a" + _sized(inside)
    return found


def _sized(body: bytes) -> bytes:
    """Its length as a varint of three bytes, then the body."""
    assert len(body) < 2**21
    return bytes([len(body) & 0x7F | 0x80, len(body) >> 7 & 0x7F | 0x80, len(body) >> 14]) + body


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b'\n{"a": 1}\n', id="a line's end, then JSON"),
        pytest.param(b"\n\n\n\n", id="blank lines"),
        pytest.param(b"\na\n1,2\n" + b"\n" * 200, id="a table after a blank line"),
        pytest.param(b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", id="a length without end"),
        pytest.param(b"\x0a", id="one byte"),
    ],
)
def test_what_only_begins_like_one_is_none(tmp_path: Path, content: bytes) -> None:
    assert not otlp_protobuf.looks_like(glimpse(write(tmp_path, content)))


def test_what_is_none_is_rejected_and_said(tmp_path: Path) -> None:
    (fault,) = readers.read(write(tmp_path, _spans()[:-3]), format="otlp-protobuf")
    assert isinstance(fault, Reject)
    assert "is no OTLP request" in fault.reason


def test_a_request_too_large_is_refused_before_it_is_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(otlp_protobuf, "LARGEST", 1024)
    bomb = write(tmp_path, gzip.compress(b"\x0a" * 1_000_000))
    (fault,) = readers.read(bomb, format="otlp-protobuf")
    assert isinstance(fault, Reject)
    assert "longer than" in fault.reason


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.proto.collector.trace.v1.trace_service_pb2", None)
    with pytest.raises(BadInput) as caught:
        list(readers.read(write(tmp_path, _spans())))
    assert "review-app[otlp]" in caught.value.do


def _spans() -> bytes:
    request = traces_pb2.ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = "helpdesk"
    span = resource.scope_spans.add().spans.add(name="answer", **IDS)
    span.start_time_unix_nano = 1_795_458_774 * 10**9  # 2026-11-23T18:32:54Z
    span.end_time_unix_nano = 1_795_458_776 * 10**9
    span.status.code, span.status.message = 2, "TimeoutError: BranchOffline"
    span.events.add(name="exception").attributes.add(key="exception.message").value.string_value = "BranchOffline"
    span.attributes.add(key="output.value").value.string_value = "It’s here 📚"
    span.attributes.add(key="n").value.int_value = 3
    span.attributes.add(key="half").value.double_value = 0.5
    span.attributes.add(key="odd").value.double_value = float("nan")
    span.attributes.add(key="raw").value.bytes_value = b"\xff"
    listed = span.attributes.add(key="all").value.array_value.values
    listed.add().string_value = "a"
    listed.add().bool_value = True
    return bytes(request.SerializeToString())


def _logs() -> bytes:
    request = logs_pb2.ExportLogsServiceRequest()
    record = request.resource_logs.add().scope_logs.add().log_records.add(event_name="gen_ai.evaluation.result", **IDS)
    record.time_unix_nano = 1_795_458_774 * 10**9
    record.attributes.add(key="gen_ai.evaluation.name").value.string_value = "tone"
    record.attributes.add(key="gen_ai.evaluation.score.label").value.string_value = "kind"
    return bytes(request.SerializeToString())
