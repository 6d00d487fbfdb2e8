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

    sample: as estimates.estimate takes it, with the column `part` (text: iso_week of the trace's time, a version).
    counts: part -> verdicts of the frame in that part. A part with fewer than `minimum` labels per verdict, or
    one the frame does not count, has a refusal and no figures.
    """
    names = sample[part].dropna().astype(str)
    found = []
    for name in sorted({*names, *counts}):
        rows = sample.loc[names.index[names == name]]
        weighted = estimate(rows, counts.get(name), rng, minimum)
        metrics = {metric: weighted.metrics[metric] for metric in METRICS if not weighted.refusal}
        found.append(TrendPoint(part=name, n=len(rows), refusal=weighted.refusal, metrics=metrics))
    return tuple(found)


def iso_week(at: pd.Series) -> pd.Series:
    """The ISO 8601 week of each time as text that sorts, "2026-W09"; NA where there is no time."""
    week = pd.to_datetime(at, utc=True).dt.isocalendar()
    text = week["year"].astype("string") + "-W" + week["week"].astype("string").str.zfill(2)
    return text.where(pd.Series(at).notna(), pd.NA)
