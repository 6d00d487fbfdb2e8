"""Traces: saved by id, an altered one kept as a new version beside the old."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
import pandas as pd

from review_app import tables
from review_app.errors import BadInput
from review_app.store import trace_kinds
from review_app.store.clock import microseconds
from review_app.store.engine import Store, Write, in_parts
from review_app.store.prepared import Prepared, joined, prepare
from review_app.store.trace_kinds import FILTERS, Values
from review_app.traces.trace import Trace, decode, utc

_COLUMNS = (
    "trace_id", "at", "session_id", "route", "model", "prompt_version", "retrieval_version", "language", "n_turns",
    "n_documents", "n_tools", "output_chars", "user_feedback", "cost_usd", "latency_s", "tags", "tools",
    "kind", "version", "ingested_at",
)  # fmt: skip
_UPSERT = (
    f"INSERT INTO trace ({', '.join(_COLUMNS)}, outside) VALUES ({', '.join('?' * len(_COLUMNS))}, ?) "
    f"ON CONFLICT (trace_id) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in _COLUMNS[1:])}"
)
# What a reviewer sees of a long session; a session id that stands for everybody must not drown the desk.
EARLIER, LATER = 20, 10
_BODY = "INSERT INTO trace_body VALUES (?, ?, ?, ?, ?)"
_NEWEST = (
    "SELECT b.version, b.content_hash, b.body FROM trace t JOIN trace_body b ON b.trace_id = t.trace_id "
    "AND b.version = t.version WHERE t.trace_id = :trace_id"
)
TOOLS_BATCH = 500
_TOOLS_UNKNOWN = (
    "SELECT t.trace_id, b.body FROM trace t JOIN trace_body b ON b.trace_id = t.trace_id AND b.version = t.version "
    "WHERE t.tools IS NULL ORDER BY t.trace_id LIMIT :batch"
)


_KIND = tuple(_COLUMNS.index(name) for name in FILTERS)


@dataclass(frozen=True, kw_only=True)
class Saved:
    """How many traces of a batch were new, already there, or there with another content."""

    new: int = 0
    same: int = 0
    changed: int = 0

    def __add__(self, other: Saved) -> Saved:
        return Saved(new=self.new + other.new, same=self.same + other.same, changed=self.changed + other.changed)


def save(
    store: Store,
    prepared: Sequence[Prepared],
    now: datetime,
    kept: Callable[[Trace, Trace], Trace] | None = None,
    outside: bool = False,
) -> Saved:
    """Store a batch in one transaction. The same id with the same content is left alone, also where another version
    came after it: a file that is read again must not undo feedback. With new content it gets the next version and the
    old body stays.

    kept: makes the next version of the newest stored one and the new one, where something of the old is to stay.
    outside: these are no production traffic; what a trace was stored as the first time, it stays."""
    stamp, counts = microseconds(now), {"new": 0, "same": 0, "changed": 0}
    with store.write() as write:
        known = _known(write, [one.trace_id for one in prepared])
        fresh = []
        for one in prepared:
            hashes = known.setdefault(one.trace_id, [])
            if kept and hashes and one.content_hash not in hashes:
                one = _kept(write, one, kept)
            kind = "new" if not hashes else "same" if one.content_hash in hashes else "changed"
            counts[kind] += 1
            if kind != "same":
                hashes.append(one.content_hash)
                fresh.append((one, len(hashes)))
        _put(write, fresh, stamp, outside)
    return Saved(**counts)


def alter(store: Store, trace_id: str, change: Callable[[Trace], Trace], now: datetime) -> tuple[int, bool]:
    """Store a trace as `change` makes it of its newest version, in one transaction; (its version now, whether it is
    another than before). Raises BadInput for an unknown id."""
    with store.write() as write:
        found = write.run(_NEWEST, trace_id=trace_id)
        if not found:
            raise _unknown(trace_id)
        version, after = int(found[0]["version"]), prepare(change(decode(found[0]["body"].encode())))
        if after.content_hash == found[0]["content_hash"]:
            return version, False
        _put(write, [(after, version + 1)], microseconds(now))
    return version + 1, True


def frame(store: Store) -> pd.DataFrame:
    """The traces frame (tables.TRACES), without any text; `at` as UTC timestamps."""
    found = store.frame(f"SELECT {', '.join(tables.TRACES)} FROM trace ORDER BY trace_id")
    return found.assign(at=pd.to_datetime(found["at"], unit="us", utc=True))


def ids(store: Store, trace_ids: Sequence[str]) -> dict[str, int]:
    """trace_id -> current version, for those of `trace_ids` that are stored."""
    found: dict[str, int] = {}
    for marks, named in in_parts(trace_ids):
        rows = store.rows(f"SELECT trace_id, version FROM trace WHERE trace_id IN {marks}", **named)
        found |= {row["trace_id"]: row["version"] for row in rows}
    return found


def outside(store: Store) -> set[str]:
    """The traces that are no production traffic: what people say of them speaks of no frame."""
    return {row["trace_id"] for row in store.rows("SELECT trace_id FROM trace WHERE outside <> 0")}


def body(store: Store, trace_id: str, version: int | None = None) -> Trace:
    """One trace with its text: its newest version, or the one named. Raises BadInput if there is none."""
    found = store.rows(
        "SELECT body FROM trace_body WHERE trace_id = :trace_id AND version = coalesce(:version, "
        "(SELECT version FROM trace WHERE trace_id = :trace_id))",
        trace_id=trace_id,
        version=version,
    )
    if not found:
        raise _unknown(trace_id)
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


def fill_tools(store: Store, progress: Callable[[int], None] = lambda traces: None) -> int:
    """Note the tools of traces that were stored before their names were; how many. Interrupted, it goes on where it
    stopped."""
    done = 0
    while rows := store.rows(_TOOLS_UNKNOWN, batch=TOOLS_BATCH):
        for row in rows:
            calls = orjson.loads(row.pop("body")).get("tool_calls", ())
            row["tools"] = joined(call["name"] for call in calls)
        with store.write() as write:
            # A trace that got another version meanwhile has them already.
            write.many("UPDATE trace SET tools = :tools WHERE trace_id = :trace_id AND tools IS NULL", rows)
        done += len(rows)
        progress(done)
    return done


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


def _put(write: Write, fresh: Sequence[tuple[Prepared, int]], stamp: int | None, outside: bool = False) -> None:
    kinds = trace_kinds.assigned(
        write,
        [(one.trace_id, _kind_values(one)) for one, _ in fresh],
        again=[one.trace_id for one, version in fresh if version > 1],
        outside=outside,
    )
    rows = [(*one.row, kind, version, stamp, int(outside)) for (one, version), kind in zip(fresh, kinds, strict=True)]
    write.many(_UPSERT, rows)
    write.many(_BODY, [(one.trace_id, version, one.content_hash, one.body, stamp) for one, version in fresh])


def _kind_values(one: Prepared) -> Values:
    return tuple(None if (value := one.row[place]) is None else str(value) for place in _KIND)


def _kept(write: Write, one: Prepared, kept: Callable[[Trace, Trace], Trace]) -> Prepared:
    found = write.run(_NEWEST, trace_id=one.trace_id)
    return prepare(kept(decode(found[0]["body"].encode()), decode(one.body.encode()))) if found else one


def _known(write: Write, trace_ids: list[str]) -> dict[str, list[str]]:
    """Id -> the hashes of its versions, which are counted from 1 without a gap."""
    found: dict[str, list[str]] = {}
    for marks, named in in_parts(trace_ids):
        asked = f"SELECT trace_id, content_hash FROM trace_body WHERE trace_id IN {marks} ORDER BY trace_id, version"
        for row in write.run(asked, **named):
            found.setdefault(row["trace_id"], []).append(row["content_hash"])
    return found


def _unknown(trace_id: str) -> BadInput:
    return BadInput(f"There is no trace {trace_id!r} here.", do="Look at the id, or ingest the file that holds it.")
