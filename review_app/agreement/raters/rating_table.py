"""The long table of ratings, read once: numbered units, raters and categories, and what was left out of it."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from review_app.agreement.raters.category_weights import Level
from review_app.agreement.raters.counts import Counts, of_codes
from review_app.errors import BadInput

Numbers = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class RatingTable:
    """One entry per rating that counts; each rater rated each unit at most once.

    unit, rater, value: shape (n,), places in `units`, `raters`, `categories`. row: shape (n,), which row each came
    from. numbers: of the categories, shape (K,); their places where they are words. weight: per unit, None where all
    weigh alike. cluster: per unit, codes from 0; None where each stands alone. excluded: reason -> how many.
    """

    unit: Codes
    rater: Codes
    value: Codes
    row: Codes
    units: pd.Index[Any]
    raters: tuple[Hashable, ...]
    categories: tuple[Hashable, ...]
    numbers: Numbers
    weight: Numbers | None
    cluster: Codes | None
    excluded: Mapping[str, int]

    def counts(self) -> Counts:
        """How often each unit got each category, units that look alike once."""
        return of_codes(self.unit, self.value, self.categories, self.weight)

    def counts_of_each(self) -> Counts:
        """The same with one pattern for every unit, in their order."""
        n, k = len(self.units), len(self.categories)
        rows = sparse.csr_array((np.ones(len(self.unit)), (self.unit, self.value)), shape=(n, k))
        weight = np.ones(n) if self.weight is None else self.weight
        return Counts(categories=self.categories, rows=rows, units=np.ones(n), weight=weight)

    def by_cluster(self, terms: Any) -> tuple[Any, Numbers]:
        """The sums of `terms` over each cluster, those that are equal once, and how many clusters have each.

        terms: sparse, one row for each unit with two ratings or more, in their order."""
        assert self.cluster is not None
        paired = self.cluster[np.bincount(self.unit) >= 2]
        code = np.unique(paired, return_inverse=True)[1]
        member = sparse.csr_array((np.ones(len(code)), (code, np.arange(len(code)))))
        rows, clusters = np.unique(np.round((member @ terms).toarray(), 12), axis=0, return_counts=True)
        return sparse.csr_array(rows), clusters.astype(float)

    def grid(self) -> Numbers:
        """Numbers with one row per unit, one column per rater; NaN = "did not rate"."""
        found = np.full((len(self.units), len(self.raters)), np.nan)
        found[self.unit, self.rater] = self.numbers[self.value]
        return found


def read(ratings: pd.DataFrame, level: Level, categories: Sequence[Hashable] | None = None) -> RatingTable:
    """Number a long table of ratings.

    ratings: `unit`, `rater`, `value` (text or numbers; NA = no rating), optionally `weight` (> 0, one per unit) and
    `cluster` (what units belong together, one per unit; NA = stands alone).
    categories: the whole scale in its order; None takes the values that occur, in the order of their numbers, and
    words (nominal only) by alphabet. Left out and counted: values that are NA or not on the scale, units without a
    weight, and a rater's second rating of a unit.
    """
    _require(ratings)
    value, found = pd.factorize(ratings["value"])
    place, scale, numbers = _scale(list(found), level, categories)
    value = np.append(place, -1)[value]
    unit, units = pd.factorize(ratings["unit"])
    rater, raters = _by_name(ratings["rater"])
    faults = {
        "no value": ratings["value"].isna().to_numpy(),
        "a value that is not on the scale": value < 0,
        "no unit or no rater": (unit < 0) | (rater < 0),
        "no weight above 0": ~_weights(ratings),
        "the same rater rated the unit before": np.zeros(len(unit), bool),
    }
    keep, excluded = _sift(faults, unit * max(len(raters), 1) + rater)
    unit, seen = pd.factorize(unit[keep])
    return RatingTable(
        unit=unit,
        rater=pd.factorize(rater[keep], sort=True)[0],
        value=value[keep],
        row=np.flatnonzero(keep),
        units=pd.Index(units[seen]),
        raters=tuple(raters[np.unique(rater[keep])]),
        categories=scale,
        numbers=numbers,
        weight=_weight_of_each(ratings, keep, unit),
        cluster=_cluster_of_each(ratings, keep, unit),
        excluded=excluded,
    )


def _by_name(column: pd.Series[Any]) -> tuple[Codes, npt.NDArray[np.object_]]:
    """Codes and what they stand for, in alphabetical order, so that no figure depends on who came first; -1 = NA."""
    code, found = pd.factorize(column)
    order = sorted(range(len(found)), key=lambda i: str(found[i]))
    place = np.empty(len(found) + 1, dtype=np.int64)
    place[order], place[-1] = np.arange(len(found)), -1
    return place[code], np.array([found[i] for i in order], dtype=object)


def _require(ratings: pd.DataFrame) -> None:
    missing = [column for column in ("unit", "rater", "value") if column not in ratings]
    if missing:
        raise BadInput(f"The ratings have no column {', '.join(missing)}.", do="Give unit, rater and value.")


def _scale(
    found: list[Any], level: Level, categories: Sequence[Hashable] | None
) -> tuple[Codes, tuple[Hashable, ...], Numbers]:
    """Place of each found value on the scale (-1 = not on it), the scale, and its numbers."""
    scale = list(found) if categories is None else list(categories)
    numbers = pd.to_numeric(pd.Series(scale, dtype=object), errors="coerce").to_numpy(dtype=float)
    if level != "nominal" and np.isnan(numbers).any() and (categories is None or level != "ordinal"):
        word = scale[int(np.flatnonzero(np.isnan(numbers))[0])]
        raise BadInput(
            f"An {level} scale needs numbers or a declared order, and {word!r} is no number.",
            do="Pass the categories in their order, or measure them as nominal.",
        )
    if level == "ratio" and (numbers < 0).any():
        raise BadInput("A ratio scale has no values below 0.", do="Measure them as interval.")
    if categories is None:
        order = sorted(range(len(scale)), key=lambda i: str(scale[i]) if np.isnan(numbers).any() else numbers[i])
        scale, numbers = [scale[i] for i in order], numbers[order]
    numbers = np.arange(len(scale), dtype=float) if np.isnan(numbers).any() else numbers
    at = {value: i for i, value in enumerate(scale)}
    return np.array([at.get(value, -1) for value in found], dtype=np.int64), tuple(scale), numbers


def _weights(ratings: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Whether each rating's unit has a weight that can be used."""
    if "weight" not in ratings:
        return np.ones(len(ratings), bool)
    return np.asarray(np.nan_to_num(_floats(ratings["weight"])) > 0)


