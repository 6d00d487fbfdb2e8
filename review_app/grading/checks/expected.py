"""Where the right answer to a trace stands.

One shape serves both: what a person corrected on an ingested trace, and what a golden case expects of a candidate, are
the trace's `correction`; what a mapping brought along is in its metadata.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from review_app.grading.checks.names import Names
from review_app.traces.trace import Json, Trace

GOLDEN_CALLS = "golden_tool_calls"
"""Key of the metadata under which a candidate's trace has the calls of the golden case."""

CORRECTION = ("correction", "metadata.expected")
CALLS = ("metadata.expected_tool_calls", f"metadata.{GOLDEN_CALLS}")


class NothingExpected(Exception):
    """Nobody said what is right here; `args[0]` names where it was looked for."""


def _places(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name != "correction" and not name.startswith("metadata."):
            raise ValueError(f"has {name!r}; a place is `correction` or `metadata.` and a name")
    return names


Places = Annotated[Names, AfterValidator(_places)]
"""`correction`, `metadata.name` or `metadata.outer.inner`; the first that is there counts."""


def expected(trace: Trace, places: tuple[str, ...]) -> Json:
    """The right answer: text, or any JSON value. Raises NothingExpected."""
    for place in places:
        value = trace.correction if place == "correction" else _at(trace.metadata, place.split(".")[1:])
        if value is not None:
            return value
    raise NothingExpected(f"nothing is expected here: no {', no '.join(places)}")


def _at(value: Json, path: list[str]) -> Json:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value
