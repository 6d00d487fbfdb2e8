"""A judge's rates over labelled traces alone, where it has not judged the whole frame: nothing is known of the rest."""

from __future__ import annotations

import pandas as pd

from review_app.agreement.design import Design, Numbers, weights
from review_app.agreement.estimate import Estimate, undefined
from review_app.agreement.judges import vsj

WEIGHTED = "weighted by the draw; smoothed Jeffreys interval"
UNWEIGHTED = "labels that no draw chose, counted alike; Jeffreys interval"


def label_rates(sample: pd.DataFrame) -> tuple[Estimate, Estimate]:
    """(share of failures it flags, share of good answers it passes).

    sample: one row per labelled trace: `y` in [0, 1], a tie counts half on either side; `flagged`; and its design, see
    design.weights. Rows without one are left out where any has one; else all count alike."""
    drawn = sample[sample["inclusion_probability"].notna()]
    rows, method = (drawn, WEIGHTED) if len(drawn) else (sample.assign(weight=1.0, variance_factor=1.0), UNWEIGHTED)
    y, flagged = rows["y"].to_numpy(dtype=float), rows["flagged"].to_numpy(dtype=float)
    w, v = weights(rows)
    return (
        _rate(flagged, Design(w * y, v * y**2), method, "people found no failure in these traces"),
        _rate(1 - flagged, Design(w * (1 - y), v * (1 - y) ** 2), method, "people found only failures in these traces"),
    )


def _rate(hit: Numbers, design: Design, method: str, why_not: str) -> Estimate:
    counting = design.w > 0
    n = int(counting.sum())
    if not n:
        return undefined(why_not, n, method)
    mine = design.at(counting)
    low, high = vsj.interval(vsj.beta_parameters(hit[counting], mine))
    return Estimate(value=vsj.weighted_share(hit[counting], mine), low=low, high=high, n=n, method=method)
