"""A number with its uncertainty."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """One figure with its interval at `level`.

    value, low, high: None where the figure is undefined or refused; `reason` then says why.
    n: labelled traces (or paired cases) it rests on, not reviews.
    n_eff: how many equally weighted traces would be as informative; None where that has no meaning.
    method: the name of the estimator and the interval.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int
    method: str
    level: float = 0.95
    n_eff: float | None = None
    reason: str = ""


def undefined(reason: str, n: int, method: str) -> Estimate:
    """An estimate that has no value, and why."""
    return Estimate(value=None, n=n, method=method, reason=reason)
