"""A reviewer's answer to one slot, and whether it is complete."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from review_app.review.rubric import Criterion, Rubric
from review_app.review.spans import Span

Outcome = Literal["judged", "cannot_judge", "wrong_context", "skipped"]
LAYERS = ("high_volume_task", "expensive_mistake", "known_failure", "edge_case")
"""Why a case belongs into the golden set."""
_WHY = {
    "cannot_judge": "Say in the note why this cannot be judged.",
    "wrong_context": "Say in the note what is wrong with the context shown.",
    "skipped": "Say in the note why you skip this.",
}


@dataclass(frozen=True, kw_only=True)
class Assertion:
    """A short claim about every acceptable answer: what it must say or do, or must not."""

    kind: Literal["must", "must_not"]
    text: str


@dataclass(frozen=True, kw_only=True)
class Promotion:
    """A reviewer's wish to keep a case: `layer` is one of LAYERS; an empty `reason` means that the note says it.
    `assertions` hold for every acceptable answer to it."""

    layer: str
    reason: str
    assertions: tuple[Assertion, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What comes back from the desk. answers: criterion -> label. notes: criterion -> a word on that answer.
    seconds: time the item was on screen. `correction` is None where the reviewer left the output as it was."""

    slot_id: str
    token: str
    outcome: Outcome = "judged"
    answers: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    spans: tuple[Span, ...] = ()
    note: str = ""
    correction: str | None = None
    promote: Promotion | None = None
    seconds: float | None = None


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """What became of a submission. `duplicate`: it had been stored before; nothing was added.
    `refused`: not stored, `message` says why; the reviewer keeps the text."""

    slot_id: str
    status: Literal["saved", "duplicate", "refused"]
    message: str = ""


def faults(submission: Submission, rubric: Rubric) -> list[str]:
    """What is missing or wrong, in words for the reviewer; empty when the submission may be stored."""
    if submission.outcome != "judged":
        return [] if submission.note.strip() else [_WHY[submission.outcome]]
    found = [fault for criterion in rubric.criteria for fault in _answer_faults(criterion, submission.answers)]
    if _needs_note(submission.answers, rubric) and not submission.note.strip():
        found.append("Say in the note what is wrong.")
    return found + _promotion_faults(submission) + _unknown_answers({**submission.notes, **submission.answers}, rubric)


def is_bad(answers: Mapping[str, str], rubric: Rubric) -> bool:
    """Whether any answer is a bad label of its criterion."""
    return any(set(answers.get(c.name, "").split(",")) & set(c.bad) for c in rubric.criteria)


def _needs_note(answers: Mapping[str, str], rubric: Rubric) -> bool:
    # Of a pair nobody may learn which side is which, and a note that is asked for on one side only would tell.
    plain = replace(rubric, criteria=tuple(c for c in rubric.criteria if c.kind != "pairwise"))
    return rubric.note_required_on_bad and is_bad(answers, plain)


def _answer_faults(criterion: Criterion, answers: Mapping[str, str]) -> list[str]:
    given = answers.get(criterion.name, "")
    if not criterion.asked(answers):
        return []
    if not given:
        return [f"“{criterion.question}” has no answer yet."] if criterion.required else []
    if criterion.kind == "text":
        return []
    if criterion.kind == "numeric":
        return [] if _is_number(given) else [f"“{criterion.question}” needs a number, not {given!r}."]
    picked = given.split(",")
    unknown = [label for label in picked if label not in criterion.values()]
    too_many = len(picked) > 1 and not (criterion.multiple or criterion.kind == "span")
    return (
        [f"“{criterion.question}” has no label {unknown[0]!r}."]
        if unknown
        else ([f"“{criterion.question}” takes one label, not {len(picked)}."] if too_many else [])
    )


def _promotion_faults(submission: Submission) -> list[str]:
    promote = submission.promote
    if promote is None:
        return []
    unknown = [] if promote.layer in LAYERS else [f"A golden case is one of: {', '.join(LAYERS)}."]
    silent = not promote.reason.strip() and not submission.note.strip()
    return unknown + (["Say why this case must be kept."] if silent else [])


def _unknown_answers(answers: Mapping[str, str], rubric: Rubric) -> list[str]:
    known = {criterion.name for criterion in rubric.criteria}
    return [f"The rubric has no criterion {name!r}." for name in sorted(set(answers) - known)]


def _is_number(text: str) -> bool:
    try:
        return float(text) - float(text) == 0  # false for inf and nan
    except ValueError:
        return False
