"""An ordinal judge against people over the frame: all figures together, since each alone can be gamed.

A rank correlation does not see leniency; a small gap does not see a judge who says the same about everything.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from review_app.agreement.confidence.calibration import MINIMUM_LABELS
from review_app.agreement.confidence.recalibration import Recalibration, recalibrate
from review_app.agreement.design import Design, Mask, Numbers, weights
from review_app.agreement.estimate import Estimate
from review_app.agreement.judges.post_strata import PostStrata, post_strata
from review_app.agreement.judges.weighted_kappa import ps_weighted_kappa
from review_app.agreement.weighted_ranks import spearman, tau_b

_SHARE = "share of the frame, post-stratified on the judge; smoothed Jeffreys interval"
_GAP = "mean over the frame, post-stratified on the judge; linearised t interval"
_SPEARMAN = "Spearman's rho with design weights"
_TAU_B = "Kendall's tau-b with design weights"
_CONSTANT = "judge or people gave one value to every trace"
_SAME = 1e-9


@dataclass(frozen=True, kw_only=True)
class OrdinalJudge:
    """How far a judge's number is from people's in the frame. refusal: why there is no figure, "" when there are.

    exact, within_one: share of traces at the same value, and at most one step away. mean_gap: judge minus people, in
    steps; above 0 is lenient where the scale runs worst to best. qwk: quadratically weighted kappa. n: labelled
    traces; joined: judge levels put together for want of labels. recalibration: people's mean number at each level of
    the judge, tried on labels it had not seen; None below the minimum of labels.
    """

    refusal: str
    n: int
    joined: int = 0
    exact: Estimate | None = None
    within_one: Estimate | None = None
    mean_gap: Estimate | None = None
    qwk: Estimate | None = None
    spearman: Estimate | None = None
    tau_b: Estimate | None = None
    recalibration: Recalibration | None = None
    method: str = "post-stratified on the judge's level"


def judge_ordinal(
    sample: pd.DataFrame,
    sizes: Mapping[Hashable, int] | None,
    rng: np.random.Generator | None = None,
    minimum: int = MINIMUM_LABELS,
) -> OrdinalJudge:
    """The panel for one judge and criterion.

    sample: one row per drawn, labelled trace with an ok verdict: `trace_id`, `judge` and `people` (numbers on the
    criterion's scale), `stratum` (the judge's level, or its verdict) and its design (see design.weights). sizes:
    stratum -> traces of the frame. rng: without it, and below `minimum` labels, nothing is recalibrated.
    """
    if sizes is None:
        return OrdinalJudge(
            refusal="the frame does not say how many traces this judge put at each level", n=len(sample)
        )
    design = weights(sample)
    strata = post_strata(sample["stratum"].to_numpy(dtype=object), sizes, design)
    if isinstance(strata, str):
        return OrdinalJudge(refusal=strata, n=len(sample))
    judge, people = sample["judge"].to_numpy(dtype=float), sample["people"].to_numpy(dtype=float)
    gap = judge - people
    return OrdinalJudge(
        refusal="",
        n=len(sample),
        joined=strata.joined,
        exact=_share(np.abs(gap) < _SAME, strata),
        within_one=_share(np.abs(gap) < 1 + _SAME, strata),
        mean_gap=strata.interval(gap, _GAP),
        qwk=ps_weighted_kappa(judge, people, strata),
        spearman=spearman(judge, people, design, _SPEARMAN, _CONSTANT),
        tau_b=tau_b(judge, people, design, _TAU_B, _CONSTANT),
        recalibration=_recalibration(sample, design, rng) if rng and (design.w > 0).sum() >= minimum else None,
    )


def _recalibration(sample: pd.DataFrame, design: Design, rng: np.random.Generator) -> Recalibration:
    judge, people = sample["judge"].to_numpy(dtype=float), sample["people"].to_numpy(dtype=float)
    return recalibrate(judge, people, design.w, sample["trace_id"].to_numpy(dtype=object), rng, ordinal=True)


def _share(inside: Mask, strata: PostStrata) -> Estimate:
    y: Numbers = inside.astype(float)
    return strata.share(y, _SHARE)
