"""Which traces a draw may choose from, and which of them each strategy: narrow columns and indexes, no text, no dates.

A draw over a million traces must not read what it does not need; so each question here is one query that gives ids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from review_app.sampling.plan import RARE_COLUMNS, Frame, Urgent
from review_app.sampling.slice_values import Wanted, read
from review_app.store import trace_kinds
from review_app.store.clock import microseconds
from review_app.store.engine import Row, Store, in_parts, placeholders

SLICE_COLUMNS = (
    *(column for column in RARE_COLUMNS if column != "tool"), "retrieval_version", "session_id", "n_turns",
    "n_documents", "n_tools", "output_chars", "tools",
)  # fmt: skip
"""What a slice may be made of (sampling.slice_values). A missing value is called `none`."""
TOOL = "tool"
"""What a slice may be made of as well: that a trace called this tool, perhaps among others."""

# What is no production traffic is in no frame.
_EVERYTHING = "t.outside = 0"
# As many as `_EVERYTHING` lets in, counted without reading a million rows for it.
_COUNT_ALL = "SELECT CAST(coalesce(sum(traces), 0) AS BIGINT) AS n FROM trace_kind WHERE outside = 0"


def candidates(store: Store, frame: Frame, seen_by: datetime | None = None) -> pd.DataFrame:
    """trace_id and stratum (its route, or `none`) of every trace the filters let in.

    seen_by: only those that were stored by then, in whatever version."""
    where, values = inside(frame, seen_by)
    sql = f"SELECT t.trace_id, coalesce(t.route, 'none') AS stratum FROM trace t WHERE {where}"
    trace_ids, strata = store.columns(sql, **values)
    # As objects: a column of the string type would copy a million texts, and nothing here computes with them.
    return pd.DataFrame({"trace_id": pd.Series(trace_ids, dtype=object), "stratum": pd.Series(strata, dtype=object)})


def size(store: Store, frame: Frame, seen_by: datetime | None = None) -> int:
    """How many rows `candidates` would give."""
    where, values = inside(frame, seen_by)
    sql = _COUNT_ALL if where == _EVERYTHING else f"SELECT count(*) AS n FROM trace t WHERE {where}"
    return int(store.rows(sql, **values)[0]["n"])


def late(store: Store, frame: Frame, since: datetime) -> int:
    """How many rows `candidates` would give that it would not have given then, of traces stored since, in any version.

    Only what was stored since is read."""
    where, values = inside(frame)
    sql = (
        f"SELECT count(*) AS n FROM trace t WHERE {where} AND t.ingested_at > :stored AND NOT (t.version > 1 "
        "AND EXISTS (SELECT 1 FROM trace_body b WHERE b.trace_id = t.trace_id AND b.version = 1 "
        "AND b.ingested_at <= :stored))"
    )
    return int(store.rows(sql, **values, stored=microseconds(since))[0]["n"])


def in_slice(store: Store, condition: Mapping[str, str]) -> set[str]:
    """Traces with these values; of no value, all. condition: one of SLICE_COLUMNS, or TOOL -> value."""
    where, named = "", dict[str, object]()
    for column, text in condition.items():
        if column != TOOL:
            more, values = _held(column, read(column, text))
            where, named = f"{where} AND {more}", named | values
    found = _ids(store, f"SELECT t.trace_id FROM trace t WHERE 1 = 1{where}", named)
    return found & _calling(store, [condition[TOOL]]) if TOOL in condition else found


def failed(store: Store, versions: Mapping[str, str]) -> set[str]:
    """Traces whose current version failed one of these checks. versions: name -> the version in force."""
    found: set[str] = set()
    for name, version in versions.items():
        found |= _ids(
            store,
            "SELECT r.trace_id FROM result r JOIN trace t ON t.trace_id = r.trace_id AND t.version = r.trace_version "
            "WHERE r.check_name = :name AND r.check_version = :version AND r.status = 'fail'",
            {"name": name, "version": version},
        )
    return found


def labelled(store: Store, labels: Mapping[str, Sequence[str]]) -> set[str]:
    """Traces to which some judge gave one of these labels. labels: criterion -> labels."""
    found: set[str] = set()
    for criterion, wanted in labels.items():
        marks, named = placeholders(wanted)
        said = f"SELECT trace_id FROM verdict WHERE criterion = :criterion AND status = 'ok' AND label IN {marks}"
        found |= _ids(store, said, named | {"criterion": criterion})
    return found


def said_by(store: Store, judge: tuple[str, str, str], labels: Sequence[str]) -> set[str]:
    """Traces to which one judge gave one of these labels. judge: judge, judge_version, criterion."""
    marks, named = placeholders(labels)
    by = dict(zip(("judge", "version", "criterion"), judge, strict=True))
    return _ids(
        store,
        "SELECT trace_id FROM verdict WHERE criterion = :criterion AND status = 'ok' AND judge = :judge "
        f"AND judge_version = :version AND label IN {marks}",
        named | by,
    )


def disputed(store: Store, bad: Mapping[str, Sequence[str]], known: Mapping[str, Sequence[str]]) -> set[str]:
    """Traces on which judges of one criterion differ on whether it is bad. bad, known: criterion -> labels."""
    found: set[str] = set()
    for criterion, labels in bad.items():
        other = [label for label in known[criterion] if label not in labels]
        bad_marks, bad_labels = placeholders(labels)
        good_labels = {f"good{place}": label for place, label in enumerate(other)}
        # coalesce keeps the engine from walking all good verdicts for each bad one: it is to look the trace up.
        found |= _ids(
            store,
            "SELECT v.trace_id FROM verdict v JOIN verdict o ON o.trace_id = v.trace_id WHERE v.criterion = :criterion "
            f"AND v.status = 'ok' AND v.label IN {bad_marks} "
            "AND coalesce(o.criterion, '') = :criterion AND coalesce(o.status, '') = 'ok' "
            f"AND coalesce(o.label, '') IN ({', '.join(f':{name}' for name in good_labels) or 'NULL'})",
            bad_labels | good_labels | {"criterion": criterion},
        )
    return found


def unsure(store: Store, criteria: Collection[str], below: float) -> set[str]:
    """Traces on which a judge of one of these criteria was less confident than this."""
    marks, named = placeholders(list(criteria))
    return _ids(
        store,
        f"SELECT trace_id FROM verdict WHERE criterion IN {marks} AND status = 'ok' AND confidence < :below",
        named | {"below": below},
    )


def complained(store: Store, below: float = 0) -> set[str]:
    """Traces whose user's feedback is below this, in [-1, 1]."""
    return _ids(store, "SELECT trace_id FROM trace WHERE user_feedback < :below", {"below": below})


