"""What most of the *other* reviewers said of a trace: a reference that does not contain the answer held against it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.int64]


def majority_of_others(unit: Codes, value: Codes) -> Codes:
    """For each rating the category more than half of the unit's other ratings have; -1 where there is none.

    unit, value: codes from 0, shape (n,), one entry per rating.
    """
    if not len(unit):
        return np.zeros(0, dtype=np.int64)
    k = int(value.max()) + 1
    cells, votes = np.unique(unit * k + value, return_counts=True)
    ranked = np.lexsort((-votes, cells // k))
    units, category, votes = cells[ranked] // k, cells[ranked] % k, votes[ranked]
    # Each unit's entries stand together, most votes first; only the first two can be more than half of the others.
    at = np.searchsorted(units, unit)
    follows = np.minimum(at + 1, len(units) - 1)
    others = np.bincount(unit)[unit] - 1
    is_top = category[at] == value
    first = 2 * (votes[at] - is_top) > others
    second = is_top & (units[follows] == unit) & (follows > at) & (2 * votes[follows] > others)
    return np.where(first, category[at], np.where(second, category[follows], -1))
