"""Quadratically weighted kappa of a judge and people over the frame."""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import t

from review_app.agreement.design import Numbers
from review_app.agreement.estimate import Estimate, undefined
from review_app.agreement.judges.post_strata import LEVEL, PostStrata

METHOD = "quadratically weighted kappa, post-stratified on the judge; Fisher-z t interval"


def ps_weighted_kappa(judge: Numbers, people: Numbers, strata: PostStrata) -> Estimate:
    """kappa = 1 - D / E with D = mean (j-h)^2 and E = mean j^2 + mean h^2 - 2 mean j mean h, means over the frame.

    judge, people: shape (n,), numbers on one scale, whole steps or not. This is Lin's concordance correlation with
    population moments. Linearised in the four means; the interval is tanh(atanh kappa +- t se / (1 - kappa^2)).
    Source: Cohen (1968); Fleiss and Cohen (1973); Lin (1989); linearisation after Särndal et al. (1992), 5.5.
    """
    squares, gap = judge**2 + people**2, (judge - people) ** 2
    j, h = strata.mean(judge), strata.mean(people)
    disagreement, by_chance = strata.mean(gap), strata.mean(squares) - 2 * j * h
    if by_chance <= 1e-12:
        return undefined("judge and people gave one value to every trace", len(judge), METHOD)
    kappa = 1 - disagreement / by_chance
    if 1 - kappa**2 < 1e-12:
        return Estimate(value=kappa, n=len(judge), method=METHOD, reason="no interval: they never differ")
    pull = squares - 2 * h * judge - 2 * j * people
    se = math.sqrt(strata.variance(-gap / by_chance + disagreement / by_chance**2 * pull))
    reach = float(t.ppf((1 + LEVEL) / 2, strata.degrees)) * se / (1 - kappa**2)
    low, high = np.tanh(math.atanh(kappa) + np.array([-reach, reach]))
    return Estimate(value=kappa, low=float(low), high=float(high), n=len(judge), method=METHOD, level=LEVEL)
