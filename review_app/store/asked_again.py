"""Slots that one person alone is to answer, unseen among the rest: a trace sent back to them under another rubric.

They stand beside their queue, each in a place of its own: the person has the trace's place in the queue already.
"""

from __future__ import annotations

from collections.abc import Sequence

from review_app.store import new_slots
from review_app.store.engine import Row, Store, Write

_TO_COME = (
    "SELECT 1 AS one FROM slot WHERE trace_id = :trace_id AND home = :queue AND state <> 'done' "
    "AND (reviewer = :reviewer OR (assigned_to = :reviewer AND queue <> home)) LIMIT 1"
)
# Their own place first: a hand-picked trace stays one.
_PLACE = (
    "SELECT trace_id, draw_number, queue_order, skill, origin FROM slot WHERE trace_id = :trace_id AND home = :queue "
    "AND origin <> 'repeat' ORDER BY CASE WHEN reviewer = :reviewer THEN 0 ELSE 1 END, origin, slot_id LIMIT 1"
)


def send_back(store: Store, queue: str, chosen: Sequence[tuple[str, str]], by: str) -> int:
    """A fresh slot for each (trace_id, reviewer), in the trace's place of the queue, for that reviewer alone; how many
    were made. Where they are still to answer the trace there is none to make: it comes under the rubric then in force.

    The review is no repeat: it answers what the first slot asked, a draw or a hand, under another rubric."""
    made = 0
    with store.write() as write:
        for trace_id, reviewer in dict.fromkeys(chosen):
            here: Row = {"trace_id": trace_id, "queue": queue, "reviewer": reviewer}
            if write.run(_TO_COME, **here):
                continue
            number = new_slots.next_number(write, queue, trace_id)
            row = _place(write, here) | {"assigned_to": reviewer, "made_by": by}
            new_slots.add(write, queue, row, beside=f"{queue}:again:{number}")
            made += 1
    return made


def waiting(store: Store, queue: str) -> set[tuple[str, str]]:
    """(trace_id, reviewer) of every slot that was sent back and is not answered."""
    rows = store.rows(
        "SELECT trace_id, assigned_to FROM slot WHERE home = :queue AND queue <> home AND state <> 'done' "
        "AND origin <> 'repeat' AND assigned_to IS NOT NULL",
        queue=queue,
    )
    return {(row["trace_id"], row["assigned_to"]) for row in rows}


def _place(write: Write, here: Row) -> Row:
    """Where the trace stands in the queue; after everything drawn where it never stood there, as imported ones do."""
    rows = write.run(_PLACE, **here)
    last: Row = {"trace_id": here["trace_id"], "draw_number": new_slots.AFTER_EVERY_DRAW}
    return rows[0] if rows else last | {"queue_order": here["trace_id"]}
