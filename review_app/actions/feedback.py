"""What users say of an answer after it was stored: a rating, a comment, the answer they wanted."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from review_app.actions.redacting import Redacting
from review_app.actions.workspace import opened
from review_app.errors import BadInput
from review_app.store import traces as trace_table
from review_app.traces.redact.placeholders import numberless
from review_app.traces.trace import Feedback, Trace, encode


@dataclass(frozen=True, kw_only=True)
class Attached:
    """version: the trace's, with the feedback in it. changed: False where it said the same before."""

    trace_id: str
    version: int
    changed: bool


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
    if rating is None and comment is None and correction is None:
        raise BadInput("There is no feedback in it.", where=trace_id, do="Give a rating, a comment or a correction.")
    if rating is not None and not -1 <= rating <= 1:
        raise BadInput(f"The rating is {rating:g}.", where=trace_id, do="Give one from -1 (bad) to 1 (good).")
    workspace = opened(project)
    redacting = Redacting(workspace.settings.project.redaction)

    def told(trace: Trace) -> Trace:
        before = trace.user_feedback or Feedback()
        said = redacting.feedback(encode(trace).decode(), [_clean(comment), _clean(correction)])
        feedback = Feedback(rating=before.rating if rating is None else rating, comment=_newer(before.comment, said[0]))
        return replace(
            trace,
            user_feedback=None if feedback == Feedback() else feedback,
            correction=_newer(trace.correction, said[1]),
        )

    version, changed = trace_table.alter(workspace.store, trace_id, told, datetime.now(UTC))
    return Attached(trace_id=trace_id, version=version, changed=changed)


def _clean(text: str | None) -> str:
    return (text or "").replace("\0", "\N{SYMBOL FOR NULL}")


def _newer(before: str | None, now: str) -> str | None:
    """What is said now; what stands there, where nothing is said or the same. The numbers of placeholders do not tell:
    what they stand for is not stored, so the same words get new ones."""
    return before if not now or numberless(now) == numberless(before or "") else now
