"""How far pulls have come."""

from __future__ import annotations

from datetime import datetime

from review_app.store.clock import instant, microseconds
from review_app.store.engine import Store


def through(store: Store, source: str) -> datetime | None:
    """Everything that began before this was pulled from `source`; None where nothing was."""
    rows = store.rows("SELECT through FROM pull_watermark WHERE source = :source", source=source)
    return instant(rows[0]["through"]) if rows else None


def advance(store: Store, source: str, to: datetime, now: datetime) -> None:
    """Note that everything that began before `to` was pulled; it never goes back."""
    with store.write() as write:
        write.run(
            "INSERT INTO pull_watermark (source, through, saved_at) VALUES (:source, :through, :now) "
            "ON CONFLICT (source) DO UPDATE SET through = excluded.through, saved_at = excluded.saved_at "
            "WHERE pull_watermark.through < excluded.through",
            source=source,
            through=microseconds(to),
            now=microseconds(now),
        )
