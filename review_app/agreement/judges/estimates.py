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

from review_app.agreement.design import weights
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
    coverage.refusal). minimum: labels inside each verdict below which nothing is said.
    """
    refusal = _refusal(sample, counts, minimum)
    if refusal or counts is None:
        return Weighted(refusal=refusal, cells=None, metrics={})
    y = sample["y"].to_numpy(dtype=float)
    flagged = sample["flagged"].to_numpy(dtype=bool)
    design = weights(sample)
    one, other = (y[flagged], design.at(flagged)), (y[~flagged], design.at(~flagged))
    cells = _cells(vsj.weighted_share(*one), vsj.weighted_share(*other), counts)
    bad_if_flagged = rng.beta(*vsj.beta_parameters(*one), size=DRAWS)
    bad_if_passed = rng.beta(*vsj.beta_parameters(*other), size=DRAWS)
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
        if n < minimum:
            return f"{n} labelled traces that the judge {what}; {minimum} are needed"
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
