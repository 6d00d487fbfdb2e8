"""What a reviewer may see before answering, and what they may see after."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import takewhile

from review_app.review.rubric import Rubric
from review_app.review.spans import Span
from review_app.tables import Verdict
from review_app.traces.trace import Document, Message, ToolCall, Trace

# [kb-12], [1] or 【kb-12】 in an answer; what stands inside is looked up among the retrieved documents.
_CITATION = re.compile(r"[\[【]([^\[\]【】\n]{1,120})[\]】]")


@dataclass(frozen=True, kw_only=True)
class SessionTurn:
    """Another trace of the same session: what is new in it, and what the system answered. `later`: after the one to
    judge."""

    trace_id: str
    at: datetime | None
    later: bool
    messages: tuple[Message, ...]
    output: str | None


@dataclass(frozen=True, kw_only=True)
class BlindTrace:
    """A trace without anything that was ever thought about it. The model's name, the user's thumb and the customer's
    metadata stay out too: they anchor a reviewer as well as a verdict does. `cited` holds ids of documents, `session`
    the other turns in the order of time. withheld: the output stands beside another on the desk, and must not be told
    from it."""

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
    session: tuple[SessionTurn, ...] = ()
    withheld: bool = False


@dataclass(frozen=True, kw_only=True)
class Draft:
    """An unfinished answer, exactly as the reviewer left it.

    answers: criterion -> label (several joined by a comma; of a pair the side as shown). must, must_not: one claim a
    line. written_at: milliseconds since 1970 by the browser's clock; the newer of two drafts is the one to go on with.
    """

    outcome: str = "judged"
    answers: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    spans: tuple[Span, ...] = ()
    note: str = ""
    correction: str | None = None
    layer: str | None = None
    layer_reason: str = ""
    must: str = ""
    must_not: str = ""
    written_at: int = 0


@dataclass(frozen=True, kw_only=True)
class BlindItem:
    """A slot on a reviewer's desk: `token` is what their submission must carry. sides: the two outputs to compare, in
    the order in which this reviewer sees them; nothing here says which of them is the system's."""

    slot_id: str
    token: str
    trace: BlindTrace
    draft: Draft | None = None
    sides: tuple[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Desk:
    """Everything the review page is made from. items: the one to answer now, then those that come next.
    done, total: reviews this person gave in the queue, and those plus what is still open to them; more: at least."""

    reviewer: str
    queue: str
    rubric: Rubric
    items: tuple[BlindItem, ...]
    done: int
    total: int
    more: bool = False


@dataclass(frozen=True, kw_only=True)
class Colleague:
    """What somebody else answered on a trace, under the same rubric. labels: criterion -> label."""

    reviewer: str
    outcome: str
    labels: Mapping[str, str]
    note: str = ""
    correction: str | None = None


@dataclass(frozen=True, kw_only=True)
class Reveal:
    """What a reviewer sees after answering: their own labels, each judge's verdict, and what colleagues said.

    verdicts, others: None where the project's policy withholds them (for now). settled: `own` is what an adjudication
    settled. reference: what a person at the customer's replaced the output with, if anybody did."""

    trace_id: str
    own: Mapping[str, str]
    outcome: str
    verdicts: tuple[Verdict, ...] | None
    others: tuple[Colleague, ...] | None = None
    settled: bool = False
    reference: str | None = None


def blind(trace: Trace, session: Sequence[Trace] = ()) -> BlindTrace:
    """The part of a trace that a reviewer may see before answering. session: the traces of its session, itself
    included, in the order of time; nothing but what was said is taken from them."""
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
        session=_turns(trace, session),
    )


def unmarked(shown: BlindTrace) -> BlindTrace:
    """The trace without what tells which of two outputs is the system's: the answer itself, the documents it cites,
    and later turns, which may repeat it."""
    earlier = tuple(turn for turn in shown.session if not turn.later)
    return replace(shown, output=None, cited=frozenset(), session=earlier, withheld=True)


def _turns(judged: Trace, session: Sequence[Trace]) -> tuple[SessionTurn, ...]:
    """The other traces, each without what the one before it, or the judged one, shows already: systems often send the
    whole conversation again at every turn."""
    found: list[SessionTurn] = []
    told: tuple[Message, ...] = ()
    later = False
    for one in session:
        whole = (*one.messages, Message(role="assistant", content=one.output or ""))
        if one.trace_id == judged.trace_id:
            later = True
        elif later or _common(judged.messages, whole) < len(whole):
            new = one.messages[_common(one.messages, told) :]
            found.append(SessionTurn(trace_id=one.trace_id, at=one.at, later=later, messages=new, output=one.output))
        told = whole
    return tuple(found)


def _common(one: tuple[Message, ...], other: tuple[Message, ...]) -> int:
    """How many messages two conversations have in common at their start."""
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: (pair[0].role, pair[0].text) == (pair[1].role, pair[1].text), pairs))


def _cited(text: str) -> list[str]:
    return [part for found in _CITATION.findall(text) for part in re.split(r"[,;]", found)]
