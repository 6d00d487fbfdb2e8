"""Passages a reviewer marked: where they stand in the exact text, and that they really stand there.

A passage is kept as offsets in code points with its quote, so that whoever reads it later can check the one by the
other. What does not fit is refused: a mark at the wrong place is worse than none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from review_app.review.rubric import Rubric
from review_app.traces.trace import Trace

OUTPUT = "output"
DOCUMENT = "document:"
MOST_SPANS = 200


@dataclass(frozen=True, kw_only=True)
class Span:
    """A passage: `quote` is text[start:stop] of the text at `place`: OUTPUT, or DOCUMENT and the document's id."""

    criterion: str
    place: str
    start: int
    stop: int
    quote: str
    label: str


def texts(trace: Trace) -> dict[str, str]:
    """place -> the exact text in which a passage can be marked."""
    documents = {f"{DOCUMENT}{document.id}": document.text for document in trace.documents if document.text}
    return ({OUTPUT: trace.output} if trace.output else {}) | documents


def span_faults(spans: Iterable[Span], rubric: Rubric, places: Mapping[str, str]) -> list[str]:
    """What is wrong with marked passages, in words for the reviewer; empty when all may be stored."""
    return [fault for span in spans if (fault := _fault(span, rubric, places))]


def with_span_labels(answers: Mapping[str, str], spans: Iterable[Span], rubric: Rubric) -> dict[str, str]:
    """The answers; that of a span criterion is the labels its passages carry, in the rubric's order, or none at all."""
    marked = {(span.criterion, span.label) for span in spans}
    found = dict(answers)
    for criterion in rubric.criteria:
        if criterion.kind == "span":
            found[criterion.name] = ",".join(value for value in criterion.values() if (criterion.name, value) in marked)
    return {name: label for name, label in found.items() if label}


def _fault(span: Span, rubric: Rubric, places: Mapping[str, str]) -> str:
    shown = span.quote if len(span.quote) <= 60 else span.quote[:59] + "…"
    known = {criterion.name: criterion for criterion in rubric.criteria if criterion.kind == "span"}
    if span.criterion not in known:
        return f"The rubric has no question {span.criterion!r} that passages can be marked for."
    if span.label not in known[span.criterion].values():
        return f"“{known[span.criterion].question}” has no label {span.label!r}."
    if not span.quote or span.start < 0 or places.get(span.place, "")[span.start : span.stop] != span.quote:
        return f"The marked passage “{shown}” is not at its place in the text: take the mark away and mark it again."
    return ""
