"""Smoothed Jeffreys distribution for a rate under unequal drawing (the S and J of "VSJ"; V is by verdict).

Inside one verdict a few heavy traces can carry the whole rate. A pseudo-trace as heavy as the heaviest one, half bad
and half good, is added; its size is what keeps "none seen" from reading as "there are none". With equal weights and
a large frame this is Jeffreys' Beta(x + 1/2, n - x + 1/2).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.stats import beta

Numbers = npt.NDArray[np.float64]


class BetaParameters(NamedTuple):
    """Beta(bad, good), both above 0: where the share of failures lies."""

    bad: float
    good: float


def beta_parameters(y: Numbers, pi: Numbers) -> BetaParameters:
    """The distribution of one rate.

    y: shape (n,), n >= 1, in [0, 1]; a tie is .5. pi: inclusion probabilities in (0, 1], same shape. With w = 1/pi,
    W the largest: p = (sum w y + W/2) / (sum w + W), its variance
    V = [sum (1-pi) (w (y-p))^2 + W^2/2 ((1-p)^2 + p^2)] / (sum w + W)^2, and n = p (1-p) / V.
    Source: ours, after Franco, Little, Louis and Slud (2019), J. Survey Statistics and Methodology 7.
    """
    w = 1 / pi
    heaviest, total = w.max(), w.sum() + w.max()
    p = (w @ y + heaviest / 2) / total
    spread = ((1 - pi) * (w * (y - p)) ** 2).sum() + heaviest**2 / 2 * ((1 - p) ** 2 + p**2)
    n = p * (1 - p) * total**2 / spread
    return BetaParameters(float(n * p), float(n * (1 - p)))


def interval(parameters: BetaParameters, level: float = 0.95) -> tuple[float, float]:
    """The central interval of the distribution."""
    tail = (1 - level) / 2
    low, high = beta.ppf([tail, 1 - tail], parameters.bad, parameters.good)
    return float(low), float(high)


def weighted_share(y: Numbers, pi: Numbers) -> float:
    """Hajek's estimate sum w y / sum w, with w = 1/pi."""
    return float((y / pi).sum() / (1 / pi).sum())
