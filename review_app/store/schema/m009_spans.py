"""Spans as programs send them, and the tokens those programs prove themselves with."""

from __future__ import annotations

SQL = """
-- A span or a log record as it was received. span_key: the span's id, or `log:` and a hash of a log record, which has
-- no id. trace_id is empty where a log record names only the model's response that it is about. body: JSON.
CREATE TABLE received_span (
    trace_id TEXT NOT NULL,
    span_key TEXT NOT NULL,
    response_id TEXT,
    body TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    PRIMARY KEY (trace_id, span_key));
CREATE INDEX received_span_response ON received_span (response_id) WHERE response_id IS NOT NULL;
-- A trace that spans came for. arrivals: how many records came, repeated ones too. waiting: 1 while something came that
-- is not in the trace yet.
CREATE TABLE received_trace (
    trace_id TEXT PRIMARY KEY,
    last_at BIGINT NOT NULL,
    arrivals BIGINT NOT NULL,
    waiting BIGINT NOT NULL);
CREATE INDEX received_trace_waiting ON received_trace (last_at) WHERE waiting = 1;
-- What a program proves itself with. digest: SHA-256 of the secret, which is shown once and stored nowhere.
CREATE TABLE access_token (
    token_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    scope TEXT NOT NULL,
    digest TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    revoked_at BIGINT);
CREATE UNIQUE INDEX access_token_name ON access_token (name) WHERE revoked_at IS NULL
"""
