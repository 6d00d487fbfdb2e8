"""Decisions of the gate over runs: how often it looked at a pair of systems, and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import orjson
import pandas as pd

from review_app.errors import StoreBusy
from review_app.store.engine import Row, Store


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two systems over one release: what is looked at again when a new run of either is gated."""

    release_hash: str
    baseline_series: str
    candidate_series: str


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look at a pair. evidence: metric or blocker -> a hash of what was compared. wealth: bet -> its log wealth, of
    metrics that were tested and had not been on these results. run: the candidate's run, or what was in its file."""

    gate_id: str
    pair: Pair
    number: int
    evidence: Mapping[str, str]
    wealth: Mapping[str, list[float]]
    run: str = ""


def of_pair(store: Store, pair: Pair) -> tuple[Look, ...]:
    """The looks at a pair, the first first."""
    rows = store.rows(
        "SELECT l.gate_id, l.number, l.evidence, l.wealth, g.report FROM gate_look l JOIN gate_run g "
        "ON g.gate_id = l.gate_id WHERE l.release_hash = :release_hash AND l.baseline_series = :baseline_series "
        "AND l.candidate_series = :candidate_series ORDER BY l.number",
        **vars(pair),
    )
    return tuple(_look(row, pair) for row in rows)


def _look(row: Row, pair: Pair) -> Look:
    evidence = row["evidence"]
    return Look(
        gate_id=row["gate_id"],
        pair=pair,
        number=row["number"],
        evidence=orjson.loads(evidence) if evidence.startswith("{") else {"": evidence},
        wealth=orjson.loads(row["wealth"]),
        run=orjson.loads(row["report"]).get("candidate", "") or evidence,
    )


def record(store: Store, look: Look) -> None:
    """Store a look whose decision is recorded. Raises StoreBusy where another gate over the pair was first."""
    with store.write() as write:
        seen = write.run(
            "SELECT count(*) AS n FROM gate_look WHERE release_hash = :release_hash AND "
            "baseline_series = :baseline_series AND candidate_series = :candidate_series",
            **vars(look.pair),
        )
        if seen[0]["n"] != look.number - 1:
            raise StoreBusy("Another gate looked at this pair at the same moment.", do="Run the gate again.")
        write.run(
            "INSERT INTO gate_look VALUES (:gate_id, :release_hash, :baseline_series, :candidate_series, :number, "
            ":evidence, :wealth)",
            gate_id=look.gate_id,
            number=look.number,
            evidence=orjson.dumps(look.evidence).decode(),
            wealth=orjson.dumps(look.wealth).decode(),
            **vars(look.pair),
        )


def history(store: Store) -> pd.DataFrame:
    """One row per decision of the gate, the newest first: gate_id, at (UTC), release, outcome, baseline_series,
    candidate_series, number (of the look; the last three NA where nobody said which systems were compared)."""
    found = store.rows(
        "SELECT g.gate_id, g.at, g.release, g.outcome, l.baseline_series, l.candidate_series, l.number, "
        "CASE WHEN l.gate_id IS NULL THEN g.report END AS report FROM gate_run g "
        "LEFT JOIN gate_look l ON l.gate_id = g.gate_id ORDER BY g.at DESC, g.gate_id"
    )
    rows = [row | _looked_at_before(kept) if (kept := row.pop("report")) else row for row in found]
    columns = ["gate_id", "at", "release", "outcome", "baseline_series", "candidate_series", "number"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(at=pd.to_datetime(frame["at"], unit="us", utc=True))


def _looked_at_before(report: str) -> Row:
    """Which look a decision was that made no new one: the same results had been looked at before."""
    decision = orjson.loads(report)
    runs = [decision.get(side, "") for side in ("baseline", "candidate")]
    old, new = (name or run for name, run in zip(decision.get("systems", runs), runs, strict=True))
    return {"baseline_series": old, "candidate_series": new, "number": decision["look"]} if old and new else {}


def report(store: Store, gate_id: str) -> str | None:
    """The whole decision as JSON text; None where there is none of this id."""
    rows = store.rows("SELECT report FROM gate_run WHERE gate_id = :gate_id", gate_id=gate_id)
    return rows[0]["report"] if rows else None
