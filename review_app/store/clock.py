"""Times between the store (whole microseconds, UTC) and the rest (aware datetimes)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(at: datetime | None) -> int | None:
    """Microseconds since 1970 in UTC, exactly; None stays None."""
    return None if at is None else (at - _EPOCH) // timedelta(microseconds=1)


def instant(stored: int | None) -> datetime | None:
    """The inverse of `microseconds`."""
    return None if stored is None else _EPOCH + timedelta(microseconds=stored)
