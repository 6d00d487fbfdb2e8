"""Where a field's value comes from in a foreign record: a column, a place inside one, or the same value always."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, ConfigDict
from pydantic_core import from_json, to_json

from review_app.traces.trace import Json


@dataclass(frozen=True, kw_only=True)
class Place:
    """`column`: a column's name, or a dotted path into nested JSON (`meta.user.id`, `messages.0.content`); JSON that
    stands in a cell as text is looked into. `constant`: the same value for every record."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    column: str | None = None
    constant: Json = None

    def __post_init__(self) -> None:
        if (self.column is None) == (self.constant is None):
            raise ValueError("needs either `column` or `constant`")

    def of(self, record: Mapping[str, Json]) -> Json:
        """The value in this record; None where there is none."""
        return self.constant if self.column is None else lookup(record, self.column)


def _place(written: Any) -> Any:
    return {"column": written} if isinstance(written, str) else written


Source = Annotated[Place, BeforeValidator(_place)]
"""In yaml: a column's name, {column: name} or {constant: value}."""


def lookup(value: Json, path: str) -> Json:
    """What stands at `path`: a key that is spelled so, else step by step. None where a step leads nowhere."""
    if isinstance(value, Mapping) and path in value:
        return value[path]
    head, dot, rest = path.partition(".")
    inside = _step(parsed(value), head)
    return lookup(inside, rest) if dot and inside is not None else None if dot else inside


def parsed(value: Json) -> Json:
    """JSON that was written as text, as what it says; everything else as it is."""
    if not isinstance(value, str) or not value.lstrip().startswith(("{", "[")):
        return value
    try:
        return from_json(value)
    except ValueError:
        return value


def without(record: Mapping[str, Json], paths: Iterable[str]) -> dict[str, Json]:
    """The record without what stands at `paths`. What is inside a list or inside JSON written as text stays, whole."""
    left = dict(record)
    for path in paths:
        _drop(left, path)
    return left


def text_of(value: Json) -> str | None:
    """A value as the text of a name, label or id: 3, 3.0 and "3" are all "3"; nothing and blank text are None."""
    if isinstance(value, str):
        return value.strip() or None
    if value is None or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dict | list):
        return to_json(value).decode()
    return str(value).strip() or None


def time_of(value: Json, zone: str | None) -> datetime | None:
    """An instant in UTC from ISO text or from seconds, milli-, micro- or nanoseconds since 1970 (told by their size).

    zone: what a time without a zone is in, e.g. Europe/Berlin. Raises ValueError."""
    text = text_of(value)
    if text is None:
        return None
    try:
        return _since_1970(float(text))
    except ValueError:
        pass
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        if zone is None:
            raise ValueError(f"{text} has no time zone; add `timezone: Europe/Berlin` (or yours) to the mapping")
        at = at.replace(tzinfo=ZoneInfo(zone))
    return at.astimezone(UTC)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _since_1970(number: float) -> datetime:
    # Seconds stay below 1e11 until the year 5138; each finer unit is a thousand times as large.
    for factor, below in ((1.0, 1e11), (1e-3, 1e14), (1e-6, 1e17), (1e-9, 1e20)):
        if abs(number) < below:
            return _EPOCH + timedelta(microseconds=round(number * factor * 1e6))
    raise ValueError(f"{number} is no time")


def _step(value: Json, key: str) -> Json:
    if isinstance(value, Mapping):
        return value.get(key)
    if isinstance(value, list) and key.lstrip("-").isdigit() and -len(value) <= int(key) < len(value):
        return value[int(key)]
    return None


def _drop(record: dict[str, Json], path: str) -> None:
    if path in record:
        del record[path]
        return
    head, _, rest = path.partition(".")
    inside = record.get(head)
    if rest and isinstance(inside, dict):
        record[head] = inside = dict(inside)
        _drop(inside, rest)
        if not inside:
            del record[head]
