"""Spans as they were received, and which traces wait to be made of them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from review_app.store.clock import microseconds
from review_app.store.engine import Store, in_parts, placeholders
from review_app.traces.received import ReceivedRecord

MOST_OF_A_TRACE = 20_000
"""Records of one trace that are joined; the longest agent runs seen have some thousands."""
_TOGETHER = 2_000  # records read by one query, where there are so many traces

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

_RECORD = "SELECT trace_id, span_key, response_id, body FROM received_span"
_OLD = (
    "UPDATE received_trace SET pruned_at = :now WHERE trace_id IN (SELECT trace_id FROM received_trace "
    "WHERE waiting = 0 AND pruned_at IS NULL AND last_at < :before ORDER BY last_at LIMIT :most) RETURNING trace_id"
)
# What came for a trace whose spans are gone has been dealt with once the trace waits no more.
_LATE = (
    "DELETE FROM received_span WHERE trace_id = ? AND EXISTS (SELECT 1 FROM received_trace t "
    "WHERE t.trace_id = received_span.trace_id AND t.waiting = 0)"
)
_STRAYS = (
    "SELECT s.span_key, s.response_id, CASE WHEN EXISTS (SELECT 1 FROM received_span t "
    "WHERE t.response_id = s.response_id AND t.trace_id <> '') THEN 1 ELSE 0 END AS known "
    "FROM received_span s WHERE s.trace_id = '' AND s.received_at < :before ORDER BY s.span_key LIMIT :most"
)


class Share(NamedTuple):
    """Of the traces, those that one of several processes joins: the one at `place`, from 0, of so many, at most 16."""

    place: int
    of: int


ALL = Share(0, 1)
_DIGITS = "0123456789abcdef"  # one of them ends the id of each trace that waits


class Settled(NamedTuple):
    """A trace for which nothing came for a while. `arrivals` tells whether something came since; `pruned`, that the
    spans it was made of are gone."""

    trace_id: str
    arrivals: int
    pruned: bool = False


class Stray(NamedTuple):
    """A judge's answer that names only a response. known: a span with that response came."""

    key: str
    response_id: str
    known: bool


def placeholder_key(store: Store) -> bytes:
    """The project's key for the placeholders of received spans; made when it is asked for first."""
    asked = "SELECT secret FROM placeholder_key WHERE name = 'spans'"
    if not (found := store.rows(asked)):
        with store.write() as write:
            write.run(
                "INSERT INTO placeholder_key (name, secret) VALUES ('spans', :secret) ON CONFLICT (name) DO NOTHING",
                secret=secrets.token_hex(32),
            )
        found = store.rows(asked)
    return bytes.fromhex(found[0]["secret"])


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


def settled(store: Store, before: datetime, most: int, share: Share = ALL) -> list[Settled]:
    """The traces that wait and for which nothing came after `before`, the longest waiting first."""
    digits, named = placeholders(_DIGITS[share.place :: share.of])
    ours = "" if share == ALL else f"AND substr(trace_id, 32, 1) IN {digits} "
    rows = store.rows(
        "SELECT trace_id, arrivals, pruned_at FROM received_trace WHERE waiting = 1 AND last_at <= :before "
        f"{ours}ORDER BY last_at, trace_id LIMIT :most",
        **{"before": microseconds(before), "most": most} | (named if ours else {}),
    )
    return [Settled(row["trace_id"], row["arrivals"], row["pruned_at"] is not None) for row in rows]


def of_traces(store: Store, traces: Sequence[Settled]) -> Iterator[tuple[Settled, list[ReceivedRecord]]]:
    """Each trace with its records, at most MOST_OF_A_TRACE, and the judges' answers that name only a response of it."""
    together, size = list[Settled](), 0
    for one in traces:
        if together and size + one.arrivals > _TOGETHER:
            yield from _with_records(store, together)
            together, size = [], 0
        together.append(one)
        size += one.arrivals
    yield from _with_records(store, together)


def joined(store: Store, done: Sequence[Settled]) -> None:
    """These traces wait no longer, but for those that something came for since they were read."""
    with store.write() as write:
        write.many(
            "UPDATE received_trace SET waiting = 0 WHERE trace_id = ? AND arrivals = ?",
            [(one.trace_id, one.arrivals) for one in done],
        )
        write.many(_LATE, [(one.trace_id,) for one in done if one.pruned])


def prune(store: Store, before: datetime, now: datetime, most: int) -> int:
    """Delete the spans of at most so many made traces for which nothing came since `before`; of how many."""
    with store.write() as write:
        found = write.run(_OLD, before=microseconds(before), now=microseconds(now), most=most)
        marks, named = placeholders([row["trace_id"] for row in found])
        write.run(f"DELETE FROM received_span WHERE trace_id IN {marks}", **named)
    return len(found)


def old_strays(store: Store, before: datetime, most: int) -> list[Stray]:
    """At most so many answers that name only a response and came before `before`."""
    rows = store.rows(_STRAYS, before=microseconds(before), most=most)
    return [Stray(row["span_key"], row["response_id"], bool(row["known"])) for row in rows]


def forget_strays(store: Store, strays: Sequence[Stray]) -> None:
    """Delete these answers."""
    with store.write() as write:
        write.many("DELETE FROM received_span WHERE trace_id = '' AND span_key = ?", [(one.key,) for one in strays])


def _with_records(store: Store, traces: Sequence[Settled]) -> Iterator[tuple[Settled, list[ReceivedRecord]]]:
    marks, named = placeholders([one.trace_id for one in traces])
    # Only a trace that is alone here can have more records than so many.
    asked = f"{_RECORD} WHERE trace_id IN {marks} ORDER BY trace_id, span_key LIMIT :most"
    found: dict[str, list[ReceivedRecord]] = {one.trace_id: [] for one in traces}
    for record in _records(store, asked, named | {"most": MOST_OF_A_TRACE}):
        found[record.trace_id].append(record)
    responses = {one.response_id for records in found.values() for one in records if one.response_id is not None}
    strays = _strays(store, sorted(responses))
    for one in traces:
        records = found[one.trace_id]
        own = {record.response_id for record in records} if strays else set()
        yield one, [*records, *(stray for stray in strays if stray.response_id in own)]


def _strays(store: Store, responses: Sequence[str]) -> list[ReceivedRecord]:
    found: list[ReceivedRecord] = []
    for marks, named in in_parts(responses):
        found += _records(store, f"{_RECORD} WHERE trace_id = '' AND response_id IN {marks} ORDER BY span_key", named)
    return found


def _records(store: Store, sql: str, values: Mapping[str, object]) -> list[ReceivedRecord]:
    return [ReceivedRecord(*row) for row in store.database.fetch(sql, values).rows]
