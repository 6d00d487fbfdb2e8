"""A judge's rates week by week, or by judge version, or by the prompt version of the traces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from review_app.agreement.estimate import Estimate
from review_app.agreement.frame import VerdictCounts
from review_app.agreement.judges.estimates import MINIMUM_PER_VERDICT, estimate

METRICS = ("tpr", "tnr", "prevalence")
_READ = ("y", "flagged", "inclusion_probability", "weight", "variance_factor")


@dataclass(frozen=True, kw_only=True)
class TrendPoint:
    """One part of the frame. metrics: METRICS name -> Estimate; empty exactly when refused. n: labelled traces."""

    part: str
    n: int
    refusal: str
    metrics: Mapping[str, Estimate]


def trend(
    sample: pd.DataFrame,
    part: str,
    counts: Mapping[str, VerdictCounts],
    rng: np.random.Generator,
    minimum: int = MINIMUM_PER_VERDICT,
) -> tuple[TrendPoint, ...]:
    """One point per part the frame or the labels have, in order of name; rows without a part are left out.

    sample: as estimates.estimate takes it, with the column `part` (text: the week of the trace's time, a version).
    counts: part -> verdicts of the frame in that part. A part with fewer than `minimum` labels per verdict, or
    one the frame does not count, has a refusal and no figures.
    """
    read = [name for name in _READ if name in sample]
    parts = {str(name): rows for name, rows in sample[read].groupby(sample[part], sort=False)}
    found = []
    for name in sorted({*parts, *counts}):
        rows = parts.get(name, sample.iloc[:0])
        weighted = estimate(rows, counts.get(name), rng, minimum, METRICS)
        found.append(TrendPoint(part=name, n=len(rows), refusal=weighted.refusal, metrics=weighted.metrics))
    return tuple(found)
