"""Lists and searches that take as long with a million traces as with ten thousand."""

from __future__ import annotations


def _name(table: str) -> str:
    """A kind's name out of the columns of `table`, as SQL."""
    columns = (f"{table}.{column}" for column in ("route", "language", "model", "prompt_version"))
    quoted = [f"coalesce('\"' || replace({column}, '\"', '\"\"') || '\"', '')" for column in columns]
    return " || ',' || ".join([*quoted, "'0'"])


SQL = f"""
-- The version that the text index holds; NULL where it holds none. The index names what it has yet to read.
-- kind: its row in trace_kind.
ALTER TABLE trace ADD COLUMN searched BIGINT;
UPDATE trace SET searched = (SELECT s.version FROM searchable s WHERE s.trace_id = trace.trace_id);
CREATE INDEX trace_unsearched ON trace (trace_id) WHERE coalesce(searched, 0) <> version;
-- What a trace was ever stored with of all that lists are filtered by, and how many traces have it now; kept with each
-- trace that is stored. outside: 1 where they are no production traffic. name: the four values, quoted, and `outside`,
-- joined by a comma.
CREATE TABLE trace_kind (
    kind BIGINT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    route TEXT,
    language TEXT,
    model TEXT,
    prompt_version TEXT,
    outside BIGINT NOT NULL,
    traces BIGINT NOT NULL);
INSERT INTO trace_kind SELECT row_number() OVER (ORDER BY {_name("t")}), {_name("t")}, t.route, t.language, t.model,
    t.prompt_version, 0, t.traces FROM (SELECT route, language, model, prompt_version, count(*) AS traces FROM trace
    GROUP BY route, language, model, prompt_version) AS t;
ALTER TABLE trace ADD COLUMN kind BIGINT;
UPDATE trace SET kind = (SELECT k.kind FROM trace_kind k WHERE k.name = {_name("trace")});
CREATE INDEX trace_kind_recent ON trace (kind, (coalesce(at, 0)), trace_id);
CREATE INDEX trace_ingested ON trace (ingested_at);
-- How many rows a table that only grows has.
CREATE TABLE row_count (
    name TEXT PRIMARY KEY,
    n BIGINT NOT NULL);
INSERT INTO row_count SELECT 'verdict', count(*) FROM verdict;
-- The words of the text index. -- not postgres
CREATE VIRTUAL TABLE trace_text_terms USING fts5vocab (trace_text, instance)
"""
