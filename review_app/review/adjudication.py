"""Where independent reviews differ, and what makes a settled answer complete.

The reviews stay as they are: a settlement is a record beside them, with its author.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import pandas as pd

from review_app import tables
from review_app.review.blind import BlindTrace
from review_app.review.rubric import Criterion, Rubric

Outcome = Literal["settled", "fix_rubric", "fix_context"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
# Two people never write the same words, and that is no disagreement.
_WORDS = ("text", "span")

DIFFERING = ("trace_id", "rubric_version", "criterion", "n_reviewers")
"""One row per criterion on which independent reviews of one trace, under one version of the rubric, differ."""


@dataclass(frozen=True, kw_only=True)
class Settlement:
    """What the accountable person decided on one criterion of one trace.

    outcome: `settled` carries the `label`; `fix_rubric` and `fix_context` say in `note` what must be mended first.
    correction: what the output should have been, None where nobody wrote it."""

    criterion: str
    outcome: Outcome = "settled"
    label: str | None = None
    correction: str | None = None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Opinion:
    """One person's independent review, as the one who settles reads it. labels: criterion -> label."""

    reviewer: str
    labels: Mapping[str, str]
    note: str
    correction: str | None


@dataclass(frozen=True, kw_only=True)
class Dispute:
    """A trace to settle, blind: what people said, and nothing of what a judge said.

    criteria: those on which the opinions differ. rubric: the one they were given under."""

    trace: BlindTrace
    rubric: Rubric
    criteria: tuple[Criterion, ...]
    opinions: tuple[Opinion, ...]


def independent(reviews: pd.DataFrame) -> pd.DataFrame:
    """The rows of a reviews frame (tables.REVIEWS) given blind, not as a repeat, with a label; each person's latest."""
    tables.require(reviews, tables.REVIEWS, "reviews")
    keep = (reviews["outcome"] == "judged") & ~reviews["assisted"].astype(bool) & reviews["repeat_of"].isna()
    found = reviews[keep & reviews["label"].notna()].sort_values("at", kind="stable")
    return found.drop_duplicates(["trace_id", "rubric_version", "criterion", "reviewer"], keep="last")


def differing(reviews: pd.DataFrame, rubrics: Mapping[str, Rubric]) -> pd.DataFrame:
    """Columns DIFFERING, by trace, then criterion. rubrics: version -> rubric; reviews of other versions are left out,
    and so are criteria answered in words."""
    found = independent(reviews)
    asked = {
        (version, criterion.name): criterion
        for version, rubric in rubrics.items()
        for criterion in rubric.criteria
        if criterion.kind not in _WORDS
    }
    keys = list(zip(found["rubric_version"], found["criterion"], strict=True))
    found = found.assign(
        answer=[
            _comparable(asked[key], label) if key in asked else None
            for key, label in zip(keys, found["label"], strict=True)
        ]
    )
    found = found[found["answer"].notna()]
    grouped = found.groupby(["trace_id", "rubric_version", "criterion"], sort=True)
    counted = grouped.agg(n_answers=("answer", "nunique"), n_reviewers=("reviewer", "nunique")).reset_index()
    return counted.loc[counted["n_answers"] > 1, list(DIFFERING)].reset_index(drop=True)


def opinions(reviews: pd.DataFrame) -> tuple[Opinion, ...]:
    """Each person's labels and words, by name. reviews: one trace under one version of the rubric."""
    return tuple(
        Opinion(
            reviewer=str(reviewer),
            labels=dict(zip(rows["criterion"], rows["label"], strict=True)),
            note=str(rows["note"].iloc[-1]),
            correction=None if pd.isna(rows["correction"].iloc[-1]) else str(rows["correction"].iloc[-1]),
        )
        for reviewer, rows in independent(reviews).groupby("reviewer", sort=True)
    )


def faults(settlement: Settlement, criterion: Criterion) -> list[str]:
    """What is wrong with a settlement, in sentences; empty when it can be stored."""
    question = f"“{criterion.question}”"
    if settlement.outcome not in OUTCOMES:
        return [f"{question}: {settlement.outcome!r} is none of {', '.join(OUTCOMES)}."]
    if settlement.outcome != "settled":
        return [] if settlement.note.strip() else [f"{question}: say in the note what must be mended."]
    if not settlement.label:
        return [f"{question} has no settled answer yet."]
    return [] if _answers(criterion, settlement.label) else [f"{question} has no label {settlement.label!r}."]


def _answers(criterion: Criterion, label: str) -> bool:
    if criterion.values():
        picked = label.split(",")
        return set(picked) <= set(criterion.values()) and (criterion.multiple or len(picked) == 1)
    return criterion.kind != "numeric" or _number(label) is not None


def _comparable(criterion: Criterion, label: str) -> str:
    """The label in a form in which equal answers are equal texts."""
    if criterion.multiple:
        return ",".join(sorted(label.split(",")))
    number = _number(label) if criterion.kind == "numeric" else None
    return label if number is None else repr(number)


def _number(label: str) -> float | None:
    try:
        number = float(label)
    except ValueError:
        return None
    return number if number - number == 0 else None  # inf and nan are no answers
