"""Kinds of traces: what lists are filtered by, and how many traces have it, known without reading any of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from review_app.store.engine import Row, Store, Write, placeholders

FILTERS = ("route", "language", "model", "prompt_version")
"""The columns that make a kind, and whose values are listed for people to choose from."""
Values = tuple[str | None, ...]
"""Of one trace, in the order of FILTERS."""

_INSERT = (
    f"INSERT INTO trace_kind (kind, name, {', '.join(FILTERS)}, outside, traces) SELECT coalesce(max(kind), 0) + 1, "
    f":name, {', '.join(f'CAST(:{column} AS TEXT)' for column in FILTERS)}, :outside, 0 FROM trace_kind RETURNING kind"
)
_ADD = "UPDATE trace_kind SET traces = traces + :more WHERE kind = :kind"


def assigned(
    write: Write, traces: Sequence[tuple[str, Values]], *, again: Sequence[str], outside: bool = False
) -> list[int]:
    """The kind of each of these (trace_id, values), made where there is none, with the traces of each kind counted.

    again: the traces that were stored before, and may change their kind. outside: the others are no production traffic;
    what a trace was stored as the first time, it stays."""
    marks, named = placeholders(again)
    rows = write.run(f"SELECT trace_id, kind, outside FROM trace WHERE trace_id IN {marks}", **named) if again else []
    now, was = ({row["trace_id"]: row[name] for row in rows} for name in ("kind", "outside"))
    known: dict[tuple[Values, int], int] = {}
    more: Counter[int] = Counter()
    found = []
    for trace_id, values in traces:
        key = values, was.get(trace_id, int(outside))
        if key not in known:
            known[key] = _kind(write, *key)
        if trace_id in now:
            more[now[trace_id]] -= 1
        now[trace_id] = known[key]
        more[known[key]] += 1
        found.append(known[key])
    write.many(_ADD, [{"kind": kind, "more": n} for kind, n in more.items() if n])
    return found


def matching(store: Store, wanted: Mapping[str, tuple[str, ...]]) -> dict[int, int]:
    """Kind -> its traces now, of the kinds that have some and one of the values wanted in each column."""
    clauses, named = ["traces > 0"], dict[str, object]()
    for column, allowed in wanted.items():
        assert column in FILTERS, column
        values = {f"{column}{place}": value for place, value in enumerate(allowed)}
        clauses.append(f"{column} IN ({','.join(f':{name}' for name in values) or 'NULL'})")
        named |= values
    rows = store.rows(f"SELECT kind, traces FROM trace_kind WHERE {' AND '.join(clauses)} ORDER BY kind", **named)
    return {row["kind"]: row["traces"] for row in rows}


def traffic(store: Store, by: str) -> dict[str | None, int]:
    """Value -> number of stored traces of production. by: one of FILTERS."""
    assert by in FILTERS, by
    rows = store.rows(
        f"SELECT {by} AS value, CAST(sum(traces) AS BIGINT) AS n FROM trace_kind WHERE outside = 0 GROUP BY {by} "
        "HAVING sum(traces) > 0"
    )
    return {row["value"]: row["n"] for row in rows}


def choices(store: Store) -> dict[str, tuple[str, ...]]:
    """Each column of FILTERS -> the values it ever had, in order."""
    found = {}
    for column in FILTERS:
        rows = store.rows(
            f"SELECT DISTINCT {column} AS value FROM trace_kind WHERE {column} IS NOT NULL ORDER BY {column}"
        )
        found[column] = tuple(row["value"] for row in rows)
    return found


def _kind(write: Write, values: Values, outside: int) -> int:
    quoted = ["" if value is None else '"' + value.replace('"', '""') + '"' for value in values]
    name = ",".join([*quoted, str(outside)])
    found = write.run("SELECT kind FROM trace_kind WHERE name = :name", name=name)
    if not found:
        row: Row = dict(zip(FILTERS, values, strict=True))
        found = write.run(_INSERT, name=name, outside=outside, **row)
    return int(found[0]["kind"])
