"""Where slots come from: a draw, a hand, a colleague's skip, or the wish to hear somebody twice. None is ever deleted.

Most stand in their queue. What one person alone is to answer stands beside it, in a queue named after it, because
there nobody has a trace twice. Such a slot says in `home` which queue it belongs to.

A slot's id says its queue, its trace and a number. It goes to the browser, so it must not say why the slot exists.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from review_app.sampling.plan import Repeats
from review_app.store.clock import microseconds
from review_app.store.engine import Row, Store, Write, in_parts

# Hand-picked slots come after what any draw chose, so that they do not delay it.
AFTER_EVERY_DRAW = 1 << 40

_INSERT = (
    "INSERT INTO slot (slot_id, queue, home, trace_id, draw_number, queue_order, state, skill, origin, made_by, "
    "repeat_of, known, assigned_to) VALUES (:slot_id, :queue, :home, :trace_id, :draw_number, :queue_order, 'open', "
    ":skill, :origin, :made_by, :repeat_of, :known, :assigned_to)"
)
_NOBODY: Row = {
    "skill": None, "origin": "draw", "made_by": None, "repeat_of": None, "known": None, "assigned_to": None,
}  # fmt: skip


def repeats_of(queue: str) -> str:
    """The hidden queue of repeats that belongs to a queue."""
    return f"{queue}:repeats"


def for_draw(write: Write, queue: str, drawn: Sequence[Mapping[str, object]]) -> int:
    """Inside the caller's transaction: the slots that drawn traces still need; how many were made.

    drawn: trace_id, queue_order, reviews (how many people are to review it) and skill (or None). Slots are only added;
    of those that wait, the skill is brought up to date."""
    there = _slots_of(write, queue)
    have, number = _reviews_had(write, queue, there), _added_by(write, queue)
    highest: dict[str, int] = {}
    for slot in there:
        highest[slot["trace_id"]] = max(highest.get(slot["trace_id"], -1), _number(slot["slot_id"]))
    _change_skills(write, there, {str(row["trace_id"]): row["skill"] for row in drawn})
    made = [
        _NOBODY
        | {"slot_id": _slot_id(queue, trace_id, highest.get(trace_id, -1) + more + 1), "queue": queue, "home": queue}
        | {"trace_id": trace_id, "draw_number": number[trace_id]}
        | {"queue_order": row["queue_order"], "skill": row["skill"]}
        for row in drawn
        for trace_id in [str(row["trace_id"])]
        for more in range(int(str(row["reviews"])) - have[trace_id])
    ]
    write.many(_INSERT, made)
    return len(made)


def by_hand(
    store: Store, queue: str, chosen: Mapping[str, str | None], by: str, now: datetime, reviews: int = 1
) -> int:
    """So many slots for each of these traces as none waits for yet, after everything drawn; how many were made.

    chosen: trace_id -> the skill it needs, or None. As no chance chose them, what people say about them stands for
    nothing else."""
    made = 0
    waits = "SELECT 1 FROM slot WHERE queue = :queue AND trace_id = :trace_id AND state <> 'done'"
    with store.write() as write:
        for place, (trace_id, skill) in enumerate(chosen.items()):
            order = f"{microseconds(now):020d}-{place:09d}"
            row = {"trace_id": trace_id, "draw_number": AFTER_EVERY_DRAW, "queue_order": order}
            for _ in range(reviews - len(write.run(waits, queue=queue, trace_id=trace_id))):
                add(write, queue, row | {"skill": skill, "origin": "hand_picked", "made_by": by})
                made += 1
    return made


def instead_of(write: Write, slot_id: str) -> None:
    """Inside the caller's transaction: a fresh slot for anyone in place of a skipped one. What one person alone was to
    answer has none."""
    rows = write.run(
        "SELECT queue, trace_id, draw_number, queue_order, skill, origin, made_by FROM slot WHERE slot_id = :slot_id "
        "AND queue = home",
        slot_id=slot_id,
    )
    for row in rows:
        add(write, row["queue"], row)


def plan_repeat(write: Write, queue: str, reviewer: str, repeats: Repeats, rubric_version: str, now: datetime) -> None:
    """Inside the caller's transaction: where this reviewer's share of repeats is not met, one more own review, long
    enough ago and under this rubric, is to be given again. Which one, the hash of the queue's order decides."""
    here: Row = {"reviewer": reviewer, "queue": queue, "repeats": repeats_of(queue)}
    counted = write.run(
        "SELECT queue, count(*) AS n FROM slot WHERE (reviewer = :reviewer AND home = :queue AND queue = :queue "
        "AND state = 'done' AND outcome = 'judged') "
        "OR (assigned_to = :reviewer AND home = :queue AND queue = :repeats) GROUP BY queue",
        **here,
    )
    n = {row["queue"]: int(row["n"]) for row in counted}
    if n.get(repeats_of(queue), 0) + 1 > repeats.share * n.get(queue, 0):
        return
    rows = write.run(
        "SELECT s.trace_id, s.draw_number, s.queue_order, s.skill, r.review_id AS repeat_of FROM slot s "
        "JOIN review r ON r.slot_id = s.slot_id WHERE s.reviewer = :reviewer AND s.home = :queue AND s.queue = :queue "
        "AND s.state = 'done' AND r.outcome = 'judged' AND r.assisted = 0 AND r.rubric_version = :version "
        "AND r.at <= :before AND NOT EXISTS (SELECT 1 FROM slot o WHERE o.trace_id = s.trace_id AND o.home = :queue "
        "AND o.assigned_to = :reviewer AND (o.queue = :repeats OR o.state <> 'done')) "
        "ORDER BY s.queue_order, s.slot_id LIMIT 1",
        **here,
        version=rubric_version,
        before=microseconds(now - timedelta(days=repeats.after_days)),
    )
    for row in rows:
        add(write, queue, row | {"origin": "repeat", "assigned_to": reviewer}, repeats_of(queue))


