"""Does a judge's confidence mean what it says? Everything about it for one judge and criterion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from review_app.agreement.confidence.corp import Corp, corp
from review_app.agreement.confidence.recalibration import Recalibration, recalibrate
from review_app.agreement.confidence.reliability_diagram import ReliabilityDiagram, reliability_diagram
from review_app.agreement.design import Numbers, weights
from review_app.agreement.raters.people import meaning
from review_app.review.rubric import Criterion

MINIMUM_LABELS = 50


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """refusal: why there is nothing, "" when there is. n: labelled traces with a probability; excluded: without."""

    refusal: str
    n: int
    excluded: int
    corp: Corp | None = None
    diagram: ReliabilityDiagram | None = None
    recalibration: Recalibration | None = None
    score: str = "probability that the trace is bad, from the judge's label probabilities or its confidence"


def bad_probability(verdicts: pd.DataFrame, criterion: Criterion) -> Numbers:
    """P(the trace is bad) as the judge has it, shape (n_verdicts,), in [0, 1]; NaN where it did not say.

    verdicts: `label`, `label_probabilities`, `confidence` (see tables.VERDICTS). With label probabilities: the sum
    over the bad labels. Else confidence is read as the probability that the verdict's side is right: c for a bad
    label, 1 - c for a good one. NaN also where label or criterion does not tell good from bad.
    """
    probabilities = verdicts.get("label_probabilities", pd.Series([None] * len(verdicts), dtype=object))
    confidence = pd.to_numeric(verdicts["confidence"]).to_numpy(dtype=float, na_value=np.nan)
    labels = verdicts["label"].to_numpy(dtype=object)
    # One reading for each label there is, not for each of ten thousand verdicts.
    bad = {label: meaning(criterion, label).bad for label in verdicts["label"].dropna().unique()}
    found = [
        _one(bad.get(label, np.nan), dict(chances) if isinstance(chances, dict) else {}, sure, criterion)
        for label, chances, sure in zip(labels, probabilities.to_numpy(dtype=object), confidence, strict=True)
    ]
    return np.array(found, dtype=float)


def calibration(sample: pd.DataFrame, rng: np.random.Generator, minimum: int = MINIMUM_LABELS) -> Calibration:
    """sample: one row per drawn, labelled trace: `trace_id`, `y` in [0, 1], `bad_probability` (NA = the judge gave
    none) and a design (see design.weights). Refused below `minimum` such traces, or when all y are equal."""
    given = sample.dropna(subset=["bad_probability", "y"])
    n, excluded = len(given), len(sample) - len(given)
    design = weights(given)
    y, scores = given["y"].to_numpy(dtype=float), given["bad_probability"].to_numpy(dtype=float)
    why = _refusal(y, int((design.w > 0).sum()), minimum)
    if why:
        return Calibration(refusal=why, n=n, excluded=excluded)
    return Calibration(
        refusal="",
        n=n,
        excluded=excluded,
        corp=corp(scores, y, design.w),
        diagram=reliability_diagram(scores, y, design),
        recalibration=recalibrate(scores, y, design.w, given["trace_id"].to_numpy(dtype=object), rng),
    )


def _refusal(y: Numbers, n: int, minimum: int) -> str:
    if n < minimum:
        return f"{n} labelled traces with a probability from the judge; {minimum} are needed"
    if np.ptp(y) == 0:
        return "people gave one answer to all of these traces"
    return ""


def _one(bad: float, chances: dict[str, float], sure: float, criterion: Criterion) -> float:
    if chances and criterion.bad:
        return float(min(sum(chances.get(label, 0.0) for label in criterion.bad), 1.0))
    return bad * sure + (1 - bad) * (1 - sure)
