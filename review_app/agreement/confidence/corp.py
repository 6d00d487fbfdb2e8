"""The Brier score of a judge's probabilities, taken apart without bins (CORP)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import isotonic_regression

from review_app.agreement.design import Numbers

METHOD = "CORP: weighted isotonic recalibration"


@dataclass(frozen=True, kw_only=True)
class Steps:
    """A rising step function. at: shape (k,), different scores, rising; value: shape (k,), what people say there."""

    at: tuple[float, ...]
    value: tuple[float, ...]

    def __call__(self, scores: Numbers) -> Numbers:
        """Straight lines between the known scores, flat outside them."""
        read: Numbers = np.interp(scores, self.at, self.value)
        return read


@dataclass(frozen=True, kw_only=True)
class Corp:
    """brier = miscalibration - discrimination + uncertainty, all >= 0 and weighted to the frame.

    miscalibration: what recalibrating would save. discrimination: what the recalibrated score knows. uncertainty: the
    Brier score of saying the failure rate always. steps: the recalibrated score.
    """

    brier: float
    miscalibration: float
    discrimination: float
    uncertainty: float
    steps: Steps
    n: int
    method: str = METHOD


def corp(scores: Numbers, y: Numbers, w: Numbers) -> Corp:
    """scores: P(bad) in [0, 1], shape (n,), n >= 1; y: in [0, 1]; w: weights, >= 0 with a positive sum.

    Source: Dimitriadis, Gneiting and Jordan (2021), PNAS 118.
    """
    steps = pav(scores, y, w)
    brier, rest = (_loss(guess, y, w) for guess in (scores, steps(scores)))
    uncertainty = _loss(np.full(len(y), w @ y / w.sum()), y, w)
    return Corp(
        brier=brier,
        miscalibration=brier - rest,
        discrimination=uncertainty - rest,
        uncertainty=uncertainty,
        steps=steps,
        n=len(y),
    )


def pav(scores: Numbers, y: Numbers, w: Numbers) -> Steps:
    """The rising function of the score nearest to y: weighted means of equal scores, then pool adjacent violators."""
    counting = w > 0
    at, code = np.unique(scores[counting], return_inverse=True)
    mass = np.bincount(code, weights=w[counting])
    mean = np.bincount(code, weights=w[counting] * y[counting]) / mass
    return Steps(at=tuple(at.tolist()), value=tuple(isotonic_regression(mean, weights=mass).x.tolist()))


def _loss(guess: Numbers, y: Numbers, w: Numbers) -> float:
    return float(w @ (guess - y) ** 2 / w.sum())