def add(write: Write, queue: str, row: Row, beside: str = "") -> None:
    """Inside the caller's transaction: one more slot of a queue. row: trace_id, draw_number, queue_order, and what is
    known of skill, origin, made_by, repeat_of, known, assigned_to. beside: where it stands, if not in the queue."""
    number = next_number(write, queue, row["trace_id"])
    named = {"slot_id": _slot_id(queue, row["trace_id"], number), "home": queue, "queue": beside or queue}
    write.run(_INSERT, **_NOBODY | row | named)


def next_number(write: Write, queue: str, trace_id: str) -> int:
    """Inside a transaction: the number that a trace's next slot in this queue, or beside it, will have."""
    there = write.run(
        "SELECT slot_id FROM slot WHERE trace_id = :trace_id AND home = :queue", trace_id=trace_id, queue=queue
    )
    return 1 + max((_number(slot["slot_id"]) for slot in there), default=-1)


# A draw's slot that waits behind something its reviewer was given in turn: it was passed over, as nobody has a trace
# twice, and they had answered this one by hand.
_STOOD_IN = (
    "SELECT r.review_id FROM review r JOIN slot h ON h.slot_id = r.slot_id "
    "JOIN slot s ON s.queue = :queue AND s.trace_id = r.trace_id AND s.origin = 'draw' AND s.state = 'open' "
    "WHERE r.review_id IN {picked} AND h.home = :queue AND r.outcome <> 'skipped' "
    "AND NOT EXISTS (SELECT 1 FROM slot d WHERE d.queue = :queue AND d.trace_id = r.trace_id AND d.origin = 'draw' "
    "AND d.state = 'done' AND d.outcome <> 'skipped') "
    "AND EXISTS (SELECT 1 FROM slot f WHERE f.home = :queue AND f.queue = :queue AND f.reviewer = r.reviewer "
    "AND f.origin = 'draw' AND f.state = 'done' AND f.outcome <> 'elsewhere' AND f.assigned_to IS NULL "
    "AND (f.draw_number > s.draw_number OR (f.draw_number = s.draw_number AND f.queue_order > s.queue_order)))"
)


