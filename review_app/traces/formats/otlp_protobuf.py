"""OTLP/protobuf: the body of an export request, traces or logs, as an OTLP/HTTP exporter posts it."""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from review_app.errors import BadInput
from review_app.tables import Reject
from review_app.traces.formats import otel_files
from review_app.traces.formats.otel_evaluations import response_id
from review_app.traces.formats.otel_record import Record
from review_app.traces.glimpse import Glimpse
from review_app.traces.lines import BROKEN_FILE, open_bytes, reject
from review_app.traces.trace import Json

NAME = "otlp-protobuf"

LARGEST = 64 * 1024 * 1024
"""The largest request we read, in bytes, unpacked; collectors refuse more than 20 MiB."""

MOST_PARTS = 1_000_000
"""Spans, attributes, events and links in one request. Each takes some hundred bytes of memory once it is read, and may
have taken two in the request; a span has about 25."""

_REQUESTS = {
    "spans": ("opentelemetry.proto.collector.trace.v1.trace_service_pb2", "ExportTraceServiceRequest"),
    "logs": ("opentelemetry.proto.collector.logs.v1.logs_service_pb2", "ExportLogsServiceRequest"),
}
_OLD_SCOPES = 1000  # the field of a resource's scopes until 2022, whose messages read as today's
_INTO = ((1,), (2, _OLD_SCOPES), (2,))  # the fields that lead to the spans: resources, scopes, what was recorded there
_BYTES, _FIXED = 2, {1: 8, 5: 4}  # wire types, the fixed ones with their length
_SCOPES = (b"\x12", b"\xc2\x3e")  # the tags of a resource's scopes, which hold the spans: today's and the old one
_ENTRY = 0x0A  # the tag of the first field: a resource in a request, and what it is in its list


def looks_like(glimpse: Glimpse) -> bool:
    """A list of resources that hold scopes, by the tags of their first bytes; a request begins with a line's end, so
    the first look takes some for text."""
    if glimpse.kind in ("parquet", "utf-16", "empty"):
        return False
    with open_bytes(glimpse.path) as file:
        try:
            head = file.read(64 * 1024)
        except BROKEN_FILE:
            return False
    return _begins_a_request(head)


def read(path: Path) -> otel_files.Items:
    """Each trace of the request, followed by the verdicts on it. Raises BadInput where the extra `otlp` is missing."""
    return otel_files.read(path, _records)


def in_request(body: bytes, place: int = 0) -> Iterator[Record]:
    """The spans and log records of one request. Raises ValueError where it is none, TooManyParts before it is read, and
    BadInput without the extra."""
    if _parts(body, 0, len(body), _INTO, MOST_PARTS) > MOST_PARTS:
        raise TooManyParts(f"has more than {MOST_PARTS} parts; send smaller batches")
    found = list(_parsed(body, "spans", place))
    # The two kinds of request differ in their innermost message only, and a log read as a span has no ids.
    if not any(record.trace_id for record in found):
        logs = list(_parsed(body, "logs", place))
        found = logs if any(record.fields for record in logs) else found
    yield from found


class TooManyParts(ValueError):
    """A request holds more than MOST_PARTS messages."""


def _records(path: Path) -> Iterator[Record | Reject]:
    with open_bytes(path) as file:
        try:
            body = file.read(LARGEST + 1)
        except BROKEN_FILE as fault:
            yield reject(path, 0, "file", f"the file is damaged, nothing of it was read: {fault}")
            return
    if len(body) > LARGEST:
        yield reject(path, 0, "file", f"is longer than {LARGEST // 1024**2} MiB")
        return
    try:
        records = list(in_request(body))
    except ValueError as fault:
        yield reject(path, 0, "file", str(fault))
        return
    for record in records:
        named = record.trace_id or response_id(record)
        yield record if named else reject(path, 0, "traceId", "is missing", record.raw)


def _parts(body: bytes, at: int, end: int, into: tuple[tuple[int, ...], ...], most: int) -> int:
    """How many messages lie in these bytes, those inside the first of `into`'s kinds included; it stops counting soon
    after `most`, and where the bytes are no protobuf, which the parser then says."""
    count = 0
    while at < end and count <= most:
        start = at
        tag, at = _varint(body, at)
        if at == start:
            return count
        if tag & 7 == _BYTES:
            length, at = _varint(body, at)
            count += 1
            if into and tag >> 3 in into[0]:
                count += _parts(body, at, min(at + length, end), into[1:], most - count)
            at += length
        elif tag & 7 in _FIXED:
            at += _FIXED[tag & 7]
        elif tag & 7:
            return count
        else:
            _, at = _varint(body, at)
    return count


def _begins_a_request(head: bytes) -> bool:
    length, at = _varint(head, 1)
    if head[:1] != bytes([_ENTRY]) or length < 2:
        return False
    if head[at : at + 1] == bytes([_ENTRY]):  # the resource itself, which may be left out
        skipped, at = _varint(head, at + 1)
        at += skipped
    return head.startswith(_SCOPES, at)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """(the number that stands at `at`, where it ends); (0, at) where none does."""
    if at < len(data) and data[at] < 0x80:
        return data[at], at + 1
    number = 0
    for place, byte in enumerate(data[at : at + 10]):
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return number, at + place + 1
    return 0, at


