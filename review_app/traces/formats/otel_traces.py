"""One trace out of its spans and log records, whoever exported them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from review_app.traces.columns import parsed
from review_app.traces.faults import numbers_kept
from review_app.traces.formats.genai import EVALUATION, SPEAKING, event_name, said_in_events
from review_app.traces.formats.otel_attributes import (
    PROMPT_VERSION,
    ROUTE,
    SESSION,
    TAGS,
    Attributes,
    step_of,
    text_in,
    value_in,
)
from review_app.traces.formats.otel_evaluations import unread, unread_of_log
from review_app.traces.formats.otel_leftovers import Told
from review_app.traces.formats.otel_record import Pile, Record
from review_app.traces.steps import Step, assembled
from review_app.traces.trace import Json, Trace, from_values

RESPONSE_ID = "gen_ai.response.id"

_TAKEN = {
    "traceId", "trace_id", "spanId", "span_id", "parentSpanId", "parent_span_id", "parent_id", "name", "attributes",
    "events",
}  # fmt: skip
_START, _END = {"startTimeUnixNano", "start_time_unix_nano"}, {"endTimeUnixNano", "end_time_unix_nano"}
_EMPTY: tuple[Json, ...] = (None, "", [], {})
_KNOWN_EVENTS = {EVALUATION, *SPEAKING}


@dataclass(frozen=True, eq=False)
class _Read:
    """A span after its attributes were read, those among them that events and log records told."""

    span: Record
    step: Step
    attributes: Attributes


def trace_of(name: str, pile: Pile) -> Trace:
    """The trace `name` out of all its spans and logs, in any order; a span that came twice counts once.

    What has no field of its own is in the metadata: `resource`, `scope`, `logs`, and for each of the `spans` its name,
    ids, times, error, other fields, and those attributes and events of which something stands nowhere else.
    Raises ValueError, TypeError, AttributeError or OverflowError where a span is none."""
    spans = _read(pile)
    values = assembled(read.step for read in spans)
    flat = {key: value for read in reversed(spans) for key, value in read.attributes.items()}
    ids = {read.step.id for read in spans}
    root = next((read for read in spans if read.step.parent not in ids), spans[0])
    tags = next((found for key in TAGS if isinstance(found := parsed(flat.get(key)), list)), [])
    own = {
        "trace_id": name,
        "session_id": text_in(flat, SESSION),
        "route": text_in(root.attributes, ROUTE) or root.step.name or None,
        "prompt_version": text_in(flat, PROMPT_VERSION),
        "tags": [str(tag) for tag in tags],
    }
    values |= own
    values["metadata"] |= _rest(pile, spans, Told(values))
    return numbers_kept(from_values(values))


def _read(pile: Pile) -> list[_Read]:
    told: dict[str | None, list[tuple[str, Attributes]]] = {}
    for log in pile.logs:
        if (event := event_name(log.fields, log.attributes)) in SPEAKING:
            told.setdefault(log.span_id, []).append((str(event), _with_body(log)))
    found = []
    for span in _once(pile.spans):
        events = [(event, inside) for event, inside, _ in span.events]
        attributes = span.attributes | said_in_events([*events, *told.get(span.span_id, [])])
        found.append(_Read(span, step_of(span.fields, attributes, events), attributes))
    # Spans arrive in any order, and the same trace must not become another version of itself.
    return sorted(found, key=lambda read: (read.step.start.timestamp() if read.step.start else math.inf, read.step.id))


def _with_body(log: Record) -> Attributes:
    """What a log record says, its body as well: OTLP's {kvlistValue: …}, or a plain object."""
    body = log.fields.get("body")
    inside = value_in(body) if isinstance(body, Mapping) and len(body) == 1 else body
    return {**(inside if isinstance(inside, Mapping) else {}), **log.attributes}


def _once(spans: Sequence[Record]) -> list[Record]:
    """The spans without those that an exporter sent again; the last one tells most."""
    return list({span.span_id or f"nameless {number}": span for number, span in enumerate(spans)}.values())


def _rest(pile: Pile, spans: Sequence[_Read], told: Told) -> dict[str, Json]:
    first = spans[0].span
    heard = {read.span.span_id for read in spans}
    logs = [left for log in pile.logs if (left := _log_left(log, heard, first))]
    logs.sort(key=lambda log: (str(log.get("timeUnixNano")), str(log)))
    return {"resource": dict(first.resource), "spans": [_left(read, told, first) for read in spans]} | _filled(
        {"scope": _filled(first.scope), "logs": logs}
    )


def _log_left(log: Record, heard: set[str | None], first: Record) -> dict[str, Json]:
    """What of a log record stands nowhere else. heard: the ids of the spans whose log records were read as what they
    said; one of a span that is not here is kept whole."""
    event = event_name(log.fields, log.attributes)
    if event in SPEAKING and log.span_id in heard:
        return {}
    left = (unread_of_log(log) if event == EVALUATION else _filled(log.fields)) | _beside(log, first)
    return {"eventName": event} | left if left and event == EVALUATION else left


def _left(read: _Read, told: Told, first: Record) -> dict[str, Json]:
    """What of a span has no place in the trace's own fields; its resource and scope where they are not the first's."""
    step, span = read.step, read.span
    return {
        "name": step.name,
        "id": step.id,
        "parent": step.parent,
        "start": step.start.isoformat() if step.start else None,
        "end": step.end.isoformat() if step.end else None,
        "error": step.error,
        "attributes": told.left(read.attributes),
        "events": list(_events_left(span)),
    } | _filled({"fields": _fields_left(read)} | _beside(span, first))


def _beside(record: Record, first: Record) -> dict[str, Json]:
    """The resource and scope of a record where they are not the first's."""
    resource = dict(record.resource) if record.resource != first.resource else None
    return _filled({"resource": resource, "scope": dict(record.scope) if record.scope != first.scope else None})


def _events_left(span: Record) -> Iterator[dict[str, Json]]:
    """The events of a span of which something stands nowhere else, a judge's answer without what its verdict says."""
    for event, inside, at in span.events:
        if event == EVALUATION and (more := unread(inside)):
            yield {"name": event, "at": at, **more}
        elif event not in _KNOWN_EVENTS:
            yield {"name": event, "at": at, **inside}


def _fields_left(read: _Read) -> dict[str, Json]:
    """The fields of a span that were not read, a time among them that is none."""
    step = read.step
    gone = _TAKEN | (_START if step.start else set()) | (_END if step.end else set())
    gone |= set() if step.error or _says_ok(read.span.fields.get("status")) else {"status"}
    gone -= set() if step.name == read.span.fields.get("name") else {"name"}  # of a tool, the step has the tool's
    return _filled({key: value for key, value in read.span.fields.items() if key not in gone})


def _says_ok(status: Json) -> bool:
    """Whether somebody set a status: a span without one is not marked as sound, though nothing is wrong with it."""
    said = status if isinstance(status, Mapping) else {}
    return bool(said.get("message")) or said.get("code") not in (None, 0, "", "UNSET", "STATUS_CODE_UNSET")


def _filled(values: Mapping[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in values.items() if value not in _EMPTY}
