"""Two judges on the same labelled traces, and the two halves of a change in a judge's figure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from review_app.agreement.estimate import Estimate, undefined
from review_app.agreement.tango import score_interval
from review_app.agreement.wilson import wilson

PAIRED = "paired difference; Tango's interval"
INDEPENDENT = "difference of two shares; Newcombe's interval"
LEVEL = 0.95


@dataclass(frozen=True, kw_only=True)
class TwoJudges:
    """second minus first, over traces both judged and people agree on; of these traces, not of all traffic. accuracy:
    same answer as people; tpr: failures flagged; tnr: good answers passed. won, lost: traces on which only the second,
    only the first was right. ties: traces left out because people tied."""

    accuracy: Estimate
    tpr: Estimate
    tnr: Estimate
    won: int
    lost: int
    ties: int


@dataclass(frozen=True, kw_only=True)
class Change:
    """How the share of flagged traces moved. total = system + judge. system: the later traffic against the earlier, by
    the new judge alone. judge: the new judge against the old one on the same earlier traces."""

    total: Estimate
    system: Estimate
    judge: Estimate


def two_judges(both: pd.DataFrame) -> TwoJudges:
    """both: one row per trace: `y` in [0, 1], `first` and `second`: flagged."""
    sure = both[both["y"] != 0.5]
    bad = sure["y"] > 0.5
    first, second = sure["first"].astype(bool) == bad, sure["second"].astype(bool) == bad
    return TwoJudges(
        accuracy=paired(first, second, "nobody labelled a trace both judged"),
        tpr=paired(first[bad], second[bad], "people found no failure in these traces"),
        tnr=paired(first[~bad], second[~bad], "people found only failures in these traces"),
        won=int((second & ~first).sum()),
        lost=int((first & ~second).sum()),
        ties=len(both) - len(sure),
    )


def paired(first: pd.Series, second: pd.Series, why_not: str) -> Estimate:
    """second minus first, both true or false of the same traces."""
    n, won, lost = len(first), int((second & ~first).sum()), int((first & ~second).sum())
    if not n:
        return undefined(why_not, 0, PAIRED)
    low, high = score_interval(won, lost, n, LEVEL)
    return Estimate(value=(won - lost) / n, low=low, high=high, n=n, method=PAIRED)


def change(earlier: pd.DataFrame, later: pd.Series) -> Change:
    """earlier: one row per earlier trace that both judged: `old`, `new`: flagged. later: flagged by the new judge, one
    per later trace."""
    old, new = earlier["old"].astype(bool), earlier["new"].astype(bool)
    return Change(
        total=independent(int(later.sum()), len(later), int(old.sum()), len(old)),
        system=independent(int(later.sum()), len(later), int(new.sum()), len(new)),
        judge=paired(old, new, "no earlier trace was judged by both"),
    )


def independent(hits: int, n: int, hits_before: int, n_before: int) -> Estimate:
    """hits / n minus hits_before / n_before. Source: Newcombe (1998), Statistics in Medicine 17, 873-890, method 10."""
    if not n or not n_before:
        return undefined("there are no such traces", n + n_before, INDEPENDENT)
    p, q = hits / n, hits_before / n_before
    (low, high), (low_before, high_before) = wilson(hits, n), wilson(hits_before, n_before)
    return Estimate(
        value=p - q,
        low=p - q - math.hypot(p - low, high_before - q),
        high=p - q + math.hypot(high - p, q - low_before),
        n=n + n_before,
        method=INDEPENDENT,
    )
