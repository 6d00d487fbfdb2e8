"""The failure rate of new traffic from a judge's flags alone, with TPR and TNR carried over from other labels.

Only across populations. Where the labels come from the same frame, the post-stratified estimate uses them better.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from review_app.agreement.design import weights
from review_app.agreement.estimate import Estimate, undefined
from review_app.agreement.judges import hajek

METHOD = "Rogan-Gladen, TPR and TNR carried over from another population; delta interval"
MINIMUM_YOUDEN = 0.1
LEVEL = 0.95


@dataclass(frozen=True, kw_only=True)
class RoganGladen:
    """prevalence: its value is cut to [0, 1]; unclipped is what the formula gave, None when refused.

    source: where TPR and TNR come from. se: standard error of the unclipped value.
    """

    prevalence: Estimate
    unclipped: float | None
    se: float | None
    tpr: float | None
    tnr: float | None
    flag_rate: float
    source: str
    assumption: str = "the judge is as often right here as it was there"


def rogan_gladen(labels: pd.DataFrame, flag_rate: float, source: str, n_judged: int | None = None) -> RoganGladen:
    """(flag_rate + TNR - 1) / (TPR + TNR - 1).

    labels: of the other population, one row per labelled trace: `y` in [0, 1], `flagged` and a design. flag_rate:
    share flagged in the new traffic; n_judged: how many random traces that share rests on, None when all were judged.
    source: the name of the other population; without it there is no figure. Refused when TPR + TNR - 1 is below
    MINIMUM_YOUDEN. Source: Rogan and Gladen (1978), American Journal of Epidemiology 107.
    """
    y, j = labels["y"].to_numpy(dtype=float), labels["flagged"].to_numpy(dtype=float)
    design = weights(labels)
    tpr, tnr = hajek.ratio(y * j, y, design), hajek.ratio((1 - y) * (1 - j), 1 - y, design)
    why = _refusal(tpr, tnr, source)
    if why:
        nothing = undefined(why, len(y), METHOD)
        return RoganGladen(
            prevalence=nothing, unclipped=None, se=None, tpr=_known(tpr.value), tnr=_known(tnr.value),
            flag_rate=flag_rate, source=source,
        )  # fmt: skip
    youden = tpr.value + tnr.value - 1
    value = (flag_rate + tnr.value - 1) / youden
    of_flags = flag_rate * (1 - flag_rate) / n_judged if n_judged else 0.0
    pull = (1 - value) * tnr.pull - value * tpr.pull
    se = math.sqrt(of_flags + len(y) / (len(y) - 1) * float(design.v @ pull**2)) / youden
    reach = float(norm.ppf((1 + LEVEL) / 2)) * se
    shown, low, high = (float(x) for x in np.clip([value, value - reach, value + reach], 0, 1))
    return RoganGladen(
        prevalence=Estimate(value=shown, low=low, high=high, n=len(y), method=METHOD, level=LEVEL),
        unclipped=value, se=se, tpr=tpr.value, tnr=tnr.value, flag_rate=flag_rate, source=source,
    )  # fmt: skip


def _refusal(tpr: hajek.Ratio, tnr: hajek.Ratio, source: str) -> str:
    if not source.strip():
        return "say which other population the labels come from; inside one frame use the post-stratified estimate"
    if math.isnan(tpr.value) or math.isnan(tnr.value):
        return "the labels hold only failures or no failure"
    youden = tpr.value + tnr.value - 1
    if youden < MINIMUM_YOUDEN:
        return (
            f"TPR + TNR - 1 is {youden:.2f}, below {MINIMUM_YOUDEN}: the judge hardly tells bad answers from good ones"
        )
    return ""


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
