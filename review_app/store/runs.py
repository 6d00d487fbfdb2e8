"""Candidate runs: what systems answered to the cases of a golden release, and how that was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import pandas as pd

from review_app.errors import WrongUsage
from review_app.store.clock import instant, microseconds
from review_app.store.engine import Row, Store, Write


@dataclass(frozen=True, kw_only=True)
class Run:
    """One system over one release. series: what people call the system. target: how it was reached."""

    run_id: str
    series: str
    target: Mapping[str, Any]
    release: int
    release_hash: str
    trials: int
    at: datetime
    started_by: str | None = None


@dataclass(frozen=True, kw_only=True)
class Output:
    """An answer to one case in one trial (1, 2, ...). answer: fields of a trace; scores: metric -> value in [0, 1] that
    came with it. error: why there is no answer; None where there is."""

    run_id: str
    example_id: str
    trial: int
    answer: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[str, float] = field(default_factory=dict)
    error: str | None = None
    cost_usd: float | None = None
    latency_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """A run a lead approved. judges: metric of a judge -> the judge's version then."""

    baseline_id: str
    run_id: str
    release_hash: str
    judges: Mapping[str, str]
    note: str
    approved_by: str
    at: datetime


def start(store: Store, run: Run) -> None:
    """Store a run, or raise how many trials it is to have; a run that is stored keeps all else."""
    with store.write() as write:
        write.run(
            "INSERT INTO candidate_run (run_id, series, target, release, release_hash, trials, started_by, at) VALUES "
            "(:run_id, :series, :target, :release, :release_hash, :trials, :started_by, :at) "
            "ON CONFLICT (run_id) DO UPDATE SET trials = CASE WHEN excluded.trials > candidate_run.trials "
            "THEN excluded.trials ELSE candidate_run.trials END",
            run_id=run.run_id,
            series=run.series,
            target=orjson.dumps(run.target, option=orjson.OPT_SORT_KEYS).decode(),
            release=run.release,
            release_hash=run.release_hash,
            trials=run.trials,
            started_by=run.started_by,
            at=microseconds(run.at),
        )


def every(store: Store) -> tuple[Run, ...]:
    """All runs, the oldest first."""
    return tuple(_run(row) for row in store.rows("SELECT * FROM candidate_run ORDER BY at, run_id"))


def find(store: Store, name: str) -> Run:
    """The run with this id, or the newest of the series of this name. Raises WrongUsage where there is neither."""
    rows = store.rows(
        "SELECT * FROM candidate_run WHERE run_id = :name OR series = :name "
        "ORDER BY CASE WHEN run_id = :name THEN 0 ELSE 1 END, at DESC LIMIT 1",
        name=name,
    )
    if not rows:
        raise WrongUsage(f"There is no run {name!r}, and no file of that name.", do="See `review-app runs list`.")
    return _run(rows[0])


def save(store: Store, outputs: Sequence[Output], now: datetime) -> None:
    """Store answers, on disk before this returns. One that is stored and good stays; a failed one is replaced, and what
    was measured of it is forgotten."""
    with store.write() as write:
        for output in outputs:
            _save(write, output, now)


def _save(write: Write, output: Output, now: datetime) -> None:
    key = {"run_id": output.run_id, "example_id": output.example_id, "trial": output.trial}
    stored = write.run(
        "INSERT INTO candidate_output VALUES (:run_id, :example_id, :trial, :status, :answer, :scores, :error, "
        ":cost_usd, :latency_s, :at) ON CONFLICT (run_id, example_id, trial) DO UPDATE SET "
        "status = excluded.status, answer = excluded.answer, scores = excluded.scores, error = excluded.error, "
        "cost_usd = excluded.cost_usd, latency_s = excluded.latency_s, at = excluded.at "
        "WHERE candidate_output.status = 'error' RETURNING run_id",
        **_stored(output, now),
    )
    if stored:
        write.run(
            "DELETE FROM candidate_metric WHERE run_id = :run_id AND example_id = :example_id AND trial = :trial", **key
        )


def done(store: Store, run_id: str) -> set[tuple[str, int]]:
    """(example_id, trial) of every good answer of a run: what needs not be asked, and paid, again."""
    rows = store.rows(
        "SELECT example_id, trial FROM candidate_output WHERE run_id = :run_id AND status = 'ok'", run_id=run_id
    )
    return {(row["example_id"], row["trial"]) for row in rows}


