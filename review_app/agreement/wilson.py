"""Wilson's score interval for a rate of evenly drawn traces. Wrong for weighted data: see vsj."""

from __future__ import annotations

import math

from scipy.stats import norm


def wilson(events: float, n: float, level: float = 0.95) -> tuple[float, float]:
    """The interval for events / n; n > 0, events in [0, n], halves allowed. Source: Wilson (1927), JASA 22, 209-212."""
    z = float(norm.ppf((1 + level) / 2))
    share = events / n
    middle = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z / (1 + z**2 / n) * math.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return max(middle - reach, 0.0), min(middle + reach, 1.0)
