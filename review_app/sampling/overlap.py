"""How many people review each drawn trace, and what they must know."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

import pandas as pd

from review_app import tables
from review_app.sampling.draw import digest, threshold
from review_app.sampling.plan import SamplePlan


def reviews_needed(drawn: pd.DataFrame, plan: SamplePlan, asked_otherwise: Collection[str] = ()) -> pd.Series[int]:
    """How many people are to review each drawn trace.

    drawn: one row per trace: `trace_id`, `stratum`, `number` (the draw that added it) and `queue_order`.
    asked_otherwise: traces somebody reviewed under another rubric; they do not belong to the first of this one.
    A larger `first`, `share` or number of reviews never lowers what a trace needs; nor does a further draw.
    """
    tables.require(drawn, ("trace_id", "stratum", "number", "queue_order"), "drawn")
    needed = pd.Series(plan.reviews_per_trace, index=drawn.index)
    if plan.overlap is None:
        return needed
    by_stratum = drawn["stratum"].map(dict(plan.overlap.strata)).fillna(0).astype(int)
    needed = needed.clip(lower=by_stratum)
    queued = drawn[~drawn["trace_id"].isin(asked_otherwise)].sort_values(["number", "queue_order"])
    cut = threshold(Fraction(str(plan.overlap.share)))
    shared = drawn["trace_id"].map(lambda trace_id: digest(plan.salt, "overlap", trace_id) < cut).astype(bool)
    shared |= drawn.index.isin(queued.index[: plan.overlap.first])
    return needed.mask(shared, needed.clip(lower=plan.overlap.reviews))


def skill_needed(stratum: str, tags: Collection[str], plan: SamplePlan) -> str | None:
    """The skill a trace needs: by its stratum, else by the first of the plan's tags that it has."""
    if stratum in plan.skills:
        return plan.skills[stratum]
    return next((skill for tag, skill in plan.skills.items() if tag in tags), None)
