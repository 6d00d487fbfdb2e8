"""Sharing a budget out in proportion to something, and Neyman's allocation over strata by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt


class Stratum(NamedTuple):
    """size: traces in it. sd: standard deviation of what is measured inside it, e.g. sqrt(p (1 - p)) of a share p."""

    size: int
    sd: float


def shared_out(wanted: npt.ArrayLike, n: float, most: npt.ArrayLike = 1.0) -> npt.NDArray[np.float64]:
    """min(most, c wanted) for each wanted >= 0, with c such that they add up to n, or to all there is.

    most: of each, or of any. What is capped leaves more for the others, so c is found anew until nothing is capped."""
    asked = np.asarray(wanted, dtype=float)
    cap, found, free = np.broadcast_to(np.asarray(most, dtype=float), asked.shape), np.zeros(len(asked)), asked > 0
    while free.any():
        share = asked * ((n - found[~free].sum()) / asked[free].sum())
        over = free & (share >= cap)
        if not over.any():
            return np.where(free, share, found)
        found[over], free = cap[over], free & ~over
    return found


def neyman(strata: Mapping[str, Stratum], n: float) -> dict[str, float]:
    """How many traces to take from each stratum so that their weighted mean varies least: n_h in proportion to
    N_h S_h, and never more than there are. Without any spread to go by, in proportion to the sizes. (Neyman 1934)"""
    size = np.array([stratum.size for stratum in strata.values()], dtype=float)
    spread = size * np.array([stratum.sd for stratum in strata.values()], dtype=float)
    taken = shared_out(spread if spread.any() else size, n, size)
    return dict(zip(strata, map(float, taken), strict=True))
