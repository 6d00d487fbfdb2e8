"""What the labelled traces say if one forgets how they were drawn. Shown beside the real figures, never instead."""

from __future__ import annotations

import pandas as pd

from review_app.agreement.estimate import Estimate, undefined
from review_app.agreement.figures import Cells, Naive
from review_app.agreement.judges import confusion
from review_app.agreement.wilson import wilson

METHOD = "naive: every labelled trace counts once; Wilson interval"


def naive(sample: pd.DataFrame) -> Naive | None:
    """Rates over the labelled traces, hand-picked ones too; None when there is none.

    sample: `y` in [0, 1] and `flagged` (bool), one row per labelled trace with an ok verdict.
    """
    if sample.empty:
        return None
    cells = confusion.count(sample["y"].to_numpy(dtype=float), sample["flagged"].to_numpy(dtype=bool))
    bases = _bases(cells)
    points = confusion.point(cells)
    return Naive(
        n=len(sample),
        cells=cells,
        metrics={name: _estimate(name, value, bases.get(name), len(sample)) for name, value in points.items()},
    )


def _bases(cells: Cells) -> dict[str, float]:
    """How many traces each rate is a share of; kappa and F1 are not shares."""
    bad, good = cells.flagged_bad + cells.passed_bad, cells.flagged_good + cells.passed_good
    flagged, passed = cells.flagged_bad + cells.flagged_good, cells.passed_bad + cells.passed_good
    every = bad + good
    return {"tpr": bad, "tnr": good, "ppv": flagged, "npv": passed, "prevalence": every, "accuracy": every}


def _estimate(name: str, value: float | None, base: float | None, n: int) -> Estimate:
    if value is None:
        return undefined(confusion.WHY_UNDEFINED[name], n, METHOD)
    if base is None:
        return Estimate(value=value, n=n, method=METHOD, reason="no interval: not a share of traces")
    low, high = wilson(value * base, base)
    return Estimate(value=value, low=low, high=high, n=n, method=METHOD)
