"""Smoothed Jeffreys distribution for a rate under unequal drawing (the S and J of "VSJ"; V is by verdict).

Inside one verdict a few heavy traces can carry the whole rate. A pseudo-trace as heavy as the heaviest one, half bad
and half good, is added; its size is what keeps "none seen" from reading as "there are none". With equal weights and
a large frame this is Jeffreys' Beta(x + 1/2, n - x + 1/2).
"""

from __future__ import annotations

from typing import NamedTuple

from scipy.stats import beta

from review_app.agreement.design import Design, Numbers


class BetaParameters(NamedTuple):
    """Beta(bad, good), both above 0: where the share of failures lies."""

    bad: float
    good: float


def beta_parameters(y: Numbers, design: Design) -> BetaParameters:
    """The distribution of one rate.

    y: shape (n,), n >= 1, in [0, 1]; a tie is .5. design: of the same traces, some w above 0. With W the largest
    w: p = (sum w y + W/2) / (sum w + W), its variance
    V = [sum v (y-p)^2 + W^2/2 ((1-p)^2 + p^2)] / (sum w + W)^2, and n = p (1-p) / V.
    Source: ours, after Franco, Little, Louis and Slud (2019), J. Survey Statistics and Methodology 7.
    """
    heaviest = design.w.max()
    total = design.w.sum() + heaviest
    p = (design.w @ y + heaviest / 2) / total
    spread = design.v @ (y - p) ** 2 + heaviest**2 / 2 * ((1 - p) ** 2 + p**2)
    n = p * (1 - p) * total**2 / spread
    return BetaParameters(float(n * p), float(n * (1 - p)))


def interval(parameters: BetaParameters, level: float = 0.95) -> tuple[float, float]:
    """The central interval of the distribution."""
    tail = (1 - level) / 2
    low, high = beta.ppf([tail, 1 - tail], parameters.bad, parameters.good)
    return float(low), float(high)


def weighted_share(y: Numbers, design: Design) -> float:
    """Hajek's estimate sum w y / sum w."""
    return float(design.w @ y / design.w.sum())
