"""Batches of questions that are with a provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from review_app.store.clock import instant, microseconds
from review_app.store.engine import Store, Write


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One batch of one model, until it is collected. jobs: how many questions it took."""

    batch_id: str
    jobs: int
    at: datetime


def submitted(store: Store, pending: str, batch_id: str, judge: tuple[str, str], now: datetime) -> None:
    """A provider took a batch. pending: the name its questions were held under. judge: name and version."""
    with store.write() as write:
        moved = write.run(
            "UPDATE judge_job SET batch_id = :batch_id WHERE batch_id = :pending RETURNING job_key",
            batch_id=batch_id,
            pending=pending,
        )
        write.run(
            "INSERT INTO judge_batch (batch_id, judge, judge_version, state, jobs, at) "
            "VALUES (:batch_id, :judge, :version, 'submitted', :jobs, :at)",
            batch_id=batch_id,
            judge=judge[0],
            version=judge[1],
            jobs=len(moved),
            at=microseconds(now),
        )


def open_ones(store: Store, judge: str) -> list[Batch]:
    """Batches of a judge, in whatever version, that were not collected, the oldest first."""
    rows = store.rows(
        "SELECT batch_id, jobs, at FROM judge_batch WHERE judge = :judge AND state = 'submitted' ORDER BY at, batch_id",
        judge=judge,
    )
    found = [(row, instant(row["at"])) for row in rows]
    return [Batch(batch_id=row["batch_id"], jobs=row["jobs"], at=at) for row, at in found if at is not None]


def keys(write: Write, batch_id: str) -> list[str]:
    """The questions that are still with a batch."""
    rows = write.run(
        "SELECT job_key FROM judge_job WHERE batch_id = :batch_id AND state = 'sent' ORDER BY job_key",
        batch_id=batch_id,
    )
    return [row["job_key"] for row in rows]


def collected(write: Write, batch_id: str) -> None:
    """Nothing more is to come from it."""
    write.run("UPDATE judge_batch SET state = 'collected' WHERE batch_id = :batch_id", batch_id=batch_id)
