"""Which trace a span is in, kept beyond the run and the spans themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from review_app.store.engine import Store, in_parts

_NOTE = (
    "INSERT INTO trace_span (span_id, trace_id) VALUES (?, ?) ON CONFLICT (span_id) DO UPDATE SET "
    "trace_id = excluded.trace_id WHERE trace_span.trace_id <> excluded.trace_id"
)


def note(store: Store, spans: Iterable[tuple[str, str]]) -> None:
    """Remember (span id, trace id); of two traces that have a span of one id, the later."""
    # In one order for everybody, so that the index is written front to back.
    if rows := sorted(spans):
        with store.write() as write:
            write.many(_NOTE, rows)


def traces_of(store: Store, span_ids: Sequence[str]) -> dict[str, str]:
    """span id -> trace id, for those that are known."""
    found: dict[str, str] = {}
    for marks, named in in_parts(span_ids):
        rows = store.rows(f"SELECT span_id, trace_id FROM trace_span WHERE span_id IN {marks}", **named)
        found |= {row["span_id"]: row["trace_id"] for row in rows}
    return found
