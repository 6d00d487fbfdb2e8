"""Counting all traffic without reading it all again."""

from __future__ import annotations

SQL = """
-- Counts that take seconds over a million traces, kept until what they count changes. asked: the question, as text;
-- stamp: what the tables held when it was answered.
CREATE TABLE traffic_count (
    asked TEXT PRIMARY KEY,
    stamp TEXT NOT NULL,
    body TEXT NOT NULL)
"""
