"""McNemar's exact test: of the pairs that changed, did as many turn one way as the other?"""

from __future__ import annotations

from scipy.stats import binom


def exact_p(up: int, down: int) -> float:
    """Two-sided p of "either way is equally likely": twice the smaller binomial tail at 1/2, at most 1.

    up, down: pairs that changed, each way. Without any the p is 1. Source: McNemar (1947), Psychometrika 12."""
    return min(1.0, 2 * float(binom.cdf(min(up, down), up + down, 0.5)))
