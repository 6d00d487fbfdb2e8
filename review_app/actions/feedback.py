"""What users say of an answer: a rating, a comment, the answer they wanted; after it was stored, or before."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import orjson
from annotated_types import Ge, Le
from pydantic import ConfigDict, TypeAdapter, ValidationError

from review_app.actions.redacting import Redacting
from review_app.actions.workspace import Workspace, opened
from review_app.errors import BadInput
from review_app.store import spans, waiting_feedback
from review_app.store import traces as trace_table
from review_app.store.waiting_feedback import Waiting
from review_app.traces.redact.placeholders import Numbered, apart, numberless
from review_app.traces.trace import Feedback, Id, Json, Trace, encode

_BATCH = 500


@dataclass(frozen=True, kw_only=True)
class Attached:
    """version: the trace's, with the feedback in it. changed: False where it said the same before."""

    trace_id: str
    version: int
    changed: bool


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a user said of a trace. rating: from -1 (bad) to 1 (good). What is None was not said."""

    __pydantic_config__ = ConfigDict(extra="forbid", strict=True)
    trace_id: Id
    rating: Annotated[float, Ge(-1), Le(1)] | None = None
    comment: str | None = None
    correction: str | None = None


@dataclass(frozen=True, kw_only=True)
class Taken:
    """What became of what users said: stored, said before (same), kept until its trace is here (waiting), or refused:
    its place among the others, from 0, and why."""

    stored: int = 0
    same: int = 0
    waiting: int = 0
    refused: tuple[tuple[int, BadInput], ...] = ()


_SAID = TypeAdapter(Said)
_FAULTS = {
    "unexpected_keyword_argument": "is no field of feedback",
    "missing": "is required",
    "dataclass_type": "should be an object",
}


def attach_feedback(
    project: Path,
    trace_id: str,
    *,
    rating: float | None = None,
    comment: str | None = None,
    correction: str | None = None,
) -> Attached:
    """Store what a user said of a stored trace, as its next version; what is None stays as it was. Redacted as traces
    are, and said twice it is stored once.

    rating: from -1 (bad) to 1 (good). Raises BadInput for another rating, for nothing at all, and for an unknown id."""
    said = Said(trace_id=trace_id, rating=rating, comment=comment, correction=correction)
    _check(said)
    workspace = opened(project)
    return _attached(workspace, said, Redacting(workspace.settings.project.redaction), datetime.now(UTC))


def take_feedback(project: Path, items: Sequence[Json], now: datetime) -> Taken:
    """Store what users said, each an object with the fields of `Said`. What is said of a trace that is not here waits
    for it, up to `keep_spans_days`: a user may be quicker than the last span."""
    workspace = opened(project)
    attach_waiting(project, now)
    good, refused = _read(items)
    redacting = Redacting(workspace.settings.project.redaction)
    known = trace_table.ids(workspace.store, sorted({said.trace_id for said in good}))
    early = [said for said in good if said.trace_id not in known]
    if early:
        key = spans.placeholder_key(workspace.store)
        waiting_feedback.add(workspace.store, [_waiting(said, redacting, key) for said in early], now)
    done = [_attached(workspace, said, redacting, now) for said in good if said.trace_id in known]
    changed = sum(one.changed for one in done)
    return Taken(stored=changed, same=len(done) - changed, waiting=len(early), refused=tuple(refused))


def attach_waiting(project: Path, now: datetime) -> int:
    """Attach what was said of traces before they were here, and are now; how many."""
    workspace, found = opened(project), 0
    while due := waiting_feedback.due(workspace.store, _BATCH):
        redacting = Redacting(workspace.settings.project.redaction)
        for one in due:
            _attached(workspace, Said(**orjson.loads(one.body)), redacting, now)
        # Killed before this, the same is attached again, which changes nothing.
        waiting_feedback.forget(workspace.store, due)
        found += len(due)
    return found


def with_feedback(before: Trace, after: Trace) -> Trace:
    """A trace made anew, with what a user said of the one before where it says nothing itself."""
    said = before.user_feedback
    texts = [said.comment or "" if said else "", before.correction or ""]
    comment, correction = apart(texts, _unsaid(before), _unsaid(after))
    kept = replace(said, comment=comment or None) if said else None
    return replace(
        after,
        user_feedback=after.user_feedback or kept,
        correction=after.correction if after.correction is not None else correction or before.correction,
    )


def _unsaid(trace: Trace) -> str:
    return encode(replace(trace, user_feedback=None, correction=None)).decode()


def _attached(workspace: Workspace, said: Said, redacting: Redacting, now: datetime) -> Attached:
    version, changed = trace_table.alter(workspace.store, said.trace_id, _telling(said, redacting), now)
    return Attached(trace_id=said.trace_id, version=version, changed=changed)


def _telling(said: Said, redacting: Redacting) -> Callable[[Trace], Trace]:
    def told(trace: Trace) -> Trace:
        before, body = trace.user_feedback or Feedback(), encode(trace).decode()
        numbered = Numbered(behind=body)
        texts = [numbered.text(_clean(text)) for text in (said.comment, said.correction)]
        comment, correction = redacting.feedback(body, texts)
        rating = before.rating if said.rating is None else said.rating
        feedback = Feedback(rating=rating, comment=_newer(before.comment, comment))
        return replace(
            trace,
            user_feedback=None if feedback == Feedback() else feedback,
            correction=_newer(trace.correction, correction),
        )

    return told


def _read(items: Sequence[Json]) -> tuple[list[Said], list[tuple[int, BadInput]]]:
    good: list[Said] = []
    refused: list[tuple[int, BadInput]] = []
    for place, item in enumerate(items):
        try:
            said = _SAID.validate_json(orjson.dumps(item))
            _check(said)
            good.append(replace(said, trace_id=_clean(said.trace_id)))
        except ValidationError as fault:
            refused.append((place, _in_words(fault.errors(include_url=False)[0])))
        except BadInput as fault:
            refused.append((place, fault))
    return good, refused


def _in_words(first: Any) -> BadInput:
    field = ".".join(str(step) for step in first["loc"])
    what = _FAULTS.get(first["type"]) or str(first["msg"]).removeprefix("Input ").removeprefix("String ")
    return BadInput(
        f"{field[:80] or 'It'} {what}.",
        where=field[:80],
        do="Send an object with trace_id and at least one of rating (-1 to 1), comment and correction.",
    )


def _check(said: Said) -> None:
    if said.rating is None and said.comment is None and said.correction is None:
        raise BadInput(
            "There is no feedback in it.", where=said.trace_id, do="Give a rating, a comment or a correction."
        )
    if said.rating is not None and not -1 <= said.rating <= 1:
        raise BadInput(f"The rating is {said.rating:g}.", where=said.trace_id, do="Give one from -1 (bad) to 1 (good).")


def _waiting(said: Said, redacting: Redacting, key: bytes) -> Waiting:
    texts = [_clean(text) for text in (said.comment, said.correction)]
    comment, correction = redacting.early_feedback(said.trace_id, texts, key)
    body = orjson.dumps(asdict(replace(said, comment=comment or None, correction=correction or None)))
    return Waiting(said.trace_id, sha256(body).hexdigest()[:32], body.decode())


def _clean(text: str | None) -> str:
    return (text or "").replace("\0", "\N{SYMBOL FOR NULL}")


def _newer(before: str | None, now: str) -> str | None:
    """What is said now; what stands there, where nothing is said or the same. The numbers of placeholders do not tell:
    what they stand for is not stored, so the same words get new ones."""
    return before if not now or numberless(now) == numberless(before or "") else now
