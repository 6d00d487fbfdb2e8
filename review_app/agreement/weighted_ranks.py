"""Rank correlations of two columns when each row stands for w traces. Undefined (NaN) where a column is constant."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from review_app.agreement import linearised
from review_app.agreement.design import Design, Numbers
from review_app.agreement.estimate import Estimate


def weighted_ranks(x: Numbers, w: Numbers) -> Numbers:
    """Share of the weight below each value plus half the share at it, in (0, 1); equal values share a rank."""
    _, code = np.unique(x, return_inverse=True)
    mass = np.bincount(code, weights=w) / w.sum()
    ranks: Numbers = (np.cumsum(mass) - mass / 2)[code]
    return ranks


def weighted_pearson(x: Numbers, y: Numbers, w: Numbers) -> float:
    """Product-moment correlation under weights. x, y, w: shape (n,), w >= 0 with a positive sum."""
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return math.nan
    w = w / w.sum()
    dx, dy = x - w @ x, y - w @ y
    spread = float((w @ dx**2) * (w @ dy**2))
    return float(w @ (dx * dy)) / math.sqrt(spread) if spread > 0 else math.nan


def weighted_spearman(x: Numbers, y: Numbers, w: Numbers) -> float:
    """Pearson correlation of the weighted ranks; equal weights give Spearman's rho."""
    return weighted_pearson(weighted_ranks(x, w), weighted_ranks(y, w), w)


def weighted_tau_b(x: Numbers, y: Numbers, w: Numbers) -> float:
    """Kendall's tau-b over pairs weighted w_i w_j: (C - D) / sqrt(pairs untied in x times pairs untied in y).

    A row of weight k is k equal rows. Time: rows times the number of different values of the coarser column.
    Source: Kendall (1945), Biometrika 33.
    """
    _, a = np.unique(x, return_inverse=True)
    _, b = np.unique(y, return_inverse=True)
    if b.max() > a.max():
        a, b = b, a
    untied = [(w.sum() ** 2 - (np.bincount(code, weights=w) ** 2).sum()) / 2 for code in (a, b)]
    if min(untied) <= 0:
        return math.nan
    return _concordance(a, b, w) / math.sqrt(untied[0] * untied[1])


def _concordance(a: np.ndarray, b: np.ndarray, w: Numbers) -> float:
    """Weight of the pairs in the same order less that of the pairs in opposite order. a, b: codes 0, 1, ..."""
    balance, below = 0.0, np.zeros(int(a.max()) + 1)  # below: weight with a smaller b, by a
    rows_by_b = np.split(np.argsort(b, kind="stable"), np.cumsum(np.bincount(b))[:-1])
    for rows in rows_by_b:
        here = np.bincount(a[rows], weights=w[rows], minlength=len(below))
        up_to = np.cumsum(below)
        balance += float(here @ ((up_to - below) - (up_to[-1] - up_to)))
        below += here
    return balance


def spearman(x: Numbers, y: Numbers, design: Design, method: str, reason: str) -> Estimate:
    """`weighted_spearman` with its interval under the design. reason: why there is none where a column is constant."""
    return _with_interval(weighted_spearman, (x, y), design, method, reason)


def tau_b(x: Numbers, y: Numbers, design: Design, method: str, reason: str) -> Estimate:
    """`weighted_tau_b` in the same way."""
    return _with_interval(weighted_tau_b, (x, y), design, method, reason)


def _with_interval(
    of: Callable[[Numbers, Numbers, Numbers], float],
    pair: tuple[Numbers, Numbers],
    design: Design,
    method: str,
    reason: str,
) -> Estimate:
    (x, y), cell = linearised.cells(*pair)
    return linearised.correlation(lambda w: of(x, y, w), cell, design, method, reason)
