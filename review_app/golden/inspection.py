"""What is wrong with a proposed case, before somebody approves it.

A finding never decides: whoever approves nevertheless says why, and that stays with the case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from review_app.golden.similarity import jaccard, question, shingles
from review_app.traces.trace import from_values

Kind = Literal["near_duplicate", "contradiction", "straddles", "personal_data", "missing_rationale"]

SAME = 0.9  # outputs this alike say the same
_FEWEST_WORDS = 3
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, kw_only=True)
class Finding:
    """kind: what it is. says: a sentence. other: the case it is about beside this one, None where it is about one."""

    kind: Kind
    says: str
    other: str | None = None


@dataclass(frozen=True, kw_only=True)
class Case:
    """What the inspection reads of a case. content: its snapshot, {"trace", "review", "expected"}.
    personal: detector -> how many values it found in it."""

    example_id: str
    group: str
    split: str
    reason: str
    content: Mapping[str, Any]
    personal: Mapping[str, int] = field(default_factory=dict)

    @property
    def question(self) -> frozenset[str]:
        """The shingles of what was asked."""
        return shingles(question(from_values(self.content["trace"])))


def inspect(case: Case, others: Sequence[Case], near: float) -> tuple[Finding, ...]:
    """Everything found, worst first. others: live cases whose question may be alike; near: from which similarity on."""
    asked = case.question
    alike = [(other, jaccard(asked, other.question)) for other in others if other.example_id != case.example_id]
    twins = sorted(((other, how) for other, how in alike if how >= near), key=lambda pair: -pair[1])
    contradictions = [found for other, _ in twins if (found := _contradiction(case, other))]
    return (
        *contradictions,
        *(_twin(other, how) for other, how in twins if not any(c.other == other.example_id for c in contradictions)),
        *_straddling(case, [other for other, _ in twins]),
        *_personal(case),
        *_rationale(case),
    )


def _twin(other: Case, how: float) -> Finding:
    says = f"its question is {how:.0%} the same as that of {other.example_id}"
    return Finding(kind="near_duplicate", says=says, other=other.example_id)


def _contradiction(case: Case, other: Case) -> Finding | None:
    """Nearly the same question, and the two cases cannot both be right."""
    says = (
        _opposite(case.content, other.content)
        or _refused(case.content, other.content)
        or _refused(other.content, case.content)
        or _other_numbers(case.content, other.content)
    )
    if says is None:
        return None
    whole = f"asks nearly what {other.example_id} asks, and {says}"
    return Finding(kind="contradiction", says=whole, other=other.example_id)


def _opposite(one: Mapping[str, Any], two: Mapping[str, Any]) -> str | None:
    bad = one["review"]["is_bad"], two["review"]["is_bad"]
    same = _alike(one["trace"].get("output"), two["trace"].get("output"))
    return "nearly the same answer was called good there and bad here" if same and bad[0] != bad[1] else None


def _refused(one: Mapping[str, Any], two: Mapping[str, Any]) -> str | None:
    wrong = two["review"]["is_bad"] and _alike(one["expected"], two["trace"].get("output"))
    return "what one expects was called bad in the other" if wrong else None


def _other_numbers(one: Mapping[str, Any], two: Mapping[str, Any]) -> str | None:
    mine, theirs = (set(_NUMBER.findall(content["expected"] or "")) for content in (one, two))
    if not mine or not theirs or mine & theirs:
        return None
    return f"expects {', '.join(sorted(mine)[:3])} where that one expects {', '.join(sorted(theirs)[:3])}"


def _alike(one: str | None, other: str | None) -> bool:
    return bool(one and other) and jaccard(shingles(one or ""), shingles(other or "")) >= SAME


def _straddling(case: Case, twins: Sequence[Case]) -> list[Finding]:
    across = [other for other in twins if other.split != case.split]
    return [
        Finding(
            kind="straddles",
            says=f"it is for {case.split}, and its twin {other.example_id} for {other.split}: retire one of them",
            other=other.example_id,
        )
        for other in across[:1]
    ]


def _personal(case: Case) -> list[Finding]:
    if not case.personal:
        return []
    kinds = ", ".join(f"{name} {count}" for name, count in sorted(case.personal.items()))
    return [Finding(kind="personal_data", says=f"it holds what looks personal or secret: {kinds}")]


def _rationale(case: Case) -> list[Finding]:
    said = f"{case.reason} {case.content['review'].get('note') or ''}"
    if len(said.split()) >= _FEWEST_WORDS:
        return []
    return [Finding(kind="missing_rationale", says=f"why it is kept is said in fewer than {_FEWEST_WORDS} words")]
