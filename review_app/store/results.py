"""Results of deterministic checks: one for each check in one version on one version of a trace."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from review_app.store.engine import Row, Store, placeholders
from review_app.traces.trace import Trace, decode

_INSERT = (
    "INSERT INTO result VALUES (:trace_id, :trace_version, :check, :check_version, :status, :detail, :at) "
    # Only what broke is ever run again.
    "ON CONFLICT (trace_id, check_name, check_version, trace_version) DO UPDATE SET status = excluded.status, "
    "detail = excluded.detail, at = excluded.at WHERE result.status = 'error'"
)
_OF_CURRENT = "FROM result r JOIN trace t ON t.trace_id = r.trace_id AND t.version = r.trace_version "


class Due(NamedTuple):
    """A trace and the checks that have no result for it; version: which one of the trace this is."""

    trace: Trace
    version: int
    checks: list[str]


def save(store: Store, rows: Sequence[Row]) -> None:
    """Store results; a row has the columns of the table, the check's name as `check`. A stored one stays, unless it is
    an error."""
    with store.write() as write:
        write.many(_INSERT, rows)


def due(
    store: Store, versions: Mapping[str, str], retry_errors: bool = False, batch: int = 500
) -> Iterator[tuple[int, list[Due]]]:
    """Batch by batch, by id: how many traces were looked at, and those that lack a result of a check in force.

    versions: check -> version. Bodies are read of the lacking ones only; memory holds one batch."""
    last = ""
    while rows := store.rows(
        "SELECT trace_id, version FROM trace WHERE trace_id > :last AND outside = 0 ORDER BY trace_id LIMIT :batch",
        last=last,
        batch=batch,
    ):
        last = rows[-1]["trace_id"]
        done = _done(store, [row["trace_id"] for row in rows], retry_errors)
        lacking = [row["trace_id"] for row in rows if _lacks(row["trace_id"], row["version"], versions, done)]
        found = [
            Due(trace, version, _lacks(trace.trace_id, version, versions, done))
            for trace, version in _bodies(store, lacking)
        ]
        yield len(rows), [one for one in found if one.checks]


def counts(store: Store, versions: Mapping[str, str]) -> dict[tuple[str, str], int]:
    """(check, status) -> how many current traces, of the checks in force (`versions`: name -> version)."""
    rows = store.rows(
        f"SELECT r.check_name, r.check_version, r.status, count(*) AS n {_OF_CURRENT}"
        "GROUP BY r.check_name, r.check_version, r.status"
    )
    return {
        (row["check_name"], row["status"]): int(row["n"])
        for row in rows
        if versions.get(row["check_name"]) == row["check_version"]
    }


def with_status(store: Store, check: str, version: str, status: str) -> list[Row]:
    """trace_id and detail of the current traces to which a check says this, by id."""
    return store.rows(
        f"SELECT r.trace_id, r.detail {_OF_CURRENT}"
        "WHERE r.check_name = :check AND r.check_version = :version AND r.status = :status ORDER BY r.trace_id",
        check=check,
        version=version,
        status=status,
    )


def _done(store: Store, trace_ids: Sequence[str], retry_errors: bool) -> set[tuple[str, int, str, str]]:
    """(trace_id, trace_version, check, check_version) of every result these traces have."""
    marks, named = placeholders(trace_ids)
    rows = store.rows(
        f"SELECT trace_id, trace_version, check_name, check_version, status FROM result WHERE trace_id IN {marks}",
        **named,
    )
    return {
        (row["trace_id"], row["trace_version"], row["check_name"], row["check_version"])
        for row in rows
        if not (retry_errors and row["status"] == "error")
    }


def _lacks(trace_id: str, version: int, versions: Mapping[str, str], done: set[tuple[str, int, str, str]]) -> list[str]:
    return [check for check, made in versions.items() if (trace_id, version, check, made) not in done]


def _bodies(store: Store, trace_ids: Sequence[str]) -> list[tuple[Trace, int]]:
    """Their newest versions, which may have come since the ids were read."""
    if not trace_ids:
        return []
    marks, named = placeholders(trace_ids)
    rows = store.rows(
        "SELECT b.version, b.body FROM trace t JOIN trace_body b ON b.trace_id = t.trace_id AND b.version = t.version "
        f"WHERE t.trace_id IN {marks} ORDER BY t.trace_id",
        **named,
    )
    return [(decode(row["body"].encode()), row["version"]) for row in rows]
