"""Candidate runs over golden releases, the baselines among them, and how often the gate looked at a pair."""

from __future__ import annotations

SQL = """
-- A system held against a golden release. series: what people call the system; two runs of a series are versions of it.
-- target: JSON, how the system was reached, without any secret. trials: how often each case is asked.
CREATE TABLE candidate_run (
    run_id TEXT PRIMARY KEY,
    series TEXT NOT NULL,
    target TEXT NOT NULL,
    release BIGINT NOT NULL REFERENCES golden_release (number),
    release_hash TEXT NOT NULL,
    trials BIGINT NOT NULL,
    started_by TEXT,
    at BIGINT NOT NULL);
CREATE INDEX candidate_run_series ON candidate_run (series, at);
-- What the system answered to one case in one trial. answer: JSON, the fields of a trace that the system gave. scores:
-- JSON, metric -> value that was measured with the answer. status: ok or error, then error says why.
CREATE TABLE candidate_output (
    run_id TEXT NOT NULL REFERENCES candidate_run (run_id),
    example_id TEXT NOT NULL,
    trial BIGINT NOT NULL,
    status TEXT NOT NULL,
    answer TEXT NOT NULL,
    scores TEXT NOT NULL,
    error TEXT,
    cost_usd DOUBLE PRECISION,
    latency_s DOUBLE PRECISION,
    at BIGINT NOT NULL,
    PRIMARY KEY (run_id, example_id, trial));
-- One metric of one answer. source: check, judge or file; version: the check's or the judge's. value is NULL where the
-- metric does not apply; status as in `result` and `verdict`.
CREATE TABLE candidate_metric (
    run_id TEXT NOT NULL REFERENCES candidate_run (run_id),
    example_id TEXT NOT NULL,
    trial BIGINT NOT NULL,
    metric TEXT NOT NULL,
    source TEXT NOT NULL,
    version TEXT NOT NULL,
    value DOUBLE PRECISION,
    status TEXT NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (run_id, example_id, trial, metric));
-- A run somebody approved as what candidates are held against. judges: JSON, judge's metric -> its version then.
CREATE TABLE baseline (
    baseline_id TEXT PRIMARY KEY,
    run_id TEXT NOT NULL REFERENCES candidate_run (run_id),
    release_hash TEXT NOT NULL,
    judges TEXT NOT NULL,
    note TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    at BIGINT NOT NULL);
CREATE INDEX baseline_release ON baseline (release_hash, at);
-- A look of the gate at two series over one release; evidence: a hash of what was compared, so that the same results
-- looked at again are no new look. wealth: JSON, metric -> logarithm of what each bet of the e-value has made.
CREATE TABLE gate_look (
    gate_id TEXT PRIMARY KEY REFERENCES gate_run (gate_id),
    release_hash TEXT NOT NULL,
    baseline_series TEXT NOT NULL,
    candidate_series TEXT NOT NULL,
    number BIGINT NOT NULL,
    evidence TEXT NOT NULL,
    wealth TEXT NOT NULL,
    UNIQUE (release_hash, baseline_series, candidate_series, number))
"""
