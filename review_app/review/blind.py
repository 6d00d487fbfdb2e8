"""What a reviewer may see before answering, and what they may see after."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from review_app.review.rubric import Rubric
from review_app.tables import Verdict
from review_app.traces.trace import Document, Message, ToolCall, Trace

# [kb-12], [1] or 【kb-12】 in an answer; what stands inside is looked up among the retrieved documents.
_CITATION = re.compile(r"[\[【]([^\[\]【】\n]{1,120})[\]】]")


@dataclass(frozen=True, kw_only=True)
class BlindTrace:
    """A trace without anything that was ever thought about it. The model's name, the user's thumb and the customer's
    metadata stay out too: they anchor a reviewer as well as a verdict does. `cited` holds ids of documents."""

    trace_id: str
    at: datetime | None
    route: str | None
    language: str | None
    messages: tuple[Message, ...]
    documents: tuple[Document, ...]
    tool_calls: tuple[ToolCall, ...]
    output: str | None
    error: str | None
    cited: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An unfinished answer, exactly as the reviewer left it.

    answers: criterion -> label (several joined by a comma)."""

    answers: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    correction: str | None = None
    layer: str | None = None
    layer_reason: str = ""


@dataclass(frozen=True, kw_only=True)
class BlindItem:
    """A slot on a reviewer's desk: `token` is what their submission must carry."""

    slot_id: str
    token: str
    trace: BlindTrace
    draft: Draft | None = None


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Everything the review page is made from. items: the one to answer now, then those that come next.
    done, total: reviews this person gave in the queue, and those plus what is still open to them."""

    reviewer: str
    queue: str
    rubric: Rubric
    items: tuple[BlindItem, ...]
    done: int
    total: int


@dataclass(frozen=True, kw_only=True)
class Reveal:
    """What a reviewer sees after answering: their own labels, and each judge's verdict."""

    trace_id: str
    own: Mapping[str, str]
    outcome: str
    verdicts: tuple[Verdict, ...]


def blind(trace: Trace) -> BlindTrace:
    """The part of a trace that a reviewer may see before answering."""
    known = {document.id for document in trace.documents}
    cited = frozenset(part.strip() for part in _cited(trace.output or "")) & known
    return BlindTrace(
        trace_id=trace.trace_id,
        at=trace.at,
        route=trace.route,
        language=trace.language,
        messages=trace.messages,
        documents=tuple(Document(id=d.id, text=d.text, title=d.title, source=d.source) for d in trace.documents),
        tool_calls=trace.tool_calls,
        output=trace.output,
        error=trace.error,
        cited=cited,
    )


def _cited(text: str) -> list[str]:
    return [part for found in _CITATION.findall(text) for part in re.split(r"[,;]", found)]
