"""PPI++ with weights: what others would use for a mean, to hold post-stratification against."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from review_app.agreement.design import Numbers


@dataclass(frozen=True, kw_only=True)
class PowerTuned:
    """A mean in [0, 1], its standard error, and how much of the judge's opinion it takes."""

    value: float
    se: float
    power: float


def power_tuned(y: Numbers, said: Numbers, weights: Numbers, frame_mean: float, size: int) -> PowerTuned:
    """y, said: what people and the judge say of n traces drawn with probability 1 / weights, from a frame of `size`
    traces over which the judge's mean is `frame_mean`.

    Value = mean_w(y - power * said) + power * frame_mean; the power is the least-squares one of the weighted residuals,
    from a pilot with that of the values. Source: Angelopoulos et al. (2023), PPI++, eq. 10, with inverse weights."""
    shrink = 1 + len(y) / size
    centred = said - _mean(said, weights)
    pilot = _mean((y - _mean(y, weights)) * centred, weights) / _mean(centred**2, weights) / shrink
    at = _mean(y - pilot * said, weights) + pilot * frame_mean
    power = float(np.sum(weights**2 * (y - at) * centred) / np.sum(weights**2 * centred**2)) / shrink
    value = _mean(y - power * said, weights) + power * frame_mean
    rest = y - power * said - (value - power * frame_mean)
    n = len(y)
    variance = n / (n - 1) * np.sum((1 - 1 / weights) * (weights * rest) ** 2) / np.sum(weights) ** 2
    return PowerTuned(value=value, se=float(np.sqrt(variance)), power=power)


def _mean(values: Numbers, weights: Numbers) -> float:
    return float(np.sum(weights * values) / np.sum(weights))
