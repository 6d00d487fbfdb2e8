"""Adjudication, open coding, search."""

from __future__ import annotations

SQL = ""
