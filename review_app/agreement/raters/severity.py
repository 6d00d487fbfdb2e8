"""Who gives higher values than colleagues do for the same traces: score = trace + severity + error.

Source: the two-way additive model by least squares; equal to a regression on dummies of traces and reviewers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from review_app.agreement.raters.overlap_graph import overlap
from review_app.agreement.raters.rating_table import RatingTable

Numbers = npt.NDArray[np.float64]
METHOD = "score = trace + severity + error, least squares; shrunk by tau2 / (tau2 + se2)"


@dataclass(frozen=True, kw_only=True)
class RaterSeverity:
    """value: how much higher than the average reviewer this one scores the same trace, in scale points.

    se: its standard error, None where no scores are left over to estimate the error from. shrunk: the value drawn
    towards 0 as far as chance explains it. n: ratings that say something: of traces with two reviewers or more.
    """

    rater: str
    n: int
    value: float
    se: float | None
    shrunk: float | None


@dataclass(frozen=True, kw_only=True)
class Severity:
    """Severities sum to 0. sigma2: variance of a single score's error; tau2: of true severities between reviewers.

    n: ratings of traces with two reviewers or more. refusal: why there is none, "" otherwise."""

    raters: tuple[RaterSeverity, ...]
    n: int
    sigma2: float | None = None
    tau2: float | None = None
    refusal: str = ""
    method: str = METHOD


def severity(table: RatingTable) -> Severity:
    """Severity of each reviewer from `table.numbers`; refused where reviewers do not overlap (rank < R - 1)."""
    double = np.bincount(table.unit, minlength=len(table.units))[table.unit] >= 2
    n, graph = int(double.sum()), overlap(table)
    if len(table.raters) < 2:
        return Severity(raters=(), n=n, refusal="a single reviewer has nobody to be compared with")
    if not graph.connected:
        return Severity(raters=(), n=n, refusal=graph.advice)
    score = table.numbers[table.value]
    value, se, sigma2 = _least_squares(table.unit[double], table.rater[double], score[double], len(table.raters))
    tau2 = None if se is None else max(0.0, float(np.var(value, ddof=1) - (se**2).mean()))
    rated = np.bincount(table.rater[double], minlength=len(value))
    raters = tuple(
        RaterSeverity(
            rater=str(name),
            n=int(rated[i]),
            value=float(value[i]),
            se=None if se is None else float(se[i]),
            shrunk=None if se is None or tau2 is None else _shrunk(float(value[i]), float(se[i]), tau2),
        )
        for i, name in enumerate(table.raters)
    )
    return Severity(raters=raters, n=n, sigma2=sigma2, tau2=tau2)


def _least_squares(
    unit: npt.NDArray[np.int64], rater: npt.NDArray[np.int64], score: Numbers, n_raters: int
) -> tuple[Numbers, Numbers | None, float | None]:
    """s = pinv(A) b, A = diag(n_r) - sum_i c_i c_i' / n_i, b the summed gaps to the mean of the trace; se; sigma2."""
    units, at = np.unique(unit, return_inverse=True)
    on_unit = np.bincount(at).astype(float)
    rated = sparse.csr_array((np.ones(len(at)), (at, rater)), shape=(len(units), n_raters))
    shared = (rated.T @ sparse.diags_array(1 / on_unit) @ rated).toarray()
    gap = score - (np.bincount(at, weights=score) / on_unit)[at]
    # A has the constant in its null space and nothing else, so this is its pseudo-inverse without a tolerance.
    constant = np.full((n_raters, n_raters), 1 / n_raters)
    inverse = np.linalg.inv(np.diag(np.bincount(rater, minlength=n_raters)) - shared + constant) - constant
    found = np.asarray(inverse @ np.bincount(rater, weights=gap, minlength=n_raters), dtype=float)
    own = found[rater]
    rest = gap - own + (np.bincount(at, weights=own) / on_unit)[at]
    freedom = len(at) - len(units) - n_raters + 1
    if freedom < 1:
        return found, None, None
    sigma2 = float(rest @ rest) / freedom
    return found, np.sqrt(np.maximum(sigma2 * np.diag(inverse), 0)), sigma2


def _shrunk(value: float, se: float, tau2: float) -> float:
    return value if se == 0 else value * tau2 / (tau2 + se**2)
