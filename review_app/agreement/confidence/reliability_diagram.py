"""How often people call a trace bad where the judge says "bad with probability s": ten bins and one number."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from review_app.agreement.design import Design, Numbers
from review_app.agreement.estimate import Estimate
from review_app.agreement.judges import vsj
from review_app.agreement.weighted_ranks import weighted_ranks
from review_app.agreement.wilson import wilson

BINS = 10
_METHOD = "weighted share; Wilson interval with the effective number of labels"


@dataclass(frozen=True, kw_only=True)
class Bin:
    """Traces of similar score. low, high: their least and largest score; mean_score and share (in [0, 1]) are
    weighted; bad: share people call bad."""

    low: float
    high: float
    mean_score: float
    share: float
    bad: Estimate


@dataclass(frozen=True, kw_only=True)
class ReliabilityDiagram:
    """bins: by rising score, each about a tenth of the frame. squared_error: mean squared distance between score and
    share of bad, less what chance alone would give: an unbiased estimate, so it may be below 0. note: what it says.
    """

    bins: tuple[Bin, ...]
    squared_error: float | None
    n: int
    note: str
    method: str = "equal-mass bins; debiased squared calibration error"


def reliability_diagram(scores: Numbers, y: Numbers, design: Design, bins: int = BINS) -> ReliabilityDiagram:
    """scores: P(bad) in [0, 1], y: in [0, 1], both of shape (n,), n >= 1.

    A trace's bin is its weighted mid-rank times `bins`, so equal scores stay together and some bins may be empty.
    """
    place = np.minimum((weighted_ranks(scores, design.w) * bins).astype(int), bins - 1)
    parts = [place == b for b in range(bins) if design.w[place == b].sum() > 0]
    found = tuple(_bin(scores[rows], y[rows], design.at(rows), design.w.sum()) for rows in parts)
    error = _squared_error(scores, y, design.w, parts)
    return ReliabilityDiagram(bins=found, squared_error=error, n=len(y), note=_note(error))


def _bin(scores: Numbers, y: Numbers, design: Design, whole: float) -> Bin:
    share = vsj.weighted_share(y, design)
    # VSJ's number counts one pseudo-trace; without it, it is n for equal weights and also known where all y agree.
    n_eff = max(sum(vsj.beta_parameters(y, design)) - 1, 1.0)
    low, high = wilson(share * n_eff, n_eff)
    bad = Estimate(value=share, low=low, high=high, n=len(y), n_eff=n_eff, method=_METHOD)
    mean_score = float(design.w @ scores / design.w.sum())
    return Bin(
        low=float(scores.min()), high=float(scores.max()), mean_score=mean_score,
        share=float(design.w.sum() / whole), bad=bad,
    )  # fmt: skip


def _squared_error(scores: Numbers, y: Numbers, w: Numbers, parts: list[np.ndarray]) -> float | None:
    """sum_b W_b [d_b^2 - variance of d_b], d_b the weighted mean of y - score. Source: Kumar, Liang and Ma (2019).

    The variance is that of d_b, not of the mean of y: exact also in a bin that is wide. None when a bin has one trace.
    """
    total = 0.0
    for rows in parts:
        n, mass = int(rows.sum()), w[rows].sum()
        if n < 2:
            return None
        left = y[rows] - scores[rows]
        gap = float(w[rows] @ left / mass)
        noise = n / (n - 1) * float((w[rows] * (left - gap)) @ (w[rows] * (left - gap))) / mass**2
        total += mass / w.sum() * (gap**2 - noise)
    return float(total)


def _note(error: float | None) -> str:
    if error is None:
        return "too few labels in a bin"
    if error <= 0:
        return "no miscalibration detectable"
    return f"scores are about {math.sqrt(error):.2f} away from the share of bad answers"
