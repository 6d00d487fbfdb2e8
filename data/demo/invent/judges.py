"""Two LLM judges' verdicts, with the mistakes they are meant to make.

judge-a is good, and blind to one thing: a wrong deadline in a German answer about returns or warranty.
judge-b is noisier everywhere, has no blind spot there, and is lenient with long answers.
Who is wrong where is decided by quota, not by chance, so that the README can state the rates.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from . import phrases
from .traces import SEED, Made

_CITED = re.compile(r"\[(kb-\d{3})\]")
LONG = 320
"""Characters from which on judge-b takes an answer to be thorough."""
_CHECKABLE = ("format", "empty", "boilerplate")


@dataclass(frozen=True, kw_only=True)
class Judge:
    """A judge's character. groups: name of a group -> (which traces, share of them it gets wrong), first match counts.
    unreadable: share of its answers that could not be parsed; refused: share it declined."""

    name: str
    version: str
    groups: tuple[tuple[Callable[[Made], bool], float], ...]
    unreadable: float
    refused: float
    price: float
    seconds: float


def _failed(made: Made) -> bool:
    return made.answer.kind is not None


def _is_long(made: Made) -> bool:
    return len(made.answer.text or "") >= LONG


JUDGES = (
    Judge(
        name="judge-a", version="3", unreadable=0.004, refused=0.002, price=0.00042, seconds=1.9,
        groups=(
            (lambda made: made.planted, 0.79),
            (lambda made: made.answer.kind in _CHECKABLE, 0.0),
            (_failed, 0.1),
            (lambda made: True, 0.05),
        ),
    ),
    Judge(
        name="judge-b", version="2026-09", unreadable=0.007, refused=0.004, price=0.00011, seconds=0.8,
        groups=(
            (lambda made: made.answer.kind in _CHECKABLE, 0.1),
            (lambda made: made.planted, 0.15),
            (lambda made: _failed(made) and _is_long(made), 0.5),
            (_failed, 0.23),
            (_is_long, 0.035),
            (lambda made: True, 0.118),
        ),
    ),
)  # fmt: skip


def verdicts(made: list[Made], opinions: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row per trace and judge."""
    return [row for judge in JUDGES for row in _judged(judge, made, opinions)]


def _judged(judge: Judge, made: list[Made], opinions: Mapping[str, Any]) -> list[dict[str, Any]]:
    mistaken = _mistaken(judge, made)
    return [_verdict(judge, one, one.id in mistaken, opinions) for one in made]


def _mistaken(judge: Judge, made: Iterable[Made]) -> frozenset[str]:
    groups: dict[int, list[str]] = {}
    for one in made:
        number = next(n for n, (belongs, _) in enumerate(judge.groups) if belongs(one))
        groups.setdefault(number, []).append(one.id)
    return frozenset(
        trace_id
        for number, ids in groups.items()
        for trace_id in sorted(ids, key=lambda trace_id: _lot(judge.name, trace_id))[
            : round(judge.groups[number][1] * len(ids))
        ]
    )


def _lot(salt: str, trace_id: str) -> str:
    return hashlib.sha256(f"{SEED}:{salt}:{trace_id}".encode()).hexdigest()


def _verdict(judge: Judge, one: Made, mistaken: bool, opinions: Mapping[str, Any]) -> dict[str, Any]:
    rng = Random(f"{SEED}:{judge.name}:{one.id}")
    row: dict[str, Any] = {
        "trace_id": one.id, "judge": judge.name, "judge_version": judge.version, "criterion": "good_enough",
        "label": None, "confidence": None, "rationale": None, "status": _status(judge, rng),
        "cost_usd": round(judge.price * rng.uniform(0.7, 1.6), 6),
        "latency_s": round(judge.seconds * rng.lognormvariate(0, 0.3), 2),
        "at": (one.at + timedelta(seconds=rng.randrange(120, 3000))).isoformat().replace("+00:00", "Z"),
    }  # fmt: skip
    if row["status"] == "ok":
        fails = (one.answer.kind is not None) != mistaken
        row["label"] = "fail" if fails else "pass"
        row["confidence"] = _confidence(judge, one, mistaken, rng)
        row["rationale"] = _rationale(one, fails, mistaken, opinions, rng)
    return row


def _status(judge: Judge, rng: Random) -> str:
    chance = rng.random()
    if chance < judge.unreadable:
        return "unparsable"
    return "refused" if chance < judge.unreadable + judge.refused else "ok"


def _confidence(judge: Judge, one: Made, mistaken: bool, rng: Random) -> float:
    if mistaken and one.planted:
        return round(rng.uniform(0.82, 0.97), 2)
    low, high = {"judge-a": ((0.78, 0.99), (0.58, 0.9)), "judge-b": ((0.6, 0.97), (0.5, 0.93))}[judge.name][mistaken]
    return round(rng.triangular(low, high, high - (high - low) * 0.3), 2)


def _rationale(one: Made, fails: bool, mistaken: bool, opinions: Mapping[str, Any], rng: Random) -> str:
    suffix = "_json" if one.scenario.triage else ""
    if fails and mistaken:
        texts = opinions[f"judge_false_alarm{suffix}"]
    elif fails:
        texts = opinions["judge_fail"][one.answer.kind]
    else:
        texts = opinions["judge_missed" if mistaken and not suffix else f"judge_pass{suffix}"]
    return spoken(rng.choice(texts), one, rng)


def spoken(text: str, one: Made, rng: Random) -> str:
    """A judge's or reviewer's sentence with this trace's facts in it."""
    answer = one.answer
    facts = {
        "doc": _article(one),
        "gist": one.scenario.gist,
        "why": answer.why or "see the answer",
        "right": _short(answer.right, answer.kind) or "nothing of the kind",
        "wrong": _short(answer.wrong, answer.kind) or "this",
    }
    told = phrases.tidy(phrases.plain(text, facts, phrases.Voice(language="en"), rng))
    return phrases.sentences(told).replace("..", ".")


def _article(one: Made) -> str:
    """The article the mistake is about: the one cited in its sentence, or before it; the first one if there is none."""
    text, wrong = one.answer.text or "", one.answer.wrong
    at = text.find(wrong) if wrong else -1
    if at >= 0:
        until = re.search(r"[.!?](?:\s|$)", text[at + len(wrong) :])
        end = at + len(wrong) + until.start() if until else len(text)
        cited = [article for article in _CITED.findall(text[:end]) if article in one.scenario.docs]
        after = _CITED.search(text[at:end])
        if after and after.group(1) in one.scenario.docs:
            return after.group(1)
        if cited:
            return str(cited[-1])
    return one.scenario.docs[0]


def _short(fact: str, kind: str | None) -> str:
    head = re.split(r"[,;:(]", fact)[0].strip()
    if kind in ("deadline", "policy") and len(fact) > 25 and re.search(r"\d", head):
        fact = head
    return fact if len(fact) <= 90 else fact[:87].rsplit(" ", 1)[0] + "…"
