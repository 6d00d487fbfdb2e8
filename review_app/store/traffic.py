"""How much of what is in a frame, counted by the database: nothing here reads a million rows into memory.

A frame is what the filters of sampling.yaml let in, of the traces that were stored by a given moment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, partial

import orjson
import pandas as pd

from review_app import tables
from review_app.sampling.plan import Frame
from review_app.store.candidates import inside
from review_app.store.clock import instant
from review_app.store.engine import Row, Store, placeholders

_SAID = "v.criterion, v.status, v.label, v.judge, v.judge_version"
_DAY = 86_400_000_000  # microseconds
# 1 January 1970 was a Thursday: with three days more, whole weeks begin on Mondays.
WEEK = f"((t.at / {_DAY} + 3) / 7)"
# In this order, so that a few new traces are found first and their verdicts looked up.
_VERDICTS = "trace t CROSS JOIN verdict v WHERE v.trace_id = t.trace_id"


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Which traces: the filters of a frame, and those stored by `until` (None: all of them)."""

    frame: Frame = field(default_factory=Frame)
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Panel:
    """Judges asked one criterion, as (judge, judge_version); labels: those that count as an answer; bad: of them."""

    criterion: str
    judges: tuple[tuple[str, str], ...]
    labels: tuple[str, ...]
    bad: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Size:
    """How many traces, and the times of the first and the last; None where none has a time."""

    traces: int
    since: datetime | None
    last: datetime | None


def size(store: Store, scope: Scope) -> Size:
    """How much a frame holds."""
    where, named = inside(scope.frame, scope.until)
    row = store.rows(
        f"SELECT count(*) AS traces, min(t.at) AS since, max(t.at) AS last FROM trace t WHERE {where}", **named
    )[0]
    return Size(traces=int(row["traces"]), since=instant(row["since"]), last=instant(row["last"]))


class Traffic:
    """What judges said about a frame. Counts take seconds over a million traces, so they are kept; when traces with
    their verdicts were added since, only these are counted."""

    def __init__(self, store: Store, scope: Scope) -> None:
        self._store, self._scope = store, scope
        self._now = _stamp(store)
        self._only_added = cache(partial(_only_added, store, now=self._now))

    def labels(self) -> pd.DataFrame:
        """One row per judge, judge_version, criterion, status, label (NA unless ok), week (from 1970, as WEEK) and
        prompt_version with `n`, traces of the frame. No time, or no version, is NA."""
        where, named = inside(self._scope.frame, self._scope.until)
        sql = (
            f"SELECT {_SAID}, {WEEK} AS week, t.prompt_version, count(*) AS n FROM {_VERDICTS} AND {where} "
            f"{{new}} GROUP BY {_SAID}, {WEEK}, t.prompt_version"
        )
        asked = f"labels: {orjson.dumps(self._scope, default=str).decode()}"
        return self._counted(asked, sql, named)

    def patterns(self, panel: Panel) -> dict[tuple[bool, ...], int]:
        """Who of a panel flagged, in its order -> traces of the frame with a verdict of every judge."""
        where, named = inside(self._scope.frame, self._scope.until)
        marks, good = placeholders(panel.labels)
        bad = ", ".join(f":b{n}" for n in range(len(panel.bad))) or "NULL"
        each = [f"(v.judge = :j{n} AND v.judge_version = :w{n})" for n in range(len(panel.judges))]
        flags = " ".join(f"WHEN {one} AND v.label IN ({bad}) THEN {1 << n}" for n, one in enumerate(each))
        sql = (
            "SELECT said, count(*) AS n FROM ("
            f"SELECT v.trace_id, sum(CASE {flags} ELSE 0 END) AS said FROM {_VERDICTS} AND {where} {{new}} "
            f"AND v.criterion = :criterion AND v.label IN {marks} AND ({' OR '.join(each)}) "
            f"GROUP BY v.trace_id HAVING count(*) = {len(each)}) AS told GROUP BY said"
        )
        named |= good | {"criterion": panel.criterion} | {f"b{n}": label for n, label in enumerate(panel.bad)}
        for n, (judge, version) in enumerate(panel.judges):
            named |= {f"j{n}": judge, f"w{n}": version}
        found = self._counted(f"patterns: {orjson.dumps([self._scope, panel], default=str).decode()}", sql, named)
        return {
            tuple(bool(int(said) >> place & 1) for place in range(len(each))): int(n)
            for said, n in zip(found["said"], found["n"], strict=True)
        }

    def _counted(self, asked: str, sql: str, named: Row) -> pd.DataFrame:
        """The rows of a count with the column `n`. sql: with {new}, where a condition may stand."""
        rows = self._store.rows("SELECT stamp, body FROM traffic_count WHERE asked = :asked", asked=asked)
        kept = rows[0] if rows else None
        if kept and kept["stamp"] == _text(self._now):
            return _frame(kept["body"])
        before = _Stamp(**orjson.loads(kept["stamp"])) if kept else None
        if kept and before and self._only_added(before):
            new = self._store.frame(sql.format(new="AND t.ingested_at > :after"), **named, after=before.latest or 0)
            found = _sum(_frame(kept["body"]), new)
        else:
            found = self._store.frame(sql.format(new=""), **named)
        body = orjson.dumps(found.astype(object).where(found.notna(), None).to_dict("list")).decode()
        with self._store.write() as write:
            write.run(
                "INSERT INTO traffic_count VALUES (:asked, :stamp, :body) "
                "ON CONFLICT (asked) DO UPDATE SET stamp = excluded.stamp, body = excluded.body",
                asked=asked,
                stamp=_text(self._now),
                body=body,
            )
        return _frame(body)


