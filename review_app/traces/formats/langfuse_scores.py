"""Langfuse's scores: by an evaluator (EVAL), through the API (API), by a person (ANNOTATION), and corrections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from review_app.tables import HumanOpinion, Reject, Verdict
from review_app.traces.columns import parsed, text_of
from review_app.traces.formats.foreign_scores import ForeignScore, besides, instant, number_of
from review_app.traces.lines import reject
from review_app.traces.trace import Json

Fields = Mapping[str, Json]

_TAKEN = {"traceId", "name", "comment", "authorUserId", "timestamp"}
_THUMBS = {"user-feedback", "user_feedback", "userFeedback"}  # what Langfuse's own guide calls it


def items(scores: Sequence[Fields], path: Path, line: int) -> Iterator[Verdict | HumanOpinion | Reject]:
    """A person's score as an opinion, every other as a verdict. Each names its trace in `traceId`."""
    for number, one in enumerate(scores):
        trace_id, name = text_of(one.get("traceId")), text_of(one.get("name"))
        if trace_id is None or name is None:
            raw = str(dict(one)).encode(errors="replace")
            yield reject(path, line, f"scores.{number}", "has no name" if trace_id else "names no trace", raw)
        elif _corrects(one):
            yield HumanOpinion(
                trace_id=trace_id,
                author=text_of(one.get("authorUserId")) or "unknown",
                note=text_of(one.get("comment")),
                correction=text_of(one.get("longStringValue")),
                source="langfuse",
                at=instant(one.get("timestamp")),
                beside=besides(one, {*_TAKEN, "longStringValue"}),
            )
        else:
            score = _score(trace_id, name, one)
            yield score.opinion() if _by_person(one) else score.verdict()


def correcting(scores: Sequence[Fields]) -> Fields | None:
    """The score that corrects the output; the first where there are more."""
    return next((one for one in scores if _corrects(one)), None)


def thumb(scores: Sequence[Fields]) -> Fields | None:
    """The score in which the end user said what they think of the answer."""
    return next((one for one in scores if one.get("name") in _THUMBS and one.get("source") == "API"), None)


def feedback(thumb: Fields) -> dict[str, Json]:
    """The thumb as the fields of trace.Feedback. Of a number only its sign is sure: people send 0 and 1, -1 and 1, or
    stars; so only a truth value, -1 and 1 are a rating, and the score itself stays in the metadata."""
    value = number_of(thumb.get("value"))
    known = value in (-1, 1) or (value == 0 and thumb.get("dataType") == "BOOLEAN")
    return {"rating": (value or -1) if known else None, "comment": text_of(thumb.get("comment"))}


def _corrects(one: Fields) -> bool:
    by_person = one.get("source") in ("ANNOTATION", "CORRECTION") or one.get("dataType") == "CORRECTION"
    return by_person and bool(text_of(one.get("longStringValue")))


def _by_person(one: Fields) -> bool:
    return one.get("source") == "ANNOTATION" or bool(text_of(one.get("authorUserId")))


def _score(trace_id: str, name: str, one: Fields) -> ForeignScore:
    # A category comes with the number 0 where nobody gave it another one.
    counts = one.get("dataType") != "CATEGORICAL"
    author, config = text_of(one.get("authorUserId")), text_of(one.get("configId"))
    noted = parsed(one.get("metadata"))
    return ForeignScore(
        source="langfuse",
        trace_id=trace_id,
        name=name,
        who=author if _by_person(one) else None,
        label=text_of(one.get("stringValue")),
        score=number_of(one.get("value")) if counts else None,
        note=text_of(one.get("comment")),
        noted=(dict(noted) if isinstance(noted, Mapping) else {}) | ({"judge_version": config} if config else {}),
        at=instant(one.get("timestamp")),
        beside=besides(one, {*_TAKEN, "stringValue", *(["value"] if counts else [])}),
    )
