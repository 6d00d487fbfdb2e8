"""Turn a judge's score into the probability people's labels support, and say honestly whether that helps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from scipy.special import expit, logit

from review_app.agreement.confidence.corp import pav
from review_app.agreement.design import Numbers
from review_app.agreement.estimate import Estimate

FEW, MANY = 200, 500
"""Below FEW labels a curve of two numbers (Platt), from MANY on any rising curve (isotonic)."""
FOLDS = 5
RESAMPLES = 2_000
GROUPS = 500
LEVEL = 0.95
_EDGE = 1e-4
_GRID = 51

Curve = Callable[[Numbers], Numbers]
Fit = Callable[[Numbers, Numbers, Numbers], Curve]


@dataclass(frozen=True, kw_only=True)
class Recalibration:
    """A curve from score to recalibrated score, and what it gained on labels it had not seen.

    recalibrator: platt, isotonic, or the better of both (chosen inside each training part). before, after: weighted
    mean squared error. gain: before less after with a paired bootstrap interval; above 0 is better.
    curve: (score, recalibrated) points, fitted on all labels.
    """

    recalibrator: str
    n: int
    before: float
    after: float
    gain: Estimate
    curve: tuple[tuple[float, float], ...]
    helps: bool


def recalibrate(
    scores: Numbers,
    y: Numbers,
    w: Numbers,
    traces: npt.ArrayLike,
    rng: np.random.Generator,
    *,
    ordinal: bool = False,
) -> Recalibration:
    """Cross-fitted over FOLDS parts that keep the rows of a trace (or session) together.

    scores, y: shape (n,); P(bad) and people's y, both in [0, 1]; when ordinal, the judge's level and people's number
    on one scale. w: weights. traces: one key per row. Source: Platt (1999); Zadrozny and Elkan (2002).
    """
    _, unit = np.unique(np.asarray(traces), return_inverse=True)
    name, fit = _chosen(len(y), rng, ordinal=ordinal)
    guess = _held_out(fit, scores, y, w, unit, rng)
    saved = w * ((scores - y) ** 2 - (guess - y) ** 2)
    before, after = (float(w @ (g - y) ** 2 / w.sum()) for g in (scores, guess))
    gain = _paired(saved, w, unit, rng)
    at = np.unique(scores if ordinal else np.quantile(scores, np.linspace(0, 1, _GRID)))
    curve = tuple(zip(at.tolist(), fit(scores, y, w)(at).tolist(), strict=True))
    helps = gain.low is not None and gain.low > 0
    return Recalibration(
        recalibrator=name, n=len(y), before=before, after=after, gain=gain, curve=curve, helps=helps
    )  # fmt: skip


def platt(scores: Numbers, y: Numbers, w: Numbers) -> Curve:
    """expit(a + b logit s), by weighted likelihood against Platt's smoothed targets, so that it is always finite.

    Targets: (B+1)/(B+2) for bad, 1/(G+2) for good, B and G the effective numbers of bad and good labels.
    """
    effective = w * (w.sum() / (w @ w))
    bad, good = float(effective @ y), float(effective @ (1 - y))
    target = y * (bad + 1) / (bad + 2) + (1 - y) / (good + 2)
    x = _logit(scores)

    def loss(ab: Numbers) -> tuple[float, Numbers]:
        z = ab[0] + ab[1] * x
        left = effective * (expit(z) - target)
        return float(effective @ (np.logaddexp(0, z) - target * z)), np.array([left.sum(), left @ x])

    a, b = minimize(loss, np.array([0.0, 1.0]), jac=True, method="BFGS").x
    return lambda new: expit(a + b * _logit(new))


def isotonic(scores: Numbers, y: Numbers, w: Numbers) -> Curve:
    """The rising curve nearest to y."""
    return pav(scores, y, w)


def _chosen(n: int, rng: np.random.Generator, *, ordinal: bool) -> tuple[str, Fit]:
    if ordinal:
        return "isotonic: mean of people's number at each level", isotonic
    if n < FEW:
        return "platt", platt
    if n >= MANY:
        return "isotonic", isotonic
    return "better of platt and isotonic", _better(rng)


def _better(rng: np.random.Generator) -> Fit:
    """Fits whichever of both has the smaller held-out error inside the rows it is given."""

    def fit(scores: Numbers, y: Numbers, w: Numbers) -> Curve:
        def error(one: Fit) -> float:
            return float(w @ (_held_out(one, scores, y, w, np.arange(len(y)), rng) - y) ** 2)

        return min((platt, isotonic), key=error)(scores, y, w)

    return fit


def _held_out(
    fit: Fit, scores: Numbers, y: Numbers, w: Numbers, unit: npt.NDArray[np.intp], rng: np.random.Generator
) -> Numbers:
    """Each row's score as recalibrated by the rows of other folds."""
    units = int(unit.max()) + 1
    fold = rng.permutation(units)[unit] % min(FOLDS, units)
    guess = np.empty(len(y))
    for one in np.unique(fold):
        test = fold == one
        guess[test] = fit(scores[~test], y[~test], w[~test])(scores[test])
    return guess


def _paired(saved: Numbers, w: Numbers, unit: npt.NDArray[np.intp], rng: np.random.Generator) -> Estimate:
    # Many traces are put into random groups first: groups vary as their traces do, and are resampled far faster.
    group = (rng.permutation(int(unit.max()) + 1) % GROUPS)[unit]
    top, base = np.bincount(group, weights=saved), np.bincount(group, weights=w)
    drawn = rng.integers(len(top), size=(RESAMPLES, len(top)))
    shares = top[drawn].sum(axis=1) / base[drawn].sum(axis=1)
    low, high = np.quantile(shares, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    method = f"{FOLDS}-fold cross-fitted by trace; paired bootstrap, {RESAMPLES:,} resamples"
    value = float(top.sum() / base.sum())
    return Estimate(value=value, low=float(low), high=float(high), n=len(w), method=method, level=LEVEL)


def _logit(scores: Numbers) -> Numbers:
    clipped: Numbers = logit(np.clip(scores, _EDGE, 1 - _EDGE))
    return clipped
