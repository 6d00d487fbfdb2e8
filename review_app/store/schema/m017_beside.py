"""What another tool recorded of an opinion besides the opinion."""

from __future__ import annotations

SQL = """
-- JSON: a verdict's fields that have no column, as they came.
ALTER TABLE verdict ADD COLUMN beside TEXT;
-- JSON: criterion -> the same of an imported review's answer; '' is what it says of the whole trace.
ALTER TABLE review ADD COLUMN beside TEXT
"""
