"""What a draw wants to know of a trace's text: the tools it called, and what it is about."""

from __future__ import annotations

SQL = """
-- The names of the tools a trace called: sorted, each once, joined by a comma. NULL: stored before this column was, and
-- not looked at yet.
ALTER TABLE trace ADD COLUMN tools TEXT;
CREATE INDEX trace_tools_unknown ON trace (trace_id) WHERE tools IS NULL;
-- The text cluster of a trace by one model, settled when it is first asked for. model: a hash of the model, which
-- stands with the draws that use it.
CREATE TABLE trace_cluster (
    model TEXT NOT NULL,
    trace_id TEXT NOT NULL REFERENCES trace (trace_id),
    cluster TEXT NOT NULL,
    PRIMARY KEY (model, trace_id))
"""
