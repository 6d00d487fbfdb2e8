"""Agreement beyond chance, (pa - pe) / (1 - pe): Fleiss, Gwet and Brennan-Prediger differ only in what chance is.

Any number of raters; ratings may be missing. Units with a single rating count in the shares of categories if they are
passed in, and make the standard errors almost twice too wide: pass `counts.pairable()`.
Source: Gwet (2014), Handbook of Inter-Rater Reliability, 4th ed.; Fleiss (1971); Brennan & Prediger (1981).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import t

from review_app.agreement.estimate import Estimate
from review_app.agreement.raters.counts import Counts

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Coefficient:
    """A coefficient of agreement. value, se: None where `undefined` says why; value is at most 1, 0 is chance.

    pa, pe: observed and chance agreement in [0, 1]. n: units with a rating; se has n - 1 degrees of freedom.
    """

    method: str
    n: int
    value: float | None = None
    se: float | None = None
    pa: float | None = None
    pe: float | None = None
    undefined: str = ""

    def estimate(self, level: float = 0.95) -> Estimate:
        """The value with value -+ t(n - 1) se, cut at -1 and 1."""
        if self.value is None or self.se is None:
            return Estimate(value=self.value, n=self.n, method=self.method, level=level, reason=self.undefined)
        reach = float(t.ppf((1 + level) / 2, self.n - 1)) * self.se
        low, high = max(-1.0, self.value - reach), min(1.0, self.value + reach)
        return Estimate(
            value=self.value, low=low, high=high, n=self.n, method=f"{self.method}; t interval", level=level
        )


def fleiss(counts: Counts, weights: Numbers) -> Coefficient:
    """Fleiss' kappa, with two raters Scott's pi: chance is pi' W pi. weights: similarities W, shape (K, K)."""
    shares = _shares(counts)
    kernel = (weights + weights.T) @ (counts.weight * counts.units @ shares) / _total(counts) / 2
    return _coefficient("Fleiss' kappa", counts, weights, shares @ kernel)


def gwet(counts: Counts, weights: Numbers) -> Coefficient:
    """Gwet's AC1 (W the identity) or AC2: chance is sum(W) / (q (q - 1)) sum pi_k (1 - pi_k)."""
    q = len(weights)
    method = "Gwet's AC1" if np.array_equal(weights, np.eye(q)) else "Gwet's AC2"
    if q < 2:
        return Coefficient(method=method, n=counts.n_units, undefined="only one category is in use")
    shares = _shares(counts)
    pi = counts.weight * counts.units @ shares / _total(counts)
    return _coefficient(method, counts, weights, shares @ (1 - pi) * (weights.sum() / (q * (q - 1))))


def brennan_prediger(counts: Counts, weights: Numbers) -> Coefficient:
    """Brennan-Prediger, for two categories PABAK: chance is sum(W) / q^2, whatever was said."""
    chance = np.full(len(counts.units), weights.sum() / len(weights) ** 2)
    return _coefficient("Brennan-Prediger", counts, weights, chance, fixed=True)


def pairwise_agreement(counts: Counts, weights: Numbers | None = None) -> Numbers:
    """Per pattern, the mean similarity of two of its ratings: sum r_k (r*_k - 1) / (r (r - 1)); NaN with one rating.

    weights: similarities W; None counts only the same category as agreement, however many there are.
    """
    rows, r = counts.rows, counts.ratings
    near = rows if weights is None else rows @ weights
    together = np.asarray((rows * near).sum(axis=1)).ravel()
    pairs = r * (r - 1)
    mean: Numbers = np.divide(together - r, pairs, out=np.full(len(r), np.nan), where=pairs > 0)
    return mean


def percent_agreement(counts: Counts, weights: Numbers | None = None) -> float | None:
    """Mean over units with two ratings of the similarity of two of them; None without such a unit."""
    pairable = counts.pairable()
    if not pairable.n_units:
        return None
    size = pairable.weight * pairable.units
    return float(size @ pairwise_agreement(pairable, weights) / size.sum())


def _coefficient(method: str, counts: Counts, weights: Numbers, chance: Numbers, *, fixed: bool = False) -> Coefficient:
    """chance: shape (P,), each pattern's part in pe, whose weighted mean pe is."""
    n, size, total = counts.n_units, counts.weight * counts.units, _total(counts)
    agreed = pairwise_agreement(counts, weights)
    rated_twice = ~np.isnan(agreed)
    paired = float(size[rated_twice].sum())
    if not paired:
        return Coefficient(method=method, n=n, undefined="no unit has two ratings")
    pa = float(size[rated_twice] @ agreed[rated_twice] / paired)
    pe = float(size @ chance / total)
    if 1 - pe < 1e-12:
        return Coefficient(method=method, n=n, pa=pa, pe=pe, undefined="all ratings are the same: chance explains all")
    value = (pa - pe) / (1 - pe)
    # Linearised: each unit's pull on pa, and on pe, which is quadratic in the shares (hence the 2).
    pull = np.where(rated_twice, total / paired * (np.nan_to_num(agreed) - pe) / (1 - pe), 0.0)
    pull = pull if fixed else pull - 2 * (1 - value) * (chance - pe) / (1 - pe)
    spread = counts.units @ (counts.weight * (pull - value)) ** 2 / total**2
    se = float(np.sqrt(spread * n / (n - 1))) if n > 1 else None
    return Coefficient(method=method, n=n, value=value, se=se, pa=pa, pe=pe, undefined="" if n > 1 else "a single unit")


def _shares(counts: Counts) -> Numbers:
    """Of one unit's ratings, the share in each category, shape (P, K)."""
    return np.asarray(counts.rows.toarray() / counts.ratings[:, None])


def _total(counts: Counts) -> float:
    return float(counts.weight @ counts.units)
