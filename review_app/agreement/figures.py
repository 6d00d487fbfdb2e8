"""The figures of a report, and what was left out of them.

Positive class is FAILURE everywhere: a trace fails when people gave a bad label, and is flagged when the judge did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from review_app.agreement.estimate import Estimate

METRICS = ("tpr", "tnr", "ppv", "npv", "prevalence", "accuracy", "kappa", "f1")
"""The names in `JudgeReport.metrics` and `Naive.metrics`, in the order they are shown."""

METRIC_TEXT: Mapping[str, str] = {
    "tpr": "bad answers it flags (TPR)",
    "tnr": "good answers it passes (TNR)",
    "ppv": "flags that are right (PPV)",
    "npv": "passes that are right (NPV)",
    "prevalence": "bad answers in all traffic",
    "accuracy": "same verdict as people",
    "kappa": "kappa (agreement beyond chance)",
    "f1": "F1 (bad answers)",
}


@dataclass(frozen=True, kw_only=True)
class Cells:
    """Judge against people. In `JudgeReport.cells` estimated traces of the frame; in `.counts` labelled traces.

    A trace on which people tied counts half on either side, so counts need not be whole."""

    flagged_bad: float
    flagged_good: float
    passed_bad: float
    passed_good: float


@dataclass(frozen=True, kw_only=True)
class Naive:
    """The same rates over the labelled traces as if they had been drawn evenly. NOT FOR DECISIONS.

    Shown beside the weighted figures to let people see what ignoring the draw would have told them.
    metrics: name -> Estimate; Wilson intervals for rates, none for kappa and F1. n counts hand-picked traces too.
    """

    n: int
    cells: Cells
    metrics: Mapping[str, Estimate]


@dataclass(frozen=True, kw_only=True)
class Exclusion:
    """Something that could have counted and did not. unit: reviews or traces."""

    reason: str
    count: int
    unit: Literal["reviews", "traces"]


@dataclass(frozen=True, kw_only=True)
class OrdinalPanel:
    """How far a judge's number is from people's, on the criterion's own scale.

    judge_value: "expectation" (the verdict's score) or "label" (its label's place on the scale).
    weighting: "unweighted" speaks of the labelled traces only; "design-weighted" of the frame.
    rmse, mean_gap (judge minus people: above 0 is lenient when the scale runs worst to best): in scale points.
    exact, within_one: shares in [0, 1]. intervals: of the rank correlations, 95 %, where there is one. A figure that
    is None has its reason in `undefined`.
    """

    judge_value: Literal["expectation", "label"]
    weighting: Literal["unweighted", "design-weighted"]
    n: int
    rmse: float | None
    pearson: float | None
    spearman: float | None
    kendall_tau_b: float | None
    exact: float | None
    within_one: float | None
    mean_gap: float | None
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    undefined: Mapping[str, str] = field(default_factory=dict)
