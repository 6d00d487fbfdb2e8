"""Composing: who writes when, which scenario, which failure, and the whole trace around it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from . import answers, cases, phrases, scenarios, typing_habits
from .scenarios import Scenario

SEED = "wrenhaul-2026"
START, END = datetime(2026, 9, 21, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC)
NEW_INDEX = datetime(2026, 10, 8, 7, tzinfo=UTC)
NEW_PROMPT = datetime(2026, 10, 19, 9, tzinfo=UTC)
# How many traces there are, by language and route.
VOLUME = {
    "en": {"order_status": 150, "returns_refunds": 130, "warranty_repair": 120, "troubleshooting": 150,
           "product_advice": 105, "subscription_billing": 75, "account_privacy": 55, "ticket_triage": 45},
    "de": {"order_status": 26, "returns_refunds": 100, "warranty_repair": 96, "troubleshooting": 24,
           "product_advice": 13, "subscription_billing": 15, "account_privacy": 5},
    "fr": {"order_status": 24, "returns_refunds": 24, "warranty_repair": 20, "troubleshooting": 22,
           "product_advice": 10, "subscription_billing": 9, "account_privacy": 4},
}  # fmt: skip
_PRICES = {"aster-small-2": (0.3, 1.5), "aster-large-1": (3.0, 15.0)}
_TAGS = {"care-plan": 0.14, "leasing": 0.07, "first-bike": 0.11, "business": 0.04}
_COUNTRIES = {"en": ("IE", "NL", "DK", "BE"), "de": ("DE", "DE", "DE", "AT"), "fr": ("FR", "FR", "BE", "LU")}


@dataclass(frozen=True, kw_only=True)
class Made:
    """A trace as it goes to the file, with what the file does not say: the truth about the answer."""

    trace: dict[str, Any]
    answer: answers.Answer
    scenario: Scenario
    at: datetime

    @property
    def id(self) -> str:
        return str(self.trace["trace_id"])

    @property
    def planted(self) -> bool:
        """Whether judge-a's blind spot is here: a German answer about returns or warranty with a wrong deadline."""
        return self.scenario.planted and self.answer.kind == "deadline"


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Everything read from `source/`."""

    scenarios: Mapping[tuple[str, str], list[Scenario]]
    articles: Mapping[str, Mapping[str, Mapping[str, Any]]]
    turns: Mapping[str, Mapping[str, Any]]
    people: Mapping[str, Mapping[str, Any]]
    opinions: Mapping[str, Any]
    system: Mapping[str, str]


@dataclass(kw_only=True)
class Memory:
    """What must not be said twice, and whom a follow-up can follow."""

    asked: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)
    last: dict[str, Made] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A trace that is to be made: its scenario, which of the scenario's texts, when."""

    number: int
    scenario: Scenario
    ask: int
    say: int
    at: datetime


def sources() -> Sources:
    """The hand-written texts."""
    languages = scenarios.LANGUAGES
    return Sources(
        scenarios=scenarios.read(),
        articles=scenarios.articles(),
        turns={language: scenarios.sheet(language, "phrases") for language in languages},
        people={language: scenarios.sheet(language, "people") for language in languages},
        opinions=scenarios.shared("opinions"),
        system=scenarios.shared("system"),
    )


def make(source: Sources) -> list[Made]:
    """All good traces, in order of time."""
    memory = Memory()
    made = []
    for slot in sorted(_slots(source), key=lambda slot: (slot.at, slot.number)):
        made.append(_fresh(slot, source, memory))
    return sorted(made, key=lambda one: (one.at, one.id))


def _slots(source: Sources) -> Iterator[Slot]:
    rng = Random(f"{SEED}:plan")
    number = 0
    for language, routes in VOLUME.items():
        for route, volume in routes.items():
            known = source.scenarios[language, route]
            for n in range(volume):
                scenario, turn = known[n % len(known)], n // len(known)
                yield Slot(number=number, scenario=scenario, ask=turn + rng.randrange(2), say=turn + rng.randrange(2),
                           at=_moment(rng))  # fmt: skip
                number += 1


