"""What users said of traces that are not here yet: they may be quicker than the last span."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from review_app.store.clock import microseconds
from review_app.store.engine import Row, Store

_ADD = (
    "INSERT INTO waiting_feedback (trace_id, feedback_id, body, received_at) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (trace_id, feedback_id) DO NOTHING"
)
_COLUMNS = "f.trace_id, f.feedback_id, f.body"


class Waiting(NamedTuple):
    """feedback_id: what tells it from others on the trace. body: JSON."""

    trace_id: str
    feedback_id: str
    body: str


def add(store: Store, waiting: Sequence[Waiting], now: datetime) -> None:
    """Keep these; one that is there already is left alone."""
    with store.write() as write:
        write.many(_ADD, [(*one, microseconds(now)) for one in waiting])


def due(store: Store, most: int) -> list[Waiting]:
    """At most so many whose trace is here now, in the order they came."""
    rows = store.rows(
        f"SELECT {_COLUMNS} FROM waiting_feedback f JOIN trace t ON t.trace_id = f.trace_id "
        "ORDER BY f.received_at, f.feedback_id LIMIT :most",
        most=most,
    )
    return [_waiting(row) for row in rows]


def older(store: Store, before: datetime, most: int) -> list[Waiting]:
    """At most so many that came before `before`."""
    rows = store.rows(
        f"SELECT {_COLUMNS} FROM waiting_feedback f WHERE f.received_at < :before ORDER BY f.feedback_id LIMIT :most",
        before=microseconds(before),
        most=most,
    )
    return [_waiting(row) for row in rows]


def forget(store: Store, waiting: Sequence[Waiting]) -> None:
    """Delete these."""
    with store.write() as write:
        write.many(
            "DELETE FROM waiting_feedback WHERE trace_id = ? AND feedback_id = ?",
            [(one.trace_id, one.feedback_id) for one in waiting],
        )


def _waiting(row: Row) -> Waiting:
    return Waiting(row["trace_id"], row["feedback_id"], row["body"])
