"""Dates and times of day as people write them in English, German and French."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_NAMES = (
    "january jan januar jänner janvier janv|february feb februar feber février fevrier févr|"
    "march mar märz mär mrz mars|april apr avril avr|may mai|june jun juni juin|july jul juli juillet juil|"
    "august aug août aout|september sep sept septembre|october oct oktober okt octobre|november nov novembre|"
    "december dec dezember dez décembre decembre déc"
)
_MONTHS = {name: month for month, names in enumerate(_NAMES.split("|"), start=1) for name in names.split()}
_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\b\.?"
_GAP = "[ \ue000]"
_YEAR = rf"(?:,?{_GAP}(?P<year>\d{{4}})(?!\d))?"
_SHAPES = (
    re.compile(r"(?<![\d.-])(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})(?![\d-])"),
    re.compile(rf"(?<![\d.,])(?P<day>\d{{1,2}})(?:\.|st|nd|rd|th|er)?{_GAP}(?:of |de )?{_MONTH}{_YEAR}"),
    re.compile(rf"\b{_MONTH}{_GAP}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d|[.,]\d){_YEAR}"),
    re.compile(r"(?<![\d.])(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4}|\d{2})?(?![\d.]\d|\d)"),
)
# Day first in Europe, month first in the United States: nobody can tell, so it is both.
_SLASHED = re.compile(r"(?<![\d/])(\d{1,2})([/-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/])")
_TIME = re.compile(rf"(?<![\d:])(\d{{1,2}})(?::|{_GAP}?h{_GAP}?)([0-5]\d)(?![\d:])(?:{_GAP}?([ap])\.?m\b)?")

Day = tuple[int | None, int, int]
"""Year, where it is said, month, day. Of a time of day: None, hour + _HOURS, minute."""
_HOURS = 100


@dataclass(frozen=True, kw_only=True)
class Moment:
    """days: the readings."""

    text: str
    place: int
    days: frozenset[Day]


def moments(text: str) -> tuple[list[Moment], str]:
    """The dates and times in a prepared text, and the text with blanks in their place."""
    found = []
    for shape in _SHAPES:
        found += [
            Moment(text=hit[0], place=hit.start(), days=days) for hit in shape.finditer(text) if (days := _day(hit))
        ]
        text = _blanked(text, found)
    found += [
        Moment(text=hit[0], place=hit.start(), days=days) for hit in _SLASHED.finditer(text) if (days := _either(hit))
    ]
    found += [
        Moment(text=hit[0], place=hit.start(), days=days) for hit in _TIME.finditer(text) if (days := _clock(hit))
    ]
    return sorted(found, key=lambda moment: moment.place), _blanked(text, found)


def same(one: Day, other: Day) -> bool:
    """Whether both can be meant by one who says only a part."""
    years = one[0] == other[0] or one[0] is None or other[0] is None
    return years and one[1:] == other[1:]


def parts(day: Day) -> list[int]:
    """The numbers that say a part of it: "in 2027", "on the 3rd", and the hour of 9:00."""
    year, month, last = day
    if month >= _HOURS:
        return [month - _HOURS] if last == 0 else []
    return [last] if year is None else [year, last]


def _day(hit: re.Match[str]) -> frozenset[Day]:
    named = hit["month"].rstrip(".")
    month = _MONTHS.get(named) or int(named)
    return frozenset(_sound(_full(hit["year"]), month, int(hit["day"])))


def _either(hit: re.Match[str]) -> frozenset[Day]:
    first, second, year = int(hit[1]), int(hit[3]), _full(hit[4])
    return frozenset((*_sound(year, second, first), *_sound(year, first, second)))


def _clock(hit: re.Match[str]) -> frozenset[Day]:
    hour = int(hit[1]) % 12 + (12 if hit[3] == "p" else 0) if hit[3] else int(hit[1])
    return frozenset([(None, _HOURS + hour, int(hit[2]))] if hour < 24 else [])


def _sound(year: int | None, month: int, day: int) -> Iterator[Day]:
    if 1 <= month <= 12 and 1 <= day <= 31:
        yield year, month, day


def _full(year: str | None) -> int | None:
    return None if year is None else int(year) + (2000 if len(year) == 2 else 0)


def _blanked(text: str, found: list[Moment]) -> str:
    signs = list(text)
    for moment in found:
        signs[moment.place : moment.place + len(moment.text)] = " " * len(moment.text)
    return "".join(signs)
