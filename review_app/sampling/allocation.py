"""Sharing a budget out: probabilities in proportion to a size, and Neyman's allocation over strata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Stratum(NamedTuple):
    """size: traces in it. sd: standard deviation of what is measured inside it, e.g. sqrt(p (1 - p)) of a share p."""

    size: int
    sd: float


def proportional(sizes: npt.ArrayLike, n: float) -> npt.NDArray[np.float64]:
    """min(1, c size) for each size >= 0, with c such that the probabilities add up to n, or to all that have a size.

    What is capped at 1 leaves more for the others, so c is found anew until nothing more is capped."""
    wanted = np.asarray(sizes, dtype=float)
    found, free = np.zeros(len(wanted)), wanted > 0
    while free.any():
        left = n - (found == 1).sum()
        share = wanted * (left / wanted[free].sum())
        over = free & (share >= 1)
        if not over.any():
            return np.where(free, share, found)
        found[over], free = 1, free & ~over
    return found


def neyman(strata: Mapping[str, Stratum], n: float) -> dict[str, float]:
    """How many traces to take from each stratum so that their weighted mean varies least: n_h in proportion to
    N_h S_h, and never more than there are. Without any spread to go by, in proportion to the sizes. (Neyman 1934)"""
    spread = np.array([stratum.size * stratum.sd for stratum in strata.values()], dtype=float)
    size = np.array([stratum.size for stratum in strata.values()], dtype=float)
    if not spread.any():
        spread = size.copy()
    taken, free = np.zeros(len(size)), spread > 0
    while free.any():
        share = spread * ((n - taken[~free].sum()) / spread[free].sum())
        over = free & (share > size)
        if not over.any():
            taken = np.where(free, share, taken)
            break
        taken[over], free = size[over], free & ~over
    return dict(zip(strata, map(float, taken), strict=True))
