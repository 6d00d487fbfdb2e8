"""Spans as they were received, and which traces wait to be made of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from review_app.store.clock import microseconds
from review_app.store.engine import Row, Store, placeholders
from review_app.traces.received import ReceivedRecord

MOST_OF_A_TRACE = 20_000
"""Records of one trace that are joined; the longest agent runs seen have some thousands."""

_SPAN = (
    "INSERT INTO received_span (trace_id, span_key, response_id, body, received_at) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (trace_id, span_key) DO UPDATE SET response_id = excluded.response_id, body = excluded.body"
)
_ARRIVED = (
    "INSERT INTO received_trace (trace_id, last_at, arrivals, waiting) VALUES (?, ?, ?, 1) "
    "ON CONFLICT (trace_id) DO UPDATE SET last_at = excluded.last_at, waiting = 1, "
    "arrivals = received_trace.arrivals + excluded.arrivals"
)
# A judge's answer that names only a response wakes the trace that has the response.
_WOKEN = (
    "UPDATE received_trace SET last_at = ?, waiting = 1, arrivals = arrivals + 1 "
    "WHERE trace_id IN (SELECT trace_id FROM received_span WHERE response_id = ?)"
)


class Settled(NamedTuple):
    """A trace for which nothing came for a while. `arrivals` tells whether something came since."""

    trace_id: str
    arrivals: int


def save(store: Store, records: Sequence[ReceivedRecord], now: datetime) -> None:
    """Store records in one transaction. One that came before counts once; of two different ones the later stays."""
    stamp = microseconds(now)
    arrivals: dict[str, int] = {}
    for record in records:
        arrivals[record.trace_id] = arrivals.get(record.trace_id, 0) + 1
    strays = {record.response_id for record in records if not record.trace_id}
    arrivals.pop("", None)
    with store.write() as write:
        write.many(_SPAN, [(one.trace_id, one.key, one.response_id, one.body, stamp) for one in records])
        # In one order for everybody, whatever the engine locks.
        write.many(_ARRIVED, [(trace_id, stamp, count) for trace_id, count in sorted(arrivals.items())])
        write.many(_WOKEN, [(stamp, response_id) for response_id in strays])


def settled(store: Store, before: datetime, most: int) -> list[Settled]:
    """The traces that wait and for which nothing came after `before`, the longest waiting first."""
    rows = store.rows(
        "SELECT trace_id, arrivals FROM received_trace WHERE waiting = 1 AND last_at <= :before "
        "ORDER BY last_at, trace_id LIMIT :most",
        before=microseconds(before),
        most=most,
    )
    return [Settled(row["trace_id"], row["arrivals"]) for row in rows]


def of_trace(store: Store, trace_id: str) -> list[ReceivedRecord]:
    """The records of a trace, at most MOST_OF_A_TRACE, and the judges' answers that name only a response of it."""
    rows = store.rows(
        "SELECT trace_id, span_key, response_id, body FROM received_span WHERE trace_id = :trace_id "
        "ORDER BY span_key LIMIT :most",
        trace_id=trace_id,
        most=MOST_OF_A_TRACE,
    )
    responses = sorted({row["response_id"] for row in rows if row["response_id"] is not None})
    return [_record(row) for row in (*rows, *_strays(store, responses))]


def joined(store: Store, done: Sequence[Settled]) -> None:
    """These traces wait no longer, but for those that something came for since they were read."""
    with store.write() as write:
        write.many(
            "UPDATE received_trace SET waiting = 0 WHERE trace_id = ? AND arrivals = ?",
            [(one.trace_id, one.arrivals) for one in done],
        )


def _strays(store: Store, responses: Sequence[str]) -> Iterator[Row]:
    for start in range(0, len(responses), 5_000):
        marks, named = placeholders(responses[start : start + 5_000])
        yield from store.rows(
            "SELECT trace_id, span_key, response_id, body FROM received_span "
            f"WHERE trace_id = '' AND response_id IN {marks} ORDER BY span_key",
            **named,
        )


def _record(row: Row) -> ReceivedRecord:
    return ReceivedRecord(
        trace_id=row["trace_id"], key=row["span_key"], response_id=row["response_id"], body=row["body"]
    )
