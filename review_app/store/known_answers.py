"""Items whose answer is settled, served unseen among the rest: how often does a person give it?

Such a slot is one person's alone and stands beside the queue. Its review is no opinion that counts: the reviews frame
names the settled case in `repeat_of`, and what leaves repeats out leaves these out too.
"""

from __future__ import annotations

from collections.abc import Mapping

import orjson
import pandas as pd

from review_app.sampling.plan import KnownAnswers
from review_app.store import new_slots
from review_app.store.engine import Row, Store, Write

COLUMNS = ("reviewer", "trace_id", "rubric_version", "criterion", "label", "settled_label", "known", "at")
"""One row per known-answer review and criterion that was settled. label: the person's, NA where they gave none.
known: the settled case, a golden example or an adjudication. `at` as UTC timestamps."""

_COUNTED = (
    "SELECT CASE WHEN known IS NULL THEN 'done' ELSE 'known' END AS kind, count(*) AS n FROM slot "
    "WHERE (reviewer = :reviewer AND home = :queue AND queue = :queue AND state = 'done' AND outcome = 'judged') "
    "OR (assigned_to = :reviewer AND home = :queue AND known IS NOT NULL) GROUP BY 1"
)
# Settled under the rubric in force, by others.
_GOLDEN = (
    "SELECT g.example_id AS known, g.trace_id FROM golden g WHERE g.status = 'approved' AND g.retired_at IS NULL "
    "AND g.proposer <> :reviewer AND g.decided_by <> :reviewer "
    "AND EXISTS (SELECT 1 FROM review r WHERE r.trace_id = g.trace_id AND r.reviewer = g.proposer "
    "AND r.rubric_version = :version AND r.outcome = 'judged')"
)
_ADJUDICATED = (
    "SELECT a.adjudication_id AS known, a.trace_id FROM adjudication a WHERE a.rubric_version = :version "
    "AND a.outcome = 'settled' AND a.settled_by <> :reviewer AND NOT EXISTS (SELECT 1 FROM adjudication o "
    "WHERE o.trace_id = a.trace_id AND o.rubric_version = a.rubric_version AND o.criterion = a.criterion "
    "AND o.at > a.at)"
)
_FROM: Mapping[str, str] = {"golden": _GOLDEN, "adjudicated": _ADJUDICATED}
# New to this person, and nobody's to come: it must not take the place of a review that is asked.
_FIT = (
    "NOT EXISTS (SELECT 1 FROM review m WHERE m.trace_id = c.trace_id AND m.reviewer = :reviewer) "
    "AND NOT EXISTS (SELECT 1 FROM slot s WHERE s.trace_id = c.trace_id AND (s.assigned_to = :reviewer "
    "OR (s.state <> 'done' AND s.origin <> 'repeat')))"
)
_PLACE = (
    "SELECT draw_number, queue_order FROM slot WHERE trace_id = :trace_id AND home = :queue "
    "ORDER BY draw_number, queue_order, slot_id LIMIT 1"
)


def plan(write: Write, here: Row, asked: KnownAnswers, skilled: str) -> None:
    """Inside the caller's transaction: where this reviewer's share of known answers is not met, one more.

    here: queue, reviewer, version (of the rubric in force), and the values in `skilled`, the condition that a slot `s`
    needs no skill they lack."""
    counted = {row["kind"]: int(row["n"]) for row in write.run(_COUNTED, **here)}
    if counted.get("known", 0) + 1 > asked.share * counted.get("done", 0):
        return
    able = f"NOT EXISTS (SELECT 1 FROM slot s WHERE s.trace_id = c.trace_id AND s.home = :queue AND NOT ({skilled}))"
    rows = write.run(
        f"SELECT c.known, c.trace_id FROM ({_FROM[asked.source]}) AS c JOIN trace t ON t.trace_id = c.trace_id "
        f"WHERE {_FIT} AND {able} ORDER BY c.known LIMIT 1",
        **here,
    )
    queue, reviewer = str(here["queue"]), here["reviewer"]
    for row in rows:
        place = write.run(_PLACE, trace_id=row["trace_id"], queue=queue)
        after: Row = {"draw_number": new_slots.AFTER_EVERY_DRAW, "queue_order": row["known"]}
        found = row | (place[0] if place else after) | {"origin": "repeat", "assigned_to": reviewer}
        new_slots.add(write, queue, found, beside=f"{queue}:known")


def known_answers(store: Store) -> pd.DataFrame:
    """Columns COLUMNS, by time: every known-answer review beside what was settled under the same rubric.

    An adjudication that was taken back since, or one of another criterion, says nothing: such rows are left out."""
    given = store.frame(
        "SELECT r.review_id, r.reviewer, r.trace_id, r.rubric_version, s.known, r.at FROM review r "
        "JOIN slot s ON s.slot_id = r.slot_id WHERE s.known IS NOT NULL AND r.outcome <> 'skipped' "
        "ORDER BY r.at, r.review_id"
    )
    labels = store.frame(
        "SELECT a.review_id, a.criterion, a.label FROM answer a JOIN review r ON r.review_id = a.review_id "
        "JOIN slot s ON s.slot_id = r.slot_id WHERE s.known IS NOT NULL"
    )
    settled = pd.DataFrame(
        _golden(store) + _adjudicated(store), columns=["known", "rubric_version", "criterion", "settled_label"]
    )
    found = given.merge(settled, on=["known", "rubric_version"])
    found = found.merge(labels, how="left", on=["review_id", "criterion"])
    return found.assign(at=pd.to_datetime(found["at"], unit="us", utc=True))[list(COLUMNS)]


def _golden(store: Store) -> list[Row]:
    rows = store.rows(
        "SELECT g.example_id, g.snapshot FROM golden g WHERE g.status = 'approved' AND g.retired_at IS NULL "
        "AND g.example_id IN (SELECT s.known FROM slot s WHERE s.known IS NOT NULL)"
    )
    reviews = [(row["example_id"], orjson.loads(row["snapshot"])["review"]) for row in rows]
    return [
        {"known": known, "rubric_version": review["rubric_version"], "criterion": name, "settled_label": label}
        for known, review in reviews
        for name, label in review["labels"].items()
    ]


def _adjudicated(store: Store) -> list[Row]:
    return store.rows(
        "SELECT a.adjudication_id AS known, a.rubric_version, a.criterion, a.label AS settled_label "
        "FROM adjudication a WHERE a.outcome = 'settled' AND NOT EXISTS (SELECT 1 FROM adjudication o "
        "WHERE o.trace_id = a.trace_id AND o.rubric_version = a.rubric_version AND o.criterion = a.criterion "
        "AND o.at > a.at) AND a.adjudication_id IN (SELECT s.known FROM slot s WHERE s.known IS NOT NULL)"
    )
