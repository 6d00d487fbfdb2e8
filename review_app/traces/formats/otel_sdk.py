"""Spans as OpenTelemetry's SDKs print them: Python's console exporter (`ReadableSpan.to_json`, ids with `0x`, a line or
an indented object for each span), and JavaScript's ReadableSpan as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from review_app.tables import Reject
from review_app.traces.faults import rejected
from review_app.traces.formats import otel_files
from review_app.traces.formats.otel_attributes import resource_in, scope_in
from review_app.traces.formats.otel_record import Record
from review_app.traces.glimpse import Glimpse, glimpse
from review_app.traces.json_stream import BrokenJson, JsonStream
from review_app.traces.lines import BROKEN_FILE, open_bytes, reject
from review_app.traces.table_rows import json_texts, value_of
from review_app.traces.trace import Json

NAME = "otel-sdk"

_TAKEN = {
    "context", "spanContext", "parent_id", "parentSpanId", "parentSpanContext", "start_time", "end_time", "startTime",
    "endTime", "status", "resource", "instrumentationScope", "instrumentationLibrary",
}  # fmt: skip


_CONTEXT = {"trace_id", "traceId", "span_id", "spanId", "trace_state"}


def looks_like(glimpse: Glimpse) -> bool:
    """Spans with their ids in a context of their own."""
    return glimpse.has("spanContext.traceId") or glimpse.has("context.trace_id", "kind", "status")


def read(path: Path) -> otel_files.Items:
    """Each trace when its last span was read, followed by the verdicts on it."""
    return otel_files.read(path, _records)


def _records(path: Path) -> Iterator[Record | Reject]:
    for place, found in enumerate(_texts(path)):
        if isinstance(found, Reject):
            yield found
            continue
        line, text = found
        try:
            record = _record(value_of(text), place, line)
        except (ValueError, TypeError, AttributeError) as fault:
            yield rejected(path, line, fault, text)
            continue
        yield record if record.trace_id else reject(path, line, "trace_id", "is missing", text)


def _texts(path: Path) -> Iterator[tuple[int, bytes] | Reject]:
    """Spans one per line, in an array, or, as the exporter prints them, one indented object after the other."""
    seen = glimpse(path)
    if seen.kind != "json" or any(key.startswith("[].") for key in seen.keys):
        yield from json_texts(seen)
        return
    with open_bytes(path) as file:
        try:
            stream = JsonStream(file)
            while stream.peek():
                yield stream.line, stream.value()
        except BrokenJson as fault:
            yield reject(path, fault.line, "file", f"{fault}; nothing after it was read")
        except BROKEN_FILE as fault:
            yield reject(path, 0, "file", f"the file is damaged, nothing more was read: {fault}")


def _record(span: Json, place: int, line: int) -> Record:
    if not isinstance(span, Mapping):
        raise ValueError("should be a span")
    context = _object(span.get("context") or span.get("spanContext"))
    parent = span.get("parent_id") or span.get("parentSpanId") or _object(span.get("parentSpanContext")).get("spanId")
    status = _object(span.get("status"))
    fields = {key: value for key, value in span.items() if key not in _TAKEN} | {
        "traceId": _bare(context.get("trace_id") or context.get("traceId")),
        "spanId": _bare(context.get("span_id") or context.get("spanId")),
        "parentSpanId": _bare(parent),
        "startTimeUnixNano": _time(span.get("start_time") or span.get("startTime")),
        "endTimeUnixNano": _time(span.get("end_time") or span.get("endTime")),
        "status": {
            "code": status.get("status_code") or status.get("code"),
            "message": status.get("description") or status.get("message"),
        },
        "context": {key: value for key, value in context.items() if key not in _CONTEXT},
        "traceState": context.get("trace_state") if context.get("trace_state") != "[]" else None,
    }
    resource = {"resource": _object(span.get("resource"))}
    scope = {"scope": _object(span.get("instrumentationScope") or span.get("instrumentationLibrary"))}
    return Record(fields=fields, resource=resource_in(resource), scope=scope_in(scope), place=place, line=line)


def _bare(hexadecimal: Json) -> Json:
    return hexadecimal.removeprefix("0x") if isinstance(hexadecimal, str) else hexadecimal


def _time(at: Json) -> Json:
    """JavaScript's [seconds, nanoseconds] as nanoseconds; everything else as it is."""
    if isinstance(at, list) and len(at) == 2 and all(isinstance(part, int) for part in at):
        return int(at[0]) * 10**9 + int(at[1])
    return at


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, Mapping) else {}
