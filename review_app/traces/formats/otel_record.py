"""A span or log record of any OpenTelemetry exporter, and all of them that belong to one trace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from review_app.traces.columns import text_of
from review_app.traces.formats.otel_attributes import Attributes, attributes_in
from review_app.traces.trace import Json

_TIMES = ("timeUnixNano", "time_unix_nano", "timestamp", "time")  # of an event


@dataclass(frozen=True, kw_only=True)
class Record:
    """A span, or a log record.

    fields: with OTLP's names, in camelCase or snake_case; attributes as OTLP's list or as a plain object.
    place: which record of its file it stood in, from 0; line: on which line."""

    fields: Mapping[str, Json]
    resource: Attributes = field(default_factory=dict)
    scope: Mapping[str, Json] = field(default_factory=dict)
    place: int = 0
    line: int = 0
    is_log: bool = False

    @cached_property
    def trace_id(self) -> str | None:
        """The id as text; None where the record names no trace."""
        return text_of(self.either("traceId", "trace_id"))

    @cached_property
    def span_id(self) -> str | None:
        """The span's own id, or the one of the span that a log record was written in."""
        return text_of(self.either("spanId", "span_id"))

    @cached_property
    def attributes(self) -> dict[str, Json]:
        """The attributes as a flat dict."""
        return attributes_in(self.fields.get("attributes"))

    @cached_property
    def events(self) -> list[tuple[str, dict[str, Json], Json]]:
        """(name, attributes and other fields, time) of each event of a span."""
        listed = self.fields.get("events")
        return [
            (str(event.get("name")), _beside(event) | attributes_in(event.get("attributes")), _time(event))
            for event in (listed if isinstance(listed, list) else [])
            if isinstance(event, Mapping)
        ]

    @property
    def raw(self) -> bytes:
        """What a person recognises the record by in a reject."""
        return str(dict(self.fields)).encode(errors="replace")

    def either(self, *names: str) -> Json:
        """The first of these fields that is there."""
        return next((self.fields[name] for name in names if self.fields.get(name) is not None), None)


@dataclass
class Pile:
    """The spans and logs of one trace so far."""

    spans: list[Record] = field(default_factory=list)
    logs: list[Record] = field(default_factory=list)


def _beside(event: Mapping[str, Json]) -> dict[str, Json]:
    taken = ("name", "attributes", *_TIMES)
    return {key: value for key, value in event.items() if key not in taken and value not in (None, "", [], {}, 0)}


def _time(event: Mapping[str, Json]) -> Json:
    return next((event[key] for key in _TIMES if event.get(key)), None)
