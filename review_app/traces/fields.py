"""The fields of a mapped record as text, numbers and times; what does not fit is a BadField."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from review_app.traces.columns import Place, text_of, time_of
from review_app.traces.trace import Json

Record = Mapping[str, Json]


class BadField(ValueError):
    """A value that its field `place` cannot take."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(reason)
        self.place = place


def text_in(record: Record, source: Place | None) -> str | None:
    """The value as text; None where it is missing or not mapped."""
    return text_of(source.of(record)) if source else None


def needed_in(record: Record, source: Place, place: str) -> str:
    """The value as text. Raises BadField where it is missing."""
    text = text_in(record, source)
    if text is None:
        raise BadField(place, f"is empty (column {source.column!r})")
    return text


def number_in(
    record: Record, source: Place | None, place: str, low: float | None = 0, high: float | None = None
) -> float | None:
    """The value as a finite number from `low` to `high`; None where it is missing. Raises BadField."""
    text = text_in(record, source)
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        raise BadField(place, f"{text[:80]!r} is not a number") from None
    # 1.0000000000000002 is rounding; the bounds are there to catch percentages and other scales.
    if number - number != 0 or (low is not None and number < low) or (high is not None and number > high + 1e-9):
        raise BadField(place, f"{text[:80]} is not between {low} and {'infinity' if high is None else high}")
    return number if high is None else min(number, high)


def time_in(record: Record, source: Place | None, place: str, zone: str | None) -> datetime | None:
    """The value as an instant in UTC; `zone` is what a time without a zone is in. Raises BadField."""
    try:
        return time_of(source.of(record), zone) if source else None
    except (ValueError, OverflowError) as fault:
        raise BadField(place, str(fault)) from fault
