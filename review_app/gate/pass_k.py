"""Several runs of each case: how often all of k succeed, and how often at least one does.

pass^k = mean over cases of C(c, k) / C(n, k), pass@k = mean of 1 - C(n - c, k) / C(n, k), with c successes in a case's
n runs: both without bias. Sources: Yao et al. (2024), tau-bench, section 4; Chen et al. (2021), section 2.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, sqrt

import numpy as np
from scipy.stats import t

from review_app.agreement.estimate import Estimate, undefined


@dataclass(frozen=True, kw_only=True)
class PassK:
    """k, and both estimates over the cases that have k runs or more."""

    k: int
    all_of_k: Estimate
    any_of_k: Estimate


def pass_k(counts: Sequence[tuple[int, int]]) -> tuple[PassK, ...]:
    """counts: (successes, runs) of each case. One row for each k up to the smallest number of runs of a case."""
    runs = [n for _, n in counts]
    return tuple(
        PassK(
            k=k,
            all_of_k=_mean([comb(c, k) / comb(n, k) for c, n in counts], f"pass^{k}"),
            any_of_k=_mean([1 - comb(n - c, k) / comb(n, k) for c, n in counts], f"pass@{k}"),
        )
        for k in range(1, min(runs, default=0) + 1)
    )


def _mean(values: list[float], name: str) -> Estimate:
    """A mean over cases, with Student's interval: the cases are what was sampled, not their runs."""
    n, mean = len(values), float(np.mean(values))
    if n < 2:
        return undefined("one case has no spread", n, name)
    reach = float(t.isf(0.025, n - 1)) * float(np.std(values, ddof=1)) / sqrt(n)
    return Estimate(
        value=mean, low=max(mean - reach, 0.0), high=min(mean + reach, 1.0), n=n, method=f"{name}, t over cases"
    )
