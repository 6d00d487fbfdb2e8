"""Every two reviewers who rated enough of the same traces, beside each other."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from review_app.agreement.estimate import Estimate
from review_app.agreement.raters import rating_table
from review_app.agreement.raters.category_weights import Level, for_level
from review_app.agreement.raters.cohen import cohen, cohen_estimate
from review_app.agreement.wilson import wilson

_AGREEMENT = "share of equal ratings; Wilson interval"
_TOO_MANY_CATEGORIES = 200


@dataclass(frozen=True, kw_only=True)
class RaterPair:
    """Two raters. n: units both rated. kappa: Cohen's; with quadratic weights where the scale has an order."""

    first: str
    second: str
    n: int
    percent_agreement: Estimate
    kappa: Estimate


def rater_pairs(
    ratings: pd.DataFrame, scale: Level, categories: tuple[Hashable, ...] | None, minimum: int
) -> tuple[RaterPair, ...]:
    """Every two raters with at least `minimum` units in common, by name.

    ratings: `unit`, `rater`, `value`, as reliability takes them. More than 200 different values are not compared so."""
    table = rating_table.read(ratings, scale, categories)
    k = len(table.categories)
    if not 0 < k <= _TOO_MANY_CATEGORIES:
        return ()
    weights = None if scale == "nominal" else for_level(scale, table.numbers)
    rated = [table.rater == i for i in range(len(table.raters))]
    codes = np.full((len(table.raters), len(table.units)), -1)
    for i, mine in enumerate(rated):
        codes[i, table.unit[mine]] = table.value[mine]
    found = []
    for i, j in combinations(sorted(range(len(rated)), key=lambda at: str(table.raters[at])), 2):
        both = (codes[i] >= 0) & (codes[j] >= 0)
        n = int(both.sum())
        if n >= minimum:
            cells = np.bincount(codes[i, both] * k + codes[j, both], minlength=k * k).reshape(k, k)
            low, high = wilson(int(np.trace(cells)), n)
            equal = Estimate(value=float(np.trace(cells) / n), low=low, high=high, n=n, method=_AGREEMENT)
            names = str(table.raters[i]), str(table.raters[j])
            kappa = cohen_estimate(cohen(cells, weights))
            found.append(RaterPair(first=names[0], second=names[1], n=n, percent_agreement=equal, kappa=kappa))
    return tuple(found)
