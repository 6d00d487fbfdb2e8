"""MLflow: `Trace.to_json`, of version 3 and of version 2, one or many, and the data frame of `search_traces` as JSON
lines, JSON or Parquet. Assessments become verdicts and opinions; a person's expected answer is the correction."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from review_app.tables import HumanOpinion, Reject, Verdict
from review_app.traces.chat import unquoted
from review_app.traces.columns import parsed, text_of
from review_app.traces.faults import numbers_kept, rejected
from review_app.traces.formats import mlflow_assessments
from review_app.traces.formats.foreign_scores import instant, number_of
from review_app.traces.formats.otel_record import Pile, Record
from review_app.traces.formats.otel_traces import trace_of
from review_app.traces.glimpse import Glimpse
from review_app.traces.table_rows import rows
from review_app.traces.trace import Json, Trace

NAME = "mlflow"

Fields = Mapping[str, Json]

_SESSION = "mlflow.trace.session"
_BASE64 = re.compile(r"[A-Za-z0-9+/]{11}=|[A-Za-z0-9+/]{22}==")  # 8 or 16 bytes, which OTLP ids are
_TAKEN = {"trace_id", "request_id", "assessments"}
_SPAN_TAKEN = {"context", "trace_id", "span_id", "parent_span_id", "parent_id", "start_time", "end_time", "status_code"}


def looks_like(glimpse: Glimpse) -> bool:
    """A trace's info beside its data, or the columns of `search_traces`."""
    return any(
        glimpse.has(*keys)
        for keys in (
            ("info.trace_id",),
            ("info.request_id",),
            ("data.spans",),
            ("trace_id", "trace_metadata", "spans"),
            ("request_id", "request_metadata", "spans"),
        )
    )


def read(path: Path) -> Iterator[Trace | Verdict | HumanOpinion | Reject]:
    """Each trace, followed by the verdicts and opinions on it."""
    for found in rows(path):
        if isinstance(found, Reject):
            yield found
            continue
        line, row = found
        try:
            yield from record_items(row, path, line)
        except (ValueError, TypeError, AttributeError, OverflowError) as fault:
            yield rejected(path, line, fault, str(row).encode(errors="replace"))


def record_items(row: Fields, path: Path, line: int) -> Iterator[Trace | Verdict | HumanOpinion | Reject]:
    """One trace. Raises ValueError, TypeError, AttributeError or OverflowError where it is none."""
    whole = parsed(row.get("trace"))  # the data frame holds the trace a second time, as it is
    record = whole if isinstance(whole, Mapping) and "info" in whole else row
    info = _object(record.get("info")) if "info" in record else record
    data = _object(record.get("data")) if "info" in record else record
    trace_id = text_of(info.get("trace_id")) or text_of(info.get("request_id"))
    if trace_id is None:
        raise ValueError("the trace has no trace_id")
    listed = parsed(info.get("assessments"))
    assessments = [one for one in (listed if isinstance(listed, list) else []) if isinstance(one, Mapping)]
    yield _trace(trace_id, info, data, assessments)
    yield from mlflow_assessments.items(trace_id, assessments, path, line)


def _trace(trace_id: str, info: Fields, data: Fields, assessments: list[Fields]) -> Trace:
    listed = parsed(data.get("spans"))
    spans = [_span(span) for span in (listed if isinstance(listed, list) else []) if isinstance(span, Mapping)]
    trace = trace_of(trace_id, Pile(spans=spans or [_alone(info)]))
    beside = _object(info.get("trace_metadata") or info.get("request_metadata"))
    failed = text_of(info.get("state") or info.get("status")) == "ERROR"
    took = number_of(info.get("execution_duration_ms") or info.get("execution_time_ms"))
    left = {key: parsed(value) for key, value in info.items() if key not in _TAKEN and key not in ("spans", "trace")}
    data_left = {} if data is info else {key: parsed(value) for key, value in data.items() if key != "spans"}
    unplaced = [dict(one) for one in assessments if mlflow_assessments.is_kept(one)]
    return numbers_kept(
        replace(
            trace,
            at=trace.at or instant(info.get("request_time") or info.get("timestamp_ms")),
            session_id=trace.session_id or text_of(beside.get(_SESSION)),
            latency_s=took / 1000 if trace.latency_s is None and took is not None and took >= 0 else trace.latency_s,
            error=trace.error or ("failed without a message" if failed and trace.output is None else None),
            correction=mlflow_assessments.correction(assessments),
            metadata=trace.metadata
            | {"info": left}
            | {name: kept for name, kept in (("data", data_left), ("assessments", unplaced)) if kept},
        )
    )


def _span(span: Fields) -> Record:
    context = _object(span.get("context"))
    own = {key: value for key, value in span.items() if key not in _SPAN_TAKEN}
    code = span.get("status_code")
    return Record(
        fields=own
        | {
            "traceId": _hex(span.get("trace_id") or context.get("trace_id")),
            "spanId": _hex(span.get("span_id") or context.get("span_id")),
            "parentSpanId": _hex(span.get("parent_span_id") or span.get("parent_id")),
            "startTimeUnixNano": span.get("start_time_unix_nano") or span.get("start_time"),
            "endTimeUnixNano": span.get("end_time_unix_nano") or span.get("end_time"),
            # MLflow writes every attribute as JSON text: plain text in quotes, numbers as digits.
            "attributes": {key: unquoted(value) for key, value in _object(span.get("attributes")).items()},
            "status": {"code": code, "message": span.get("status_message")} if code else span.get("status"),
        }
    )


def _alone(info: Fields) -> Record:
    """A trace without its spans, as the one span that its info tells of."""
    beside = _object(info.get("trace_metadata") or info.get("request_metadata"))
    given = info.get("request") or beside.get("mlflow.traceInputs") or info.get("request_preview")
    gave = info.get("response") or beside.get("mlflow.traceOutputs") or info.get("response_preview")
    attributes = {"mlflow.spanInputs": given, "mlflow.spanOutputs": gave}
    return Record(fields={"name": _object(info.get("tags")).get("mlflow.traceName"), "attributes": attributes})


def _hex(written: Json) -> Json:
    """An id as hex: version 3 writes its bytes in base64, which other exporters of the same trace do not."""
    if isinstance(written, str) and _BASE64.fullmatch(written):
        return base64.b64decode(written).hex()
    return written


def _object(value: Json) -> Fields:
    found = parsed(value)
    return found if isinstance(found, Mapping) else {}