def _floats(column: pd.Series[Any]) -> Numbers:
    return np.asarray(column.to_numpy(dtype=float, na_value=np.nan))


def _sift(faults: dict[str, npt.NDArray[np.bool_]], pair: Codes) -> tuple[npt.NDArray[np.bool_], dict[str, int]]:
    """Which ratings stay, and how many went for each reason: the first that applies. pair: unit and rater as one."""
    keep, counted = np.ones(len(pair), bool), {}
    for reason, wrong in faults.items():
        counted[reason] = int((keep & wrong).sum())
        keep &= ~wrong
    again = keep.copy()
    again[keep] = pd.Series(pair[keep]).duplicated().to_numpy()
    counted["the same rater rated the unit before"] = int(again.sum())
    return keep & ~again, {reason: count for reason, count in counted.items() if count}


def _weight_of_each(ratings: pd.DataFrame, keep: npt.NDArray[np.bool_], unit: Codes) -> Numbers | None:
    """The weight of each unit, in the order of their numbers."""
    if "weight" not in ratings:
        return None
    given = pd.Series(_floats(ratings["weight"])[keep]).groupby(unit)
    if (given.max() != given.min()).any():
        raise BadInput("Some unit has two weights.", do="Give each of its ratings the same weight.")
    return np.asarray(given.first(), dtype=float)


def _cluster_of_each(ratings: pd.DataFrame, keep: npt.NDArray[np.bool_], unit: Codes) -> Codes | None:
    """What each unit belongs to, in the order of their numbers; None where no two belong together."""
    if "cluster" not in ratings or not len(unit):
        return None
    named = ratings["cluster"].to_numpy(dtype=object)[keep][np.unique(unit, return_index=True)[1]]
    code, names = pd.factorize(named)
    alone = code < 0
    code[alone] = len(names) + np.arange(int(alone.sum()))
    return code if len(np.unique(code)) < len(code) else None
