"""Slots: claimed by lease, fenced by token, released by time.

A slot is one needed review of one trace. The token of the latest claim is the only one a review may carry, so an answer
that comes after the slot was given on cannot be stored under it.

A slot is open, leased or done. Open ones may be kept for somebody: assigned by the lead, or deferred by its reviewer.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd

from review_app.errors import LeaseLost
from review_app.sampling.plan import KnownAnswers, Repeats
from review_app.store import known_answers, new_slots
from review_app.store.clock import microseconds
from review_app.store.engine import Row, Store, Write, placeholders

# A reviewer who closes the tab must not hold a trace all day, and reading a long one must not cost the claim.
LEASE = timedelta(minutes=30)

_HERE = "home = :queue"
_RENEW = (
    f"UPDATE slot SET lease_until = :until WHERE {_HERE} AND reviewer = :reviewer AND state = 'leased' "
    "AND lease_until >= :now"
)
_MINE = (
    f"SELECT slot_id, trace_id, token FROM slot WHERE {_HERE} AND reviewer = :reviewer AND state = 'leased' "
    "ORDER BY taken_at, deferred_at, draw_number, queue_order, slot_id"
)
_OPEN = "state = 'open', reviewer = NULL, token = NULL, deferred_at = 0"
_DROP = f"UPDATE slot SET {_OPEN} WHERE {_HERE} AND reviewer = :reviewer AND state = 'leased' AND lease_until < :now"
_TAKE = (
    "UPDATE slot SET state = 'leased', reviewer = :reviewer, token = :token, lease_until = :until, taken_at = :now "
    "WHERE slot_id = ({chosen} LIMIT 1) RETURNING slot_id"
)
# `state <> 'done'` stands written out: without it SQLite does not use the partial index.
_FREE = (
    "s.state <> 'done' AND ((s.state = 'open' AND s.deferred_at = 0) OR (s.state = 'leased' AND s.lease_until < :now)) "
    "AND (s.assigned_to IS NULL OR s.assigned_to = :reviewer)"
)
_NOT_MINE_YET = (
    "s.trace_id NOT IN (SELECT o.trace_id FROM slot o WHERE o.reviewer = :reviewer AND o.home = :queue "
    "AND (o.state <> 'leased' OR o.lease_until >= :now) UNION ALL "
    "SELECT r.trace_id FROM review r WHERE r.reviewer = :reviewer)"
)
_IN_ORDER = "ORDER BY s.draw_number, s.queue_order, s.slot_id"
# What is asked of this person alone, unseen among the rest: a repeat, a trace sent back, a known answer.
_ASIDE = (
    "s.home = :queue AND s.queue <> :queue AND s.state = 'open' AND s.assigned_to = :reviewer AND s.deferred_at = 0"
)
_MINE_ALONE = f"SELECT s.slot_id FROM slot s WHERE {_ASIDE} {_IN_ORDER}"
_DEFERRED = (
    f"SELECT s.slot_id FROM slot s WHERE s.{_HERE} AND s.state = 'open' AND s.reviewer = :reviewer "
    "ORDER BY s.deferred_at, s.slot_id"
)
# The one place that says in which state a slot is: lists and counters are both made from it.
_STATE = (
    "CASE WHEN s.state = 'done' AND s.outcome = 'skipped' THEN 'skipped' WHEN s.state <> 'open' THEN s.state "
    "WHEN s.deferred_at > 0 THEN 'deferred' WHEN s.assigned_to IS NOT NULL THEN 'assigned' ELSE 'open' END"
)
STATES = ("open", "assigned", "leased", "deferred", "done", "skipped")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A slot this reviewer holds. `token` fences it."""

    slot_id: str
    trace_id: str
    token: str


@dataclass(frozen=True, kw_only=True)
class Progress:
    """done: slots this person closed at their desk; left: slots they could still take, hold or have put off.

    more: counting stopped at `left`, and there is more than that."""

    done: int
    left: int
    more: bool = False


