"""A metric of a judge, corrected by people: every case has the judge's verdict, a random part a fresh human label.

    difference = mean(l jc - yb) + mean over the labelled part of (yc - l jc)
    variance   = S2(yc - yb) / n + (1/m - 1/n) S2(yc - l jc),  t with m - 1 degrees of freedom

jc: the judge on the candidate, yc and yb: people on candidate and baseline, n cases, m of them labelled. l is the
weight of the judge that makes the second part smallest; a judge that says nothing of people's answers gets 0. A judge
that likes the candidate's style moves both means by the same, so it cannot pass a worse candidate. Source: two-phase
(double) sampling, Cochran (1977), Sampling Techniques, chapter 12.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy.stats import t

from review_app.gate.non_inferiority import PairedTest

Values = npt.NDArray[np.float64]


def corrected(judge: Values, human: Values, baseline: Values, margin: float, alpha: float) -> PairedTest:
    """judge, human, baseline: shape (n,): jc, yc (NaN where nobody labelled the candidate's output) and yb, better
    above; at least two labels."""
    n, labelled = len(judge), ~np.isnan(human)
    m = int(labelled.sum())
    weight = judge_weight(judge[labelled], human[labelled])
    change, rest = (human - baseline)[labelled], (human - weight * judge)[labelled]
    difference = float((weight * judge - baseline).mean() + rest.mean())
    variance = _spread(change) / n + (1 / m - 1 / n) * _spread(rest)
    reach = float(t.isf(alpha, m - 1)) * math.sqrt(variance)
    return PairedTest(
        difference=difference,
        low=max(difference - reach, -1.0),
        high=min(difference + reach, 1.0),
        p=float(t.sf((difference + margin) / math.sqrt(variance), m - 1)),
        p_better=float(t.sf(difference / math.sqrt(variance), m - 1)),
        spread=variance * n,
        minimum_n=1,
        method=f"two-phase, {m} human labels, judge's weight {weight:.2f}",
    )


def judge_weight(judge: Values, human: Values) -> float:
    """cov(yc, jc) / var(jc) on the labelled part, within [0, 1]; 0 where the judge says the same of every case."""
    spread = float(np.var(judge))
    return float(np.clip(np.mean((judge - judge.mean()) * (human - human.mean())) / spread, 0, 1)) if spread > 0 else 0


def _spread(values: Values) -> float:
    # m labels that all agree do not show that the next would: at least one of them is taken to have changed.
    return max(float(np.var(values, ddof=1)), 1 / len(values))