def _moment(rng: Random) -> datetime:
    # Mondays are full, Sundays quiet; evenings count more than mornings.
    weekday = rng.choices(range(7), (20, 16, 15, 15, 14, 11, 9))[0]
    hour = rng.choices(range(24), (1, 1, 0.5, 0.5, 0.5, 1, 3, 6, 8, 8, 7, 6, 6, 6, 6, 6, 7, 8, 9, 10, 10, 8, 4, 2))[0]
    day = START + timedelta(days=7 * rng.randrange(8) + weekday)
    return day + timedelta(hours=hour, minutes=rng.randrange(60), seconds=rng.randrange(60))


def _fresh(slot: Slot, source: Sources, memory: Memory) -> Made:
    """The first of a few tries that repeats neither a question nor an answer."""
    for attempt in range(40):
        made = _compose(slot, source, memory, f"{SEED}:{slot.number}:{attempt}")
        asked, told = made.trace["messages"][-1]["content"], made.trace["output"] or made.id
        if asked not in memory.asked and told not in memory.told:
            break
    memory.asked.add(asked)
    memory.told.add(told)
    if not made.answer.error and not made.scenario.triage:
        memory.last[slot.scenario.language] = made
    return made


def _compose(slot: Slot, source: Sources, memory: Memory, seed: str) -> Made:
    rng = Random(seed)
    scenario = slot.scenario
    before = _followed(slot, memory, rng)
    at = before.at + timedelta(seconds=rng.randrange(95, 700)) if before else slot.at
    people = source.people[scenario.language]
    writer = before.trace["metadata"]["_writer"] if before else cases.person(people, rng)
    slots = cases.slots(
        cases.Scene(language=scenario.language, today=at.date(), writer=writer), scenario.set, people, rng
    )
    trace = _versions(scenario, at, rng) | {
        "trace_id": f"tr-{_digest(seed)[:12]}",
        "session_id": before.trace["session_id"] if before else f"s-{_digest(seed + 's')[:10]}",
        "metadata": {"_writer": writer},
    }
    system = {
        "role": "system",
        "content": source.system["ticket_triage" if scenario.triage else trace["prompt_version"]],
    }
    trace["messages"] = [system, *_messages(slot, source, slots, before, rng)]
    trace["documents"] = _documents(scenario, source, trace["retrieval_version"], rng)
    answer = _answer(slot, source, slots, trace, seed)
    trace |= {"output": answer.text, "error": answer.error, "tool_calls": _tool_calls(scenario, slots, rng)}
    _measure(trace, answer, source, rng)
    return Made(trace=trace, answer=answer, scenario=scenario, at=at)


def _followed(slot: Slot, memory: Memory, rng: Random) -> Made | None:
    """The conversation this one goes on, if it is the same customer's second question."""
    before = memory.last.get(slot.scenario.language)
    if before is None or slot.scenario.triage or before.scenario.id == slot.scenario.id:
        return None
    return before if rng.random() < 0.15 else None


def _versions(scenario: Scenario, at: datetime, rng: Random) -> dict[str, Any]:
    return {
        "at": at.isoformat().replace("+00:00", "Z"),
        "route": scenario.route,
        "model": "aster-large-1" if rng.random() < 0.42 else "aster-small-2",
        "prompt_version": "helpdesk-v12" if at >= NEW_PROMPT else "helpdesk-v11",
        "retrieval_version": "kb-index-08" if at >= NEW_INDEX else "kb-index-07",
        "language": scenario.language,
    }


