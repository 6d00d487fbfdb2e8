"""Every rubric that was ever asked, by the hash of its content."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import orjson
from pydantic import TypeAdapter

from review_app.review.rubric import Rubric
from review_app.store.clock import microseconds
from review_app.store.engine import Store

_RUBRIC = TypeAdapter(Rubric)


def remember(store: Store, rubric: Rubric, now: datetime) -> str:
    """Store a rubric if it is not there yet; its version."""
    known = "SELECT 1 FROM rubric WHERE rubric_version = :version"
    if not store.rows(known, version=rubric.version):
        with store.write() as write:
            write.run(
                "INSERT INTO rubric VALUES (:version, :name, :body, :at) ON CONFLICT DO NOTHING",
                version=rubric.version,
                name=rubric.name,
                body=orjson.dumps(asdict(rubric)).decode(),
                at=microseconds(now),
            )
    return rubric.version


def every(store: Store) -> dict[str, Rubric]:
    """version -> rubric, for all that were ever asked, in the order in which they first were."""
    rows = store.rows("SELECT rubric_version, body FROM rubric ORDER BY at, rubric_version")
    return {row["rubric_version"]: _RUBRIC.validate_json(row["body"]) for row in rows}


def asked(store: Store, reviewer: str, trace_id: str) -> Rubric | None:
    """The rubric by which this person reviewed a trace last; None where they have not, or skipped it."""
    rows = store.rows(
        "SELECT b.body FROM review r JOIN rubric b ON b.rubric_version = r.rubric_version "
        "WHERE r.trace_id = :trace_id AND r.reviewer = :reviewer AND r.outcome <> 'skipped' "
        "AND r.assisted = 0 "
        "ORDER BY CASE WHEN r.repeat_of IS NULL THEN 0 ELSE 1 END, r.at DESC, r.review_id DESC LIMIT 1",
        trace_id=trace_id,
        reviewer=reviewer,
    )
    return _RUBRIC.validate_json(rows[0]["body"]) if rows else None
