"""The small notation of the source texts.

{a|b|c}                  one of them, freely nested; an empty alternative leaves it out
<name>                   a value of the case at hand; <name.iso> is a date as 2026-10-14, <name.ymd> as 20261014
[[kind: right || wrong]] what the document says, and what a failing answer of that kind says instead
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

_MARK = re.compile(r"\[\[(\w+):(.*?)\|\|(.*?)\]\]", re.DOTALL)
_CHOICE = re.compile(r"\{([^{}]*)\}")
_SLOT = re.compile(r"<([a-z_0-9]+)(?:\.([a-z]+))?>")
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
}


@dataclass(frozen=True, kw_only=True)
class Said:
    """An expanded text; `right` and `wrong` are what its fact reads in the source and in the text."""

    text: str
    right: str = ""
    wrong: str = ""


@dataclass(frozen=True, kw_only=True)
class Voice:
    """language: en, de, fr. loose: dates as people type them, not as an office writes them."""

    language: str
    loose: bool = False


def kinds(text: str) -> list[str]:
    """The kinds of failure a text has a wrong version for, in order."""
    return list(dict.fromkeys(found.group(1) for found in _MARK.finditer(text)))


def say(text: str, slots: Mapping[str, Any], voice: Voice, seed: str, fail: str | None = None) -> Said:
    """The text with every choice made. With the same seed the failing and the right version differ in the fact only."""
    told: list[tuple[str, str]] = []

    def fact(found: re.Match[str]) -> str:
        kind, right, wrong = found.groups()
        sides = [
            plain(side, slots, voice, Random(f"{seed}:{found.start()}:{n}")) for n, side in enumerate((right, wrong))
        ]
        if kind != fail:
            return sides[0]
        told.append((sides[0], sides[1]))
        return sides[1]

    rng = Random(seed)
    whole = tidy(plain(_MARK.sub(fact, text), slots, voice, rng))
    right, wrong = told[0] if told else ("", "")
    return Said(text=whole, right=right.strip(" .,"), wrong=wrong.strip(" .,"))


def plain(text: str, slots: Mapping[str, Any], voice: Voice, rng: Random) -> str:
    """Choices and slots filled in; facts are left alone."""
    while found := _CHOICE.search(text):
        text = text[: found.start()] + rng.choice(found.group(1).split("|")) + text[found.end() :]
    return _SLOT.sub(lambda slot: _value(slot, slots, voice, rng), text).strip()


def fill(value: Any, slots: Mapping[str, Any], voice: Voice, rng: Random) -> Any:
    """A JSON value with its texts filled in. A text that is one slot keeps the slot's type."""
    if isinstance(value, Mapping):
        return {key: fill(inner, slots, voice, rng) for key, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner, slots, voice, rng) for inner in value]
    if not isinstance(value, str):
        return value
    whole = _SLOT.fullmatch(value)
    if whole and not whole.group(2) and isinstance(slots[whole.group(1)], (int, float)):
        return slots[whole.group(1)]
    return plain(value, slots, voice, rng)


def tidy(text: str) -> str:
    """No double blanks, no blank before a full stop: what leaving a part out may leave behind."""
    text = re.sub(r"[ \t]+", " ", text)
    text = re.sub(r" +([,.])(?=\s|$)", r"\1", text)
    text = re.sub(r" ?\n ?", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def sentences(text: str) -> str:
    """Capitals where a sentence begins: a choice left empty may have taken the first word with it."""
    text = re.sub(r"(?<=[^\W\d_]{3}[.!?] )[a-zà-ÿ]", lambda found: found.group().upper(), text)
    return text[:1].upper() + text[1:]


def _value(slot: re.Match[str], slots: Mapping[str, Any], voice: Voice, rng: Random) -> str:
    value = slots[slot.group(1)]
    if not isinstance(value, date):
        return str(value)
    if slot.group(2):
        return value.isoformat() if slot.group(2) == "iso" else f"{value:%Y%m%d}"
    return _loose_day(value, voice.language, rng) if voice.loose else _day(value, voice.language)


def _day(day: date, language: str) -> str:
    month = _MONTHS[language].split()[day.month - 1]
    year = "" if day.year == 2026 else f" {day.year}"
    if language == "fr" and day.day == 1:
        return f"1er {month}{year}"
    return f"{day.day}{'.' if language == 'de' else ''} {month}{year}"


def _loose_day(day: date, language: str, rng: Random) -> str:
    month = _MONTHS[language].split()[day.month - 1]
    year = "" if day.year == 2026 else f" {day.year}"
    n, digits = day.day, f"{day.day:02}{{0}}{day.month:02}{{0}}"
    forms = {
        "en": [f"{n} {month}{year}", f"{month[:3]} {n}{year}", f"the {n}{_th(n)} of {month}{year}"],
        "de": [f"{n}. {month}{year}", f"{n}.{day.month}.{day.year}", digits.format(".") + year[3:]],
        "fr": [f"{n} {month}{year}", digits.format("/")[:-1] + year.replace(" ", "/")],
    }
    return rng.choice(forms[language])


def _th(day: int) -> str:
    return "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