@dataclass(frozen=True, kw_only=True)
class Timed:
    """timed: reviews with a time, `seconds` in all. last_at: microseconds since 1970, None for no review."""

    timed: int = 0
    seconds: float = 0.0
    last_at: int | None = None


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What one reviewer may be given. skills: theirs; None = they may take whatever needs one.
    repeats, known: how often an own review comes back, and something settled is asked, if ever; rubric_version: only
    what was answered, or settled, under this one."""

    skills: tuple[str, ...] | None = None
    repeats: Repeats | None = None
    known: KnownAnswers | None = None
    rubric_version: str = ""


def claim(
    store: Store,
    queue: str,
    reviewer: str,
    want: int,
    now: datetime,
    rules: Rules = Rules(),
) -> tuple[Claim, ...]:
    """Up to `want` slots for this reviewer, in queue order; what they put off comes after everything else.

    Those already held are renewed and come first, so a reload or a second tab gets the same ones back."""
    named = _named(queue, reviewer, now)
    skilled, skills = _skilled(rules)
    wanted = f"{_FREE} AND {skilled} AND {_NOT_MINE_YET}"
    fresh = f"SELECT s.slot_id FROM slot s WHERE s.queue = :queue AND {wanted} {_IN_ORDER}"
    with store.write() as write:
        write.run(_DROP, **named)
        write.run(_RENEW, **named)
        held = write.run(_MINE, **named)
        if want > len(held) and rules.repeats:
            new_slots.plan_repeat(write, queue, reviewer, rules.repeats, rules.rubric_version, now)
        if want > len(held) and rules.known:
            here: Row = {"queue": queue, "reviewer": reviewer, "version": rules.rubric_version}
            known_answers.plan(write, here | skills, rules.known, skilled)
        for _ in range(want - len(held)):
            if not any(_take(write, chosen, named | skills) for chosen in (_MINE_ALONE, fresh, _DEFERRED)):
                break
        mine = write.run(_MINE, **named)
    return tuple(Claim(**row) for row in mine)


def finish(write: Write, slot_id: str, reviewer: str, token: str, outcome: str = "judged") -> str | None:
    """Inside the caller's transaction: close a held slot; its trace_id, or None if the lease is not theirs.

    A skipped one is closed for this reviewer, and a fresh one stands in its place for the others."""
    rows = write.run(
        "UPDATE slot SET state = 'done', outcome = :outcome, deferred_at = 0 WHERE slot_id = :slot_id "
        "AND reviewer = :reviewer AND token = :token AND state = 'leased' RETURNING trace_id",
        slot_id=slot_id,
        reviewer=reviewer,
        token=token,
        outcome=outcome,
    )
    if rows and outcome == "skipped":
        new_slots.instead_of(write, slot_id)
    return rows[0]["trace_id"] if rows else None


def defer(store: Store, slot_id: str, reviewer: str, token: str, now: datetime) -> None:
    """Put a held slot off: it stays this reviewer's, and comes back to them after everything else. Raises LeaseLost."""
    with store.write() as write:
        rows = write.run(
            "UPDATE slot SET state = 'open', token = NULL, deferred_at = :now WHERE slot_id = :slot_id "
            "AND reviewer = :reviewer AND token = :token AND state = 'leased' RETURNING slot_id",
            slot_id=slot_id,
            reviewer=reviewer,
            token=token,
            now=microseconds(now),
        )
    if not rows:
        raise LeaseLost("This trace is no longer on your desk, so it cannot be put off.", do="Go on with the next one.")


def renew(store: Store, queue: str, reviewer: str, now: datetime) -> None:
    """The browser is still there: every lease that has not run out is renewed."""
    with store.write() as write:
        write.run(_RENEW, **_named(queue, reviewer, now))


def release(store: Store, queue: str, slot_id: str) -> bool:
    """Give a slot somebody holds or has put off back to the others; False where nobody does."""
    with store.write() as write:
        rows = write.run(
            f"UPDATE slot SET {_OPEN} WHERE {_HERE} AND slot_id = :slot_id AND state <> 'done' "
            "AND reviewer IS NOT NULL RETURNING slot_id",
            queue=queue,
            slot_id=slot_id,
        )
    return bool(rows)


def assign(store: Store, queue: str, trace_ids: Sequence[str], to: str | None) -> int:
    """Keep one free slot of each trace for one person, or with None for nobody; how many traces that reached.

    A trace is left as it is where nobody's slot is free, or where the person has one already, or reviewed it."""
    keep = (
        "UPDATE slot SET assigned_to = :to WHERE slot_id = (SELECT s.slot_id FROM slot s WHERE s.queue = :queue "
        "AND s.trace_id = :trace_id AND s.state = 'open' AND s.deferred_at = 0 AND NOT EXISTS (SELECT 1 FROM slot o "
        "WHERE o.queue = s.queue AND o.trace_id = s.trace_id AND (o.reviewer = :to OR o.assigned_to = :to)) "
        "AND NOT EXISTS (SELECT 1 FROM review r WHERE r.trace_id = s.trace_id AND r.reviewer = :to) "
        f"{_IN_ORDER} LIMIT 1) RETURNING slot_id"
    )
    free = (
        "UPDATE slot SET assigned_to = NULL WHERE queue = :queue AND trace_id = :trace_id AND state <> 'done' "
        "AND assigned_to IS NOT NULL RETURNING slot_id"
    )
    changed = 0
    with store.write() as write:
        for trace_id in dict.fromkeys(trace_ids):
            named: Row = {"queue": queue, "trace_id": trace_id} | ({} if to is None else {"to": to})
            changed += bool(write.run(free if to is None else keep, **named))
    return changed


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
        "UPDATE slot SET state = 'done', outcome = 'elsewhere', reviewer = :reviewer WHERE slot_id = ("
        "SELECT s.slot_id FROM slot s WHERE s.trace_id = :trace_id AND s.state = 'open' AND s.reviewer IS NULL "
        "AND (s.assigned_to IS NULL OR s.assigned_to = :reviewer) AND s.origin <> 'repeat' AND NOT EXISTS ("
        "SELECT 1 FROM slot o WHERE o.queue = s.queue AND o.trace_id = s.trace_id AND o.reviewer = :reviewer) "
        f"{_IN_ORDER} LIMIT 1)",
        trace_id=trace_id,
        reviewer=reviewer,
    )


