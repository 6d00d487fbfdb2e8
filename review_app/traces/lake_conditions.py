"""What may be chosen in a lake, said as plain data: every engine's query is made of these few words.

They stand in the stored draw as well, so that a later one can be held against them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from review_app.traces.columns import Place


@dataclass(frozen=True, kw_only=True)
class In:
    """The column's text, without blanks around it, is one of these values. A missing value is none of them."""

    column: Place
    values: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Below:
    """The column's number is below this."""

    column: Place
    bound: float


@dataclass(frozen=True, kw_only=True)
class IsTrue:
    """The column, of booleans or of the numbers 0 and 1, is true."""

    column: Place


@dataclass(frozen=True, kw_only=True)
class AllOf:
    """Every part holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, kw_only=True)
class AnyOf:
    """At least one part holds; without parts, nothing does."""

    parts: tuple[Condition, ...]


Condition = In | Below | IsTrue | AllOf | AnyOf


@dataclass(frozen=True, kw_only=True)
class Within:
    """The filters of a frame: `since` is included, `until` is not, empty lets everything in. Both are UTC."""

    since: datetime | None = None
    until: datetime | None = None
    route: tuple[str, ...] = ()
    language: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Hash:
    """When a strategy's hash hits: md5 of `prefix` and the id, as hex text, sorts before `first`."""

    prefix: str
    first: str


def written(condition: Condition) -> dict[str, Any]:
    """A condition as JSON: {"In": {"column": …, "values": […]}}."""
    if isinstance(condition, AllOf | AnyOf):
        return {type(condition).__name__: [written(part) for part in condition.parts]}
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(condition).items()}
    return {type(condition).__name__: values | {"column": _place(condition.column)}}


def _place(place: Place) -> Mapping[str, Any] | str:
    return place.column if place.column is not None else {"constant": place.constant}
