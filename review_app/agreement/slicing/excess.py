"""How much higher a rate is inside a slice than outside it, weighted by the draw, with an interval."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import betaincinv
from scipy.stats import beta, norm

from review_app.agreement.design import Design
from review_app.agreement.estimate import Estimate
from review_app.agreement.judges import vsj

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]

# The normal scale on which one Beta is averaged over; the trapezoid rule is exact there to some 1e-9.
_GRID = np.linspace(-7.5, 7.5, 301)
_MASS = norm.pdf(_GRID) / norm.pdf(_GRID).sum()


class Excess(NamedTuple):
    """Rates in [0, 1] with 95 % intervals; difference: inside minus outside, each end a bound at the level asked."""

    inside: Estimate
    outside: Estimate
    difference: Estimate


def excess(inside: Mask, events: Mask, design: Design, bound: float) -> Excess:
    """All arrays of shape (n,); rows are needed on both sides. bound: level in (.5, 1) of each one-sided bound."""
    y = events.astype(float)
    within, without = _rate(y[inside], design.at(inside)), _rate(y[~inside], design.at(~inside))
    betas = [vsj.beta_parameters(y[side], design.at(side)) for side in (inside, ~inside)]
    low, high = (difference_quantile(betas[0], betas[1], q) for q in (1 - bound, bound))
    gap = vsj.weighted_share(y[inside], design.at(inside)) - vsj.weighted_share(y[~inside], design.at(~inside))
    method = "difference of weighted shares; two smoothed Jeffreys distributions"
    level = 2 * bound - 1
    return Excess(within, without, Estimate(value=gap, low=low, high=high, n=len(y), method=method, level=level))


def difference_quantile(first: vsj.BetaParameters, second: vsj.BetaParameters, q: float) -> float:
    """The q-quantile of X - Y in (-1, 1), X and Y independent Betas: P(X - Y <= d) = E P(X <= d + Y)."""
    # Not beta.ppf: it warns of the ends of this grid, where the quantile is 0 or 1 to the last digit.
    y = betaincinv(second.bad, second.good, norm.cdf(_GRID))

    def surplus(difference: float) -> float:
        return float(_MASS @ beta.cdf(difference + y, first.bad, first.good)) - q

    return float(brentq(surplus, -1.0, 1.0, xtol=1e-7))


def _rate(y: Numbers, design: Design) -> Estimate:
    low, high = vsj.interval(vsj.beta_parameters(y, design))
    method = "weighted share; smoothed Jeffreys interval"
    return Estimate(value=vsj.weighted_share(y, design), low=low, high=high, n=len(y), method=method)
