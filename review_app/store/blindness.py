"""Who may learn what others thought of a trace: one rule, for every list, page and search."""

from __future__ import annotations

from review_app.store.engine import Store

# Given one's own review (a skipped one is none), or nobody's to come; and the trace does not lie on one's desk once
# more, as a hidden repeat. For a query over `trace t` with `:person`.
SEEN = (
    "(EXISTS (SELECT 1 FROM review r WHERE r.trace_id = t.trace_id AND r.reviewer = :person "
    "AND r.outcome <> 'skipped') "
    "OR NOT EXISTS (SELECT 1 FROM slot s WHERE s.trace_id = t.trace_id AND s.state <> 'done' "
    "AND s.origin <> 'repeat')) "
    "AND NOT EXISTS (SELECT 1 FROM slot h WHERE h.trace_id = t.trace_id AND h.reviewer = :person "
    "AND h.state = 'leased')"
)


def unseen(store: Store, person: str) -> set[str]:
    """Traces of which this person may not learn yet what anybody thought: they may still be asked themselves."""
    rows = store.rows(f"SELECT t.trace_id FROM trace t WHERE NOT ({SEEN})", person=person)
    return {row["trace_id"] for row in rows}
