"""Who rated what, as counts: how many ratings a unit got in each category. Units that look alike are kept once.

A million ratings on a scale of five are a few hundred different rows of counts. Every coefficient of agreement, and
every resample of units, is a function of how often each such *pattern* occurs, so the work no longer depends on n.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

Numbers = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
_PACKS_INTO = 2**62


@dataclass(frozen=True, kw_only=True)
class Counts:
    """P patterns over K categories.

    categories: the K categories in their order. rows: sparse, shape (P, K), ratings of one such unit per category.
    units: shape (P,), how many units look like this. weight: shape (P,), the weight of each of them, > 0.
    """

    categories: tuple[Hashable, ...]
    rows: Any
    units: Numbers
    weight: Numbers

    @property
    def ratings(self) -> Numbers:
        """Ratings of one unit of each pattern, shape (P,)."""
        total: Numbers = np.asarray(self.rows.sum(axis=1), dtype=float).ravel()
        return total

    @property
    def n_units(self) -> int:
        """How many units there are, unweighted."""
        return int(self.units.sum())

    @property
    def n_pairs(self) -> int:
        """How many pairs of ratings of the same unit there are, unweighted: sum of r (r - 1) / 2."""
        return int(self.units @ (self.ratings * (self.ratings - 1) / 2))

    def pairable(self) -> Counts:
        """Only units with two ratings or more; with one there is nothing to agree with."""
        return self.only(self.ratings >= 2)

    def only(self, keep: npt.NDArray[np.bool_]) -> Counts:
        """The patterns for which `keep`, shape (P,), is true."""
        return Counts(
            categories=self.categories, rows=self.rows[keep], units=self.units[keep], weight=self.weight[keep]
        )


def of_table(table: npt.ArrayLike, categories: Sequence[Hashable] | None = None) -> Counts:
    """Counts of a table with one row per unit and one column per category, such as the one of Fleiss (1971)."""
    grid = np.asarray(table, dtype=float)
    rows, units = np.unique(grid, axis=0, return_counts=True)
    names = tuple(range(grid.shape[1])) if categories is None else tuple(categories)
    return Counts(categories=names, rows=sparse.csr_array(rows), units=units.astype(float), weight=np.ones(len(units)))


def of_pairs(table: npt.ArrayLike) -> Counts:
    """Counts of a square table of two raters: cell (k, l) counts the units the first put in k and the second in l."""
    cells = np.asarray(table, dtype=float)
    first, second = np.nonzero(cells)
    one = np.eye(len(cells))
    return Counts(
        categories=tuple(range(len(cells))),
        rows=sparse.csr_array(one[first] + one[second]),
        units=cells[first, second],
        weight=np.ones(len(first)),
    )


def of_codes(unit: Codes, value: Codes, categories: Sequence[Hashable], weight: Numbers | None = None) -> Counts:
    """Counts of a long table with one row per rating.

    unit: 0..N-1, each occurring; value: place in `categories`; both of shape (n_ratings,).
    weight: of each unit, shape (N,), > 0; None weighs all alike.
    """
    k = len(categories)
    ordered = np.sort(unit * k + value)
    by_unit, placed = ordered // k, ordered % k
    per_unit = np.bincount(by_unit)
    kind, weights = (np.zeros(len(per_unit), int), np.ones(1)) if weight is None else pd.factorize(weight, sort=True)
    found = list(_patterns(placed, per_unit, kind, max(k, len(weights))))
    lengths = np.array([len(members) for members, _, _ in found], dtype=int)
    flat = np.concatenate([members for members, _, _ in found])
    pattern = np.repeat(np.arange(len(found)), lengths)
    return Counts(
        categories=tuple(categories),
        rows=sparse.csr_array((np.ones(len(flat)), (pattern, flat)), shape=(len(found), k)),
        units=np.array([count for _, _, count in found], dtype=float),
        weight=np.asarray(weights, dtype=float)[[kind for _, kind, _ in found]],
    )


def _patterns(placed: Codes, per_unit: Codes, kind: Codes, base: int) -> Iterator[tuple[Codes, int, int]]:
    """Each distinct multiset of categories with its kind of weight, and how many units have it."""
    starts = np.cumsum(per_unit) - per_unit
    for size in np.unique(per_unit):
        chosen = np.flatnonzero(per_unit == size)
        members = placed[starts[chosen][:, None] + np.arange(size)]
        rows, counts = _distinct(np.column_stack([kind[chosen], members]), base)
        for row, count in zip(rows, counts, strict=True):
            yield row[1:], int(row[0]), int(count)


def _distinct(rows: Codes, base: int) -> tuple[Codes, Codes]:
    """Distinct rows and how often each occurs; packed into one integer per row where they fit, which sorts faster."""
    width = rows.shape[1]
    if base**width >= _PACKS_INTO:
        different, counts = np.unique(rows, axis=0, return_counts=True)
        return different, counts
    place = base ** np.arange(width)
    packed, counts = np.unique(rows @ place, return_counts=True)
    return packed[:, None] // place % base, counts
