"""What the assistant answers: right, or wrong in one stated way."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random
from typing import Any

import orjson

from . import phrases
from .scenarios import Bad, Scenario

_CITED = re.compile(r"\[(kb-\d{3})\]")
# How often a kind is chosen among those a text can fail in. The last four can befall any answer.
_WEIGHTS = {"deadline": 3.0, "policy": 2.5, "invented": 5.0, "incomplete": 4.0, "action": 3.0, "wrong_order": 4.0,
            "leak": 5.0, "unsafe": 2.6, "tone": 7.0, "wrong_language": 6.0, "citation": 0.35, "rambling": 0.3,
            "boilerplate": 0.3, "empty": 0.12}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Answer:
    """An output and the truth about it. kind: how it fails, None when it is right. fixed: the right version of it.
    right, wrong: the fact as it is and as it was told."""

    text: str | None
    fixed: str
    kind: str | None = None
    right: str = ""
    wrong: str = ""
    why: str = ""
    error: str | None = None


@dataclass(frozen=True, kw_only=True)
class Setting:
    """All an answer depends on. documents: ids that were retrieved. frame: opening and closing around the answer."""

    scenario: Scenario
    slots: Mapping[str, Any]
    documents: tuple[str, ...]
    articles: tuple[str, ...]
    opinions: Mapping[str, Any]
    opening: str
    closing: str
    seed: str


def choose_kind(scenario: Scenario, ask: int, text: str, rng: Random) -> str:
    """One of the ways in which this answer can fail; in the planted slice mostly by a deadline.

    ask: the place of the question among the scenario's."""
    if scenario.triage:
        return rng.choice(("format", "misfiled"))
    ways = [*phrases.kinds(text), *(bad.kind for bad in scenario.bad), "boilerplate", "empty"]
    if scenario.half and ask not in scenario.half:
        ways = [way for way in ways if way != "incomplete"]
    ways += ["citation"] if _CITED.search(text) else []
    ways += ["rambling"] if scenario.language == "en" else []
    weights = [_WEIGHTS[way] * (9 if scenario.planted and way == "deadline" else 1) for way in ways]
    return rng.choices(ways, weights)[0]


def answer(setting: Setting, text: str, kind: str | None) -> Answer:
    """The answer made of `text` (one of the scenario's `say`), failing as `kind` says."""
    rng = Random(f"{setting.seed}:answer")
    right = _framed(setting, _say(setting, text).text)
    if kind is None:
        return Answer(text=right, fixed=right)
    bad = [one for one in setting.scenario.bad if one.kind == kind]
    if bad and kind not in phrases.kinds(text):
        return _wholly_wrong(setting, rng.choice(bad), right)
    if kind == "citation":
        return _foreign_citation(setting, right, rng)
    if kind == "empty":
        return Answer(text="", fixed=right, kind=kind, error="upstream timeout after 30 s, no completion")
    if kind in ("boilerplate", "rambling"):
        body = _boilerplate(setting, rng) if kind == "boilerplate" else _rambling(setting, text, rng)
        return Answer(text=_framed(setting, body), fixed=right, kind=kind)
    said = _say(setting, text, kind)
    return Answer(text=_framed(setting, said.text), fixed=right, kind=kind, right=said.right, wrong=said.wrong,
                  why=_why(setting, kind, said))  # fmt: skip


def _boilerplate(setting: Setting, rng: Random) -> str:
    return str(rng.choice(setting.opinions["boilerplate"][setting.scenario.language]))


def _rambling(setting: Setting, text: str, rng: Random) -> str:
    padding = setting.opinions["padding"]
    around = rng.sample(padding[1:-1], 4)
    return "\n\n".join([padding[0], *around[:2], _say(setting, text).text, *around[2:], padding[-1]])


def triage(setting: Setting, kind: str | None) -> Answer:
    """The JSON answer of the sorting route."""
    rng = Random(f"{setting.seed}:triage")
    raw = setting.scenario.triage or {}
    summary = _say(setting, raw["summary"]).text
    told = {"category": raw["category"], "priority": raw["priority"], "summary": summary}
    fixed = orjson.dumps(told).decode()
    if kind is None:
        return Answer(text=rng.choice((fixed, orjson.dumps(told, option=orjson.OPT_INDENT_2).decode())), fixed=fixed)
    if kind == "misfiled":
        changed = raw["wrong"] if rng.random() < 0.6 else {"priority": raw["wrong"]["priority"]}
        right, wrong = (" / ".join(({**told, **part})[key] for key in changed) for part in ({}, changed))
        return Answer(text=orjson.dumps(told | changed).decode(), fixed=fixed, kind=kind, right=right, wrong=wrong)
    broken, why = rng.choice(_broken(told, fixed))
    return Answer(text=broken, fixed=fixed, kind=kind, why=why)


def _broken(told: Mapping[str, str], fixed: str) -> list[tuple[str, str]]:
    lacking = {key: value for key, value in told.items() if key != "priority"}
    return [
        (fixed[:-1] + ",}", "a comma before the closing brace"),
        (f"Sure! Here is the sorted ticket:\n\n```json\n{fixed}\n```", "chat text and a code fence around the object"),
        ("\n".join(f"{key}: {value}" for key, value in told.items()), "plain lines, no JSON"),
        (orjson.dumps({**told, "category": "complaint"}).decode(), "there is no category \"complaint\""),
        (orjson.dumps(lacking).decode(), "priority is missing"),
        (fixed[: len(fixed) * 3 // 4], "cut off in the middle of the summary"),
    ]  # fmt: skip


def _say(setting: Setting, text: str, kind: str | None = None) -> phrases.Said:
    voice = phrases.Voice(language=setting.scenario.language)
    said = phrases.say(text, setting.slots, voice, f"{setting.seed}:say", kind)
    return replace(said, text=phrases.sentences(said.text))


def _why(setting: Setting, kind: str, said: phrases.Said) -> str:
    why = setting.scenario.why.get(kind, _USUAL.get(kind, ""))
    facts = {**setting.slots, "right": said.right, "wrong": said.wrong}
    return phrases.plain(why, facts, phrases.Voice(language="en"), Random(setting.seed))


# For scenarios that say nothing of their own.
_USUAL = {
    "incomplete": "the second half of the question isn't answered",
    "invented": "\"<wrong>\" stands in no source",
    "action": "\"<wrong>\" was not confirmed by any tool",
    "unsafe": "\"<wrong>\"",
}  # fmt: skip


def _wholly_wrong(setting: Setting, bad: Bad, right: str) -> Answer:
    said = _say(setting, bad.say)
    text = said.text if bad.kind == "tone" else _framed(setting, said.text)
    why = phrases.plain(bad.why, setting.slots, phrases.Voice(language="en"), Random(setting.seed))
    return Answer(text=text, fixed=right, kind=bad.kind, why=why, wrong=said.text[:90].rsplit(" ", 1)[0])


def _foreign_citation(setting: Setting, right: str, rng: Random) -> Answer:
    known = sorted(set(_CITED.findall(right)))
    if not known:
        return Answer(text=right, fixed=right)
    swapped = rng.choice(known)
    other = rng.choice([article for article in setting.articles if article not in setting.documents])
    return Answer(text=right.replace(f"[{swapped}]", f"[{other}]"), fixed=right, kind="citation",
                  right=swapped, wrong=other)  # fmt: skip


def _framed(setting: Setting, text: str) -> str:
    return f"{setting.opening}{text}{setting.closing}"
