"""Golden cases: groups, splits, what is alike, and how a case leaves."""

from __future__ import annotations

SQL = """
-- group_id, split: decided when a case is proposed, and never again. signature: golden.similarity, empty for a case
-- proposed before there were any, until the next proposal fills it in.
ALTER TABLE golden ADD COLUMN group_id TEXT NOT NULL DEFAULT '';
ALTER TABLE golden ADD COLUMN split TEXT NOT NULL DEFAULT '';
ALTER TABLE golden ADD COLUMN signature TEXT NOT NULL DEFAULT '';
-- supersedes: the case this one replaces once it is approved. A case that left has retired_at; successor: the case that
-- replaced it, NULL where none did.
ALTER TABLE golden ADD COLUMN supersedes TEXT;
ALTER TABLE golden ADD COLUMN successor TEXT;
ALTER TABLE golden ADD COLUMN retired_by TEXT;
ALTER TABLE golden ADD COLUMN retired_at BIGINT;
ALTER TABLE golden ADD COLUMN retired_why TEXT;
CREATE INDEX golden_trace ON golden (trace_id)
"""
