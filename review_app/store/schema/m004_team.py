"""Adjudication, open coding, search."""

from __future__ import annotations

SQL = """
-- One accountable answer to one criterion where reviews differ, or what must be mended before there can be one.
-- Rows are only ever added; the latest on a trace, rubric and criterion counts.
CREATE TABLE adjudication (
    adjudication_id TEXT PRIMARY KEY,
    trace_id TEXT NOT NULL REFERENCES trace (trace_id),
    rubric_version TEXT NOT NULL REFERENCES rubric (rubric_version),
    criterion TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('settled', 'fix_rubric', 'fix_context')),
    label TEXT,
    correction TEXT,
    note TEXT NOT NULL,
    settled_by TEXT NOT NULL,
    at BIGINT NOT NULL);
CREATE INDEX adjudication_trace ON adjudication (trace_id, rubric_version, criterion);
-- One kind of failure, found by reading notes. `folded` is its name as two people may not write it twice.
CREATE TABLE code (
    code_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    folded TEXT NOT NULL UNIQUE,
    made_by TEXT NOT NULL,
    at BIGINT NOT NULL);
-- One code on one reviewer's note.
CREATE TABLE coded (
    review_id TEXT NOT NULL REFERENCES review (review_id),
    code_id TEXT NOT NULL REFERENCES code (code_id),
    coded_by TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (review_id, code_id));
CREATE INDEX coded_code ON coded (code_id);
-- The first step of a trace that went wrong, as the reader of a note sees it, e.g. 'tool call 2'.
CREATE TABLE failing_step (
    review_id TEXT PRIMARY KEY REFERENCES review (review_id),
    step TEXT NOT NULL,
    noted_by TEXT NOT NULL,
    at BIGINT NOT NULL);
-- Which version of a trace the text index holds, and under which number. A number is never used twice, so the text of
-- an older version leads nowhere.
CREATE TABLE searchable (
    trace_id TEXT PRIMARY KEY REFERENCES trace (trace_id),
    version BIGINT NOT NULL,
    number BIGINT NOT NULL UNIQUE);
CREATE INDEX trace_recent ON trace ((coalesce(at, 0)), trace_id);
-- The words of a trace, by its number. Here an index without its text. -- not postgres
CREATE VIRTUAL TABLE trace_text USING fts5 (words, content = '', tokenize = 'unicode61');
-- The same in the other engine's way. -- not sqlite
CREATE TABLE trace_text (number BIGINT PRIMARY KEY, words TSVECTOR NOT NULL);
-- not sqlite
CREATE INDEX trace_text_words ON trace_text USING gin (words)
"""
