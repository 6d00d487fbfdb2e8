"""A mean over the frame, sharpened by what is known of every trace of it: verdicts, scores, a second judge.

The generalised regression estimator: predict y from the auxiliary variables with the labelled traces, average the
prediction over the frame, and add what the prediction left over in the sample. It stays right when the model is wrong.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import t

from review_app.agreement.design import Design, Numbers
from review_app.agreement.estimate import Estimate, undefined

METHOD = "GREG on known auxiliary variables; linearised t interval"
LEVEL = 0.95
_COLLINEAR = 1e-9


@dataclass(frozen=True, kw_only=True)
class Auxiliaries:
    """What is known of every trace of the frame.

    labelled: one row per labelled trace, one numeric column per variable (a verdict is 0 or 1), nothing missing.
    totals: column -> its sum over the frame. size: traces of the frame.
    """

    labelled: pd.DataFrame
    totals: dict[str, float]
    size: int


def greg(y: Numbers, auxiliaries: Auxiliaries, design: Design, sessions: npt.ArrayLike | None = None) -> Estimate:
    """Mean of y over the frame: (t_x' B + sum w e) / N, e = y - x' B, with an intercept in x.

    y: shape (n,), in [0, 1] or any scale. V = sum v (g e)^2 / N^2 with g = t_x' (sum w x x')^-1 x. With sessions
    drawn as wholes (one key per trace), residuals are summed inside the session first. x = the verdict alone gives
    the post-stratified share. Where y is in [0, 1] the ends of the interval are cut there; the value is not.
    Source: Särndal, Swensson and Wretman (1992), 6.4 and 6.6.
    """
    names = list(auxiliaries.labelled.columns)
    x = np.column_stack([np.ones(len(y)), auxiliaries.labelled.to_numpy(dtype=float)])
    units = np.arange(len(y)) if sessions is None else np.unique(np.asarray(sessions), return_inverse=True)[1]
    degrees = len(np.unique(units)) - x.shape[1]
    why = _refusal(x, names, design, degrees)
    if why:
        return undefined(why, len(y), METHOD)
    totals = np.array([auxiliaries.size, *(auxiliaries.totals[name] for name in names)], dtype=float)
    moments = x.T @ (design.w[:, None] * x)
    left = y - x @ np.linalg.solve(moments, x.T @ (design.w * y))
    g = x @ np.linalg.solve(moments, totals)
    value = float((design.w * g) @ y) / auxiliaries.size
    # Traces of one session were drawn together, so they share v and only their sum varies.
    se = math.sqrt(float((np.bincount(units, weights=np.sqrt(design.v) * g * left) ** 2).sum())) / auxiliaries.size
    reach = float(t.ppf((1 + LEVEL) / 2, degrees)) * se
    low, high = value - reach, value + reach
    if y.min() >= 0 and y.max() <= 1:
        low, high = min(max(low, 0.0), value), max(min(high, 1.0), value)
    return Estimate(value=value, low=low, high=high, n=len(y), method=METHOD, level=LEVEL)


def _refusal(x: Numbers, names: list[str], design: Design, degrees: int) -> str:
    if np.isnan(x).any():
        missing = [name for name, column in zip(names, x[:, 1:].T, strict=True) if np.isnan(column).any()]
        return f"{', '.join(missing)} is not known for every labelled trace"
    if degrees < 5:
        return f"{len(x)} labelled traces are too few for {len(names)} auxiliary variables"
    weighted = np.sqrt(design.w)[:, None] * x
    scaled = weighted / np.maximum(np.linalg.norm(weighted, axis=0), np.finfo(float).tiny)
    if np.linalg.svd(scaled, compute_uv=False)[-1] < _COLLINEAR:
        return f"{', '.join(names)} are constant in the sample or repeat each other"
    return ""
