"""Intraclass correlations: which share of the variance of scores lies between the units.

Source: Shrout & Fleiss (1979), Psychol. Bull. 86, 420-428.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
METHOD = "intraclass correlation, Shrout-Fleiss forms"
MISSING = "ratings are missing: report interval alpha instead"


@dataclass(frozen=True, kw_only=True)
class Intraclass:
    """The six forms; None where `undefined` says why.

    icc1: each unit has raters of its own; icc2: the same raters, drawn from many, whose severity counts as error;
    icc3: exactly these raters, severity does not count. With k: of the mean of the n_raters ratings.
    """

    n: int
    n_raters: int
    icc1: float | None = None
    icc2: float | None = None
    icc3: float | None = None
    icc1k: float | None = None
    icc2k: float | None = None
    icc3k: float | None = None
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


def _ratio(top: float, bottom: float, zero: float) -> float | None:
    return top / bottom if bottom > zero else None
