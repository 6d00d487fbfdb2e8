"""How bad would a slice have had to be to come out of the search? Said when nothing was found."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy.stats import beta, hypergeom

POWER = 0.8
COARSE = 0.25
"""An effect above this many points is a wide hole: smaller ones went unseen."""


@dataclass(frozen=True, kw_only=True)
class Detectable:
    """A slice of n rows would have shown with `events` or more; that happens 8 times in 10 at a true share of `rate`.

    overall: the share of events in the universe."""

    n: int
    events: int
    rate: float
    overall: float

    @property
    def coarse(self) -> bool:
        """True where only large effects can be seen."""
        return self.rate - self.overall > COARSE


def by_score(universe: int, events: int, n: int, bar: float) -> Detectable | None:
    """For a search in which a slice's score (a - E) / sqrt V had to reach `bar`; None where no count would do."""
    expected = n * events / universe
    deviation = math.sqrt(expected * (universe - n) * (universe - events) / (universe * max(universe - 1, 1)))
    return _first(universe, events, n, lambda count: deviation > 0 and (count - expected) / deviation >= bar)


def by_chance(universe: int, events: int, n: int, alpha: float) -> Detectable | None:
    """For a search in which the mid-p of a slice had to be at most alpha; None where no count would do."""

    def enough(count: int) -> bool:
        more, as_many = hypergeom.sf(count, universe, events, n), hypergeom.pmf(count, universe, events, n)
        return bool(more + as_many / 2 <= alpha)

    return _first(universe, events, n, enough)


def _first(universe: int, events: int, n: int, enough: Callable[[int], bool]) -> Detectable | None:
    for count in range(3, min(n, events) + 1):
        if enough(count):
            # P(Binomial(n, rate) >= count) is the Beta(count, n - count + 1) distribution at rate.
            rate = float(beta.ppf(POWER, count, n - count + 1))
            return Detectable(n=n, events=count, rate=rate, overall=events / universe)
    return None
