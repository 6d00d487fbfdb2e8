"""A judge's numbers against people's, on one ordinal or numeric scale.

Rank correlations do not see leniency, and a small gap does not see a judge who says the same about everything: the
figures are shown together or not at all.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from review_app.agreement import linearised
from review_app.agreement.design import Design, Numbers, weights
from review_app.agreement.figures import OrdinalPanel
from review_app.agreement.weighted_ranks import spearman, tau_b, weighted_pearson

_SAME = 1e-9


def panels(sample: pd.DataFrame) -> tuple[OrdinalPanel, ...]:
    """Unweighted panels, and design-weighted ones where the traces were drawn unevenly.

    sample: one row per labelled trace with an ok verdict: `score` (people's mean), `judge_score` (expectation) and
    `judge_label_score` on the same scale, `inclusion_probability`; NA is missing, and left out. A judge whose score
    is its label's place gets the label's panels only.
    """
    given = sample.dropna(subset=["score"])
    same = given["judge_score"].isna() | ((given["judge_score"] - given["judge_label_score"]).abs() < _SAME)
    values: tuple[tuple[Literal["expectation", "label"], str], ...] = (
        ("expectation", "judge_score"),
        ("label", "judge_label_score"),
    )
    found: list[OrdinalPanel] = []
    for name, column in values[1:] if same.all() else values:
        rows = given.dropna(subset=[column])
        found += _panels_of(name, rows, column)
    return tuple(found)


def _panels_of(name: Literal["expectation", "label"], rows: pd.DataFrame, column: str) -> list[OrdinalPanel]:
    if rows.empty:
        return []
    x, y = rows[column].to_numpy(dtype=float), rows["score"].to_numpy(dtype=float)
    found = [_panel(name, x, y, None)]
    drawn = rows["inclusion_probability"].notna().to_numpy()
    design = weights(rows[drawn])
    if drawn.any() and np.ptp(design.w) > 0:
        found.append(_panel(name, x[drawn], y[drawn], design))
    return found


def _panel(name: Literal["expectation", "label"], x: Numbers, y: Numbers, drawn: Design | None) -> OrdinalPanel:
    """x: the judge, y: people, shape (n,), n >= 1; drawn None counts each trace once."""
    design = drawn or linearised.independent(len(x))
    w, gap = design.w / design.w.sum(), x - y
    why = _why_no_correlation(x, y)
    rho, tau = (of(x, y, design, "", why) for of in (spearman, tau_b))
    ranks = {"spearman": rho, "kendall_tau_b": tau}
    return OrdinalPanel(
        judge_value=name,
        weighting="unweighted" if drawn is None else "design-weighted",
        n=len(x),
        rmse=float(np.sqrt(w @ gap**2)),
        pearson=None if why else weighted_pearson(x, y, w),
        spearman=rho.value,
        kendall_tau_b=tau.value,
        exact=float(w @ (np.abs(gap) < _SAME)),
        within_one=float(w @ (np.abs(gap) < 1 + _SAME)),
        mean_gap=float(w @ gap),
        intervals={
            name: (one.low, one.high) for name, one in ranks.items() if one.low is not None and one.high is not None
        },
        undefined=dict.fromkeys(("pearson", *ranks), why) if why else {},
    )


def _why_no_correlation(x: Numbers, y: Numbers) -> str:
    if len(x) < 2:
        return "a single trace"
    for values, who in ((x, "the judge"), (y, "people")):
        if np.ptp(values) == 0:
            return f"{who} gave {values[0]:g} to every trace"
    return ""
