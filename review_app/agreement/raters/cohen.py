"""Two raters over the same units: Cohen's kappa, plain or weighted, and Scott's pi.

Source: Cohen (1960), Educ. Psychol. Meas. 20, 37; Cohen (1968), Psychol. Bull. 70, 213;
standard error: Fleiss, Cohen & Everitt (1969), Psychol. Bull. 72, 323.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from review_app.agreement.estimate import Estimate
from review_app.agreement.raters.chance_corrected import Coefficient, fleiss
from review_app.agreement.raters.counts import of_pairs

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


def scott(table: npt.ArrayLike, weights: Numbers | None = None) -> Coefficient:
    """Scott's pi: as Cohen's kappa, but both raters are taken to use the categories alike. table: as in `cohen`."""
    cells = np.asarray(table, dtype=float)
    return fleiss(of_pairs(cells), np.eye(len(cells)) if weights is None else weights)


def conger(pa: float, shares: Numbers, weights: Numbers) -> float | None:
    """Conger's kappa: Cohen's for more than two raters, each with shares of their own; None where undefined.

    pa: percent agreement under the same weights. shares: one row per rater, the shares of the categories in that
    rater's ratings; two raters at least. Source: Conger (1980), Psychol. Bull. 88, 322; missing ratings as Gwet (2014).
    """
    middle = shares.mean(axis=0)
    between = np.cov(shares, rowvar=False, ddof=1).reshape(weights.shape) / len(shares)
    pe = float((weights * (np.outer(middle, middle) - between)).sum())
    return None if 1 - pe < 1e-12 else (pa - pe) / (1 - pe)
