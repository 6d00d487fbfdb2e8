"""Counting what is in the store."""

from __future__ import annotations

from review_app.store.engine import Store


def count(store: Store, table: str) -> int:
    """How many rows a table has."""
    return int(store.rows(f"SELECT count(*) AS n FROM {table}")[0]["n"])
