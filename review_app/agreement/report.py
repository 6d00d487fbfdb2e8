"""What agreement has to say, as data. Pages, the terminal and files all draw these same objects.

Positive class is FAILURE everywhere: a trace fails when people gave a bad label, and is flagged when the judge did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

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
class VerdictCounts:
    """How many traces of the frame one judge flagged, passed, and left without a usable verdict."""

    judge: str
    judge_version: str
    criterion: str
    n_flagged: int
    n_passed: int
    n_without_verdict: int = 0


@dataclass(frozen=True, kw_only=True)
class FrameInfo:
    """What the sample stands for: the traces that were eligible, and what each judge said about them.

    frame_id: the draw series or filter it comes from; size: traces; since/until: times of the first and last trace.
    """

    size: int
    verdicts: tuple[VerdictCounts, ...]
    frame_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


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
    exact, within_one: shares in [0, 1]. A figure that is None has its reason in `undefined`.
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
    undefined: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class BlindSpot:
    """A slice in which the judge passes failures more often than elsewhere. A hypothesis, until fresh labels confirm.

    n: human failures in the slice; events: those the judge passed. rate_in, rate_out: weighted share passed.
    p, p_adjusted: one-sided, before and after correction over the family of slices.
    """

    column: str
    value: str
    n: int
    events: int
    rate_in: Estimate
    rate_out: Estimate
    p: float
    p_adjusted: float
    examples: tuple[str, ...]
    advice: str = "hypothesis: confirm with fresh labels"


@dataclass(frozen=True, kw_only=True)
class BlindSpots:
    """What the search found. universe: human failures with a verdict; events: those the judge passed.

    n_tested: slices in the family. note: what was looked at, and when nothing was found what would have shown.
    """

    found: tuple[BlindSpot, ...]
    universe: int
    events: int
    n_tested: int
    note: str
    method: str = "Fisher exact, one-sided; Holm over slices"


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """A labelled trace on which judge and people differ. kind: missed (judge passed it) or false_alarm."""

    trace_id: str
    kind: Literal["missed", "false_alarm"]


@dataclass(frozen=True, kw_only=True)
class JudgeReport:
    """One judge at one version, on one criterion, against people under one rubric version.

    sentence: the finding in plain words. refusal: why there are no weighted figures, "" when there are.
    metrics: METRICS name -> weighted Estimate; empty when refused. cells: None when refused.
    expected_missed: how many failures the judge passed a sample like this one is expected to hold;
    missed_note says so in words when that is too few.
    """

    judge: str
    judge_version: str
    criterion: str
    rubric_version: str
    sentence: str
    refusal: str
    n: int
    verdicts: VerdictCounts | None
    counts: Cells
    cells: Cells | None
    metrics: Mapping[str, Estimate]
    naive: Naive | None
    expected_missed: float
    missed_note: str
    excluded: tuple[Exclusion, ...]
    ordinal: tuple[OrdinalPanel, ...]
    blind_spots: BlindSpots
    disagreements: tuple[Disagreement, ...]


@dataclass(frozen=True, kw_only=True)
class AgreementReport:
    """Every judge against people, over one frame. The same seed and data give the same report."""

    generated_at: datetime
    frame: FrameInfo
    seed: int
    judges: tuple[JudgeReport, ...]
    excluded: tuple[Exclusion, ...] = ()


def as_dict(report: AgreementReport) -> dict[str, Any]:
    """The report for JSON: None where undefined, times as ISO text, floats unrounded, tuples as lists."""
    plain: dict[str, Any] = _plain(asdict(report))
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime) else value
