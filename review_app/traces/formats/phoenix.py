"""Phoenix: spans as its REST API returns them (`GET /v1/projects/…/spans`), and its client's data frame of spans as
JSON lines, JSON or Parquet. (`…/spans/otlpv1` is read as otlp-json; annotations have a reader of their own.)"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from review_app.tables import Reject
from review_app.traces.columns import parsed
from review_app.traces.formats import otel_files
from review_app.traces.formats.otel_record import Record
from review_app.traces.glimpse import Glimpse, glimpse
from review_app.traces.lines import reject
from review_app.traces.table_rows import rows
from review_app.traces.trace import Json

NAME = "phoenix"

_KIND = "openinference.span.kind"
_ATTRIBUTE, _CONTEXT = "attributes.", "context."
_TAKEN = {
    "context", "attributes", "parent_id", "span_kind", "start_time", "end_time", "status_code", "status_message",
    "events", "__index_level_0__",
}  # fmt: skip


def looks_like(glimpse: Glimpse) -> bool:
    """Spans with OpenInference's kind beside their ids."""
    return glimpse.has("context.trace_id", "span_kind")


def read(path: Path) -> otel_files.Items:
    """Each trace when its last span was read, followed by the verdicts on it."""
    return otel_files.read(path, _records)


def _records(path: Path) -> Iterator[Record | Reject]:
    seen = glimpse(path)
    inside = "data" if "data" in seen.keys and seen.kind != "parquet" else None
    for place, found in enumerate(rows(path, inside)):
        if isinstance(found, Reject):
            yield found
            continue
        line, row = found
        record = span_record(row, place, line)
        yield (
            record
            if record.trace_id
            else reject(path, line, "context.trace_id", "is missing", str(row).encode(errors="replace"))
        )


def span_record(row: Mapping[str, Json], place: int = 0, line: int = 0) -> Record:
    """A span, as the API or a data frame has it."""
    context = _with(row, _CONTEXT, row.get("context"))
    attributes = _with(row, _ATTRIBUTE, row.get("attributes"))
    attributes.setdefault(_KIND, row.get("span_kind"))
    own = {key: value for key, value in row.items() if key not in _TAKEN and not key.startswith((_ATTRIBUTE, _CONTEXT))}
    fields = own | {
        "traceId": context.get("trace_id"),
        "spanId": context.get("span_id"),
        "parentSpanId": row.get("parent_id"),
        "startTimeUnixNano": row.get("start_time"),
        "endTimeUnixNano": row.get("end_time"),
        "status": {"code": row.get("status_code"), "message": row.get("status_message")},
        "attributes": {key: value for key, value in attributes.items() if value is not None},
        "events": parsed(row.get("events")),
    }
    return Record(fields=fields, place=place, line=line)


def _with(row: Mapping[str, Json], prefix: str, held: Json) -> dict[str, Json]:
    """What the row holds as an object, and what stands in columns that begin with `prefix`."""
    flat = {key.removeprefix(prefix): value for key, value in row.items() if key.startswith(prefix)}
    found = parsed(held)
    return (dict(found) if isinstance(found, Mapping) else {}) | flat
