"""`gen_ai.evaluation.result`: a judge's answer as OpenTelemetry carries it, as an event of the judged span or as a log
record in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from review_app.tables import Reject, Verdict
from review_app.traces.columns import text_of
from review_app.traces.formats.foreign_scores import instant, number_of, plain
from review_app.traces.formats.genai import EVALUATION, event_name
from review_app.traces.formats.otel_attributes import Attributes, value_in
from review_app.traces.formats.otel_record import Pile, Record
from review_app.traces.lines import reject
from review_app.traces.trace import Json

_READ = {
    "gen_ai.evaluation.name", "gen_ai.evaluation.score.value", "gen_ai.evaluation.score.label",
    "gen_ai.evaluation.version", "gen_ai.evaluation.explanation", "gen_ai.response.id", "event.name",
}  # fmt: skip
_SCORE = "gen_ai.evaluation.score.value"
_ANSWER = {_SCORE, "gen_ai.evaluation.score.label"}
_FIELDS = {"traceId", "trace_id", "eventName", "event_name", "attributes", "body"}
_TIMES = ("timeUnixNano", "time_unix_nano", "observedTimeUnixNano")


def unread(attributes: Attributes) -> dict[str, Json]:
    """What a judge's answer says that no field of a verdict takes; of one that failed, its label and score too."""
    taken = _READ - (_ANSWER if _failed(attributes) else set())
    taken -= {_SCORE} if number_of(attributes.get(_SCORE)) is None else set()
    return {key: value for key, value in attributes.items() if key not in taken}


def unread_of_log(log: Record) -> dict[str, Json]:
    """What a judge's answer in a log record says that no field of a verdict takes: the span it is on, the fields that
    were not read, and `attributes`. Empty where all was read."""
    at = next((key for key in _TIMES if log.fields.get(key) is not None), None)
    body = log.fields.get("body") if text_of(value_in(log.fields.get("body"))) != EVALUATION else None
    fields = {key: value for key, value in log.fields.items() if key not in _FIELDS and key != at}
    left = {**fields, "body": body, "attributes": unread(log.attributes)}
    return {key: value for key, value in left.items() if value not in (None, "", [], {})}


def is_evaluation(log: Record) -> bool:
    """Whether a log record is a judge's answer."""
    return event_name(log.fields, log.attributes) == EVALUATION


def response_id(log: Record) -> str | None:
    """The model's response that a judge's answer is about; None where the record is no answer or names none."""
    return text_of(log.attributes.get("gen_ai.response.id")) if log.is_log and is_evaluation(log) else None


def verdicts(path: Path, name: str, pile: Pile) -> Iterator[Verdict | Reject]:
    """The verdicts on the trace `name`; a Reject for an answer that does not say to which question."""
    for record, attributes, at in _found(pile):
        criterion = text_of(attributes.get("gen_ai.evaluation.name"))
        if criterion is None:
            raw = str(attributes).encode(errors="replace")
            yield reject(
                path, record.line, "gen_ai.evaluation.name", "an evaluation has no gen_ai.evaluation.name", raw
            )
        else:
            found = _verdict(name, criterion, attributes, at)
            # Where its trace is at hand, what it says besides stays with that.
            yield found if pile.spans else replace(found, beside=plain(unread_of_log(record)) or None)


def _found(pile: Pile) -> Iterator[tuple[Record, Attributes, Json]]:
    for span in {span.span_id or str(number): span for number, span in enumerate(pile.spans)}.values():
        for event, attributes, at in span.events:
            if event == EVALUATION:
                yield span, attributes, at
    for log in pile.logs:
        if is_evaluation(log):
            yield log, log.attributes, log.either(*_TIMES)


def _failed(attributes: Attributes) -> bool:
    return attributes.get("error.type") is not None


def _verdict(name: str, criterion: str, attributes: Attributes, at: Json) -> Verdict:
    score = number_of(attributes.get(_SCORE))
    label = text_of(attributes.get("gen_ai.evaluation.score.label"))
    failed = _failed(attributes)
    answered = (label is not None or score is not None) and not failed
    return Verdict(
        trace_id=name,
        # The conventions have no word for who judged.
        judge=f"otel:{criterion}",
        judge_version=text_of(attributes.get("gen_ai.evaluation.version")) or "unknown",
        criterion=criterion,
        label=label if answered else None,
        score=score if answered else None,
        rationale=text_of(attributes.get("gen_ai.evaluation.explanation")),
        status="ok" if answered else "error" if failed else "missing",
        at=instant(at),
    )
