"""Lists and searches that take as long with a million traces as with ten thousand."""

from __future__ import annotations

SQL = """
-- The version that the text index holds; NULL where it holds none. The index names what it has yet to read.
ALTER TABLE trace ADD COLUMN searched BIGINT;
UPDATE trace SET searched = (SELECT s.version FROM searchable s WHERE s.trace_id = trace.trace_id);
CREATE INDEX trace_unsearched ON trace (trace_id) WHERE coalesce(searched, 0) <> version;
-- Each route, language, model and prompt version that a trace was ever stored with.
CREATE TABLE trace_value (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (name, value));
INSERT INTO trace_value SELECT DISTINCT 'route', route FROM trace WHERE route IS NOT NULL;
INSERT INTO trace_value SELECT DISTINCT 'language', language FROM trace WHERE language IS NOT NULL;
INSERT INTO trace_value SELECT DISTINCT 'model', model FROM trace WHERE model IS NOT NULL;
INSERT INTO trace_value SELECT DISTINCT 'prompt_version', prompt_version FROM trace WHERE prompt_version IS NOT NULL
"""
