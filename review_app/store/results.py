"""Results of deterministic checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from review_app import tables
from review_app.store.engine import Row, Store, placeholders

_INSERT = (
    "INSERT INTO result VALUES (:trace_id, :trace_version, :check, :check_version, :status, :detail, :at) "
    "ON CONFLICT DO NOTHING"
)


def save(store: Store, rows: Sequence[Row]) -> None:
    """Store results; a row has the columns of the table, the check's name as `check`."""
    with store.write() as write:
        write.many(_INSERT, rows)


def done(store: Store, trace_ids: Sequence[str]) -> set[tuple[str, int, str, str]]:
    """(trace_id, trace_version, check, check_version) of every result these traces have."""
    marks, named = placeholders(trace_ids)
    rows = store.rows(
        f"SELECT trace_id, trace_version, check_name, check_version FROM result WHERE trace_id IN {marks}", **named
    )
    return {(row["trace_id"], row["trace_version"], row["check_name"], row["check_version"]) for row in rows}


def frame(store: Store, versions: Mapping[str, str]) -> pd.DataFrame:
    """The results frame (tables.RESULTS) of the checks in force (`versions`: name -> version) on current traces."""
    found = store.frame(
        'SELECT r.trace_id, r.check_name AS "check", r.check_version, r.status, r.detail FROM result r '
        "JOIN trace t ON t.trace_id = r.trace_id AND t.version = r.trace_version"
    )
    in_force = found["check"].map(dict(versions)) == found["check_version"]
    return found.loc[in_force, list(tables.RESULTS)].reset_index(drop=True)
