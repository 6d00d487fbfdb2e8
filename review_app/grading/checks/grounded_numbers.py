"""Whether the numbers and dates of the output are in what it rests on: the cheapest sign of invention."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import ClassVar

from review_app.grading.checks.citations import CITATION
from review_app.grading.checks.context import NOTHING_RETRIEVED, Sources, retrieved, texts
from review_app.grading.checks.dates import Day, moments, parts, same
from review_app.grading.checks.finding import GROUNDING, NO_OUTPUT, SHOWN, Finding, judged, not_applicable
from review_app.grading.checks.numerals import Numeral, numerals, prepared, readable, spelled
from review_app.traces.trace import Trace

_LIST_NUMBER = re.compile(r"^\s*\d{1,3}[.)]\s+(?!\w+ (?:\d{4}|[.,]))", re.MULTILINE)
_AROUND = 24


@dataclass(frozen=True, kw_only=True)
class GroundedNumbers:
    """Every number, date and time of day in the output is in `sources` too, however it is written: 1.234,50 is
    1,234.50, and 3. Februar 2027 is 2027-02-03. A percentage has to be one there as well. Numbers of lists and
    citations are not looked at."""

    LAYER: ClassVar[str] = GROUNDING
    VERSION: ClassVar[int] = 1
    sources: Sources = ("documents", "tools", "user", "system")

    def run(self, trace: Trace) -> Finding:
        """Fails with each number and the words around it."""
        if trace.output is None:
            return NO_OUTPUT
        if not retrieved(trace):
            return NOTHING_RETRIEVED
        said = prepared(_LIST_NUMBER.sub("", CITATION.sub(" ", trace.output)))
        days, rest = moments(said)
        numbers = numerals(rest)
        if not days and not numbers:
            return not_applicable("the output has no numbers")
        known = [_known(text) for text in texts(trace, self.sources)]
        unknown = [(day.place, day.text) for day in days if not any(facts.has_day(day.days) for facts in known)]
        meant = {(one.ways, one.percent): one for one in numbers}
        missing = {what for what, one in meant.items() if not any(facts.has(one) for facts in known)}
        unknown += [(one.place, one.text) for one in numbers if (one.ways, one.percent) in missing]
        first = sorted(unknown)[:SHOWN]
        return judged([_place(said, place, text) for place, text in first], total=len(unknown))


@dataclass(frozen=True, kw_only=True)
class _Known:
    """numbers: (value, whether it is a percentage)."""

    numbers: frozenset[tuple[Decimal, bool]]
    days: frozenset[Day]

    def has_day(self, days: frozenset[Day]) -> bool:
        return any(same(day, other) for day in days for other in self.days)

    def has(self, number: Numeral) -> bool:
        # Without a way to read it, it is a row of digits that nobody means as a number.
        return not number.ways or any(all(self._has(value, number.percent) for value in way) for way in number.ways)

    def _has(self, value: Decimal, percent: bool) -> bool:
        return (value, percent) in self.numbers or (percent and (value / 100, False) in self.numbers)


@lru_cache(maxsize=2_000)  # the same articles are retrieved again and again
def _known(text: str) -> _Known:
    days, rest = moments(prepared(text))
    numbers = {(Decimal(part), False) for day in days for one in day.days for part in parts(one)}
    numbers |= {(value, False) for value in spelled(rest)}
    for number in numerals(rest):
        for value in (value for way in number.ways for value in way):
            numbers |= {(value, False), (value, number.percent)}
    return _Known(numbers=frozenset(numbers), days=frozenset(one for day in days for one in day.days))


def _place(text: str, place: int, said: str) -> str:
    around = readable(text[max(0, place - _AROUND) : place + len(said) + _AROUND])
    return f"{readable(said)} (in {around!r})"
