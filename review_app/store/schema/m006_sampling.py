"""More ways to draw, and what each draw could not reach."""

from __future__ import annotations

SQL = """
-- More about a draw. kind: with fixed rates, or a wave that reacts to labels. eligibility: strategy -> what decides
-- whom it may choose, as the first draw that used it settled it. strata: stratum -> traces of the frame. frame_id: hash
-- of the filters and of every trace in it. unreachable: traces no strategy could choose. slice: of a wave, the values
-- its traces have; combination: its weight against what was there before, fixed before it was drawn.
ALTER TABLE draw ADD COLUMN kind TEXT NOT NULL DEFAULT 'fixed' CHECK (kind IN ('fixed', 'reacting'));
ALTER TABLE draw ADD COLUMN eligibility TEXT NOT NULL DEFAULT '{}';
ALTER TABLE draw ADD COLUMN strata TEXT NOT NULL DEFAULT '{}';
ALTER TABLE draw ADD COLUMN frame_id TEXT NOT NULL DEFAULT '';
ALTER TABLE draw ADD COLUMN unreachable BIGINT NOT NULL DEFAULT 0;
ALTER TABLE draw ADD COLUMN slice TEXT NOT NULL DEFAULT '{}';
ALTER TABLE draw ADD COLUMN combination DOUBLE PRECISION;
-- Who is flagged, and how often each judge said what, without reading a rationale.
CREATE INDEX verdict_said ON verdict (criterion, status, label, judge, judge_version, confidence, trace_id);
CREATE INDEX result_failed ON result (check_name, check_version, trace_id, trace_version) WHERE status = 'fail'
"""