def by_hand_alone(store: Store, queue: str) -> set[str]:
    """Reviews of slots that somebody chose by hand, without those that a draw of this queue would have asked for as
    well, had they not been there when the turn of the trace came."""
    picked = sorted(hand_picked_reviews(store))
    found = set(picked)
    for marks, named in in_parts(picked):
        found -= {row["review_id"] for row in store.rows(_STOOD_IN.format(picked=marks), queue=queue, **named)}
    return found


def hand_picked_reviews(store: Store) -> set[str]:
    """Reviews of slots that somebody chose by hand."""
    rows = store.rows(
        "SELECT r.review_id FROM review r JOIN slot s ON s.slot_id = r.slot_id WHERE s.origin = 'hand_picked'"
    )
    return {row["review_id"] for row in rows}


def reviews_for_others(store: Store, queue: str) -> dict[str, str]:
    """Reviews of slots that a draw of another queue made -> their trace."""
    rows = store.rows(
        "SELECT r.review_id, r.trace_id FROM review r JOIN slot s ON s.slot_id = r.slot_id "
        "WHERE s.home <> :queue AND s.origin <> 'hand_picked'",
        queue=queue,
    )
    return {row["review_id"]: row["trace_id"] for row in rows}


def skill_of(store: Store, queue: str) -> dict[str, str]:
    """trace_id -> the skill a queue asks for it; traces that need none are not in it."""
    rows = store.rows(
        "SELECT trace_id, max(skill) AS skill FROM slot WHERE queue = :queue AND skill IS NOT NULL GROUP BY trace_id",
        queue=queue,
    )
    return {row["trace_id"]: row["skill"] for row in rows}


def asked_otherwise(store: Store, rubric_version: str) -> set[str]:
    """Traces somebody reviewed under another rubric than this version."""
    rows = store.rows(
        "SELECT DISTINCT trace_id FROM review WHERE rubric_version <> :rubric_version", rubric_version=rubric_version
    )
    return {row["trace_id"] for row in rows}


def _slot_id(queue: str, trace_id: str, number: int) -> str:
    return f"{queue}/{trace_id}/{number}"


def _number(slot_id: str) -> int:
    return int(slot_id.rpartition("/")[2])


def _slots_of(write: Write, queue: str) -> list[Row]:
    return write.run(
        "SELECT slot_id, queue, trace_id, state, outcome, origin, skill FROM slot WHERE home = :queue", queue=queue
    )


def _added_by(write: Write, queue: str) -> dict[str, int]:
    rows = write.run(
        "SELECT d.trace_id, o.number FROM drawn d JOIN draw o ON o.draw_id = d.draw_id "
        "WHERE o.queue = :queue AND d.added = 1",
        queue=queue,
    )
    return {row["trace_id"]: int(row["number"]) for row in rows}


def _reviews_had(write: Write, queue: str, slots: Sequence[Row]) -> Counter[str]:
    """trace_id -> slots a draw made that count, and people who reviewed it without a slot of this queue."""
    elsewhere = write.run(
        "SELECT r.trace_id, count(DISTINCT r.reviewer) AS n FROM review r WHERE r.repeat_of IS NULL AND r.assisted = 0 "
        "AND r.outcome <> 'skipped' AND NOT EXISTS (SELECT 1 FROM slot s WHERE s.queue = :queue "
        "AND s.trace_id = r.trace_id AND s.reviewer = r.reviewer AND s.state = 'done') AND NOT EXISTS (SELECT 1 "
        "FROM slot k WHERE k.slot_id = r.slot_id AND k.known IS NOT NULL) GROUP BY r.trace_id",
        queue=queue,
    )
    have = Counter({row["trace_id"]: int(row["n"]) for row in elsewhere})
    here = (slot for slot in slots if slot["queue"] == queue and slot["origin"] == "draw")
    have.update(slot["trace_id"] for slot in here if slot["outcome"] != "skipped")
    return have


def _change_skills(write: Write, slots: Sequence[Row], skills: Mapping[str, object]) -> None:
    changed = [
        {"slot_id": slot["slot_id"], "skill": skills[slot["trace_id"]]}
        for slot in slots
        if slot["state"] != "done" and skills.get(slot["trace_id"], slot["skill"]) != slot["skill"]
    ]
    write.many("UPDATE slot SET skill = :skill WHERE slot_id = :slot_id", changed)