def reviewed(store: Store, scope: Scope) -> pd.DataFrame:
    """The traces of a frame that anybody reviewed: tables.TRACES, `at` as UTC timestamps, and `week` as in PERIODS."""
    where, named = inside(scope.frame, scope.until)
    columns = ", ".join(f"t.{name}" for name in tables.TRACES)
    found = store.frame(
        f"SELECT {columns}, {WEEK} AS week FROM trace t WHERE t.trace_id IN (SELECT r.trace_id FROM review r) "
        f"AND {where} ORDER BY t.trace_id",
        **named,
    )
    return found.assign(at=pd.to_datetime(found["at"], unit="us", utc=True))


def outputs(store: Store) -> dict[str, str]:
    """The answer in each trace that anybody reviewed, by its id; traces without one are left out."""
    rows = store.rows(
        "SELECT t.trace_id, b.body FROM trace t JOIN trace_body b ON b.trace_id = t.trace_id AND b.version = t.version "
        "WHERE t.trace_id IN (SELECT r.trace_id FROM review r)"
    )
    said = ((row["trace_id"], orjson.loads(row["body"]).get("output")) for row in rows)
    return {trace_id: output for trace_id, output in said if output}


@dataclass(frozen=True)
class _Stamp:
    """What the tables held. latest: when the newest version of a trace was stored, in microseconds; None with none."""

    traces: int
    latest: int | None
    verdicts: int


def _stamp(store: Store) -> _Stamp:
    row = store.rows(
        "SELECT (SELECT count(*) FROM trace) AS traces, (SELECT max(ingested_at) FROM trace) AS latest, "
        "(SELECT count(*) FROM verdict) AS verdicts"
    )[0]
    return _Stamp(**row)


def _only_added(store: Store, before: _Stamp, now: _Stamp) -> bool:
    """Whether nothing happened since but that new traces came, with or without verdicts: neither table loses rows, so
    counting what is new tells. Another version of a known trace, or a verdict on one, is something else."""
    new = store.rows(
        "SELECT count(*) AS traces, coalesce(max(t.version), 1) AS version, "
        "coalesce(sum((SELECT count(*) FROM verdict v WHERE v.trace_id = t.trace_id)), 0) AS verdicts "
        "FROM trace t WHERE t.ingested_at > :after",
        after=before.latest or 0,
    )[0]
    added = (now.traces - before.traces, now.verdicts - before.verdicts)
    return new["version"] == 1 and (new["traces"], new["verdicts"]) == added


def _sum(kept: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    if new.empty or kept.empty:
        return kept if new.empty else new
    every = pd.concat([kept.astype(object), new.astype(object)], ignore_index=True)
    key = [name for name in every.columns if name != "n"]
    found = every.assign(n=every["n"].astype(int)).groupby(key, dropna=False, sort=False)["n"].sum()
    return found.reset_index()


def _frame(body: str) -> pd.DataFrame:
    return pd.DataFrame(orjson.loads(body))


def _text(stamp: _Stamp) -> str:
    return orjson.dumps(stamp).decode()
