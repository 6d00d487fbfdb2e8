"""Who may learn what others thought of a trace: one rule, for every list, page and search."""

from __future__ import annotations

from review_app.store.engine import Store

# What is still this person's to answer, of slots `s`: on their desk, put off, or kept beside the queue for them alone.
TO_COME = "s.state <> 'done' AND (s.reviewer = :person OR (s.assigned_to = :person AND s.queue <> s.home))"
# Given one's own review (a skipped one is none), or nobody's to come; and the trace is not to be answered once more, as
# a hidden repeat or under another rubric. For a query over `trace t` with `:person`.
SEEN = (
    "(EXISTS (SELECT 1 FROM review r WHERE r.trace_id = t.trace_id AND r.reviewer = :person "
    "AND r.outcome <> 'skipped') "
    "OR NOT EXISTS (SELECT 1 FROM slot s WHERE s.trace_id = t.trace_id AND s.state <> 'done' "
    "AND s.origin <> 'repeat')) "
    f"AND NOT EXISTS (SELECT 1 FROM slot s WHERE s.trace_id = t.trace_id AND {TO_COME})"
)


def unseen(store: Store, person: str) -> set[str]:
    """Traces of which this person may not learn yet what anybody thought: they may still be asked themselves."""
    # Nothing is kept back of a trace that nobody is to answer any more: nearly all of them.
    waiting = "t.trace_id IN (SELECT w.trace_id FROM slot w WHERE w.state <> 'done')"
    rows = store.rows(f"SELECT t.trace_id FROM trace t WHERE {waiting} AND NOT ({SEEN})", person=person)
    return {row["trace_id"] for row in rows}


def waits(store: Store, trace_id: str) -> bool:
    """Whether anybody's review of this trace is still to come."""
    rows = store.rows(
        "SELECT 1 AS one FROM slot WHERE trace_id = :trace_id AND state <> 'done' AND origin <> 'repeat' LIMIT 1",
        trace_id=trace_id,
    )
    return bool(rows)