def outputs(store: Store, run_id: str) -> tuple[Output, ...]:
    """The answers of a run, by case and trial."""
    rows = store.rows(
        "SELECT run_id, example_id, trial, answer, scores, error, cost_usd, latency_s FROM candidate_output "
        "WHERE run_id = :run_id ORDER BY example_id, trial",
        run_id=run_id,
    )
    loaded = ({**row, "answer": orjson.loads(row["answer"]), "scores": orjson.loads(row["scores"])} for row in rows)
    return tuple(Output(**row) for row in loaded)


def save_metrics(store: Store, rows: Sequence[Row]) -> None:
    """Store metrics of answers; one that is stored in another version is replaced."""
    with store.write() as write:
        _save_metrics(write, rows)


def stamps(store: Store) -> dict[str, str]:
    """run -> a text that differs once an answer or a metric of it changed."""
    answers = "SELECT run_id, count(*) AS n, max(at) AS latest FROM candidate_output GROUP BY run_id"
    measured = (
        "SELECT run_id, count(*) AS n, sum(value) AS total, min(version) AS first, max(version) AS last "
        "FROM candidate_metric GROUP BY run_id"
    )
    found: dict[str, str] = {}
    for row in (*store.rows(answers), *store.rows(measured)):
        run_id = row.pop("run_id")
        found[run_id] = f"{found.get(run_id, '')} {list(row.values())}"
    return found


def metrics(store: Store, run_id: str) -> pd.DataFrame:
    """One row per answer and metric: example_id, trial, metric, source, version, value, status, detail."""
    return store.frame(
        "SELECT example_id, trial, metric, source, version, value, status, detail FROM candidate_metric "
        "WHERE run_id = :run_id ORDER BY example_id, trial, metric",
        run_id=run_id,
    )


def approve(store: Store, baseline: Baseline) -> None:
    """Store an approved baseline; the newest over a release is the one in force."""
    with store.write() as write:
        write.run(
            "INSERT INTO baseline VALUES (:baseline_id, :run_id, :release_hash, :judges, :note, :approved_by, :at) "
            "ON CONFLICT DO NOTHING",
            baseline_id=baseline.baseline_id,
            run_id=baseline.run_id,
            release_hash=baseline.release_hash,
            judges=orjson.dumps(baseline.judges, option=orjson.OPT_SORT_KEYS).decode(),
            note=baseline.note,
            approved_by=baseline.approved_by,
            at=microseconds(baseline.at),
        )


def baselines(store: Store) -> tuple[Baseline, ...]:
    """All approved baselines, the oldest first."""
    rows = store.rows("SELECT * FROM baseline ORDER BY at, baseline_id")
    return tuple(Baseline(**row | {"judges": orjson.loads(row["judges"]), "at": instant(row["at"])}) for row in rows)


def in_force(store: Store) -> set[str]:
    """The runs that candidates are held against: of each release, the baseline approved last."""
    return set({baseline.release_hash: baseline.run_id for baseline in baselines(store)}.values())


def _save_metrics(write: Write, rows: Sequence[Row]) -> None:
    write.many(
        "INSERT INTO candidate_metric VALUES (:run_id, :example_id, :trial, :metric, :source, :version, :value, "
        ":status, :detail) ON CONFLICT (run_id, example_id, trial, metric) DO UPDATE SET source = excluded.source, "
        "version = excluded.version, value = excluded.value, status = excluded.status, detail = excluded.detail",
        rows,
    )


def _run(row: Row) -> Run:
    at = instant(row["at"])
    assert at is not None
    return Run(**row | {"target": orjson.loads(row["target"]), "at": at})


def _stored(output: Output, now: datetime) -> Row:
    return {
        "run_id": output.run_id,
        "example_id": output.example_id,
        "trial": output.trial,
        "status": "ok" if output.error is None else "error",
        "answer": orjson.dumps(output.answer).decode(),
        "scores": orjson.dumps(output.scores).decode(),
        "error": output.error,
        "cost_usd": output.cost_usd,
        "latency_s": output.latency_s,
        "at": microseconds(now),
    }
