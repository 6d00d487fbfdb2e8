"""The text cluster of each trace, by a model that stays: assigned once, and kept whatever becomes of the trace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson

from review_app.sampling.plan import Frame, NewCluster
from review_app.store.candidates import inside
from review_app.store.engine import Store, placeholders

# A batch holds the write lock: small enough that a reviewer who submits meanwhile does not notice.
BATCH = 500
_DAY = 86_400_000_000  # microseconds


def texts(store: Store, trace_ids: Sequence[str]) -> list[str]:
    """What people asked in these traces, by id; a trace that is not there has none."""
    found: dict[str, str] = {}
    for start in range(0, len(trace_ids), BATCH):
        marks, named = placeholders(trace_ids[start : start + BATCH])
        rows = store.rows(
            "SELECT t.trace_id, b.body FROM trace t JOIN trace_body b ON b.trace_id = t.trace_id "
            f"AND b.version = t.version WHERE t.trace_id IN {marks}",
            **named,
        )
        found |= {row["trace_id"]: _asked(row["body"]) for row in rows}
    return [found[trace_id] for trace_id in sorted(found)]


def fill(
    store: Store,
    frame: Frame,
    model: str,
    assign: Callable[[list[str]], list[str]],
    progress: Callable[[int], None] = lambda traces: None,
) -> int:
    """Assign every trace of a frame that has no cluster by this model; how many. Interrupted, it goes on where it
    stopped."""
    where, values = inside(frame)
    sql = (
        "SELECT t.trace_id, b.body FROM trace t JOIN trace_body b ON b.trace_id = t.trace_id AND b.version = t.version "
        "LEFT JOIN trace_cluster c ON c.model = :model AND c.trace_id = t.trace_id "
        f"WHERE t.trace_id > :last AND c.cluster IS NULL AND {where} ORDER BY t.trace_id LIMIT :batch"
    )
    last, done = "", 0
    while rows := store.rows(sql, **values, model=model, last=last, batch=BATCH):
        names = assign([_asked(row["body"]) for row in rows])
        with store.write() as write:
            write.many(
                "INSERT INTO trace_cluster (model, trace_id, cluster) VALUES (?, ?, ?) "
                "ON CONFLICT (model, trace_id) DO NOTHING",
                [(model, row["trace_id"], name) for row, name in zip(rows, names, strict=True)],
            )
        last, done = rows[-1]["trace_id"], done + len(rows)
        progress(done)
    return done


def counts(store: Store, frame: Frame, model: str, rule: NewCluster) -> tuple[dict[str, int], dict[str, int]]:
    """cluster -> traces among the newest of a frame, and among the earlier ones. One without a time is in neither."""
    where, values = inside(frame)
    since = _newest_since(store, where, values, rule)
    rows = store.rows(
        "SELECT c.cluster, CASE WHEN t.at >= :newest THEN 1 ELSE 0 END AS newest, count(*) AS n FROM trace t "
        f"JOIN trace_cluster c ON c.model = :model AND c.trace_id = t.trace_id WHERE {where} AND t.at IS NOT NULL "
        "GROUP BY 1, 2",
        **values,
        model=model,
        newest=since,
    )
    newest = {row["cluster"]: row["n"] for row in rows if row["newest"]}
    return newest, {row["cluster"]: row["n"] for row in rows if not row["newest"]}


def members(store: Store, model: str, names: Sequence[str]) -> set[str]:
    """Traces in one of these clusters."""
    marks, named = placeholders(names)
    sql = f"SELECT trace_id FROM trace_cluster WHERE model = :model AND cluster IN {marks}"
    return {row[0] for row in store.database.fetch(sql, named | {"model": model}).rows}


def _newest_since(store: Store, where: str, values: dict[str, Any], rule: NewCluster) -> int:
    """The time, in microseconds, of the first trace that counts as newest; 0 where none has a time."""
    known = f"FROM trace t WHERE {where} AND t.at IS NOT NULL"
    found = store.rows(f"SELECT count(*) AS n, max(t.at) AS last {known}", **values)[0]
    if not found["n"]:
        return 0
    if rule.days is not None:
        return int(found["last"] - rule.days * _DAY)
    place = max(1, round(rule.newest * found["n"])) - 1
    sql = f"SELECT t.at {known} ORDER BY t.at DESC LIMIT 1 OFFSET :place"
    return int(store.rows(sql, **values, place=place)[0]["at"])


def _asked(body: str) -> str:
    """What the user said, or else the output: of a trace without messages, all there is."""
    stored: dict[str, Any] = orjson.loads(body)
    said = [_text(one.get("content", "")) for one in stored.get("messages", ()) if one["role"] == "user"]
    return "\n".join(filter(None, said)) or stored.get("output") or ""


def _text(content: str | list[dict[str, Any]]) -> str:
    return content if isinstance(content, str) else "\n".join(part.get("text", "") for part in content)
