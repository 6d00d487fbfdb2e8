"""The traffic at the time of a golden release, to hold later traffic against."""

from __future__ import annotations

SQL = """
-- kind: of trace_kind; a kind that had no trace then has no row. Releases made before this table was have none.
CREATE TABLE release_traffic (
  number BIGINT NOT NULL REFERENCES golden_release, kind BIGINT NOT NULL, traces BIGINT NOT NULL,
  PRIMARY KEY (number, kind)
)
"""
