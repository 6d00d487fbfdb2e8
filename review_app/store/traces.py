"""Traces: saved by id, an altered one kept as a new version beside the old."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import pandas as pd

from review_app import tables
from review_app.errors import BadInput
from review_app.store.clock import microseconds
from review_app.store.engine import Store, Write, placeholders
from review_app.traces.trace import Trace, content_hash, decode, encode, utc

_COLUMNS = (
    "trace_id", "at", "session_id", "route", "model", "prompt_version", "retrieval_version", "language", "n_turns",
    "n_documents", "n_tools", "output_chars", "user_feedback", "cost_usd", "latency_s", "tags", "version",
    "ingested_at",
)  # fmt: skip
_UPSERT = (
    f"INSERT INTO trace ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))}) "
    f"ON CONFLICT (trace_id) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in _COLUMNS[1:])}"
)
# What a reviewer sees of a long session; a session id that stands for everybody must not drown the desk.
EARLIER, LATER = 20, 10
_BODY = "INSERT INTO trace_body VALUES (?, ?, ?, ?, ?)"


class Prepared(NamedTuple):
    """A trace ready to be stored. row: the values of _COLUMNS but the last two."""

    trace_id: str
    row: tuple[str | float | None, ...]
    body: str
    content_hash: str


@dataclass(frozen=True, kw_only=True)
class Saved:
    """How many traces of a batch were new, already there, or there with another content."""

    new: int = 0
    same: int = 0
    changed: int = 0

    def __add__(self, other: Saved) -> Saved:
        return Saved(new=self.new + other.new, same=self.same + other.same, changed=self.changed + other.changed)


def prepare(trace: Trace) -> Prepared:
    """What is stored of a trace. A reader that prepares each one as it comes keeps no object per message alive, which
    Python's garbage collector would visit again and again."""
    encoded = encode(trace)
    row = (
        trace.trace_id,
        microseconds(utc(trace.at)),
        trace.session_id,
        trace.route,
        trace.model,
        trace.prompt_version,
        trace.retrieval_version,
        trace.language,
        trace.n_turns,
        len(trace.documents),
        len(trace.tool_calls),
        None if trace.output is None else len(trace.output),
        trace.user_feedback.rating if trace.user_feedback else None,
        trace.cost_usd,
        trace.latency_s,
        ",".join(trace.tags),
    )
    return Prepared(trace.trace_id, row, encoded.decode(), content_hash(encoded))


def save(store: Store, prepared: Sequence[Prepared], now: datetime) -> Saved:
    """Store a batch in one transaction. The same id with the same content is left alone; with another, it gets the next
    version and the old body stays."""
    stamp, counts = microseconds(now), {"new": 0, "same": 0, "changed": 0}
    with store.write() as write:
        known = _known(write, [one.trace_id for one in prepared])
        rows, bodies = [], []
        for one in prepared:
            version, before = known.get(one.trace_id, (0, None))
            kind = "new" if before is None else "same" if before == one.content_hash else "changed"
            counts[kind] += 1
            if kind != "same":
                known[one.trace_id] = (version + 1, one.content_hash)
                rows.append((*one.row, version + 1, stamp))
                bodies.append((one.trace_id, version + 1, one.content_hash, one.body, stamp))
        write.many(_UPSERT, rows)
        write.many(_BODY, bodies)
    return Saved(**counts)


def frame(store: Store) -> pd.DataFrame:
    """The traces frame (tables.TRACES), without any text; `at` as UTC timestamps."""
    found = store.frame(f"SELECT {', '.join(tables.TRACES)} FROM trace ORDER BY trace_id")
    return found.assign(at=pd.to_datetime(found["at"], unit="us", utc=True))


def ids(store: Store, trace_ids: Sequence[str]) -> dict[str, int]:
    """trace_id -> current version, for those of `trace_ids` that are stored."""
    found: dict[str, int] = {}
    for start in range(0, len(trace_ids), 5_000):
        marks, named = placeholders(trace_ids[start : start + 5_000])
        rows = store.rows(f"SELECT trace_id, version FROM trace WHERE trace_id IN {marks}", **named)
        found |= {row["trace_id"]: row["version"] for row in rows}
    return found


def body(store: Store, trace_id: str, version: int | None = None) -> Trace:
    """One trace with its text: its newest version, or the one named. Raises BadInput if there is none."""
    found = store.rows(
        "SELECT body FROM trace_body WHERE trace_id = :trace_id AND version = coalesce(:version, "
        "(SELECT version FROM trace WHERE trace_id = :trace_id))",
        trace_id=trace_id,
        version=version,
    )
    if not found:
        raise BadInput(f"There is no trace {trace_id!r} here.", do="Look at the id, or ingest the file that holds it.")
    return decode(found[0]["body"].encode())


def session(store: Store, trace: Trace) -> list[Trace]:
    """The trace and those of its session around it, in the order of time: at most EARLIER before it and LATER after.
    Empty for a trace without a session or a time, and for one that is alone in its session."""
    if trace.session_id is None or trace.at is None:
        return []
    earlier = reversed(_beside(store, trace, "<", "DESC", EARLIER))
    later = _beside(store, trace, ">", "ASC", LATER)
    around = [*earlier, trace, *later]
    return around if len(around) > 1 else []


def each(store: Store, batch: int = 500) -> Iterator[list[tuple[Trace, int]]]:
    """All current traces with their version, in batches, by id; memory holds one batch."""
    last = ""
    while True:
        rows = store.rows(
            "SELECT t.trace_id, t.version, b.body FROM trace t JOIN trace_body b "
            "ON b.trace_id = t.trace_id AND b.version = t.version WHERE t.trace_id > :last "
            "ORDER BY t.trace_id LIMIT :batch",
            last=last,
            batch=batch,
        )
        if not rows:
            return
        yield [(decode(row["body"].encode()), row["version"]) for row in rows]
        last = rows[-1]["trace_id"]


def _beside(store: Store, trace: Trace, side: str, order: str, most: int) -> list[Trace]:
    rows = store.rows(
        "SELECT b.body FROM trace t JOIN trace_body b ON b.trace_id = t.trace_id AND b.version = t.version "
        f"WHERE t.session_id = :session_id AND (t.at, t.trace_id) {side} (:at, :trace_id) "
        f"ORDER BY t.at {order}, t.trace_id {order} LIMIT :most",
        session_id=trace.session_id,
        at=microseconds(utc(trace.at)),
        trace_id=trace.trace_id,
        most=most,
    )
    return [decode(row["body"].encode()) for row in rows]


def _known(write: Write, trace_ids: list[str]) -> dict[str, tuple[int, str]]:
    marks, named = placeholders(trace_ids)
    rows = write.run(
        "SELECT b.trace_id, b.version, b.content_hash FROM trace t JOIN trace_body b "
        f"ON b.trace_id = t.trace_id AND b.version = t.version WHERE t.trace_id IN {marks}",
        **named,
    )
    return {row["trace_id"]: (row["version"], row["content_hash"]) for row in rows}