def states(store: Store, queue: str) -> pd.DataFrame:
    """One row per slot of a queue and beside it: slot_id, trace_id, state (one of STATES), person (who holds, put off,
    closed, or is to answer it; NA for anyone), lease_until, skill, origin, outcome."""
    return store.frame(
        f"SELECT s.slot_id, s.trace_id, {_STATE} AS state, coalesce(s.reviewer, s.assigned_to) AS person, "
        f"s.lease_until, s.skill, s.origin, s.outcome FROM slot s WHERE s.{_HERE} {_IN_ORDER}",
        queue=queue,
    )


def progress(
    store: Store, queue: str, reviewer: str, now: datetime, rules: Rules = Rules(), most: int | None = None
) -> Progress:
    """How far this person is, from the same states and the same conditions that lists and claims are made of.

    most: count no more free traces than this. The desk asks after each submission, and a long queue is long enough."""
    skilled, skills = _skilled(rules)
    named = _named(queue, reviewer, now)
    mine = store.rows(
        f"SELECT {_STATE} AS state, count(*) AS n FROM slot s WHERE s.reviewer = :reviewer AND s.{_HERE} "
        "AND (s.state <> 'done' OR s.outcome <> 'elsewhere') "
        "AND (s.state <> 'leased' OR s.queue <> :queue OR s.lease_until >= :now) GROUP BY 1",
        **named,
    )
    aside = store.rows(f"SELECT count(*) AS n FROM slot s WHERE {_ASIDE}", **named)
    enough = "" if most is None else f"LIMIT {most + 1}"
    free = store.rows(
        "SELECT count(*) AS n FROM (SELECT DISTINCT s.trace_id FROM slot s WHERE s.queue = :queue "
        f"AND {_FREE} AND {skilled} AND {_NOT_MINE_YET} {enough}) AS found",
        **named | skills,
    )
    found = int(free[0]["n"])
    counted = found if most is None else min(found, most)
    by_state = {row["state"]: int(row["n"]) for row in mine}
    return Progress(
        done=by_state.get("done", 0) + by_state.get("skipped", 0),
        left=by_state.get("leased", 0) + by_state.get("deferred", 0) + int(aside[0]["n"]) + counted,
        more=found > counted,
    )


def pace(store: Store, queue: str) -> dict[str, Timed]:
    """reviewer -> how long their reviews at the desk of this queue took."""
    rows = store.rows(
        "SELECT r.reviewer, count(r.seconds) AS timed, coalesce(sum(r.seconds), 0.0) AS seconds, max(r.at) AS last_at "
        f"FROM review r JOIN slot s ON s.slot_id = r.slot_id WHERE s.{_HERE} GROUP BY r.reviewer",
        queue=queue,
    )
    return {row.pop("reviewer"): Timed(**row) for row in rows}


def _take(write: Write, chosen: str, named: Row) -> bool:
    return bool(write.run(_TAKE.format(chosen=chosen), **named, token=secrets.token_hex(8)))


def _named(queue: str, reviewer: str, now: datetime) -> Row:
    return {
        "queue": queue,
        "reviewer": reviewer,
        "now": microseconds(now),
        "until": microseconds(now + LEASE),
    }


def _skilled(rules: Rules) -> tuple[str, Row]:
    """The condition that a slot `s` needs no skill this person lacks, and the values in it."""
    if rules.skills is None:
        return "1 = 1", {}
    if not rules.skills:
        return "s.skill IS NULL", {}
    marks, named = placeholders(rules.skills)
    return f"(s.skill IS NULL OR s.skill IN {marks})", named
