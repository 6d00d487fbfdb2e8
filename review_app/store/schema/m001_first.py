"""The first tables."""

from __future__ import annotations

SQL = """
-- One row per trace, its newest version; only what lists, filters and draws need.
CREATE TABLE trace (
    trace_id TEXT PRIMARY KEY,
    version BIGINT NOT NULL,
    at BIGINT,
    session_id TEXT,
    route TEXT,
    model TEXT,
    prompt_version TEXT,
    retrieval_version TEXT,
    language TEXT,
    n_turns BIGINT NOT NULL,
    n_documents BIGINT NOT NULL,
    n_tools BIGINT NOT NULL,
    output_chars BIGINT,
    user_feedback DOUBLE PRECISION,
    cost_usd DOUBLE PRECISION,
    latency_s DOUBLE PRECISION,
    tags TEXT NOT NULL,
    ingested_at BIGINT NOT NULL);
-- The text of each version of a trace, as our JSONL line; never read by a list or a count.
CREATE TABLE trace_body (
    trace_id TEXT NOT NULL REFERENCES trace (trace_id),
    version BIGINT NOT NULL,
    content_hash TEXT NOT NULL,
    body TEXT NOT NULL,
    ingested_at BIGINT NOT NULL,
    PRIMARY KEY (trace_id, version));
-- One row per check, in one version, on one version of a trace.
CREATE TABLE result (
    trace_id TEXT NOT NULL REFERENCES trace (trace_id),
    trace_version BIGINT NOT NULL,
    check_name TEXT NOT NULL,
    check_version TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('pass', 'fail', 'error', 'not_applicable')),
    detail TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (trace_id, check_name, check_version, trace_version));
-- One row per answer of a judge. A judge in one version answers one criterion of one trace once.
CREATE TABLE verdict (
    trace_id TEXT NOT NULL REFERENCES trace (trace_id),
    judge TEXT NOT NULL,
    judge_version TEXT NOT NULL,
    criterion TEXT NOT NULL,
    label TEXT,
    score DOUBLE PRECISION,
    label_probabilities TEXT,
    confidence DOUBLE PRECISION,
    rationale TEXT,
    status TEXT NOT NULL CHECK (status IN ('ok', 'missing', 'unparsable', 'refused', 'error')),
    cost_usd DOUBLE PRECISION,
    latency_s DOUBLE PRECISION,
    at BIGINT,
    PRIMARY KEY (trace_id, judge, judge_version, criterion));
-- One row per act of sampling; rates are exact fractions as text.
CREATE TABLE draw (
    draw_id TEXT PRIMARY KEY,
    queue TEXT NOT NULL,
    number BIGINT NOT NULL,
    salt TEXT NOT NULL,
    rates TEXT NOT NULL,
    frame_size BIGINT NOT NULL,
    eligible TEXT NOT NULL,
    verdict_counts TEXT NOT NULL,
    flag_rule TEXT NOT NULL,
    frame TEXT NOT NULL,
    at BIGINT NOT NULL,
    UNIQUE (queue, number));
-- One row per draw and trace it holds; `added` says whether this draw was the first to hold it.
CREATE TABLE drawn (
    draw_id TEXT NOT NULL REFERENCES draw (draw_id),
    trace_id TEXT NOT NULL REFERENCES trace (trace_id),
    stratum TEXT NOT NULL,
    eligible TEXT NOT NULL,
    reasons TEXT NOT NULL,
    inclusion_probability DOUBLE PRECISION NOT NULL,
    added BIGINT NOT NULL,
    PRIMARY KEY (draw_id, trace_id));
-- One needed review of one trace. A double assignment has no row to live in.
CREATE TABLE slot (
    slot_id TEXT PRIMARY KEY,
    queue TEXT NOT NULL,
    trace_id TEXT NOT NULL REFERENCES trace (trace_id),
    draw_number BIGINT NOT NULL,
    queue_order TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'leased', 'done')),
    reviewer TEXT,
    token TEXT,
    lease_until BIGINT NOT NULL DEFAULT 0,
    UNIQUE (queue, trace_id, reviewer));
CREATE INDEX slot_free ON slot (queue, draw_number, queue_order, slot_id) WHERE state <> 'done';
CREATE INDEX slot_person ON slot (reviewer, queue, state);
-- Every rubric that was ever asked, by the hash of its content.
CREATE TABLE rubric (
    rubric_version TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    at BIGINT NOT NULL);
-- One person's answers on one trace. Rows are only ever added.
CREATE TABLE review (
    review_id TEXT PRIMARY KEY,
    slot_id TEXT UNIQUE REFERENCES slot (slot_id),
    trace_id TEXT NOT NULL REFERENCES trace (trace_id),
    trace_version BIGINT NOT NULL,
    reviewer TEXT NOT NULL,
    rubric_version TEXT NOT NULL REFERENCES rubric (rubric_version),
    outcome TEXT NOT NULL CHECK (outcome IN ('judged', 'cannot_judge', 'wrong_context', 'skipped')),
    note TEXT NOT NULL,
    correction TEXT,
    assisted BIGINT NOT NULL DEFAULT 0,
    repeat_of TEXT REFERENCES review (review_id),
    inclusion_probability DOUBLE PRECISION,
    source TEXT NOT NULL,
    seconds DOUBLE PRECISION,
    at BIGINT NOT NULL);
CREATE INDEX review_trace ON review (trace_id, reviewer);
-- One answer to one criterion; `missing` says why there is no label.
CREATE TABLE answer (
    review_id TEXT NOT NULL REFERENCES review (review_id),
    criterion TEXT NOT NULL,
    label TEXT,
    score DOUBLE PRECISION,
    missing TEXT,
    PRIMARY KEY (review_id, criterion));
-- What a reviewer has typed and not sent; gone once the review is stored.
CREATE TABLE draft (
    reviewer TEXT NOT NULL,
    trace_id TEXT NOT NULL REFERENCES trace (trace_id),
    body TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (reviewer, trace_id));
-- One case proposed for the golden set, with the trace as it was then.
CREATE TABLE golden (
    example_id TEXT PRIMARY KEY,
    trace_id TEXT NOT NULL,
    snapshot TEXT NOT NULL,
    layer TEXT NOT NULL,
    reason TEXT NOT NULL,
    proposer TEXT NOT NULL,
    proposed_at BIGINT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('proposed', 'approved', 'rejected')),
    decided_by TEXT,
    decided_at BIGINT,
    decision_note TEXT);
-- One immutable release; its bytes are the file's, and the hash here must be the file's too.
CREATE TABLE golden_release (
    number BIGINT PRIMARY KEY,
    content_hash TEXT NOT NULL,
    file TEXT NOT NULL,
    examples BIGINT NOT NULL,
    released_by TEXT NOT NULL,
    notes TEXT NOT NULL,
    at BIGINT NOT NULL);
-- One decision of the gate, with the whole report.
CREATE TABLE gate_run (
    gate_id TEXT PRIMARY KEY,
    release BIGINT NOT NULL REFERENCES golden_release (number),
    outcome TEXT NOT NULL CHECK (outcome IN ('pass', 'block', 'inconclusive')),
    report TEXT NOT NULL,
    at BIGINT NOT NULL)
"""
