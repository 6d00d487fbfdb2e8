"""OTLP/JSON: what an OpenTelemetry exporter writes, one export request per line or per file, spans and logs, in
camelCase or in Phoenix' snake_case (`GET /v1/projects/…/spans/otlpv1`).

The spans of a trace may lie on different lines. The file is read twice: first to note on which line each trace ends,
then to build each trace when that line is passed. Held in memory are one id per trace (some 200 bytes), and the spans
of those traces that have begun and not ended; of these at most MOST_HELD.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from review_app.tables import Reject, Verdict
from review_app.traces.chat import listen
from review_app.traces.columns import parsed, text_of, time_of
from review_app.traces.faults import numbers_kept, rejected
from review_app.traces.formats.otel_attributes import (
    PROMPT_VERSION,
    SESSION,
    Attributes,
    attributes_in,
    step_of,
    told,
    value_in,
)
from review_app.traces.glimpse import Glimpse, glimpse
from review_app.traces.lines import reject
from review_app.traces.steps import Step, assembled
from review_app.traces.table_rows import json_texts, value_of
from review_app.traces.trace import Json, Trace, from_values

NAME = "otlp-json"

MOST_HELD = 200_000
"""Spans held at once. About 1 GB where each carries 4 kB; a file sorted by time holds a few hundred."""

_EVALUATION = "gen_ai.evaluation.result"
_DETAILS = "gen_ai.client.inference.operation.details"  # what was said, as an event instead of span attributes


@dataclass(frozen=True, kw_only=True)
class _Span:
    """A span, or a log record, as it came."""

    fields: Mapping[str, Json]
    resource: Attributes
    line: int
    is_log: bool = False

    @property
    def trace_id(self) -> str | None:
        return text_of(self.fields.get("traceId") or self.fields.get("trace_id"))


@dataclass
class _Pile:
    """The spans and logs of one trace so far."""

    spans: list[_Span] = field(default_factory=list)
    logs: list[_Span] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class _Read:
    """A span after its attributes were read."""

    step: Step
    attributes: Attributes
    events: Sequence[tuple[str, Attributes]]


def looks_like(glimpse: Glimpse) -> bool:
    """An export request, or spans as Phoenix returns them."""
    requests = ("resourceSpans", "resource_spans", "resourceLogs", "resource_logs")
    return any(glimpse.has(key) for key in requests) or any(
        glimpse.has(*keys) for keys in (("traceId", "startTimeUnixNano"), ("trace_id", "start_time_unix_nano"))
    )


def read(path: Path) -> Iterator[Trace | Verdict | Reject]:
    """Each trace when its last span was read, followed by the verdicts on it."""
    last_line = {str(span.trace_id): span.line for span in _spans(path) if isinstance(span, _Span)}
    piles, line = _Piles(), 0
    touched: dict[str, None] = {}  # the traces of the line being read
    for span in _spans(path):
        if isinstance(span, Reject):
            yield span
            continue
        if span.line > line:
            yield from _ended(path, piles, [name for name in touched if last_line[name] == line])
            touched.clear()
            line = span.line
        touched[str(span.trace_id)] = None
        lost = piles.put(span)
        if lost:
            reason = f"trace {lost} goes on more than {MOST_HELD} spans later; sort the file by trace"
            yield reject(path, span.line, "traceId", reason)
    yield from _ended(path, piles, list(touched))


def _ended(path: Path, piles: _Piles, names: list[str]) -> Iterator[Trace | Verdict | Reject]:
    for name in names:
        yield from _built(path, name, piles.take(name))


class _Piles:
    """The traces that have begun and not ended."""

    def __init__(self) -> None:
        self._open: dict[str, _Pile] = {}
        self._given_up: set[str] = set()
        self._held = 0

    def put(self, span: _Span) -> str | None:
        """Keep a span; the id of the oldest trace when it had to be given up for it."""
        name = str(span.trace_id)
        if name in self._given_up:
            return None
        pile = self._open.setdefault(name, _Pile())
        (pile.logs if span.is_log else pile.spans).append(span)
        self._held += 1
        if self._held <= MOST_HELD:
            return None
        oldest = next(iter(self._open))
        self._given_up.add(oldest)
        self.take(oldest)
        return oldest

    def take(self, name: str) -> _Pile:
        """What there is of a trace, which is then forgotten; nothing when it was given up."""
        pile = self._open.pop(name, _Pile())
        self._held -= len(pile.spans) + len(pile.logs)
        return pile


def _spans(path: Path) -> Iterator[_Span | Reject]:
    """Each span and log record of the file; a Reject for each line and span that is none."""
    seen = glimpse(path)
    for found in json_texts(seen, "data" if "data" in seen.keys else None):
        if isinstance(found, Reject):
            yield found
            continue
        line, text = found
        try:
            spans = list(_in_request(value_of(text), line))
        except (ValueError, AttributeError, TypeError) as fault:
            yield rejected(path, line, fault, text)
            continue
        for span in spans:
            yield span if span.trace_id else reject(path, line, "traceId", "is missing", str(span.fields).encode())


def _in_request(record: Json, line: int) -> Iterator[_Span]:
    if not isinstance(record, Mapping):
        raise ValueError("should be an export request or a span")
    known = False
    for signal, is_log in (("Spans", False), ("Logs", True)):
        low = signal.lower()
        resources = record.get(f"resource{signal}", record.get(f"resource_{low}"))
        known = known or resources is not None
        for resource in resources or []:
            attributes = attributes_in((resource.get("resource") or {}).get("attributes"))
            for scope in resource.get(f"scope{signal}", resource.get(f"scope_{low}")) or []:
                inside = scope.get("logRecords", scope.get("log_records")) if is_log else scope.get("spans")
                for fields in inside or []:
                    yield _Span(fields=dict(fields), resource=attributes, line=line, is_log=is_log)
    if not known:
        if "traceId" not in record and "trace_id" not in record:
            raise ValueError("has neither resourceSpans nor resourceLogs, and is no span")
        yield _Span(fields=record, resource={}, line=line)


def _built(path: Path, name: str, pile: _Pile) -> Iterator[Trace | Verdict | Reject]:
    line = next((span.line for span in (*pile.spans, *pile.logs)), 0)
    try:
        if pile.spans:
            yield _trace(name, pile)
    except (ValueError, TypeError, AttributeError, OverflowError) as fault:
        yield rejected(path, line, fault, str(pile.spans[0].fields).encode(errors="replace"))
        return
    for number, (attributes, at) in enumerate(_evaluations(pile)):
        criterion = text_of(attributes.get("gen_ai.evaluation.name"))
        if criterion is None:
            yield reject(path, line, f"evaluations.{number}", "has no gen_ai.evaluation.name", str(attributes).encode())
        else:
            yield _verdict(name, criterion, attributes, at)


def _trace(name: str, pile: _Pile) -> Trace:
    spans = _read_spans(pile)
    values = assembled(span.step for span in spans)
    flat = {key: value for span in reversed(spans) for key, value in span.attributes.items()}
    root = next((span for span in spans if span.step.parent is None), spans[0])
    asked = min((span for span in spans if span.step.kind == "model"), key=_start, default=root)
    tags = parsed(flat.get("tag.tags"))
    own = {
        "trace_id": name,
        "session_id": next((text_of(flat[key]) for key in SESSION if flat.get(key)), None),
        "route": text_of(root.attributes.get("gen_ai.agent.name")) or root.step.name or None,
        "prompt_version": next((text_of(flat[key]) for key in PROMPT_VERSION if flat.get(key)), None),
        "tags": [str(tag) for tag in tags] if isinstance(tags, list) else [],
        "metadata": values["metadata"]
        | {"resource": dict(pile.spans[0].resource)}
        | {"spans": [_left(span, values["output"], given=span in (root, asked), root=span is root) for span in spans]},
    }
    return numbers_kept(from_values(values | own))


def _read_spans(pile: _Pile) -> list[_Read]:
    details = {
        _span_id(log.fields): attributes_in(log.fields.get("attributes"))
        for log in pile.logs
        if _event_name(log.fields) == _DETAILS
    }
    found = []
    for span in pile.spans:
        events = [(str(e.get("name")), attributes_in(e.get("attributes"))) for e in span.fields.get("events") or []]
        said = [inside for event, inside in events if event == _DETAILS] + [details.get(_span_id(span.fields), {})]
        attributes = attributes_in(span.fields.get("attributes"))
        for inside in said:
            attributes |= inside
        found.append(_Read(step_of(span.fields, attributes, events), attributes, events))
    return found


def _left(span: _Read, output: str | None, *, given: bool, root: bool) -> dict[str, Json]:
    """What of a span has no place in the trace's own fields. given: whether what it was given stands there."""
    step = span.step
    shown = root or step.kind in ("tool", "retrieval")
    said = listen(step.gave, "assistant").last("assistant") if step.kind == "model" else None
    gave = shown or (step.kind == "model" and said in (None, output))
    gone = told(step, span.attributes, given=given or shown, gave=gave)
    return {
        "name": step.name,
        "id": step.id,
        "parent": step.parent,
        "start": step.start.isoformat() if step.start else None,
        "end": step.end.isoformat() if step.end else None,
        "error": step.error,
        "attributes": {key: value for key, value in span.attributes.items() if key not in gone},
        "events": [{"name": name, **inside} for name, inside in span.events if name not in (_EVALUATION, _DETAILS)],
    }


