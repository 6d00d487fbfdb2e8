"""A judge's probabilities of several labels, scored against the label people chose. 0 is best."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import t

from review_app.agreement.design import Numbers
from review_app.agreement.estimate import Estimate, undefined

METHOD = "mean over labelled traces, unweighted; t interval"
LEVEL = 0.95
_BINS = 10


@dataclass(frozen=True, kw_only=True)
class LabelDistribution:
    """n: labelled traces with probabilities from the judge and one label that more people chose than any other.

    brier: sum of squared errors over the labels, in [0, 2]. log_loss: in nats; undefined where a label people chose had
    the probability 0. ranked: sum of squared errors of the cumulated probabilities (ranked probability score), so that
    a near miss on a scale costs less; None where the labels have no order. confidence: of the most probable label.
    binned_error: mean gap between that and how often it is people's label, in ten equally wide bins; a perfect judge
    shows .05 at 300 labels, so it serves to compare with what others published, and not to decide by.
    """

    n: int
    confidence: Estimate
    brier: Estimate
    log_loss: Estimate
    ranked: Estimate | None
    binned_error: float


def label_distribution(chances: Numbers, people: npt.NDArray[np.intp], ordered: bool) -> LabelDistribution:
    """chances: shape (n, k), n >= 1, a probability per label, in the order of the scale; people: place of their label.

    Source: Brier (1950); Good (1952); Epstein (1969); Guo et al. (2017), right-closed bins.
    """
    n, rows = len(people), np.arange(len(people))
    was = np.zeros(chances.shape)
    was[rows, people] = 1
    best = chances.argmax(axis=1)
    sure, right = chances[rows, best], best == people
    steps = np.cumsum(chances, axis=1) - np.cumsum(was, axis=1)
    return LabelDistribution(
        n=n,
        confidence=_mean(sure, most=1.0),
        brier=_mean(((chances - was) ** 2).sum(axis=1)),
        log_loss=_log_loss(chances[rows, people]),
        ranked=_mean((steps**2).sum(axis=1)) if ordered else None,
        binned_error=_binned_error(sure, right),
    )


def _log_loss(chosen: Numbers) -> Estimate:
    impossible = int((chosen <= 0).sum())
    if impossible:
        return undefined(f"on {impossible} traces people's label had the probability 0", len(chosen), METHOD)
    return _mean(-np.log(chosen))


def _binned_error(sure: Numbers, right: npt.NDArray[np.bool_]) -> float:
    bins = np.ceil(sure * _BINS)
    gaps = [abs(float((right[bins == one] - sure[bins == one]).sum())) for one in np.unique(bins)]
    return sum(gaps) / len(sure)


def _mean(values: Numbers, most: float = math.inf) -> Estimate:
    n, value = len(values), float(values.mean())
    if n < 2:
        return Estimate(value=value, n=n, method=METHOD, reason="no interval: a single trace")
    reach = float(t.ppf((1 + LEVEL) / 2, n - 1)) * float(values.std(ddof=1)) / math.sqrt(n)
    low, high = max(value - reach, 0.0), min(value + reach, most)
    return Estimate(value=value, low=low, high=high, n=n, method=METHOD, level=LEVEL)
