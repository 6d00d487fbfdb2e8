"""Slots: claimed by lease, fenced by token, released by time.

A slot is one needed review of one trace. The token of the latest claim is the only one a review may carry, so an answer
that comes after the slot was given on cannot be stored under it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from review_app.errors import LeaseLost
from review_app.store.clock import microseconds
from review_app.store.engine import Row, Store, Write

# A reviewer who closes the tab must not hold a trace all day, and reading a long one must not cost the claim.
LEASE = timedelta(minutes=30)

_RENEW = (
    "UPDATE slot SET lease_until = :until WHERE queue = :queue AND reviewer = :reviewer AND state = 'leased' "
    "AND lease_until >= :now"
)
_MINE = (
    "SELECT slot_id, trace_id, token FROM slot WHERE queue = :queue AND reviewer = :reviewer AND state = 'leased' "
    "ORDER BY draw_number, queue_order, slot_id"
)
_DROP = (
    "UPDATE slot SET state = 'open', reviewer = NULL, token = NULL WHERE queue = :queue AND reviewer = :reviewer "
    "AND state = 'leased' AND lease_until < :now"
)
# `state <> 'done'` stands written out: without it SQLite does not use the partial index.
_CLAIM = (
    "UPDATE slot SET state = 'leased', reviewer = :reviewer, token = :token, lease_until = :until WHERE slot_id = ("
    "SELECT s.slot_id FROM slot s WHERE s.queue = :queue AND s.state <> 'done' "
    "AND (s.state = 'open' OR (s.state = 'leased' AND s.lease_until < :now)) "
    "AND NOT EXISTS (SELECT 1 FROM slot o WHERE o.queue = s.queue AND o.trace_id = s.trace_id "
    "AND o.reviewer = :reviewer AND o.slot_id <> s.slot_id) "
    "AND NOT EXISTS (SELECT 1 FROM review r WHERE r.trace_id = s.trace_id AND r.reviewer = :reviewer) "
    "ORDER BY s.draw_number, s.queue_order, s.slot_id LIMIT 1) RETURNING slot_id"
)


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A slot this reviewer holds. `token` fences it."""

    slot_id: str
    trace_id: str
    token: str


@dataclass(frozen=True, kw_only=True)
class Progress:
    """done: reviews this person stored in the queue; left: slots they could still take or hold."""

    done: int
    left: int


def claim(store: Store, queue: str, reviewer: str, want: int, now: datetime) -> tuple[Claim, ...]:
    """Up to `want` slots for this reviewer, in queue order.

    Those already held are renewed and come first, so a reload or a second tab gets the same ones back."""
    named = {"queue": queue, "reviewer": reviewer, "now": microseconds(now), "until": microseconds(now + LEASE)}
    with store.write() as write:
        write.run(_DROP, queue=queue, reviewer=reviewer, now=named["now"])
        write.run(_RENEW, **named)
        held = write.run(_MINE, queue=queue, reviewer=reviewer)
        for _ in range(want - len(held)):
            if not write.run(_CLAIM, **named, token=secrets.token_hex(8)):
                break
        mine = write.run(_MINE, queue=queue, reviewer=reviewer)
    return tuple(Claim(**row) for row in mine)


def finish(write: Write, slot_id: str, reviewer: str, token: str) -> str | None:
    """Inside the caller's transaction: mark a held slot as done; its trace_id, or None if the lease is not theirs."""
    rows = write.run(
        "UPDATE slot SET state = 'done' WHERE slot_id = :slot_id AND reviewer = :reviewer AND token = :token "
        "AND state = 'leased' RETURNING trace_id",
        slot_id=slot_id,
        reviewer=reviewer,
        token=token,
    )
    return rows[0]["trace_id"] if rows else None


def holds(store: Store, slot_id: str, reviewer: str, token: str) -> str | None:
    """The trace of a slot, if this reviewer holds it with this token; else None."""
    rows = store.rows(
        "SELECT trace_id FROM slot WHERE slot_id = :slot_id AND reviewer = :reviewer AND token = :token "
        "AND state = 'leased'",
        slot_id=slot_id,
        reviewer=reviewer,
        token=token,
    )
    return rows[0]["trace_id"] if rows else None


def trace_of(store: Store, slot_id: str) -> str:
    """The trace a slot is for. Raises LeaseLost for a slot there never was."""
    rows = store.rows("SELECT trace_id FROM slot WHERE slot_id = :slot_id", slot_id=slot_id)
    if not rows:
        raise LeaseLost(f"There is no slot {slot_id!r}.", do="Reload the page and go on with the next trace.")
    return str(rows[0]["trace_id"])


def settle_from_elsewhere(write: Write, trace_id: str, reviewer: str) -> None:
    """Inside the caller's transaction: a review given elsewhere uses up one open slot of its trace, if there is one."""
    write.run(
        "UPDATE slot SET state = 'done', reviewer = :reviewer WHERE slot_id = ("
        "SELECT s.slot_id FROM slot s WHERE s.trace_id = :trace_id AND s.state = 'open' AND NOT EXISTS ("
        "SELECT 1 FROM slot o WHERE o.queue = s.queue AND o.trace_id = s.trace_id AND o.reviewer = :reviewer) "
        "ORDER BY s.slot_id LIMIT 1)",
        trace_id=trace_id,
        reviewer=reviewer,
    )


def progress(store: Store, queue: str, reviewer: str, now: datetime) -> Progress:
    """How far this person is, from the same rows that claims are made of."""
    done = store.rows(
        "SELECT count(*) AS n FROM review r JOIN slot s ON s.slot_id = r.slot_id "
        "WHERE s.queue = :queue AND r.reviewer = :reviewer",
        queue=queue,
        reviewer=reviewer,
    )
    left = store.rows(
        "SELECT count(DISTINCT s.trace_id) AS n FROM slot s WHERE s.queue = :queue AND s.state <> 'done' "
        "AND (s.state = 'open' OR s.reviewer = :reviewer OR s.lease_until < :now) "
        "AND NOT EXISTS (SELECT 1 FROM slot o WHERE o.queue = s.queue AND o.trace_id = s.trace_id "
        "AND o.reviewer = :reviewer AND o.state = 'done') "
        "AND NOT EXISTS (SELECT 1 FROM review r WHERE r.trace_id = s.trace_id AND r.reviewer = :reviewer)",
        queue=queue,
        reviewer=reviewer,
        now=microseconds(now),
    )
    return Progress(done=done[0]["n"], left=left[0]["n"])


def waiting(store: Store) -> set[str]:
    """Traces of which a review is still to come."""
    rows: list[Row] = store.rows("SELECT DISTINCT trace_id FROM slot WHERE state <> 'done'")
    return {row["trace_id"] for row in rows}
