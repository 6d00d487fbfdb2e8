"""How far what each draw added is reviewed."""

from __future__ import annotations

from dataclasses import dataclass

from review_app.store.engine import Store

# What somebody's hand sent, was answered after a reveal, or is asked to measure a reviewer says nothing of how far a
# draw is.
_ANSWERED = (
    "EXISTS (SELECT 1 FROM review r LEFT JOIN slot k ON k.slot_id = r.slot_id WHERE r.trace_id = d.trace_id "
    "AND r.assisted = 0 AND r.repeat_of IS NULL AND r.outcome <> 'skipped' AND k.known IS NULL "
    "AND coalesce(k.origin, 'draw') <> 'hand_picked')"
)
# A skipped slot was replaced by another one, and does not count among what is needed.
_SQL = (
    "SELECT d.draw_id, count(DISTINCT d.trace_id) AS traces, count(s.slot_id) AS needed, "
    "count(CASE WHEN s.state = 'done' THEN 1 END) AS done, "
    f"count(DISTINCT CASE WHEN {_ANSWERED} THEN d.trace_id END) AS reviewed "
    "FROM draw o JOIN drawn d ON d.draw_id = o.draw_id AND d.added = 1 "
    "LEFT JOIN slot s ON s.trace_id = d.trace_id AND s.queue = :queue AND s.origin = 'draw' "
    "AND (s.outcome IS NULL OR s.outcome <> 'skipped') "
    "WHERE o.queue = :queue GROUP BY d.draw_id"
)
_UNANSWERED = (
    "SELECT o.draw_id FROM draw o WHERE o.queue = :queue "
    "AND EXISTS (SELECT 1 FROM drawn d WHERE d.draw_id = o.draw_id AND d.added = 1) "
    f"AND NOT EXISTS (SELECT 1 FROM drawn d WHERE d.draw_id = o.draw_id AND d.added = 1 AND {_ANSWERED})"
)


@dataclass(frozen=True, kw_only=True)
class DrawProgress:
    """traces: that a draw added to the queue; reviewed: those somebody reviewed, for this queue or before it drew them.
    needed: the reviews it had to ask for, done: those that are finished."""

    traces: int = 0
    reviewed: int = 0
    needed: int = 0
    done: int = 0


def draw_progress(store: Store, queue: str) -> dict[str, DrawProgress]:
    """draw_id -> how far it is. A draw that added nothing has no entry."""
    rows = store.rows(_SQL, queue=queue)
    names = DrawProgress.__dataclass_fields__
    return {row["draw_id"]: DrawProgress(**{name: row[name] for name in names}) for row in rows}


def unanswered(store: Store, queue: str) -> set[str]:
    """Draws and waves that added traces, of which nobody has reviewed a single one."""
    return {row["draw_id"] for row in store.rows(_UNANSWERED, queue=queue)}
