"""Judges' verdicts: a judge in one version answers one criterion of one trace once."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime

import orjson
import pandas as pd

from review_app import tables
from review_app.store.clock import instant, microseconds
from review_app.store.engine import Row, Store, Write
from review_app.tables import Verdict

_COLUMNS = tuple(field.name for field in fields(Verdict))
_JSON = ("label_probabilities", "beside")
_KEY = ("trace_id", "judge", "judge_version", "criterion")
_INSERT = (
    f"INSERT INTO verdict ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + c for c in _COLUMNS)}) "
    f"ON CONFLICT ({', '.join(_KEY)}) DO NOTHING RETURNING trace_id"
)
_REPLACE = (
    f"INSERT INTO verdict ({', '.join(_COLUMNS)}) VALUES ({', '.join(':' + c for c in _COLUMNS)}) "
    f"ON CONFLICT ({', '.join(_KEY)}) DO UPDATE SET "
    + ", ".join(f"{c} = excluded.{c}" for c in _COLUMNS if c not in _KEY)
)
_STORED = f"SELECT {', '.join(_COLUMNS)} FROM verdict WHERE {' AND '.join(f'{c} = :{c}' for c in _KEY)}"


@dataclass(frozen=True, kw_only=True)
class SavedVerdicts:
    """What became of a batch. conflicts: the same judge in the same version had said something else before."""

    new: int
    same: int
    conflicts: tuple[Verdict, ...]


def save(store: Store, verdicts: Sequence[Verdict]) -> SavedVerdicts:
    """Store a batch in one transaction. Verdicts on traces that are not stored must have been sorted out before."""
    new, same, conflicts = 0, 0, []
    with store.write() as write:
        for verdict in verdicts:
            row = _row(verdict)
            if write.run(_INSERT, **row):
                new += 1
            elif write.run(_STORED, **{name: row[name] for name in _KEY})[0] | {"beside": row["beside"]} == row:
                same += 1  # what a tool notes besides, such as when it last looked, is no other answer
            else:
                conflicts.append(verdict)
        _count(write, new)
    return SavedVerdicts(new=new, same=same, conflicts=tuple(conflicts))


def put(write: Write, verdicts: Sequence[Verdict]) -> None:
    """Store what our own judges said; a verdict on a text that changed since, or a failure, gives way to a new one."""
    rows = [_row(verdict) for verdict in verdicts]
    known = [row for row in rows if not write.run(_INSERT, **row)]
    write.many(_REPLACE, known)
    _count(write, len(rows) - len(known))


def labels_of(
    store: Store, judge: str, version: str, criterion: str, after: datetime | None = None
) -> list[tuple[str, str]]:
    """(trace_id, label) of every trace that a judge, in one version, gave a label to. after: later than that."""
    rows = store.rows(
        "SELECT trace_id, label FROM verdict WHERE judge = :judge AND judge_version = :version "
        "AND criterion = :criterion AND status = 'ok' AND coalesce(at, 0) > :after ORDER BY trace_id",
        judge=judge,
        version=version,
        criterion=criterion,
        after=microseconds(after) if after else -1,
    )
    return [(row["trace_id"], row["label"]) for row in rows]


def versions_of(store: Store, judge: str) -> list[tuple[str, str]]:
    """(version, criterion) under which a judge has said anything."""
    rows = store.rows(
        "SELECT DISTINCT judge_version, criterion FROM verdict WHERE judge = :judge ORDER BY judge_version, criterion",
        judge=judge,
    )
    return [(row["judge_version"], row["criterion"]) for row in rows]


def statuses_of(store: Store, judge: str, criterion: str) -> dict[str, dict[str, int]]:
    """version -> status -> on how many traces; the version that spoke last at the end."""
    rows = store.rows(
        "SELECT judge_version, status, count(*) AS n, max(at) AS last FROM verdict "
        "WHERE judge = :judge AND criterion = :criterion GROUP BY judge_version, status",
        judge=judge,
        criterion=criterion,
    )
    found: dict[str, dict[str, int]] = {}
    for row in sorted(rows, key=lambda row: (row["last"] or 0, row["judge_version"], row["status"])):
        found[row["judge_version"]] = found.pop(row["judge_version"], {}) | {row["status"]: row["n"]}
    return found


def stamps(
    store: Store, judges: Collection[tuple[str, str]]
) -> dict[tuple[str, str, str], tuple[str, datetime | None]]:
    """(trace_id, judge, judge_version) -> (status, at) of what these judges, each with a version, said."""
    found: dict[tuple[str, str, str], tuple[str, datetime | None]] = {}
    for judge, version in sorted(judges):
        rows = store.rows(
            "SELECT trace_id, status, at FROM verdict WHERE judge = :judge AND judge_version = :version",
            judge=judge,
            version=version,
        )
        found |= {(row["trace_id"], judge, version): (row["status"], instant(row["at"])) for row in rows}
    return found


def frame(store: Store, reviewed_only: bool = False) -> pd.DataFrame:
    """The verdicts frame (tables.VERDICTS); `at` as UTC timestamps, `label_probabilities` as JSON text.

    reviewed_only: without the traces nobody has reviewed, which are nearly all of them."""
    some = "WHERE trace_id IN (SELECT trace_id FROM review)" if reviewed_only else ""
    found = store.frame(f"SELECT {', '.join(tables.VERDICTS)} FROM verdict {some}")
    return found.assign(at=pd.to_datetime(found["at"], unit="us", utc=True))


def of_trace(store: Store, trace_id: str) -> tuple[Verdict, ...]:
    """All verdicts on one trace."""
    rows = store.rows(
        f"SELECT {', '.join(_COLUMNS)} FROM verdict WHERE trace_id = :trace_id "
        "ORDER BY criterion, judge, judge_version",
        trace_id=trace_id,
    )
    return tuple(_verdict(row) for row in rows)


def _count(write: Write, new: int) -> None:
    write.run("UPDATE row_count SET n = n + :new WHERE name = 'verdict'", new=new)


def _row(verdict: Verdict) -> Row:
    return asdict(verdict) | {
        "at": microseconds(verdict.at),
        **{name: None if (held := getattr(verdict, name)) is None else orjson.dumps(held).decode() for name in _JSON},
    }


def _verdict(row: Row) -> Verdict:
    held = {name: orjson.loads(row[name]) if row[name] else None for name in _JSON}
    return Verdict(**row | {"at": instant(row["at"]), **held})
