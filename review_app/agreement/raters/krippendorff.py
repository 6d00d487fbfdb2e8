"""Krippendorff's alpha: 1 - observed / expected disagreement, for any number of raters and with missing ratings.

Source: Krippendorff (2011), Computing Krippendorff's Alpha-Reliability.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from review_app.agreement.raters.category_weights import Level, relative_gap
from review_app.agreement.raters.counts import Counts

Numbers = npt.NDArray[np.float64]
METHOD = "Krippendorff's alpha, {}"


@dataclass(frozen=True, kw_only=True)
class Coincidences:
    """What one unit of each pattern adds to the coincidence matrix; alpha depends on nothing but the totals.

    terms: sparse, shape (P, 2 + K + L): 1, the unit's weight, and times that weight its ratings per category
    and, for each of the L pairs of different categories that occur, 2 r_k r_l / (r - 1).
    first, second: shape (L,), the categories of each pair. values: shape (K,), numbers of the categories.
    """

    terms: Any
    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    values: Numbers


def coincidences(counts: Counts, values: Numbers) -> Coincidences:
    """The terms of `counts`, all of whose units need two ratings (`pairable`)."""
    pattern, first, second, product = _pairs(counts)
    k = len(counts.categories)
    keys, column = np.unique(first * k + second, return_inverse=True)
    shape = (len(counts.units), len(keys))
    mixed = sparse.csr_array((2 * product / (counts.ratings[pattern] - 1), (pattern, column)), shape=shape)
    weight = sparse.diags_array(counts.weight)
    ones = sparse.csr_array(np.column_stack([np.ones(len(counts.units)), counts.weight]))
    terms = sparse.csr_array(sparse.hstack([ones, weight @ counts.rows, weight @ mixed]))
    return Coincidences(terms=terms, first=keys // k, second=keys % k, values=values)


def alphas(level: Level, parts: Coincidences, totals: Numbers) -> Numbers:
    """Alpha of each row of totals; NaN where all ratings are the same (0/0).

    totals: shape (B, 2 + K + L), sums of `parts.terms` over the units of each of B samples. A unit's block counts
    w / mean(w), the mean being over the sample.
    """
    k = len(parts.values)
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled = totals[:, 2:] * (totals[:, 0] / totals[:, 1])[:, None]
        margins, mixed = scaled[:, :k], scaled[:, k:]
        n = margins.sum(axis=1)
        observed = _observed(level, parts, margins, mixed)
        expected = _expected(level, parts, margins) / (n - 1)
        # Below this share of the largest possible, expected disagreement is the rounding error of a zero.
        some = expected > 1e-14 * n * _largest(level, parts, n)
        found: Numbers = 1 - observed / np.where(some, expected, np.nan)
    return found


def alpha(counts: Counts, level: Level, values: Numbers | None = None) -> float | None:
    """Alpha of all units with two ratings or more; None where it is undefined.

    values: numbers of the categories, shape (K,), needed for interval and ratio (>= 0); order is that of `categories`.
    """
    pairable = counts.pairable()
    if not pairable.n_units:
        return None
    numbers = np.arange(len(counts.categories), dtype=float) if values is None else np.asarray(values, dtype=float)
    parts = coincidences(pairable, numbers)
    found = float(alphas(level, parts, pairable.units[None, :] @ parts.terms)[0])
    return None if np.isnan(found) else found


def _observed(level: Level, parts: Coincidences, margins: Numbers, mixed: Numbers) -> Numbers:
    """Sum over pairs of coincidences times squared difference."""
    if level == "nominal":
        return np.asarray(mixed.sum(axis=1))
    if level == "ordinal":
        places = _midranks(margins)
        return np.asarray((mixed * (places[:, parts.first] - places[:, parts.second]) ** 2).sum(axis=1))
    first, second = parts.values[parts.first], parts.values[parts.second]
    gap = first - second if level == "interval" else relative_gap(first, second)
    return np.asarray(mixed @ gap**2)


def _expected(level: Level, parts: Coincidences, margins: Numbers) -> Numbers:
    """Sum over all k, l of n_k n_l times squared difference."""
    n = margins.sum(axis=1)
    if level == "nominal":
        return np.asarray(n**2 - (margins**2).sum(axis=1))
    if level == "ratio":
        table = relative_gap(parts.values[:, None], parts.values) ** 2
        return np.asarray(((margins @ table) * margins).sum(axis=1))
    # Where the scale starts does not matter to a difference, and far from 0 it costs digits.
    values = _midranks(margins) if level == "ordinal" else parts.values - parts.values.min()
    middle = (margins * values).sum(axis=1) / n
    return np.asarray(2 * n * (margins * (values - middle[:, None]) ** 2).sum(axis=1))


def _midranks(margins: Numbers) -> Numbers:
    """Ordinal distance between k and l is the difference of these: sum_{g=k..l} n_g - (n_k + n_l) / 2."""
    return np.asarray(np.cumsum(margins, axis=1) - margins / 2)


def _largest(level: Level, parts: Coincidences, n: Numbers) -> Numbers:
    """The squared difference of the two categories furthest apart."""
    if level == "ordinal":
        return np.asarray(n**2)
    return np.full(len(n), np.ptp(parts.values) ** 2 if level == "interval" else 1.0)


def _pairs(counts: Counts) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64], Numbers]:
    """Pattern, first and second category, and r_k r_l, of each two different categories of each pattern."""
    rows = counts.rows.tocsr()
    rows.sum_duplicates()
    rows.eliminate_zeros()
    different = np.diff(rows.indptr)
    parts: list[tuple[Any, ...]] = []
    for size in np.unique(different[different > 1]):
        pattern = np.flatnonzero(different == size)
        at = rows.indptr[pattern][:, None] + np.arange(size)
        i, j = np.triu_indices(size, 1)
        k, r = rows.indices[at].astype(np.int64), rows.data[at]
        parts.append((np.repeat(pattern, len(i)), k[:, i].ravel(), k[:, j].ravel(), (r[:, i] * r[:, j]).ravel()))
    if not parts:
        none = np.zeros(0, dtype=np.int64)
        return none, none, none, np.zeros(0)
    pattern, first, second, product = (np.concatenate(column) for column in zip(*parts, strict=True))
    return pattern, first, second, product
