"""What a person's labels of one batch changed: the answer to "does anybody read this?"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from review_app.review.rubric import Rubric

BATCH = 20
"""Items between two pauses."""


@dataclass(frozen=True, kw_only=True)
class JudgeShift:
    """How often one judge said otherwise on one criterion. missed: it passed what the person failed; false_alarms:
    the other way round; compared: traces with a label of both."""

    judge: str
    judge_version: str
    criterion: str
    compared: int
    missed: int
    false_alarms: int


@dataclass(frozen=True, kw_only=True)
class BatchSummary:
    """reviews: how many of the traces asked about this person has reviewed; bad: those with a bad label; undecided:
    those not judged. corrected: outputs rewritten. proposals: golden cases proposed from them."""

    reviews: int = 0
    bad: int = 0
    undecided: int = 0
    corrected: int = 0
    proposals: int = 0
    judges: tuple[JudgeShift, ...] = ()


def summary(
    reviews: pd.DataFrame, verdicts: pd.DataFrame, proposed: Sequence[str], rubric: Rubric, trace_ids: Sequence[str]
) -> BatchSummary:
    """What one person's first answers to these traces amount to.

    reviews: this person's rows of tables.REVIEWS with `correction`; verdicts: tables.VERDICTS; proposed: the trace of
    each golden case they proposed. Traces they have not reviewed count nowhere."""
    mine = reviews[reviews["trace_id"].isin(trace_ids) & ~reviews["assisted"]]
    each = mine.drop_duplicates("review_id").drop_duplicates("trace_id")
    mine = mine[mine["review_id"].isin(each["review_id"])]
    labels = mine.dropna(subset=["label"])
    bad = [_is_bad(rubric, row.criterion, row.label) for row in labels.itertuples()]
    return BatchSummary(
        reviews=len(each),
        bad=labels.loc[bad, "trace_id"].nunique(),
        undecided=int((each["outcome"] != "judged").sum()),
        corrected=int(each["correction"].notna().sum()),
        proposals=len(set(proposed) & set(each["trace_id"])),
        judges=_shifts(labels, verdicts, rubric),
    )


def _shifts(labels: pd.DataFrame, verdicts: pd.DataFrame, rubric: Rubric) -> tuple[JudgeShift, ...]:
    asked = [criterion.name for criterion in rubric.criteria if criterion.bad]
    given = labels[labels["criterion"].isin(asked)][["trace_id", "criterion", "label"]]
    said = verdicts.dropna(subset=["label"])[["trace_id", "criterion", "judge", "judge_version", "label"]]
    both = given.merge(said, on=["trace_id", "criterion"], suffixes=("", "_judge"))
    found = []
    for (criterion, judge, version), rows in both.groupby(["criterion", "judge", "judge_version"]):
        person = [_is_bad(rubric, criterion, label) for label in rows["label"]]
        machine = [_is_bad(rubric, criterion, label) for label in rows["label_judge"]]
        pairs = list(zip(person, machine, strict=True))
        found.append(
            JudgeShift(
                judge=judge,
                judge_version=version,
                criterion=criterion,
                compared=len(pairs),
                missed=pairs.count((True, False)),
                false_alarms=pairs.count((False, True)),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.missed - one.false_alarms, one.judge, one.criterion)))


def _is_bad(rubric: Rubric, criterion: object, label: str) -> bool:
    return any(c.name == criterion and set(c.bad) & set(label.split(",")) for c in rubric.criteria)
