"""OTLP/JSON: what an OpenTelemetry exporter writes, one export request per line or per file, spans and logs, in
camelCase or in Phoenix' snake_case (`GET /v1/projects/…/spans/otlpv1`)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from review_app.tables import Reject
from review_app.traces.faults import rejected
from review_app.traces.formats import otel_files
from review_app.traces.formats.otel_attributes import resource_in, scope_in
from review_app.traces.formats.otel_evaluations import response_id
from review_app.traces.formats.otel_record import Record
from review_app.traces.glimpse import Glimpse, glimpse
from review_app.traces.lines import reject
from review_app.traces.table_rows import json_texts, value_of
from review_app.traces.trace import Json

NAME = "otlp-json"
_OLD = "instrumentationLibrary"  # what OTLP called a scope until 2022; old collectors do still


def looks_like(glimpse: Glimpse) -> bool:
    """An export request, or spans as Phoenix returns them."""
    requests = ("resourceSpans", "resource_spans", "resourceLogs", "resource_logs")
    return any(glimpse.has(key) for key in requests) or any(
        glimpse.has(*keys) for keys in (("traceId", "startTimeUnixNano"), ("trace_id", "start_time_unix_nano"))
    )


def read(path: Path) -> otel_files.Items:
    """Each trace when its last span was read, followed by the verdicts on it."""
    return otel_files.read(path, _records)


def in_request(request: Json, place: int = 0, line: int = 0) -> Iterator[Record]:
    """The spans and log records of one export request, or the one span it is.

    Raises ValueError, TypeError or AttributeError where it is neither."""
    if not isinstance(request, Mapping):
        raise ValueError("should be an export request or a span")
    known = False
    for signal, is_log in (("Spans", False), ("Logs", True)):
        low = signal.lower()
        resources = request.get(f"resource{signal}", request.get(f"resource_{low}"))
        known = known or resources is not None
        for resource in resources or []:
            attributes = resource_in(resource)
            for scope in _first(resource, f"scope{signal}", f"scope_{low}", f"{_OLD}{signal}") or []:
                inside = _first(scope, "logRecords", "log_records", "logs") if is_log else scope.get("spans")
                named = scope_in({"scope": scope.get(_OLD), **scope})
                for fields in inside or []:
                    yield Record(
                        fields=dict(fields), resource=attributes, scope=named, place=place, line=line, is_log=is_log
                    )
    if not known:
        if "traceId" not in request and "trace_id" not in request:
            raise ValueError("has neither resourceSpans nor resourceLogs, and is no span")
        yield Record(fields=request, place=place, line=line)


def _first(said: Mapping[str, Json], *names: str) -> Json:
    return next((said[name] for name in names if name in said), None)


def _records(path: Path) -> Iterator[Record | Reject]:
    """Each span and log record of the file; a Reject for each line and span that is none."""
    seen = glimpse(path)
    for place, found in enumerate(json_texts(seen, "data" if "data" in seen.keys else None)):
        if isinstance(found, Reject):
            yield found
            continue
        line, text = found
        try:
            records = list(in_request(value_of(text), place, line))
        except (ValueError, AttributeError, TypeError) as fault:
            yield rejected(path, line, fault, text)
            continue
        for record in records:
            named = record.trace_id or response_id(record)
            yield record if named else reject(path, line, "traceId", "is missing", record.raw)