def rare_values(store: Store, frame: Frame, columns: Iterable[str], below: float) -> dict[str, list[str]]:
    """column -> values that less than this share of the frame has, sorted."""
    found = {}
    for column in columns:
        counts = _counts(store, frame, column)
        size, often = sum(counts.values()), Counter[str | None]()
        for value, n in counts.items():
            for one in _several(value) if column == TOOL else [value]:
                often[one] += n
        found[column] = sorted(value for value, n in often.items() if value is not None and n < below * size)
    return found


def _counts(store: Store, frame: Frame, column: str) -> dict[str | None, int]:
    """Value -> traces of the frame, of one of RARE_COLUMNS; tools as they stand joined."""
    where, values = inside(frame)
    if where == _EVERYTHING and column in trace_kinds.FILTERS:
        return trace_kinds.traffic(store, column)
    stored = "tools" if column == TOOL else column
    rows = store.rows(
        f"SELECT t.{stored} AS value, count(*) AS n FROM trace t WHERE {where} GROUP BY t.{stored}", **values
    )
    return {row["value"]: row["n"] for row in rows}


def having(store: Store, values: Mapping[str, Sequence[str]]) -> set[str]:
    """Traces with one of these values. values: column of RARE_COLUMNS -> values."""
    found: set[str] = set()
    for column, wanted in values.items():
        if column == TOOL:
            found |= _calling(store, wanted)
            continue
        marks, named = placeholders(wanted)
        found |= _ids(store, f"SELECT trace_id FROM trace WHERE {column} IN {marks}", named)
    return found


def urgent(store: Store, what: Urgent, versions: Mapping[str, str]) -> set[str]:
    """Traces that go before everything. versions: check -> the version in force."""
    found = failed(store, {name: version for name, version in versions.items() if name in what.checks})
    if what.feedback_below is not None:
        found |= complained(store, what.feedback_below)
    if what.tags:
        # Tags stand joined by a comma; LIKE is spared, as it folds case on one engine and not on the other.
        rows = store.rows("SELECT trace_id, tags FROM trace WHERE tags <> ''")
        found |= {row["trace_id"] for row in rows if not set(what.tags).isdisjoint(row["tags"].split(","))}
    return found


def about(store: Store, trace_ids: Sequence[str]) -> pd.DataFrame:
    """trace_id, tags and SLICE_COLUMNS (as text, `none` where missing) of these traces."""
    columns = ", ".join(f"{_named(column)} AS {column}" for column in SLICE_COLUMNS)
    rows: list[Row] = []
    for marks, named in in_parts(trace_ids):
        rows += store.rows(f"SELECT trace_id, tags, {columns} FROM trace WHERE trace_id IN {marks}", **named)
    return pd.DataFrame(rows, columns=["trace_id", "tags", *SLICE_COLUMNS])


def seen(store: Store, trace_ids: Sequence[str], by: datetime) -> set[str]:
    """Those of these traces that were stored by then, in whatever version."""
    found: set[str] = set()
    for marks, named in in_parts(trace_ids):
        sql = f"SELECT trace_id FROM trace_body WHERE version = 1 AND ingested_at <= :by AND trace_id IN {marks}"
        found |= _ids(store, sql, named | {"by": microseconds(by)})
    return found


