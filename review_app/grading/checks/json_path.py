"""Places in a JSON value, as people write them: `order.items.0.price`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from review_app.traces.trace import Json

MISSING: Final = object()
"""What is found where nothing is; null is a value."""


def steps(path: str) -> tuple[str, ...]:
    """("order", "items", "0", "price"); the empty path has no step and is the value itself."""
    return tuple(path.split(".")) if path else ()


def reached(value: Json, path: Sequence[str]) -> Json:
    """What stands at the end of the steps; MISSING where nothing does."""
    for step in path:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and step.isascii() and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return MISSING
    return value


def leaves(value: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Json]]:
    """Each field that is no object, with its steps: (("customer", "name"), "Ann"). A list is one field."""
    if not isinstance(value, dict) or not value:
        yield path, value
        return
    for key, inner in value.items():
        yield from leaves(inner, (*path, key))
