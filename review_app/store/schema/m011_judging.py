"""Judges: what was asked of which model, what it cost, and what was found out about a judge."""

from __future__ import annotations

SQL = """
-- How the confidence of a verdict was come by: logprobs, samples or stated. Imported verdicts have none.
ALTER TABLE verdict ADD COLUMN confidence_source TEXT;
-- One paid question: a text, a prompt, a model and its parameters. state: waiting; sent (a request is under way, or its
-- program died); done (reply holds what came); failed (no reply came, reason says why). attempts: requests sent. lost:
-- requests whose end nobody saw: they may have been paid. estimate_usd: what the last request holds back of the caps.
-- lease_until: when a sent request is over for certain. batch_id: the provider's batch it went with.
CREATE TABLE judge_job (
    job_key TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'done', 'failed')),
    attempts BIGINT NOT NULL DEFAULT 0,
    lost BIGINT NOT NULL DEFAULT 0,
    worker TEXT,
    lease_until BIGINT,
    batch_id TEXT,
    scopes TEXT,
    estimate_usd DOUBLE PRECISION,
    cost_usd DOUBLE PRECISION,
    reply TEXT,
    reason TEXT,
    done_at BIGINT);
CREATE INDEX judge_job_batch ON judge_job (batch_id) WHERE batch_id IS NOT NULL;
-- Which question answers for which trace.
CREATE TABLE judge_asked (
    trace_id TEXT NOT NULL REFERENCES trace (trace_id),
    judge TEXT NOT NULL,
    judge_version TEXT NOT NULL,
    sample BIGINT NOT NULL,
    trace_version BIGINT NOT NULL,
    text_hash TEXT NOT NULL,
    job_key TEXT NOT NULL,
    PRIMARY KEY (trace_id, judge, judge_version, sample));
-- What is spent or held back, in USD. scope: `day:2026-09-01` (UTC) or `run:<id>`.
CREATE TABLE judge_budget (
    scope TEXT PRIMARY KEY,
    usd DOUBLE PRECISION NOT NULL);
-- One start of a judge. share: the part of the frame it judged, an exact fraction: each trace has this probability.
CREATE TABLE judge_run (
    run_id TEXT PRIMARY KEY,
    judge TEXT NOT NULL,
    judge_version TEXT NOT NULL,
    share TEXT NOT NULL,
    salt TEXT NOT NULL,
    frame_size BIGINT NOT NULL,
    planned BIGINT NOT NULL,
    at BIGINT NOT NULL);
-- Human labels parted once and for all. part: train, dev, test, or none where groups of two parts grew together.
CREATE TABLE judge_split (
    criterion TEXT NOT NULL,
    trace_id TEXT NOT NULL,
    part TEXT NOT NULL CHECK (part IN ('train', 'dev', 'test', 'none')),
    group_key TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (criterion, trace_id));
-- What was found out about a judge. kind: opening (of the test part), certificate, canaries. body: JSON.
CREATE TABLE judge_finding (
    finding_id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    judge TEXT NOT NULL,
    judge_version TEXT NOT NULL,
    criterion TEXT NOT NULL,
    body TEXT NOT NULL,
    at BIGINT NOT NULL);
CREATE INDEX judge_finding_judge ON judge_finding (kind, criterion, at);
-- A batch at a provider. state: submitted or collected.
CREATE TABLE judge_batch (
    batch_id TEXT PRIMARY KEY,
    judge TEXT NOT NULL,
    judge_version TEXT NOT NULL,
    state TEXT NOT NULL,
    jobs BIGINT NOT NULL,
    at BIGINT NOT NULL)
"""
