"""Traces and verdicts straight into the store's tables, as `ingest` and `import verdicts` leave them, without bodies:
a million in a minute."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from review_app.store import trace_kinds
from review_app.store.engine import Write

_ALWAYS = {
    "version": 1,
    "n_turns": 4,
    "n_documents": 3,
    "n_tools": 1,
    "output_chars": 400,
    "tags": "",
    "ingested_at": 0,
}


def add_traces(write: Write, rows: Sequence[Mapping[str, object]]) -> None:
    """rows: all of the same columns, a `trace_id` and any others of the table."""
    filters = [(str(row["trace_id"]), tuple(row.get(one) for one in trace_kinds.FILTERS)) for row in rows]
    kinds = trace_kinds.assigned(write, filters, again=())  # type: ignore[arg-type]
    columns = list(_ALWAYS | dict(rows[0]) | {"kind": 0})
    write.many(
        f"INSERT INTO trace ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
        [tuple((_ALWAYS | dict(row) | {"kind": kind}).values()) for row, kind in zip(rows, kinds, strict=True)],
    )


def add_verdicts(write: Write, rows: Sequence[tuple[object, ...]]) -> None:
    """rows: (trace_id, judge, label, confidence, rationale), of version 1 and the criterion `good_enough`."""
    write.many(
        "INSERT INTO verdict (trace_id, judge, judge_version, criterion, label, confidence, rationale, status) "
        "VALUES (?, ?, '1', 'good_enough', ?, ?, ?, 'ok')",
        rows,
    )
    write.run("UPDATE row_count SET n = n + :new WHERE name = 'verdict'", new=len(rows))
