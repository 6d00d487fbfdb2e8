"""How similar two categories are: 1 on the diagonal, down to 0 for the pair furthest apart.

A disagreement between neighbours of a scale is a smaller one; every chance-corrected coefficient takes such a matrix.
Source: Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed., chapter 3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Level = Literal["nominal", "ordinal", "interval", "ratio"]
"""What differences between values mean: none, order, distance, proportion."""


def identity(n: int) -> Numbers:
    """Only the same category agrees. n: number of categories."""
    return np.eye(n)


def linear(values: Numbers) -> Numbers:
    """1 - |k - l| / range. values: numbers of the categories, shape (K,)."""
    return 1 - np.abs(values[:, None] - values) / _range(values)


def quadratic(values: Numbers) -> Numbers:
    """1 - (k - l)^2 / range^2."""
    return np.asarray(1 - ((values[:, None] - values) / _range(values)) ** 2)


def ordinal(n: int) -> Numbers:
    """Gwet's ordinal weights: 1 - C(|k - l| + 1, 2) / C(n, 2) for n ordered categories."""
    apart = np.abs(np.arange(n)[:, None] - np.arange(n)).astype(float)
    return np.asarray(1 - apart * (apart + 1) / max(n * (n - 1), 1))


def ratio(values: Numbers) -> Numbers:
    """1 - [(k - l) / (k + l)]^2 / [(max - min) / (max + min)]^2; values >= 0."""
    longest = _range(values) / max(float(values.max() + values.min()), np.finfo(float).tiny)
    return np.asarray(1 - relative_gap(values[:, None], values) ** 2 / longest**2)


def relative_gap(k: Numbers, l: Numbers) -> Numbers:  # noqa: E741
    """(k - l) / (k + l), and 0 between two zeros."""
    gap, total = k - l, k + l
    share: Numbers = np.divide(gap, total, out=np.zeros(np.shape(gap)), where=total != 0)
    return share


def for_level(level: Level, values: Numbers) -> Numbers:
    """The weights a level of measurement asks for; ordinal and interval are quadratic, as in quadratic kappa.

    values: numbers of the categories in their order, shape (K,); their places on the scale where they have no numbers.
    """
    return _FOR_LEVEL[level](values)


def _range(values: Numbers) -> float:
    return float(np.ptp(values)) or 1.0


_FOR_LEVEL: Mapping[str, Callable[[Numbers], Numbers]] = {
    "nominal": lambda values: identity(len(values)),
    "ordinal": quadratic,
    "interval": quadratic,
    "ratio": ratio,
}
