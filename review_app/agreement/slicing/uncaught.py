"""What people wrote down although no criterion caught it: where the rubric, and every judge of it, has a hole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from review_app import tables
from review_app.agreement.raters.people import meaning
from review_app.review.rubric import Rubric

NOT_CODED = "(no code yet)"
EXAMPLES = 5


@dataclass(frozen=True, kw_only=True)
class UncaughtCode:
    """One kind of note. notes, traces: how many have it. examples: trace_ids; a first note in its words."""

    code: str
    notes: int
    traces: int
    examples: tuple[str, ...]
    note: str


@dataclass(frozen=True, kw_only=True)
class Uncaught:
    """codes: the most frequent first, notes without a code last. traces: how many have such a note.

    of: traces on which no criterion got a bad answer, with or without a note.
    """

    codes: tuple[UncaughtCode, ...]
    traces: int
    of: int
    method: str = "notes on traces without a bad answer by anybody, under any criterion; counts, not weighted"


def uncaught(
    notes: pd.DataFrame, coded: pd.DataFrame, reviews: pd.DataFrame, rubrics: Mapping[str, Rubric]
) -> Uncaught:
    """Notes on traces whose every answer was good, by code.

    notes: review_id, trace_id, note. coded: review_id, code; a note may have several. reviews: columns tables.REVIEWS.
    rubrics: version -> rubric. An answer that is no label of a known rubric is not good: its trace stays out. Reviews
    that judged nothing (cannot judge, skipped) say nothing either way. A trace counts when anybody judged it.
    """
    rows, good = uncaught_notes(notes, coded, reviews, rubrics)
    codes = [_code(str(code), part) for code, part in rows.groupby("code")]
    codes.sort(key=lambda one: (one.code == NOT_CODED, -one.traces, one.code.casefold()))
    return Uncaught(codes=tuple(codes), traces=int(rows["trace_id"].nunique()), of=good)


def uncaught_notes(
    notes: pd.DataFrame, coded: pd.DataFrame, reviews: pd.DataFrame, rubrics: Mapping[str, Rubric]
) -> tuple[pd.DataFrame, int]:
    """A row per such note and code of it, NOT_CODED without one: review_id, trace_id, note, code; and on how many
    traces no criterion got a bad answer. As `uncaught` asks for them."""
    tables.require(reviews, tables.REVIEWS, "reviews")
    good = _good_traces(reviews[reviews["outcome"] == "judged"], rubrics)
    mine = notes[notes["trace_id"].isin(good)].sort_values(["trace_id", "review_id"])
    rows = mine.merge(coded[["review_id", "code"]], on="review_id", how="left")
    return rows.assign(code=rows["code"].astype(object).where(rows["code"].notna(), NOT_CODED)), len(good)


def _good_traces(judged: pd.DataFrame, rubrics: Mapping[str, Rubric]) -> set[str]:
    answers = judged[["rubric_version", "criterion", "label"]]
    given = list(answers.astype(object).where(answers.notna(), None).itertuples(index=False, name=None))
    known = {(version, name, label): _is_good(version, name, label, rubrics) for version, name, label in set(given)}
    good = [known[answer] for answer in given]
    all_good = pd.Series(good, index=judged["trace_id"], dtype=bool).groupby(level=0).all()
    return set(all_good.index[all_good])


def _is_good(version: str, name: str, label: object, rubrics: Mapping[str, Rubric]) -> bool:
    """A criterion without bad labels, and one that was not answered, catch nothing."""
    criteria = rubrics[version].criteria if version in rubrics else ()
    criterion = next((one for one in criteria if one.name == name), None)
    if criterion is None:
        return False
    if not criterion.bad or not isinstance(label, str):
        return True
    said = meaning(criterion, label)
    return bool(np.equal(said.bad, 0))


def _code(code: str, rows: pd.DataFrame) -> UncaughtCode:
    traces = rows["trace_id"].drop_duplicates()
    return UncaughtCode(
        code=code,
        notes=int(rows["review_id"].nunique()),
        traces=len(traces),
        examples=tuple(traces.iloc[:EXAMPLES]),
        note=str(rows["note"].iloc[0]),
    )
