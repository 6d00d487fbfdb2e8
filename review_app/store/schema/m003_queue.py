"""Rules of the queue: who may take what, and when."""

from __future__ import annotations

SQL = """
-- More about a slot. outcome: how it was closed, 'elsewhere' by an imported review. assigned_to: it is offered to this
-- person alone. skill: it is offered to those who have it. deferred_at: not 0 while its reviewer has put it off.
-- taken_at: when it came to the desk it is on. origin: why it exists, and made_by, at whose wish. repeat_of: the review
-- this slot asks for a second time; it stands in a queue of its own, for the first review has the place in the other.
ALTER TABLE slot ADD COLUMN outcome TEXT;
ALTER TABLE slot ADD COLUMN assigned_to TEXT;
ALTER TABLE slot ADD COLUMN skill TEXT;
ALTER TABLE slot ADD COLUMN deferred_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE slot ADD COLUMN taken_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE slot ADD COLUMN origin TEXT NOT NULL DEFAULT 'draw' CHECK (origin IN ('draw', 'hand_picked', 'repeat'));
ALTER TABLE slot ADD COLUMN made_by TEXT;
ALTER TABLE slot ADD COLUMN repeat_of TEXT REFERENCES review (review_id);
CREATE INDEX slot_waiting ON slot (queue, trace_id, state, deferred_at, assigned_to, skill, lease_until)
    WHERE state <> 'done';
CREATE INDEX review_person ON review (reviewer, trace_id);
UPDATE slot SET outcome = (SELECT r.outcome FROM review r WHERE r.slot_id = slot.slot_id) WHERE state = 'done';
UPDATE slot SET outcome = 'elsewhere' WHERE state = 'done' AND outcome IS NULL
"""
