"""Two raters over the same units: Cohen's kappa, plain or weighted; and Conger's, for more of them.

Source: Cohen (1960), Educ. Psychol. Meas. 20, 37; Cohen (1968), Psychol. Bull. 70, 213;
standard error: Fleiss, Cohen & Everitt (1969), Psychol. Bull. 72, 323.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from review_app.agreement.estimate import Estimate
from review_app.agreement.raters.chance_corrected import Coefficient

Numbers = npt.NDArray[np.float64]


def cohen(table: npt.ArrayLike, weights: Numbers | None = None, squares: npt.ArrayLike | None = None) -> Coefficient:
    """Cohen's kappa; chance is r' W c.

    table: shape (K, K), units (or their summed weights) the first rater put in the row's and the second in the
    column's category. weights: similarities W, the identity if None. squares: where units have weights (of mean 1),
    the summed squared weights of the units of each cell.
    """
    cells = np.asarray(table, dtype=float)
    similar = np.eye(len(cells)) if weights is None else weights
    method = "Cohen's kappa" if weights is None else "Cohen's weighted kappa"
    total = cells.sum()
    if not total:
        return Coefficient(method=method, n=0, undefined="the two rated no unit in common")
    p = cells / total
    row, column = p.sum(axis=1), p.sum(axis=0)
    pa, pe = float((similar * p).sum()), float(row @ similar @ column)
    n = round(float(total))
    if 1 - pe < 1e-12:
        reason = "both put every unit in the same category"
        return Coefficient(method=method, n=n, pa=pa, pe=pe, undefined=reason)
    to_mean = (similar @ column)[:, None] + (row @ similar)[None, :]
    pull = (similar * (1 - pe) - to_mean * (1 - pa)) / (1 - pe) ** 2
    spread = np.asarray(cells if squares is None else squares, dtype=float) * (pull - (p * pull).sum()) ** 2
    se = float(np.sqrt(spread.sum()) / total)
    return Coefficient(method=method, n=n, value=(pa - pe) / (1 - pe), se=se, pa=pa, pe=pe)


def cohen_estimate(found: Coefficient, level: float = 0.95) -> Estimate:
    """The kappa with value -+ z se, cut at -1 and 1."""
    if found.value is None or found.se is None:
        return Estimate(value=found.value, n=found.n, method=found.method, level=level, reason=found.undefined)
    reach = float(norm.ppf((1 + level) / 2)) * found.se
    low, high = max(-1.0, found.value - reach), min(1.0, found.value + reach)
    method = f"{found.method}; Fleiss-Cohen-Everitt"
    return Estimate(value=found.value, low=low, high=high, n=found.n, method=method, level=level)


def conger(codes: npt.NDArray[np.int64], weights: Numbers, weight: Numbers | None = None) -> Coefficient:
    """Conger's kappa: Cohen's for two raters or more, each with shares of their own.

    codes: one row per unit, one column per rater, the category; -1 = "did not rate". A unit rated once counts in the
    shares alone. weights: similarities W, symmetric. weight: of each unit, > 0. Chance is the mean of p_r' W p_s over
    pairs of raters.
    The standard error is linearised over units, with n - 1 degrees of freedom.
    Source: Conger (1980), Psychol. Bull. 88, 322; missing ratings as Gwet (2014).
    """
    n, method = len(codes), "Conger's kappa"
    codes = codes[:, (codes >= 0).any(axis=0)]
    raters, k = codes.shape[1], len(weights)
    paired = (codes >= 0).sum(axis=1) >= 2
    if raters < 2 or not paired.any():
        return Coefficient(method=method, n=n, undefined="a single rater" if raters < 2 else "no unit has two ratings")
    w = np.ones(n) if weight is None else weight
    rated = codes >= 0
    total = w @ rated
    shares = np.array([np.bincount(codes[on, r], w[on], k) for r, on in enumerate(rated.T)]) / total[:, None]
    others = (shares.sum(axis=0) - shares) @ weights
    pairs = raters * (raters - 1)
    agreed, seen = _agreement_of_each(codes[paired], weights), w[paired]
    pa, pe = float(seen @ agreed / seen.sum()), float((shares * others).sum() / pairs)
    if 1 - pe < 1e-12:
        return Coefficient(method=method, n=n, pa=pa, pe=pe, undefined="all ratings are the same: chance explains all")
    value = (pa - pe) / (1 - pe)
    # What one unit moves: its own agreement, and through its ratings what each rater agrees with the others by chance.
    chance = np.zeros(n)
    for r, on in enumerate(rated.T):
        chance[on] += (others[r, codes[on, r]] - shares[r] @ others[r]) / total[r]
    pull = -w * (1 - value) * 2 * chance / pairs
    pull[paired] += seen * (agreed - pa) / seen.sum()
    pull /= 1 - pe
    se = float(np.sqrt(pull @ pull * n / (n - 1))) if n > 1 else None
    return Coefficient(method=method, n=n, value=value, se=se, pa=pa, pe=pe, undefined="" if n > 1 else "a single unit")


def _agreement_of_each(codes: npt.NDArray[np.int64], weights: Numbers) -> Numbers:
    """Of each unit, the mean similarity of two of its ratings, shape (n,)."""
    together, pairs = np.zeros(len(codes)), np.zeros(len(codes))
    for i in range(codes.shape[1]):
        for j in range(i):
            both = (codes[:, i] >= 0) & (codes[:, j] >= 0)
            together[both] += weights[codes[both, i], codes[both, j]]
            pairs += both
    return np.asarray(together / pairs)
