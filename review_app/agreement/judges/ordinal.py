"""A judge's numbers against people's, on one ordinal or numeric scale.

Rank correlations do not see leniency, and a small gap does not see a judge who says the same about everything: the
figures are shown together or not at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import kendalltau, spearmanr

from review_app.agreement.design import Numbers, weights
from review_app.agreement.figures import OrdinalPanel

_SAME = 1e-9
_RANKS_UNWEIGHTED = "computed unweighted only"


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
    w = weights(rows[drawn]).w
    if drawn.any() and np.ptp(w) > 0:
        found.append(_panel(name, x[drawn], y[drawn], w))
    return found


def _panel(name: Literal["expectation", "label"], x: Numbers, y: Numbers, design_w: Numbers | None) -> OrdinalPanel:
    """x: the judge, y: people, shape (n,), n >= 1; design_w None counts each trace once."""
    w = np.full(len(x), 1 / len(x)) if design_w is None else design_w / design_w.sum()
    gap = x - y
    why = _why_no_correlation(x, y)
    ranks_why = why or (_RANKS_UNWEIGHTED if design_w is not None else "")
    reasons = {"pearson": why, "spearman": ranks_why, "kendall_tau_b": ranks_why}
    return OrdinalPanel(
        judge_value=name,
        weighting="unweighted" if design_w is None else "design-weighted",
        n=len(x),
        rmse=float(np.sqrt(w @ gap**2)),
        pearson=None if why else _pearson(x, y, w),
        spearman=None if ranks_why else _rank(spearmanr, x, y),
        kendall_tau_b=None if ranks_why else _rank(kendalltau, x, y),
        exact=float(w @ (np.abs(gap) < _SAME)),
        within_one=float(w @ (np.abs(gap) < 1 + _SAME)),
        mean_gap=float(w @ gap),
        undefined={figure: reason for figure, reason in reasons.items() if reason},
    )


def _why_no_correlation(x: Numbers, y: Numbers) -> str:
    if len(x) < 2:
        return "a single trace"
    for values, who in ((x, "the judge"), (y, "people")):
        if np.ptp(values) == 0:
            return f"{who} gave {values[0]:g} to every trace"
    return ""


def _pearson(x: Numbers, y: Numbers, w: Numbers) -> float:
    dx, dy = x - w @ x, y - w @ y
    return float((w @ (dx * dy)) / np.sqrt((w @ dx**2) * (w @ dy**2)))


def _rank(correlation: Callable[[Numbers, Numbers], tuple[float, float]], x: Numbers, y: Numbers) -> float:
    return float(correlation(x, y)[0])
