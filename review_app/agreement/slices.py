"""Cut labelled traces into slices a person can name: one column, one value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

RARE = 0.02
"""Categories with a smaller share are put together as "other": they could never be told from chance."""

_NUMERIC_FROM = 5  # a number with fewer different values is read as a category


class Slice(NamedTuple):
    """inside: shape (n_rows,), True where the row belongs to it."""

    column: str
    value: str
    inside: npt.NDArray[np.bool_]


def singles(rows: pd.DataFrame, columns: Sequence[str]) -> Iterator[Slice]:
    """Every value of every column; numbers by quartile, missing as its own value."""
    for column in columns:
        named = _named(rows[column])
        for value in sorted(named.unique()):
            yield Slice(column, value, (named == value).to_numpy(dtype=bool))


def _named(values: pd.Series) -> pd.Series:
    numeric = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    if numeric and values.nunique() >= _NUMERIC_FROM:
        return _quartiles(values)
    text = values.astype(object).where(values.notna(), "(missing)").astype(str)
    share = text.map(text.value_counts(normalize=True))
    return text.where(share >= RARE, "other")


def _quartiles(values: pd.Series) -> pd.Series:
    # Equal values share a quartile, so a column with many ties has fewer than four.
    edges = np.unique(np.nanquantile(values.to_numpy(dtype=float, na_value=np.nan), [0, 0.25, 0.5, 0.75, 1]))
    bins = np.clip(np.searchsorted(edges, values.to_numpy(dtype=float, na_value=np.nan), side="left"), 1, None)
    names = [f"above {low:g} up to {high:g}" for low, high in pairwise(edges)]
    names[0] = f"{edges[0]:g} to {edges[1]:g}"
    named = [names[i - 1] if i <= len(names) else "(missing)" for i in bins]
    return pd.Series(named, index=values.index)