def _answer(
    slot: Slot, source: Sources, slots: Mapping[str, Any], trace: Mapping[str, Any], seed: str
) -> answers.Answer:
    scenario, rng = slot.scenario, Random(f"{seed}:outcome")
    later = len(trace["messages"]) > 2
    setting = answers.Setting(
        scenario=scenario,
        slots=slots,
        documents=tuple(one["id"] for one in trace["documents"]),
        articles=tuple(source.articles["en"]),
        opinions=source.opinions,
        seed=seed,
        **_frame(source.turns[scenario.language], slots, trace, later, rng),
    )
    text = scenario.say[slot.say % len(scenario.say)] if scenario.say else ""
    fails = rng.random() < _risk(scenario, trace["model"], trace["prompt_version"])
    kind = answers.choose_kind(scenario, slot.ask % len(scenario.ask), text, rng) if fails else None
    return answers.triage(setting, kind) if scenario.triage else answers.answer(setting, text, kind)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _risk(scenario: Scenario, model: str, prompt: str) -> float:
    if scenario.triage:
        return 0.27
    risk = 0.24 if _tricky(scenario) else 0.075
    risk += 0.03 if model == "aster-small-2" else -0.03
    risk += 0.025 if prompt == "helpdesk-v11" else -0.02
    return risk + (0.25 if scenario.planted else 0.0)


def _tricky(scenario: Scenario) -> bool:
    """Whether the scenario invites one of the rarer failures; the assistant stumbles over these more often."""
    ways = {way for text in scenario.say for way in phrases.kinds(text)} | {bad.kind for bad in scenario.bad}
    rare = {"leak", "wrong_order", "tone", "wrong_language", "invented", "action"}
    return not scenario.planted and bool(ways & rare)


def _messages(
    slot: Slot, source: Sources, slots: Mapping[str, Any], before: Made | None, rng: Random
) -> list[dict[str, str]]:
    scenario, turns = slot.scenario, source.turns[slot.scenario.language]
    ask = scenario.ask[slot.ask % len(scenario.ask)]
    voice = phrases.Voice(language=scenario.language, loose=True)
    if before is not None:
        earlier = [message for message in before.trace["messages"] if message["role"] != "system"]
        question = phrases.tidy(phrases.plain(ask, slots, voice, rng))
        again = typing_habits.typed(typing_habits.joined(rng.choice(turns["again"]), question), scenario.language, rng)
        return [*earlier, {"role": "assistant", "content": before.trace["output"]}, {"role": "user", "content": again}]
    if scenario.triage:
        mail = phrases.tidy(phrases.plain(ask, slots, voice, rng))
        return [{"role": "user", "content": typing_habits.typed(mail, scenario.language, rng)}]
    first = typing_habits.letter(ask, turns, slots, scenario.language, rng)
    return [{"role": "user", "content": first}, *_asked_back(scenario, turns, slots, first, rng)]


def _asked_back(
    scenario: Scenario, turns: Mapping[str, Any], slots: Mapping[str, Any], first: str, rng: Random
) -> list[dict[str, str]]:
    """The assistant's question for what the first message left out, and the customer's short reply to it."""
    voice = phrases.Voice(language=scenario.language, loose=True)
    if scenario.needs_order and str(slots["order"]).lower() not in first.lower() and rng.random() < 0.7:
        wanted = "order"
    elif scenario.asks_bike and str(slots["bike"]).lower() not in first.lower() and rng.random() < 0.16:
        wanted = "bike"
    else:
        return []
    reply = phrases.tidy(phrases.plain(rng.choice(turns[f"give_{wanted}"]), slots, voice, rng))
    question = rng.choice(turns[f"ask_{wanted}"])
    return [{"role": "assistant", "content": question}, {"role": "user", "content": reply}]


def _frame(
    turns: Mapping[str, Any], slots: Mapping[str, Any], trace: Mapping[str, Any], later: bool, rng: Random
) -> dict[str, str]:
    voice = phrases.Voice(language=trace["language"])
    opening, closing = rng.choice(turns["bot_open"]), rng.choice(turns["bot_close"])
    # The second prompt asks for short answers.
    short = trace["prompt_version"] == "helpdesk-v12"
    if later or (short and rng.random() < 0.4):
        opening = ""
    if short and rng.random() < 0.4:
        closing = ""
    # The mark keeps the blank or line break at the end, which filling in would strip.
    return {"opening": phrases.plain(opening + "§", slots, voice, rng)[:-1], "closing": closing}


