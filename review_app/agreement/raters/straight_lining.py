"""The same answer again and again: is the longest run of equal labels longer than their mere shares explain?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_ENOUGH = 40
_CELLS_AT_ONCE = 2_000_000


@dataclass(frozen=True, kw_only=True)
class LongestRun:
    """length: of the longest run of one label. p: share of random orders with a run as long; None if `undefined`."""

    n: int
    length: int
    p: float | None
    undefined: str = ""
    method: str = "permutation test of the longest run"


def longest_run(labels: npt.ArrayLike, rng: np.random.Generator, permutations: int = 1999) -> LongestRun:
    """labels: codes in the order they were given, shape (n,). p = (1 + as long) / (1 + permutations).

    Once 40 random orders have a run as long, p = as long / orders seen, and no more are drawn: it is not small, and
    known to a sixth (Besag and Clifford 1991, Biometrika 78, 301)."""
    # Small codes: they are shuffled and compared many times over.
    given = np.unique(np.asarray(labels, dtype=np.int64), return_inverse=True)[1].astype(np.int16)
    if len(given) < 2 or np.ptp(given) == 0:
        reason = "one label only: every order is the same"
        return LongestRun(n=len(given), length=len(given), p=None, undefined=reason)
    length = int(_longest(given[None, :])[0])
    most = max(1, _CELLS_AT_ONCE // len(given))
    orders = as_long = 0
    while orders < permutations and as_long < _ENOUGH:
        # The first look is a small one: in most it is the last.
        step = min(most, permutations - orders, max(orders, 2 * _ENOUGH))
        rows = np.tile(given, (step, 1))
        seen = np.cumsum(_longest(rng.permuted(rows, axis=1, out=rows)) >= length)
        # Those after the last one that was needed do not count: how many there are must not depend on the step.
        orders += min(step, int(np.searchsorted(seen, _ENOUGH - as_long)) + 1)
        as_long = min(_ENOUGH, as_long + int(seen[-1]))
    p = as_long / orders if as_long == _ENOUGH else (1 + as_long) / (1 + permutations)
    return LongestRun(n=len(given), length=length, p=p)


def _longest(rows: npt.NDArray[np.int16]) -> npt.NDArray[np.int32]:
    """The longest run of equal labels in each row."""
    place = np.arange(rows.shape[1], dtype=np.int32)
    starts = np.where(np.diff(rows, axis=1, prepend=rows[:, :1] - 1) != 0, place, np.int32(0))
    return np.asarray((place - np.maximum.accumulate(starts, axis=1)).max(axis=1) + 1)
