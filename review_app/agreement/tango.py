"""Tango's score test for the difference of two paired proportions.

Of n pairs, `won` turned from 0 to 1 and `lost` from 1 to 0. The difference is (won - lost) / n. Wald's interval and
a McNemar test that is "not significant" pass candidates that are worse than the margin; this one keeps its level.
Source: Tango (1998), Statistics in Medicine 17, 891-908.
"""

from __future__ import annotations

import math

from scipy.optimize import brentq
from scipy.stats import norm

_EDGE = 1 - 1e-12  # the score is 0/0 at a difference of exactly 1 or -1


def non_inferiority_p(won: int, lost: int, n: int, margin: float) -> float:
    """One-sided p of "the true difference is -margin or less". n >= 1; margin in (0, 1); returns in (0, 1)."""
    return float(norm.sf(_score(won, lost, n, -margin)))


def fewest(margin: float, alpha: float) -> int:
    """The fewest pairs that pass at alpha where none of them changed: n margin / (1 - margin) must reach z^2."""
    return math.ceil(float(norm.isf(alpha)) ** 2 * (1 - margin) / margin)


def score_interval(won: int, lost: int, n: int, level: float) -> tuple[float, float]:
    """The differences in [-1, 1] that a two-sided score test at 1 - level does not reject."""
    z = float(norm.ppf((1 + level) / 2))
    return _bound(won, lost, n, z), _bound(won, lost, n, -z)


def _bound(won: int, lost: int, n: int, z: float) -> float:
    def excess(difference: float) -> float:
        return _score(won, lost, n, difference) - z

    # The score falls in the difference; all pairs changed the same way leave no crossing on that side.
    if excess(-_EDGE) <= 0:
        return -1.0
    if excess(_EDGE) >= 0:
        return 1.0
    return float(brentq(excess, -_EDGE, _EDGE, xtol=1e-12))


def _score(won: int, lost: int, n: int, difference: float) -> float:
    """(won - lost - n d) / sqrt(n (2 q + d (1 - d))); q is the likeliest share lost when the difference is d."""
    a = 2 * n
    b = -won - lost + (2 * n - won + lost) * difference
    c = -lost * difference * (1 - difference)
    q = (math.sqrt(max(b * b - 4 * a * c, 0.0)) - b) / (2 * a)
    variance = n * (2 * q + difference * (1 - difference))
    distance = won - lost - n * difference
    if distance == 0:
        return 0.0
    return distance / math.sqrt(variance) if variance > 0 else math.copysign(math.inf, distance)
