"""Judge against people over the whole frame, from labels drawn with known, unequal probabilities.

Post-stratified on the verdict: how many traces the judge flagged and passed is known for the whole frame, so people
are only asked for the share of failures inside each verdict. Intervals by VSJ: 20,000 draws of the two shares from
their smoothed Jeffreys distributions, pushed through the same table, 2.5 and 97.5 % quantiles.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from review_app.agreement.design import Design, weights
from review_app.agreement.estimate import Estimate, undefined
from review_app.agreement.figures import METRICS, Cells
from review_app.agreement.frame import VerdictCounts
from review_app.agreement.judges import confusion, vsj

METHOD = "post-stratified on the verdict; VSJ interval"
DRAWS = 20_000
MINIMUM_PER_VERDICT = 5
"""Fewer labels inside a verdict and the pseudo-trace weighs as much as people do."""
LEVEL = 0.95


@dataclass(frozen=True, kw_only=True)
class Weighted:
    """Figures for the frame, or why there are none. metrics is empty and cells is None exactly when refused."""

    refusal: str
    cells: Cells | None
    metrics: dict[str, Estimate]


def estimate(
    sample: pd.DataFrame,
    counts: VerdictCounts | None,
    rng: np.random.Generator,
    minimum: int = MINIMUM_PER_VERDICT,
    only: Collection[str] = METRICS,
) -> Weighted:
    """Rates of figures.METRICS for the frame, all or `only` some.

    sample: one row per labelled trace with an ok verdict: `y` in [0, 1], `flagged` (bool) and its design (see
    design.weights). counts: the frame's verdicts; where it judged a part of the frame, that must be a random one (see
    coverage.refusal). minimum: labels inside each verdict below which nothing is said; where it judged the whole frame
    and gave a verdict more rarely than that, all of those.
    """
    refusal = _refusal(sample, counts, minimum)
    if refusal or counts is None:
        return Weighted(refusal=refusal, cells=None, metrics={})
    y = sample["y"].to_numpy(dtype=float)
    flagged = sample["flagged"].to_numpy(dtype=bool)
    design = weights(sample)
    one, other = (y[flagged], design.at(flagged)), (y[~flagged], design.at(~flagged))
    if_flagged, bad_if_flagged = _share(*one, rng)
    if_passed, bad_if_passed = _share(*other, rng)
    cells = _cells(if_flagged, if_passed, counts)
    share = _flagged(counts, rng)
    draws = confusion.rates(
        share * bad_if_flagged,
        share * (1 - bad_if_flagged),
        (1 - share) * bad_if_passed,
        (1 - share) * (1 - bad_if_passed),
    )
    points = confusion.point(cells)
    return Weighted(
        refusal="",
        cells=cells,
        metrics={name: _estimate(name, points[name], draws[name], len(sample)) for name in METRICS if name in only},
    )


def _share(y: confusion.Numbers, design: Design, rng: np.random.Generator) -> tuple[float, confusion.Numbers]:
    """The share of failures inside a verdict, and draws of it. Of a verdict that was never given it does not matter."""
    if not len(y):
        return 0.0, np.zeros(DRAWS)
    return vsj.weighted_share(y, design), rng.beta(*vsj.beta_parameters(y, design), size=DRAWS)


def _refusal(sample: pd.DataFrame, counts: VerdictCounts | None, minimum: int) -> str:
    if sample.empty:
        return "no labelled trace with a verdict comes from a draw"
    if counts is None:
        return "the frame does not say how many traces this judge flagged and passed"
    # A trace of weight 0 stands for no trace of the frame, so it is no evidence either.
    counting = weights(sample).w > 0
    n_flagged = int((counting & sample["flagged"]).sum())
    n_passed = int(counting.sum()) - n_flagged
    for n, size, what in ((n_flagged, counts.n_flagged, "flagged"), (n_passed, counts.n_passed, "passed")):
        if n > size:
            return f"{n} labelled traces were {what}, but the frame holds {size}: these labels are of another frame"
        # Of a verdict it gave more rarely, all there are will do. Where it judged a part, it may have more of them.
        wanted = minimum if counts.n_without_verdict > 0 else min(minimum, size)
        if n < wanted:
            several = "1 labelled trace" if n == 1 else f"{n} labelled traces"
            return f"{several} that the judge {what}; {wanted} are needed{', all there are' * (wanted < minimum)}"
    return ""


def _flagged(counts: VerdictCounts, rng: np.random.Generator) -> confusion.Numbers:
    """The share of the frame it flags, for each draw: known where it judged every trace, else p (1 - p) / n wide."""
    judged = counts.n_flagged + counts.n_passed
    share, left = counts.n_flagged / judged, counts.n_without_verdict
    if left <= 0:
        return np.full(DRAWS, share)
    # A Beta of that variance, less what a part this large of a finite frame leaves open; it stays between 0 and 1.
    n = judged * (judged + left) / left
    return rng.beta(share * n, (1 - share) * n, DRAWS)


def _cells(bad_if_flagged: float, bad_if_passed: float, counts: VerdictCounts) -> Cells:
    return Cells(
        flagged_bad=counts.n_flagged * bad_if_flagged,
        flagged_good=counts.n_flagged * (1 - bad_if_flagged),
        passed_bad=counts.n_passed * bad_if_passed,
        passed_good=counts.n_passed * (1 - bad_if_passed),
    )


def _estimate(name: str, value: float | None, draws: confusion.Numbers, n: int) -> Estimate:
    if value is None:
        return undefined(confusion.WHY_UNDEFINED[name], n, METHOD)
    low, high = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    # kappa and F1 are not shares of traces: R (1 - R) / V means nothing there.
    is_share = name not in ("kappa", "f1") and 0 < value < 1
    n_eff = value * (1 - value) / float(draws.var()) if is_share else None
    return Estimate(value=value, low=float(low), high=float(high), n=n, method=METHOD, level=LEVEL, n_eff=n_eff)
