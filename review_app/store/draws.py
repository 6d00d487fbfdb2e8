"""Draws: one series per queue, each later draw holding everything the earlier ones held."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

import orjson
import pandas as pd

from review_app.store import new_slots
from review_app.store.clock import instant, microseconds
from review_app.store.engine import Row, Store, Write

_DRAW = (
    "INSERT INTO draw VALUES (:draw_id, :queue, :number, :salt, :rates, :frame_size, :eligible, :verdict_counts, "
    ":flag_rule, :frame, :at)"
)
_DRAWN_COLUMNS = ("draw_id", "trace_id", "stratum", "eligible", "reasons", "inclusion_probability", "added")
_DRAWN = f"INSERT INTO drawn VALUES ({', '.join(f':{column}' for column in _DRAWN_COLUMNS)})"


@dataclass(frozen=True, kw_only=True)
class Draw:
    """One act of sampling.

    number: 1, 2, ... within its queue. rates: strategy -> exact probability. frame_size: how many traces were eligible.
    eligible: strategy -> how many it could choose from. verdict_counts: judge -> label -> traces.
    flag_rule: what made a trace flagged, as text; frame: the filters, as text.
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


def series(store: Store, queue: str) -> tuple[Draw, ...]:
    """All draws of a queue, first to last."""
    rows = store.rows("SELECT * FROM draw WHERE queue = :queue ORDER BY number", queue=queue)
    return tuple(_draw(row) for row in rows)


def save(store: Store, draw: Draw, drawn: pd.DataFrame, reviews_per_trace: int = 1) -> int:
    """Store a draw, its traces and a slot for each review they still need, in one transaction; the number of traces it
    added. drawn: the frame of sampling.draw.draw, with `reviews` and `skill` as in `top_up` where they differ."""
    with store.write() as write:
        before = _held(write, draw.queue)
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
    `added_by`, the draw that added it, with its `number`. Without a draw, no rows."""
    return store.frame(
        "SELECT d.trace_id, d.stratum, d.eligible, d.reasons, d.inclusion_probability, a.draw_id AS added_by, "
        "o.number "
        "FROM drawn d JOIN drawn a ON a.trace_id = d.trace_id AND a.added = 1 "
        "JOIN draw o ON o.draw_id = a.draw_id AND o.queue = :queue "
        "WHERE d.draw_id = (SELECT draw_id FROM draw WHERE queue = :queue ORDER BY number DESC LIMIT 1)",
        queue=queue,
    )


def _held(write: Write, queue: str) -> set[str]:
    rows = write.run(
        "SELECT DISTINCT trace_id FROM drawn WHERE draw_id IN (SELECT draw_id FROM draw WHERE queue = :queue)",
        queue=queue,
    )
    return {row["trace_id"] for row in rows}


def _draw_row(draw: Draw) -> Row:
    return {
        "draw_id": draw.draw_id,
        "queue": draw.queue,
        "number": draw.number,
        "salt": draw.salt,
        "rates": _json({name: str(rate) for name, rate in draw.rates.items()}),
        "frame_size": draw.frame_size,
        "eligible": _json(draw.eligible),
        "verdict_counts": _json(draw.verdict_counts),
        "flag_rule": draw.flag_rule,
        "frame": draw.frame,
        "at": microseconds(draw.at),
    }


def _draw(row: Row) -> Draw:
    at = instant(row["at"])
    assert at is not None, "the column is NOT NULL"
    read = {name: orjson.loads(row[name]) for name in ("rates", "eligible", "verdict_counts")}
    rates = {name: Fraction(text) for name, text in read["rates"].items()}
    return Draw(**row | read | {"rates": rates, "at": at})


def _json(value: Any) -> str:
    return orjson.dumps(dict(value), option=orjson.OPT_SORT_KEYS).decode()
