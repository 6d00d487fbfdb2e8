"""Who writes, about what: the invented customer, their bike, their order, the days that matter."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from . import phrases

PRICES = {"Plover": "3,990", "Heron": "5,490", "Pelican": "6,290"}
_SERIALS = {"Plover": "PLV", "Heron": "HRN", "Pelican": "PEL"}
_SPAN = re.compile(r"(-?\d+)\.\.(-?\d+)")
_PLAIN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "è": "e", "ë": "e", "ï": "i", "ç": "c",
                        "ô": "o", "â": "a", "ø": "o", " ": "", "'": "", "-": ""})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Who writes, in which language, on which day. writer: what `person` gives."""

    language: str
    today: date
    writer: Mapping[str, Any]


def slots(scene: Scene, settings: Mapping[str, str], people: Mapping[str, Any], rng: Random) -> dict[str, Any]:
    """The values behind <name>. settings: a scenario's `set`, see `_setting`. people: see `person`."""
    language, today = scene.language, scene.today
    found = dict(scene.writer)
    other = person(people, rng)
    while other["full"] == found["full"]:
        other = person(people, rng)
    found |= {f"other_{key}": value for key, value in other.items()}
    number = rng.randrange(410_000, 498_000)
    found |= {"order": f"WH-{number}", "order2": f"WH-{number - rng.randrange(60, 9000)}"}
    found["bike"] = rng.choice([*PRICES])
    found |= {"ticket": f"T-{rng.randrange(70_000, 99_000)}", "today": today, "bad_order": f"{number % 100_000}"}
    found["tracking"] = f"NLG{rng.randrange(10**8, 10**9)}"
    for name, setting in settings.items():
        found[name] = _setting(str(setting), found, today, phrases.Voice(language=language), rng)
    year = rng.choice((24, 25, 25, 26))
    found.setdefault("price", _money(PRICES.get(found["bike"], "0"), language))
    found["serial"] = f"{_SERIALS.get(found['bike'], 'ACC')}-{year}-{rng.randrange(1200, 48000):05}"
    return found


def person(people: Mapping[str, Any], rng: Random) -> dict[str, Any]:
    """Somebody out of the names, towns and streets of a language's `people.yaml`."""
    first, last = rng.choice(people["first"]), rng.choice(people["last"])
    city, postcode = rng.choice([*people["cities"].items()])
    host = rng.choice(people["mail"])
    mail = f"{first}.{last}@{host}".lower().translate(_PLAIN)
    street = f"{rng.choice(people['streets'])}"
    number = rng.randrange(2, 140)
    street = street.replace("#", str(number))
    return {"first": first, "last": last, "full": f"{first} {last}", "email": mail, "city": city,
            "postcode": str(postcode), "street": street}  # fmt: skip


def _setting(text: str, found: Mapping[str, Any], today: date, voice: phrases.Voice, rng: Random) -> Any:
    """`12..40`: a number. `date -20..-9`: a day so far from today. `delivered +30`: days later. `a / b`: either."""
    if text.startswith("date "):
        return today + timedelta(days=_number(text[5:], rng))
    if span := _SPAN.fullmatch(text):
        return rng.randint(int(span[1]), int(span[2]))
    name, _, days = text.partition(" ")
    if isinstance(found.get(name), date) and days:
        return found[name] + timedelta(days=_number(days.lstrip("+"), rng))
    return phrases.plain(rng.choice(text.split(" / ")), found, voice, rng)


def _number(text: str, rng: Random) -> int:
    span = _SPAN.fullmatch(text)
    return rng.randint(int(span[1]), int(span[2])) if span else int(text)


def _money(text: str, language: str) -> str:
    return {"en": f"€{text}", "de": f"{text.replace(',', '.')} €", "fr": f"{text.replace(',', ' ')} €"}[language]