def said(store: Store, frame: Frame, seen_by: datetime | None = None) -> pd.DataFrame:
    """How many traces of a frame each judge gave each label: judge, judge_version, criterion, status, label, n."""
    key = "v.criterion, v.status, v.label, v.judge, v.judge_version"
    where, values = inside(frame, seen_by)
    if where != _EVERYTHING:
        joined = f"verdict v JOIN trace t ON t.trace_id = v.trace_id WHERE {where}"
        return store.frame(f"SELECT {key}, count(*) AS n FROM {joined} GROUP BY {key}", **values)
    # All there is less what is outside, which is little, and so comes first: no other trace has to be looked up.
    outside = "trace o CROSS JOIN verdict v WHERE v.trace_id = o.trace_id AND o.outside <> 0"
    return store.frame(
        f"SELECT {key}, sum(v.n) AS n FROM (SELECT {key}, count(*) AS n FROM verdict v GROUP BY {key} "
        f"UNION ALL SELECT {key}, -count(*) AS n FROM {outside} GROUP BY {key}) AS v GROUP BY {key} HAVING sum(v.n) > 0"
    ).astype({"n": int})


def said_of(store: Store, trace_ids: Sequence[str]) -> pd.DataFrame:
    """The same of these traces."""
    key = "criterion, status, label, judge, judge_version"
    rows: Counter[tuple[Any, ...]] = Counter()
    for marks, named in in_parts(trace_ids):
        sql = f"SELECT {key}, count(*) AS n FROM verdict WHERE trace_id IN {marks} GROUP BY {key}"
        for row in store.rows(sql, **named):
            rows[tuple(row[name] for name in key.split(", "))] += int(row["n"])
    return pd.DataFrame([(*said, n) for said, n in rows.items()], columns=[*key.split(", "), "n"])


def inside(frame: Frame, seen_by: datetime | None = None) -> tuple[str, dict[str, Any]]:
    """The filters of a frame as a condition on `trace t`, and its values. seen_by: stored by then, in any version."""
    found, values = [_EVERYTHING], dict[str, Any]()
    for name, comparison, at in (("since", ">=", frame.since), ("until", "<", frame.until)):
        if at is not None:
            found.append(f"t.at {comparison} :{name}")
            values[name] = microseconds(at.replace(tzinfo=UTC) if at.tzinfo is None else at)
    for column, wanted in (("route", frame.route), ("language", frame.language)):
        if wanted:
            named = {f"{column}{place}": value for place, value in enumerate(wanted)}
            found.append(f"t.{column} IN ({', '.join(f':{name}' for name in named)})")
            values |= named
    if seen_by is not None:
        found.append(
            "(t.ingested_at <= :seen_by OR (t.version > 1 AND EXISTS (SELECT 1 FROM trace_body b "
            "WHERE b.trace_id = t.trace_id AND b.version = 1 AND b.ingested_at <= :seen_by)))"
        )
        values["seen_by"] = microseconds(seen_by)
    return " AND ".join(found), values


def _held(column: str, wanted: Wanted) -> tuple[str, dict[str, object]]:
    """That a column is as wanted, and the values this names."""
    if wanted.is_range:
        ends = {f"{column}_low": (">", wanted.low), f"{column}_high": ("<=", wanted.high)}
        known = {name: end for name, end in ends.items() if end[1] is not None}
        return (
            " AND ".join(f"t.{column} {sign} :{name}" for name, (sign, _) in known.items()),
            {name: value for name, (_, value) in known.items()},
        )
    if wanted.but:
        values: dict[str, object] = {f"{column}_{place}": value for place, value in enumerate(wanted.but)}
        return f"{_named('t.' + column)} NOT IN ({', '.join(f':{name}' for name in values)})", values
    return f"{_named('t.' + column)} = :{column}", {column: wanted.value}


def _named(column: str) -> str:
    """A column as text, `none` where it is missing or empty."""
    return f"coalesce(nullif(CAST({column} AS TEXT), ''), 'none')"


def _calling(store: Store, tools: Sequence[str]) -> set[str]:
    """Traces that called one of these tools. Names stand joined by a comma; few different lists of them occur."""
    if not tools:
        return set()
    lists = [row["tools"] for row in store.rows("SELECT DISTINCT tools FROM trace WHERE tools <> ''")]
    wanted = [names for names in lists if not set(tools).isdisjoint(_several(names))]
    found: set[str] = set()
    for marks, named in in_parts(wanted):
        found |= _ids(store, f"SELECT trace_id FROM trace WHERE tools IN {marks}", named)
    return found


def _several(joined: str | None) -> list[str]:
    return [name for name in (joined or "").split(",") if name]


def _ids(store: Store, sql: str, values: Mapping[str, Any]) -> set[str]:
    return {row[0] for row in store.database.fetch(sql, values).rows}
