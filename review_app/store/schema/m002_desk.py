"""What the review desk keeps beside an answer."""

from __future__ import annotations

SQL = ""
