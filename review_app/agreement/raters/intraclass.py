"""Intraclass correlations: which share of the variance of scores lies between the units.

Source: Shrout & Fleiss (1979), Psychol. Bull. 86, 420-428; their intervals too: exact under normal scores, for icc2 and
icc2k by Satterthwaite's degrees of freedom.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
from scipy.stats import f as f_distribution

Numbers = npt.NDArray[np.float64]
METHOD = "intraclass correlation, Shrout-Fleiss forms; F intervals"
_END = 0.975
_FEWEST = 0.1
MISSING = "ratings are missing: report interval alpha instead"


@dataclass(frozen=True, kw_only=True)
class Intraclass:
    """The six forms; None where `undefined` says why.

    icc1: each unit has raters of its own; icc2: the same raters, drawn from many, whose severity counts as error;
    icc3: exactly these raters, severity does not count. With k: of the mean of the n_raters ratings. intervals: form ->
    95 % interval, of the forms that have a value and whose scores do not fit perfectly.
    """

    n: int
    n_raters: int
    icc1: float | None = None
    icc2: float | None = None
    icc3: float | None = None
    icc1k: float | None = None
    icc2k: float | None = None
    icc3k: float | None = None
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    undefined: str = ""
    method: str = METHOD


def intraclass(grid: npt.ArrayLike) -> Intraclass:
    """The six forms for scores with one row per unit and one column per rater; NaN = "did not rate", and refused."""
    scores = np.asarray(grid, dtype=float)
    n, k = scores.shape
    if np.isnan(scores).any():
        return Intraclass(n=n, n_raters=k, undefined=MISSING)
    if n < 2 or k < 2:
        return Intraclass(n=n, n_raters=k, undefined="needs two units and two raters")
    between, within, raters, error = _mean_squares(scores)
    if between + within < 1e-14 * max(1.0, float(np.abs(scores).max())) ** 2:
        return Intraclass(n=n, n_raters=k, undefined="every score is the same")
    of_raters = (raters - error) / n
    zero = 1e-12 * (between + within + raters)
    found = Intraclass(
        n=n,
        n_raters=k,
        icc1=_ratio(between - within, between + (k - 1) * within, zero),
        icc2=_ratio(between - error, between + (k - 1) * error + k * of_raters, zero),
        icc3=_ratio(between - error, between + (k - 1) * error, zero),
        icc1k=_ratio(between - within, between, zero),
        icc2k=_ratio(between - error, between + of_raters, zero),
        icc3k=_ratio(between - error, between, zero),
        intervals=_intervals(scores.shape, between, within, raters, error)
        if min(between, within, error) > zero
        else {},
    )
    incomplete = None in (found.icc1, found.icc2, found.icc3, found.icc1k, found.icc2k, found.icc3k)
    return replace(found, undefined="some forms are 0/0: units do not differ") if incomplete else found


def _mean_squares(scores: Numbers) -> tuple[float, float, float, float]:
    """Between units, within units, between raters, and what neither explains."""
    n, k = scores.shape
    unit, rater, middle = scores.mean(axis=1), scores.mean(axis=0), scores.mean()
    between = k * float(((unit - middle) ** 2).sum()) / (n - 1)
    within = float(((scores - unit[:, None]) ** 2).sum()) / (n * (k - 1))
    raters = n * float(((rater - middle) ** 2).sum()) / (k - 1)
    rest = scores - unit[:, None] - rater + middle
    return between, within, raters, float((rest**2).sum()) / ((n - 1) * (k - 1))


def _intervals(
    shape: tuple[int, ...], between: float, within: float, raters: float, error: float
) -> dict[str, tuple[float, float]]:
    """95 % intervals of all six forms."""
    n, k = shape
    one_way = _bounds(between / within, n - 1, n * (k - 1))
    fixed = _bounds(between / error, n - 1, (n - 1) * (k - 1))
    of_many = _of_many(shape, between, raters, error)
    found = {"icc1": _single(one_way, k), "icc3": _single(fixed, k)} | ({"icc2": of_many} if of_many else {})
    # Far below 0 the approximate bound of icc2 has no counterpart for means.
    of_means = {f"{form}k": _mean_of_k(bounds, k) for form, bounds in found.items() if 1 + (k - 1) * bounds[0] > 0}
    return found | of_means


def _bounds(ratio: float, df1: float, df2: float) -> tuple[float, float]:
    """A ratio of mean squares at its two ends."""
    return ratio / f_distribution.ppf(_END, df1, df2), ratio * f_distribution.ppf(_END, df2, df1)


def _single(ratios: tuple[float, float], k: int) -> tuple[float, float]:
    low, high = ((ratio - 1) / (ratio + k - 1) for ratio in ratios)
    return float(low), float(high)


def _mean_of_k(bounds: tuple[float, float], k: int) -> tuple[float, float]:
    """Spearman and Brown: the reliability of a mean of k from that of one."""
    low, high = (k * one / (1 + (k - 1) * one) for one in bounds)
    return low, high


def _of_many(shape: tuple[int, ...], between: float, raters: float, error: float) -> tuple[float, float] | None:
    """Of icc2; None where the approximation has no degrees of freedom to speak of."""
    n, k = shape
    icc2 = (between - error) / (between + (k - 1) * error + k * (raters - error) / n)
    of_raters, rest = k * icc2 * raters / error, n * (1 + (k - 1) * icc2) - k * icc2
    df = (k - 1) * (n - 1) * (of_raters + rest) ** 2 / ((n - 1) * of_raters**2 + rest**2)
    if df < _FEWEST:
        return None
    over, under = f_distribution.ppf(_END, n - 1, df), f_distribution.ppf(_END, df, n - 1)
    both = k * raters + (k * n - k - n) * error
    low = n * (between - over * error) / (over * both + n * between)
    high = n * (under * between - error) / (both + n * under * between)
    return float(low), float(high)


def _ratio(top: float, bottom: float, zero: float) -> float | None:
    return top / bottom if bottom > zero else None
