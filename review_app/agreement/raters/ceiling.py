"""The best a perfect judge could score against people who are themselves not always right."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

from review_app.agreement.estimate import Estimate, undefined
from review_app.agreement.sentence import percent

METHOD = "reviewers err independently and equally often on good and bad traces"


class Rates(NamedTuple):
    """How often somebody is right about bad (tpr) and good (tnr) traces, in [0, 1]."""

    tpr: float
    tnr: float


@dataclass(frozen=True, kw_only=True)
class Ceiling:
    """agreement: between two reviewers, as given. best_agreement, best_tpr, best_tnr: what a judge that is always right
    would show against one reviewer's labels. self_consistency: how often one reviewer, asked again unseen, gives the
    same answer; None where nobody was. text: all that in a sentence."""

    agreement: Estimate
    best_agreement: Estimate
    best_tpr: Estimate
    best_tnr: Estimate
    text: str
    self_consistency: Estimate | None = None


def apparent(truly_bad: float, judge: Rates, reviewer: Rates) -> Rates:
    """The judge's rates as they look against one reviewer's labels, errors independent given the truth.

    truly_bad: share in (0, 1). TPR is P(both say bad) / P(reviewer says bad).
    Source: Zhou, Obuchowski and McClish, Statistical Methods in Diagnostic Medicine, imperfect gold standard.
    """
    good = 1 - truly_bad
    both_bad = truly_bad * judge.tpr * reviewer.tpr + good * (1 - judge.tnr) * (1 - reviewer.tnr)
    both_good = truly_bad * (1 - judge.tpr) * (1 - reviewer.tpr) + good * judge.tnr * reviewer.tnr
    said_bad = truly_bad * reviewer.tpr + good * (1 - reviewer.tnr)
    return Rates(both_bad / said_bad, both_good / (1 - said_bad))


def ceiling(agreement: Estimate, said_bad: float, self_consistency: Estimate | None = None) -> Ceiling:
    """From how often reviewers agree to the best a judge can show.

    agreement: share of traces on which two reviewers give the same answer. said_bad: share of traces reviewers call
    bad. With error rate e of one reviewer agreement is (1-e)^2 + e^2. self_consistency is told beside it and nothing is
    made of it: a reviewer repeats own errors, so a ceiling from it is too high. Undefined when agreement is 1/2 or less
    (no better than chance), or when the errors alone would exceed said_bad or 1 - said_bad.
    """
    ends = [None if a is None else _best(a, said_bad) for a in (agreement.value, agreement.low, agreement.high)]
    figures = [_figure(agreement, [None if end is None else end[k] for end in ends]) for k in range(3)]
    best_agreement, best_tpr, best_tnr = figures
    return Ceiling(
        agreement=agreement, best_agreement=best_agreement, best_tpr=best_tpr, best_tnr=best_tnr,
        text=_text(agreement, best_agreement, best_tpr) + _again(self_consistency),
        self_consistency=self_consistency,
    )  # fmt: skip


def _best(agreement: float, said_bad: float) -> tuple[float, float | None, float | None] | None:
    """Best agreement, TPR and TNR; the last two None where the errors explain every bad (or every good) label."""
    if agreement <= 0.5:
        return None
    right = (1 + math.sqrt(2 * agreement - 1)) / 2
    truly_bad = (said_bad - (1 - right)) / (2 * right - 1)
    if not 0 < truly_bad < 1:
        return right, None, None
    perfect = apparent(truly_bad, Rates(1, 1), Rates(right, right))
    return right, perfect.tpr, perfect.tnr


def _figure(agreement: Estimate, ends: list[float | None]) -> Estimate:
    value, low, high = ends
    if value is None:
        why = "people agree no better than chance, or their errors alone explain the share they call bad"
        return undefined(why, agreement.n, METHOD)
    return Estimate(value=value, low=low, high=high, n=agreement.n, method=METHOD, level=agreement.level)


def _text(agreement: Estimate, best: Estimate, best_tpr: Estimate) -> str:
    if agreement.value is None:
        return "how often reviewers agree is not known, so neither is the best a judge can reach"
    seen = f"two reviewers agree on {percent(agreement.value)} of traces"
    if best.value is None:
        return f"{seen}: no better than chance, so no judge can be measured against them"
    found = f"; it would seem to catch {percent(best_tpr.value)} of bad answers" if best_tpr.value is not None else ""
    return f"{seen}: even a judge that is always right would agree with one of them on {percent(best.value)}{found}"


def _again(own: Estimate | None) -> str:
    if own is None or own.value is None:
        return ""
    sure = (
        ""
        if own.low is None or own.high is None
        else f", {percent(own.level)}: {percent(own.low)} to {percent(own.high)}"
    )
    return f"; one reviewer asked again says the same on {percent(own.value)} ({own.n:,} answers{sure})"
