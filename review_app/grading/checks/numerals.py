"""Numbers as people write them in English, German and French: 1,234.56, 1.234,56, 1 234,56, 1'234.56, −5, 20 %.

What cannot be told apart has several readings: `1.234` is one and a bit or more than a thousand, `500 750` is two
numbers or one. Digits inside a name count as a number of their own.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from review_app.grading.checks.folding import plain

_NO_BREAK = "\ue000"  # stands for a space that holds a number together
_HELD = str.maketrans(dict.fromkeys("\u00a0\u2007\u2009\u202f", _NO_BREAK))
_NUMERAL = re.compile(
    rf"(?P<sign>(?:(?:^|(?<=[\s(=:{_NO_BREAK}]))-(?=[€$£]?[ {_NO_BREAK}]?\d)|\b(?:minus|moins)[ {_NO_BREAK}])"
    rf"[€$£]?[ {_NO_BREAK}]?)?"
    rf"(?P<body>\d+(?:(?:[.,'{_NO_BREAK}]| (?=\d{{3}}(?!\d)))\d+)*)"
    rf"(?P<percent>[ {_NO_BREAK}]?(?:%|percent\b|per cent\b|prozent\b|pour ?cent\b))?"
)
_FRACTION = re.compile("(\\d?)([¼½¾])")
_GROUPED = re.compile(rf"(\d{{1,3}}(?:([.,' {_NO_BREAK}])\d{{3}})(?:\2\d{{3}})*)(?:[.,](\d+))?")
_SPELLED = (
    "zero null zéro|one ein eine einen einem einer un une|two zwei deux|three drei trois|four vier quatre|"
    "five fünf cinq|six sechs|seven sieben sept|eight acht huit|nine neun neuf|ten zehn dix|eleven elf onze|"
    "twelve zwölf douze"
)
_WORDS = {word: Decimal(value) for value, words in enumerate(_SPELLED.split("|")) for word in words.split()}
_LONGEST = 40
"""Digits; beyond that it is no number that anybody means."""

Way = tuple[Decimal, ...]


class Numeral(NamedTuple):
    """ways: the readings; each is one number, or several that stand side by side. place: in the prepared text."""

    text: str
    place: int
    ways: tuple[Way, ...]
    percent: bool = False


def prepared(text: str) -> str:
    """`plain`, where the spaces that hold a number together are still told from others."""
    return plain(_FRACTION.sub(_in_decimals, text).translate(_HELD))


def readable(text: str) -> str:
    """A piece of prepared text, for people."""
    return text.replace(_NO_BREAK, " ").strip()


def numerals(text: str) -> list[Numeral]:
    """The numbers in a prepared text, from left to right."""
    found = []
    for hit in _NUMERAL.finditer(text):
        ways = _ways(hit["body"])
        if hit["sign"]:
            ways = tuple(tuple(-value for value in way) for way in ways)
        found.append(Numeral(text=readable(hit[0]), place=hit.start(), ways=ways, percent=hit["percent"] is not None))
    return found


def spelled(text: str) -> set[Decimal]:
    """The numbers up to twelve that a prepared text has in words."""
    return {_WORDS[word] for word in re.findall(r"[^\W\d_]+", text) if word in _WORDS}


@lru_cache(maxsize=2_000)  # a text has the same few numbers again and again
def _ways(body: str) -> tuple[Way, ...]:
    if len(body) > _LONGEST:
        return ()
    found: list[Way] = []
    if grouped := _GROUPED.fullmatch(body):
        whole, sign, rest = grouped.groups()
        # 1,234,5 is no number, 1,234.5 is.
        if rest is None or body[len(whole)] != sign:
            found.append((Decimal(re.sub(r"\D", "", whole) + (f".{rest}" if rest else "")),))
    pieces = re.split(f"[ '{_NO_BREAK}]", body)
    if len(pieces) > 1:
        found += [tuple(value for way in ways for value in way) for ways in product(*map(_ways, pieces))]
    elif not re.search(r"[.,].*[.,]", body):
        found.append((Decimal(body.replace(",", ".")),))
    elif not found:
        found.append(tuple(Decimal(piece) for piece in re.split("[.,]", body)))
    return tuple(dict.fromkeys(found))


def _in_decimals(hit: re.Match[str]) -> str:
    return (hit[1] or "0") + {"¼": ".25", "½": ".5", "¾": ".75"}[hit[2]]
