"""Slots that stand beside a queue: asked again under another rubric, or asked though the answer is known."""

from __future__ import annotations

SQL = """
-- More about a slot. home: the queue it belongs to; `queue` is where it stands, and the two differ where one person
-- alone is to answer it, who has the trace's place in that queue. known: the settled case whose answer it is held
-- against.
ALTER TABLE slot ADD COLUMN home TEXT;
ALTER TABLE slot ADD COLUMN known TEXT;
UPDATE slot SET home = CASE WHEN origin = 'repeat' THEN substr(queue, 1, length(queue) - 8) ELSE queue END;
DROP INDEX slot_person;
CREATE INDEX slot_person ON slot (reviewer, home, state);
CREATE INDEX slot_kept ON slot (assigned_to, home, state) WHERE assigned_to IS NOT NULL;
CREATE INDEX slot_trace ON slot (trace_id)
"""
