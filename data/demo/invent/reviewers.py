"""Three invented reviewers and what they made of the traces that our own sampler draws."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pandas as pd

from review_app.sampling import draw, plan

from .judges import spoken
from .traces import SEED, Made

PLAN = plan.SamplePlan(salt="demo-2026", reviews=300, reviews_per_trace=1, shares={"random": 0.4, "flagged": 0.6})
REASONS = {"deadline": "wrong_fact", "policy": "wrong_fact", "misfiled": "wrong_fact", "invented": "invented",
           "incomplete": "incomplete", "empty": "incomplete", "action": "unconfirmed_action",
           "wrong_order": "wrong_person", "leak": "wrong_person", "unsafe": "unsafe", "tone": "tone",
           "rambling": "tone", "boilerplate": "tone", "wrong_language": "wrong_language",
           "citation": "bad_citation", "format": "broken_format"}  # fmt: skip
SECOND = 42
"""So many of the drawn traces were reviewed twice."""
UNJUDGED = 3
_START = datetime(2026, 11, 16, 8, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Person:
    """A reviewer. share: of the work. sharp: how often a failure is seen; easy: how often a good answer is let pass.
    lower: writes without capitals. seconds: the median time on a trace."""

    name: str
    share: float
    sharp: float
    easy: float
    lower: bool
    seconds: float


PEOPLE = (
    Person(name="Ines", share=0.42, sharp=0.97, easy=0.98, lower=False, seconds=64),
    Person(name="Tomasz", share=0.33, sharp=0.94, easy=0.97, lower=True, seconds=41),
    Person(name="Maya", share=0.25, sharp=0.96, easy=0.97, lower=False, seconds=83),
)


def frame(made: Sequence[Made], flagged: frozenset[str]) -> pd.DataFrame:
    """One row per trace: `trace_id`, `stratum` (the route) and `flagged`."""
    return pd.DataFrame(
        {
            "trace_id": [one.id for one in made],
            "stratum": [one.scenario.route for one in made],
            "flagged": [one.id in flagged for one in made],
        }
    )


def drawn(made: Sequence[Made], flagged: frozenset[str]) -> pd.DataFrame:
    """The traces the demo's own plan draws, in queue order."""
    everything = frame(made, flagged)
    eligible = {"random": len(everything), "flagged": int(everything["flagged"].sum())}
    return draw.draw(everything, draw.rates(PLAN, eligible, {}), PLAN.salt)


def reviews(made: Sequence[Made], queue: Sequence[str], opinions: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row per review, in the order they were given: every drawn trace once, some by a second person too."""
    known = {one.id: one for one in made}
    second = set(sorted(queue, key=lambda trace_id: _lot("second", trace_id))[:SECOND])
    unjudged = set(sorted(queue, key=lambda trace_id: _lot("unjudged", trace_id))[:UNJUDGED]) - second
    rows = []
    for place, trace_id in enumerate(queue):
        people = _people(trace_id)[: 2 if trace_id in second else 1]
        for person in people:
            rows.append(_review(person, known[trace_id], trace_id in unjudged, place, opinions))
    return sorted(rows, key=lambda row: (row["at"], row["trace_id"]))


def _lot(salt: str, trace_id: str) -> str:
    return hashlib.sha256(f"{SEED}:{salt}:{trace_id}".encode()).hexdigest()


def _people(trace_id: str) -> list[Person]:
    rng = Random(f"{SEED}:who:{trace_id}")
    first = rng.choices(PEOPLE, [person.share for person in PEOPLE])[0]
    return [first, rng.choice([person for person in PEOPLE if person is not first])]


def _review(person: Person, one: Made, unjudged: bool, place: int, opinions: Mapping[str, Any]) -> dict[str, Any]:
    rng = Random(f"{SEED}:{person.name}:{one.id}")
    row: dict[str, Any] = {
        "trace_id": one.id, "reviewer": person.name, "label": None, "reason": None, "note": "", "outcome": "judged",
        "correction": None, "at": _when(place, rng), "seconds": _seconds(person, one, rng),
    }  # fmt: skip
    if unjudged:
        return row | {"outcome": "cannot_judge", "note": _styled(rng.choice(opinions["note_cannot"]), person, one, rng)}
    failed = one.answer.kind is not None
    says_fail = rng.random() < person.sharp if failed else rng.random() >= person.easy
    row["label"] = "fail" if says_fail else "pass"
    if not says_fail:
        return row | {
            "note": _styled(rng.choice(opinions["note_pass"]), person, one, rng) if rng.random() < 0.2 else ""
        }
    if not failed:
        note = _styled(rng.choice(opinions["note_false_alarm"]), person, one, rng)
        return row | {"reason": rng.choice(("tone", "incomplete")), "note": note}
    return row | _fault(person, one, opinions, rng)


def _fault(person: Person, one: Made, opinions: Mapping[str, Any], rng: Random) -> dict[str, Any]:
    kind = one.answer.kind or ""
    reasons = [REASONS[kind]]
    if kind in ("incomplete", "boilerplate", "tone") and rng.random() < 0.3:
        reasons.append("tone" if kind == "incomplete" else "incomplete")
    return {
        "reason": ",".join(reasons),
        "note": _styled(rng.choice(opinions["note"][kind]), person, one, rng),
        "correction": one.answer.fixed if rng.random() < 0.12 else None,
    }


def _styled(text: str, person: Person, one: Made, rng: Random) -> str:
    note = spoken(text, one, rng).replace("?.", "?").replace("!.", "!")
    return note[:1].lower() + note[1:].rstrip(".") if person.lower else note


def _when(place: int, rng: Random) -> str:
    # Four working days, about an hour and a half each, in queue order.
    day, turn = divmod(place, 80)
    at = _START + timedelta(days=day, minutes=turn * 1.3 + rng.random() * 14, hours=rng.choice((0, 0, 2, 5)))
    return at.replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _seconds(person: Person, one: Made, rng: Random) -> float:
    longer = 1 + len(one.trace["output"] or "") / 2500
    return round(min(180.0, max(20.0, person.seconds * longer * rng.lognormvariate(-0.15, 0.45))), 1)
