"""Weighted regression whose standard errors know that traces of one session resemble each other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from scipy.stats import norm

Numbers = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]

_STEPS = 50
_CLOSE = 1e-10
_ENDLESS = 25.0  # a log-odds this far out means that the data separate, and no estimate exists


class Design(NamedTuple):
    """x: shape (n_rows, n_terms), with a column of ones. w: weights > 0, their scale is irrelevant.

    cluster: codes from 0 without gaps."""

    x: Numbers
    w: Numbers
    cluster: Codes


class Fit(NamedTuple):
    """beta: shape (n_terms,). covariance: shape (n_terms, n_terms), cluster-robust (CR1)."""

    beta: Numbers
    covariance: Numbers


def logistic(y: Numbers, design: Design) -> Fit | None:
    """Weighted maximum likelihood of log-odds(y = 1) = x beta, by iteratively reweighted least squares.

    y: shape (n_rows,), in [0, 1]. None where there is no finite, unique estimate or a single cluster.
    The covariance is bread x meat x bread with G/(G-1) (n-1)/(n-k). Source: Liang and Zeger (1986); equal to
    statsmodels' GLM with frequency weights and clusters.
    """
    x, w, _ = design
    beta = np.zeros(x.shape[1])
    for _ in range(_STEPS):
        mu = expit(x @ beta)
        information = (x * (w * mu * (1 - mu))[:, None]).T @ x
        if np.linalg.matrix_rank(information) < len(beta):
            return None
        step = np.linalg.solve(information, x.T @ (w * (y - mu)))
        beta += step
        if np.abs(beta).max() > _ENDLESS:
            return None
        if np.abs(step).max() < _CLOSE:
            return _fit(beta, information, y - expit(x @ beta), design)
    return None


def linear(y: Numbers, design: Design) -> Fit | None:
    """Weighted least squares of y = x beta, the covariance as above; None where it is not unique or of one cluster."""
    x, w, _ = design
    information = (x * w[:, None]).T @ x
    if np.linalg.matrix_rank(information) < x.shape[1]:
        return None
    beta = np.asarray(np.linalg.solve(information, x.T @ (w * y)), dtype=float)
    return _fit(beta, information, y - x @ beta, design)


def two_sided_p(value: float, error: float) -> float:
    """Normal p of "the true value is 0"; 1 where neither value nor error is above 0."""
    if error <= 0:
        return 1.0 if value == 0 else 0.0
    return float(2 * norm.sf(abs(value) / error))


def clusters(names: npt.ArrayLike) -> Codes:
    """Codes for a column of names."""
    return np.unique(np.asarray(names, dtype=str), return_inverse=True)[1].astype(np.intp)


def _fit(beta: Numbers, information: Numbers, residual: Numbers, design: Design) -> Fit | None:
    x, w, cluster = design
    (n, k), groups = x.shape, int(cluster.max()) + 1
    if groups < 2 or n <= k:
        return None
    score = np.zeros((groups, k))
    np.add.at(score, cluster, x * (w * residual)[:, None])
    bread = np.linalg.inv(information)
    correction = groups / (groups - 1) * (n - 1) / (n - k)
    return Fit(beta, correction * bread @ (score.T @ score) @ bread)