def _start(span: _Read) -> float:
    return span.step.start.timestamp() if span.step.start else float("inf")


def _span_id(fields: Mapping[str, Json]) -> str | None:
    return text_of(fields.get("spanId") or fields.get("span_id"))


def _evaluations(pile: _Pile) -> Iterator[tuple[Attributes, Json]]:
    """(attributes, time) of each evaluation result, as a span's event or as a log record."""
    for span in pile.spans:
        for event in span.fields.get("events") or []:
            if event.get("name") == _EVALUATION:
                yield attributes_in(event.get("attributes")), event.get("timeUnixNano") or event.get("time_unix_nano")
    for log in pile.logs:
        if _event_name(log.fields) == _EVALUATION:
            at = log.fields.get("timeUnixNano") or log.fields.get("time_unix_nano")
            yield attributes_in(log.fields.get("attributes")), at


def _event_name(record: Mapping[str, Json]) -> str | None:
    named = record.get("eventName") or record.get("event_name")
    return text_of(named or attributes_in(record.get("attributes")).get("event.name") or value_in(record.get("body")))


def _verdict(name: str, criterion: str, attributes: Attributes, at: Json) -> Verdict:
    score = attributes.get("gen_ai.evaluation.score.value")
    label = text_of(attributes.get("gen_ai.evaluation.score.label"))
    number = float(score) if isinstance(score, int | float) and score - score == 0 else None
    return Verdict(
        trace_id=name,
        judge=f"otel:{criterion}",
        judge_version=text_of(attributes.get("gen_ai.evaluation.version")) or "unknown",
        criterion=criterion,
        label=label,
        score=number,
        rationale=text_of(attributes.get("gen_ai.evaluation.explanation")),
        status="ok" if label is not None or number is not None else "missing",
        at=time_of(at, None) if at else None,
    )
