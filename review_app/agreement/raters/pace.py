"""Reviews given faster than anybody reads. Slow is never a fault."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
READS_AT_MOST = 60.0
"""Characters a second."""
_FIT_ON = 1000
_NORMAL = 1.4826
"""A normal distribution's standard deviation per median absolute deviation."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """One entry per review, in the order given. timed: time and length are known. too_fast: under either rule.

    z: how far log time lies from what its length lets expect, in robust standard deviations; NaN where unknown.
    n: timed reviews. undefined: why there is no z, "" otherwise.
    """

    timed: npt.NDArray[np.bool_]
    too_fast: npt.NDArray[np.bool_]
    z: Numbers
    n: int
    undefined: str = ""
    method: str = "under 1 s per 60 characters, or robust z of log time < -3 (Theil-Sen on log length, MAD)"


def pace(seconds: npt.ArrayLike, characters: npt.ArrayLike, limit: float = -3.0) -> Pace:
    """seconds: time on each review; characters: length of what there was to read, >= 0; NaN or time <= 0 = unknown."""
    time, length = np.asarray(seconds, dtype=float), np.asarray(characters, dtype=float)
    known = (time > 0) & (length >= 0)
    impossible = np.zeros(len(time), bool)
    impossible[known] = time[known] < length[known] / READS_AT_MOST
    z = np.full(len(time), np.nan)
    rest = _unexplained(np.log(np.maximum(length[known], 1)), np.log(time[known]))
    scale = _NORMAL * float(np.median(np.abs(rest))) if len(rest) else 0.0
    if scale > 0:
        z[known] = rest / scale
    too_fast = impossible | (np.nan_to_num(z) < limit)
    reason = "" if scale > 0 else "times do not vary enough to say what is usual"
    return Pace(timed=known, too_fast=too_fast, z=z, n=int(known.sum()), undefined=reason)


def _unexplained(x: Numbers, y: Numbers) -> Numbers:
    """y less its Theil-Sen line on x, with median 0. The line is fitted on at most 1,000 reviews, spread over x."""
    if not len(x):
        return y
    some = np.argsort(x, kind="stable")[np.linspace(0, len(x) - 1, min(len(x), _FIT_ON)).astype(int)]
    rest = y - _slope(x[some], y[some]) * x
    return np.asarray(rest - np.median(rest))


def _slope(x: Numbers, y: Numbers) -> float:
    """The median slope over all pairs with different x; 0 where there is none. Source: Theil (1950), Sen (1968)."""
    i, j = np.triu_indices(len(x), 1)
    run, rise = x[j] - x[i], y[j] - y[i]
    return float(np.median(rise[run != 0] / run[run != 0])) if run.any() else 0.0