def _documents(scenario: Scenario, source: Sources, index: str, rng: Random) -> list[dict[str, Any]]:
    near = rng.sample(scenario.near, min(len(scenario.near), rng.choice((0, 0, 1, 1, 2))))
    score, found = 0.93 - rng.random() * 0.09, []
    for kb in (*scenario.docs, *near):
        english = source.articles["en"][kb]
        local = source.articles[scenario.language].get(kb, english) if index == "kb-index-08" else english
        found.append({"id": kb, "title": local["title"], "source": english["source"], "text": local["text"],
                      "score": round(score, 3)})  # fmt: skip
        score -= 0.03 + rng.random() * 0.12
    return found


def _tool_calls(scenario: Scenario, slots: Mapping[str, Any], rng: Random) -> list[dict[str, Any]]:
    voice = phrases.Voice(language="en")
    calls: list[dict[str, Any]] = []
    for name, arguments, result in scenario.tools:
        given = phrases.fill(arguments, slots, voice, rng)
        if name == "find_order" and not calls and rng.random() < 0.06:
            calls.append(_stumble(given, slots, rng))
        call = {"name": name, "id": f"call_{len(calls) + 1}", "arguments": given}
        if isinstance(result, str):
            call["error"] = phrases.plain(result, slots, voice, rng).removeprefix("ERROR ")
        else:
            call["result"] = phrases.fill(result, slots, voice, rng)
        calls.append(call)
    return calls


def _stumble(given: Mapping[str, Any], slots: Mapping[str, Any], rng: Random) -> dict[str, Any]:
    """A first call that goes wrong before the right one: a slow system, or a number without its prefix."""
    bare = str(slots["order"]).removeprefix("WH-")
    arguments, error = rng.choice((
        (dict(given), "upstream_timeout: orders service, 8 s"),
        ({**given, "order_id": bare}, "invalid_argument: order_id must look like WH-000000"),
    ))  # fmt: skip
    return {"name": "find_order", "id": "call_1", "arguments": arguments, "error": error}


def _measure(trace: dict[str, Any], answer: answers.Answer, source: Sources, rng: Random) -> None:
    """Adds cost, latency, feedback, correction, tags and metadata."""
    read = sum(len(m["content"]) for m in trace["messages"]) + sum(len(d["text"]) for d in trace["documents"]) + 900
    written = len(trace["output"] or "")
    price_in, price_out = _PRICES[trace["model"]]
    trace["cost_usd"] = round((read * price_in + written * price_out) / 4e6, 6)
    base = 3.0 if trace["model"] == "aster-large-1" else 1.2
    slow = base * rng.lognormvariate(0, 0.35) + written * (0.004 if base > 2 else 0.0018)
    trace["latency_s"] = 30.0 if answer.error else round(slow + sum(0.3 + rng.random() for _ in trace["tool_calls"]), 2)
    if trace["route"] != "ticket_triage" and rng.random() < (0.26 if answer.kind else 0.09):
        trace["user_feedback"] = _feedback(bool(answer.kind), source.turns[trace["language"]], rng)
    if answer.kind and rng.random() < 0.07:
        trace["correction"] = answer.fixed
    mail = trace["route"] == "ticket_triage" or "\n" in trace["messages"][-1]["content"]
    channel = "email" if mail else rng.choice(("chat", "chat", "chat", "app", "app"))
    trace["metadata"] |= {"channel": channel, "country": rng.choice(_COUNTRIES[trace["language"]])}
    tags = [tag for tag, odds in _TAGS.items() if rng.random() < odds]
    broke = any("error" in call for call in trace["tool_calls"])
    trace["tags"] = [*tags, "tool-error"] if broke else tags


def _feedback(failed: bool, turns: Mapping[str, Any], rng: Random) -> dict[str, Any]:
    good = rng.random() < (0.2 if failed else 0.86)
    comment = rng.choice(turns["liked" if good else "disliked"]) if rng.random() < 0.5 else None
    return {"rating": 1 if good else -1, "comment": comment}
