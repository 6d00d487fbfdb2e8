"""Whether what was said is what was expected, in four degrees of strictness."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Literal

from annotated_types import Ge

from review_app.grading.checks.dates import moments
from review_app.grading.checks.folding import plain
from review_app.grading.checks.numerals import numerals, prepared
from review_app.traces.trace import Json

How = Literal["exact", "normalised", "contains", "numeric", "set"]
_EDGES = " .,;:!?\"'()[]*_"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """how: `exact`, the same value (numbers by value: 1 is 1.0; of texts, white space at the ends aside);
    `normalised`, the same text but for case, typography, spaces and punctuation at its ends; `contains`, the expected
    text is in it, so compared; `numeric`, the one number in it is at most `tolerance` away, or that share of the
    expected number: `relative`; `set`, the same members in any order, of a list or of a text parted by commas,
    semicolons or lines."""

    how: How = "normalised"
    tolerance: Annotated[float, Ge(0)] = 0.0
    relative: Annotated[float, Ge(0)] = 0.0

    def difference(self, said: Json, wanted: Json) -> str:
        """What differs, as in "expected 12.5, got 12"; empty where nothing does."""
        if self.how == "set":
            return _set_difference(members(said), members(wanted))
        if self.how == "numeric":
            return self._far(said, wanted)
        if self.how == "exact" and same(said, wanted):
            return ""
        one, other = normal(said), normal(wanted)
        if (self.how == "normalised" and one == other) or (self.how == "contains" and other in one):
            return ""
        return f"expected {_short(wanted)}, got {_short(said)}"

    def _far(self, said: Json, wanted: Json) -> str:
        goals, found = values(wanted), values(said)
        if len(goals) != 1:
            return f"expected a number, and {_short(wanted)} is not one"
        if len(found) != 1:
            return f"expected {_short(wanted)}, got {_short(said)} with {len(found)} numbers"
        reach = Decimal(str(self.tolerance))
        share = Decimal(str(self.relative))
        near = any(abs(value - goal) <= max(reach, share * abs(goal)) for goal in goals[0] for value in found[0])
        return "" if near else f"expected {_short(wanted)}, got {_short(said)}"


def same(one: Json, other: Json) -> bool:
    """Equal JSON values: true is not 1, 1 is 1.0, and texts may have white space at their ends."""
    if isinstance(one, str) and isinstance(other, str):
        return one.strip() == other.strip()
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def normal(value: Json) -> str:
    """A text without what does not matter; of another value, its JSON-like text."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return plain(value if isinstance(value, str) else repr(value)).strip(_EDGES)


def members(value: Json) -> dict[str, Json]:
    """Its members in normal form -> as they are."""
    listed = value if isinstance(value, list) else re.split(r"[,;\n]", value) if isinstance(value, str) else [value]
    return {name: item for item in listed if (name := normal(item))}


def values(value: Json) -> list[tuple[Decimal, ...]]:
    """The numbers in it, each with the values it can have; dates and times are none."""
    if isinstance(value, bool) or value is None:
        return []
    if isinstance(value, int | float):
        return [(Decimal(str(value)),)]
    if not isinstance(value, str):
        return []
    found: list[tuple[Decimal, ...]] = []
    for numeral in numerals(moments(prepared(value))[1]):
        single = tuple(way[0] for way in numeral.ways if len(way) == 1)
        found += [single] if single else [(part,) for way in numeral.ways[:1] for part in way]
    return found


def _set_difference(said: dict[str, Json], wanted: dict[str, Json]) -> str:
    lacking = [str(wanted[name]).strip() for name in wanted if name not in said]
    extra = [str(said[name]).strip() for name in said if name not in wanted]
    parts = ("missing: " + ", ".join(lacking) if lacking else "", "not expected: " + ", ".join(extra) if extra else "")
    return "; ".join(filter(None, parts))


def _short(value: Json, most: int = 80) -> str:
    text = repr(value)
    return text if len(text) <= most else text[:most] + "…"
