"""Rates of a 2 x 2 table of judge against people. Failure is the positive class."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from review_app.agreement.figures import Cells

Numbers = npt.NDArray[np.float64]

WHY_UNDEFINED = {
    "tpr": "people found no failure in these traces",
    "tnr": "people found only failures in these traces",
    "ppv": "the judge flagged none of these traces",
    "npv": "the judge passed none of these traces",
    "kappa": "judge and people each used one label only, the same",
    "f1": "nobody found a failure in these traces",
    "prevalence": "there is no trace",
    "accuracy": "there is no trace",
}


def rates(a: Numbers, b: Numbers, c: Numbers, d: Numbers) -> dict[str, Numbers]:
    """Every rate of figures.METRICS; NaN where it is 0/0.

    a flagged & bad, b flagged & good, c passed & bad, d passed & good: arrays of one shape, whole tables side by side.
    kappa = (po - pe) / (1 - pe), pe = [(a+b)(a+c) + (c+d)(b+d)] / n^2 (Cohen 1960).
    """
    n = a + b + c + d
    observed = _ratio(a + d, n)
    chance = _ratio((a + b) * (a + c) + (c + d) * (b + d), n**2)
    return {
        "tpr": _ratio(a, a + c),
        "tnr": _ratio(d, b + d),
        "ppv": _ratio(a, a + b),
        "npv": _ratio(d, c + d),
        "prevalence": _ratio(a + c, n),
        "accuracy": observed,
        "kappa": _ratio(observed - chance, 1 - chance),
        "f1": _ratio(2 * a, 2 * a + b + c),
    }


def point(cells: Cells) -> dict[str, float | None]:
    """The rates of one table; None where undefined."""
    table = (np.array([x]) for x in (cells.flagged_bad, cells.flagged_good, cells.passed_bad, cells.passed_good))
    return {name: None if np.isnan(value[0]) else float(value[0]) for name, value in rates(*table).items()}


def count(y: Numbers, flagged: npt.NDArray[np.bool_]) -> Cells:
    """The table of labelled traces. y in [0, 1]: a tie counts half as bad, half as good."""
    bad_flagged, bad_passed = float(y[flagged].sum()), float(y[~flagged].sum())
    n_flagged = int(flagged.sum())
    return Cells(
        flagged_bad=bad_flagged,
        flagged_good=n_flagged - bad_flagged,
        passed_bad=bad_passed,
        passed_good=len(y) - n_flagged - bad_passed,
    )


def _ratio(top: Numbers, bottom: Numbers) -> Numbers:
    share: Numbers = np.divide(top, bottom, out=np.full(np.shape(top), np.nan), where=bottom != 0)
    return share
