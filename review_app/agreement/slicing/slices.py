"""Cut labelled traces into slices a person can name: one value of one column, or of two columns at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

Mask = npt.NDArray[np.bool_]

RARE = 0.02
"""Categories with a smaller share are put together as OTHER: they could never be told from chance."""

OTHER = "(other)"
MISSING = "(missing)"

_NUMERIC_FROM = 5  # a number with fewer different values is read as a category


@dataclass(frozen=True, kw_only=True)
class Term:
    """One condition on one column; it can be asked of traces that were not labelled.

    value: the category as text, MISSING, OTHER, or the name of a range. low, high: the range above low up to high of a
    number, None where it is open on that side. common: for OTHER the categories that are not in it, else None.
    """

    column: str
    value: str
    low: float | None = None
    high: float | None = None
    common: tuple[str, ...] | None = None

    def __str__(self) -> str:
        is_range = self.low is not None or self.high is not None
        return f"{self.column} {self.value}" if is_range else f"{self.column} = {self.value}"

    def holds(self, values: pd.Series) -> Mask:
        """Shape (n,): True where the column's value meets the condition; a range never holds what is missing."""
        if self.low is None and self.high is None:
            text = _text(values)
            named = text == self.value if self.common is None else ~text.isin(self.common)
            return np.asarray(named, dtype=bool)
        numbers = values.to_numpy(dtype=float, na_value=np.nan)
        above = numbers > (-np.inf if self.low is None else self.low)
        return np.asarray(above & (numbers <= (np.inf if self.high is None else self.high)), dtype=bool)


class Family(NamedTuple):
    """Slices of different content. terms: the conditions of each, one or two.

    inside: shape (n_slices, n_rows). same: for each, the terms of later slices that hold the very same rows.
    """

    terms: list[tuple[Term, ...]]
    inside: Mask
    same: list[list[tuple[Term, ...]]]


def family(rows: pd.DataFrame, columns: Sequence[str], depth: int, smallest: int) -> Family:
    """Every slice of `depth` 1 or 2 that holds at least `smallest` rows and not all of them; singles come first."""
    levels = [(term, term.holds(rows[column])) for column in dict.fromkeys(columns) for term in terms(rows[column])]
    masks = np.array([mask for _, mask in levels], dtype=bool).reshape(len(levels), len(rows))
    # Nothing inside a level that is too small can be large enough; a level of all rows adds nothing to a pair.
    usable = np.flatnonzero((masks.sum(axis=1) >= smallest) & ~masks.all(axis=1))
    named, masks = [levels[i][0] for i in usable], masks[usable]
    found: list[tuple[Term, ...]] = [(term,) for term in named]
    if depth > 1:
        left, right = _pairs(named, masks, smallest)
        found += [(named[i], named[j]) for i, j in zip(left, right, strict=True)]
        masks = np.vstack([masks, masks[left] & masks[right]])
    return _distinct(found, masks)


def terms(values: pd.Series) -> Iterator[Term]:
    """What a column can be asked: numbers by quartile, else each category that is not rare; missing for itself."""
    column = str(values.name)
    if _is_number(values) and values.nunique() >= _NUMERIC_FROM:
        yield from _quartiles(column, values)
        return
    shares = _text(values).value_counts(normalize=True)
    common = tuple(sorted(shares.index[shares >= RARE]))
    yield from (Term(column=column, value=value) for value in common)
    if len(common) < len(shares):
        yield Term(column=column, value=OTHER, common=common)


def _quartiles(column: str, values: pd.Series) -> Iterator[Term]:
    numbers = values.to_numpy(dtype=float, na_value=np.nan)
    # Equal values share a quartile, so a column with many ties has fewer than four.
    cuts = np.unique(np.nanquantile(numbers, [0.25, 0.5, 0.75])).tolist()
    yield Term(column=column, value=f"up to {cuts[0]:g}", high=cuts[0])
    for low, high in pairwise(cuts):
        yield Term(column=column, value=f"above {low:g} up to {high:g}", low=low, high=high)
    yield Term(column=column, value=f"above {cuts[-1]:g}", low=cuts[-1])
    if np.isnan(numbers).any():
        yield Term(column=column, value=MISSING)


def _text(values: pd.Series) -> pd.Series:
    if _is_number(values):
        # A whole number is written the same whether or not its column has gaps.
        return values.map(lambda value: MISSING if pd.isna(value) else f"{value:g}").astype(object)
    return values.astype(object).where(values.notna(), MISSING).astype(str)


def _is_number(values: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values))


def _pairs(named: list[Term], masks: Mask, smallest: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    dense = masks.astype(np.float32)  # counts are exact below 2^24 rows
    columns = np.array([term.column for term in named], dtype=object)
    apart = columns[:, None] != columns[None, :]
    left, right = np.nonzero(np.triu((dense @ dense.T >= smallest) & apart, k=1))
    return left, right


def _distinct(found: list[tuple[Term, ...]], masks: Mask) -> Family:
    """One slice for each set of rows: a column and its copy are one finding."""
    first: dict[bytes, int] = {}
    kept: list[int] = []
    same: list[list[tuple[Term, ...]]] = []
    for i, content in enumerate(np.packbits(masks, axis=1)):
        place = first.setdefault(content.tobytes(), len(kept))
        if place == len(kept):
            kept.append(i)
            same.append([])
        else:
            same[place].append(found[i])
    return Family([found[i] for i in kept], masks[kept], same)
