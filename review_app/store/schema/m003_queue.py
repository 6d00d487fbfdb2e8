"""Rules of the queue: who may take what, and when."""

from __future__ import annotations

SQL = ""
