"""Traces: saved by id, an altered one kept as a new version beside the old."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from review_app import tables
from review_app.errors import BadInput
from review_app.store.clock import microseconds
from review_app.store.engine import Row, Store, Write, placeholders
from review_app.traces.trace import Trace, content_hash, decode, encode, utc

_COLUMNS = (
    "trace_id", "version", "at", "session_id", "route", "model", "prompt_version", "retrieval_version", "language",
    "n_turns", "n_documents", "n_tools", "output_chars", "user_feedback", "cost_usd", "latency_s", "tags",
    "ingested_at",
)  # fmt: skip
_UPSERT = (
    f"INSERT INTO trace ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + c for c in _COLUMNS)}) "
    f"ON CONFLICT (trace_id) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in _COLUMNS[1:])}"
)
_BODY = "INSERT INTO trace_body VALUES (:trace_id, :version, :content_hash, :body, :ingested_at)"


@dataclass(frozen=True, kw_only=True)
class Saved:
    """How many traces of a batch were new, already there, or there with another content."""

    new: int = 0
    same: int = 0
    changed: int = 0

    def __add__(self, other: Saved) -> Saved:
        return Saved(new=self.new + other.new, same=self.same + other.same, changed=self.changed + other.changed)


def save(store: Store, traces: Iterable[Trace], now: datetime) -> Saved:
    """Store a batch in one transaction. The same id with the same content is left alone; with another, it gets the next
    version and the old body stays."""
    prepared = [(trace, body, content_hash(body)) for trace in traces for body in [encode(trace)]]
    stamp = microseconds(now)
    with store.write() as write:
        known = _known(write, [trace.trace_id for trace, _, _ in prepared])
        rows: list[Row] = []
        counts = {"new": 0, "same": 0, "changed": 0}
        for trace, body, digest in prepared:
            version, before = known.get(trace.trace_id, (0, None))
            kind = "new" if before is None else "same" if before == digest else "changed"
            counts[kind] += 1
            if kind != "same":
                known[trace.trace_id] = (version + 1, digest)
                rows.append(_row(trace, version + 1, stamp) | {"content_hash": digest, "body": body.decode()})
        write.many(_UPSERT, rows)
        write.many(_BODY, rows)
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


def _known(write: Write, trace_ids: list[str]) -> dict[str, tuple[int, str]]:
    marks, named = placeholders(trace_ids)
    rows = write.run(
        "SELECT b.trace_id, b.version, b.content_hash FROM trace t JOIN trace_body b "
        f"ON b.trace_id = t.trace_id AND b.version = t.version WHERE t.trace_id IN {marks}",
        **named,
    )
    return {row["trace_id"]: (row["version"], row["content_hash"]) for row in rows}


def _row(trace: Trace, version: int, stamp: int | None) -> Row:
    return {
        "trace_id": trace.trace_id,
        "version": version,
        "at": microseconds(utc(trace.at)),
        "session_id": trace.session_id,
        "route": trace.route,
        "model": trace.model,
        "prompt_version": trace.prompt_version,
        "retrieval_version": trace.retrieval_version,
        "language": trace.language,
        "n_turns": trace.n_turns,
        "n_documents": len(trace.documents),
        "n_tools": len(trace.tool_calls),
        "output_chars": None if trace.output is None else len(trace.output),
        "user_feedback": trace.user_feedback.rating if trace.user_feedback else None,
        "cost_usd": trace.cost_usd,
        "latency_s": trace.latency_s,
        "tags": ",".join(trace.tags),
        "ingested_at": stamp,
    }
