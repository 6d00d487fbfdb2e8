"""Whether anything that a report of agreement reads has changed in the store since."""

from __future__ import annotations

import orjson

from review_app.store.engine import Store

# Per table what every change of it moves: rows are only added, except where the newest time or a text moves as well.
_COUNTED = {
    # Traces and verdicts are millions, and counted as they come.
    "trace_kind": "sum(traces) AS n, (SELECT max(ingested_at) FROM trace) AS latest",
    "row_count": "sum(n) AS n, 0 AS latest",
    "review": "count(*) AS n, max(at) AS latest",
    "draw": "count(*) AS n, max(at) AS latest",
    # Slots are added by draws, by hand and as repeats; a draw may give those that wait another skill.
    "slot": "count(*) AS n, sum(length(coalesce(skill, ''))) AS latest",
    "adjudication": "count(*) AS n, max(at) AS latest",
    "rubric": "count(*) AS n, max(at) AS latest",
    "golden": "count(*) AS n, max(coalesce(decided_at, proposed_at)) AS latest",
    "coded": "count(*) AS n, max(at) AS latest",
}


def stamp(store: Store) -> str:
    """A text that differs once anything was said, drawn, settled or named that was not before.

    Leases and drafts are not in it: they move no figure, and who may see what is asked anew each time."""
    counted = [store.rows(f"SELECT {what} FROM {table}")[0] for table, what in _COUNTED.items()]
    named = store.rows("SELECT code_id, name FROM code ORDER BY code_id")
    return orjson.dumps([[[_whole(row["n"]), _whole(row["latest"])] for row in counted], named]).decode()


def _whole(value: object) -> int | None:
    # One engine sums whole numbers to a decimal.
    return None if value is None else int(str(value))
