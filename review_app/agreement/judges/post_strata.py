"""Means over the frame when its composition by stratum (usually the judge's verdict) is known.

Inside a stratum the labels say what traces are like; how large the stratum is, the frame says. Two ways to an
interval: linearised (any mean, enough labels everywhere) and smoothed Jeffreys (shares, also when none was seen).
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import t

from review_app.agreement.design import Design, Numbers
from review_app.agreement.estimate import Estimate
from review_app.agreement.judges import vsj

MINIMUM_PER_STRATUM = 5
"""Fewer labels, and a stratum is joined with its neighbour."""
LEVEL = 0.95


@dataclass(frozen=True, kw_only=True)
class PostStrata:
    """which: shape (n,), the stratum of each labelled trace, 0 .. H-1. sizes: shape (H,), traces of the frame.

    Every stratum has at least one label; joined: how many strata were joined with a neighbour.
    """

    which: npt.NDArray[np.intp]
    sizes: Numbers
    design: Design
    joined: int = 0

    @property
    def scale(self) -> Numbers:
        """N_h / sum w of each trace's stratum, shape (n,): what makes the weights add up to the frame."""
        factors: Numbers = (self.sizes / self._sums(self.design.w))[self.which]
        return factors

    @property
    def degrees(self) -> int:
        """Labels less strata."""
        return len(self.which) - len(self.sizes)

    def mean(self, u: Numbers) -> float:
        """Mean of u over the frame: sum N_h / N times the weighted mean of stratum h. u: shape (n,)."""
        inside = self._sums(self.design.w * u) / self._sums(self.design.w)
        return float(self.sizes @ inside / self.sizes.sum())

    def variance(self, u: Numbers) -> float:
        """Of `mean`: sum_h n_h/(n_h-1) (N_h / sum w)^2 sum v (u - mean_h)^2 / N^2. NaN when a stratum has one label."""
        n = np.bincount(self.which, minlength=len(self.sizes))
        if n.min() < 2:
            return math.nan
        residual = u - (self._sums(self.design.w * u) / self._sums(self.design.w))[self.which]
        parts = self.design.v * (self.scale * residual) ** 2 * (n / (n - 1))[self.which]
        return float(parts.sum() / self.sizes.sum() ** 2)

    def interval(self, u: Numbers, method: str) -> Estimate:
        """`mean` with a linearised t interval on `degrees`. u on any scale."""
        value, se = self.mean(u), math.sqrt(self.variance(u))
        reach = float(t.ppf((1 + LEVEL) / 2, self.degrees)) * se
        return Estimate(value=value, low=value - reach, high=value + reach, n=len(u), method=method, level=LEVEL)

    def share(self, y: Numbers, method: str) -> Estimate:
        """`mean` of y in [0, 1] with a smoothed Jeffreys interval, which also holds where all y agree.

        As vsj.beta_parameters with calibrated weights c = w N_h / sum w, the largest C, residuals from the stratum's
        mean, and one pseudo-trace for all strata: one in each would pull the share towards 1/2 as often as there are
        strata.
        """
        c, value = self.design.w * self.scale, self.mean(y)
        heaviest, size = c.max(), self.sizes.sum()
        total = size + heaviest
        p = (size * value + heaviest / 2) / total
        within = self.variance(y) * size**2
        spread = within + heaviest**2 / 2 * ((1 - p) ** 2 + p**2)
        n = p * (1 - p) * total**2 / spread
        low, high = vsj.interval(vsj.BetaParameters(n * p, n * (1 - p)), LEVEL)
        # The smoothed middle can lie beside an extreme point estimate; an interval holds its own estimate.
        return Estimate(
            value=value, low=min(low, value), high=max(high, value), n=len(y), n_eff=n, method=method, level=LEVEL
        )

    def _sums(self, values: Numbers) -> Numbers:
        return np.bincount(self.which, weights=values, minlength=len(self.sizes)).astype(float)


def post_strata(strata: npt.NDArray[np.generic], sizes: Mapping[Hashable, int], design: Design) -> PostStrata | str:
    """The strata of the labelled traces, or why there are none.

    strata: shape (n,), a sortable key per labelled trace (a judge's level, its verdict). sizes: key -> traces of the
    frame, of every key the frame holds. Neighbours in sort order are joined until each has MINIMUM_PER_STRATUM
    labels with a weight above 0.
    """
    keys = sorted(key for key, size in sizes.items() if size > 0)  # type: ignore[type-var]
    place = {key: i for i, key in enumerate(keys)}
    unknown = sorted({str(key) for key in strata.tolist() if key not in place})
    if unknown:
        return (
            f"labelled traces in {', '.join(unknown)}, of which the frame holds none: these labels are of another frame"
        )
    at = np.array([place[key] for key in strata.tolist()], dtype=np.intp)
    n = np.bincount(at[design.w > 0], minlength=len(keys))
    over = [str(key) for key, seen, key_n in zip(keys, n, (sizes[k] for k in keys), strict=True) if seen > key_n]
    if over:
        return f"more labelled traces than the frame holds in {', '.join(over)}: these labels are of another frame"
    if n.sum() < 2 * MINIMUM_PER_STRATUM:
        return f"{int(n.sum())} labelled traces from a draw; {2 * MINIMUM_PER_STRATUM} are needed"
    group = _joined(n)
    joined_sizes = np.bincount(group, weights=[sizes[key] for key in keys]).astype(float)
    return PostStrata(which=group[at], sizes=joined_sizes, design=design, joined=len(keys) - len(joined_sizes))


def _joined(n: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Stratum -> group of neighbours; each group holds MINIMUM_PER_STRATUM labels. n.sum() is at least that."""
    group, current, held = np.zeros(len(n), dtype=np.intp), 0, 0
    for i, labels in enumerate(n):
        if held >= MINIMUM_PER_STRATUM:
            current, held = current + 1, 0
        group[i] = current
        held += int(labels)
    # What is left at the end belongs to the last group that is large enough.
    return np.minimum(group, current - 1) if held < MINIMUM_PER_STRATUM and current else group
