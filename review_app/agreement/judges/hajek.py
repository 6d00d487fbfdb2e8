"""Ratio of two totals from labels drawn with known probabilities, with its linearised variance."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from review_app.agreement.design import Design, Numbers


class Ratio(NamedTuple):
    """value and its standard error; NaN where no weight stands under the ratio, se also where one trace does.

    pull: shape (n,), what each labelled trace pulls the ratio by per unit of weight, (a - R b) / sum w b.
    """

    value: float
    se: float
    pull: Numbers


def ratio(a: Numbers, b: Numbers, design: Design) -> Ratio:
    """R = sum w a / sum w b and V = m/(m-1) sum v (a - R b)^2 / (sum w b)^2, m the traces with b > 0.

    a, b: shape (n,), b >= 0, a = 0 where b = 0. TPR is (y flagged, y), TNR ((1-y)(1-flagged), 1-y), accuracy (same,
    1), prevalence (y, 1). Source: Hajek (1971); Särndal, Swensson and Wretman (1992), 5.7. Too narrow when few events
    carry the ratio: for intervals of a judge's rates see vsj.
    """
    m, base = int((b > 0).sum()), float(design.w @ b)
    if base <= 0:
        return Ratio(math.nan, math.nan, np.zeros(len(a)))
    value = float(design.w @ a) / base
    pull = (a - value * b) / base
    se = math.sqrt(m / (m - 1) * float(design.v @ pull**2)) if m > 1 else math.nan
    return Ratio(value, se, pull)
