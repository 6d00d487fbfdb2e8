"""What goes to the browser: plain JSON made from a Desk, nothing a BlindTrace does not have.

Foreign text leaves here either as HTML from `safe_markdown` or as plain strings the browser sets as text.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from review_app.review.answer import LAYERS
from review_app.review.batch import BATCH, BatchSummary
from review_app.review.blind import BlindItem, BlindTrace, Colleague, Desk, Reveal, SessionTurn
from review_app.review.pairwise import EQUAL, SIDES
from review_app.review.rubric import Criterion, Rubric
from review_app.review.spans import DOCUMENT, OUTPUT
from review_app.tables import Verdict
from review_app.traces.trace import Document, Message, Part, ToolCall
from review_app.ui.review_pane import blobs, readable, safe_markdown

Json = dict[str, Any]
# Of a text in another turn of the session; the turn to judge is shown whole.
LONGEST_BESIDE = 20_000
# An earlier turn with more characters starts folded.
LONG_BESIDE = 800
_ROLES = {"user": "User", "assistant": "Assistant", "system": "System", "tool": "Tool result", "developer": "System"}


def of_desk(desk: Desk, held: Container[str]) -> Json:
    """The desk, with the bodies of those items only whose token the browser does not hold."""
    return {
        "queue": desk.queue,
        "done": desk.done,
        "total": desk.total,
        "more": desk.more,
        "rubric": of_rubric(desk.rubric),
        "batch": BATCH,
        "layers": [[layer, layer.replace("_", " ")] for layer in LAYERS],
        "order": [item.slot_id for item in desk.items],
        "items": [_item(item, desk.rubric) for item in desk.items if item.token not in held],
    }


def of_rubric(rubric: Rubric) -> Json:
    """The rubric as the form needs it; of a pair it knows the sides, not what stands at them."""
    return {**asdict(rubric), "version": rubric.version, "criteria": [_question_of(one) for one in rubric.criteria]}


def of_trace(trace: BlindTrace) -> Json:
    """One trace as bubbles, cards and documents."""
    calls = {call.id: call for call in trace.tool_calls if call.id}
    shown: set[str] = set()
    turns = [_turn(message, calls, shown) for message in trace.messages]
    rest = [_card(call) for call in trace.tool_calls if call.id not in shown]
    if rest:
        turns.append({"role": "tools", "label": "Tools", "parts": rest})
    return {
        "trace_id": trace.trace_id,
        "facts": _facts(trace),
        "language": trace.language or "",
        "turns": [turn for turn in turns if turn["parts"]],
        "answer": _blocks(trace.output) if trace.output else [],
        "output": trace.output,
        "error": trace.error,
        "withheld": trace.withheld,
        "documents": [_document(document, trace.cited) for document in trace.documents],
        "session": [_session_turn(turn) for turn in trace.session],
    }


def of_reveal(reveal: Reveal, rubric: Rubric | None = None) -> Json:
    """What judges and colleagues said, beside what this person had said; in the rubric's words where it is at hand.
    `verdicts` and `others` are null where the project's policy withholds them."""
    said, others = reveal.verdicts, reveal.others
    return {
        "trace_id": reveal.trace_id,
        "outcome": reveal.outcome,
        "settled": reveal.settled,
        "own": _answers(reveal.own, rubric),
        "verdicts": None if said is None else [_verdict(verdict, reveal, rubric) for verdict in said],
        "others": None if others is None else [_colleague(one, rubric) for one in others],
        "reference": reveal.reference,
    }


def of_batch(batch: BatchSummary, trace_ids: Sequence[str]) -> Json:
    """What a batch changed, with the traces it is about."""
    return {**asdict(batch), "traces": list(trace_ids)}


def _item(item: BlindItem, rubric: Rubric) -> Json:
    return {
        "slot_id": item.slot_id,
        "token": item.token,
        "draft": asdict(item.draft) if item.draft else None,
        "trace": of_trace(item.trace),
        "sides": [_blocks(text) for text in item.sides] if item.sides else None,
        "exact": _exact(item.trace) if any(one.kind == "span" for one in rubric.criteria) else {},
    }


def _exact(trace: BlindTrace) -> dict[str, str]:
    """place -> the exact text in which passages can be marked, see review.spans.texts."""
    places = {f"{DOCUMENT}{one.id}": one.text for one in trace.documents} | {OUTPUT: trace.output or ""}
    return {place: text[: safe_markdown.LONGEST_TEXT] for place, text in places.items() if text}


def _question_of(criterion: Criterion) -> Json:
    made = asdict(criterion)
    if criterion.kind != "pairwise":
        return made
    texts = {SIDES[0]: "A is better", SIDES[1]: "B is better", EQUAL: "Equally good"}
    return made | {"labels": [{"value": value, "text": text, "key": ""} for value, text in texts.items()], "bad": []}


def _facts(trace: BlindTrace) -> list[str]:
    at = f"{trace.at:%-d %b %Y, %H:%M} UTC" if trace.at else None
    route = trace.route.replace("_", " ") if trace.route else None
    return [fact for fact in (route, trace.language, at) if fact]


