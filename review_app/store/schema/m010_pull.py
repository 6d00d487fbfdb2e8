"""How far pulls have come; what a received span leaves behind once it is gone; feedback that is early."""

from __future__ import annotations

SQL = """
-- Everything that began before `through` was pulled from `source`: the tool, its address and what was asked of it.
CREATE TABLE pull_watermark (
    source TEXT PRIMARY KEY,
    through BIGINT NOT NULL,
    saved_at BIGINT NOT NULL);
-- Which trace a span is in: opinions on a span may come long after it.
CREATE TABLE trace_span (
    span_id TEXT PRIMARY KEY,
    trace_id TEXT NOT NULL);
-- What users said of traces that are not here yet. feedback_id: a hash of it. body: JSON, redacted.
CREATE TABLE waiting_feedback (
    trace_id TEXT NOT NULL,
    feedback_id TEXT NOT NULL,
    body TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (trace_id, feedback_id));
-- With it the placeholders in received spans are made, so that a value has the same one in every span of its trace.
CREATE TABLE placeholder_key (
    name TEXT PRIMARY KEY,
    secret TEXT NOT NULL);
-- pruned_at: when the spans of a made trace were deleted; NULL while they are there.
ALTER TABLE received_trace ADD COLUMN pruned_at BIGINT;
CREATE INDEX received_trace_made ON received_trace (last_at) WHERE waiting = 0 AND pruned_at IS NULL
"""
