"""One judge's battery of biases: which columns are asked, and what only another judge beside it can show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from review_app.agreement.biases.bias_battery import Battery, BiasBattery, bias_battery, own_family_difference
from review_app.agreement.biases.bias_effect import BiasEffect
from review_app.agreement.biases.paired_probe import position
from review_app.agreement.biases.text_format import FEATURES
from review_app.review.rubric import PAIR, Criterion

_PLACES = (dict(zip(PAIR, ("first", "second"), strict=False)), dict(zip(PAIR, ("second", "first"), strict=False)))
"""Which place an output stood in, as it was shown at first, and with the two exchanged."""


def judge_biases(
    judge: str, drawn: pd.DataFrame, criterion: Criterion, families: Mapping[str, str], more: Sequence[BiasEffect]
) -> BiasBattery:
    """Leniency, and what the columns tell: length, format, and whether it favours answers of its own model family.

    drawn: as bias_battery takes it. Each is asked where its columns are there; the family where that of every answer is
    known and they are of two or more. families: judge, or model of the traces -> family. more: of this judge, measured
    otherwise."""
    generator = drawn["model"].map(families) if "model" in drawn else pd.Series(dtype=object)
    told = len(drawn) > 0 and generator.notna().all() and generator.nunique() > 1
    battery = Battery(
        length="output_chars" if "output_chars" in drawn else None,
        generator="generator" if told else None,
        judge_family=families.get(judge, ""),
        format=tuple(name for name in FEATURES if name in drawn),
    )
    rows = drawn.assign(generator=generator) if told else drawn
    if criterion.kind == "ordinal":
        rows = rows.assign(gap=rows["judge_label_score"] - rows["score"])
    return bias_battery(rows, battery, more)


def beside_other_families(
    judge: str, drawn: pd.DataFrame, others: Mapping[str, pd.DataFrame], families: Mapping[str, str]
) -> list[BiasEffect]:
    """own_family_difference against each judge of another family; none where no model's family is known.

    drawn: one row per labelled trace with the judge's `flagged`, `model` and the design. others: judge -> the same."""
    mine, written = families.get(judge), set()
    if mine is not None and "model" in drawn:
        drawn = drawn.assign(generator=drawn["model"].map(families)).dropna(subset=["generator"])
        written = set(drawn["generator"])
    found = []
    for name, theirs in ((name, families.get(name, mine)) for name in sorted(others)):
        if mine is None or theirs is None or theirs == mine or not written & {mine, theirs}:
            continue
        other = others[name][["trace_id", "flagged"]].rename(columns={"flagged": "flagged_second"})
        both = drawn.merge(other, on="trace_id")
        both = both.assign(
            passed_first=~both["flagged"].astype(bool), passed_second=~both["flagged_second"].astype(bool)
        )
        found.append(own_family_difference(both, (mine, theirs)))
    return found


def in_both_orders(shown: pd.DataFrame, exchanged: pd.DataFrame) -> list[BiasEffect]:
    """The bias for a place of a judge of pairs; none where no pair was judged in both orders.

    shown, exchanged: verdicts (trace_id, status, label out of PAIR) with the output first, and with it second."""
    first, second = (rows[rows["status"] == "ok"].set_index("trace_id")["label"] for rows in (shown, exchanged))
    both = first.index.intersection(second.index).sort_values()
    if both.empty:
        return []
    return [position(*(said[both].map(place) for said, place in zip((first, second), _PLACES, strict=True)))]
