"""Golden examples from proposal to release, and the decisions the gate took on releases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import pandas as pd

from review_app.golden.example import Example
from review_app.golden.release import Release
from review_app.store.clock import microseconds
from review_app.store.engine import Row, Store


def propose(store: Store, example: Example, now: datetime) -> bool:
    """Store a proposal; False if this case had been proposed before."""
    with store.write() as write:
        rows = write.run(
            "INSERT INTO golden (example_id, trace_id, snapshot, layer, reason, proposer, proposed_at, status) "
            "VALUES (:example_id, :trace_id, :snapshot, :layer, :reason, :proposer, :at, 'proposed') "
            "ON CONFLICT DO NOTHING RETURNING example_id",
            example_id=example.example_id,
            trace_id=example.trace_id,
            snapshot=example.snapshot,
            layer=example.layer,
            reason=example.reason,
            proposer=example.proposer,
            at=microseconds(now),
        )
    return bool(rows)


def decide(store: Store, example_id: str, status: str, person: str, note: str, now: datetime) -> bool:
    """Approve or reject a proposal; False if it was no longer open."""
    with store.write() as write:
        rows = write.run(
            "UPDATE golden SET status = :status, decided_by = :person, decision_note = :note, decided_at = :at "
            "WHERE example_id = :example_id AND status = 'proposed' RETURNING example_id",
            example_id=example_id,
            status=status,
            person=person,
            note=note,
            at=microseconds(now),
        )
    return bool(rows)


def proposals(store: Store) -> pd.DataFrame:
    """One row per proposal, oldest first, without its text."""
    found = store.frame(
        "SELECT example_id, trace_id, layer, reason, proposer, proposed_at, status, decided_by AS approver, "
        "decision_note FROM golden ORDER BY proposed_at, example_id"
    )
    return found.assign(proposed_at=pd.to_datetime(found["proposed_at"], unit="us", utc=True))


def approved(store: Store) -> tuple[Example, ...]:
    """Every approved case, by id."""
    rows = store.rows(
        "SELECT example_id, trace_id, snapshot, layer, reason, proposer, decided_by AS approver FROM golden "
        "WHERE status = 'approved' ORDER BY example_id"
    )
    return tuple(Example(**row) for row in rows)


def releases(store: Store) -> tuple[Row, ...]:
    """Releases, first to last: number, content_hash, file, examples, released_by, notes, at (microseconds)."""
    return tuple(store.rows("SELECT * FROM golden_release ORDER BY number"))


def record_release(store: Store, release: Release, notes: str) -> None:
    """Store that a release was made; its number must be free."""
    with store.write() as write:
        write.run(
            "INSERT INTO golden_release VALUES (:number, :content_hash, :file, :examples, :by, :notes, :at)",
            number=release.number,
            content_hash=release.content_hash,
            file=release.path.name,
            examples=release.examples,
            by=release.released_by,
            notes=notes,
            at=microseconds(release.at),
        )


def record_gate(store: Store, gate_id: str, release: int, outcome: str, report: str, now: datetime) -> None:
    """Store a decision of the gate."""
    with store.write() as write:
        write.run(
            "INSERT INTO gate_run VALUES (:gate_id, :release, :outcome, :report, :at)",
            gate_id=gate_id,
            release=release,
            outcome=outcome,
            report=report,
            at=microseconds(now),
        )


def find(store: Store, example_ids: Sequence[str]) -> dict[str, Row]:
    """example_id -> its proposal, for those that exist."""
    rows = proposals(store).to_dict("records")
    return {row["example_id"]: row for row in rows if row["example_id"] in set(example_ids)}
