"""Golden examples from proposal to release, and the decisions the gate took on releases."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import pandas as pd

from review_app.errors import StoreBusy
from review_app.golden.example import Example
from review_app.golden.release import Release
from review_app.store.clock import microseconds
from review_app.store.engine import Row, Store, placeholders
from review_app.store.trace_kinds import FILTERS

# A case that left keeps its decision; what it is now follows from how it left.
_STATUS = "CASE WHEN successor IS NOT NULL THEN 'superseded' WHEN retired_at IS NOT NULL THEN 'retired' ELSE status END"
_LIVE = "status <> 'rejected' AND retired_at IS NULL"
_EXAMPLE = (
    'example_id, trace_id, snapshot, layer, reason, proposer, decided_by AS approver, group_id AS "group", split, '
    "supersedes"
)
_RETIRE = (
    "UPDATE golden SET retired_by = :person, retired_at = :at, retired_why = :why, successor = :successor "
    "WHERE example_id = :example_id AND status = 'approved' AND retired_at IS NULL RETURNING example_id"
)
TIMES = ("proposed_at", "decided_at", "retired_at")


def propose(store: Store, example: Example, signature: str, now: datetime) -> bool:
    """Store a proposal; False if this case had been proposed before."""
    with store.write() as write:
        rows = write.run(
            "INSERT INTO golden (example_id, trace_id, snapshot, layer, reason, proposer, proposed_at, status, "
            "group_id, split, signature, supersedes) VALUES (:example_id, :trace_id, :snapshot, :layer, :reason, "
            ":proposer, :at, 'proposed', :group, :split, :signature, :supersedes) "
            "ON CONFLICT DO NOTHING RETURNING example_id",
            example_id=example.example_id,
            trace_id=example.trace_id,
            snapshot=example.snapshot,
            layer=example.layer,
            reason=example.reason,
            proposer=example.proposer,
            group=example.group,
            split=example.split,
            signature=signature,
            supersedes=example.supersedes,
            at=microseconds(now),
        )
    return bool(rows)


def decide(store: Store, example_id: str, status: str, person: str, note: str, now: datetime) -> bool:
    """Approve or reject a proposal; False if it was no longer open. The case it supersedes leaves with its approval."""
    with store.write() as write:
        rows = write.run(
            "UPDATE golden SET status = :status, decided_by = :person, decision_note = :note, decided_at = :at "
            "WHERE example_id = :example_id AND status = 'proposed' RETURNING supersedes, reason",
            example_id=example_id,
            status=status,
            person=person,
            note=note,
            at=microseconds(now),
        )
        if rows and status == "approved" and rows[0]["supersedes"]:
            write.run(
                _RETIRE,
                example_id=rows[0]["supersedes"],
                person=person,
                at=microseconds(now),
                why=rows[0]["reason"],
                successor=example_id,
            )
    return bool(rows)


def retire(store: Store, example_id: str, person: str, why: str, now: datetime) -> bool:
    """Take an approved case out of the releases to come; False if it was none, or had left."""
    with store.write() as write:
        rows = write.run(_RETIRE, example_id=example_id, person=person, at=microseconds(now), why=why, successor=None)
    return bool(rows)


def proposals(store: Store) -> pd.DataFrame:
    """One row per case ever proposed, oldest first, without its text. `status`: proposed, approved, rejected, retired
    or superseded; times as UTC timestamps."""
    found = store.frame(
        f"SELECT example_id, trace_id, layer, reason, proposer, proposed_at, {_STATUS} AS status, "
        "decided_by AS approver, decided_at, decision_note, group_id, split, supersedes, successor, retired_by, "
        "retired_at, retired_why FROM golden ORDER BY proposed_at, example_id"
    )
    return found.assign(**{name: pd.to_datetime(found[name], unit="us", utc=True) for name in TIMES})


def approved(store: Store) -> tuple[Example, ...]:
    """Every approved case that has not left, by id."""
    rows = store.rows(
        f"SELECT {_EXAMPLE} FROM golden WHERE status = 'approved' AND retired_at IS NULL ORDER BY example_id"
    )
    return tuple(Example(**row) for row in rows)


def examples(store: Store, example_ids: Sequence[str]) -> tuple[Example, ...]:
    """These cases with their text, by id; unknown ids are left out."""
    found: list[Row] = []
    for start in range(0, len(example_ids), 500):
        marks, named = placeholders(example_ids[start : start + 500])
        found += store.rows(f"SELECT {_EXAMPLE} FROM golden WHERE example_id IN {marks}", **named)
    return tuple(sorted((Example(**row) for row in found), key=lambda example: example.example_id))


def signatures(store: Store) -> dict[str, str]:
    """example_id -> signature, of every case that is proposed or approved and has not left; empty: not filled yet."""
    rows = store.rows(f"SELECT example_id, signature FROM golden WHERE {_LIVE} ORDER BY example_id")
    return {row["example_id"]: row["signature"] for row in rows}


def fill_signatures(store: Store, found: Mapping[str, str]) -> None:
    """Store the signatures of cases proposed before there were any."""
    with store.write() as write:
        for example_id, signature in found.items():
            write.run("UPDATE golden SET signature = :s WHERE example_id = :id", s=signature, id=example_id)


def groups_of_session(store: Store, session_id: str) -> set[str]:
    """The groups of the live cases whose trace is of this session."""
    rows = store.rows(
        "SELECT DISTINCT g.group_id FROM golden g JOIN trace t ON t.trace_id = g.trace_id "
        f"WHERE t.session_id = :session AND {_LIVE} AND g.group_id <> ''",
        session=session_id,
    )
    return {row["group_id"] for row in rows}


def releases(store: Store) -> tuple[Row, ...]:
    """Releases, first to last: number, content_hash, file, examples, released_by, notes, at (microseconds)."""
    return tuple(store.rows("SELECT * FROM golden_release ORDER BY number"))


def record_release(store: Store, number: int, make: Callable[[], Release]) -> Release:
    """Make release `number` and store it, with the traffic at that time. make: writes the file; called while nobody
    else can release. Raises StoreBusy where another release was made meanwhile, before anything is written."""
    with store.write() as write:
        if write.run("SELECT count(*) AS n FROM golden_release")[0]["n"] != number - 1:
            raise StoreBusy(
                f"Golden release {number} was made by somebody else at the same moment.",
                do="Look at it (review-app golden list), then release again if anything is missing.",
            )
        release = make()
        write.run(
            "INSERT INTO golden_release VALUES (:number, :content_hash, :file, :examples, :by, :notes, :at)",
            number=release.number,
            content_hash=release.content_hash,
            file=release.path.name,
            examples=release.examples,
            by=release.released_by,
            notes=release.notes,
            at=microseconds(release.at),
        )
        write.run(
            "INSERT INTO release_traffic SELECT CAST(:number AS BIGINT), kind, traces FROM trace_kind "
            "WHERE traces > 0 AND outside = 0",
            number=number,
        )
    return release


def traffic_since(store: Store, number: int, by: str) -> tuple[dict[str | None, int], dict[str | None, int]]:
    """Value -> number of production traces stored up to a release, and since. by: one of trace_kinds.FILTERS."""
    assert by in FILTERS, by
    rows = store.rows(
        f"SELECT {by} AS value, CAST(sum(coalesce(r.traces, 0)) AS BIGINT) AS before, CAST(sum(k.traces) AS BIGINT) "
        "AS now FROM trace_kind k LEFT JOIN release_traffic r ON r.kind = k.kind AND r.number = :number "
        f"WHERE k.outside = 0 GROUP BY {by}",
        number=number,
    )
    before = {row["value"]: row["before"] for row in rows if row["before"]}
    # A trace that came again with another route left its kind: fewer now than then.
    since = {row["value"]: row["now"] - row["before"] for row in rows if row["now"] > row["before"]}
    return before, since


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
    """example_id -> its row of `proposals`, for those that exist."""
    wanted = set(example_ids)
    return {row["example_id"]: row for row in proposals(store).to_dict("records") if row["example_id"] in wanted}
