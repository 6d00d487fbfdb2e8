"""Which of two systems people preferred, pair by pair."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scipy.stats import binomtest

from review_app.agreement.estimate import Estimate, undefined
from review_app.agreement.wilson import wilson

_METHOD = "share of the decided pairs, Wilson"


@dataclass(frozen=True, kw_only=True)
class Preference:
    """wins, losses: pairs in which most people found the first, or the second, better; ties: neither.
    share: wins among the decided pairs, undefined without one. p: two-sided sign test of "as often one as the other",
    exact; None without a decided pair. Ties count in neither: they say how often it does not matter."""

    wins: int
    ties: int
    losses: int
    share: Estimate
    p: float | None


def preference(pairs: Iterable[tuple[int, int]]) -> Preference:
    """pairs: of each pair, how many people found the first better, and the second.

    Source of the test: Dixon and Mood (1946), The statistical sign test, JASA 41, 557-566."""
    found = list(pairs)
    wins, losses = sum(one > other for one, other in found), sum(one < other for one, other in found)
    ties, decided = len(found) - wins - losses, wins + losses
    if not decided:
        return Preference(wins=0, ties=ties, losses=0, share=undefined("no pair is decided yet", 0, _METHOD), p=None)
    low, high = wilson(wins, decided)
    share = Estimate(value=wins / decided, low=low, high=high, n=decided, method=_METHOD)
    return Preference(wins=wins, ties=ties, losses=losses, share=share, p=float(binomtest(wins, decided, 0.5).pvalue))
