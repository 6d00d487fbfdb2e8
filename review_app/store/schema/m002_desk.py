"""What the review desk keeps beside an answer."""

from __future__ import annotations

SQL = """
-- What belongs to one answer beside its label: a word on it, and for a pair the order in which its sides were shown.
CREATE TABLE answer_detail (
    review_id TEXT NOT NULL REFERENCES review (review_id),
    criterion TEXT NOT NULL,
    note TEXT NOT NULL,
    shown TEXT NOT NULL,
    PRIMARY KEY (review_id, criterion));
-- A passage somebody marked: code points start_at to stop_at of the text at `place`, which is `output` or
-- `document:` and the document's id, in the version of the trace that was reviewed.
CREATE TABLE span (
    review_id TEXT NOT NULL REFERENCES review (review_id),
    number BIGINT NOT NULL,
    criterion TEXT NOT NULL,
    place TEXT NOT NULL,
    start_at BIGINT NOT NULL,
    stop_at BIGINT NOT NULL,
    quote TEXT NOT NULL,
    label TEXT NOT NULL,
    PRIMARY KEY (review_id, number));
-- What every acceptable answer must say or do, or must not; given with a wish to keep the case.
CREATE TABLE assertion (
    review_id TEXT NOT NULL REFERENCES review (review_id),
    number BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('must', 'must_not')),
    body TEXT NOT NULL,
    PRIMARY KEY (review_id, number));
-- The other turns of a conversation stand beside the one to judge.
CREATE INDEX trace_session ON trace (session_id, at, trace_id) WHERE session_id IS NOT NULL
"""
