"""Redaction of a span or log record as it was received, before there is a trace of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import orjson

from review_app.traces.formats.otel_attributes import PROMPT_VERSION, SESSION
from review_app.traces.received import ReceivedRecord, rekeyed
from review_app.traces.redact.placeholders import Interim
from review_app.traces.redact.redactor import Redactor
from review_app.traces.trace import Json

# What makes a span part of its trace. A pattern of a team's own may match the digits of an id or a time.
_STRUCTURE = {
    "traceId", "trace_id", "spanId", "span_id", "parentSpanId", "parent_span_id", "startTimeUnixNano",
    "start_time_unix_nano", "endTimeUnixNano", "end_time_unix_nano", "timeUnixNano", "time_unix_nano",
    "observedTimeUnixNano", "observed_time_unix_nano",
}  # fmt: skip


def redacted(records: Sequence[ReceivedRecord], redactor: Redactor, key: bytes) -> list[ReceivedRecord]:
    """The records, in the same order, without what the redactor finds in them; placeholders are interim ones, the same
    for a value in every record of a trace. key: the project's, for them."""
    suspects = redactor.suspects([f"{one.response_id or ''} {one.body}" for one in records])
    return [_record(one, redactor, key) if suspect else one for one, suspect in zip(records, suspects, strict=True)]


def _record(record: ReceivedRecord, redactor: Redactor, key: bytes) -> ReceivedRecord:
    said = orjson.loads(record.body)
    naming = Interim(key, record.trace_id)
    fields = _without_structure(said["fields"], redactor, naming)
    body = {"fields": fields} | {name: redactor.value(said[name], naming) for name in ("resource", "scope")}
    # By it a judge's answer finds its trace, so it is the same whatever trace the record names.
    response = redactor.value(record.response_id, Interim(key, "")) if record.response_id else None
    clean = record._replace(body=orjson.dumps(body).decode(), response_id=str(response) if response else None)
    return record if clean == record else rekeyed(clean)


def _without_structure(fields: Mapping[str, Json], redactor: Redactor, naming: Interim) -> dict[str, Json]:
    """The fields of a span, log record or event; ids and times as they are."""
    found: dict[str, Json] = {}
    for name, value in fields.items():
        if name in _STRUCTURE and isinstance(value, str | int):
            found[name] = value
        elif name in ("events", "links") and isinstance(value, list):
            found[name] = [
                _without_structure(one, redactor, naming) if isinstance(one, Mapping) else redactor.value(one, naming)
                for one in value
            ]
        elif name == "attributes":
            found[name] = _attributes(value, redactor, naming)
        else:
            found[name] = redactor.value(value, naming)
    return found


def _attributes(listed: Json, redactor: Redactor, naming: Interim) -> Json:
    """Attributes as OTLP's list or as an object; sessions and versions are treated as those of a trace are."""
    if isinstance(listed, Mapping):
        own = {key: _attribute(key, value, redactor) for key, value in listed.items() if key in _OWN}
        return redactor.value({key: value for key, value in listed.items() if key not in _OWN}, naming) | own
    if not isinstance(listed, list):
        return redactor.value(listed, naming)
    return [
        pair | {"value": _attribute(pair["key"], pair.get("value"), redactor)}
        if isinstance(pair, dict) and pair.get("key") in _OWN
        else redactor.value(pair, naming)
        for pair in listed
    ]


def _attribute(key: str, value: Json, redactor: Redactor) -> Json:
    return redactor.session(value) if key in SESSION else value


_OWN = {*SESSION, *PROMPT_VERSION}
