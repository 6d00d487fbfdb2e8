"""Traces that are no production traffic, apart from those that are."""

from __future__ import annotations

SQL = """
-- 1: stored for people to look at, as a candidate's answer is; no figure of production counts it.
ALTER TABLE trace ADD COLUMN outside BIGINT NOT NULL DEFAULT 0;
CREATE INDEX trace_outside ON trace (trace_id) WHERE outside <> 0
"""
