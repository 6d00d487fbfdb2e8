"""What was found out about judges: certificates, how often a test part was opened, canaries; and the parted labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import orjson

from review_app.store.clock import instant, microseconds
from review_app.store.engine import Row, Store

PARTS = ("train", "dev", "test", "none")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """kind: opening, certificate or canaries. body: plain data."""

    kind: str
    judge: str
    judge_version: str
    criterion: str
    body: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Parted:
    """One label's part. group: what must not be on two sides has one."""

    trace_id: str
    part: str
    group: str


def add(store: Store, findings: Sequence[Finding]) -> None:
    """Store findings, all or none; nothing here is ever changed."""
    with store.write() as write:
        for one in findings:
            write.run(
                "INSERT INTO judge_finding (finding_id, kind, judge, judge_version, criterion, body, at) "
                "VALUES (:id, :kind, :judge, :version, :criterion, :body, :at)",
                id=uuid4().hex,
                kind=one.kind,
                judge=one.judge,
                version=one.judge_version,
                criterion=one.criterion,
                body=orjson.dumps(dict(one.body)).decode(),
                at=microseconds(one.at),
            )


def of_criterion(store: Store, kind: str, criterion: str) -> list[Finding]:
    """All of one kind, the oldest first."""
    return _findings(store, "criterion = :value", kind, criterion)


def of_judge(store: Store, kind: str, judge: str) -> list[Finding]:
    """All of one kind about one judge, in whatever version, the oldest first."""
    return _findings(store, "judge = :value", kind, judge)


def part(store: Store, criterion: str, rows: Sequence[Parted], now: datetime) -> None:
    """Store the parts of labels; a label that has one changes it only to `none`."""
    with store.write() as write:
        write.many(
            "INSERT INTO judge_split (criterion, trace_id, part, group_key, at) "
            "VALUES (:criterion, :trace_id, :part, :group_key, :at) ON CONFLICT (criterion, trace_id) DO UPDATE SET "
            "part = CASE WHEN excluded.part = 'none' THEN 'none' ELSE judge_split.part END",
            [
                {"criterion": criterion, "trace_id": one.trace_id, "part": one.part, "group_key": one.group}
                | {"at": microseconds(now)}
                for one in rows
            ],
        )


def parts(store: Store, criterion: str) -> list[Parted]:
    """The parts of all labels of a criterion, by trace."""
    rows = store.rows(
        "SELECT trace_id, part, group_key FROM judge_split WHERE criterion = :criterion ORDER BY trace_id",
        criterion=criterion,
    )
    return [Parted(trace_id=row["trace_id"], part=row["part"], group=row["group_key"]) for row in rows]


def notes_on(store: Store, trace_id: str, rubric_version: str) -> list[str]:
    """What people wrote beside their blind answers about a trace, the oldest first."""
    rows = store.rows(
        "SELECT note FROM review WHERE trace_id = :trace_id AND rubric_version = :version AND assisted = 0 "
        "AND outcome = 'judged' AND note <> '' ORDER BY at, review_id",
        trace_id=trace_id,
        version=rubric_version,
    )
    return [row["note"] for row in rows]


def _findings(store: Store, where: str, kind: str, value: str) -> list[Finding]:
    rows = store.rows(
        "SELECT kind, judge, judge_version, criterion, body, at FROM judge_finding "
        f"WHERE kind = :kind AND {where} ORDER BY at, finding_id",
        kind=kind,
        value=value,
    )
    return [_finding(row) for row in rows]


def _finding(row: Row) -> Finding:
    at = instant(row["at"])
    assert at is not None
    return Finding(**row | {"body": orjson.loads(row["body"]), "at": at})