def _parsed(body: bytes, signal: str, place: int) -> Iterator[Record]:
    module, name = _REQUESTS[signal]
    try:
        request = getattr(importlib.import_module(module), name)()
        message = importlib.import_module("google.protobuf.message")
        unknown = importlib.import_module("google.protobuf.unknown_fields")
    except ModuleNotFoundError as fault:
        raise BadInput(
            f"To read OTLP/protobuf the package {fault.name} is needed.",
            do="pip install 'review-app[otlp]', or export as JSON.",
        ) from fault
    try:
        request.ParseFromString(body)
        resources = getattr(request, f"resource_{signal}")
        for resource in resources:
            _take_old_scopes(getattr(resource, f"scope_{signal}"), unknown.UnknownFieldSet(resource))
    except message.DecodeError as fault:
        if signal == "logs":
            raise ValueError(f"is no OTLP request: {fault}") from fault
        return
    for resource in resources:
        about = _filled(
            {"schemaUrl": resource.schema_url, "droppedAttributesCount": resource.resource.dropped_attributes_count}
        )
        attributes = about | _attributes(resource.resource.attributes)
        for scope in getattr(resource, f"scope_{signal}"):
            named = _scope(scope)
            for entry in scope.spans if signal == "spans" else scope.log_records:
                fields = _span(entry) if signal == "spans" else _log(entry)
                yield Record(fields=fields, resource=attributes, scope=named, place=place, is_log=signal == "logs")


def _take_old_scopes(scopes: Any, unknown: Any) -> None:
    """Add what an exporter from before 2022 sends in another field."""
    for field in unknown:
        if field.field_number == _OLD_SCOPES and isinstance(field.data, bytes):
            scopes.add().ParseFromString(field.data)


def _scope(around: Any) -> dict[str, Json]:
    scope = around.scope
    return _filled(
        {
            "name": scope.name,
            "version": scope.version,
            "attributes": _attributes(scope.attributes),
            "droppedAttributesCount": scope.dropped_attributes_count,
            "schemaUrl": around.schema_url,
        }
    )


def _span(span: Any) -> dict[str, Json]:
    fields = {
        "traceId": span.trace_id.hex(),
        "spanId": span.span_id.hex(),
        "parentSpanId": span.parent_span_id.hex(),
        "traceState": span.trace_state,
        "flags": span.flags,
        "name": span.name,
        "kind": span.kind,
        "startTimeUnixNano": span.start_time_unix_nano,
        "endTimeUnixNano": span.end_time_unix_nano,
        "attributes": _attributes(span.attributes),
        "droppedAttributesCount": span.dropped_attributes_count,
        "events": [_event(event) for event in span.events],
        "droppedEventsCount": span.dropped_events_count,
        "links": [_link(link) for link in span.links],
        "droppedLinksCount": span.dropped_links_count,
        "status": {"code": span.status.code, "message": span.status.message} if span.status.code else None,
    }
    return _filled(fields)


def _event(event: Any) -> dict[str, Json]:
    told = {"name": event.name, "timeUnixNano": event.time_unix_nano, "attributes": _attributes(event.attributes)}
    return told | _filled({"droppedAttributesCount": event.dropped_attributes_count})


def _link(link: Any) -> dict[str, Json]:
    return _filled(
        {
            "traceId": link.trace_id.hex(),
            "spanId": link.span_id.hex(),
            "traceState": link.trace_state,
            "attributes": _attributes(link.attributes),
            "droppedAttributesCount": link.dropped_attributes_count,
            "flags": link.flags,
        }
    )


def _log(log: Any) -> dict[str, Json]:
    return _filled(
        {
            "traceId": log.trace_id.hex(),
            "spanId": log.span_id.hex(),
            "eventName": log.event_name,
            "timeUnixNano": log.time_unix_nano or log.observed_time_unix_nano,
            "observedTimeUnixNano": log.observed_time_unix_nano if log.time_unix_nano else 0,
            "droppedAttributesCount": log.dropped_attributes_count,
            "severityText": log.severity_text,
            "severityNumber": log.severity_number,
            "flags": log.flags,
            "body": _value(log.body),
            "attributes": _attributes(log.attributes),
        }
    )


def _attributes(pairs: Any) -> dict[str, Json]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(wrapped: Any) -> Json:
    """An AnyValue as a JSON value; bytes as hex, and a number that JSON has no word for as text."""
    kind = wrapped.WhichOneof("value")
    if kind is None:
        return None
    value = getattr(wrapped, kind)
    if kind == "array_value":
        return [_value(item) for item in value.values]
    if kind == "kvlist_value":
        return _attributes(value.values)
    if kind == "double_value":
        return value if math.isfinite(value) else str(value)
    return value.hex() if isinstance(value, bytes) else value


def _filled(fields: Mapping[str, Json]) -> dict[str, Json]:
    return {name: value for name, value in fields.items() if value not in ("", 0, None, [], {})}