def _session_turn(turn: SessionTurn) -> Json:
    messages = [_turn(_shortened(message), {}, set()) for message in turn.messages]
    size = sum(len(message.text) for message in turn.messages) + len(turn.output or "")
    return {
        "later": turn.later,
        "long": size > LONG_BESIDE,
        "at": f"{turn.at:%-d %b %Y, %H:%M} UTC" if turn.at else "",
        "first": _first_line(next((m.text for m in reversed(turn.messages) if m.role == "user"), turn.output or "")),
        "turns": [message for message in messages if message["parts"]],
        "answer": _blocks(_start(turn.output)) if turn.output else [],
    }


def _shortened(message: Message) -> Message:
    """The message with its text cut: up to thirty turns stand beside the one to judge."""
    if isinstance(message.content, str):
        return replace(message, content=_start(message.content))
    return replace(message, content=tuple(replace(part, text=_start(part.text)) for part in message.content))


def _start(text: str) -> str:
    rest = len(text) - LONGEST_BESIDE
    return text if rest <= 0 else f"{text[:LONGEST_BESIDE]}\n\n… cut here: {rest:,} more characters"


def _turn(message: Message, calls: dict[str, ToolCall], shown: set[str]) -> Json:
    parts = (Part(type="text", text=message.content),) if isinstance(message.content, str) else message.content
    blocks = [block for part in parts for block in _part(part, calls, shown)]
    role = message.role.lower()
    label = _ROLES.get(role, message.role[:40].capitalize())
    turn = {"role": role if role in _ROLES else "other", "label": label, "name": message.name or "", "parts": blocks}
    if role in ("system", "developer", "tool"):
        turn["first"] = _first_line(message.text)
    return turn


def _part(part: Part, calls: dict[str, ToolCall], shown: set[str]) -> Iterable[Json]:
    if part.type == "tool_call" and part.id in calls:
        shown.add(part.id)
        return [_card(calls[part.id])]
    if part.url:
        return [{"kind": "chip", "label": part.media_type or part.type, "text": blobs.cut(part.url)[:2000]}]
    return _blocks(part.text) if part.text.strip() else []


def _blocks(text: str) -> list[Json]:
    """Text as safe HTML, or, when it is a JSON object or list, as a tree with the exact text folded below."""
    if isinstance(readable.opened(text), dict | list):
        return [{"kind": "tree", "tree": readable.tree(text), "exact": text[: safe_markdown.LONGEST_TEXT]}]
    return [{"kind": "rich", "html": safe_markdown.render(text), "size": len(text)}]


def _card(call: ToolCall) -> Json:
    outcome = call.error or readable.in_a_line(call.result)
    return {
        "kind": "call",
        "name": call.name,
        "failed": call.error is not None,
        "asked": readable.in_a_line(call.arguments, 60) if call.arguments else "",
        "got": outcome if len(outcome) <= 90 else outcome[:89] + "…",
        "arguments": readable.tree(call.arguments) if call.arguments else None,
        "result": readable.tree(call.result if call.error is None else {"error": call.error}),
    }


def _document(document: Document, cited: frozenset[str]) -> Json:
    return {
        "id": document.id,
        "title": document.title or document.id,
        "source": document.source or "",
        "cited": document.id in cited,
        "blocks": _blocks(document.text) if document.text.strip() else [],
    }


def _answers(labels: Mapping[str, str], rubric: Rubric | None) -> list[Json]:
    return [
        {"criterion": name, "question": _question(rubric, name), "label": _label(rubric, name, label)}
        for name, label in labels.items()
    ]


def _colleague(one: Colleague, rubric: Rubric | None) -> Json:
    labels = _answers(one.labels, rubric)
    return {**asdict(one), "labels": labels, "outcome": one.outcome.replace("_", " ")}


def _verdict(verdict: Verdict, reveal: Reveal, rubric: Rubric | None) -> Json:
    own = reveal.own.get(verdict.criterion)
    return {
        "judge": verdict.judge,
        "criterion": verdict.criterion,
        "question": _question(rubric, verdict.criterion),
        "label": _label(rubric, verdict.criterion, verdict.label) if verdict.label else "",
        "status": verdict.status,
        "confidence": verdict.confidence,
        "rationale": safe_markdown.render(verdict.rationale) if verdict.rationale else "",
        "same": None if not own or verdict.label is None else own == verdict.label,
    }


def _question(rubric: Rubric | None, name: str) -> str:
    found = _criterion(rubric, name)
    return found.question if found else name


def _label(rubric: Rubric | None, name: str, stored: str) -> str:
    found = _criterion(rubric, name)
    texts = {label.value: label.text or label.value for label in found.labels} if found else {}
    return ", ".join(texts.get(value, value) for value in stored.split(",")) if texts else stored


def _criterion(rubric: Rubric | None, name: str) -> Criterion | None:
    # A judge may have been asked what this rubric does not ask.
    return next((one for one in rubric.criteria if one.name == name), None) if rubric else None


def _first_line(text: str) -> str:
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= 140 else line[:139] + "…"
