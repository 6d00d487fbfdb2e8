"""Draws: one series per queue, each later one holding everything the earlier ones held; and the waves beside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from fractions import Fraction
from typing import Any, Literal

import orjson
import pandas as pd

from review_app.errors import StoreBusy
from review_app.store import new_slots
from review_app.store.clock import instant, microseconds
from review_app.store.engine import Row, Store, Write

BEFORE_EVERY_DRAW = 0
"""The place in the queue of what is urgent."""
URGENT = "urgent"
"""Who made the slots of urgent traces."""

_DRAWN_COLUMNS = ("draw_id", "trace_id", "stratum", "eligible", "reasons", "inclusion_probability", "added")
_DRAWN = f"INSERT INTO drawn VALUES ({', '.join(f':{column}' for column in _DRAWN_COLUMNS)})"


@dataclass(frozen=True, kw_only=True)
class Draw:
    """One act of sampling.

    number: 1, 2, ... within its queue. rates: strategy -> exact probability. frame_size: how many traces were eligible.
    eligible: strategy -> how many it could choose from. verdict_counts: judge -> label -> traces.
    flag_rule: what made a trace flagged, as text; frame: the filters, as text.
    kind: "fixed" rates, or "reacting" to labels (a wave). eligibility: strategy -> what decides whom it may choose, for
    those that need it said. strata: stratum -> traces of the frame. frame_id: hash of the filters and the traces.
    unreachable: traces of the frame that no strategy could choose. slice: of a wave, column -> value; combination: its
    weight against what was there before, in (0, 1], fixed before it was drawn.
    """

    draw_id: str
    queue: str
    number: int
    salt: str
    rates: Mapping[str, Fraction]
    frame_size: int
    eligible: Mapping[str, int]
    verdict_counts: Mapping[str, Any]
    flag_rule: str
    frame: str
    at: datetime
    kind: Literal["fixed", "reacting"] = "fixed"
    eligibility: Mapping[str, Any] = field(default_factory=dict)
    strata: Mapping[str, int] = field(default_factory=dict)
    frame_id: str = ""
    unreachable: int = 0
    slice: Mapping[str, str] = field(default_factory=dict)
    combination: float | None = None

    @property
    def in_lake(self) -> bool:
        """Whether its frame is elsewhere: the store has what was drawn of it, and nothing of the rest."""
        return "lake" in self.eligibility


_COLUMNS = tuple(column.name for column in fields(Draw))
_JSON = ("eligible", "verdict_counts", "eligibility", "strata", "slice")
_DRAW = f"INSERT INTO draw ({', '.join(_COLUMNS)}) VALUES ({', '.join(f':{column}' for column in _COLUMNS)})"


def series(store: Store, queue: str) -> tuple[Draw, ...]:
    """The draws of a queue with fixed rates, first to last."""
    return tuple(draw for draw in every(store, queue) if draw.kind == "fixed")


def every(store: Store, queue: str) -> tuple[Draw, ...]:
    """All draws of a queue, waves as well, first to last."""
    rows = store.rows(f"SELECT {', '.join(_COLUMNS)} FROM draw WHERE queue = :queue ORDER BY number", queue=queue)
    return tuple(_draw(row) for row in rows)


def save(store: Store, draw: Draw, drawn: pd.DataFrame, reviews_per_trace: int = 1) -> int:
    """Store a draw, its traces and a slot for each review they still need, in one transaction; the number of traces it
    added to the others of its kind. drawn: the frame of sampling.draw.draw, with `reviews` and `skill` as in `top_up`
    where they differ. Raises StoreBusy where another draw took its number since it was prepared."""
    with store.write() as write:
        if write.run(
            "SELECT 1 AS there FROM draw WHERE queue = :queue AND number = :number",
            queue=draw.queue,
            number=draw.number,
        ):
            raise StoreBusy(
                f"Somebody else drew from queue {draw.queue!r} in the meantime.",
                do="Draw again: it goes on from what they drew.",
            )
        before = _held(write, draw.queue, draw.kind)
        write.run(_DRAW, **_draw_row(draw))
        rows = [dict(row) for row in drawn.to_dict("records")]
        for row in rows:
            row |= {"draw_id": draw.draw_id, "added": int(row["trace_id"] not in before)}
        write.many(_DRAWN, [{name: row[name] for name in _DRAWN_COLUMNS} for row in rows])
        new_slots.for_draw(write, draw.queue, [{"reviews": reviews_per_trace, "skill": None} | row for row in rows])
    return sum(row["added"] for row in rows)


def top_up(store: Store, queue: str, drawn: pd.DataFrame) -> int:
    """Add the slots that traces drawn before need by now; how many. Never removes any.

    drawn: trace_id, queue_order, reviews (people who are to review it) and skill (that they need, or None)."""
    with store.write() as write:
        return new_slots.for_draw(write, queue, [dict(row) for row in drawn.to_dict("records")])


def drawn(store: Store, queue: str) -> pd.DataFrame:
    """One row per trace the queue's latest draw holds: trace_id, stratum, eligible, reasons, inclusion_probability, and
    `added_by`, the draw that added it, with its `number`. Waves are not in it. Without a draw, no rows."""
    return store.frame(
        "SELECT d.trace_id, d.stratum, d.eligible, d.reasons, d.inclusion_probability, a.draw_id AS added_by, "
        "o.number "
        "FROM drawn d JOIN drawn a ON a.trace_id = d.trace_id AND a.added = 1 "
        "JOIN draw o ON o.draw_id = a.draw_id AND o.queue = :queue AND o.kind = 'fixed' "
        "WHERE d.draw_id = (SELECT draw_id FROM draw WHERE queue = :queue AND kind = 'fixed' "
        "ORDER BY number DESC LIMIT 1)",
        queue=queue,
    )


def drawn_by_waves(store: Store, queue: str) -> pd.DataFrame:
    """One row per trace of a wave, with the columns of `drawn`; its inclusion_probability is that of its wave, given
    that nothing before had chosen it."""
    return store.frame(
        "SELECT d.trace_id, d.stratum, d.eligible, d.reasons, d.inclusion_probability, d.draw_id AS added_by, o.number "
        "FROM drawn d JOIN draw o ON o.draw_id = d.draw_id WHERE o.queue = :queue AND o.kind = 'reacting'",
        queue=queue,
    )


def why(store: Store, trace_id: str) -> list[Row]:
    """Each draw that holds a trace: queue, number, reasons, inclusion_probability, frame_size; oldest first."""
    return store.rows(
        "SELECT o.queue, o.number, d.reasons, d.inclusion_probability, o.frame_size FROM drawn d "
        "JOIN draw o ON o.draw_id = d.draw_id WHERE d.trace_id = :trace_id ORDER BY o.at, o.number",
        trace_id=trace_id,
    )


def send_urgent(store: Store, queue: str, urgent: Collection[str], now: datetime) -> int:
    """A slot before everything else for each of these traces that nobody reviewed and that was not sent so before; how
    many. As their kind chose them and no chance, what is said of them stands for nothing else."""
    known = (
        "SELECT trace_id FROM slot WHERE home = :queue AND made_by = :by AND origin = 'hand_picked' "
        "UNION SELECT trace_id FROM review"
    )
    with store.write() as write:
        there = {row["trace_id"] for row in write.run(known, queue=queue, by=URGENT)}
        fresh = sorted(set(urgent) - there)
        for place, trace_id in enumerate(fresh):
            order = f"{microseconds(now):020d}-{place:09d}"
            row = {"trace_id": trace_id, "draw_number": BEFORE_EVERY_DRAW, "queue_order": order}
            new_slots.add(write, queue, row | {"origin": "hand_picked", "made_by": URGENT})
    return len(fresh)


def _held(write: Write, queue: str, kind: str) -> set[str]:
    rows = write.run(
        "SELECT DISTINCT trace_id FROM drawn WHERE draw_id IN "
        "(SELECT draw_id FROM draw WHERE queue = :queue AND kind = :kind)",
        queue=queue,
        kind=kind,
    )
    return {row["trace_id"] for row in rows}


def _draw_row(draw: Draw) -> Row:
    plain = {name: getattr(draw, name) for name in _COLUMNS}
    rates = _json({name: str(rate) for name, rate in draw.rates.items()})
    return plain | {name: _json(plain[name]) for name in _JSON} | {"rates": rates, "at": microseconds(draw.at)}


def _draw(row: Row) -> Draw:
    at = instant(row["at"])
    assert at is not None, "the column is NOT NULL"
    rates = {name: Fraction(text) for name, text in orjson.loads(row["rates"]).items()}
    return Draw(**row | {name: orjson.loads(row[name]) for name in _JSON} | {"rates": rates, "at": at})


def _json(value: Any) -> str:
    return orjson.dumps(dict(value), option=orjson.OPT_SORT_KEYS).decode()
